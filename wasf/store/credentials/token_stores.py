"""The places of tokens: the keyring of the operating system, and files for who asks for them.

Windows keeps at most 1,280 characters in an entry, and leaves a copy of what is overwritten; macOS
deletes an entry before it adds the next one. So tokens are split into pieces, and there are two
slots: new tokens go into the free one. No entry in use is ever overwritten, and a kill at any
moment leaves the old tokens or the new ones.
"""

import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from wasf.core.auth import Tokens
from wasf.errors import TokensUnusable
from wasf.retry import RetryPolicy
from wasf.store.credentials.keyring import (
    WITHOUT,
    Backend,
    Keyring,
    OnWait,
    as_wasf_error,
    call_with_timeout,
    has_vanished,
)
from wasf.store.files import private_folder, unusable, write_private

LONGEST_ENTRY: Final = 1_280
SECONDS: Final = 3.0
SECONDS_OF_A_PERSON: Final = 60.0  # to find the window, and to type the password
_SLOTS: Final = ("a", "b")
_HEAD: Final = re.compile(r"(\d{1,15})\.(\d{1,3})\.([0-9a-f]{16}) ")
_ROOM: Final = LONGEST_ENTRY - 40  # characters beside the head of a piece
_RETRY: Final = RetryPolicy(attempts=8, first_pause=0.01, jitter=0.0)
"""For entries that vanish while they are used: other programs do not wait for our lock, and the
Secret Service shows no entry for a moment while it writes to the disk. The pauses are 1.3 s
together, within the time of a call. All work here can be repeated.
"""
_Result = TypeVar("_Result")


class StoredSecret(NamedTuple):
    """The content of a slot whose pieces are all there."""

    slot: str
    serial: int
    text: str


class KeyringStore:
    """`TokenStore` in the keyring; `mark` tells the entries of several installations apart.

    `connect` returns the keyring and may raise; the time limit of `seconds` includes it. `turn` is
    a lock that is held for each use: a keyring that several programs change at once may lose
    entries for a moment, or crash.
    """

    def __init__(
        self,
        mark: str,
        connect: Callable[[], Keyring],
        turn: Callable[[], AbstractContextManager[None]],
        seconds: float = SECONDS,
        on_wait: OnWait | None = None,
    ) -> None:
        self._mark = mark
        self._connect = connect
        self._turn = turn
        self._seconds = seconds
        self._on_wait = on_wait

    @property
    def place(self) -> str:
        return self._bounded(lambda keyring: keyring.place)

    def check(self) -> None:
        """See `TokenStore`; with a new name and a new text."""
        name = f"probe {secrets.token_hex(8)}"

        def probe(keyring: Keyring) -> None:
            entry = self._entry(keyring, name)
            entry.write(secrets.token_urlsafe(LONGEST_ENTRY))  # two pieces
            entry.delete()

        self._bounded(probe)

    def read(self, profile: str) -> Tokens | None:
        kept = self._bounded(lambda keyring: self._entry(keyring, profile).newest())
        try:
            return Tokens.from_json(json.loads(kept.text)) if kept else None
        except ValueError:
            raise TokensUnusable(
                "What the keyring holds for this sign-in is damaged.", "wasf connect"
            ) from None

    def write(self, profile: str, tokens: Tokens) -> None:
        text = json.dumps(tokens.as_json(), separators=(",", ":"))
        self._bounded(lambda keyring: self._entry(keyring, profile).write(text))

    def delete(self, profile: str) -> bool:
        return self._bounded(lambda keyring: self._entry(keyring, profile).delete())

    def _entry(self, keyring: Keyring, name: str) -> "_Entry":
        return _Entry(keyring.backend, f"wasf/{self._mark}/{name}", name)

    def _bounded(self, work: Callable[[Keyring], _Result]) -> _Result:
        try:
            with self._turn():
                return call_with_timeout(
                    self._seconds,
                    lambda: _RETRY.call(lambda: work(self._connect()), may_repeat=has_vanished),
                    self._on_wait,
                )
        except Exception as error:  # keyrings raise what the system raises: OSError 1783, EOFError
            raise as_wasf_error(error) from None


class _Entry:
    """The two slots of one name; the one with the higher serial number counts."""

    def __init__(self, backend: Backend, service: str, username: str) -> None:
        self._backend = backend
        self._service = service
        self._username = username

    def newest(self) -> StoredSecret | None:
        """Return what was written last, None if no slot is complete."""
        whole = [kept for slot in _SLOTS if (kept := self._kept(slot))]
        return max(whole, key=lambda kept: kept.serial, default=None)

    def write(self, text: str) -> None:
        """Keep a text of ASCII letters, read it back, then delete the old one."""
        before = self.newest()
        slot = "b" if before and before.slot == "a" else "a"
        new = StoredSecret(slot, before.serial + 1 if before else 1, text)
        self._clear(slot)
        for number, piece in enumerate(_pieces(new), 1):
            self._backend.set_password(self._name(slot, number), self._username, piece)
        if self._kept(slot) != new:
            raise TokensUnusable("The keyring did not keep what was written.", WITHOUT)
        if before:
            self._clear(before.slot)

    def delete(self) -> bool:
        """Delete everything; return False if nothing was there."""
        cleared = [self._clear(slot) for slot in _SLOTS]
        return any(cleared)

    def _kept(self, slot: str) -> StoredSecret | None:
        first = self._get(slot, 1)
        head = _HEAD.match(first) if first else None
        if not first or not head:
            return None
        pieces = [first, *(self._get(slot, n) or "" for n in range(2, int(head[2]) + 1))]
        if any(not piece.startswith(head[0]) for piece in pieces):
            return None
        text = "".join(piece.removeprefix(head[0]) for piece in pieces)
        return StoredSecret(slot, int(head[1]), text) if _digest(text) == head[3] else None

    def _clear(self, slot: str) -> bool:
        """Delete from the last piece to the first, so that a kill leaves no piece beyond a gap."""
        count = 0
        while self._get(slot, count + 1) is not None:
            count += 1
        for number in range(count, 0, -1):
            self._backend.delete_password(self._name(slot, number), self._username)
        return count > 0

    def _get(self, slot: str, number: int) -> str | None:
        return self._backend.get_password(self._name(slot, number), self._username)

    def _name(self, slot: str, number: int) -> str:
        return f"{self._service}/{slot}{number}"


def _pieces(kept: StoredSecret) -> list[str]:
    chunks = [kept.text[at : at + _ROOM] for at in range(0, len(kept.text), _ROOM)] or [""]
    head = f"{kept.serial}.{len(chunks)}.{_digest(kept.text)} "
    return [head + chunk for chunk in chunks]


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


# --- Files ----------------------------------------------------------------------------------------


_FILE: Final = "tokens.json"
_OTHERS: Final = 0o077
_LONGEST: Final = 1_000_000  # bytes


class FileStore:
    """`TokenStore` in files that only their owner can read: in a folder, with one for each profile.

    On Windows the rights of the user's folder keep others out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        return f"files in {self._folder}"

    def check(self) -> None:
        """See `TokenStore`; the file for the test belongs to no sign-in."""
        folder = self._folder / f".probe-{secrets.token_hex(8)}"
        try:
            self._write(folder, secrets.token_urlsafe())
        finally:
            _remove(folder)

    def read(self, profile: str) -> Tokens | None:
        """See `TokenStore`. Raise `TokensUnusable` for a file that others can read or change."""
        text = self._read(self._folder / profile)
        try:
            return None if text is None else Tokens.from_json(json.loads(text))
        except ValueError:
            raise TokensUnusable(
                "The file with the tokens of this sign-in is damaged.", "wasf connect"
            ) from None

    def write(self, profile: str, tokens: Tokens) -> None:
        self._write(self._folder / profile, json.dumps(tokens.as_json()))

    def delete(self, profile: str) -> bool:
        folder = self._folder / profile
        found = (folder / _FILE).exists()
        _remove(folder)
        return found

    def _read(self, folder: Path) -> str | None:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        try:
            handle = os.open(folder / _FILE, flags)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(folder / _FILE, error) from error
        with os.fdopen(handle, "rb") as file:
            for path, found in (
                (folder / _FILE, os.fstat(file.fileno())),
                (folder, folder.lstat()),
                (self._folder, self._folder.lstat()),
            ):
                _refuse_others(path, found)
            return file.read(_LONGEST).decode("utf-8", "replace")

    def _write(self, folder: Path, text: str) -> None:
        path = folder / _FILE
        private_folder(folder)
        for place in (self._folder, folder):
            _refuse_others(place, place.lstat())
        for left_behind in folder.glob(f"{_FILE}.*"):  # of a write that was killed
            left_behind.unlink(missing_ok=True)
        if path.is_symlink():
            raise TokensUnusable(f"{path} is a link; tokens are not put there.", f"rm '{path}'")
        write_private(path, text)
        if self._read(folder) != text:
            raise TokensUnusable(
                f"{path} did not keep what was written.", "Check that disk, and try again."
            )


def _refuse_others(path: Path, found: os.stat_result) -> None:
    """Raise `TokensUnusable` if a file or folder has another owner, or others may use it."""
    if os.name == "nt":
        return
    wanted = "700" if stat.S_ISDIR(found.st_mode) else "600"
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        raise TokensUnusable(
            f"{path} belongs to somebody else, so no tokens are read from it or put there.",
            "Sign in again after it was removed: wasf connect",
        )
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        raise TokensUnusable(
            f"Others on this machine can get at {path}, so its tokens are not used.",
            f"chmod {wanted} '{path}'; if others may have read it, also: wasf disconnect",
        )


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(folder, error) from error
