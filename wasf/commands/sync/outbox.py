"""Tasks go out in batches: committed as intents before they are sent, settled after the answer.

A run that dies anywhere leaves nothing that a later run cannot find out (`commands.recovery`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from datetime import datetime
from typing import Final, NamedTuple, Protocol, TypeVar, assert_never

from wasf.commands.sync.run import Reason, SyncContext, SyncResult, refused_by_salesforce
from wasf.core.chats import ChatId
from wasf.core.plan import Logs
from wasf.core.policy import SyncPolicy
from wasf.core.records import RecordId, Task, TaskKey
from wasf.core.tasks import NOTHING_TORN, tasks_of
from wasf.errors import PermissionMissing
from wasf.interfaces import (
    KeyField,
    Org,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.store.ledger.facts import fields_in_use
from wasf.store.ledger.model import Intent, Ledger

# --- batching
# How many records are sent to Salesforce at once, and which of them stay together.


AT_ONCE: Final = 200
"""What Salesforce takes in one request."""


class Unit(Protocol):
    """Tasks that are written, or taken back, together or not at all."""

    @property
    def tasks(self) -> Sized:
        """All of them."""
        ...


_T = TypeVar("_T")
_U = TypeVar("_U", bound=Unit)


def batches(records: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Slices that can be sent at once."""
    return (records[start : start + AT_ONCE] for start in range(0, len(records), AT_ONCE))


def parcels(units: Iterable[_U], most: int = AT_ONCE) -> Iterator[list[_U]]:
    """Whole units, together at most so many Tasks unless one alone has more."""
    parcel: list[_U] = []
    size = 0
    for unit in units:
        if parcel and size + len(unit.tasks) > most:
            yield parcel
            parcel, size = [], 0
        parcel.append(unit)
        size += len(unit.tasks)
    if parcel:
        yield parcel


# --- tasks


class _Unit(NamedTuple):
    """Tasks that belong together: a message's parts, or one for each participant of a group.

    They are intended at once, so that a message is never half forgotten.
    """

    chat_id: ChatId
    tasks: tuple[Task, ...]


def log_messages(logs: Sequence[Logs], post: SyncContext, course: SyncResult) -> None:
    """Log the queued messages of these chats, window by window."""
    for logged in logs:
        course.targets[logged.chat.id] = logged.targets[0]
    sizes: dict[str, int] = {}
    chats: dict[str, ChatId] = {}
    batches = _intended_batches(_units(logs, post, course), post, chats, sizes)
    for outcomes in post.org.log_tasks(batches, post.facts.key_field):
        post.ledger.resolve(outcomes)
        _count(outcomes, chats, sizes, post, course)


def _units(logs: Sequence[Logs], post: SyncContext, course: SyncResult) -> Iterator[_Unit]:
    for logged in logs:
        chat_id = logged.chat.id
        arrivals = post.ledger.queued(chat_id)
        partially_logged = (
            post.ledger.partially_logged(chat_id) if logged.chat.is_group else NOTHING_TORN
        )
        now = post.clock()
        for tasks in tasks_of(
            logged, arrivals, post.rules, post.task_status, now, partially_logged
        ):
            if isinstance(tasks, datetime):
                course.why[chat_id] = waits_for_window(tasks, post.rules)
                continue
            may_be_there = len(tasks) > 1 or logged.chat.is_group
            left = _unlogged(tasks, post.ledger) if may_be_there else tasks
            if left:
                yield _Unit(chat_id, left)
            else:
                _settle_there(_Unit(chat_id, tasks), post)


def waits_for_window(end: datetime, rules: SyncPolicy) -> Reason:
    """Why messages of an open window wait: until it ends (UTC)."""
    local = end.astimezone(rules.zone)
    return Reason(
        f"its window is open until {local:%Y-%m-%d %H:%M}",
        "logged by the first sync after that; to log it now: wasf sync --flush",
    )


def _unlogged(tasks: tuple[Task, ...], ledger: Ledger) -> tuple[Task, ...]:
    logged = ledger.logged_parts([task.key for task in tasks])
    return tuple(task for task in tasks if task.key not in logged)


def _settle_there(unit: _Unit, post: SyncContext) -> None:
    """Nothing is left to send: what an earlier run could not write has no record any more."""
    post.ledger.record_intent([unit.chat_id] * len(unit.tasks), unit.tasks, post.clock())
    found = post.org.find_tasks([task.key for task in unit.tasks], post.facts.key_field)
    post.ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])


def _intended_batches(
    units: Iterator[_Unit], post: SyncContext, chats: dict[str, ChatId], sizes: dict[str, int]
) -> Iterator[Sequence[Task]]:
    """Commit units as intents, then hand their Tasks out in batches of at most 200."""
    for parcel in parcels(units):
        post.check_stop()
        tasks = [task for unit in parcel for task in unit.tasks]
        chat_ids = [unit.chat_id for unit in parcel for _ in unit.tasks]
        post.ledger.record_intent(chat_ids, tasks, post.clock())
        chats.update((task.key, chat) for task, chat in zip(tasks, chat_ids, strict=True))
        sizes.update((task.key, len(task.messages)) for task in tasks)
        yield from batches(tasks)


def _count(
    outcomes: Sequence[TaskOutcome],
    chats: dict[str, ChatId],
    sizes: dict[str, int],
    post: SyncContext,
    course: SyncResult,
) -> None:
    messages = logged = 0
    for outcome in outcomes:
        chat_id = chats.pop(outcome.key)
        size = sizes.pop(outcome.key)
        match outcome:
            case TaskLogged():
                logged += 1
                messages += size
                course.tasks[chat_id] = course.tasks.get(chat_id, 0) + 1
            case TaskRefused(_, code, fields):
                course.refused += 1
                course.why[chat_id] = Reason(refused_by_salesforce("the Task", code, fields))
            case TaskInDoubt():
                course.why[chat_id] = Reason("nobody knows yet whether Salesforce took it")
            case TaskNotSent():
                course.why[chat_id] = Reason("the run ended before it was sent")
            case _:
                assert_never(outcome)
    course.tasks_created += logged
    post.progress.wrote(messages, logged)


# --- recovery
# What an earlier run left in doubt is settled before anything new is sent.
#
# A run that was killed, or whose answer was lost, leaves intents: Tasks that may be in Salesforce
# or not. They are looked up by their key. What is not there is sent again only if that cannot
# double it: the very same Task at once where the key is unique in the org, and not before the
# quarantine is over where it is not, or was not when it was sent, because a request may still be
# at work long after its connection is gone. Only then may the messages go
# onto another Task, with another key.


def recover(post: SyncContext, course: SyncResult) -> dict[ChatId, datetime]:
    """Settle open intents; return the chats that still have some, and until when (UTC)."""
    names = fields_in_use(post.ledger, post.facts.key_field)
    intents = post.ledger.intents()
    if not intents:
        return {}
    found = look_up(intents, post.org, post.ledger, post.facts.key_field)
    _settle([TaskLogged(key, task_id) for key, task_id in found.items()], intents, post, course)
    missing = [intent for intent in intents if intent.task.key not in found]
    if post.facts.key_field.is_unique and len(names) == 1:
        return _send_again(missing, post, course)
    now = post.clock()
    over = [intent.task.key for intent in missing if now - intent.at >= post.quarantine]
    post.ledger.resolve([TaskNotSent(key) for key in over])
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


def _send_again(
    intents: Sequence[Intent], post: SyncContext, course: SyncResult
) -> dict[ChatId, datetime]:
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
            if isinstance(outcome, TaskInDoubt):
                in_doubt[intent.chat_id] = now + post.quarantine
            elif not _is_known(outcome, first, post, now):
                post.ledger.record_intent([intent.chat_id], [intent.task], intent.at)
                in_doubt[intent.chat_id] = intent.at + post.quarantine
    return in_doubt


def _intended_anew(
    intents: Sequence[Intent], post: SyncContext, now: datetime
) -> Iterator[Sequence[Task]]:
    for batch in batches(intents):
        tasks = [intent.task for intent in batch]
        post.ledger.record_intent([intent.chat_id for intent in batch], tasks, now)
        yield tasks


def _is_known(
    outcome: TaskOutcome, first: Mapping[TaskKey, Intent], post: SyncContext, now: datetime
) -> bool:
    return isinstance(outcome, TaskLogged) or (
        not isinstance(outcome, TaskInDoubt) and now - first[outcome.key].at >= post.quarantine
    )


def _settle(
    outcomes: Sequence[TaskOutcome],
    intents: Sequence[Intent],
    post: SyncContext,
    course: SyncResult,
) -> None:
    """Note outcomes; a Task counts in the run that learns of it, since no other told of it."""
    post.ledger.resolve(outcomes)
    chats = {intent.task.key: intent.chat_id for intent in intents}
    for outcome in outcomes:
        if isinstance(outcome, TaskLogged):
            chat_id = chats[outcome.key]
            course.tasks_created += 1
            course.tasks[chat_id] = course.tasks.get(chat_id, 0) + 1
