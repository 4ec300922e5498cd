"""Which keyring of the operating system may hold tokens, and whether it can do so just now.

The library would take whatever is installed, plain text files included, and may wait for ever for
somebody to unlock it. Here only real keyrings count, and none is asked to open a window in a run
that nobody looks at. KDE's wallet is used through the Secret Service that it offers.
"""

import os
import stat
import sys
import threading
from collections.abc import Callable, MutableMapping
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Protocol, TypeVar, runtime_checkable
from urllib.parse import quote

from wasf.errors import KeyringLocked, TokensUnusable, WasfError

# --- keyring_backend


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


@runtime_checkable
class Backend(Protocol):
    """What a keyring can do. Entries are named by two texts."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """The entry's text, or None."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a text."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Forget a text."""
        ...


class Keyring:
    """A keyring that may hold tokens. Made by `open_keyring`."""

    def __init__(self, backend: Backend, place: str) -> None:
        self.backend = backend
        self.place = place


def open_keyring(*, interactive: bool) -> Keyring:
    """The keyring of this session.

    Raises `TokensUnusable` if there is none that is safe, `KeyringLocked` if it is locked and the
    run is not `interactive`: then nobody would see the window that asks for its password.
    """
    find_session_bus(os.environ)
    name, backend = _chosen()
    if name == _DESKTOP and not interactive:
        _keep_quiet(backend)
    return Keyring(backend, _ALLOWED[name])


def find_session_bus(environment: MutableMapping[str, str]) -> None:
    """Put the address of the user's bus in, if its socket is where it always is: cron gives none.

    A socket that somebody else made is not touched.
    """
    if environment.get(_BUS) or not hasattr(os, "getuid"):
        return
    for folder in (environment.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.getuid()}"):
        socket = Path(folder) / "bus"
        if folder and _is_own_socket(socket):
            environment[_BUS] = f"unix:path={quote(str(socket), safe='/')}"
            return


def explained(error: Exception) -> WasfError:
    """What a person can do about what a keyring raised; its own text is not for people."""
    import keyring.errors

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


def has_vanished(error: Exception) -> bool:
    """Whether the Secret Service says that something is not there; it may be in a moment."""
    if not sys.platform.startswith("linux"):
        return False
    from secretstorage.exceptions import ItemNotFoundException

    return isinstance(error, ItemNotFoundException) or isinstance(
        error.__cause__, ItemNotFoundException
    )


def locked() -> KeyringLocked:
    """The keyring waits for its password."""
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
    """The backend that the person configured for all programs, else the first one that works."""
    import keyring.core

    try:
        configured = keyring.core.load_env() or keyring.core.load_config()
    except Exception as error:  # a name that is none raises whatever importing it raises
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
    """Raise if using the Secret Service would open a window; asking this opens none.

    By a collection's name the library never makes a new one, for which it would open a window too.
    """
    import secretstorage

    name = vars(backend).setdefault("preferred_collection", _DEFAULT_COLLECTION)
    with closing(secretstorage.dbus_init()) as bus:
        if secretstorage.Collection(bus, name).is_locked():
            raise locked()


# --- bounded
# Calls to something that may never answer, bounded in time.


_Result = TypeVar("_Result")


def within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Do the work in a thread of its own and give its result, or raise what it raised.

    Raises `TimeoutError` after so many seconds. The thread is left behind then: nothing can end a
    call that waits for a window on a screen that nobody looks at, and it does not keep the program
    from ending.
    """
    ended: SimpleQueue[tuple[_Result | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            ended.put((work(), None))
        except Exception as error:
            ended.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = ended.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # without an error it is what `work` gave
