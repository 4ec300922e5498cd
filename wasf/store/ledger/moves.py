"""Moves of a chat's Tasks to another record (X1), and how wasf left Tasks.

`chat_move` holds the records that a chat is moved away from, until nothing of the chat that could
be moved is left there. `moved_task` holds each Task that is about to be moved, and when and by whom
it was modified last as the move left it: a later change by people is told by that, and by the
digests of what was written (W5).
"""

from collections.abc import Collection, Iterable, Mapping

from wasf.core.chats import ChatId
from wasf.core.records import RecordId, Trace
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import from_micros, pack_task_id, to_micros, unpack_task_id
from wasf.store.ledger.database import LedgerPart
from wasf.store.ledger.model import TaskMove

_OWN_TASKS = "SELECT task_id FROM logged WHERE chat = ? AND task_id != ''"
_FURTHER_TASKS = """
    SELECT task_id FROM logged_task
    WHERE task_id != '' AND message IN (SELECT key FROM logged WHERE chat = :chat)
    UNION SELECT task_id FROM logged_task
    WHERE task_id != '' AND message IN (SELECT key FROM queue WHERE chat = :chat)"""

_FEW = 2000  # Tasks that are looked up; for more all are read


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
