"""Tokens in files that only their owner can read, for people who choose that."""

import json
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Final

from wasf.core.auth import Tokens
from wasf.errors import TokensUnusable
from wasf.store.files import private_folder, unusable, write_private

_FILE: Final = "tokens.json"
_OTHERS: Final = 0o077
_LONGEST: Final = 1_000_000  # bytes


class FileStore:
    """`TokenStore` in a folder, with a folder below it for each profile.

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
