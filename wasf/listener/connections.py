"""Limits on what clients may cost before they have shown that they know a secret.

Anybody can connect. Until a webhook of a connection was accepted, its client has proved nothing.
Four limits hold, and whoever reaches one loses the connection; a real sender sends again.

* Time: the head, the whole request, reading the answer, and the silence after it have deadlines.
* Heads: so many bytes and so many fields, then 431.
* Bytes: what is held of requests that are not whole has one budget over all connections. Where it
  is used up, the connection goes that has held the most for the longest, never a small new one.
* Connections: so many may have proved nothing. One more, and the one goes that waited longest.

A reverse proxy sends requests of many clients through one connection, so only the last limit spares
a connection that has proved something. uvicorn's own settings limit none of these but the silence.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from wasf.values import dataclass

PROVED: Final = "proved"
"""The key in a request's state: a function to call when the client has proved itself."""

_AT_ONCE: Final = 1_000  # connections, also those that have proved something; more get 503
_BACKLOG: Final = 512
_GRACE_SECONDS: Final = 10
_SILENT: Final = logging.CRITICAL + 1


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """The limits; times are in seconds, sizes in bytes."""

    head_seconds: float = 10.0
    request_seconds: float = 30.0
    answer_seconds: float = 60.0
    silence_seconds: float = 75.0  # after an answer, for who has proved something
    flush_seconds: float = 5.0  # for what is left to send when a connection is closed
    head_bytes: int = 64 << 10
    head_fields: int = 100
    request_bytes: int = 6 << 20  # with what chunks add; a body has a limit of its own
    pipelined: int = 8  # requests behind the one that is being answered
    held_bytes: int = 32 << 20
    strangers: int = 512


class Clients:
    """The connections of one server. `clock` gives monotonic seconds."""

    def __init__(
        self,
        limits: ClientLimits = ClientLimits(),  # noqa: B008 - it cannot be changed
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self.clock = clock
        self._open: set[ClientConnection] = set()
        self._strangers: dict[ClientConnection, None] = {}  # who has waited longest comes first
        self._held = 0

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def add(self, connection: "ClientConnection") -> None:
        """Note a new connection, and make room for it if need be."""
        self._open.add(connection)
        self._strangers[connection] = None
        if len(self._strangers) > self.limits.strangers:
            self._drop(next(iter(self._strangers)))

    def note_phase(self, connection: "ClientConnection") -> None:
        """Note that a phase of a connection begins: now it has waited least."""
        if self._strangers.pop(connection, connection) is None:
            self._strangers[connection] = None

    def note_proof(self, connection: "ClientConnection") -> None:
        """Note that the client of a connection has proved itself."""
        self._strangers.pop(connection, None)

    def remove(self, connection: "ClientConnection") -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)
        self._strangers.pop(connection, None)
        self.release(connection)

    def hold(self, connection: "ClientConnection", size: int) -> None:
        """Count more bytes of a request, and drop connections until all fits into the budget."""
        connection.held += size
        self._held += size
        now = self.clock()
        while self._held > self.limits.held_bytes:
            self._drop(max(self._open, key=lambda one: one.held * (now - one.since)))

    def release(self, connection: "ClientConnection") -> None:
        """Note that nothing is held of a connection's request any more."""
        self._held -= connection.held
        connection.held = 0

    def close_overdue(self) -> None:
        """Close whoever has passed a deadline."""
        now = self.clock()
        for connection in [one for one in self._open if one.due <= now]:
            connection.expire()

    def _drop(self, connection: "ClientConnection") -> None:
        self.remove(connection)
        connection.transport.abort()


class ClientConfig(uvicorn.Config):
    """uvicorn's settings, and the clients that the connections of its server belong to."""

    def __init__(self, app: ASGIApp, clients: Clients) -> None:
        super().__init__(
            app, log_config=None, log_level=_SILENT, access_log=False, lifespan="off", ws="none",
            http=ClientConnection, headers=[("X-Content-Type-Options", "nosniff")],
            server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS, backlog=_BACKLOG,
            timeout_keep_alive=int(clients.limits.silence_seconds), limit_concurrency=_AT_ONCE,
        )  # fmt: skip
        self.clients = clients


class _TooMuch(Exception):
    """A request passes a limit while it is parsed."""


class ClientConnection(HttpToolsProtocol):
    """One connection, with deadlines and counts.

    `since` is when its phase began (the connection, a request, an answer), `due` when it has to be
    over. `held` counts the bytes of a request that is not whole.
    """

    def __init__(
        self,
        config: ClientConfig,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._clients = config.clients
        self._limits = config.clients.limits
        self._has_proved = False
        self.held = 0
        self.since = self.due = 0.0
        self._in_head, self._is_first = True, True
        self._head_bytes = self._head_fields = 0

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._begin(self._limits.head_seconds)
        self._clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was held."""
        self._clients.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what came, then parse it, unless that is too much."""
        self._clients.hold(self, len(data))
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head and self.held > self._limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self.held > self._limits.request_bytes:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    # What the parser calls

    def on_message_begin(self) -> None:
        """Note that a request begins, unless too many wait for the answer of the first."""
        if len(self.pipeline) >= self._limits.pipelined:
            raise _TooMuch
        super().on_message_begin()
        self.scope["state"][PROVED] = self._prove
        self._head_bytes = self._head_fields = 0
        if not self._is_first:  # the first head's time runs from the connection
            self._begin(self._limits.head_seconds)
        self._is_first = False

    def on_url(self, url: bytes) -> None:
        """Count the address."""
        self._count_head(len(url), 0)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a field, also one behind the body."""
        self._count_head(len(name) + len(value), 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that the body follows."""
        self._in_head = False
        self.due = self.since + self._limits.request_seconds
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        super().on_message_complete()
        self._clients.release(self)
        self._in_head = True
        if self.cycle.response_complete:
            self._fall_silent()
        else:
            self._begin(self._limits.answer_seconds)

    def on_response_complete(self) -> None:
        """Note that a request is answered; what is still to come of it keeps its deadline."""
        if self._in_head:
            self._fall_silent()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed, or has too large a head."""
        if self._has_large_head():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().send_400_response(msg)

    # What the server calls

    def expire(self) -> None:
        """Close the connection; if it is closing already and cannot, break it off."""
        if self.transport.is_closing():
            self.transport.abort()
        else:
            self.transport.close()
            self._begin(self._limits.flush_seconds)

    def _prove(self) -> None:
        self._has_proved = True
        self._clients.note_proof(self)

    def _fall_silent(self) -> None:
        limits = self._limits
        self._begin(limits.silence_seconds if self._has_proved else limits.head_seconds)

    def _begin(self, seconds: float) -> None:
        self.since = self._clients.clock()
        self.due = self.since + seconds
        self._clients.note_phase(self)

    def _count_head(self, size: int, fields: int) -> None:
        self._head_bytes += size
        self._head_fields += fields
        if self._has_large_head():
            raise _TooMuch

    def _has_large_head(self) -> bool:
        limits = self._limits
        return self._head_bytes > limits.head_bytes or self._head_fields > limits.head_fields

    def _refuse(self, status: HTTPStatus) -> None:
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: 0\r\n\r\n".encode())
        self.transport.close()
