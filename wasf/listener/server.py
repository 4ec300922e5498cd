"""Runs the listener: behind one socket until somebody asks it to end, and a thread that syncs.

uvicorn takes SIGINT and SIGTERM: it accepts nothing more, answers what is under way and gives the
signal back to the handler before it. It keeps no log: a log would hold the addresses, and so the
secret, and whoever sends nonsense could fill it. The metrics count instead.

While a sync runs or a gap lasts more may come; the next sync takes all of it together. A sync that
fails is tried again later and never keeps anything from being received.
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from wasf.core.runs import NEVER, Schedule
from wasf.errors import AnotherRun, Stopped, WasfError, WrongUsage
from wasf.interfaces import Endpoint, InboxCounts
from wasf.listener.app import InboxBuffer, ListenerMetrics, Put, WebhookApp
from wasf.listener.connections import ClientConfig, Clients
from wasf.values import dataclass

# --- The thread that syncs -----------------------------------------------------------------------

_STOP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """How a sync ended: what it logged, what the inbox holds now, and what went wrong.

    `error` ended it; `problems` are of single things, and the rest went on.
    """

    logged: int
    inbox: InboxCounts
    error: WasfError | None = None
    problems: tuple[WasfError, ...] = ()


CheckStop = Callable[[], None]
"""Raises `Stopped` where a sync can end cleanly, if it is to end."""

Sync = Callable[[bool, CheckStop], SyncOutcome]
"""Syncs once: everything, or only what came. Raises `AnotherRun`, `Stopped`, `WasfError`."""


class Worker:
    """One thread. `tell` is told of every sync that had its turn."""

    def __init__(
        self,
        sync: Sync,
        schedule: Schedule,
        metrics: ListenerMetrics,
        tell: Callable[[SyncOutcome], None],
    ) -> None:
        self._sync = sync
        self._schedule = schedule
        self._metrics = metrics
        self._tell = tell
        self._news = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin, with a sync of everything."""
        self._thread.start()

    def arrived(self) -> None:
        """Take notice that something came; from any thread."""
        self._news.set()

    def check(self) -> None:
        """Raise `Stopped` in the middle of a sync, where it can end cleanly, if it is to end."""
        if self._ending.is_set():
            raise Stopped("stopped")

    def stop(self) -> None:
        """Let a sync end between two records, and wait until it has."""
        self._ending.set()
        self._news.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._ending.is_set():
            now = time.monotonic()
            if pause := self._schedule.pause(now):
                self._ending.wait(pause)
                self._schedule = self._schedule.paused(has_news=self._news.is_set())
            elif seconds := self._schedule.wait(now, has_news=self._news.is_set()):
                self._news.wait(seconds)
            else:
                self._news.clear()
                self._once(polled=self._schedule.wants_poll(now))

    def _once(self, *, polled: bool) -> None:
        try:
            outcome = self._sync(polled, self.check)
        except Stopped:
            return
        except AnotherRun:
            self._schedule = self._schedule.postponed(time.monotonic())
            self._metrics.count_postponed()
            return
        except WasfError as error:
            outcome = SyncOutcome(0, InboxCounts(), error)
        except Exception as bug:  # what came is kept, and more goes on coming
            name = type(bug).__name__
            told = WasfError(f"this is a bug: {name}", "what came is kept and tried again")
            outcome = SyncOutcome(0, InboxCounts(), told)
        self._note(outcome, polled=polled)

    def _note(self, outcome: SyncOutcome, *, polled: bool) -> None:
        now = time.monotonic()
        if outcome.error is not None:
            self._schedule = self._schedule.failed(now, polled=polled)
        else:
            self._schedule = self._schedule.succeeded(now, polled=polled)
            self._metrics.note_inbox(outcome.inbox)
            if outcome.inbox.waiting:
                self._news.set()
        self._metrics.count_sync(outcome.logged, failed=outcome.error is not None)
        self._tell(outcome)


# --- The listener --------------------------------------------------------------------------------

_TURN_SECONDS: Final = 0.001  # how long a sync may keep an answer waiting; Python has 5 ms


@dataclass(frozen=True, slots=True)
class Listener:
    """What a listener works with.

    `store` puts bodies on the disk. `sync` runs on a thread of its own, everything at least every
    `poll` seconds; `gap` is how many seconds it waits between two syncs under load. `tell` is told
    how each sync ended. `clock` gives the time in UTC. `look` is after how many seconds it syncs
    what other listeners took; infinite: there are no others.
    """

    endpoints: Sequence[Endpoint]
    store: Put
    sync: Sync
    tell: Callable[[SyncOutcome], None]
    poll: float
    clock: Callable[[], datetime]
    gap: float
    look: float = NEVER

    def run(
        self, sock: socket.socket, ready: Callable[[], None], wants_end: Callable[[], bool]
    ) -> None:
        """Serve until a signal comes or `wants_end` says so, which is asked ten times a second.

        `ready` is called as soon as requests are accepted.
        """
        metrics = ListenerMetrics()
        schedule = Schedule(self.poll, self.gap, self.look)
        worker = Worker(self.sync, schedule, metrics, self.tell)
        with closing(InboxBuffer(self.store, worker.arrived)) as buffer, _at_work(worker):
            app = WebhookApp(self.endpoints, buffer, metrics, self.clock).application()
            serve(app, sock, ready, wants_end, Clients())


@contextmanager
def _at_work(worker: Worker) -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def port_option(platform: str) -> int:
    """Return the socket option that makes a port this program's alone, and free again at once.

    On Windows SO_REUSEADDR would let a second program take the port, and with it the webhooks. The
    constant below is its SO_EXCLUSIVEADDRUSE, which other systems lack.
    """
    return ~4 if platform == "win32" else socket.SO_REUSEADDR


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that has its address. Raise `WrongUsage` if it cannot have it.

    It does not listen yet: who comes before all is ready would wait, and is better refused.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY; without, answers wait for the other side.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, port_option(sys.platform), 1)
        sock.bind((host, port))
    except (OSError, OverflowError) as error:
        sock.close()
        why = getattr(error, "strerror", None) or "there is no such address"
        raise WrongUsage(
            f"Nothing can listen at {host}, port {port}: {why.lower()}.",
            "Choose another one: wasf listen --port N",
        ) from error
    return sock


def address_of(sock: socket.socket) -> str:
    """Return the address of a bound socket, for people."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(
    app: ASGIApp,
    sock: socket.socket,
    ready: Callable[[], None],
    wants_end: Callable[[], bool],
    clients: Clients,
) -> None:
    """Serve an app: see `Listener.run`."""
    sys.setswitchinterval(_TURN_SECONDS)
    _UvicornServer(ClientConfig(app, clients), ready, wants_end).run([sock])


class _UvicornServer(uvicorn.Server):
    def __init__(
        self, config: ClientConfig, ready: Callable[[], None], wants_end: Callable[[], bool]
    ) -> None:
        super().__init__(config)
        self._clients = config.clients
        self._ready = ready
        self._wants_end = wants_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        self._clients.close_overdue()
        return await super().on_tick(counter) or self._wants_end()
