"""Messages of one person that two chats logged, each under a key of its own (X3).

They are equal in minute, side, kind and digest. Two chats are one person's if they have the same
record, or if they were joined: a join notes what both had logged.
"""

from collections.abc import Sequence, Set
from itertools import groupby
from operator import itemgetter

from wasf.core.chats import ChatId
from wasf.core.records import MessageKey
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import pack_task_id, unpack_task_id
from wasf.store.ledger.database import Database, Row
from wasf.store.ledger.model import EqualMessages, LoggedCopy

_EQUAL = """
    WITH equal AS (
        SELECT record_id, minute, outgoing, kind, digest
        FROM logged JOIN chat ON chat.number = logged.chat
        WHERE minute != 0 AND NOT chat.forgotten AND record_id IS NOT NULL
        GROUP BY record_id, minute, outgoing, kind, digest
        HAVING count(DISTINCT chat.number) > 1)
    SELECT record_id, equal.minute, equal.outgoing, equal.kind, equal.digest, chat.id, key, task_id
    FROM equal JOIN chat USING (record_id) JOIN logged
         ON logged.chat = chat.number AND logged.minute = equal.minute
        AND logged.outgoing = equal.outgoing AND logged.kind = equal.kind
        AND logged.digest = equal.digest
    ORDER BY 1, 2, 3, 4, 5, chat.number, key"""

_IN_JOINED = """
    SELECT chat.id, logged.minute, logged.digest, logged.key, logged.task_id, twin.key, twin.task_id
    FROM logged_twice AS twice JOIN chat ON chat.number = twice.chat
    JOIN logged ON logged.chat = twice.chat AND logged.minute = twice.minute
        AND logged.key = twice.key
    JOIN logged AS twin ON twin.chat = twice.chat AND twin.minute = twice.minute
        AND twin.key = twice.other
    WHERE NOT chat.forgotten ORDER BY twice.chat, twice.minute, twice.key"""


class Doubles:
    """What is logged twice by one ledger; what changes something is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def equal_messages(self) -> Sequence[EqualMessages]:
        """Return the messages that two or more chats of one person logged."""
        rows, joined = self._db.rows(_EQUAL), self._db.rows(_IN_JOINED)
        if not rows and not joined:
            return []
        not_alone = self._not_alone()
        groups = (list(some) for _, some in groupby(rows, itemgetter(0, 1, 2, 3, 4)))
        found = [EqualMessages(bool(some[0][4]), _copies(some, not_alone)) for some in groups]
        found += [_pair(row, not_alone) for row in joined]
        return [one for one in found if len(one.copies) > 1]

    def _not_alone(self) -> set[object]:
        """Return the ids of Tasks that hold several messages, and the keys of messages in parts.

        A logged message has the id of its first part; each further part has a row of its own.
        """
        rows = self._db.rows("SELECT task_id, message FROM logged_task")
        return {value for row in rows for value in row}

    def mark_removed(self, copies: Sequence[LoggedCopy]) -> None:
        """Commit that the Tasks of these messages are gone: another Task holds each message.

        The messages stay logged, so that no sync logs them again, and belong to no run any more.
        """
        with self._db.transaction():
            self._db.run_many(
                "UPDATE logged SET run = 0, task_id = '', written = NULL "
                "WHERE chat = ? AND minute = ? AND key = ? AND task_id = ?",
                (
                    (chat_number(self._db, c.chat_id), c.minute, c.key, pack_task_id(c.task_id))
                    for c in copies
                ),
            )
            self._db.run_many(
                "DELETE FROM pending_file WHERE task_id = ?", ((one.task_id,) for one in copies)
            )


def _copies(rows: Sequence[Row], not_alone: Set[object]) -> tuple[tuple[LoggedCopy, ...], ...]:
    """Return equal messages by the chat that each came from, without those that have no Task."""
    copies = [copy for row in rows for copy in _copy(row[5], row[1], row[6], row[7], not_alone)]
    return tuple(tuple(some) for _, some in groupby(copies, lambda copy: copy.chat_id))


def _pair(row: Row, not_alone: Set[object]) -> EqualMessages:
    """Return a message that two chats had logged when they were joined."""
    chat_id, minute, digest, *rest = row
    copies = (
        tuple(_copy(chat_id, minute, key, task, not_alone)) for key, task in (rest[:2], rest[2:])
    )
    return EqualMessages(bool(digest), tuple(some for some in copies if some))


def _copy(
    chat_id: str, minute: int, key: bytes, task: bytes, not_alone: Set[object]
) -> list[LoggedCopy]:
    """Return a message with its Task; nothing if it has none."""
    task_id = unpack_task_id(task)
    if not task_id:
        return []
    is_alone = not_alone.isdisjoint((key, task_id))
    return [LoggedCopy(ChatId(chat_id), minute, MessageKey(key), task_id, is_alone)]
