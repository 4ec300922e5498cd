"""Starts and stops the org's HTTP server: on a thread of its own, or for the whole process."""

import asyncio
import secrets
import socket
import threading
from dataclasses import dataclass, field

from uvicorn.config import Config
from uvicorn.server import ServerState

from wasf.localorg.gate import Gate
from wasf.localorg.org import Clock, Org
from wasf.localorg.seeding import Seed, found
from wasf.localorg.web import application
from wasf.localorg.wire import OrgProtocol

HOST = "127.0.0.1"
_MAX_HEAD = 1 << 20  # more than Salesforce takes: the refusal of long addresses is the org's own
_KEEP_ALIVE = 75  # seconds that an idle connection stays open
_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """Where the org listens and lives. Port 0: a free one. `path`: its SQLite file."""

    port: int = 0
    path: str = ":memory:"
    seed: Seed = field(default_factory=Seed)
    clock: Clock | None = None


class Server:
    """One org behind one port of the loopback interface."""

    def __init__(self, options: Options) -> None:
        self.org = Org(options.path, options.clock)
        self.access_token = found(self.org, options.seed)
        self.control_token = secrets.token_urlsafe(32)
        self.gate = Gate(self.org)
        self.gate.shut = self._shut_from_any_thread
        self._config = Config(
            application(self.gate, self.control_token),
            log_config=None, access_log=False, lifespan="off", http=OrgProtocol, ws="none",
            h11_max_incomplete_event_size=_MAX_HEAD, date_header=False, server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )  # fmt: skip
        self._config.load()
        self._state = ServerState()
        self._socket = _listening(options.port)
        self.port: int = self._socket.getsockname()[1]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: asyncio.Server | None = None
        self._ended: asyncio.Event | None = None

    @property
    def base_url(self) -> str:
        """The org's address."""
        return f"http://{HOST}:{self.port}"

    async def serve(self, ready: threading.Event | None = None) -> None:
        """Serves until `stop`."""
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._listener = await self._loop.create_server(self._protocol, sock=self._socket)
        if ready is not None:
            ready.set()
        await self._ended.wait()
        self._listener.close()
        self._hang_up()
        for task in list(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
        with self.org.lock:
            self.org.storage.close()

    def stop(self) -> None:
        """Ends `serve`, from any thread."""
        if self._loop is not None and self._ended is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)

    def _protocol(self) -> OrgProtocol:
        return OrgProtocol(self._config, self._state, {}, self._loop)

    def _hang_up(self) -> None:
        for connection in list(self._state.connections):
            connection.transport.abort()

    def _shut_from_any_thread(self, seconds: float) -> None:
        """Closes the port; who comes after this returned is refused."""
        loop = self._loop
        if loop is None:
            return
        if loop is _running_loop():
            self._shut(seconds)
            return
        done = threading.Event()

        def shut() -> None:
            self._shut(seconds)
            done.set()

        loop.call_soon_threadsafe(shut)
        done.wait(_START_SECONDS)

    def _shut(self, seconds: float) -> None:
        """Closes the port, so that connecting is refused, and opens it again later."""
        if self._listener is not None and self._loop is not None:
            self._listener.close()
            self._hang_up()
            self._loop.call_later(seconds, lambda: asyncio.ensure_future(self._reopen()))

    async def _reopen(self) -> None:
        if self._loop is not None and self._ended is not None and not self._ended.is_set():
            self._socket = _listening(self.port)
            self._listener = await self._loop.create_server(self._protocol, sock=self._socket)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _listening(port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY; without, answers wait 40 ms for an ACK.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOST, port))
    sock.listen(256)
    return sock


class ServerThread:
    """A server on a thread of its own."""

    def __init__(self, options: Options) -> None:
        self.server = Server(options)
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.server.serve(ready)), name="local org", daemon=True
        )
        self._thread.start()
        if not ready.wait(_START_SECONDS):
            raise RuntimeError("the local org did not start")

    def stop(self) -> None:
        """Ends it and waits until it has ended."""
        self.server.stop()
        self._thread.join(_START_SECONDS)
