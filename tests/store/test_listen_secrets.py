"""The secrets of the listener: made once, kept, or given from outside."""

from pathlib import Path

import pytest

from wasf.errors import BadSetting
from wasf.store.credentials.external import address_secret, meta_secrets
from wasf.store.credentials.file_store import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "tokens")


def no_store() -> FileStore:
    raise AssertionError("nothing is to be kept")


def test_it_is_made_once_and_hard_to_guess(store: FileStore, tmp_path: Path) -> None:
    made = address_secret({}, lambda: store)
    assert len(made.reveal()) >= 43
    assert address_secret({}, lambda: store) == made
    assert address_secret({}, lambda: FileStore(tmp_path / "others")) != made


GIVEN = "0123456789-_.~aZ"


def test_one_that_is_given_wins_and_is_not_kept() -> None:
    assert address_secret({"WASF_LISTEN_SECRET": GIVEN}, no_store).reveal() == GIVEN


def test_systemd_may_give_them_all(tmp_path: Path) -> None:
    names = ("wasf-listen-secret", "wasf-meta-app-secret", "wasf-meta-verify-token")
    for name in names:
        (tmp_path / name).write_text(f"{name}-of-systemd\n")
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert address_secret(given, no_store).reveal() == "wasf-listen-secret-of-systemd"
    found = meta_secrets(given)
    assert found is not None
    assert [one.reveal() for one in found] == [f"{name}-of-systemd" for name in names[1:]]


@pytest.mark.parametrize("text", ["short", "x" * 201, "with a blank in it", "ünicode-ünicode-ü"])
def test_one_that_cannot_stand_in_an_address_is_refused(text: str) -> None:
    with pytest.raises(BadSetting) as told:
        address_secret({"WASF_LISTEN_SECRET": text}, no_store)
    assert text not in str(told.value) + told.value.hint


@pytest.mark.parametrize("name", ["WASF_META_APP_SECRET", "WASF_META_VERIFY_TOKEN"])
def test_meta_needs_both_or_neither(name: str) -> None:
    assert meta_secrets({}) is None
    with pytest.raises(BadSetting):
        meta_secrets({name: "half"})
