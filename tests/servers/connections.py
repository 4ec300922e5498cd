"""Connections that break: a server that refuses them for a while, and answers that end them."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from wasf.demo.server import LoopbackServer, bound_socket

_KEY = "tests.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with zero seconds: closing sends RST
_PATIENCE = 10.0  # seconds


Instead = Callable[[str, bytes], Response | None]
"""Is given the path of a request and the right answer; returns the answer in its place."""


class FaultyServer(LoopbackServer):
    """A loopback server whose connections can be refused, cut and reset.

    `instead` replaces answers, as long as it is set.
    """

    instead: Instead | None = None

    def start(self, app: ASGIApp) -> None:
        """Serve the application from now on."""
        super().start(self._with_faults(app))

    def _with_faults(self, app: ASGIApp) -> ASGIApp:
        async def with_faults(scope: Scope, receive: Receive, send: Send) -> None:
            instead = self.instead
            if instead is None:
                await app(scope, receive, send)
                return
            answer: list[Message] = []

            async def keep(message: Message) -> None:
                answer.append(message)

            await app(scope, receive, keep)
            body = b"".join(one.get("body", b"") for one in answer)
            if (replaced := instead(scope["path"], body)) is not None:
                await replaced(scope, receive, send)
                return
            for message in answer:
                await send(message)

        return with_faults

    def protocol(self, config: Config, loop: asyncio.AbstractEventLoop) -> H11Protocol:
        """Return a handler that gives each request the connection it came by."""
        return _ConnectionProtocol(config, self.state, {}, loop)

    def refuse(self, seconds: float) -> None:
        """Refuse connections for a while. They are refused when this returns, on any thread."""
        loop = self._loop
        if loop is None:
            return
        if loop is _running_loop():
            self._refuse(loop, seconds)
            return
        done = threading.Event()

        def refuse() -> None:
            self._refuse(loop, seconds)
            done.set()

        loop.call_soon_threadsafe(refuse)
        done.wait(_PATIENCE)

    def _refuse(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Close the port. It stays taken, or another program could answer in its place."""
        self._hang_up()
        self._socket = bound_socket(self.port)
        loop.call_later(seconds, lambda: asyncio.ensure_future(self._reopen(loop)))

    async def _reopen(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._ended.is_set():
            await self._listen(loop)


class BrokenAnswer(Response):
    """An answer below HTTP: some bytes or none, then the end of the connection.

    It ends after a while (seconds), or when the client hangs up; with a reset, if so asked.
    """

    def __init__(self, data: bytes = b"", *, reset: bool = False, after: float = 0.0) -> None:
        super().__init__(status_code=0)  # none is sent
        self._data = data
        self._reset = reset
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes and end the connection."""
        connection: _Connection = scope[_KEY]
        if self._after:
            with suppress(TimeoutError):
                await asyncio.wait_for(_hung_up(receive), self._after)
        connection.write(self._data)
        if self._reset:
            connection.reset()
        else:
            connection.close()
        await _hung_up(receive)  # otherwise uvicorn sends 500, because there was no answer


class _Connection:
    """One TCP connection of a client."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End the connection in good order (FIN), after all bytes."""
        self._transport.close()

    def reset(self) -> None:
        """Break the connection off (RST)."""
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()


class _ConnectionProtocol(H11Protocol):
    """uvicorn's HTTP/1.1; each request finds its connection in the scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        super().connection_made(transport)
        self.app = _with_connection(self.app, _Connection(transport))


def _with_connection(app: ASGIApp, connection: _Connection) -> ASGIApp:
    async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY] = connection
        await app(scope, receive, send)

    return with_connection


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
