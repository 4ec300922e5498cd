"""Where things are kept, how files are written, and locks."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from wasf.errors import AnotherRun, BadSetting, ExitCode, StoreUnusable
from wasf.store.files import (
    Folders,
    brief_lock,
    private_folder,
    run_lock,
    while_others_read,
    write_private,
)

ORG = "00D000000000001EAA"


def test_wasf_home_holds_everything(tmp_path):
    folders = Folders.from_environment({"WASF_HOME": str(tmp_path), "XDG_STATE_HOME": "/elsewhere"})
    assert folders.settings_file == tmp_path / "settings.toml"
    assert folders.org_book == tmp_path / "orgs.json"
    assert folders.ledger(ORG) == tmp_path / "orgs" / ORG / "ledger.sqlite3"
    assert folders.lock(ORG) == tmp_path / "orgs" / ORG / "sync.lock"


@pytest.mark.parametrize(
    ("home", "expected"),
    [("~/wasf", Path.home() / "wasf"), ("here", Path.cwd() / "here")],
    ids=["home", "relative"],
)
def test_wasf_home_is_made_absolute(home, expected):
    assert Folders.from_environment({"WASF_HOME": home}).state == expected


@pytest.mark.skipif(sys.platform == "win32", reason="no list of users with folders there")
def test_a_home_folder_that_is_not_there_is_named():
    with pytest.raises(BadSetting, match="~nosuch/x"):
        Folders.from_environment({"WASF_HOME": "~nosuch/x"})


@pytest.mark.skipif(sys.platform != "linux", reason="takes the user's entry away")
def test_a_user_whom_the_machine_does_not_know_has_no_home(monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54_321)
    with pytest.raises(BadSetting, match="no home folder"):
        Folders.from_environment({})


def test_xdg_folders_count_on_every_platform(tmp_path):
    env = {"XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_STATE_HOME": str(tmp_path / "s")}
    assert Folders.from_environment(env) == Folders(
        tmp_path / "c" / "wasf", tmp_path / "s" / "wasf"
    )


@pytest.mark.parametrize("env", [{}, {"XDG_CONFIG_HOME": "relative"}, {"WASF_HOME": ""}])
def test_else_the_platform_says_where(env):
    folders = Folders.from_environment(env)
    assert folders.config.is_absolute()
    assert "wasf" in folders.state.parts
    assert "relative" not in folders.config.parts


@pytest.mark.parametrize("org_id", ["", "..", "../../etc", "00D000000000001", f"{ORG}\n", "é" * 18])
def test_what_is_no_org_id_becomes_no_path(tmp_path, org_id):
    with pytest.raises(ValueError, match="18"):
        Folders(tmp_path, tmp_path).ledger(org_id)


def test_missing_folders_are_made_for_their_owner_only(tmp_path):
    private_folder(tmp_path / "a" / "b")
    assert [f.stat().st_mode & 0o777 for f in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700] * 2


def test_a_file_is_replaced_whole_and_a_link_to_it_stays(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_private(tmp_path / "link", "new é\r\n")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == "new é\r\n".encode()
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnusable):
        write_private(tmp_path / "folder", "text")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


class Busy:
    """Fails as often as Windows does while another program reads the file."""

    def __init__(self, times):
        self.left = times

    def __call__(self):
        self.left -= 1
        if self.left >= 0:
            raise PermissionError(13, "Access is denied")


def test_on_windows_a_file_that_is_read_just_now_is_replaced_in_a_moment():
    busy = Busy(2)
    while_others_read(busy, may_wait=True)
    assert busy.left == -1


def test_elsewhere_a_file_that_may_not_be_replaced_is_an_error_at_once():
    with pytest.raises(PermissionError):
        while_others_read(Busy(1), may_wait=False)


# --- One run at a time ---------------------------------------------------------------------------


REPOSITORY = Path(__file__).parents[2]
HOLDER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from wasf.store.files import run_lock

    with run_lock(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
    """
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "org" / "sync.lock"


@pytest.fixture
def holder(path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.communicate()


def take(path: Path) -> None:
    with run_lock(path):
        pass


def test_a_second_run_is_told_who_holds_the_lock_and_since_when(path, holder):
    with pytest.raises(AnotherRun) as caught:
        take(path)
    assert re.search(rf"\(pid {holder.pid}, since \d{{4}}-\d\d-\d\d ", caught.value.message)
    assert caught.value.exit_code is ExitCode.TRY_LATER


def test_a_killed_holder_leaves_no_lock(path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    take(path)


def test_a_lock_can_be_taken_again(path):
    take(path)
    take(path)
    assert [file.name for file in path.parent.iterdir()] == ["sync.lock"]


def test_a_lock_is_free_after_its_block_raised(path):
    with pytest.raises(ZeroDivisionError), run_lock(path):
        raise ZeroDivisionError
    take(path)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"pid": "x", "since": "y"}', "\x00"])
def test_a_holder_that_cannot_be_named_is_another_sync_all_the_same(path, holder, content):
    path.with_suffix(".holder").write_text(content)
    with pytest.raises(AnotherRun, match=r"^another sync is running$"):
        take(path)


def test_nobody_else_can_read_who_holds_it(path):
    with run_lock(path):
        assert [file.stat().st_mode & 0o077 for file in path.parent.iterdir()] == [0, 0]


def test_a_lock_that_cannot_be_had_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable):
        take(tmp_path / "file" / "sync.lock")


def test_locks_of_two_orgs_do_not_meet(tmp_path):
    with run_lock(tmp_path / "one.lock"):
        take(tmp_path / "two.lock")


def test_a_brief_lock_is_waited_for_and_not_for_ever(path, holder):
    with pytest.raises(AnotherRun, match="signing in"), brief_lock(path, 0.2, "is signing in"):
        pass
    holder.communicate()
    with (
        brief_lock(path, 30, "is signing in"),
        pytest.raises(AnotherRun),
        brief_lock(path, 0.1, "is signing in"),
    ):
        pass


def test_a_killed_holder_leaves_no_brief_lock(path, holder):
    holder.send_signal(signal.SIGKILL)
    with brief_lock(path, 30, "is signing in"):
        pass


def test_a_brief_lock_that_cannot_be_had_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable), brief_lock(tmp_path / "file" / "x.lock", 1, "is signing in"):
        pass
