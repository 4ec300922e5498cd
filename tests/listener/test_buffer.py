"""Bodies that come together are committed together; nobody is answered before."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from wasf.interfaces import Received
from wasf.listener.app import InboxBuffer, NotStored

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def body(number: int) -> Received:
    return Received("meta", AT, b"%d" % number)


class SlowDisk:
    """Commits when it is told to; the commits that failed are those named."""

    def __init__(self, failing: Sequence[int] = ()) -> None:
        self.commits: list[list[bytes]] = []
        self.go = threading.Event()
        self.busy = threading.Event()
        self.failing = failing

    def put(self, bodies: Sequence[Received]) -> None:
        number = len(self.commits)
        self.commits.append([one.body for one in bodies])
        self.busy.set()
        self.go.wait(10)
        if number in self.failing:
            raise OSError


async def begin(buffer: InboxBuffer, numbers: range) -> list["asyncio.Task[None]"]:
    tasks = [asyncio.create_task(buffer.put(body(number))) for number in numbers]
    await asyncio.sleep(0)
    return tasks


def test_what_comes_during_a_commit_is_the_next_one() -> None:
    disk, news = SlowDisk(), []

    async def run() -> None:
        buffer = InboxBuffer(disk.put, lambda: news.append(len(disk.commits)))
        first = await begin(buffer, range(1))
        await asyncio.to_thread(disk.busy.wait, 10)
        rest = await begin(buffer, range(1, 200))
        assert not any(task.done() for task in (*first, *rest))
        disk.go.set()
        await asyncio.gather(*first, *rest)

    asyncio.run(run())
    assert [len(one) for one in disk.commits] == [1, 199]
    assert disk.commits[1] == [b"%d" % number for number in range(1, 200)]
    assert news == [1, 2]


def test_a_commit_that_fails_is_told_to_those_who_were_in_it() -> None:
    disk = SlowDisk(failing=[0])

    async def run() -> None:
        buffer = InboxBuffer(disk.put, lambda: None)
        first = await begin(buffer, range(2))
        await asyncio.to_thread(disk.busy.wait, 10)
        [second] = await begin(buffer, range(2, 3))
        disk.go.set()
        assert [type(one) for one in await asyncio.gather(*first, return_exceptions=True)] == [
            NotStored, NotStored,
        ]  # fmt: skip
        await second
        assert not buffer.is_failing

    asyncio.run(run())


def test_whoever_hangs_up_harms_nobody() -> None:
    disk = SlowDisk()

    async def run() -> None:
        buffer = InboxBuffer(disk.put, lambda: None)
        gone, there = await begin(buffer, range(2))
        gone.cancel()
        disk.go.set()
        await there
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(run())
    assert disk.commits == [[b"0", b"1"]]
