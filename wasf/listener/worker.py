"""Syncs on a thread of its own: as soon as something came, and as often as the rhythm says.

While a sync runs more may come; the next one takes all of it together. A sync that fails is tried
again later and never keeps anything from being received.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wasf.errors import AnotherRun, Stopped, WasfError
from wasf.interfaces import InboxCounts
from wasf.listener.metrics import Figures

# --- rhythm
# When to sync next: at once when something came, now and then without, later after a failure.
#
# Pure: it is told the time, in seconds of a steady clock.


_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 300.0
_TURN: Final = 1.0
_GAP: Final = 0.5  # what comes within it is logged together: fewer calls to Salesforce
_NEVER: Final = float("inf")


class Rhythm:
    """The pace of one worker: everything is read at the start and every `poll` seconds.

    After each sync there is a short pause, so that many messages at once share their calls.
    """

    def __init__(self, poll: float) -> None:
        self._poll = poll
        self._next_poll = -_NEVER
        self._again = _NEVER
        self._not_before = -_NEVER
        self._pause = 0.0

    def pause(self, now: float) -> float:
        """How many seconds to wait whatever comes."""
        return max(0.0, self._not_before - now)

    def wait(self, now: float, *, has_news: bool) -> float:
        """How many seconds to wait unless something comes; 0: sync now."""
        due = now if has_news else min(self._next_poll, self._again)
        return max(self.pause(now), due - now)

    def wants_poll(self, now: float) -> bool:
        """Whether everything is to be read, not only what came."""
        return now >= self._next_poll

    def went_well(self, now: float, *, polled: bool) -> None:
        """A sync ended as it should."""
        self._pause, self._again, self._not_before = 0.0, _NEVER, now + _GAP
        self._polled(now, polled=polled)

    def failed(self, now: float, *, polled: bool) -> None:
        """A sync failed; what was read waits in the ledger. Wait longer each time."""
        self._pause = min(_LONGEST_PAUSE, 2 * self._pause or _FIRST_PAUSE)
        self._not_before = self._again = now + self._pause
        self._polled(now, polled=polled)

    def was_not_its_turn(self, now: float) -> None:
        """Another run was at work, and nothing was read."""
        self._not_before = self._again = now + _TURN

    def _polled(self, now: float, *, polled: bool) -> None:
        if polled:
            self._next_poll = now + self._poll


# --- worker


_STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Synced:
    """How a sync ended: what it logged, what the inbox holds now, and what went wrong.

    `error` ended it; `problems` are of single things, and the rest went on.
    """

    logged: int
    inbox: InboxCounts
    error: WasfError | None = None
    problems: tuple[WasfError, ...] = ()


Sync = Callable[[bool], Synced]
"""Syncs once, with everything or only what came. Raises `AnotherRun`, `Stopped`, `WasfError`."""


class Worker:
    """One thread. `tell` is told of every sync that had its turn."""

    def __init__(
        self, sync: Sync, rhythm: Rhythm, figures: Figures, tell: Callable[[Synced], None]
    ) -> None:
        self._sync = sync
        self._rhythm = rhythm
        self._figures = figures
        self._tell = tell
        self._news = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin, with a sync of everything."""
        self._thread.start()

    def arrived(self) -> None:
        """Something came; from any thread."""
        self._news.set()

    def check(self) -> None:
        """Raise in the middle of a sync, where it can end cleanly, if it is to end."""
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
            if pause := self._rhythm.pause(now):
                self._ending.wait(pause)
            elif seconds := self._rhythm.wait(now, has_news=self._news.is_set()):
                self._news.wait(seconds)
            else:
                self._news.clear()
                self._once(polled=self._rhythm.wants_poll(now))

    def _once(self, *, polled: bool) -> None:
        try:
            synced = self._sync(polled)
        except Stopped:
            return
        except AnotherRun:
            self._rhythm.was_not_its_turn(time.monotonic())
            self._figures.syncs.labels("another run").inc()
            return
        except WasfError as error:
            synced = Synced(0, InboxCounts(), error)
        except Exception as bug:  # what came is kept, and more goes on coming
            name = type(bug).__name__
            told = WasfError(f"this is a bug: {name}", "what came is kept and tried again")
            synced = Synced(0, InboxCounts(), told)
        self._note(synced, polled=polled)

    def _note(self, synced: Synced, *, polled: bool) -> None:
        now, figures = time.monotonic(), self._figures
        figures.logged.inc(synced.logged)
        figures.syncs.labels("failed" if synced.error else "done").inc()
        if synced.error is not None:
            self._rhythm.failed(now, polled=polled)
        else:
            self._rhythm.went_well(now, polled=polled)
            figures.last_sync.set_to_current_time()
            figures.inbox.set(synced.inbox.waiting)
            figures.not_understood.set(sum(synced.inbox.not_understood.values()))
            if synced.inbox.waiting:
                self._news.set()
        self._tell(synced)
