"""Which sign-ins, orgs and connected chat APIs are known."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from wasf.core.auth import KnownWorkspace, Profile, SignInKind, StoreKind, UserId, profile_name
from wasf.errors import NotConnected, StoreUnusable, WrongUsage
from wasf.store.profiles import KnownOrg, OrgBook, Profiles, VersionBook, Workspaces, fingerprint

ORG = "00D000000000001EAA"

ACME = Profile(
    name="acme",
    kind=SignInKind.WEB,
    login_url="https://login.salesforce.com",
    client_id="3MVG9.example",
    instance_url="https://acme.my.salesforce.com",
    org_id="00D5e000000TestEAE",
    user_id=UserId("0055e000000TestAAC"),
    username="ada@example.com",
    is_sandbox=False,
    token_store=StoreKind.KEYRING,
)
ROBOT = replace(
    ACME,
    name="robot",
    kind=SignInKind.JWT,
    token_store=StoreKind.FILE,
    is_sandbox=True,
    jwt_key_file="/keys/robot.pem",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "profiles.json"


@pytest.fixture
def profiles(path: Path) -> Profiles:
    return Profiles(path)


def test_without_a_file_there_are_none(profiles: Profiles, path: Path):
    assert (profiles.all(), profiles.get(), profiles.default_name) == ((), None, "")
    assert profiles.get("acme") is None
    assert profiles.client_id("https://login.salesforce.com") == ""
    assert not path.parent.exists()


def test_profiles_come_back_as_they_were(profiles: Profiles, path: Path):
    profiles.put(ROBOT)
    profiles.put(ACME)
    again = Profiles(path)
    assert again.all() == (ACME, ROBOT)
    assert again.get("acme") == ACME
    assert again.get("robot") == ROBOT
    assert type(again.all()[0].kind) is SignInKind


def test_the_first_one_is_the_default_until_another_is_chosen(profiles: Profiles):
    profiles.put(ROBOT)
    profiles.put(ACME)
    assert profiles.get() == ROBOT
    profiles.set_default("acme")
    assert (profiles.default_name, profiles.get()) == ("acme", ACME)
    with pytest.raises(NotConnected):
        profiles.set_default("nobody")


def test_a_removed_default_is_followed_only_by_the_one_that_is_left(profiles: Profiles):
    for profile in (ACME, ROBOT, replace(ACME, name="third")):
        profiles.put(profile)
    assert profiles.remove("acme") == ACME
    assert (profiles.default_name, profiles.get()) == ("", None)
    profiles.set_default("third")
    profiles.remove("third")
    assert profiles.get() == ROBOT
    assert profiles.remove("third") is None
    profiles.remove("robot")
    assert (profiles.all(), profiles.default_name) == ((), "")


def test_the_app_of_a_login_host_is_remembered_when_its_profiles_are_gone(profiles: Profiles):
    profiles.put(ACME)
    profiles.remember_client_id(ACME.login_url, ACME.client_id)
    profiles.remember_client_id("https://test.salesforce.com", "another")
    profiles.remove("acme")
    assert profiles.client_id(ACME.login_url) == ACME.client_id
    assert profiles.client_id("https://test.salesforce.com") == "another"


def test_only_the_owner_can_read_them(profiles: Profiles, path: Path):
    profiles.put(ACME)
    assert {file.stat().st_mode & 0o077 for file in [path, path.parent]} == {0}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"default": "", "profiles": [{"name": "x"}], "client_ids": {}}'],
)
def test_a_damaged_file_is_said_and_left_alone(profiles: Profiles, path: Path, text: str):
    path.parent.mkdir()
    path.write_text(text)
    for call in (profiles.all, lambda: profiles.put(ACME)):
        with pytest.raises(StoreUnusable, match=r"profiles\.json") as caught:
            call()
        assert "wasf connect" in caught.value.hint
    assert path.read_text() == text


def test_the_file_holds_nothing_but_what_is_no_secret(profiles: Profiles, path: Path):
    profiles.put(ACME)
    [entry] = json.loads(path.read_text())["profiles"]
    assert not any("token" in name and name != "token_store" for name in entry)
    assert not any("secret" in name for name in entry)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Acme", "acme"), (" a.b-c_9 ", "a.b-c_9"), ("x", "x"), ("console", "console")],
)
def test_names_that_are_taken(given: str, kept: str):
    assert profile_name(given) == kept


@pytest.mark.parametrize(
    "given",
    ["", ".", "..", "../x", "a/b", "a b", "-x", "é", "x" * 41, "acme.", "CON", "nul.old", "com1"],
)
def test_names_that_cannot_be_a_files(given: str):
    with pytest.raises(WrongUsage):
        profile_name(given)


# --- Chat APIs ---------------------------------------------------------------------------------


def test_a_workspace_is_found_by_its_provider(tmp_path: Path):
    workspaces = Workspaces(tmp_path / "config")
    assert workspaces.names() == []
    known = KnownWorkspace("https://api.example.com", "Acme", StoreKind.FILE, {})
    workspaces.put("timelines", known)
    (tmp_path / "config" / "profiles.json").write_text("{}")
    assert (workspaces.names(), workspaces.get("timelines")) == (["timelines"], known)
    workspaces.remove("timelines")
    workspaces.remove("timelines")
    assert (workspaces.names(), workspaces.get("timelines")) == ([], None)


def test_a_folder_of_workspaces_that_cannot_be_read_is_said(tmp_path: Path):
    folder = tmp_path / "config"
    folder.write_text("a file")
    workspaces = Workspaces(folder)
    for use in (workspaces.names, lambda: workspaces.remove("timelines")):
        with pytest.raises(StoreUnusable, match="cannot be used"):
            use()


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
