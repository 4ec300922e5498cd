"""Tasks that hold one message twice on one record, from two chats of one person (X3).

The ledger tells which messages are equal in minute, side and text; Salesforce tells on which record
their Tasks are and what stands in them. Two equal messages of one chat are two messages. Of a pair
the younger Task can be removed, if it holds nothing else and nobody has touched it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from wasf.commands.left_alone import LeftAlone, why_tasks_stay
from wasf.commands.sync import SyncContext, batches
from wasf.core.records import RecordId
from wasf.core.refusals import RecordRefusal
from wasf.core.task_text import comparable_body
from wasf.interfaces import StoredTask
from wasf.store.ledger import EqualMessages, LoggedCopy
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


# --- Find them ---------------------------------------------------------------------------------


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


# --- Remove them -------------------------------------------------------------------------------


def remove_doubles(doubles: Sequence[Double], context: SyncContext) -> Removed:
    """Delete the younger Task of each pair, unless it holds more or somebody touched it."""
    ids = [one.younger.task_id for one in doubles]
    stored = {one.id: one for one in context.org.read_tasks(ids)} if ids else {}
    moves = context.ledger.moves.task_moves(ids)
    there = [task for task in stored.values() if not task.is_deleted]
    reasons = why_tasks_stay(there, moves, context)
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
        outcomes = context.org.delete_tasks([one.younger.task_id for one in some])
        codes = {one.id: one.refused for one in outcomes if one.refused}
        refused += [
            LeftAlone("Task", task_id, RecordRefusal(code).of("to delete it"))
            for task_id, code in codes.items()
        ]
        deleted = [one.younger for one in some if one.younger.task_id not in codes]
        context.ledger.doubles.mark_removed(deleted)
        gone += [one.task_id for one in deleted]
        context.progress.done(len(some))
    return Removed(tuple(gone), (*left, *refused), len(refused))
