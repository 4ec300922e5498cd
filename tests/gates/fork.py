"""Runs wasf again and again from a warm start, each run in a process of its own that may be killed.

Each line of standard input is a `RunOrder`, each line of standard output a `RunOutcome`, both as
JSON. A run is the whole program on a copy of this process. It counts its failpoints: the moment
before and the moment after whatever leaves a trace outside the process, which are the commit of a
transaction, bytes on a socket, and a file that is made durable, named or removed. At the one with
the number that was ordered it ends by SIGKILL. The wrappers stand around the standard library, and
are put up in the copy only: the program itself knows nothing of them.
"""

import fcntl
import gc
import io
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

_SHORTEST = 0.02
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, _SHORTEST))
"""Waits between tries are a matter of politeness; set before anybody takes hold of the function."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One run of the program: what to run, and how it is to be disturbed.

    `kill` is the failpoint at which it ends, `later` shifts its clock by so many seconds,
    `patience` is the longest that any socket waits, `largest` the bytes that a file of its may
    have, `handles` how many it may have open, `stranger` runs it as the user nobody, and `after`
    ends it so many seconds after its start. `stop` is the failpoint at which it stops, until an
    order that `goes_on`; what it says to a shared ledger has failpoints then, too. With `only`
    those of these names are counted: what comes over the network does not shift them.
    `is_rehearsal` runs it in this process itself, undisturbed, so that what is loaded and compiled
    late is there for all later runs.
    """

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    kill: int = 0
    later: float = 0.0
    patience: float = 0.0
    largest: int = 0
    handles: int = 0
    stranger: bool = False
    after: float = 0.0
    stop: int = 0
    only: Sequence[str] = ()
    goes_on: bool = False
    is_rehearsal: bool = False


STOPPED = -signal.SIGSTOP


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run went: `code` is -9 if it was killed, `STOPPED` if it was stopped and can go on.

    `points` are the failpoints it passed.
    """

    code: int
    points: list[str] = field(default_factory=list)
    seconds: float = 0.0
    out: str = ""
    err: str = ""


class Points:
    """Counts failpoints over all threads, and kills or stops at one of them."""

    def __init__(self, deadly: int, stop: int, only: Sequence[str] = ()) -> None:
        self._deadly, self._stop, self._only = deadly, stop, only
        self._counted = 0
        self._lock = threading.Lock()
        self.passed: list[str] = []

    def pass_by(self, name: str) -> None:
        with self._lock:
            self.passed.append(name)
            if self._only and name not in self._only:
                return
            self._counted += 1
            if self._counted == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()
            if self._counted == self._stop:
                os.kill(os.getpid(), signal.SIGSTOP)

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            self.pass_by(f"before {name}")
            result = work(*given, **named)
            self.pass_by(f"after {name}")
            return result

        return wrapped


_SOCKET = ("connect", "sendall", "recv_into")
_FILES = ("fsync", "link", "mkdir", "rename", "replace", "rmdir", "unlink")
_DURABLE = re.compile(r"\s*(COMMIT|PRAGMA (?:main\.)?(?:wal_checkpoint|journal_mode))")


def _watch(points: Points) -> None:
    for name in _SOCKET:
        setattr(socket.socket, name, points.around(name, getattr(socket.socket, name)))
    for name in _FILES:
        setattr(os, name, points.around(name, getattr(os, name)))

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            known = _DURABLE.match(sql)
            if known is None:
                return super().execute(sql, *values)
            points.pass_by(f"before {known[1]}")
            cursor = super().execute(sql, *values)
            points.pass_by(f"after {known[1]}")
            return cursor

    connect = sqlite3.connect
    sqlite3.connect = lambda *given, **named: connect(  # type: ignore[assignment]
        *given, **{"factory": Connection, **named}
    )


def _watch_shared_ledger(points: Points) -> None:
    """Add failpoints before statements, around commits, and around the question for the lock."""
    import psycopg

    execute = psycopg.Connection.execute
    spoken = {b"COMMIT": "ledger COMMIT", "SELECT 1": "vouch"}

    def watched(self: object, query: object, *values: object, **named: object) -> object:
        name = spoken.get(query) if isinstance(query, str | bytes) else None
        if name is None:
            points.pass_by("before ledger statement")
            return execute(self, query, *values, **named)  # type: ignore[arg-type]
        points.pass_by(f"before {name}")
        result = execute(self, query, *values, **named)  # type: ignore[arg-type]
        points.pass_by(f"after {name}")
        return result

    psycopg.Connection.execute = watched  # type: ignore[assignment,method-assign]


def _hurry(patience: float) -> None:
    settimeout = socket.socket.settimeout

    def shortened(self: socket.socket, seconds: float | None) -> None:
        settimeout(self, None if seconds is None else min(seconds, patience))

    socket.socket.settimeout = shortened  # type: ignore[method-assign]


def _disturb(order: RunOrder, points: Points) -> None:
    _watch(points)
    if order.stop:
        _watch_shared_ledger(points)
    if order.patience:
        _hurry(order.patience)
    if order.later:
        import time_machine

        time_machine.travel(datetime.now(UTC) + timedelta(seconds=order.later)).start()
    if order.largest:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest, order.largest))
    if order.handles:
        resource.setrlimit(resource.RLIMIT_NOFILE, (order.handles, order.handles))
    if order.stranger and os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def _run(order: RunOrder, pipes: Mapping[int, int], report: int) -> None:
    """In a process of its own, which never returns from here."""
    from wasf.cli.main import main

    for stream, pipe in pipes.items():
        os.dup2(pipe, stream)
    sys.stdout, sys.stderr = (
        open(stream, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a number
        for stream in (1, 2)
    )
    for name in [name for name in os.environ if name.startswith("WASF_")]:
        del os.environ[name]
    os.environ.update(order.environment)
    points = Points(order.kill, order.stop, order.only)
    gc.disable()  # a run is over before it matters, and a collection copies the pages it shares
    start = time.perf_counter()
    code = -1
    try:
        _disturb(order, points)
        code = main(order.arguments)
    except BaseException:
        traceback.print_exc()
    with suppress(OSError):
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.flush()
    end = {"code": code, "points": points.passed, "seconds": time.perf_counter() - start}
    os.write(report, json.dumps(end).encode())
    os._exit(0)


_PIPE = 1 << 20
"""Bytes that a run may print; it is read when the run is over."""


def _pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    return reading, writing


def start(order: RunOrder) -> "Running":
    """Set a run off."""
    (report, reporting), (out, printing), (err, complaining) = os.pipe(), _pipe(), _pipe()
    child = os.fork()
    if child == 0:
        for handle in (report, out, err):
            os.close(handle)
        nothing = os.open(os.devnull, os.O_RDONLY)
        _run(order, {0: nothing, 1: printing, 2: complaining}, reporting)
    for handle in (reporting, printing, complaining):
        os.close(handle)
    return Running(child, report, out, err, order.after)


@dataclass(frozen=True, slots=True)
class Running:
    """A run under way."""

    child: int
    report: int
    out: int
    err: int
    after: float

    def is_stopped(self) -> bool:
        """Wait until it is stopped or has ended."""
        changed = os.waitid(os.P_PID, self.child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return changed is not None and changed.si_code == os.CLD_STOPPED

    def end(self) -> RunOutcome:
        """Wait for it."""
        if self.after:
            _sleep(self.after)
            os.kill(self.child, signal.SIGKILL)
        with os.fdopen(self.report, "rb") as pipe:
            said = pipe.read()
        os.waitpid(self.child, 0)
        told = json.loads(said) if said else {"code": -9}
        return RunOutcome(**told, out=_all_of(self.out), err=_all_of(self.err))


def _all_of(handle: int) -> str:
    with os.fdopen(handle, "rb") as stream:
        return stream.read().decode(errors="replace")


def _rehearse(order: RunOrder) -> RunOutcome:
    """Run the program in this process; whatever it changes in the process is put back."""
    from tests.gates.preload import keep
    from wasf.cli.main import main

    environment, mask = dict(os.environ), os.umask(0o077)
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    out, err = io.StringIO(), io.StringIO()
    os.environ.update(order.environment)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(order.arguments)
    finally:
        os.environ.clear()
        os.environ.update(environment)
        os.umask(mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        keep()
    return RunOutcome(code, out=out.getvalue(), err=err.getvalue())


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _carry_out(orders: list[RunOrder]) -> list[RunOutcome]:
    """Run them all at the same time."""
    if orders[0].is_rehearsal:
        return [_rehearse(order) for order in orders]
    if orders[0].goes_on:
        run = _STOPPED.pop()
        os.kill(run.child, signal.SIGCONT)
        return [run.end()]
    runs = [start(order) for order in orders]
    if orders[0].stop and runs[0].is_stopped():
        _STOPPED.append(runs[0])
        return [RunOutcome(STOPPED)]
    return [run.end() for run in runs]


_STOPPED: list[Running] = []
"""The run that is to go on."""


def serve() -> None:
    """Answer orders until there are no more; an order can be a list of runs at the same time."""
    from tests.gates.preload import warm_up

    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        outcomes = _carry_out([RunOrder(**order) for order in json.loads(line)])
        print(json.dumps([asdict(outcome) for outcome in outcomes]), flush=True)


if __name__ == "__main__":
    serve()
