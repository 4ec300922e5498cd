"""Attacks a listener without knowing a secret, until it is stopped: what each client does is below.

    python -m tests.end_to_end.webhook_attack PORT

All come within three seconds, and whoever is cut off comes again after a while. Prints a line when
all were there.
"""

import asyncio
import random
import resource
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import repeat

SILENT, HALF_BODIES, ENDLESS_HEADS, SLOW_READERS = 1_000, 200, 20, 20
_LARGEST = 3 << 20
_FIRST_SECONDS = 3.0

Attack = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def stay_silent(_: asyncio.StreamWriter) -> None:
    """Say nothing, or half a head."""


async def send_half_a_body(writer: asyncio.StreamWriter) -> None:
    """Send all of the largest body but its last byte, under a signature that is none."""
    writer.write(
        b"POST /meta HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=00\r\n"
        b"Content-Length: %d\r\n\r\n" % _LARGEST
    )
    for _ in range(_LARGEST // (1 << 16) - 1):
        writer.write(bytes(1 << 16))
        await writer.drain()
    writer.write(bytes((1 << 16) - 1))
    await writer.drain()


async def send_a_head_without_end(writer: asyncio.StreamWriter) -> None:
    """Send short lines."""
    writer.write(b"GET / HTTP/1.1\r\n")
    for _ in repeat(None):
        writer.write(b"X-A: b\r\n" * 1_000)
        await writer.drain()


async def read_nothing(writer: asyncio.StreamWriter) -> None:
    """Ask for the figures again and again."""
    for _ in repeat(None):
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        await writer.drain()


class Crowd:
    """So many clients that do the same; each comes again some seconds after it was cut off."""

    def __init__(self, port: int, attack: Attack, count: int, pause: float) -> None:
        self._port, self._attack, self._count, self._pause = port, attack, count, pause

    def tasks(self, came: list[None]) -> list[Awaitable[None]]:
        return [self._client(came) for _ in range(self._count)]

    async def _client(self, came: list[None]) -> None:
        is_first = True
        await asyncio.sleep(random.uniform(0, _FIRST_SECONDS))
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                if is_first:
                    came.append(None)
                    is_first = False
                with suppress(OSError):
                    await self._attack(writer)
                    await reader.read() if self._attack is not read_nothing else None
                writer.transport.abort()
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.5))


async def main(port: int) -> None:
    """Attack until somebody ends this."""
    crowds = [
        Crowd(port, stay_silent, SILENT, 5.0),
        Crowd(port, send_half_a_body, HALF_BODIES, 10.0),
        Crowd(port, send_a_head_without_end, ENDLESS_HEADS, 1.0),
        Crowd(port, read_nothing, SLOW_READERS, 1.0),
    ]
    came: list[None] = []
    tasks = [asyncio.ensure_future(task) for crowd in crowds for task in crowd.tasks(came)]
    while len(came) < len(tasks):
        await asyncio.sleep(0.05)
    print(f"{len(tasks)} clients", flush=True)
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(int(sys.argv[1])))
