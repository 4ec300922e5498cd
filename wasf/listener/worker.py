"""Syncs on a thread of its own, whenever the schedule says so (`core.runs`).

While a sync runs or a gap lasts more may come; the next sync takes all of it together. A sync that
fails is tried again later and never keeps anything from being received.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from wasf.core.runs import Schedule
from wasf.errors import AnotherRun, Stopped, WasfError
from wasf.interfaces import InboxCounts
from wasf.listener.app import ListenerMetrics
from wasf.values import dataclass

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
