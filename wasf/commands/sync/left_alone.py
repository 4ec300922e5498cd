"""What people changed since wasf wrote it stays: told alike by `undo`, `link` and `verify`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from wasf.commands.sync.outbox import look_up
from wasf.commands.sync.run import SyncContext
from wasf.core.auth import UserId
from wasf.core.chats import ChatId
from wasf.core.keys import changed_fields, has_further, was_written_for
from wasf.core.records import RecordId, TaskContent, record_type_of, was_touched
from wasf.interfaces import StoredLead, StoredTask, TaskLogged
from wasf.store.ledger import TaskMove

CHANGED: Final = "somebody changed it since"
NOT_VISIBLE: Final = "another user owns it, and it is not visible to the connected user"


class LeftAlone(NamedTuple):
    """A record that stays as it is, a `Task` or a `Lead`, and why."""

    kind: str
    id: RecordId
    reason: str


def why_tasks_stay(
    tasks: Sequence[StoredTask], moves: Mapping[RecordId, TaskMove], context: SyncContext
) -> dict[RecordId, str]:
    """Return why Tasks stay: people changed them since wasf wrote or moved them (W5).

    A later change by the org's automation, or by the user who wrote the Task, is no person's as
    long as every field still holds what wasf wrote. The ledger cannot tell that of a Task that was
    moved, or that an earlier wasf wrote: such a Task stays.
    """
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

    Return how many are not in Salesforce, or not yet, but those that a bulk job holds.
    """
    ledger = context.ledger
    intents = [one for one in ledger.intents() if chat_id in (None, one.chat_id)]
    if not intents:
        return 0
    found = look_up(intents, context, context.org.facts(()).key_field)
    ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])
    return len(intents) - len(found)
