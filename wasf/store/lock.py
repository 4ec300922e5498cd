"""Locks between processes: the kernel releases one when its holder ends, even if it is killed."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from wasf.errors import AnotherRun
from wasf.store.files import private_folder, unusable, write_private


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
    from filelock import FileLock, Timeout  # loads asyncio, which no other module here needs

    private_folder(path.parent)
    lock = FileLock(path, timeout=seconds, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise AnotherRun(message(), "try again when it has ended") from error
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _described(holder: Path) -> str:
    """Return who holds the lock, "" if it is just starting or ending."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(facts["since"]).astimezone()
        return f" (pid {facts['pid']:d}, since {since:%Y-%m-%d %H:%M:%S})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
