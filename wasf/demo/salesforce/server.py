"""Starts and stops the org's HTTP server: on a thread of its own, or for the whole process."""

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from wasf.demo.salesforce import oauth, pages
from wasf.demo.salesforce.control import Control
from wasf.demo.salesforce.faults import OrgProtocol
from wasf.demo.salesforce.gate import Gate
from wasf.demo.salesforce.org import Clock, Org
from wasf.demo.salesforce.seed import Seed, found

# --- serving
# Serves an application behind one port of the loopback interface, until it is told to end.


HOST = "127.0.0.1"
_MAX_HEAD = 1 << 20  # more than Salesforce takes: the refusal of long addresses is the org's own
_KEEP_ALIVE = 75  # seconds that an idle connection stays open
_SECONDS = 10.0
_WAITING = 256  # so that who comes before the server's first look is not refused


class Port:
    """A port that is taken, and later served. Number 0: a free one. OSError if it cannot be had."""

    def __init__(self, number: int = 0) -> None:
        self._socket = _taken(number)
        self._socket.listen(_WAITING)
        self.number: int = self._socket.getsockname()[1]
        self.state = ServerState()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: asyncio.Server | None = None
        self._ended: asyncio.Event | None = None

    @property
    def base_url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.number}"

    async def serve(self, app: ASGIApp, ready: threading.Event | None = None) -> None:
        """Serves until `stop`."""
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        config = Config(
            app, log_config=None, access_log=False, lifespan="off", http=OrgProtocol, ws="none",
            h11_max_incomplete_event_size=_MAX_HEAD, date_header=False, server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )  # fmt: skip
        config.load()
        self._protocol = lambda: OrgProtocol(config, self.state, {}, self._loop)
        self._listener = await self._loop.create_server(self._protocol, sock=self._socket)
        if ready is not None:
            ready.set()
        await self._ended.wait()
        self._listener.close()
        self._socket.close()
        self._hang_up()
        for task in list(self.state.tasks):
            task.cancel()
        await asyncio.gather(*self.state.tasks, return_exceptions=True)

    def stop(self) -> None:
        """Ends `serve`, from any thread."""
        if self._loop is not None and self._ended is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)

    def shut(self, seconds: float) -> None:
        """Refuses connections for so long; from any thread, and in force when this returns."""
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
        done.wait(_SECONDS)

    def _hang_up(self) -> None:
        for connection in list(self.state.connections):
            connection.transport.abort()

    def _shut(self, seconds: float) -> None:
        """The number stays taken meanwhile, or somebody else would answer in its place."""
        if self._listener is not None and self._loop is not None:
            self._listener.close()
            self._socket.close()
            self._socket = _taken(self.number)
            self._hang_up()
            self._loop.call_later(seconds, lambda: asyncio.ensure_future(self._reopen()))

    async def _reopen(self) -> None:
        if self._loop is not None and self._ended is not None and not self._ended.is_set():
            self._listener = await self._loop.create_server(self._protocol, sock=self._socket)


class Background:
    """Serves a port on a thread of its own, from now on."""

    def __init__(
        self, port: Port, serve: Callable[[threading.Event], Coroutine[None, None, None]]
    ) -> None:
        self._port = port
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(serve(ready)), name=port.base_url, daemon=True
        )
        self._thread.start()
        if not ready.wait(_SECONDS):
            raise RuntimeError("the server did not start")

    def stop(self) -> None:
        """Ends it and waits until it has ended."""
        self._port.stop()
        self._thread.join(_SECONDS)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _taken(number: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY; without, answers wait 40 ms for an ACK.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, number))
    except OSError:
        sock.close()
        raise
    return sock


# --- web
# The org's addresses: the API, the control door for other processes, the pages for people.


CONTROL_HEADER = "X-Control-Token"
_HOSTS = ["127.0.0.1", "localhost"]
_METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]


def application(gate: Gate, control_token: str) -> Starlette:
    """The ASGI app of one org."""
    control = Control(gate)

    async def operate(request: Request) -> Response:
        given = request.headers.get(CONTROL_HEADER, "")
        if not secrets.compare_digest(given.encode(), control_token.encode()):
            return JSONResponse({"error": "wrong control token"}, 403)
        try:
            arguments = json.loads(await request.body() or b"{}")
            result = control.run(request.path_params["operation"], arguments)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"result": result})

    return Starlette(
        routes=[
            Route("/services/data", gate.versions),
            Route("/services/data/", gate.versions),
            Route("/services/data/{rest:path}", gate.data, methods=_METHODS),
            Route("/services/oauth2/userinfo", gate.identity, methods=["GET", "POST"]),
            *oauth.routes(gate),
            Route("/id/{org}/{user}", gate.identity),
            Route("/__control/{operation}", operate, methods=["POST"]),
            *pages.routes(gate.org),
        ],
        # A page of the internet whose name points here must not read what is in the org.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)],
    )


# --- server


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
        self.port = Port(options.port)
        self.gate.shut = self.port.shut

    @property
    def base_url(self) -> str:
        """The org's address."""
        return self.port.base_url

    async def serve(self, ready: threading.Event | None = None) -> None:
        """Serves until `stop`."""
        await self.port.serve(application(self.gate, self.control_token), ready)
        with self.org.lock:
            self.org.storage.close()

    def stop(self) -> None:
        """Ends `serve`, from any thread."""
        self.port.stop()


class ServerThread:
    """A server on a thread of its own."""

    def __init__(self, options: Options) -> None:
        self.server = Server(options)
        self._thread = Background(self.server.port, self.server.serve)

    def stop(self) -> None:
        """Ends it and waits until it has ended."""
        self._thread.stop()
