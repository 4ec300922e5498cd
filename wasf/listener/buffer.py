"""Keeps bodies: those that come together are committed together, and answered only then.

A commit waits for the disk. One for each body would make two hundred a second wait in a row; one
for all that came during the last commit takes as long as one.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from wasf.interfaces import Received

Put = Callable[[Sequence[Received]], None]
"""Keeps bodies, all or none; they are on the disk when it returns."""


class NotKept(Exception):
    """The body is not kept; whoever sent it has to send it again."""


class Keeper:
    """Keeps what is handed to it, from one event loop. `arrived` is called after each commit."""

    def __init__(self, put: Put, arrived: Callable[[], None]) -> None:
        self._put = put
        self._arrived = arrived
        self._waiting: list[tuple[Received, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(1, "inbox")
        self.is_failing = False

    async def keep(self, received: Received) -> None:
        """Return when the body is on the disk. Raises `NotKept`."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((received, kept))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())
        await kept

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            together, self._waiting = self._waiting, []
            bodies = [received for received, _ in together]
            try:
                await loop.run_in_executor(self._disk, self._put, bodies)
            except Exception:  # whatever it is, nobody may be told that a body is kept
                self.is_failing = True
                _tell(together, lambda kept: kept.set_exception(NotKept()))
            else:
                self.is_failing = False
                _tell(together, lambda kept: kept.set_result(None))
                self._arrived()

    def close(self) -> None:
        """Wait for a commit that is under way."""
        self._disk.shutdown()


def _tell(
    together: Sequence[tuple[Received, "asyncio.Future[None]"]],
    what: Callable[["asyncio.Future[None]"], None],
) -> None:
    """Tell everybody who still waits."""
    for _, kept in together:
        if not kept.done():
            what(kept)
