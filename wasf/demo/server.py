"""An HTTP server on the loopback interface that runs on a thread of this process."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

HOST = "127.0.0.1"
_MAX_HEAD = 1 << 20  # bytes: addresses that Salesforce finds too long are refused by the org
_KEEP_ALIVE = 75  # seconds that an idle connection stays open
_PATIENCE = 10.0  # seconds for the thread to start and to end
_BACKLOG = 256  # connections that wait until the thread serves them


class Stoppable:
    """What runs until it is stopped, at the latest at the end of a `with` block."""

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class LoopbackServer:
    """One port of the loopback interface and the application behind it.

    The port is taken at once, so that an application can be built that knows its own address.
    """

    def __init__(self, port: int = 0) -> None:
        """Take the port; 0 takes a free one. Raise `OSError` if it is in use."""
        self._socket = bound_socket(port)
        self._socket.listen(_BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        self.state = ServerState()
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: asyncio.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The address of the server, without a path."""
        return f"http://{HOST}:{self.port}"

    def start(self, app: ASGIApp) -> None:
        """Serve the application from now on. Raise `RuntimeError` if the thread does not start."""
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(app, ready)), name=self.base_url, daemon=True
        )
        self._thread.start()
        if not ready.wait(_PATIENCE):
            raise RuntimeError("the server did not start")

    def stop(self) -> None:
        """Drop all connections, end the thread and wait until it has ended."""
        if self._loop is None or self._thread is None:
            self._socket.close()
            return
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(_PATIENCE)

    def protocol(self, config: Config, loop: asyncio.AbstractEventLoop) -> H11Protocol:
        """Return the handler of one new connection."""
        return H11Protocol(config, self.state, {}, loop)

    async def _serve(self, app: ASGIApp, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._config = Config(
            app, log_config=None, access_log=False, lifespan="off", http=H11Protocol, ws="none",
            h11_max_incomplete_event_size=_MAX_HEAD, date_header=False, server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )  # fmt: skip
        self._config.load()
        await self._listen(self._loop)
        ready.set()
        await self._ended.wait()
        self._hang_up()
        for task in list(self.state.tasks):
            task.cancel()
        await asyncio.gather(*self.state.tasks, return_exceptions=True)

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        self._listener = await loop.create_server(
            lambda: self.protocol(self._config, loop), sock=self._socket
        )

    def _hang_up(self) -> None:
        """Take no more connections and drop those that are open."""
        if self._listener is not None:
            self._listener.close()
        self._socket.close()
        for connection in list(self.state.connections):
            connection.transport.abort()


def bound_socket(port: int) -> socket.socket:
    """Return a socket that has taken a port of the loopback interface; 0 takes a free one."""
    # asyncio sets TCP_NODELAY only if the protocol is named; without it answers take 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock
