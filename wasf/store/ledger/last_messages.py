"""What the fields of `report.fields` are to tell of each record, and what was written last.

A record is due from the moment when something of its chats changes until its fields were compared
with what the ledger knows then. So a run that is cut off leaves nothing out. While the setting is
off nothing is due, and when it is turned on all records of chats are.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from wasf.core.chats import NO_MESSAGES, ChatId, LastMessages, last_messages
from wasf.core.records import RecordId, Trace
from wasf.store.ledger.codec import from_micros, to_micros
from wasf.store.ledger.database import Database, LedgerPart
from wasf.store.ledger.facts import read_fact, turn_fact, write_fact

REPORT_RECORD_TABLE = """
    CREATE TABLE report_record (
        record_id TEXT PRIMARY KEY NOT NULL,
        is_due BOOLEAN NOT NULL DEFAULT TRUE,
        from_them BIGINT,
        from_us BIGINT,
        unanswered BIGINT,
        modified_at BIGINT,
        modified_by TEXT NOT NULL DEFAULT ''
    )"""
"""The table in both engines. `modified_*`: how our write left a Lead that a run created."""

_IS_ON = "report-fields"
_IN_DOUBT = "report-fields-in-doubt"
_DUE = """
    INSERT INTO report_record (record_id) VALUES (?)
    ON CONFLICT (record_id) DO UPDATE SET is_due = TRUE"""
LATEST_FIRST = """
    SELECT minute * 60 + coalesce(second, 0) AS at, coalesce(arrival, 0) AS arrival, outgoing, key
    FROM logged WHERE chat = :chat AND minute <> 0
        AND NOT EXISTS (SELECT 1 FROM undone_message AS undone
                        WHERE undone.chat = logged.chat AND undone.key = logged.key)
    UNION ALL
    SELECT sent_at / 1000000, body, outgoing, key FROM queue WHERE chat = :chat AND :queued = 1
    ORDER BY at DESC, arrival DESC, outgoing DESC"""
"""The messages of a chat without undone ones; with queued ones if `queued` is 1."""


class WrittenFields(NamedTuple):
    """What the fields of a record were last made to tell.

    `left` is how a Lead that wasf created, and that nobody had touched, was left by that.
    `is_due`: that may not be right any more.
    """

    last: LastMessages = NO_MESSAGES
    left: Trace | None = None
    is_due: bool = False


class ReportedRecords(LedgerPart):
    """The records of one ledger whose fields tell of messages; each change is one transaction."""

    def turn(self, *, on: bool) -> None:
        """Store whether the fields are kept up to date; if they were not before, all are due."""
        turn_fact(
            self._db,
            _IS_ON,
            """INSERT INTO report_record (record_id)
               SELECT DISTINCT record_id FROM chat WHERE record_id IS NOT NULL
               ON CONFLICT (record_id) DO UPDATE SET is_due = TRUE""",
            on=on,
        )

    def in_doubt_since(self) -> datetime | None:
        """Return when fields were written last without an answer; such a write may still arrive."""
        stored = read_fact(self._db, _IN_DOUBT)
        return datetime.fromisoformat(stored) if stored else None

    def save_in_doubt(self, at: datetime | None) -> None:
        """Commit that fields are about to be written; None: all writes were answered."""
        write_fact(self._db, _IN_DOUBT, at.isoformat() if at else "")

    @property
    def has_due(self) -> bool:
        """Whether any record is due."""
        return bool(self._db.rows("SELECT 1 FROM report_record WHERE is_due = TRUE LIMIT 1"))

    def candidates(self) -> dict[RecordId, WrittenFields]:
        """Return the records that are due, and those of chats with queued messages."""
        rows = self._db.rows(
            """SELECT record_id FROM report_record WHERE is_due = TRUE
               UNION SELECT record_id FROM chat
               WHERE record_id IS NOT NULL AND number IN (SELECT chat FROM queue)
               ORDER BY record_id"""
        )
        found = [RecordId(one) for (one,) in rows if one]
        written = self.written(found)
        return {one: written.get(one, WrittenFields()) for one in found}

    def written(self, record_ids: Collection[RecordId]) -> dict[RecordId, WrittenFields]:
        """Return what was written last; records without anything are left out."""
        rows = self._db.rows_among(
            """SELECT record_id, from_them, from_us, unanswered, modified_at, modified_by, is_due
               FROM report_record WHERE record_id IN (*)""",
            record_ids,
        )
        return {
            RecordId(one): WrittenFields(
                LastMessages(*(None if at is None else from_micros(at) for at in times)),
                None if modified is None else Trace(from_micros(modified), by),
                bool(is_due),
            )
            for one, *times, modified, by, is_due in rows
        }

    def last_messages(self, chat_id: ChatId, *, with_queued: bool) -> LastMessages:
        """Return when the last messages of a chat were written; undone ones do not count."""
        [(chat,)] = self._db.rows("SELECT number FROM chat WHERE id = ?", (chat_id,))
        rows = self._db.rows(LATEST_FIRST, {"chat": chat, "queued": int(with_queued)})
        return last_messages((at, outgoing) for at, _, outgoing, _ in rows)

    def mark_due(self, record_ids: Iterable[RecordId]) -> None:
        """Commit that the fields of these records have to be written."""
        with self._db.transaction():
            self._db.run_many(_DUE, ((one,) for one in record_ids))

    def save_written(self, written: Mapping[RecordId, WrittenFields]) -> None:
        """Commit what the fields of these records tell now; they are not due any more."""
        with self._db.transaction():
            self._db.run_many(
                """INSERT INTO report_record VALUES (?, FALSE, ?, ?, ?, ?, ?)
                   ON CONFLICT (record_id) DO UPDATE SET is_due = FALSE,
                       from_them = excluded.from_them, from_us = excluded.from_us,
                       unanswered = excluded.unanswered, modified_at = excluded.modified_at,
                       modified_by = excluded.modified_by""",
                (
                    (
                        one,
                        *(at and to_micros(at) for at in fields.last),
                        fields.left and to_micros(fields.left.at),
                        fields.left.by if fields.left else "",
                    )
                    for one, fields in written.items()
                ),
            )

    def settle(self, record_ids: Iterable[RecordId]) -> None:
        """Commit that these records are as far as they can be: they are not due any more."""
        with self._db.transaction():
            self._db.run_many(
                "UPDATE report_record SET is_due = FALSE WHERE record_id = ?",
                ((one,) for one in record_ids),
            )

    def forget_records(self, record_ids: Iterable[RecordId]) -> None:
        """Commit that these records are not there any more."""
        with self._db.transaction():
            for one in record_ids:
                forget_reported(self._db, one)


def mark_reported(db: Database, record_ids: Iterable[str | None]) -> None:
    """Store that something of the chats of these records has changed, while the setting is on."""
    records = {one for one in record_ids if one is not None}
    if records and read_fact(db, _IS_ON):
        db.run_many(_DUE, ((one,) for one in sorted(records)))


def forget_reported(db: Database, record_id: str) -> None:
    """Delete what is stored of a record."""
    db.run("DELETE FROM report_record WHERE record_id = ?", (record_id,))
