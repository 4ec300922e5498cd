"""What `wasf doctor` says of the days to come: storage, API calls and the ledger, at today's rate.

The rate is that of the last weeks: of what is logged, by the times of the messages, so that a
backfill of years is not taken for the rate of days; and of the API calls of this machine's syncs,
or of those of all machines that share the ledger. Without a day of history nothing is said. All
numbers are rough, and are shown so.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeGuard

from wasf.core.bulk_jobs import KEPT, BulkJob, JobState
from wasf.core.checks.org import Check, DataStorage, ok, warning
from wasf.core.records import TASK_KB
from wasf.core.runs import CallsMade, LoggedRate
from wasf.core.text import counted

_SOON: Final = 90  # days
_FAR: Final = 10 * 365
_LONG_JOB: Final = timedelta(days=1)
_WHERE: Final = "Setup, Bulk Data Load Jobs"


class LedgerSize(NamedTuple):
    """How many bytes the ledger needs for how many messages, and how many its disk has left.

    `free` is None where that is not known: on another server.
    """

    bytes: int
    messages: int
    free: int | None


class History(NamedTuple):
    """All that forecasts are made from, at a time (UTC); what is not known is None.

    `is_shared`: the calls are those of all machines that share the ledger.
    """

    at: datetime
    growth: LoggedRate | None = None
    ledger: LedgerSize | None = None
    calls: CallsMade | None = None
    is_shared: bool = False


def forecast_storage(storage: DataStorage | None, growth: LoggedRate | None) -> Check | None:
    """Say when Salesforce's data storage is full, and what larger windows make of that."""
    if storage is None or storage.left <= 0 or not _is_enough(growth):
        return None
    left_kb = storage.left * 1024
    days = left_kb / (growth.tasks / growth.days * TASK_KB)
    rate = f"{_about(growth.tasks / growth.days)} Tasks a day"
    if days > _FAR:
        return ok("storage forecast", f"{rate}: enough for more than ten years.")
    result = f"{rate}: full in about {_about(days)} days at this rate."
    by_day = left_kb / (max(growth.chat_days, 1) / growth.days * TASK_KB)
    fix = "An administrator makes room, or orders more."
    if growth.chat_days < growth.tasks:
        makes = f"{_about(by_day)} days" if by_day <= _FAR else "more than ten years"
        fix += f" One Task a day of each chat makes it about {makes}: wasf config set frequency 24h"
    if days < _SOON:
        return warning("storage forecast", result, fix)
    return ok("storage forecast", f"{result} {fix}")


def forecast_calls(history: History, limit: int, kept: int) -> Check | None:
    """Say how many API calls syncs make a day, of those that wasf may make.

    `limit` is the org's in 24 hours, `kept` how many of them are for others.
    """
    made = history.calls
    if made is None or limit <= kept:
        return None
    days = (history.at - made.since) / timedelta(days=1)
    if days < 1:
        return None
    usual, most = sum(made.by_day.values()) / days, max(made.by_day.values())
    who = "The machines of this ledger make" if history.is_shared else "This machine makes"
    whose = "their" if history.is_shared else "its"
    share = most / (limit - kept)
    result = (
        f"{who} about {_about(usual)} calls a day, {most:,} on {whose} busiest day:"
        f" {share:.0%} of the {limit - kept:,} that wasf may make."
    )
    if share < 0.5:
        return ok("API forecast", result)
    return warning(
        "API forecast",
        result,
        "Sync less often, or let a listener gather for longer: wasf config set listen.gap. Larger"
        " windows make fewer Tasks: wasf config set frequency 24h",
    )


def forecast_ledger(size: LedgerSize | None, growth: LoggedRate | None) -> Check | None:
    """Say how fast the ledger grows, and whether its disk is full soon."""
    if size is None or not size.messages or not _is_enough(growth):
        return None
    a_day = size.bytes / size.messages * growth.messages / growth.days
    result = (
        f"{_megabytes(size.bytes)} for {counted(size.messages, 'message')}; about"
        f" {_megabytes(365 * a_day)} more in a year at this rate."
    )
    if size.free is None or a_day * _SOON < size.free:
        return ok("ledger forecast", result)
    return warning(
        "ledger forecast",
        f"{result} Its disk is full in about {_about(size.free / a_day)} days.",
        "Make room there; wasf purge removes little, as the keys of messages stay.",
    )


def _is_enough(growth: LoggedRate | None) -> TypeGuard[LoggedRate]:
    """Whether it says something of the days to come."""
    return growth is not None and growth.days >= 1 and growth.tasks > 0


def _about(number: float) -> str:
    """Return a number with two figures: `150`, `1,300`, `0.4`."""
    rounded = float(f"{number:.2g}")
    return f"{rounded:,.0f}" if rounded >= 1 else f"{rounded:.1g}"


def _megabytes(size: float) -> str:
    return f"{_about(size / 1_000_000)} MB"


# --- Bulk jobs ---------------------------------------------------------------------------------


def check_jobs(jobs: Iterable[BulkJob], now: datetime) -> Iterator[Check]:
    """Yield one check for each bulk job that is not over for wasf: how it stands, what to do."""
    for job in jobs:
        result = f"{_name(job)}, begun {_ago(now - job.begun_at)}: {_state(job)}."
        fix = _job_fix(job, now)
        yield warning("bulk jobs", result, fix) if fix else ok("bulk jobs", result)


def _name(job: BulkJob) -> str:
    name = f"{job.name} of {counted(job.tasks, 'Task')}"
    return f"{name[0].upper()}{name[1:]}"


def _state(job: BulkJob) -> str:
    state = job.status.state
    if not job.id:
        return "nothing of it was sent yet"
    if state is JobState.HIDDEN:
        return "another user made it, and you may not read it"
    done = f"Salesforce has processed {job.status.processed:,}"
    refused = f", and refused {job.status.refused:,} of them" if job.status.refused else ""
    return f"{done}{refused} ({state.value})"


def _job_fix(job: BulkJob, now: datetime) -> str:
    """Return what to do about a job, "" if it only needs time."""
    age, state = now - job.begun_at, job.status.state
    if state is JobState.HIDDEN:
        return (
            "That user's next sync takes its results; or an administrator grants Manage Data"
            " Integrations."
        )
    if age > KEPT:
        return "Salesforce keeps its results no longer. The next wasf sync looks its Tasks up."
    if state.is_over or not job.id or state is JobState.OPEN:
        return "The next wasf sync takes its results, or puts back what was not sent."
    if job.status.refused:
        return "The next wasf sync takes its results; wasf status says then why Tasks were refused."
    if age > _LONG_JOB:
        return (
            f"Look at it in {_WHERE}. If it stands still, abort it there: the next wasf sync takes"
            " what it wrote and sends the rest."
        )
    return ""


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 1:
        return "within the last hour"
    return f"{counted(hours, 'hour')} ago" if hours < 48 else f"{hours // 24:,} days ago"
