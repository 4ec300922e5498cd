"""Tokens in files, and the choice of where they are kept."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wasf.core.auth import Secret, StoreKind, Tokens
from wasf.errors import ExitCode, StoreUnusable, TokensUnusable
from wasf.store.credentials import open_token_store
from wasf.store.credentials.token_stores import FileStore, KeyringStore
from wasf.store.files import Folders

TOKENS = Tokens(
    Secret("00Dxx0000000001!an.access.token"),
    Secret("5Aep861.a.refresh.token"),
    Secret("the.app's.secret"),
    "https://example.my.salesforce.com",
    datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
)

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tokens"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(folder)


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}


def test_what_is_written_can_be_read_until_it_is_forgotten(store: FileStore, folder: Path):
    store.check()
    assert store.read("acme") is None
    for tokens in (TOKENS, replace(TOKENS, refresh_token=None, client_secret=None), TOKENS):
        store.write("acme", tokens)
        assert FileStore(folder).read("acme") == tokens
    assert store.read("acme.json") is None
    assert store.delete("acme")
    assert not store.delete("acme")
    assert store.read("acme") is None
    assert not list(folder.iterdir())


@posix
def test_nobody_else_can_read_them_whatever_the_umask(store: FileStore, folder: Path):
    before = os.umask(0)
    try:
        store.write("acme", TOKENS)
    finally:
        os.umask(before)
    assert modes(folder) == {0o700, 0o600}
    assert modes(folder.parent) == {0o700, 0o600}


@posix
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o601])
def test_a_file_that_others_can_get_at_is_refused(store: FileStore, folder: Path, mode: int):
    store.write("acme", TOKENS)
    (folder / "acme" / "tokens.json").chmod(mode)
    with pytest.raises(TokensUnusable, match="Others on this machine") as caught:
        store.read("acme")
    assert caught.value.exit_code is ExitCode.NOT_CONNECTED
    assert f"chmod 600 '{folder / 'acme' / 'tokens.json'}'" in caught.value.hint


@posix
@pytest.mark.parametrize("place", ["", "acme"])
def test_a_folder_that_others_can_get_at_is_refused(store: FileStore, folder: Path, place: str):
    store.write("acme", TOKENS)
    (folder / place).chmod(0o755)
    for call in (lambda: store.read("acme"), lambda: store.write("acme", TOKENS)):
        with pytest.raises(TokensUnusable) as caught:
            call()
        assert "chmod 700" in caught.value.hint


@posix
@pytest.mark.parametrize("place", ["acme", "acme/tokens.json"])
def test_a_link_is_not_followed(store: FileStore, folder: Path, tmp_path: Path, place: str):
    store.write("acme", TOKENS)
    (folder / "acme").rename(tmp_path / "elsewhere")
    if place == "acme":
        (folder / place).symlink_to(tmp_path / "elsewhere")
    else:
        (folder / "acme").mkdir(mode=0o700)
        (folder / place).symlink_to(tmp_path / "elsewhere" / "tokens.json")
    with pytest.raises((TokensUnusable, StoreUnusable)):
        store.read("acme")
    with pytest.raises(TokensUnusable):
        store.write("acme", TOKENS)


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give")
def test_somebody_elses_file_is_refused(store: FileStore, folder: Path):
    store.write("acme", TOKENS)
    os.chown(folder / "acme" / "tokens.json", 12345, 12345)
    with pytest.raises(TokensUnusable, match="somebody else"):
        store.read("acme")


def test_what_a_killed_write_left_behind_is_removed(store: FileStore, folder: Path):
    store.write("acme", TOKENS)
    left = folder / "acme" / "tokens.json.x1y2"
    left.write_text("half of it")
    store.write("acme", TOKENS)
    assert not left.exists()
    left.write_text("half of it")
    store.delete("acme")
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "\x00", '{"access_token": 1}', '{"access_token": "canary", "x": 1}'],
)
def test_a_damaged_file_is_said_without_its_content(store: FileStore, folder: Path, text: str):
    store.write("acme", TOKENS)
    (folder / "acme" / "tokens.json").write_text(text)
    with pytest.raises(TokensUnusable) as caught:
        store.read("acme")
    assert "canary" not in caught.value.message
    assert "wasf connect" in caught.value.hint


def test_tokens_never_show():
    shown = repr(TOKENS) + str(TOKENS)
    for secret in ("an.access.token", "a.refresh.token", "app's.secret"):
        assert secret not in shown


def folders(state: Path) -> Folders:
    return Folders(config=state, state=state)


def test_the_store_is_the_one_that_was_chosen(tmp_path: Path):
    chosen = open_token_store(StoreKind.FILE, folders(tmp_path), interactive=False)
    assert isinstance(chosen, FileStore)
    assert str(tmp_path) in chosen.place
    assert isinstance(
        open_token_store(StoreKind.KEYRING, folders(tmp_path), interactive=False), KeyringStore
    )


def test_opening_a_store_touches_nothing(tmp_path: Path):
    for kind in StoreKind:
        open_token_store(kind, folders(tmp_path / "new"), interactive=False)
    assert not (tmp_path / "new").exists()


def test_a_keyring_that_fails_leaves_nothing_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    store = open_token_store(StoreKind.KEYRING, folders(tmp_path), interactive=False)
    with pytest.raises(TokensUnusable):
        store.write("acme", TOKENS)
    assert [(found.name, found.stat().st_size) for found in tmp_path.rglob("*")] == [
        ("keyring.lock", 0)
    ]
