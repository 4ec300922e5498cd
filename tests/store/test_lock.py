"""One run at a time."""

import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from wasf.errors import AnotherRun, ExitCode, StoreUnusable
from wasf.store.files import brief_lock, run_lock

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
