"""The secrets of the listener: made once, kept, or given from outside."""

from pathlib import Path

import pytest

from wasf.core.auth import Secret
from wasf.errors import BadSetting, TokensUnusable
from wasf.store.credentials.external import ListenSecrets
from wasf.store.credentials.token_stores import FileStore


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
