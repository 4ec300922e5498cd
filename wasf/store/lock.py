"""One run at a time: a lock that the kernel drops when its holder ends, however it ends."""

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
    """Hold the lock for as long as the block runs.

    Who holds it stands beside it, in a file of its own, because on Windows nobody can read a locked
    one. Raises `AnotherRun` if it is held, `StoreUnusable` if it cannot be had here at all, also
    where the file system has no locks: a mere file would stay when its holder is killed.
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
    """Hold a lock that nobody holds for long; wait for it, at most so many seconds.

    `doing` says what another run holds the lock for: "is signing in". Raises `AnotherRun` if that
    was not enough, `StoreUnusable` if there can be no lock.
    """
    with _held(path, seconds, lambda: f"another run of wasf {doing} and takes long"):
        yield


@contextmanager
def _held(path: Path, seconds: float, message: Callable[[], str]) -> Iterator[None]:
    """Hold the kernel's lock; `message` says who has it if it is not free after so long."""
    from filelock import FileLock, Timeout  # loads asyncio, which nobody else here needs

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
    """Who holds the lock, as far as that can be told: it may be starting or ending just now."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(facts["since"]).astimezone()
        return f" (pid {facts['pid']:d}, since {since:%Y-%m-%d %H:%M:%S})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
