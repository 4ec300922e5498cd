"""Stores bodies: those that come together are committed together, and answered only then.

A commit waits for the disk. One for each body would make two hundred a second wait in a row; one
for all that came during the last commit takes as long as one.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from wasf.interfaces import Received

Put = Callable[[Sequence[Received]], None]
"""Stores bodies, all or none; they are on the disk when it returns."""

_Waiting = tuple[Received, "asyncio.Future[None]"]


class NotStored(Exception):
    """The body is not stored; its sender has to send it again."""


class InboxBuffer:
    """Stores bodies for one event loop. `arrived` is called after each commit."""

    def __init__(self, put: Put, arrived: Callable[[], None]) -> None:
        self._put = put
        self._arrived = arrived
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(1, "inbox")
        self.is_failing = False

    async def put(self, received: Received) -> None:
        """Return when the body is on the disk. Raise `NotStored`."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((received, stored))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())
        await stored

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            bodies = [received for received, _ in batch]
            try:
                await loop.run_in_executor(self._disk, self._put, bodies)
            except Exception:  # whatever it is, nobody may be told that a body is stored
                self.is_failing = True
                _tell(batch, lambda stored: stored.set_exception(NotStored()))
            else:
                self.is_failing = False
                _tell(batch, lambda stored: stored.set_result(None))
                self._arrived()

    def close(self) -> None:
        """Wait for a commit that is under way."""
        self._disk.shutdown()


def _tell(batch: Sequence[_Waiting], how: Callable[["asyncio.Future[None]"], None]) -> None:
    """Tell everybody who still waits."""
    for _, stored in batch:
        if not stored.done():
            how(stored)
