"""Tasks that are in Salesforce: those that are moved (X1), that grow (T3a), that are twice (X3).

`chat_move` holds the records that a chat is moved away from, until nothing of the chat that could
be moved is left there. `moved_task` holds each Task that is about to be moved, and when and by whom
it was modified last as the move left it: a later change by people is told by that, and by the
digests of what was written (W5).

The ledger has no text of what is logged, but it has the messages of a Task with their times, its
key and the digest of its content. The key is made of the messages, so it tells whether the rows are
all of them: a Task that holds messages of another window, or parts of one, does not grow.

What two chats of one person logged has a key in each of them. Such messages are equal in minute,
side, kind and digest. Two chats are one person's if they have the same record, or if they were
joined: a join notes what both had logged.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from wasf.core.chats import ChatId
from wasf.core.keys import minute_at, task_key
from wasf.core.records import Growth, MessageKey, RecordId, Task, Trace
from wasf.core.tasks import GrowingTask
from wasf.core.windows import Window
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import from_micros, pack_task_id, to_micros, unpack_task_id
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.messages import THIS_RUN

_OWN_TASKS = "SELECT task_id FROM logged WHERE chat = ? AND task_id != ''"
_FURTHER_TASKS = """
    SELECT task_id FROM logged_task
    WHERE task_id != '' AND message IN (SELECT key FROM logged WHERE chat = :chat)
    UNION SELECT task_id FROM logged_task
    WHERE task_id != '' AND message IN (SELECT key FROM queue WHERE chat = :chat)"""

_FEW = 2000  # Tasks that are looked up; for more all are read


class LoggedCopy(NamedTuple):
    """A logged message with its Task; `is_alone` if the Task holds this message and no other."""

    chat_id: ChatId
    minute: int
    key: MessageKey
    task_id: RecordId
    is_alone: bool


class EqualMessages(NamedTuple):
    """Messages of one person that are equal in minute, side, kind and digest.

    `copies` has those of each chat that they came from, in order. Without `has_text` the kind of
    message has no digest, and the texts may differ.
    """

    has_text: bool
    copies: tuple[tuple[LoggedCopy, ...], ...]


class TaskMove(NamedTuple):
    """What is known of a Task that was moved to another record.

    `to_id` is set while the outcome of a move is not known. `left` is when and by whom the Task was
    modified last, as the latest finished move left it; None if none has finished.
    """

    to_id: RecordId | None
    left: Trace | None


class Moves(LedgerPart):
    """The moves of one ledger; every method that changes something is one transaction."""

    def tasks_of_chat(self, chat_id: ChatId) -> list[RecordId]:
        """Return the Tasks that hold messages of a chat, each once, in the order of their ids."""
        chat = chat_number(self._db, chat_id)
        own = {unpack_task_id(task_id) for (task_id,) in self._db.rows(_OWN_TASKS, (chat,))}
        further = {RecordId(one) for (one,) in self._db.rows(_FURTHER_TASKS, {"chat": chat})}
        asking = self._db.rows(
            "SELECT task_id FROM answer_task WHERE chat = ? AND is_open = TRUE", (chat,)
        )
        return sorted(own | further | {RecordId(one) for (one,) in asking})

    def begin_move(self, chat_id: ChatId, from_ids: Iterable[RecordId]) -> None:
        """Commit from which records the Tasks of a chat are being moved away."""
        with self._db.transaction():
            chat = chat_number(self._db, chat_id)
            self._db.run_many(
                "INSERT INTO chat_move VALUES (?, ?) ON CONFLICT (chat, from_id) DO NOTHING",
                ((chat, from_id) for from_id in from_ids),
            )

    def begun_moves(self, chat_id: ChatId) -> list[RecordId]:
        """Return the records from which the Tasks of a chat are being moved away."""
        rows = self._db.rows(
            "SELECT from_id FROM chat_move WHERE chat = ? ORDER BY from_id",
            (chat_number(self._db, chat_id),),
        )
        return [RecordId(from_id) for (from_id,) in rows]

    def chats_being_moved(self) -> list[ChatId]:
        """Return the chats of which the Tasks are being moved away from some record."""
        rows = self._db.rows(
            "SELECT id FROM chat WHERE number IN (SELECT chat FROM chat_move) ORDER BY number"
        )
        return [ChatId(chat) for (chat,) in rows]

    def end_moves(self, chat_id: ChatId, from_ids: Iterable[RecordId]) -> None:
        """Commit that there is nothing left to do for these records."""
        with self._db.transaction():
            chat = chat_number(self._db, chat_id)
            self._db.run_many(
                "DELETE FROM chat_move WHERE chat = ? AND from_id = ?",
                ((chat, from_id) for from_id in from_ids),
            )

    def record_move_intent(self, task_ids: Iterable[RecordId], to_id: RecordId) -> None:
        """Commit that these Tasks are about to be moved; what an earlier move left stays known."""
        with self._db.transaction():
            self._db.run_many(
                """INSERT INTO moved_task (task_id, to_id) VALUES (?, ?)
                   ON CONFLICT (task_id) DO UPDATE SET to_id = excluded.to_id""",
                ((pack_task_id(task_id), to_id) for task_id in task_ids),
            )

    def resolve_moves(self, outcomes: Mapping[RecordId, Trace | None]) -> None:
        """Commit the outcomes: how Salesforce has each Task after it, None for one not moved."""
        with self._db.transaction():
            self._db.run_many(
                """UPDATE moved_task SET to_id = '', modified_at = ?, modified_by = ?
                   WHERE task_id = ?""",
                (
                    (to_micros(left.at), left.by, pack_task_id(task_id))
                    for task_id, left in outcomes.items()
                    if left is not None
                ),
            )
            not_moved = [
                pack_task_id(task_id) for task_id, left in outcomes.items() if left is None
            ]
            self._db.run_many(
                "UPDATE moved_task SET to_id = '' WHERE task_id = ?", ((one,) for one in not_moved)
            )
            self._db.run_many(
                "DELETE FROM moved_task WHERE task_id = ? AND modified_at IS NULL",
                ((one,) for one in not_moved),
            )

    def task_moves(self, task_ids: Collection[RecordId]) -> dict[RecordId, TaskMove]:
        """Return what is known of the moves of these Tasks; those that never moved are left out."""
        rows = self._db.rows_among(
            "SELECT task_id, to_id, modified_at, modified_by FROM moved_task WHERE task_id IN (*)",
            map(pack_task_id, task_ids),
        )
        return {
            unpack_task_id(task_id): TaskMove(
                RecordId(to_id) if to_id else None,
                None if at is None else Trace(from_micros(at), by),
            )
            for task_id, to_id, at, by in rows
        }

    def written_digests(self, task_ids: Collection[RecordId]) -> dict[RecordId, bytes]:
        """Return the digests of what was written into these Tasks, where they are known."""
        wanted = {pack_task_id(task_id) for task_id in task_ids}
        asked = "SELECT task_id, written FROM logged WHERE written IS NOT NULL"
        own = (
            self._db.rows_among(f"{asked} AND task_id IN (*)", wanted)
            if len(wanted) <= _FEW
            else self._db.stream(asked)
        )
        further = self._db.rows_among(
            "SELECT task_id, written FROM logged_task WHERE written IS NOT NULL AND task_id IN (*)",
            task_ids,
        )
        found = {unpack_task_id(task_id): digest for task_id, digest in own if task_id in wanted}
        return found | {RecordId(task_id): digest for task_id, digest in further}


# --- Tasks that grow -----------------------------------------------------------------------------


class GrowingTasks(LedgerPart):
    """The Tasks of one ledger that may grow; what changes something is one transaction."""

    def latest(self, chat_id: ChatId, window: Window) -> GrowingTask | None:
        """Return the latest Task of a chat's window, None if there is none that may grow."""
        chat = chat_number(self._db, chat_id)
        rows = [
            row
            for row in self._db.rows(
                """SELECT minute * 60 + coalesce(second, 0), arrival, key, task_id, written
                   FROM logged WHERE chat = ? AND minute BETWEEN ? AND ? ORDER BY 1, 2""",
                (chat, minute_at(window.start), minute_at(window.end)),
            )
            if window.start <= _moment(row) < window.end
        ]
        arrived = [row for row in rows if row[1] is not None]
        packed = max(arrived, key=lambda row: row[1])[3] if arrived else None
        task_id = unpack_task_id(packed) if packed else RecordId("")
        if not task_id:
            return None
        return self._growing(task_id, [row for row in rows if row[3] == packed])

    def _growing(self, task_id: RecordId, rows: Sequence[Row]) -> GrowingTask | None:
        messages = tuple((MessageKey(row[2]), _moment(row)) for row in rows)
        keys = [key for key, _ in messages]
        stored = self._db.rows(
            "SELECT task_key, written FROM logged_task WHERE task_id = ?", (task_id,)
        )
        others = self._db.rows_among("SELECT task_id FROM logged_task WHERE message IN (*)", keys)
        is_one_of_several = any(one != task_id for (one,) in others)
        if is_one_of_several or len(stored) > 1 or (len(keys) > 1 and not stored):
            return None
        key, written = stored[0] if stored else (task_key(keys), rows[0][4])
        is_whole = key == task_key(keys) and written
        return GrowingTask(task_id, messages, bytes(written)) if is_whole else None

    def save_left(self, left: Mapping[RecordId, Trace]) -> None:
        """Commit when and by whom these Tasks were modified last, as they were left."""
        with self._db.transaction():
            self._db.run_many(
                """INSERT INTO moved_task (task_id, modified_at, modified_by) VALUES (?, ?, ?)
                   ON CONFLICT (task_id) DO UPDATE SET modified_at = excluded.modified_at,
                                                       modified_by = excluded.modified_by""",
                ((pack_task_id(one), to_micros(trace.at), trace.by) for one, trace in left.items()),
            )


def _moment(row: Row) -> datetime:
    return datetime.fromtimestamp(row[0], UTC)


def store_grown(db: Database, chat: int, task: Task, grows: Growth) -> None:
    """Store that a Task of a chat has grown: it has another key, and all of it is this run's.

    How it was left before does not count any more.
    """
    packed = pack_task_id(grows.task_id)
    db.run("DELETE FROM logged_task WHERE task_id = ? AND task_key <> ?", (grows.task_id, task.key))
    db.run(
        f"""UPDATE logged SET run = {THIS_RUN}, written = NULL
            WHERE chat = ? AND minute >= ? AND task_id = ?""",  # noqa: S608 - a constant
        (chat, minute_at(grows.since), packed),
    )
    db.run("DELETE FROM moved_task WHERE task_id = ? AND to_id = ''", (packed,))


# --- Messages that two chats logged --------------------------------------------------------------

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


class Doubles(LedgerPart):
    """What is logged twice by one ledger; what changes something is one transaction."""

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
