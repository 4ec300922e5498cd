"""What becomes of bulk jobs: a run goes on with them, and takes their results.

What Salesforce works on is left to it, whichever run made the job, and on whichever machine. Before
a command does something with what was logged, or removes what waits, it cancels the jobs that
hold some of it, or waits for their results if Salesforce has begun with them (`wait_for_jobs`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from wasf import log
from wasf.commands.sync.earlier_writes import look_up
from wasf.commands.sync.moves import finish_moves
from wasf.commands.sync.outbox import count_outcomes
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.bulk_jobs import (
    ASKED_AGAIN,
    KEPT,
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
from wasf.core.text import counted
from wasf.errors import TryLater, WasfError
from wasf.interfaces import KeyField, OrgFacts, TaskLogged, TaskNotSent, TaskOutcome, TaskRefused
from wasf.store.ledger import Intent

NO_JOBS: Final = "to send Tasks without jobs: wasf config set bulk.from never"


class JobAtWork(TryLater):
    """Salesforce is at work on a bulk job that holds what a command is about."""


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


def resolve_jobs(
    numbers: Collection[int], context: SyncContext, *, wait: bool = False
) -> list[BulkJob]:
    """Learn what became of these jobs, before something is done with what they hold.

    A job that Salesforce has not begun with is aborted: its Tasks are in the queue then. Return
    those that are not over; `wait` as in `finish_jobs`.
    """
    facts, result, jobs = context.org.facts(()), SyncResult(), context.ledger.jobs
    for job in jobs.open():
        if job.number in numbers:
            _finish(job, context, facts, result, wait=wait, cancel=True)
    return [job for job in jobs.open() if job.number in numbers]


def wait_for_jobs(held: Mapping[int, int], context: SyncContext) -> int:
    """Cancel these bulk jobs, or wait for their results; `held` says how many Tasks each holds.

    Return how many Tasks are in jobs then: in a dry run, which does neither. Raise `JobAtWork` if
    one is not over.
    """
    if not held or context.dry_run:
        return sum(held.values())
    for job in resolve_jobs(held, context, wait=True):
        reason, hint = _under_way(job)
        hint = hint if job.status.state is JobState.HIDDEN else "in some minutes"
        raise JobAtWork(
            f"Some of these messages are {reason}. Nothing was changed yet",
            f"{hint}: the same command once more",
        )
    return 0


def cancel_jobs_of_chats(ids: Collection[ChatId], context: SyncContext, whose: str) -> int:
    """Do as `wait_for_jobs` for the jobs that hold Tasks of these chats, before messages go.

    A job that Salesforce keeps no more need not be asked for. `whose` are the messages, for people.
    """
    jobs = context.ledger.jobs
    held = jobs.of_chats(ids)
    try:
        return wait_for_jobs(held, context)
    except JobAtWork:
        raise
    except WasfError as error:
        begun = [one.begun_at for one in jobs.open() if one.number in held]
        if all(context.clock() - at > KEPT for at in begun):
            return 0
        raise error.with_hint(
            f"a bulk job holds messages of {whose}, so nothing was removed yet: the same command"
            " once more, when Salesforce has answered"
        ) from None


def _finish(
    job: BulkJob,
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
    *,
    wait: bool,
    cancel: bool = False,
) -> bool:
    """Return whether all Tasks of a job have an outcome now."""
    now = context.clock()
    is_young = job.asked_at is not None and abs(now - job.asked_at) < ASKED_AGAIN
    if context.dry_run or (is_young and not (wait or cancel)):
        return False
    status = (_cancel if cancel else _close)(job, _ask(job, context), context)
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
    if moved := finish_moves(context):  # before the row goes, so that a run that is cut off goes on
        result.notes.append(
            f"{counted(moved, 'Task')} of {job.name} moved to where a person linked their chat"
        )
    context.ledger.jobs.end(job.number)
    log.event("job_over", state=status.state.value if status else "", tasks=job.tasks)
    return True


def _close(job: BulkJob, status: JobStatus | None, context: SyncContext) -> JobStatus | None:
    """Close a job that has all its rows; return its status then."""
    if next_step(job, status, context.clock()) is not NextStep.CLOSE:
        return status
    context.org.jobs.close(job.id)
    return _ask(job, context)


def _cancel(job: BulkJob, status: JobStatus | None, context: SyncContext) -> JobStatus | None:
    """Abort a job that Salesforce has not begun with; return its status then.

    If that is refused, it has begun since. A job at work is not aborted: rows that it is at may
    still be written then, and nobody would learn of them.
    """
    if status is None or status.state is not JobState.UPLOADED:
        return status
    context.org.jobs.abort(job.id)
    return _ask(job, context)


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
        result.notes.append(f"Somebody aborted {name} in Salesforce: {seen}; {NO_JOBS}")
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
            known = [_as_resolved(one) for one in outcomes if one.key in intents]
            _resolve(job, known, intents.values(), context, result)


def _as_resolved(outcome: TaskOutcome) -> TaskOutcome:
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
        _resolve(job, outcomes, intents, context, result)


def _resolve(
    job: BulkJob,
    outcomes: Sequence[TaskOutcome],
    intents: Iterable[Intent],
    context: SyncContext,
    result: SyncResult,
) -> None:
    """Commit outcomes, and count what was written or refused."""
    context.ledger.jobs.resolve(job.number, outcomes)
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
