"""A backfill of many Tasks goes to Salesforce in bulk jobs, one after the other.

`core.bulk_jobs` has the way of a job, and decides what is next. Here it is done, each step after it
was committed. A run that finds a job of an earlier one, also of another machine, goes on with it
(`job_results`).

A first call of 200 Tasks shows whether the org takes Tasks at all, and so many at once: triggers
get as many rows of a job. What a job could not write because of a lock, or of another row, goes
back into the queue and is sent in calls, as all that no table can carry.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from wasf import log
from wasf.commands.sync.job_results import NO_JOBS, finish_jobs
from wasf.commands.sync.outbox import Unit, log_messages, units_of
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.bulk_jobs import JobState
from wasf.core.chats import ChatId
from wasf.core.plan import Logs
from wasf.core.policy import LARGEST_BATCH
from wasf.core.refusals import RecordRefusal
from wasf.core.windows import group
from wasf.interfaces import JobRows, KeyField, OrgFacts, RowFit

_PAGE: Final = 1000  # Tasks whose intents are committed together
_GOES_FIRST: Final = Reason("waits for a bulk job, which goes first")
_ABORTED: Final = Reason(
    "somebody aborted its bulk job in Salesforce", f"the next sync makes a new one; {NO_JOBS}"
)


def log_in_jobs(
    logs: Sequence[Logs], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> Sequence[Logs]:
    """Log the messages of these chats in jobs, if their Tasks are so many (`bulk.from`).

    Return the chats whose remaining messages are to be sent in calls.
    """
    chosen = sorted(
        (one for one in logs if len(one.targets) == 1), key=lambda one: one.targets[0].record_id
    )
    if not _is_backfill(chosen, context):
        return logs
    if not facts.key_field.is_unique:
        result.notes.append(
            "So many Tasks would go in bulk jobs if the org had the unique key field: wasf doctor"
            " --install-key-field"
        )
        return logs
    log_messages(chosen, context, facts, result, most=LARGEST_BATCH)
    if result.stopped or context.org.batch_limit:
        return logs
    waits = finish_jobs(context, facts, result, wait=True)
    if not (result.no_more_jobs or _is_at_work(context)):
        waits = _send_jobs(chosen, context, facts, result) or waits
    result.waits |= waits
    if not (result.was_aborted or _is_at_work(context)):
        return logs
    reason = _ABORTED if result.was_aborted else _GOES_FIRST
    kept = {one.chat.id for one in chosen}
    result.waits |= dict.fromkeys(kept - waits.keys(), reason)
    return [one for one in logs if one.chat.id not in kept]


def _is_at_work(context: SyncContext) -> bool:
    """Whether a job is not over: one goes after the other. Of a hidden one nobody here knows."""
    states = (job.status.state for job in context.ledger.jobs.open())
    return any(state is not JobState.HIDDEN for state in states)


def _is_backfill(chosen: Sequence[Logs], context: SyncContext) -> bool:
    """Whether the queued messages of these chats make as many Tasks as the setting says.

    Where a person chose smaller calls, because of a trigger, a job would fail in it.
    """
    policy = context.policy
    if context.dry_run or policy.batch_size < LARGEST_BATCH:
        return False
    if not context.has_many_queued(one.chat.id for one in chosen):
        return False
    if policy.frequency is None:
        return True
    now = context.clock()
    windows = (
        window
        for one in chosen
        for window in group(context.ledger.queued(one.chat.id), policy, now)
        if not window.waits
    )
    return sum(1 for _ in islice(windows, policy.bulk_from)) == policy.bulk_from


# --- Sending -----------------------------------------------------------------------------------


def _send_jobs(
    chosen: Sequence[Logs], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> dict[ChatId, Reason]:
    """Send one job after the other; return the chats of those that are not over, and why."""
    waits: dict[ChatId, Reason] = {}
    units = (unit for one in chosen for unit in units_of(one, context, facts, result))
    for number, rows in _loads(units, context, facts.key_field):
        refusal = _send(number, rows, context)
        if refusal is not None:
            result.no_more_jobs = True
            result.notes.append(f"No bulk job: {refusal.of('it')}")
        waits = finish_jobs(context, facts, result, wait=True)
        if result.no_more_jobs or _is_at_work(context):
            break
    return waits


def _loads(
    units: Iterable[Unit], context: SyncContext, key_field: KeyField
) -> Iterator[tuple[int, JobRows]]:
    """Yield jobs with their rows, as many units as fit; what no table can carry is left out.

    Their Tasks are committed as intents.
    """
    rows = context.org.jobs.rows(key_field)
    number: int | None = None
    pending: list[Unit] = []
    for unit in units:
        fit = rows.add(unit.tasks)
        if fit is RowFit.FULL:
            yield _record(number, pending, context, key_field), rows
            number, pending, rows = None, [], rows.following()
            fit = rows.add(unit.tasks)
        if fit is RowFit.TAKEN:
            pending.append(unit)
        if len(pending) == _PAGE:
            number, pending = _record(number, pending, context, key_field), []
    if number is not None or pending:
        yield _record(number, pending, context, key_field), rows


def _record(
    number: int | None, units: Sequence[Unit], context: SyncContext, key_field: KeyField
) -> int:
    """Commit units as intents of a job, which is planned with the first ones; return its number."""
    context.check_stop()
    jobs, now = context.ledger.jobs, context.clock()
    with context.ledger.transaction():
        job = jobs.plan(key_field.name, now) if number is None else number
        tasks = [task for unit in units for task in unit.tasks]
        chat_ids = [unit.chat_id for unit in units for _ in unit.tasks]
        jobs.record_intent(job, chat_ids, tasks, now)
    return job


def _send(number: int, rows: JobRows, context: SyncContext) -> RecordRefusal | None:
    """Create, fill and close a job; return why Salesforce refused to.

    After an error, or a refusal, the job stays in the ledger as far as it came: `finish_jobs` goes
    on from there.
    """
    made = context.org.jobs.create()
    if isinstance(made, RecordRefusal):
        return made
    context.ledger.jobs.created(number, made)
    refusal = rows.upload(made)
    if refusal is None:
        context.ledger.jobs.uploaded(number)
        context.org.jobs.close(made)  # if that is refused, its state says why
        log.event("job_sent", api_calls=context.org.api_calls)
    return refusal
