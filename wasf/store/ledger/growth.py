"""Tasks of windows that grow (T3a), as the ledger knows them.

The ledger has no text of what is logged, but it has the messages of a Task with their times, its
key and the digest of its content. The key is made of the messages, so it tells whether the rows are
all of them: a Task that holds messages of another window, or parts of one, does not grow.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from wasf.core.chats import ChatId
from wasf.core.keys import minute_at, task_key
from wasf.core.records import Growth, MessageKey, RecordId, Task, Trace
from wasf.core.tasks import GrowingTask
from wasf.core.windows import Window
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import pack_task_id, to_micros, unpack_task_id
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.messages import THIS_RUN


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
