"""The operating system's keyring: a real one, and all the ways in which it can fail."""

import io
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.secret_service import Session, needs_secret_service, user_session
from wasf.core.auth import Secret, StoreKind, Tokens
from wasf.errors import ExitCode, KeyringLocked, Stopped, TokensUnusable, WasfError
from wasf.interfaces import TokenStore
from wasf.store.credentials import open_token_store
from wasf.store.credentials.keyring import (
    Keyring,
    OnWait,
    UnlockNotice,
    find_session_bus,
    open_keyring,
)
from wasf.store.credentials.token_stores import LONGEST_ENTRY, KeyringStore
from wasf.store.files import Folders

MOST_SECONDS = 4.0
TOKENS = Tokens(
    Secret("00Dxx0000000001!an.access.token"),
    Secret("5Aep861.a.refresh.token"),
    None,
    "https://example.my.salesforce.com",
    datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
)
LONG = Tokens(Secret("x" * 9_000), Secret("y" * 3_000), Secret("z"), "https://e", TOKENS.issued_at)


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="wasf", ignore_cleanup_errors=True
    ) as folder:  # a socket's path is short
        yield Path(folder)


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))


@pytest.fixture
def session(no_session: None, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[Session]:
    with user_session(home) as session:
        for name, value in session.environment.items():
            monkeypatch.setenv(name, value)
        yield session


def store(*, interactive: bool = False, seconds: float = 30.0) -> TokenStore:
    """With time for a keyring that does answer, on a machine that has other things to do."""
    folders = Folders.from_environment(os.environ)
    return open_token_store(StoreKind.KEYRING, folders, interactive=interactive, seconds=seconds)


def failing(call: object, *arguments: object) -> WasfError:
    """What the call raises, in the time that it may take."""
    began = time.monotonic()
    with pytest.raises(WasfError) as caught:
        call(*arguments)
    assert time.monotonic() - began < MOST_SECONDS
    assert caught.value.hint
    return caught.value


# --- A real one --------------------------------------------------------------------------------


@needs_secret_service
def test_a_real_keyring_is_used(session: Session):
    session.unlock()
    assert type(open_keyring(interactive=False).backend).__module__.endswith("SecretService")


@needs_secret_service
@pytest.mark.parametrize("tokens", [TOKENS, LONG], ids=["short", "long"])
def test_tokens_come_back_from_a_real_keyring(session: Session, tokens: Tokens):
    session.unlock()
    kept = store()
    kept.check()
    assert kept.read("acme") is None
    for written in (LONG, TOKENS, tokens):
        kept.write("acme", written)
        assert store().read("acme") == written
    assert kept.read("other") is None
    assert kept.delete("acme")
    assert not kept.delete("acme")
    assert store().read("acme") is None


@needs_secret_service
def test_a_job_without_the_address_of_the_bus_finds_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    session.unlock()
    store().write("acme", TOKENS)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert store().read("acme") == TOKENS


@needs_secret_service
def test_a_keyring_that_was_never_set_up(session: Session):
    session.start_locked()
    assert isinstance(failing(store().check), TokensUnusable)


def _lock(session_home: Path) -> None:
    """A home whose keyring exists and is locked when the next session begins."""
    with user_session(session_home) as earlier:
        earlier.unlock()
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = earlier.address
        store().write("acme", TOKENS)


@needs_secret_service
@pytest.mark.parametrize("call", ["check", "read", "write", "delete"])
def test_a_locked_keyring_opens_no_window_in_a_job(
    no_session: None, home: Path, monkeypatch: pytest.MonkeyPatch, call: str
):
    _lock(home)
    with user_session(home) as session:
        session.start_locked()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
        arguments = {"check": (), "write": ("acme", TOKENS)}.get(call, ("acme",))
        with session.silent_prompter():
            error = failing(getattr(store(), call), *arguments)
    assert isinstance(error, KeyringLocked)
    assert error.exit_code is ExitCode.TRY_LATER
    assert "does not answer" not in error.message


@needs_secret_service
def test_a_prompt_that_nobody_answers(
    no_session: None, home: Path, monkeypatch: pytest.MonkeyPatch
):
    _lock(home)
    with user_session(home) as session:
        session.start_locked()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
        with session.silent_prompter():
            error = failing(store(interactive=True, seconds=0.3).read, "acme")
    assert isinstance(error, KeyringLocked)
    assert "does not answer" in error.message


# --- Somebody unlocks it -----------------------------------------------------------------------


class SlowBackend:
    """A keyring that answers once `unlocked` is set."""

    def __init__(self) -> None:
        self.unlocked = threading.Event()

    def get_password(self, *_: str) -> str | None:
        self.unlocked.wait(60)
        return None

    def set_password(self, *_: str) -> None: ...

    def delete_password(self, *_: str) -> None: ...


def _waiting_store(backend: SlowBackend, on_wait: OnWait, seconds: float = 60.0) -> KeyringStore:
    return KeyringStore("mark", lambda: Keyring(backend, "slow"), nullcontext, seconds, on_wait)


def test_at_a_terminal_it_waits_until_somebody_unlocks_the_keyring():
    backend, said = SlowBackend(), io.StringIO()
    notice = UnlockNotice(lambda: None, said)

    def unlock_once_told(waited: float) -> None:
        notice(waited + 2.0)
        if said.getvalue():
            backend.unlocked.set()

    assert _waiting_store(backend, unlock_once_told).read("acme") is None
    assert said.getvalue().count("Waiting for the keyring to be unlocked.") == 1


def test_ctrl_c_ends_the_wait_at_once():
    def stop() -> None:
        raise Stopped("stopped")

    with pytest.raises(Stopped):
        _waiting_store(SlowBackend(), UnlockNotice(stop, io.StringIO())).read("acme")


def test_a_quick_keyring_is_no_reason_to_say_anything():
    said = io.StringIO()
    UnlockNotice(lambda: None, said)(1.9)
    assert said.getvalue() == ""


@pytest.mark.parametrize(("interactive", "seconds"), [(True, 60.0), (False, 3.0)])
def test_only_a_person_is_waited_for_long(interactive: bool, seconds: float, home: Path):
    store = open_token_store(StoreKind.KEYRING, Folders(home, home), interactive=interactive)
    assert vars(store)["_seconds"] == seconds


@needs_secret_service
def test_keyrings_that_are_installed_beside_it_are_not_touched(
    session: Session, plain_text_keyring: Path
):
    session.unlock()
    store().write("acme", TOKENS)
    assert store().read("acme") == TOKENS
    assert not plain_text_keyring.exists()


# --- None --------------------------------------------------------------------------------------

_PLAIN_TEXT = """
from pathlib import Path
from keyring.backend import KeyringBackend

class PlaintextKeyring(KeyringBackend):
    priority = 50

    def get_password(self, service, username):
        Path({mark!r}).touch()

    set_password = delete_password = lambda *arguments: Path({mark!r}).touch()
"""


@pytest.fixture
def plain_text_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that offers itself to every program; the path is there once it was used."""
    mark, package = tmp_path / "used", tmp_path / "site"
    (package / "greedy_keyring").mkdir(parents=True)
    (package / "greedy_keyring" / "__init__.py").write_text(_PLAIN_TEXT.format(mark=str(mark)))
    facts = package / "greedy_keyring-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: greedy-keyring\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[keyring.backends]\ngreedy = greedy_keyring\n")
    # Not `syspath_prepend`: it empties the caches of imports, which a thread may be reading.
    monkeypatch.setattr(sys, "path", [str(package), *sys.path])
    yield mark
    sys.modules.pop("greedy_keyring", None)


def test_no_bus(no_session: None):
    assert failing(store().check).exit_code is ExitCode.NOT_CONNECTED


def test_a_bus_that_is_gone(no_session: None, monkeypatch: pytest.MonkeyPatch, home: Path):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={home}/gone")
    assert isinstance(failing(store().read, "acme"), TokensUnusable)


def test_a_bus_that_never_answers(no_session: None, monkeypatch: pytest.MonkeyPatch, home: Path):
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(home / "bus"))
        deaf.listen()
        for call in (store().check, store(interactive=True).check):
            assert isinstance(failing(call), KeyringLocked | TokensUnusable)


def test_a_plain_text_keyring_is_no_way_out(no_session: None, plain_text_keyring: Path):
    assert isinstance(failing(store().check), TokensUnusable)
    assert isinstance(failing(store().write, "acme", TOKENS), TokensUnusable)
    assert not plain_text_keyring.exists()


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "greedy_keyring.PlaintextKeyring",
        "keyring.backends.SecretServise.Keyring",
        "nothing",
    ],
)
def test_a_keyring_that_is_configured_and_unsafe(
    no_session: None, plain_text_keyring: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    error = failing(store().write, "acme", TOKENS)
    assert isinstance(error, TokensUnusable)
    assert "PYTHON_KEYRING_BACKEND" in error.hint
    assert not plain_text_keyring.exists()


def test_a_keyring_that_is_switched_off_by_its_own_file(no_session: None, home: Path):
    (home / "python_keyring").mkdir()
    file = home / "python_keyring" / "keyringrc.cfg"
    file.write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    assert "null" in failing(store().check).message


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no such sockets on Windows")
def test_only_an_own_socket_is_taken_for_the_bus(home: Path):
    environment = {"XDG_RUNTIME_DIR": str(home)}
    (home / "bus").write_text("")
    find_session_bus(environment)
    assert not environment.get("DBUS_SESSION_BUS_ADDRESS", "").endswith(f"{home}/bus")
    (home / "bus").unlink()
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(home / "bus"))
        find_session_bus(environment)
        assert environment["DBUS_SESSION_BUS_ADDRESS"] == f"unix:path={home}/bus"
        environment["DBUS_SESSION_BUS_ADDRESS"] = "another"
        find_session_bus(environment)
        assert environment["DBUS_SESSION_BUS_ADDRESS"] == "another"


# --- As Windows and macOS keep it --------------------------------------------------------------


class Entries:
    """A keyring in memory that can be stopped before any change, and notes what was overwritten."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.overwritten: list[str] = []
        self.changes_left = 1_000_000

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._change()
        if len(password) > LONGEST_ENTRY:
            raise OSError(1783, "The stub received bad data")
        if (service, username) in self.kept:
            self.overwritten.append(service)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._change()
        del self.kept[service, username]

    def _change(self) -> None:
        if self.changes_left == 0:
            raise EOFError  # as good as a kill: nothing after it happens
        self.changes_left -= 1

    @property
    def store(self) -> KeyringStore:
        return KeyringStore("mark", lambda: Keyring(self, "memory"), nullcontext)


def test_no_entry_is_longer_than_windows_allows_and_none_is_ever_overwritten():
    entries = Entries()
    for tokens in (LONG, TOKENS, LONG, LONG, TOKENS):
        entries.store.write("acme", tokens)
        assert entries.store.read("acme") == tokens
    assert len(entries.kept) == 1
    assert not entries.overwritten
    assert entries.store.delete("acme")
    assert not entries.kept


@pytest.mark.parametrize(("old", "new"), [(TOKENS, LONG), (LONG, TOKENS), (LONG, LONG)])
def test_a_kill_at_any_change_leaves_the_old_tokens_or_the_new_ones(old: Tokens, new: Tokens):
    stops = 0
    while True:
        entries = Entries()
        entries.store.write("acme", old)
        entries.changes_left = stops
        try:
            entries.store.write("acme", new)
        except TokensUnusable:
            assert entries.store.read("acme") in (old, new)
            entries.changes_left = 1_000
            entries.store.write("acme", TOKENS)
            assert entries.store.read("acme") == TOKENS
            assert len(entries.kept) == 1
            stops += 1
            continue
        break
    assert stops >= 2


def test_a_kill_while_forgetting_leaves_nothing_that_cannot_be_forgotten():
    entries = Entries()
    entries.store.write("acme", LONG)
    entries.changes_left = 3
    with pytest.raises(TokensUnusable):
        entries.store.delete("acme")
    assert entries.store.read("acme") is None
    entries.changes_left = 1_000
    assert entries.store.delete("acme")
    assert not entries.kept


def test_a_keyring_is_used_by_one_at_a_time():
    entries = Entries()
    turns: list[str] = []

    @contextmanager
    def turn() -> Iterator[None]:
        turns.append("begins")
        yield
        turns.append("ends")

    def connect() -> Keyring:
        assert turns.pop() == "begins"
        return Keyring(entries, "memory")

    kept = KeyringStore("mark", connect, turn)
    kept.check()
    kept.write("acme", TOKENS)
    assert kept.read("acme") == TOKENS
    assert kept.delete("acme")
    assert kept.place == "memory"
    assert turns == ["ends"] * 5


def test_a_keyring_that_forgets_is_found_out():
    entries = Entries()
    entries.set_password = lambda *_: None  # type: ignore[method-assign]
    assert isinstance(failing(entries.store.write, "acme", TOKENS), TokensUnusable)
    assert isinstance(failing(entries.store.check), TokensUnusable)


def test_what_somebody_else_put_there_is_not_taken_for_tokens():
    entries = Entries()
    entries.store.write("acme", TOKENS)
    [(name, text)] = entries.kept.items()
    for changed in (text[:-1], text + "x", "", "{}", text.replace("5Aep", "6Aep")):
        entries.kept[name] = changed
        assert entries.store.read("acme") is None


@pytest.mark.parametrize(
    "error",
    [OSError(1783, "bad data 00Dxx!canary"), EOFError(), ModuleNotFoundError(), RuntimeError()],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_keyring_raises_is_said_without_its_text(error: Exception):
    def broken() -> Keyring:
        raise error

    raised = failing(KeyringStore("mark", broken, nullcontext).check)
    assert isinstance(raised, TokensUnusable)
    assert "canary" not in raised.message + raised.hint
    assert raised.__cause__ is None
    assert raised.__suppress_context__


def test_macos_without_a_screen_is_locked():
    import keyring.errors

    def broken() -> Keyring:
        raise keyring.errors.KeyringError("Can't get password: (-25308, 'Unknown Error')")

    assert isinstance(failing(KeyringStore("mark", broken, nullcontext).check), KeyringLocked)
