"""Messages of one person that two chats logged, each under a key of its own (X3).

They are equal in minute, side, kind and digest. Two chats are one person's if they have the same
record, or if they were joined: then their keys tell which chat each message came from.
"""

from collections.abc import Mapping, Sequence, Set
from itertools import groupby
from operator import itemgetter

from wasf.core.chats import ChatId
from wasf.core.keys import split_by_chat
from wasf.core.records import MessageKey
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.database import Database, Row
from wasf.store.ledger.encoding import minute_of, pack_task_id, unpack_task_id
from wasf.store.ledger.model import EqualMessages, LoggedCopy

_PERSON = "coalesce(chat.record_id, chat.number)"

_EQUAL = f"""
    WITH equal AS (
        SELECT {_PERSON} AS person, minute, outgoing, kind, digest
        FROM logged JOIN chat ON chat.number = logged.chat
        WHERE minute != 0 AND chat.forgotten = 0
        GROUP BY person, minute, outgoing, kind, digest HAVING count(*) > 1)
    SELECT person, equal.minute, equal.outgoing, equal.kind, equal.digest, chat.id, key, task_id
    FROM equal JOIN chat ON {_PERSON} = person JOIN logged
         ON logged.chat = chat.number AND logged.minute = equal.minute
        AND logged.outgoing = equal.outgoing AND logged.kind = equal.kind
        AND logged.digest = equal.digest
    ORDER BY 1, 2, 3, 4, 5, chat.number, key"""  # noqa: S608 - our own words

_WAITING = "SELECT id, sent_at, key FROM queue JOIN chat ON chat.number = queue.chat"


def equal_messages(db: Database) -> list[EqualMessages]:
    """Return the messages that two or more chats of one person logged."""
    rows = db.rows(_EQUAL)
    if not rows:
        return []
    origins, not_alone = _origins(db, rows), _not_alone(db)
    groups = (list(some) for _, some in groupby(rows, itemgetter(0, 1, 2, 3, 4)))
    found = (EqualMessages(bool(some[0][4]), _copies(some, origins, not_alone)) for some in groups)
    return [one for one in found if len(one.copies) > 1]


def _origins(db: Database, rows: Sequence[Row]) -> dict[bytes, tuple[bytes, int]]:
    """Return for each key the first key that it is made of, and how many are before it.

    Keys of waiting and of undone messages count as well: the first one may be among them.
    """
    keys: dict[tuple[str, int], list[MessageKey]] = {}
    for row in rows:
        keys.setdefault((row[5], row[1]), []).append(row[6])
    for chat_id, sent_at, key in db.stream(_WAITING):
        if (place := (chat_id, minute_of(sent_at))) in keys:
            keys[place].append(key)
    chains = (chain for some in keys.values() for chain in split_by_chat(some))
    return {key: (chain[0], n) for chain in chains for n, key in enumerate(chain)}


def _not_alone(db: Database) -> set[object]:
    """Return the ids of Tasks that hold several messages, and the keys of messages in parts.

    A logged message has the id of its first part; each further part has a row of its own.
    """
    return {value for row in db.rows("SELECT task_id, message FROM logged_task") for value in row}


def _copies(
    rows: Sequence[Row], origins: Mapping[bytes, tuple[bytes, int]], not_alone: Set[object]
) -> tuple[tuple[LoggedCopy, ...], ...]:
    """Return equal messages by the chat that each came from, without those that have no Task."""
    chats: dict[tuple[str, bytes], list[LoggedCopy]] = {}
    for row in sorted(rows, key=lambda row: origins[row[6]][1]):
        chat_id, minute, key = ChatId(row[5]), row[1], MessageKey(row[6])
        if task_id := unpack_task_id(row[7]):
            is_alone = not_alone.isdisjoint((key, task_id))
            copy = LoggedCopy(chat_id, minute, key, task_id, is_alone)
            chats.setdefault((chat_id, origins[key][0]), []).append(copy)
    return tuple(tuple(some) for some in chats.values())


def mark_removed(db: Database, copies: Sequence[LoggedCopy]) -> None:
    """Store that the Tasks of these messages are gone: another Task holds each message.

    The messages stay logged, so that no sync logs them again, and belong to no run any more.
    """
    db.run_many(
        "UPDATE logged SET run = 0, task_id = '' "
        "WHERE chat = ? AND minute = ? AND key = ? AND task_id = ?",
        (
            (chat_number(db, one.chat_id), one.minute, one.key, pack_task_id(one.task_id))
            for one in copies
        ),
    )
    db.run_many("DELETE FROM pending_file WHERE task_id = ?", ((one.task_id,) for one in copies))
