"""Files and folders that only their owner can read; a file is replaced as a whole or not at all."""

import os
import stat
from pathlib import Path

from wasf.errors import StoreUnusable

_OWNER_ONLY = 0o700


def private_folder(path: Path) -> None:
    """Create a folder, and missing ones above it, for their owner only (0700).

    Raise `StoreUnusable` if that is not allowed or something else has the name.
    """
    try:
        for folder in reversed([path, *path.parents]):
            if not folder.exists():
                folder.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError
    except OSError as error:
        raise unusable(path, error) from error


def write_private(path: Path, text: str) -> None:
    """Replace a file's content in one step; only its owner can read it (0600).

    A symbolic link is followed. Raise `StoreUnusable` if the file cannot be written.
    """
    import tempfile  # slow to load, and most commands write no file

    target = path.resolve()
    private_folder(target.parent)
    try:
        handle, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    except OSError as error:
        raise unusable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise unusable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Make a new name in this folder survive a power cut, where the system supports it."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def close_to_others(path: Path) -> None:
    """Remove the rights of others on a file. Raise `StoreUnusable` if that is not allowed."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name != "nt" and mode & 0o077:
            path.chmod(mode & _OWNER_ONLY)
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> StoreUnusable:
    """Return the error for a file or folder that the system refuses, with a hint."""
    why = (error.strerror or type(error).__name__).lower()
    return StoreUnusable(
        f"{path} cannot be used: {why}",
        "mend that, or set WASF_HOME to a folder of yours with room on a local disk",
    )
