"""Secrets that something else keeps (systemd, a command, a key file), and the listener's own."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.credentials.test_token_stores import TOKENS
from tests.store.test_profiles import ROBOT
from wasf.core.auth import Secret
from wasf.errors import BadSetting, MissingFile, NotConnected, TokensUnusable
from wasf.store.credentials import external
from wasf.store.credentials.external import ListenSecrets
from wasf.store.credentials.token_stores import FileStore

URL = "https://acme.my.salesforce.com"
PRINTS = {
    "a token": ("00Dxx!abc\n", URL, "00Dxx!abc"),
    "our JSON": (
        '{"access_token": "00Dxx!abc", "instance_url": "https://x.my.salesforce.com"}',
        "https://x.my.salesforce.com",
        "00Dxx!abc",
    ),
    "our JSON without an address": ('{"access_token": "00Dxx!abc"}', URL, "00Dxx!abc"),
    "the Salesforce CLI's": (
        '{"status": 0, "result": {"accessToken": "00Dxx!abc", "instanceUrl": "https://y.example"}}',
        "https://y.example",
        "00Dxx!abc",
    ),
}


def printing(text: str, code: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r}, end=''); raise SystemExit({code})")


@pytest.mark.parametrize(("text", "url", "token"), PRINTS.values(), ids=PRINTS)
def test_what_a_command_prints(text: str, url: str, token: str):
    tokens = external.from_command(printing(text), URL)
    assert (tokens.instance_url, tokens.access_token) == (url, Secret(token))
    assert tokens.refresh_token is None


@pytest.mark.parametrize("text", ['{"token": "canary"}', "{canary", '{"result": 5}', '{"a": ["'])
def test_what_is_no_token_is_not_shown(text: str):
    with pytest.raises(NotConnected) as caught:
        external.from_command(printing(text), URL)
    assert "canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("text", ["00Dxx!abc", '{"access_token": "00Dxx!abc"}'])
def test_a_token_without_an_address(text: str):
    with pytest.raises(NotConnected, match="from secret_command") as caught:
        external.from_command(printing(text), "")
    assert "WASF_INSTANCE_URL" in caught.value.hint


def test_a_command_that_fails():
    with pytest.raises(NotConnected, match=r"exit code 7") as caught:
        external.from_command(printing("canary", 7), URL)
    assert "canary" not in caught.value.message


def test_a_command_that_is_not_there():
    with pytest.raises(BadSetting):
        external.from_command(("/no/such/command",), URL)


def test_a_command_gets_no_secret_of_wasf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASF_META_APP_SECRET", "canary")
    monkeypatch.setenv("WASF_INSTANCE_URL", URL)
    show = (
        "import os; print(os.environ.get('WASF_META_APP_SECRET', os.environ['WASF_INSTANCE_URL']))"
    )
    assert external.from_command((sys.executable, "-c", show), URL).access_token.reveal() == URL


def test_a_command_gets_no_shell_and_no_terminal():
    show = "import sys; print(sys.argv[1] + repr(sys.stdin.read()))"
    tokens = external.from_command((sys.executable, "-c", show, "$HOME;ls"), URL)
    assert tokens.access_token.reveal() == "$HOME;ls''"


def test_systemd_gives_nothing_outside_a_unit(tmp_path: Path):
    assert external.from_credentials({}, URL) is None
    assert external.from_credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)}, URL) is None


def test_systemd_gives_a_token(tmp_path: Path):
    unit = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    (tmp_path / "wasf-access-token").write_text("00Dxx!abc\n")
    tokens = external.from_credentials(unit, URL)
    assert tokens is not None
    assert (tokens.instance_url, tokens.access_token) == (URL, Secret("00Dxx!abc"))
    (tmp_path / "wasf-instance-url").write_text("https://x.my.salesforce.com\n")
    tokens = external.from_credentials(unit, "")
    assert tokens is not None
    assert tokens.instance_url == "https://x.my.salesforce.com"


def test_the_key_comes_from_systemd_else_from_the_profiles_file(tmp_path: Path):
    file = tmp_path / "robot.pem"
    file.write_text("the file's key")
    file.chmod(0o600)
    profile = replace(ROBOT, jwt_key_file=str(file))
    assert external.jwt_key({}, profile).reveal() == "the file's key"
    (tmp_path / "wasf-jwt-key").write_text("systemd's key")
    unit = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert external.jwt_key(unit, profile).reveal() == "systemd's key"


def test_a_key_that_is_gone(tmp_path: Path):
    with pytest.raises(MissingFile):
        external.secret_file(tmp_path / "gone.pem")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_key_for_everybody_is_refused(tmp_path: Path):
    file = tmp_path / "key.pem"
    file.write_text("canary")
    file.chmod(0o644)
    with pytest.raises(TokensUnusable) as caught:
        external.secret_file(file)
    assert f"chmod 600 '{file}'" in caught.value.hint


def test_the_apps_secret_comes_from_systemd_else_from_the_store(tmp_path: Path):
    store = FileStore(tmp_path / "tokens")
    with pytest.raises(NotConnected, match="robot"):
        external.client_secret({}, ROBOT, store)
    store.write("robot", TOKENS)
    assert external.client_secret({}, ROBOT, store) == TOKENS.client_secret
    (tmp_path / "wasf-client-secret").write_text("systemd's")
    unit = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert external.client_secret(unit, ROBOT, store).reveal() == "systemd's"


# --- Secrets of the listener ---------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "tokens")


def no_store() -> FileStore:
    raise AssertionError("nothing is to be kept")


def test_it_is_made_once_and_hard_to_guess(store: FileStore, tmp_path: Path) -> None:
    made = ListenSecrets({}, lambda: store).own()
    assert len(made.reveal()) >= 43
    assert ListenSecrets({}, lambda: store).own() == made
    assert ListenSecrets({}, lambda: FileStore(tmp_path / "others")).own() != made


GIVEN = "0123456789-_.~aZ"


def test_one_that_is_given_wins_and_is_not_kept() -> None:
    assert ListenSecrets({"WASF_LISTEN_SECRET": GIVEN}, no_store).own().reveal() == GIVEN


def test_a_secret_of_a_provider_is_kept(store: FileStore) -> None:
    ListenSecrets({}, lambda: store).keep("acme", Secret("theirs"))
    kept = ListenSecrets({}, lambda: store).kept("acme")
    assert kept == Secret("theirs")
    assert ListenSecrets({}, lambda: store).kept("other") is None
    assert ListenSecrets({}).kept("acme") is None


def broken_store() -> FileStore:
    raise TokensUnusable("There is no keyring here.", "")


def test_without_a_store_nothing_is_kept_if_the_listeners_own_is_given() -> None:
    given = ListenSecrets({"WASF_LISTEN_SECRET": GIVEN}, broken_store)
    given.keep("acme", Secret("theirs"))
    assert given.kept("acme") is None
    for use in (lambda one: one.kept("acme"), lambda one: one.keep("acme", Secret("theirs"))):
        with pytest.raises(TokensUnusable):
            use(ListenSecrets({}, broken_store))


def test_systemd_may_give_them_all(tmp_path: Path) -> None:
    names = ("wasf-listen-secret", "wasf-meta-app-secret", "wasf-meta-verify-token")
    for name in names:
        (tmp_path / name).write_text(f"{name}-of-systemd\n")
    secrets = ListenSecrets({"CREDENTIALS_DIRECTORY": str(tmp_path)}, no_store)
    assert secrets.own().reveal() == "wasf-listen-secret-of-systemd"
    for name in names[1:]:
        found = secrets.given(name.replace("-", "_").upper())
        assert found is not None
        assert found.reveal() == f"{name}-of-systemd"
    assert secrets.given("WASF_OTHER_SECRET") is None


@pytest.mark.parametrize("text", ["short", "x" * 201, "with a blank in it", "ünicode-ünicode-ü"])
def test_one_that_cannot_stand_in_an_address_is_refused(text: str) -> None:
    with pytest.raises(BadSetting) as told:
        ListenSecrets({"WASF_LISTEN_SECRET": text}, no_store).own()
    assert text not in str(told.value) + told.value.hint


def test_secrets_are_found_by_how_their_names_begin() -> None:
    environment = {"WASF_HOOK_SECRET_A": "one", "WASF_HOOK_SECRET_": "x", "WASF_HOOK_SECRET_B": ""}
    found = ListenSecrets(environment, no_store).named("WASF_HOOK_SECRET_")
    assert {name: secret.reveal() for name, secret in found.items()} == {"A": "one"}
