"""Syncs on a thread of its own: as soon as something came, and as often as the schedule says.

While a sync runs more may come; the next one takes all of it together. A sync that fails is tried
again later and never keeps anything from being received.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

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
        schedule: "Schedule",
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
            self._schedule.postponed(time.monotonic())
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
            self._schedule.failed(now, polled=polled)
        else:
            self._schedule.succeeded(now, polled=polled)
            self._metrics.note_inbox(outcome.inbox)
            if outcome.inbox.waiting:
                self._news.set()
        self._metrics.count_sync(outcome.logged, failed=outcome.error is not None)
        self._tell(outcome)


# --- When to sync ------------------------------------------------------------------------------

_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 300.0
_TURN: Final = 1.0
_GAP: Final = 0.5  # what comes within it is logged together: fewer calls to Salesforce
_NEVER: Final = float("inf")


class Schedule:
    """When to sync next: at once when something came, every `poll` seconds, later after a failure.

    Everything is read at the start. After each sync there is a short pause, so that many messages
    at once share their calls. `look` is how often to look for what other machines took. All times
    are seconds of a monotonic clock, which it is told.
    """

    def __init__(self, poll: float, look: float = _NEVER) -> None:
        self._poll = poll
        self._look = look
        self._next_poll = -_NEVER
        self._again = _NEVER
        self._not_before = -_NEVER
        self._pause = 0.0

    def pause(self, now: float) -> float:
        """Return how many seconds to wait whatever comes."""
        return max(0.0, self._not_before - now)

    def wait(self, now: float, *, has_news: bool) -> float:
        """Return how many seconds to wait unless something comes; 0: sync now."""
        due = now if has_news else min(self._next_poll, self._again)
        return max(self.pause(now), due - now)

    def wants_poll(self, now: float) -> bool:
        """Return whether everything is to be read, not only what came."""
        return now >= self._next_poll

    def succeeded(self, now: float, *, polled: bool) -> None:
        """Note that a sync ended as it should."""
        self._pause, self._again, self._not_before = 0.0, now + self._look, now + _GAP
        self._polled(now, polled=polled)

    def failed(self, now: float, *, polled: bool) -> None:
        """Note that a sync failed; what was read waits in the ledger. Wait longer each time."""
        self._pause = min(_LONGEST_PAUSE, 2 * self._pause or _FIRST_PAUSE)
        self._not_before = self._again = now + self._pause
        self._polled(now, polled=polled)

    def postponed(self, now: float) -> None:
        """Note that another run was at work, and nothing was read."""
        self._not_before = self._again = now + _TURN

    def _polled(self, now: float, *, polled: bool) -> None:
        if polled:
            self._next_poll = now + self._poll
