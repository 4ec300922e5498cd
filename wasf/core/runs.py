"""Runs of `wasf sync` and of the syncs of `wasf listen`, as they are remembered (W8)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from wasf.errors import ExitCode
from wasf.values import dataclass

_STOPPED = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run; times are UTC.

    `ended_at` is None for a run that is still at work (`is_running`) or was killed. `exit_code` is
    None if it is not known. `message` and `hint` say what was wrong, "" if nothing was. `org_id` is
    "" if the run did not get as far as its org. `logged` counts messages, `tasks` and `leads` what
    was created, `tasks_undone` how many of the Tasks were deleted by `wasf undo`.
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
