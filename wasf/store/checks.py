"""The checks of `wasf doctor` on this machine: folders, files, the disk, the token store."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wasf.core.checks import Check, CheckStatus, failed, ok, skipped, warning
from wasf.errors import ExitCode, WasfError
from wasf.interfaces import TokenStore
from wasf.store.paths import Folders

_MEGABYTE: Final = 1_000_000
_LITTLE_ROOM: Final = 500 * _MEGABYTE
_NO_ROOM: Final = 20 * _MEGABYTE


def check_folders(folders: Folders) -> Check:
    """Check that wasf can write its folders, and that nobody else can read them."""
    kept = dict.fromkeys((folders.config, folders.state))
    for folder in kept:
        nearest = _nearest(folder)
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            result = f"wasf cannot write {folder}."
            fix = f"Make {nearest} a folder of yours, or set WASF_HOME to one."
            return Check("folders", CheckStatus.FAILED, result, fix, ExitCode.FAILED)
    seen = [path for path in _private(folders) if _seen_by_others(path)]
    if seen:
        return warning(
            "folders",
            f"Others on this machine can read {', '.join(map(str, seen))}.",
            f"chmod go= {' '.join(map(str, seen))}",
        )
    return ok("folders", f"{', '.join(map(str, kept))}: yours alone.")


def check_disk(folders: Folders) -> Check:
    """Check that the disk has room for messages that wait."""
    free = shutil.disk_usage(_nearest(folders.state)).free
    result = f"{free // _MEGABYTE:,} MB are free."
    fix = "Make room, or set WASF_HOME to a folder on another disk."
    if free < _NO_ROOM:
        return Check("disk", CheckStatus.FAILED, result, fix, ExitCode.FAILED)
    return warning("disk", result, fix) if free < _LITTLE_ROOM else ok("disk", result)


def check_tokens(store: TokenStore | None) -> Check:
    """Check that the token store keeps, returns and deletes a secret; None: no store."""
    if store is None:
        return skipped("token store", "This sign-in keeps no tokens here.")
    try:
        store.check()
    except WasfError as error:
        return failed("token store", error)
    return ok("token store", f"{store.place} keeps the tokens.")


def _private(folders: Folders) -> Iterator[Path]:
    yield from dict.fromkeys((folders.config, folders.state))
    yield from (folders.settings_file, folders.profiles, folders.org_book, folders.tokens)
    yield from sorted(folders.state.glob("orgs/*/ledger.sqlite3"))


def _seen_by_others(path: Path) -> bool:
    """Return whether the mode lets others in; Windows protects the folder by other means."""
    if os.name == "nt" or not path.exists():
        return False
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _nearest(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(each for each in (path, *path.parents) if each.exists())
