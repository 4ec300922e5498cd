"""Passes connections on from a port in other networks to a port of this machine, over cables.

    python -m tests.servers.relay PORT NETWORK NEAR …

NETWORK is the path of a network, NEAR the address of this end of the cable that leads there. So a
program in that network reaches a server that listens at the loopback interface here, at the same
address as here; what is on its way when the cable is cut arrives when it is mended. It prints a
line when it is ready, and ends with its standard input.
"""

import asyncio
import socket
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.networks import Cable, inside

_Connect = Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]
_LARGEST = 1 << 16


@contextmanager
def relay(port: int, cables: Sequence[Cable]) -> Iterator[None]:
    """Pass connections on in a process of its own."""
    ends = [word for one in cables for word in (one.network.path, one.near)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers.relay", str(port), *ends],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


async def _serve(port: int, ends: Sequence[str]) -> None:
    servers = []
    for network, near in zip(ends[::2], ends[1::2], strict=True):
        here = socket.create_server((near, port))
        with inside(network):
            there = socket.create_server(("127.0.0.1", port))
        for sock, connect in ((here, _to("127.0.0.1", port)), (there, _to(near, port, network))):
            servers.append(await asyncio.start_server(_passing_to(connect), sock=sock))
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _to(host: str, port: int, network: str = "/proc/self/ns/net") -> _Connect:
    """Return what connects to an address in a network."""

    async def connect() -> tuple[StreamReader, StreamWriter]:
        with inside(network):
            end = socket.socket()
        end.setblocking(False)
        await asyncio.get_running_loop().sock_connect(end, (host, port))
        return await asyncio.open_connection(sock=end)

    return connect


def _passing_to(connect: _Connect) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    async def pass_on(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            back, on = await connect()
            await asyncio.gather(_copy(reader, on), _copy(back, writer))
        writer.close()

    return pass_on


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass on what comes; when one end is closed, close the other one."""
    with suppress(OSError):
        while data := await reader.read(_LARGEST):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2:]))
