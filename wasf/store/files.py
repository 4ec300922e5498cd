"""Files and folders that only their owner can read, and locks between processes.

A file is replaced as a whole or not at all. The kernel releases a lock when its holder ends, even
if it is killed.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.errors import AnotherRun, StoreUnusable
from wasf.retry import RetryPolicy

if TYPE_CHECKING:
    import tempfile

    import filelock
else:  # slow to load: most commands write no file
    filelock, tempfile = late_modules("", "filelock", "tempfile")

_FOR_A_MOMENT = RetryPolicy(attempts=6, first_pause=0.02, jitter=0.0)
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
        while_others_read(lambda: temporary.replace(target), may_wait=os.name == "nt")
        sync_folder(target.parent)
    except OSError as error:
        raise unusable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def while_others_read(change: Callable[[], object], *, may_wait: bool) -> None:
    """Change a file's name. On Windows that fails while another program reads the file.

    So it is tried again for half a second where `may_wait` says so.
    """
    _FOR_A_MOMENT.call(change, lambda error: may_wait and isinstance(error, PermissionError))


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


# --- Locks -----------------------------------------------------------------------------------


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a run while the block runs.

    The holder's process id is in a file beside it, as Windows lets nobody read a locked file. Raise
    `AnotherRun` if the lock is held, `StoreUnusable` if it is not possible here, also where the
    file system has no locks: a plain file would stay when its holder is killed.
    """
    holder = path.with_suffix(".holder")
    with _held(path, 0, lambda: f"another sync{_described(holder)} is running"):
        try:
            since = datetime.now(UTC).isoformat(timespec="seconds")
            write_private(holder, json.dumps({"pid": os.getpid(), "since": since}))
            yield
        finally:
            # On Windows another run may be reading it. The lock is what counts.
            with suppress(PermissionError):
                holder.unlink(missing_ok=True)


@contextmanager
def brief_lock(path: Path, seconds: float, doing: str) -> Iterator[None]:
    """Hold a lock while the block runs; wait for it for up to `seconds`.

    `doing` says what another run does with the lock: "is signing in". Raise `AnotherRun` if the
    wait was too short, `StoreUnusable` if a lock is not possible here.
    """
    with _held(path, seconds, lambda: f"another run of wasf {doing} and takes long"):
        yield


@contextmanager
def _held(path: Path, seconds: float, message: Callable[[], str]) -> Iterator[None]:
    """Hold the kernel's lock; `message` returns who has it if it is not free after `seconds`."""

    private_folder(path.parent)
    lock = filelock.FileLock(path, timeout=seconds, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise AnotherRun(message(), "try again when it has ended") from error
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def lock_holder(path: Path) -> str:
    """Return who holds the lock of a run: process and since when; "" if nobody does."""
    if not path.exists():
        return ""
    try:
        with brief_lock(path, 0, "is running"):
            return ""
    except AnotherRun:
        return _described(path.with_suffix(".holder")).strip(" ()")


def _described(holder: Path) -> str:
    """Return who holds the lock, "" if it is just starting or ending."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(facts["since"]).astimezone()
        return f" (pid {facts['pid']:d}, since {since:%Y-%m-%d %H:%M:%S})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
