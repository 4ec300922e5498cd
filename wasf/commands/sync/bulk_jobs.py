"""A backfill of many Tasks goes to Salesforce in bulk jobs, one after the other.

`core.bulk_jobs` has the way of a job, and decides what is next. Here it is done, each step after it
was committed. A run that finds a job of an earlier one, also of another machine, goes on with it
(`finish_jobs`); what Salesforce works on is left to it, and what came of it is taken.

A first call of 200 Tasks shows whether the org takes Tasks at all, and so many at once: triggers
get as many rows of a job. What a job could not write because of a lock, or of another row, goes
back into the queue and is sent in calls, as all that no table can carry.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from wasf import log
from wasf.commands.sync.outbox import Unit, count_outcomes, log_messages, look_up, units_of
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.bulk_jobs import (
    ASKED_AGAIN,
    PATIENCE,
    BulkJob,
    JobState,
    JobStatus,
    JobStep,
    NextStep,
    is_sent_alone,
    next_step,
    pauses,
    result_files,
)
from wasf.core.chats import ChatId
from wasf.core.plan import Logs
from wasf.core.policy import LARGEST_BATCH
from wasf.core.refusals import RecordRefusal
from wasf.core.text import counted
from wasf.core.windows import group
from wasf.interfaces import (
    JobRows,
    KeyField,
    OrgFacts,
    RowFit,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.store.ledger import Intent

_PAGE: Final = 1000  # Tasks whose intents are committed together
_NO_JOBS: Final = "to send Tasks without jobs: wasf config set bulk.from never"
_GOES_FIRST: Final = Reason("waits for a bulk job, which goes first")
_ABORTED: Final = Reason(
    "somebody aborted its bulk job in Salesforce", f"the next sync makes a new one; {_NO_JOBS}"
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
    most, policy, ledger = context.policy.bulk_from, context.policy, context.ledger
    if most is None or context.dry_run or policy.batch_size < LARGEST_BATCH:
        return False
    queued = ledger.search.of_ids(one.chat.id for one in chosen)
    if sum(known.queued for known in queued) < most:
        return False
    if policy.frequency is None:
        return True
    now = context.clock()
    windows = (
        window
        for one in chosen
        for window in group(ledger.queued(one.chat.id), policy, now)
        if not window.waits
    )
    return sum(1 for _ in islice(windows, most)) == most


# --- Sending -----------------------------------------------------------------------------------


class _Load(NamedTuple):
    """A job whose rows are made, and whose Tasks are committed as intents."""

    number: int
    rows: JobRows


def _send_jobs(
    chosen: Sequence[Logs], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> dict[ChatId, Reason]:
    """Send one job after the other; return the chats of those that are not over, and why."""
    waits: dict[ChatId, Reason] = {}
    units = (unit for one in chosen for unit in units_of(one, context, facts, result))
    for load in _loads(units, context, facts.key_field):
        refusal = _send(load, context)
        if refusal is not None:
            result.no_more_jobs = True
            result.notes.append(f"No bulk job: {refusal.of('it')}")
        waits = finish_jobs(context, facts, result, wait=True)
        if result.no_more_jobs or _is_at_work(context):
            break
    return waits


def _loads(units: Iterable[Unit], context: SyncContext, key_field: KeyField) -> Iterator[_Load]:
    """Yield jobs that hold as many units as fit; what no table can carry is left out."""
    rows = context.org.jobs.rows(key_field)
    number: int | None = None
    pending: list[Unit] = []
    for unit in units:
        fit = rows.add(unit.tasks)
        if fit is RowFit.FULL:
            yield _Load(_record(number, pending, context, key_field), rows)
            number, pending, rows = None, [], rows.following()
            fit = rows.add(unit.tasks)
        if fit is RowFit.TAKEN:
            pending.append(unit)
        if len(pending) == _PAGE:
            number, pending = _record(number, pending, context, key_field), []
    if number is not None or pending:
        yield _Load(_record(number, pending, context, key_field), rows)


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


def _send(load: _Load, context: SyncContext) -> RecordRefusal | None:
    """Create, fill and close a job; return why Salesforce refused to.

    After an error, or a refusal, the job stays in the ledger as far as it came: `finish_jobs` goes
    on from there.
    """
    made = context.org.jobs.create()
    if isinstance(made, RecordRefusal):
        return made
    context.ledger.jobs.created(load.number, made)
    refusal = load.rows.upload(made)
    if refusal is None:
        context.ledger.jobs.uploaded(load.number)
        context.org.jobs.close(made)  # if that is refused, its state says why
        log.event("job_sent", api_calls=context.org.api_calls)
    return refusal


# --- Results -----------------------------------------------------------------------------------


def finish_jobs(
    context: SyncContext, facts: OrgFacts, result: SyncResult, *, wait: bool = False
) -> dict[ChatId, Reason]:
    """Go on with all jobs that are not over, and take the results of those that are.

    Return the chats of which Tasks are still in a job, and why they wait. With `wait` a job is
    waited for as long as it goes on.
    """
    jobs, waits = context.ledger.jobs, dict[ChatId, Reason]()
    for job in jobs.open():
        if not _finish(job, context, facts, result, wait=wait):
            [now] = [one for one in jobs.open() if one.number == job.number]
            waits |= dict.fromkeys(jobs.chats(job.number), _under_way(now))
    return waits


def _finish(
    job: BulkJob, context: SyncContext, facts: OrgFacts, result: SyncResult, *, wait: bool
) -> bool:
    """Return whether all Tasks of a job have an outcome now."""
    now = context.clock()
    is_young = job.asked_at is not None and abs(now - job.asked_at) < ASKED_AGAIN
    if context.dry_run or (is_young and not wait):
        return False
    status = _ask(job, context)
    step = next_step(job, status, now)
    if step is NextStep.CLOSE:
        context.org.jobs.close(job.id)
        status = _ask(job, context)
        step = next_step(job, status, now)
        step = NextStep.ABORT if step is NextStep.CLOSE else step  # it cannot be closed any more
    if step is NextStep.WAIT and wait:
        status = _wait(job, status, context)
        step = next_step(job, status, now)
    if step is NextStep.WAIT:
        return False
    if step is NextStep.ABORT:
        context.org.jobs.abort(job.id)  # if that is refused, nobody can close it all the same
    _note_end(job, status, result)
    if step is NextStep.READ and status is not None:
        _take_results(job, status, context, result)
    _resolve_rest(job, step, context, facts, result)
    context.ledger.jobs.end(job.number)
    log.event("job_over", state=status.state.value if status else "", tasks=job.tasks)
    return True


def _ask(job: BulkJob, context: SyncContext) -> JobStatus | None:
    status = context.org.jobs.status(job.id) if job.id else None
    if status is not None:
        context.ledger.jobs.asked(job.number, status, context.clock())
    return status


def _wait(job: BulkJob, status: JobStatus | None, context: SyncContext) -> JobStatus | None:
    """Ask until a job is over, or has not gone on for a while; return what was said last."""
    context.begin_change("In a bulk job", job.tasks)
    processed, waited = 0, 0
    for pause in pauses():
        if status is None or status.state is JobState.HIDDEN:
            break
        if status.processed > processed:
            context.progress.done(status.processed - processed)
            processed, waited = status.processed, 0
        if status.state.is_over or waited >= PATIENCE.total_seconds():
            break
        context.check_stop()
        context.pause(pause)
        waited += pause
        status = _ask(job, context)
    return status


def _note_end(job: BulkJob, status: JobStatus | None, result: SyncResult) -> None:
    """Note an end that somebody should know of; no further job is sent in this run then."""
    if not job.id or job.step is not JobStep.UPLOADED:
        return
    name = job.name
    if status is None:
        result.notes.append(
            f"Salesforce has no {name} any more; its {counted(job.tasks, 'Task')} were looked up by"
            " their keys"
        )
        return
    seen = f"{status.processed:,} of {counted(job.tasks, 'Task')} were processed"
    if status.state is JobState.FAILED:
        why = f" ({status.words})" if status.words else ""
        result.notes.append(f"Salesforce gave up {name}{why}: {seen}; the others go in calls")
        result.no_more_jobs = True
    if status.state is JobState.ABORTED:
        result.notes.append(f"Somebody aborted {name} in Salesforce: {seen}; {_NO_JOBS}")
        result.no_more_jobs = result.was_aborted = True


def _take_results(
    job: BulkJob, status: JobStatus, context: SyncContext, result: SyncResult
) -> None:
    """Commit what the results say of Tasks, a page at a time."""
    key_field = KeyField(job.key_field, is_unique=True)
    for file in result_files(status):
        for outcomes in context.org.jobs.outcomes(job.id, file, key_field):
            context.check_stop()
            keys = [one.key for one in outcomes]
            intents = context.ledger.jobs.intents(job.number, keys)
            known = [_settled(one) for one in outcomes if one.key in intents]
            _resolve(known, intents.values(), context, result)


def _settled(outcome: TaskOutcome) -> TaskOutcome:
    """Return an outcome; what may pass in a smaller call was not sent."""
    if isinstance(outcome, TaskRefused) and is_sent_alone(outcome.refusal):
        return TaskNotSent(outcome.key)
    return outcome


def _resolve_rest(
    job: BulkJob, step: NextStep, context: SyncContext, facts: OrgFacts, result: SyncResult
) -> None:
    """Commit what became of the Tasks that are in no result: most were not sent."""
    asks = step in (NextStep.READ, NextStep.LOOK_UP)
    while intents := context.ledger.jobs.next_intents(job.number):
        context.check_stop()
        found = look_up(intents, context, facts.key_field) if asks else {}
        outcomes = [
            TaskLogged(key, found[key]) if key in found else TaskNotSent(key)
            for key in (one.task.key for one in intents)
        ]
        _resolve(outcomes, intents, context, result)


def _resolve(
    outcomes: Sequence[TaskOutcome],
    intents: Iterable[Intent],
    context: SyncContext,
    result: SyncResult,
) -> None:
    """Commit outcomes, and count what was written or refused."""
    context.ledger.resolve(outcomes)
    sent = {one.task.key: (one.chat_id, len(one.task.messages)) for one in intents}
    told = [one for one in outcomes if isinstance(one, TaskLogged | TaskRefused)]
    count_outcomes(told, sent, context, result)
    for one in told:
        if isinstance(one, TaskRefused) and one.refusal.stops_writing:
            result.stopped = result.stopped or one.refusal
            result.no_more_jobs = True


def _under_way(job: BulkJob) -> Reason:
    """Return why the messages of a job wait."""
    if job.status.state is JobState.HIDDEN:
        return Reason(
            f"in {job.name} of another user, which you may not read",
            "that user's next sync takes its results; or an administrator gives you the permission"
            " Manage Data Integrations",
        )
    seen = f"Salesforce has processed {job.status.processed:,} of {counted(job.tasks, 'Task')}"
    return Reason(f"in {job.name}: {seen}", "the next sync takes its results")
