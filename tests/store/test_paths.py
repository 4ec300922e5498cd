"""Where things are kept, and the memory of orgs."""

import os
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from wasf.core.auth import UserId
from wasf.errors import BadSetting, StoreUnusable
from wasf.store.files import Folders, private_folder, while_others_read, write_private
from wasf.store.profiles import KnownOrg, OrgBook, VersionBook, fingerprint

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


# --- The memory of orgs ------------------------------------------------------------------------

URL = "https://example.my.salesforce.com"


def known(token: str = "first", url: str = URL, **facts: str) -> KnownOrg:
    usual = {"org_id": ORG, "user_id": UserId("005000000000001AAA"), "username": "ada@example.com"}
    return KnownOrg(instance_url=url, fingerprint=fingerprint(token), **(usual | facts))


def test_an_org_is_known_by_its_address_and_token(tmp_path):
    book = OrgBook(tmp_path / "orgs.json")
    assert book.get(URL, fingerprint("first")) is None
    book.put(known())
    book.put(known("second", username="ben@example.com"))
    again = OrgBook(tmp_path / "orgs.json")
    assert again.get(URL, fingerprint("first")) == known()
    assert again.get(URL, fingerprint("second")) == known("second", username="ben@example.com")
    assert again.get("https://other.example.org", fingerprint("first")) is None


def test_what_is_put_again_replaces_the_older(tmp_path):
    book = OrgBook(tmp_path / "orgs.json")
    book.put(known())
    book.put(known(username="new@example.com"))
    assert book.get(URL, fingerprint("first")) == known(username="new@example.com")
    assert (tmp_path / "orgs.json").read_text().count("fingerprint") == 1


def test_no_token_is_in_the_file_and_only_the_owner_reads_it(tmp_path):
    token = "00D000000000001!AQEAQExampleTokenOfTheOwner"
    OrgBook(tmp_path / "orgs.json").put(known(token))
    assert token not in (tmp_path / "orgs.json").read_text()
    assert (tmp_path / "orgs.json").stat().st_mode & 0o777 == 0o600


def test_the_file_does_not_grow_with_every_new_token(tmp_path):
    book = OrgBook(tmp_path / "orgs.json")
    for number in range(60):
        book.put(known(str(number)))
    assert book.get(URL, fingerprint("0")) is None
    assert book.get(URL, fingerprint("59")) is not None
    assert (tmp_path / "orgs.json").read_text().count("fingerprint") == 50


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'[{"a": 1}]', b"\xff", b"null", b'"x"'])
def test_what_cannot_be_read_is_asked_anew(tmp_path, content):
    (tmp_path / "orgs.json").write_bytes(content)
    book = OrgBook(tmp_path / "orgs.json")
    assert book.get(URL, fingerprint("first")) is None
    book.put(known())
    assert book.get(URL, fingerprint("first")) == known()


DAY = date(2026, 3, 14)


def test_a_version_is_known_by_the_address_of_the_org(tmp_path):
    book = VersionBook(tmp_path / "versions.json", DAY)
    assert book.get(URL) == ""
    book.put(URL, "58.0")
    book.put("https://other.example.org", "60.0")
    again = VersionBook(tmp_path / "versions.json", DAY)
    assert again.get(URL) == "58.0"
    assert again.get("https://other.example.org") == "60.0"
    again.put(URL, "61.0")
    assert again.get(URL) == "61.0"


def test_a_version_is_forgotten_after_a_week(tmp_path):
    path = tmp_path / "versions.json"
    VersionBook(path, DAY).put(URL, "58.0")
    assert VersionBook(path, DAY + timedelta(days=6)).get(URL) == "58.0"
    later = VersionBook(path, DAY + timedelta(days=7))
    assert later.get(URL) == ""
    later.put("https://other.example.org", "60.0")
    assert "58.0" not in path.read_text()


def test_a_dry_run_keeps_no_version(tmp_path):
    book = VersionBook(tmp_path / "versions.json", DAY, keeps=False)
    book.put(URL, "58.0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b'{"a": 1}', b'{"a": ["58.0"]}', b"\xff", b"null", b'"x"']
)
def test_versions_that_cannot_be_read_are_asked_anew(tmp_path, content):
    (tmp_path / "versions.json").write_bytes(content)
    book = VersionBook(tmp_path / "versions.json", DAY)
    assert book.get("a") == ""
    book.put(URL, "58.0")
    assert book.get(URL) == "58.0"


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
