"""The connection under a request, for answers that break off in the middle."""

import asyncio
import socket
import struct
from contextlib import suppress

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_KEY = "localorg.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST


class Connection:
    """One TCP connection of a client."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Sends bytes as they are, past the HTTP layer."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Ends the connection in good order (FIN), after what was written."""
        self._transport.close()

    def reset(self) -> None:
        """Breaks the connection off (RST)."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()


class OrgProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, which hands each request the connection that it came by."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        super().connection_made(transport)
        self.app = _naming(self.app, Connection(transport))


def _naming(app: ASGIApp, connection: Connection) -> ASGIApp:
    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY] = connection
        await app(scope, receive, send)

    return named


class BrokenAnswer(Response):
    """An answer below HTTP: some bytes, or none, then the end of the connection."""

    def __init__(self, data: bytes = b"", *, reset: bool = False, after: float = 0.0) -> None:
        super().__init__(status_code=0)  # none is ever sent
        self._data = data
        self._reset = reset
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Waits `after` seconds or until the client hangs up; then writes and ends."""
        connection: Connection = scope[_KEY]
        if self._after:
            with suppress(TimeoutError):
                await asyncio.wait_for(_hung_up(receive), self._after)
        connection.write(self._data)
        if self._reset:
            connection.reset()
        else:
            connection.close()
        await _hung_up(receive)  # else uvicorn would answer 500 for a request without answer


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
