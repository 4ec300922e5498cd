"""Runs of `wasf sync`, and the syncs of `wasf listen`: as remembered, and when the next one begins.

A sync of the listener is a round. What comes while nothing was to do is synced at once. After each
round there is a gap, so that messages that come together share their calls to Salesforce. A gap
that ends with news waiting shows load, so the next one is twice as long, up to the setting
`listen.gap`; one that ends without news makes the next one half as long. A failed round is tried
again later each time. `Schedule` is that decision, as a value; the listener's worker does the
waiting.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from wasf.errors import ExitCode
from wasf.values import dataclass

# --- Runs, as they are remembered (W8) ---------------------------------------------------------

_STOPPED = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run; times are UTC.

    `ended_at` is None for a run that is still at work (`is_running`) or was killed. `exit_code` is
    None if it is not known. `message` and `hint` say what was wrong, "" if nothing was. `org_id` is
    "" if the run did not get as far as its org. `logged` counts messages, `tasks` and `leads` what
    was created, `api_calls` those of Salesforce, `tasks_undone` how many of the Tasks were deleted
    by `wasf undo`.
    """

    id: str
    command: str
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    message: str = ""
    hint: str = ""
    org_id: str = ""
    logged: int = 0
    tasks: int = 0
    leads: int = 0
    tasks_undone: int = 0
    api_calls: int = 0
    is_running: bool = False

    @property
    def was_killed(self) -> bool:
        """Whether it was begun and never ended."""
        return self.ended_at is None and not self.is_running

    @property
    def has_failed(self) -> bool:
        """Whether it was killed, or ended with an error; not if a person stopped it."""
        return self.was_killed or self.exit_code not in {None, ExitCode.DONE, *_STOPPED}

    @property
    def has_succeeded(self) -> bool:
        """Whether it ended without an error."""
        return self.ended_at is not None and self.exit_code in {None, ExitCode.DONE}


class LoggedRate(NamedTuple):
    """What was logged lately, in so many days (see `forecasts`).

    `chat_days` is how many Tasks the same messages make with `frequency = 24h`.
    """

    days: float
    messages: int
    tasks: int
    chat_days: int


class CallsMade(NamedTuple):
    """The API calls that syncs made on each day (UTC), the first of them at `since`."""

    since: datetime
    by_day: Mapping[date, int]


SEEN_DAYS: Final = 30
"""How many days back a rate is taken from."""


def calls_made(runs: Iterable[RecordedRun], now: datetime) -> CallsMade | None:
    """Return the calls of the runs of the last days, None if they made none."""
    made: CallsMade | None = None
    for run in runs:
        if run.api_calls:
            made = with_calls(made, run.api_calls, run.started_at, now)
    return made


def with_calls(made: CallsMade | None, calls: int, at: datetime, now: datetime) -> CallsMade | None:
    """Return what was made after so many calls more; what is long ago is left out."""
    first = now - timedelta(days=SEEN_DAYS)
    by_day = Counter(made.by_day if made else {})
    since = [made.since] if made else []
    if at >= first:
        by_day[at.date()] += calls
        since.append(at)
    kept = {day: count for day, count in sorted(by_day.items()) if day >= first.date()}
    return CallsMade(max(min(since), first), kept) if kept else None


@dataclass(frozen=True, slots=True)
class LastFailure:
    """The latest run of a command that fails now: since when, and how many times in a row."""

    run: RecordedRun
    since: datetime
    times: int


def last_failure(runs: Iterable[RecordedRun]) -> LastFailure | None:
    """Return the latest failure of a command that has not succeeded since, None if there is none.

    `runs` are given newest first. Each command counts for itself, and a run that a person stopped
    or that is still at work counts for nothing.
    """
    by_command: dict[str, list[RecordedRun]] = {}
    for run in runs:
        if run.has_failed or run.has_succeeded:
            by_command.setdefault(run.command, []).append(run)
    failures = [failure for some in by_command.values() if (failure := _failure(some))]
    return max(failures, key=lambda failure: failure.run.started_at, default=None)


def _failure(runs: Sequence[RecordedRun]) -> LastFailure | None:
    """Return the failures of one command up to now, newest first, None if it succeeded last."""
    ends = [place for place, run in enumerate(runs) if run.has_succeeded]
    failing = runs[: ends[0]] if ends else runs
    if not failing:
        return None
    return LastFailure(failing[0], failing[-1].started_at, len(failing))


# --- When the listener syncs -------------------------------------------------------------------

SHORTEST_GAP: Final = 0.5
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 300.0
_TURN: Final = 1.0
NEVER: Final = float("inf")


def next_gap(gap: float, longest: float, *, has_news: bool) -> float:
    """Return how long the gap after this one is; `has_news`: something waited when it ended."""
    wanted = 2 * gap if has_news else gap / 2
    return max(SHORTEST_GAP, min(wanted, longest))


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to sync next; each method that notes something returns the schedule after it.

    All times are seconds of a monotonic clock, which the caller reads.
    Everything is read every `poll` seconds, and at the start. `longest_gap` is the longest gap,
    `look` how often to look for what other machines took. The other fields are its state: `gap` is
    the length of the next gap, `in_gap` of the one that runs, 0: none does.
    """

    poll: float
    longest_gap: float = SHORTEST_GAP
    look: float = NEVER
    gap: float = SHORTEST_GAP
    in_gap: float = 0.0
    next_poll: float = -NEVER
    again: float = NEVER
    not_before: float = -NEVER
    failure_pause: float = 0.0

    def pause(self, now: float) -> float:
        """Return how many seconds to wait whatever comes."""
        return max(0.0, self.not_before - now)

    def wait(self, now: float, *, has_news: bool) -> float:
        """Return how many seconds to wait unless something comes; 0: sync now."""
        due = now if has_news else min(self.next_poll, self.again)
        return max(self.pause(now), due - now)

    def wants_poll(self, now: float) -> bool:
        """Return whether everything is to be read, not only what came."""
        return now >= self.next_poll

    def paused(self, *, has_news: bool) -> "Schedule":
        """Note that a pause is over, and whether something waits. A second time changes nothing."""
        if not self.in_gap:
            return self
        gap = next_gap(self.in_gap, self.longest_gap, has_news=has_news)
        return replace(self, gap=gap, in_gap=0.0)

    def succeeded(self, now: float, *, polled: bool) -> "Schedule":
        """Note that a sync ended as it should; a gap begins."""
        ended = self._polled(now, polled=polled)
        again, not_before = now + self.look, now + self.gap
        return replace(
            ended, failure_pause=0.0, again=again, not_before=not_before, in_gap=self.gap
        )

    def failed(self, now: float, *, polled: bool) -> "Schedule":
        """Note that a sync failed; what was read waits in the ledger. Wait longer each time."""
        pause = min(_LONGEST_PAUSE, 2 * self.failure_pause or _FIRST_PAUSE)
        ended, until = self._polled(now, polled=polled), now + pause
        return replace(ended, failure_pause=pause, again=until, not_before=until, in_gap=0.0)

    def postponed(self, now: float) -> "Schedule":
        """Note that another run was at work, and nothing was read."""
        until = now + _TURN
        return replace(self, again=until, not_before=until, in_gap=0.0)

    def _polled(self, now: float, *, polled: bool) -> "Schedule":
        return replace(self, next_poll=now + self.poll) if polled else self
