"""The outbox: sends Tasks in batches, so that no Task is lost and none is logged twice.

Each Task is committed to the ledger as an intent before it is sent, and its outcome is committed
after the answer. A run that was killed, or whose answer was lost, leaves intents: Tasks that may be
in Salesforce or not. The next run looks them up by their key before it sends anything new
(`recover`). A Task that is not there is sent again only where that cannot log it twice:

* at once, and exactly as it was, where the key is unique in the org;
* else after the quarantine, because a request may still be at work long after its connection is
  gone. Only then may the messages go onto another Task, which has another key.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final, NamedTuple, assert_never

from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.commands.sync.task_batches import batches, lanes
from wasf.core.chats import ChatId
from wasf.core.fields import UnfitValue
from wasf.core.plan import Logs
from wasf.core.policy import SyncPolicy
from wasf.core.records import RecordId, Task, TaskKey
from wasf.core.refusals import RecordRefusal, task_hint
from wasf.core.tasks import TaskRules, closed_task_status, tasks_of
from wasf.core.text import counted, local_minute
from wasf.errors import PermissionMissing
from wasf.interfaces import (
    KeyField,
    OrgFacts,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.store.ledger import Intent, Ledger

# --- Logging -----------------------------------------------------------------------------------


class Unit(NamedTuple):
    """Tasks that belong together: a message's parts, or one for each participant of a group.

    Their intents are recorded together, so that no part of a message is forgotten.
    """

    chat_id: ChatId
    tasks: tuple[Task, ...]


_LIMIT_HOLDS: Final = timedelta(days=7)
"""How long a run believes what an earlier one learned of the size of calls."""

_Sent = dict[TaskKey, tuple[ChatId, int]]
"""The chat and the number of messages of each Task that has no outcome yet."""


def log_messages(
    logs: Sequence[Logs],
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
    most: int | None = None,
) -> None:
    """Log the queued messages of these chats, window by window; only the first ones, of `most`.

    In an org that took no Task at the last sync one Task is tried first, of another chat each time.
    """
    for one in logs:
        result.targets[one.chat.id] = one.targets[0]
    sent: _Sent = {}
    tries = context.ledger.facts.stopped().tries
    if result.stopped is None:
        turn = tries % max(1, len(logs))
        units: Iterator[Iterator[Unit]]
        units = (units_of(one, context, facts, result) for one in [*logs[turn:], *logs[:turn]])
        if most is not None:
            units = iter([islice(chain.from_iterable(units), most)])
        intended = _intended(units, context, sent)
        for outcomes in _send(intended, context, facts.key_field, result):
            context.ledger.resolve(outcomes)
            count_outcomes(outcomes, sent, context, result)
    _remember_stop(result, context)
    _explain_rest(logs, context, result)
    _note_owners(facts, result)


def _send(
    tasks: Iterator[Sequence[Task]],
    context: SyncContext,
    key_field: KeyField,
    result: SyncResult,
) -> Iterator[Sequence[TaskOutcome]]:
    """Send Tasks in calls as large as the org takes, and remember how large that is (W7)."""
    now, facts = context.clock(), context.ledger.facts
    known = facts.batch_limit(since=now - _LIMIT_HOLDS)
    size, probe = known.size if known else 0, facts.stopped().tries > 0
    try:
        yield from context.org.log_tasks(tasks, key_field, size, probe=probe)
    finally:
        limit = context.org.batch_limit
        facts.save_batch_limit(limit, now)
        if limit is not None and limit.size != size:
            result.notes.append(limit.sentence)
        result.stopped = result.stopped or context.org.stopped


def _remember_stop(result: SyncResult, context: SyncContext) -> None:
    """Remember a refusal that stopped the run, and forget an earlier one after a Task was taken."""
    if result.stopped is not None or result.tasks:
        context.ledger.facts.save_stopped(result.stopped)


def _explain_rest(logs: Sequence[Logs], context: SyncContext, result: SyncResult) -> None:
    """Note why the messages wait that were not tried after a refusal stopped the run."""
    if result.stopped is None:
        return
    for one in logs:
        if next(context.ledger.queued(one.chat.id), None) is not None:
            result.waits.setdefault(one.chat.id, _not_tried(result.stopped))


def _note_owners(facts: OrgFacts, result: SyncResult) -> None:
    """Note whose Tasks are the connected user's now, because they may not own them (O3)."""
    names = {user.id: user.email for user in facts.users}
    for owner, count in result.without_access.items():
        tasks = counted(count, "Task")
        result.notes.append(
            f"{names.get(owner, owner)} may not own Tasks on some records: {tasks} written for the"
            " connected user instead. An administrator shares the records with that user"
        )
    result.without_access.clear()


def _not_tried(refusal: RecordRefusal) -> Reason:
    return Reason(f"not tried, as {refusal.of('another Task')}", task_hint(refusal))


def units_of(
    one: Logs, context: SyncContext, facts: OrgFacts, result: SyncResult
) -> Iterator[Unit]:
    """Yield what is to be logged of a chat; note until when an open window waits."""
    ledger = context.ledger
    policy = context.policy.for_chat(is_group=one.chat.is_group)
    status = closed_task_status(facts.task_statuses)
    rules = TaskRules(policy, status, facts.task_fields, facts.can_date)
    chat_id, is_group = one.chat.id, one.chat.is_group
    partly = ledger.partially_logged(chat_id) if is_group else result.together.get(chat_id, {})
    arrivals, now = ledger.queued(chat_id), context.clock()
    for tasks in tasks_of(one, arrivals, rules, now, partly):
        if isinstance(tasks, datetime):
            result.waits[chat_id] = waits_for_window(tasks, policy)
            continue
        if isinstance(tasks, UnfitValue):
            result.waits[chat_id] = Reason(tasks.reason, "wasf config set task.fields …")
            continue
        if not result.refused_tasks.isdisjoint(task.key for task in tasks):
            continue
        result.fields.setdefault(chat_id, tasks[0].fields)
        left = _unlogged(tasks, ledger) if len(tasks) > 1 or is_group else tasks
        if left:
            yield Unit(chat_id, left)
        else:
            _resolve_logged(Unit(chat_id, tasks), context, facts.key_field)


def waits_for_window(end: datetime, policy: SyncPolicy) -> Reason:
    """Return why messages of an open window wait: until it ends (UTC)."""
    return Reason(
        f"its window is open until {local_minute(end, policy.zone)}",
        "logged by the first sync after that; to log it now: wasf sync --flush",
    )


def _unlogged(tasks: tuple[Task, ...], ledger: Ledger) -> tuple[Task, ...]:
    logged = ledger.logged_parts([task.key for task in tasks])
    return tuple(task for task in tasks if task.key not in logged)


def _resolve_logged(unit: Unit, context: SyncContext, key_field: KeyField) -> None:
    """Resolve a message all of whose Tasks are logged: those that were not have no record now."""
    context.ledger.record_intent([unit.chat_id] * len(unit.tasks), unit.tasks, context.clock())
    found = context.org.find_tasks([task.key for task in unit.tasks], key_field)
    context.ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])


def _intended(
    chats: Iterator[Iterator[Unit]], context: SyncContext, sent: _Sent
) -> Iterator[Sequence[Task]]:
    """Commit units as intents, then yield their Tasks in batches as large as a call."""
    org, most = context.org, context.policy.batch_size

    def size() -> int:
        limit = org.batch_limit
        return min(limit.size, most) if limit else most

    for packed in lanes(chats, size):
        context.check_stop()
        tasks = [task for unit in packed for task in unit.tasks]
        chat_ids = [unit.chat_id for unit in packed for _ in unit.tasks]
        context.ledger.record_intent(chat_ids, tasks, context.clock())
        for task, chat_id in zip(tasks, chat_ids, strict=True):
            sent[task.key] = chat_id, len(task.messages)
        yield from batches(tasks)


def count_outcomes(
    outcomes: Sequence[TaskOutcome], sent: _Sent, context: SyncContext, result: SyncResult
) -> None:
    messages = logged = 0
    for outcome in outcomes:
        chat_id, size = sent.pop(outcome.key)
        match outcome:
            case TaskLogged():
                logged += 1
                messages += size
                result.tasks[chat_id] += 1
                if outcome.instead_of is not None:
                    result.without_access[outcome.instead_of] += 1
            case TaskRefused():
                refusal = outcome.refusal
                result.refused += 1
                result.refused_tasks.add(outcome.key)
                result.refusals[chat_id] = refusal
                result.waits[chat_id] = Reason(refusal.of("the Task"), task_hint(refusal))
            case TaskInDoubt():
                result.waits[chat_id] = Reason("nobody knows yet whether Salesforce took it")
            case TaskNotSent(_, None):
                result.waits.setdefault(chat_id, Reason("the run ended before it was sent"))
            case TaskNotSent(_, refusal):
                result.waits.setdefault(chat_id, _not_tried(refusal))
            case _:
                assert_never(outcome)
    context.progress.wrote(messages, logged)


# --- Recovery ----------------------------------------------------------------------------------


def recover(
    context: SyncContext, facts: OrgFacts, result: SyncResult, held_back: Collection[ChatId] = ()
) -> dict[ChatId, Reason]:
    """Resolve open intents of new Tasks; return the chats that still have some, and why.

    Of chats that are `held_back` nothing is sent again, and of others no Task without a record: it
    goes with a new Lead, whose id nobody knows yet.
    """
    ledger, key_field = context.ledger, facts.key_field
    names = ledger.facts.use_key_field(key_field)
    intents = [one for one in ledger.intents() if one.task.grows is None]
    if not intents:
        return {}
    found = look_up(intents, context, key_field)
    _resolve([TaskLogged(key, task_id) for key, task_id in found.items()], intents, ledger, result)
    missing = [intent for intent in intents if intent.task.key not in found]
    is_unique = key_field.is_unique and len(names) == 1
    again = [one for one in missing if is_unique and one.chat_id not in held_back]
    again = [one for one in again if one.task.record]
    sent = {one.task.key for one in again}
    rest = [one for one in missing if one.task.key not in sent]
    in_doubt = _send_again(again, context, key_field, result)
    young, unseen = _wait_out(rest, context, result)
    in_doubt |= {one.chat_id: one.at + context.quarantine for one in young}
    return {
        chat_id: in_doubt_until(until, context.policy) for chat_id, until in in_doubt.items()
    } | {one.chat_id: _UNSEEN for one in unseen}


_UNSEEN: Final = Reason(
    "Tasks may be there that belong to another user and are not visible to you, so they are not"
    " sent again",
    "An administrator lets you see that user's Tasks (View All Data, or sharing), then the next"
    " sync looks again. With a unique key field it does not happen: wasf doctor"
    " --install-key-field",
)


def in_doubt_until(until: datetime, policy: SyncPolicy) -> Reason:
    """Return why messages wait of which nobody knows whether they are in the org."""
    return Reason(
        "nobody knows yet whether Salesforce took what was sent",
        f"looked up again by the first sync after {local_minute(until, policy.zone)}",
    )


def _wait_out(
    intents: Sequence[Intent], context: SyncContext, result: SyncResult
) -> tuple[list[Intent], list[Intent]]:
    """Put back into the queue what cannot arrive any more and would be visible if it was there.

    Return the others: those whose quarantine is not over, and those that might not be visible. A
    Task that goes with a new Lead goes back all the same, as it is going to have the same key.
    """
    if not intents:
        return [], []
    now = context.clock()
    young = [intent for intent in intents if now - intent.at < context.quarantine]
    over = [intent for intent in intents if now - intent.at >= context.quarantine]
    owners = {intent.task.owner_id for intent in over if intent.task.record}
    hidden = context.org.unseen_owners(owners) if owners else frozenset()
    unseen = [one for one in over if one.task.owner_id in hidden and one.task.record]
    lost = [one for one in over if one.task.owner_id not in hidden or not one.task.record]
    for chat_id, task in ((one.chat_id, one.task) for one in lost if not one.task.record):
        marks = result.together.setdefault(chat_id, {})
        marks |= dict.fromkeys(task.messages, RecordId(task.key))
    context.ledger.resolve([TaskNotSent(one.task.key) for one in lost])
    return young, unseen


def look_up(
    intents: Sequence[Intent], context: SyncContext, key_field: KeyField
) -> dict[TaskKey, RecordId]:
    """Return the Tasks that are in the org, whichever field had their key when they were sent.

    A Task that `wasf undo` deleted is left out: its messages may be on their way once more. Raise
    `PermissionMissing` if a field that had keys cannot be read any more.
    """
    org, ledger = context.org, context.ledger
    keys = [intent.task.key for intent in intents]
    found = dict(org.find_tasks(keys, key_field))
    for name in ledger.facts.use_key_field(key_field)[1:]:
        try:
            found |= org.find_tasks(keys, KeyField(name, is_unique=False))
        except PermissionMissing:
            raise PermissionMissing(
                f"The outcome of an earlier run is unknown, and the field {name}, in which it kept"
                " the keys of its Tasks, can no longer be seen.",
                "An administrator lets the connected user read that field of Tasks until a sync has"
                " looked there.",
            ) from None
    undone = ledger.undone_tasks(list(found.values()))
    return {key: task_id for key, task_id in found.items() if task_id not in undone}


def _send_again(
    intents: Sequence[Intent], context: SyncContext, key_field: KeyField, result: SyncResult
) -> dict[ChatId, datetime]:
    """Send the very same Tasks; return the chats whose Tasks stay in doubt, and until when.

    If Salesforce refuses a Task now, or never sees it, that says nothing of the first request.
    Until the quarantine is over, that one may still arrive; so the intent stays, with its time.
    """
    now = context.clock()
    first = {intent.task.key: intent for intent in intents}
    in_doubt: dict[ChatId, datetime] = {}
    if intents:
        context.ledger.facts.save_sent_twice(now + context.quarantine)
    for outcomes in _send(_intended_again(intents, context, now), context, key_field, result):
        final = [outcome for outcome in outcomes if _is_final(outcome, first, context, now)]
        _resolve(final, intents, context.ledger, result)
        for outcome in outcomes:
            intent = first[outcome.key]
            if isinstance(outcome, TaskInDoubt):
                in_doubt[intent.chat_id] = now + context.quarantine
            elif not _is_final(outcome, first, context, now):
                context.ledger.record_intent([intent.chat_id], [intent.task], intent.at)
                in_doubt[intent.chat_id] = intent.at + context.quarantine
    return in_doubt


def _intended_again(
    intents: Sequence[Intent], context: SyncContext, now: datetime
) -> Iterator[Sequence[Task]]:
    for batch in batches(intents):
        tasks = [intent.task for intent in batch]
        context.ledger.record_intent([intent.chat_id for intent in batch], tasks, now)
        yield tasks


def _is_final(
    outcome: TaskOutcome, first: Mapping[TaskKey, Intent], context: SyncContext, now: datetime
) -> bool:
    """Whether an outcome is the Task's whatever became of the first request."""
    return isinstance(outcome, TaskLogged) or (
        not isinstance(outcome, TaskInDoubt) and now - first[outcome.key].at >= context.quarantine
    )


def _resolve(
    outcomes: Sequence[TaskOutcome],
    intents: Sequence[Intent],
    ledger: Ledger,
    result: SyncResult,
) -> None:
    """Commit outcomes; a Task counts in the run that learns of it, because no other reported it."""
    ledger.resolve(outcomes)
    chats = {intent.task.key: intent.chat_id for intent in intents}
    result.tasks.update(chats[one.key] for one in outcomes if isinstance(one, TaskLogged))
