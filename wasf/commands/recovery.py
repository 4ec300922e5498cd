"""What an earlier run left in doubt is settled before anything new is sent.

A run that was killed, or whose answer was lost, leaves intents: Tasks that may be in Salesforce or
not. They are looked up by their key. What is not there is sent again only if that cannot double it:
the very same Task at once where the key is unique in the org, and not before the quarantine is over
where it is not, or was not when it was sent, because a request may still be at work long after its
connection is gone. Only then may the messages go onto another Task, with another key.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from wasf.commands.batching import batches
from wasf.commands.course import Course, Post
from wasf.core.chats import ChatId
from wasf.core.records import RecordId, Task, TaskKey
from wasf.errors import PermissionMissing
from wasf.interfaces import InDoubt, KeyField, Logged, NotSent, Org, TaskOutcome
from wasf.store.ledger.facts import fields_in_use
from wasf.store.ledger.model import Intent, Ledger


def recover(post: Post, course: Course) -> dict[ChatId, datetime]:
    """Settle open intents; return the chats that still have some, and until when (UTC)."""
    names = fields_in_use(post.ledger, post.facts.key_field)
    intents = post.ledger.intents()
    if not intents:
        return {}
    found = look_up(intents, post.org, post.ledger, post.facts.key_field)
    _settle([Logged(key, task_id) for key, task_id in found.items()], intents, post, course)
    missing = [intent for intent in intents if intent.task.key not in found]
    if post.facts.key_field.is_unique and len(names) == 1:
        return _send_again(missing, post, course)
    now = post.clock()
    over = [intent.task.key for intent in missing if now - intent.at >= post.quarantine]
    post.ledger.settle([NotSent(key) for key in over])
    young = [intent for intent in missing if now - intent.at < post.quarantine]
    return {intent.chat_id: intent.at + post.quarantine for intent in young}


def look_up(
    intents: Sequence[Intent], org: Org, ledger: Ledger, key_field: KeyField
) -> dict[TaskKey, RecordId]:
    """The Tasks that are there, whichever field had their key when they were sent.

    One that `wasf undo` deleted is not: its messages may be on their way once more.
    """
    keys = [intent.task.key for intent in intents]
    found = dict(org.find_tasks(keys, key_field))
    for name in fields_in_use(ledger, key_field)[1:]:
        try:
            found |= org.find_tasks(keys, KeyField(name, is_unique=False))
        except PermissionMissing:
            raise PermissionMissing(
                f"The outcome of an earlier run is unknown, and the field {name}, in which it kept"
                " the keys of its Tasks, can no longer be seen.",
                "An administrator lets the connected user read that field of Tasks until a sync has"
                " looked there.",
            ) from None
    undone = ledger.undone(list(found.values()))
    return {key: task_id for key, task_id in found.items() if task_id not in undone}


def _send_again(intents: Sequence[Intent], post: Post, course: Course) -> dict[ChatId, datetime]:
    """Send the very same Tasks.

    That Salesforce refused one now, or never saw it, says nothing of the first request: until the
    quarantine is over that one may still arrive, while the messages stand on another Task.
    """
    now = post.clock()
    first = {intent.task.key: intent for intent in intents}
    in_doubt: dict[ChatId, datetime] = {}
    for outcomes in post.org.log_tasks(_intended_anew(intents, post, now), post.facts.key_field):
        _settle([o for o in outcomes if _is_known(o, first, post, now)], intents, post, course)
        for outcome in outcomes:
            intent = first[outcome.key]
            if isinstance(outcome, InDoubt):
                in_doubt[intent.chat_id] = now + post.quarantine
            elif not _is_known(outcome, first, post, now):
                post.ledger.intend([intent.chat_id], [intent.task], intent.at)
                in_doubt[intent.chat_id] = intent.at + post.quarantine
    return in_doubt


def _intended_anew(
    intents: Sequence[Intent], post: Post, now: datetime
) -> Iterator[Sequence[Task]]:
    for batch in batches(intents):
        tasks = [intent.task for intent in batch]
        post.ledger.intend([intent.chat_id for intent in batch], tasks, now)
        yield tasks


def _is_known(
    outcome: TaskOutcome, first: Mapping[TaskKey, Intent], post: Post, now: datetime
) -> bool:
    return isinstance(outcome, Logged) or (
        not isinstance(outcome, InDoubt) and now - first[outcome.key].at >= post.quarantine
    )


def _settle(
    outcomes: Sequence[TaskOutcome], intents: Sequence[Intent], post: Post, course: Course
) -> None:
    """Note outcomes; a Task counts in the run that learns of it, since no other told of it."""
    post.ledger.settle(outcomes)
    chats = {intent.task.key: intent.chat_id for intent in intents}
    for outcome in outcomes:
        if isinstance(outcome, Logged):
            chat_id = chats[outcome.key]
            course.tasks_created += 1
            course.tasks[chat_id] = course.tasks.get(chat_id, 0) + 1
