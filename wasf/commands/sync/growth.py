"""Tasks of open windows grow: later messages of a window are appended to its Task (T3a).

1. The ledger names the latest Task of each window that has queued messages, and the org says how
   these Tasks are now. One that anybody but wasf touched stays as it is, and so does one that is
   full: the outbox writes a further Task then.
2. Each of the others is written by a single request, on the condition that nobody changed it since
   it was read. Its intent is committed before, its outcome after it, as for new Tasks.
3. How Salesforce has the Tasks afterwards is read and kept: by that a later change is told.

A Task that grows has another key. So a request whose answer was lost is found by that key. If it is
not there, the very same request is sent again at once: by its condition only one of the two can be
executed. Once the Task has been changed by somebody else, neither can.

A Task that grows gives up its first key. While an earlier request for that key may still arrive, it
would be written a second time, so no Task grows until that is over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from wasf.commands.sync.earlier_writes import in_doubt_until, look_up
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.chats import ChatId, Message
from wasf.core.keys import changed_fields, has_further
from wasf.core.plan import Logs
from wasf.core.records import MessageKey, RecordId, Task, TaskContent
from wasf.core.tasks import (
    GrowingTask,
    TaskRules,
    TaskState,
    closed_task_status,
    grown_task,
    is_as_left,
)
from wasf.core.windows import group
from wasf.interfaces import (
    KeyField,
    OrgFacts,
    TaskChanged,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.store.ledger import Intent

_SETTLED: Final = timedelta(seconds=2)
"""A change within the second in which a Task was written could not be told from ours."""

_FRESH: Final = Reason("its Task was written this very moment", "appended by the next sync")


class _Candidate(NamedTuple):
    """A Task that may grow, and the messages that it is to take up."""

    logs: Logs
    task: GrowingTask
    arrivals: Sequence[tuple[MessageKey, Message]]


def grow_tasks(
    logs: Sequence[Logs], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> Collection[ChatId]:
    """Append queued messages to the Tasks of their windows, where nobody touched these.

    Return the chats whose Tasks were written too short a time ago: their messages wait.
    """
    candidates = [one for each in logs for one in _candidates(each, context)]
    if not candidates or result.stopped is not None or _keys_are_awaited(context):
        return ()
    rules = TaskRules(context.policy, closed_task_status(facts.task_statuses), facts.task_fields)
    digests = {one.task.id: one.task.written for one in candidates}
    states = _states(digests, context, facts)
    moves = context.ledger.moves.task_moves(digests)
    planned: list[tuple[ChatId, Task]] = []
    fresh = set()
    for logs_of_chat, task, arrivals in candidates:
        state, move = states.get(task.id), moves.get(task.id)
        is_moving = move is not None and move.to_id is not None
        target = logs_of_chat.targets[0]
        if state is None or is_moving:
            continue
        if not is_as_left(task, state, move.left if move else None, target):
            continue
        chat_id = logs_of_chat.chat.id
        if context.clock() - state.modified.at < _SETTLED:
            fresh.add(chat_id)
            result.waits[chat_id] = _FRESH
        elif grown := grown_task(logs_of_chat, task, state, arrivals, rules):
            planned.append((chat_id, grown))
    _grow([one for one in planned if one[0] not in fresh], context, facts, result)
    return fresh


def _keys_are_awaited(context: SyncContext) -> bool:
    """Whether a request may still arrive that was sent a second time under the same keys."""
    until = context.ledger.facts.sent_twice()
    return until is not None and context.clock() < until


def _candidates(logs: Logs, context: SyncContext) -> Iterator[_Candidate]:
    """Yield the windows of a chat that have queued messages and a Task."""
    policy, chat_id = context.policy, logs.chat.id
    if not policy.grows(is_group=logs.chat.is_group):
        return
    for one in group(context.ledger.queued(chat_id), policy, context.clock()):
        if task := context.ledger.growing.latest(chat_id, one.window):
            yield _Candidate(logs, task, one.messages)


def _states(
    digests: Mapping[RecordId, bytes], context: SyncContext, facts: OrgFacts
) -> dict[RecordId, TaskState]:
    """Return how Tasks are in the org now, without deleted ones."""
    contents = _contents(digests, context, facts)
    return {
        stored.id: TaskState(stored.created, stored.modified, contents[stored.id])
        for stored in context.org.read_tasks(digests)
        if stored.id in contents and not stored.is_deleted
    }


def _contents(
    digests: Mapping[RecordId, bytes], context: SyncContext, facts: OrgFacts
) -> Mapping[RecordId, TaskContent]:
    names = tuple(one.field.name for one in facts.task_fields)
    further = names if any(map(has_further, digests.values())) else ()
    return context.org.task_contents(digests, further)


# --- Write -------------------------------------------------------------------------------------


def _grow(
    planned: Sequence[tuple[ChatId, Task]],
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
) -> None:
    grown: list[Task] = []
    tasks = {task.key: task for _, task in planned}
    sent = _intended(planned, context)
    for outcome in context.org.grow_tasks(sent, facts.key_field) if planned else ():
        # What cannot be appended any more was not sent.
        known = TaskNotSent(outcome.key) if isinstance(outcome, TaskChanged) else outcome
        context.ledger.resolve([known])
        if isinstance(outcome, TaskLogged):
            grown.append(tasks[outcome.key])
        elif isinstance(outcome, TaskRefused):
            note = f"{outcome.refusal.of('to let a Task grow')}: a further Task is written instead"
            result.notes += [note] if note not in result.notes else []
    _keep_left(grown, context, facts)


def _intended(
    planned: Iterable[tuple[ChatId, Task]], context: SyncContext, at: datetime | None = None
) -> Iterator[Task]:
    """Commit each Task as an intent right before it is sent."""
    for chat_id, task in planned:
        context.check_stop()
        context.ledger.record_intent([chat_id], [task], at or context.clock())
        yield task


def _keep_left(grown: Sequence[Task], context: SyncContext, facts: OrgFacts) -> None:
    """Keep how Tasks were left that have grown, unless somebody has changed them since."""
    digests = {one.grows.task_id: one.grows.written for one in grown if one.grows}
    states = _states(digests, context, facts) if digests else {}
    left = {
        task_id: state.modified
        for task_id, state in states.items()
        if state.modified.by == facts.user_id
        and not changed_fields(digests[task_id], state.content)
    }
    if left:
        context.ledger.growing.save_left(left)


# --- Recovery ----------------------------------------------------------------------------------


def recover_growth(
    context: SyncContext, facts: OrgFacts, unapproved: Collection[ChatId] = ()
) -> dict[ChatId, Reason]:
    """Resolve the growth of Tasks that a run left open; return the chats whose is still open.

    Of chats that are `unapproved` nothing is sent again.
    """
    ledger, now = context.ledger, context.clock()
    intents = [one for one in ledger.intents() if one.task.grows is not None]
    if not intents:
        return {}
    arrived = _resolve_found(intents, context, facts.key_field)
    again = [one for one in arrived.missing if one.chat_id not in unapproved]
    open_until = {one.chat_id: now for one in arrived.missing if one.chat_id in unapproved}
    outcomes, first = [], {one.task.key: one for one in again}
    sent = _intended(((one.chat_id, one.task) for one in again), context)
    for outcome in context.org.grow_tasks(sent, facts.key_field) if again else ():
        outcomes.append(outcome)
        if isinstance(outcome, TaskLogged):
            ledger.resolve([outcome])
    changed = [first[one.key] for one in outcomes if isinstance(one, TaskChanged)]
    late = _resolve_found(changed, context, facts.key_field)
    ledger.resolve([TaskNotSent(one.task.key) for one in late.missing])
    for outcome in outcomes:
        if isinstance(outcome, TaskInDoubt | TaskRefused | TaskNotSent):
            intent = first[outcome.key]
            open_until |= _keep_open(intent, outcome, context, now)
    grown = [first[one.key].task for one in outcomes if isinstance(one, TaskLogged)]
    _keep_left([*grown, *arrived.found, *late.found], context, facts)
    return {chat: in_doubt_until(until, context.policy) for chat, until in open_until.items()}


class _LookedUp(NamedTuple):
    """Tasks that were found by their new key, and the intents of those that were not."""

    found: Sequence[Task]
    missing: Sequence[Intent]


def _resolve_found(
    intents: Sequence[Intent], context: SyncContext, key_field: KeyField
) -> _LookedUp:
    """Look Tasks up by their new keys, and commit that those have grown that have them."""
    found = look_up(intents, context, key_field) if intents else {}
    context.ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])
    return _LookedUp(
        [one.task for one in intents if one.task.key in found],
        [one for one in intents if one.task.key not in found],
    )


def _keep_open(
    intent: Intent, outcome: TaskOutcome, context: SyncContext, now: datetime
) -> dict[ChatId, datetime]:
    """Keep the intent of a request that may still arrive; a refusal of now says nothing of it.

    Return until when nobody knows, nothing if it is known: the quarantine is over.
    """
    if isinstance(outcome, TaskInDoubt):
        return {intent.chat_id: now + context.quarantine}
    if now - intent.at >= context.quarantine:
        context.ledger.resolve([outcome])
        return {}
    context.ledger.record_intent([intent.chat_id], [intent.task], intent.at)
    return {intent.chat_id: intent.at + context.quarantine}
