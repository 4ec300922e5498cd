"""Ports that a program under test is told to take: no two tests get the same, however many run.

They lie below those that the system gives out itself. Who has the datagram socket of a number owns
that block of numbers; the programs want streams, and do not notice.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle

_BLOCKS = range(20_000, 27_000, 100)
_SECONDS = 120


def free_port() -> int:
    """A port of this process's own that nobody uses on IPv4 just now."""
    _, numbers = _own_block()
    for _ in range(100):
        number = next(numbers)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
    raise AssertionError("no free port")


@contextmanager
def turn_at(number: int) -> Iterator[None]:
    """Wait until no other test uses this port, which is the program's own choice."""
    deadline = time.monotonic() + _SECONDS
    while (mine := _owned(number)) is None:
        assert time.monotonic() < deadline, f"somebody else keeps {number}"
        time.sleep(0.02)
    with mine:
        yield


@cache
def _own_block() -> tuple[socket.socket, Iterator[int]]:
    for first in _BLOCKS:
        if mine := _owned(first):
            return mine, cycle(range(first, first + 100))
    raise AssertionError("too many processes run these tests")


def _owned(number: int) -> socket.socket | None:
    mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mine.bind(("127.0.0.1", number))
    except OSError:
        mine.close()
        return None
    return mine
