"""Which keyring of the operating system may hold tokens, and whether it can be used now.

The library `keyring` takes any backend that is installed, plain text files included, and may wait
for ever until a person unlocks it. Here only keyrings that keep secrets safe are allowed, calls are
bounded in time, and a run that nobody watches never opens a window. KDE's wallet is used through
the Secret Service that it offers.
"""

import os
import stat
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from concurrent.futures import Future, wait
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TextIO, TypeVar, runtime_checkable
from urllib.parse import quote

from wasf.errors import KeyringLocked, TokensUnusable, WasfError

_DESKTOP: Final = "keyring.backends.SecretService.Keyring"
_ALLOWED: Final = {
    _DESKTOP: "the Secret Service of this desktop",
    "keyring.backends.macOS.Keyring": "the macOS keychain",
    "keyring.backends.Windows.WinVaultKeyring": "the Windows credential manager",
}
_INTERACTION_NOT_ALLOWED: Final = "-25308"  # macOS, in a session without a screen
_DEFAULT_COLLECTION: Final = "/org/freedesktop/secrets/aliases/default"
_BUS: Final = "DBUS_SESSION_BUS_ADDRESS"
WITHOUT: Final = (
    "Sign in by wasf connect --token-store file to keep tokens in a file that only you can read, "
    "or use secret_command or --jwt-key, which need no keyring."
)
_STEP: Final = 0.2  # seconds
_NOTICE_AFTER: Final = 2.0  # seconds; the keyring's own window takes about as long to open
_NOTICE: Final = (
    "Waiting for the keyring to be unlocked. Its window asks for the password; it may be behind\n"
    "others. Ctrl-C ends this.\n"
)


_Result = TypeVar("_Result")


@runtime_checkable
class Backend(Protocol):
    """What a keyring can do. Two texts name an entry."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return the entry's text, or None."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a text."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Delete a text."""
        ...


class Keyring(NamedTuple):
    """A keyring that may hold tokens, and what people call it."""

    backend: Backend
    place: str


def open_keyring(*, interactive: bool) -> Keyring:
    """Return the keyring of this session.

    Raise `TokensUnusable` if no safe one is there, `KeyringLocked` if it is locked and the run is
    not `interactive`: nobody would see the window that asks for its password.
    """
    find_session_bus(os.environ)
    name, backend = _chosen()
    if name == _DESKTOP and not interactive:
        _keep_quiet(backend)
    return Keyring(backend, _ALLOWED[name])


def find_session_bus(environment: MutableMapping[str, str]) -> None:
    """Add the address of the user's D-Bus, which cron does not set, if its usual socket exists.

    A socket of another user is not used.
    """
    if environment.get(_BUS) or not hasattr(os, "getuid"):
        return
    for folder in (environment.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.getuid()}"):
        socket = Path(folder) / "bus"
        if folder and _is_own_socket(socket):
            environment[_BUS] = f"unix:path={quote(str(socket), safe='/')}"
            return


def as_wasf_error(error: Exception) -> WasfError:
    """Return the error for people. What the keyring says itself is not meant for them."""
    import keyring.errors  # keyring is slow to load, and only runs that use it need it

    if isinstance(error, WasfError):
        return error
    if isinstance(error, TimeoutError):
        return KeyringLocked(
            "The keyring does not answer; it may wait for somebody to unlock it.",
            "Unlock it on this machine's screen and try again.",
        )
    if isinstance(error, keyring.errors.KeyringLocked) or _INTERACTION_NOT_ALLOWED in str(error):
        return locked()
    if has_vanished(error):
        return TokensUnusable(
            "The keyring here was never set up: it has no place for new secrets.",
            f"Sign in to this machine's desktop once. {WITHOUT}",
        )
    return TokensUnusable(f"The keyring cannot be used ({type(error).__name__}).", WITHOUT)


OnWait = Callable[[float], None]
"""Called several times a second while a keyring is waited for, with the seconds so far."""


class UnlockNotice:
    """What a person is told who has to unlock the keyring: once, on a stream.

    `check_stop` raises if somebody asked the run to end.
    """

    def __init__(self, check_stop: Callable[[], None], stream: TextIO) -> None:
        self._check_stop = check_stop
        self._stream = stream
        self._is_told = False

    def __call__(self, waited: float) -> None:
        self._check_stop()
        if not self._is_told and waited >= _NOTICE_AFTER:
            self._is_told = True
            self._stream.write(_NOTICE)
            self._stream.flush()


def call_with_timeout(
    seconds: float, work: Callable[[], _Result], on_wait: OnWait | None = None
) -> _Result:
    """Call `work` in a daemon thread; return its result or raise its error, or that of `on_wait`.

    Raise `TimeoutError` after so many seconds. The thread then goes on: nothing can end a call that
    waits for a person at another screen, and a daemon thread does not keep the program from ending.
    """
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds:
        wait([future], min(_STEP, seconds - waited))  # Windows cannot interrupt a longer one
        if future.done():
            return future.result()
        if on_wait:
            on_wait(time.monotonic() - began)
    raise TimeoutError


def has_vanished(error: Exception) -> bool:
    """Return whether the Secret Service lost sight of an entry; it may find it in a moment."""
    if not sys.platform.startswith("linux"):
        return False
    # Only Linux has it.
    from secretstorage.exceptions import ItemNotFoundException

    return isinstance(error, ItemNotFoundException) or isinstance(
        error.__cause__, ItemNotFoundException
    )


def locked() -> KeyringLocked:
    """Return the error for a keyring that waits for its password."""
    return KeyringLocked(
        "The keyring is locked.",
        "Unlock it by signing in to this machine's desktop, and try again. Jobs that run without "
        "anybody signed in go better with: wasf connect --jwt-key FILE --username USER",
    )


def _is_own_socket(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()


def _chosen() -> tuple[str, Backend]:
    """Return the backend that the person configured, else the first one that works."""
    import keyring.core  # slow to load, see `as_wasf_error`

    try:
        configured = keyring.core.load_env() or keyring.core.load_config()
    except Exception as error:  # a wrong name raises whatever its import raises
        raise TokensUnusable(
            f"The keyring that is configured on this machine does not work"
            f" ({type(error).__name__}).",
            f"Look at PYTHON_KEYRING_BACKEND and keyringrc.cfg. {WITHOUT}",
        ) from None
    if configured is not None:
        return _allowed(configured)
    for name in _ALLOWED:
        try:
            backend = keyring.core.load_keyring(name)
        except Exception:  # noqa: S112 - each says in its own way that it is not for this system
            continue
        return _allowed(backend)
    raise TokensUnusable("There is no keyring here that could keep the tokens.", WITHOUT)


def _allowed(backend: object) -> tuple[str, Backend]:
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if name in _ALLOWED and isinstance(backend, Backend):
        return name, backend
    raise TokensUnusable(
        f"The keyring that is configured on this machine ({name}) does not keep secrets safe.",
        f"Look at PYTHON_KEYRING_BACKEND and keyringrc.cfg. {WITHOUT}",
    )


def _keep_quiet(backend: Backend) -> None:
    """Raise `KeyringLocked` if using the Secret Service would open a window; this opens none.

    With a collection's name the library makes no new collection, which would open a window, too.
    """
    import secretstorage  # only Linux has it

    name = vars(backend).setdefault("preferred_collection", _DEFAULT_COLLECTION)
    with closing(secretstorage.dbus_init()) as bus:
        if secretstorage.Collection(bus, name).is_locked():
            raise locked()
