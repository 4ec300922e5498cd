"""`wasf verify`: compare the ledger with the org, by the keys of Tasks (X3).

First every Task that the ledger knows is looked up in the org, deleted and archived ones included.
Then every Task in the org that has a key is looked up in the ledger. This takes about a hundred
bytes of memory for each Task. Then doubles are found: messages that two chats of one person logged.
Nothing is changed but with `remove`: it deletes the younger Task of each such pair.

The ledger tells which messages are equal in minute, side and text; Salesforce tells on which record
their Tasks are and what stands in them. Two equal messages of one chat are two messages. Of a pair
the younger Task can be removed, if it holds nothing else and nobody has touched it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from wasf.commands.sync import (
    LeftAlone,
    SyncContext,
    batches,
    delete_tasks,
    hidden_tasks,
    why_tasks_stay,
)
from wasf.core.chats import ChatId
from wasf.core.records import KnownChat, Place, RecordId, TaskKey
from wasf.core.task_text import comparable_body
from wasf.errors import ExitCode
from wasf.interfaces import KeyField, StoredTask
from wasf.store.ledger import EqualMessages, LoggedCopy, LoggedTask
from wasf.values import dataclass

_SECOND: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:(\d\d)")
_LOOKED_AT: Final = 200  # of the equal messages of a chat in one minute: no time with the square
_MIXED: Final = "it holds other messages too, or its text differs"


class Double(NamedTuple):
    """Two Tasks on one record that hold one message; `are_same`: they hold nothing else."""

    elder: RecordId
    younger: LoggedCopy
    record_id: RecordId
    are_same: bool


class _Copy(NamedTuple):
    """A message with its Task, as it is in Salesforce."""

    logged: LoggedCopy
    stored: StoredTask
    text: str
    account: str

    @property
    def age(self) -> tuple[object, ...]:
        """What sorts Tasks, the eldest first."""
        return self.stored.created.at, self.stored.id


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of doubles: the younger Tasks that are gone, and those that stay and why."""

    tasks: tuple[RecordId, ...] = ()
    left: tuple[LeftAlone, ...] = ()
    refused: int = 0


# --- Find doubles --------------------------------------------------------------------------------


def find_doubles(context: SyncContext) -> list[Double]:
    """Return the pairs of Tasks that hold one message twice, each younger Task once."""
    equal = context.ledger.doubles.equal_messages()
    ids = {one.task_id for some in equal for chat in some.copies for one in chat}
    if not ids:
        return []
    stored = {one.id: one for one in context.org.read_tasks(ids) if not one.is_deleted}
    texts = context.org.task_contents(stored)
    accounts = {one.chat.id: one.chat.whatsapp_account for one in context.ledger.chats()}
    copies = {
        one: _Copy(one, stored[one.task_id], texts[one.task_id].description, accounts[one.chat_id])
        for some in equal
        for chat in some.copies
        for one in chat
        if one.task_id in stored and one.task_id in texts
    }
    found = (double for some in equal for double in _doubles(some, copies))
    return list({one.younger.task_id: one for one in found}.values())


def _doubles(equal: EqualMessages, copies: Mapping[LoggedCopy, _Copy]) -> Iterator[Double]:
    """Yield pairs of equal messages: those of the chat with most, each with another chat's."""
    chats = [[copies[one] for one in chat if one in copies] for chat in equal.copies]
    chats = sorted((some for some in chats if some), key=lambda some: (-len(some), some[0].age))
    for others in chats[1:]:
        left = list(others)
        for copy in chats[0]:
            near = islice(left, _LOOKED_AT)
            match = next((one for one in near if _is_same(copy, one, equal.has_text)), None)
            if match is not None:
                left.remove(match)
                yield _pair(copy, match)


def _is_same(one: _Copy, other: _Copy, has_text: bool) -> bool:  # noqa: FBT001 - a fact
    """Return whether two copies are one message on one record."""
    if one.stored.who_id is None or one.stored.who_id != other.stored.who_id:
        return False
    if one.stored.id == other.stored.id:
        return False
    if one.account and other.account and one.account != other.account:
        return False  # said twice, to two WhatsApp accounts of ours
    if not (one.logged.is_alone and other.logged.is_alone):
        return has_text
    seconds = [_SECOND.match(copy.text) for copy in (one, other)]
    if all(seconds) and len({second[1] for second in seconds if second}) > 1:
        return False
    return has_text or comparable_body(one.text) == comparable_body(other.text)


def _pair(one: _Copy, other: _Copy) -> Double:
    elder, younger = sorted((one, other), key=lambda copy: copy.age)
    are_alone = one.logged.is_alone and other.logged.is_alone
    return Double(
        elder=elder.stored.id,
        younger=younger.logged,
        record_id=elder.stored.who_id or RecordId(""),
        are_same=are_alone and comparable_body(elder.text) == comparable_body(younger.text),
    )


# --- Remove doubles ------------------------------------------------------------------------------


def remove_doubles(doubles: Sequence[Double], context: SyncContext) -> Removed:
    """Delete the younger Task of each pair, unless it holds more or somebody touched it."""
    ids = [one.younger.task_id for one in doubles]
    stored = {one.id: one for one in context.org.read_tasks(ids)} if ids else {}
    there = [task for task in stored.values() if not task.is_deleted]
    reasons = why_tasks_stay(there, context)
    left: list[LeftAlone] = []
    ready: list[Double] = []
    for one in doubles:
        task = stored.get(one.younger.task_id)
        if task is None or task.is_deleted:
            continue
        if not one.are_same:
            left.append(LeftAlone("Task", task.id, _MIXED))
        elif task.id in reasons:
            left.append(LeftAlone("Task", task.id, reasons[task.id]))
        else:
            ready.append(one)
    return _delete(ready, left, context)


def _delete(ready: Sequence[Double], left: Sequence[LeftAlone], context: SyncContext) -> Removed:
    gone: list[RecordId] = []
    refused: list[LeftAlone] = []
    context.begin_change("Deleting doubles", len(ready))
    for some in batches(ready):
        context.check_stop()
        kept = delete_tasks([one.younger.task_id for one in some], context)
        refused += kept
        ids = {one.id for one in kept}
        deleted = [one.younger for one in some if one.younger.task_id not in ids]
        context.ledger.doubles.mark_removed(deleted)
        gone += [one.task_id for one in deleted]
        context.progress.done(len(some))
    return Removed(tuple(gone), (*left, *refused), len(refused))


# --- Verify --------------------------------------------------------------------------------------

_LOOKED_UP_TOGETHER: Final = 5_000  # Tasks
_TOLD_TOGETHER: Final = 500  # Tasks, at which progress is shown and a stop is heeded
_EXAMPLES: Final = 5


class TaskResult(StrEnum):
    """How a Task in the ledger compares with the org, the good results first."""

    SAME = "same"
    DELETED = "deleted"
    MOVED = "moved"
    NOT_VISIBLE = "not_visible"
    IN_DOUBT = "in_doubt"
    MISSING = "missing"
    DOUBLE = "double"
    UNKNOWN = "unknown"
    BACK = "back"

    @property
    def is_difference(self) -> bool:
        """Whether something is wrong; people may delete and move Tasks."""
        return self in _DIFFERENCES


_DIFFERENCES: Final = frozenset(
    {TaskResult.MISSING, TaskResult.DOUBLE, TaskResult.UNKNOWN, TaskResult.BACK}
)


class ResultCount(NamedTuple):
    """How many Tasks have a result, and the ids of the first few."""

    result: TaskResult
    tasks: int
    examples: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The count of every result, in order. `tasks` is how many Tasks the ledger knows.

    `doubles` are pairs of Tasks on one record that hold one message, without those `removed`.
    """

    key_field: KeyField
    tasks: int
    counts: tuple[ResultCount, ...]
    doubles: tuple[Double, ...] = ()
    removed: Removed | None = None
    dry_run: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """Whether there is a difference that people did not make on purpose."""
        if self.removed is not None and self.removed.refused:
            return ExitCode.REFUSED
        differs = any(one.tasks and one.result.is_difference for one in self.counts)
        return ExitCode.DIFFERENT if differs else ExitCode.DONE


_Found = dict[TaskResult, list[RecordId]]
_NOWHERE: Final = Place(None)


def verify(context: SyncContext, *, remove: bool = False) -> VerifyReport:
    """Compare the ledger with the org; with `remove` delete the younger Tasks of doubles."""
    org, ledger = context.org, context.ledger
    key_field = org.facts(()).key_field
    places = _places(ledger.chats())
    found: _Found = defaultdict(list)
    undone: dict[TaskKey, bool] = {}
    tasks = 0
    context.progress.step("Comparing messages", sum(known.logged for known in ledger.chats()))
    for some in _chunks(ledger.logged_tasks()):
        context.check_stop()
        context.progress.done(len(some))
        undone.update((task.key, task.is_undone) for task in some)
        expected = [task for task in some if task.task_id]
        tasks += len(expected)
        related = [one.task_id for one in expected if places.get(one.chat_id, _NOWHERE).what_id]
        relations = org.task_relations(related) if related else {}
        for task, stored in _stored(expected, key_field, context):
            _compare(task, stored, places.get(task.chat_id), relations, found)
    hidden = hidden_tasks(found[TaskResult.MISSING], context)
    found[TaskResult.NOT_VISIBLE] = [one for one in found[TaskResult.MISSING] if one in hidden]
    found[TaskResult.MISSING] = [one for one in found[TaskResult.MISSING] if one not in hidden]
    _find_others(key_field, undone, context, found)
    context.progress.step("Looking for doubles")
    doubles = find_doubles(context)
    removed = remove_doubles(doubles, context) if remove else None
    if removed is not None and not context.dry_run:
        gone = frozenset(removed.tasks)
        doubles = [one for one in doubles if one.younger.task_id not in gone]
        found[TaskResult.SAME] = [one for one in found[TaskResult.SAME] if one not in gone]
        tasks -= len(removed.tasks)
    found[TaskResult.DOUBLE] += [one.younger.task_id for one in doubles]
    counts = (ResultCount(r, len(found[r]), tuple(found[r][:_EXAMPLES])) for r in TaskResult)
    return VerifyReport(key_field, tasks, tuple(counts), tuple(doubles), removed, context.dry_run)


def _places(chats: Iterable[KnownChat]) -> dict[ChatId, Place]:
    """Return where the Tasks of chats are to be, where that is known; groups have many places."""
    return {
        one.chat.id: Place(
            one.link.record_id if one.link else None, one.related.record_id if one.related else None
        )
        for one in chats
        if (one.link or one.related) and not one.chat.is_group
    }


def _chunks(tasks: Iterator[LoggedTask]) -> Iterator[list[LoggedTask]]:
    while some := list(islice(tasks, _LOOKED_UP_TOGETHER)):
        yield some


def _stored(
    expected: Sequence[LoggedTask], key_field: KeyField, context: SyncContext
) -> Iterator[tuple[LoggedTask, Sequence[StoredTask]]]:
    """Yield each Task with those in the org that have its key, or its id.

    By its id, because its key may be in the field that was in use when it was written.
    """
    by_key = _by_key(context.org.keyed_tasks([task.key for task in expected], key_field))
    lost = [task.task_id for task in expected if task.key not in by_key]
    by_id = {task.id: [task] for task in context.org.read_tasks(lost)} if lost else {}
    for task in expected:
        yield task, by_key.get(task.key) or by_id.get(task.task_id, [])


def _by_key(stored: Iterable[StoredTask]) -> Mapping[TaskKey, list[StoredTask]]:
    found: dict[TaskKey, list[StoredTask]] = defaultdict(list)
    for task in stored:
        found[task.key].append(task)
    return found


def _compare(
    task: LoggedTask,
    stored: Sequence[StoredTask],
    place: Place | None,
    relations: Mapping[RecordId, RecordId],
    found: _Found,
) -> None:
    living = [one for one in stored if not one.is_deleted]
    if not living:
        found[TaskResult.DELETED if stored else TaskResult.MISSING].append(task.task_id)
        return
    found[TaskResult.DOUBLE] += [one.id for one in living[1:]]
    there = living[0]
    is_moved = place is not None and (
        there.who_id != place.who_id
        or (place.what_id is not None and relations.get(there.id) != place.what_id)
    )
    found[TaskResult.MOVED if is_moved else TaskResult.SAME].append(there.id)


def _find_others(
    key_field: KeyField, undone: Mapping[TaskKey, bool], context: SyncContext, found: _Found
) -> None:
    """Find the Tasks in the org that the ledger does not know, or knows as undone."""
    ledger = context.ledger
    in_doubt = {intent.task.key for intent in ledger.intents()} | ledger.jobs.keys()
    trial_lead = ledger.facts.trial_lead()
    context.progress.step("Reading the org's Tasks")
    for count, task in enumerate(context.org.all_keyed_tasks(key_field), start=1):
        if count % _TOLD_TOGETHER == 0:
            context.check_stop()
            context.progress.done(_TOLD_TOGETHER)
        if undone.get(task.key):
            found[TaskResult.BACK].append(task.id)
        if task.key in undone or (trial_lead and task.who_id == trial_lead):
            continue
        result = TaskResult.IN_DOUBT if task.key in in_doubt else TaskResult.UNKNOWN
        found[result].append(task.id)
