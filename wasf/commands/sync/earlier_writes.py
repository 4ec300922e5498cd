"""What wasf wrote before, as the org has it now: whether it arrived, and whether people changed it.

Tasks whose outcome an earlier run did not learn are looked up by their key before anything new is
sent (`recover`). A Task that is not there is sent again only where that cannot log it twice:

* at once, and exactly as it was, where the key is unique in the org;
* else after the quarantine, because a request may still be at work long after its connection is
  gone. Only then may the messages go onto another Task, which has another key.

What people changed since wasf wrote it stays: told alike by `undo`, `link` and `verify`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from wasf.commands.sync.outbox import batches, send_tasks
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.auth import UserId
from wasf.core.chats import ChatId
from wasf.core.keys import changed_fields, has_further, was_written_for
from wasf.core.policy import SyncPolicy
from wasf.core.records import RecordId, Task, TaskContent, TaskKey, record_type_of, was_touched
from wasf.core.refusals import RecordRefusal
from wasf.core.text import local_minute
from wasf.errors import PermissionMissing
from wasf.interfaces import (
    KeyField,
    OrgFacts,
    StoredLead,
    StoredTask,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
)
from wasf.store.ledger import Intent, Ledger, TaskMove

# --- Recovery ----------------------------------------------------------------------------------


def recover(
    context: SyncContext, facts: OrgFacts, result: SyncResult, unapproved: Collection[ChatId] = ()
) -> dict[ChatId, Reason]:
    """Resolve open intents of new Tasks; return the chats that still have some, and why.

    Of chats that are `unapproved` nothing is sent again, and of others no Task without a record: it
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
    again = [one for one in missing if is_unique and one.chat_id not in unapproved]
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
    for outcomes in send_tasks(_intended_again(intents, context, now), context, key_field, result):
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


# --- Whether people changed it -------------------------------------------------------------------

CHANGED: Final = "somebody changed it since"
NOT_VISIBLE: Final = "another user owns it, and it is not visible to the connected user"


class LeftAlone(NamedTuple):
    """A record that stays as it is, a `Task` or a `Lead`, and why."""

    kind: str
    id: RecordId
    reason: str


def why_tasks_stay(tasks: Sequence[StoredTask], context: SyncContext) -> dict[RecordId, str]:
    """Return why Tasks stay: people changed them since wasf wrote or moved them (W5).

    A later change by the org's automation, or by the user who wrote the Task, is no person's as
    long as every field still holds what wasf wrote. The ledger cannot tell that of a Task that was
    moved, or that an earlier wasf wrote: such a Task stays.
    """
    moves = context.ledger.moves.task_moves([task.id for task in tasks])
    touched = [task for task in tasks if is_touched(task, moves.get(task.id))]
    if not touched:
        return {}
    digests = context.ledger.moves.written_digests([task.id for task in touched])
    known = [task.id for task in touched if task.id in digests and task.id not in moves]
    contents = _contents(known, digests, context)
    others = {UserId(task.modified.by) for task in touched if task.modified.by != task.created.by}
    machines = context.org.automated_users(others) if others and contents else frozenset()
    reasons = {}
    for task in touched:
        content = contents.get(task.id)
        fields = changed_fields(digests[task.id], content) if content else []
        if fields:
            reasons[task.id] = f"{CHANGED} ({', '.join(fields)})"
        elif content is None or task.modified.by not in (task.created.by, *machines):
            reasons[task.id] = CHANGED
    return reasons


def delete_tasks(ids: Sequence[RecordId], context: SyncContext) -> list[LeftAlone]:
    """Delete Tasks; return those that Salesforce refused to delete."""
    outcomes = [one for batch in batches(ids) for one in context.org.delete_tasks(batch)]
    codes = {one.id: RecordRefusal(one.refused) for one in outcomes if one.refused}
    return [LeftAlone("Task", task, why.of("to delete it")) for task, why in codes.items()]


def _contents(
    known: Collection[RecordId], digests: Mapping[RecordId, bytes], context: SyncContext
) -> Mapping[RecordId, TaskContent]:
    """Return what stands in Tasks now, also in the fields of the setting where they had some."""
    if not known:
        return {}
    further: tuple[str, ...] = ()
    if any(has_further(digests[one]) for one in known):
        further = tuple(one.field.name for one in context.org.facts(()).task_fields)
    return context.org.task_contents(known, further)


def hidden_tasks(missing: Collection[RecordId], context: SyncContext) -> frozenset[RecordId]:
    """Return which of these Tasks, which are nowhere to be seen, wasf wrote for another user.

    They may be there, and not be visible to the connected user.
    """
    digests = context.ledger.moves.written_digests(missing) if missing else {}
    if not digests:
        return frozenset()
    user_id = context.org.facts(()).user_id
    return frozenset(one for one, digest in digests.items() if not was_written_for(digest, user_id))


def is_touched(task: StoredTask, move: TaskMove | None) -> bool:
    """Return whether a Task was changed since wasf wrote or moved it, by whomever.

    If the outcome of a move is not known, and the Task is where it was to go, then only the user
    tells whether the last change was the move.
    """
    left = (move and move.left) or task.created
    if move is not None and move.to_id and _is_on(task, move.to_id):
        return task.modified.by != left.by
    return was_touched(left, task.modified)


def _is_on(task: StoredTask, record_id: RecordId) -> bool:
    """Whether a Task may be on this record: on a person, or on no person where it is none."""
    return task.who_id == (record_id if record_type_of(record_id).is_person else None)


def why_lead_stays(
    lead: StoredLead, context: SyncContext, tasks_gone: Collection[RecordId] = ()
) -> str:
    """Return why a Lead that wasf created must not be deleted, "" if it may be.

    That wasf itself wrote its fields last (`report.fields`) is no reason.
    """
    if lead.is_touched and not _is_as_left(lead, context):
        return CHANGED
    if lead.tasks - set(tasks_gone) or lead.others:
        return "other Tasks, events, files or campaigns are on it"
    return ""


def _is_as_left(lead: StoredLead, context: SyncContext) -> bool:
    written = context.ledger.reported_records.written([lead.id]).get(lead.id)
    return written is not None and lead.modified is not None and written.left == lead.modified


def resolve_intents(context: SyncContext, chat_id: ChatId | None = None) -> int:
    """Look up the Tasks of a run that was cut off, of one chat or of all.

    Return how many are not in Salesforce, or not yet, without those that a bulk job holds.
    """
    ledger = context.ledger
    intents = [one for one in ledger.intents() if chat_id in (None, one.chat_id)]
    if not intents:
        return 0
    found = look_up(intents, context, context.org.facts(()).key_field)
    ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])
    return len(intents) - len(found)
