"""The last messages of chats: what fields (`report.fields`) and Tasks (`report.task`) tell of them.

A record is due from the moment when something of its chats changes until its fields were compared
with what the ledger knows then. So a run that is cut off leaves nothing out. While the setting is
off nothing is due, and when it is turned on all records of chats are.

`waiting_chat` has a row for each chat that was looked at: its first message without an answer, or
NULL. Chats with queued messages are looked at before these are logged, so that a run that is cut
off leaves none out; a row is due if anything else has changed. `answer_task` has every Task that
asks for an answer, with the message that it asks about; no second one is made for a message, and
none while another one of the chat is open. In both `refused_at` and `refusal` tell that Salesforce
refused to open or to close the Task: then it rests.

Of a forgotten person only the keys of Tasks stay, and the id of an open one until it is closed.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from wasf.core.chats import NO_MESSAGES, ChatId, LastMessages, last_messages
from wasf.core.records import MessageKey, RecordId, Task, TaskKey, Trace
from wasf.core.refusals import RecordRefusal
from wasf.store.ledger.codec import from_micros, to_micros
from wasf.store.ledger.database import Database, LedgerPart
from wasf.store.ledger.facts import read_fact, read_moment, turn_fact, write_fact

_TELLS = "report-fields"
_ASKS = "report-task"
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
            _TELLS,
            """INSERT INTO report_record (record_id)
               SELECT DISTINCT record_id FROM chat WHERE record_id IS NOT NULL
               ON CONFLICT (record_id) DO UPDATE SET is_due = TRUE""",
            on=on,
        )

    def in_doubt_since(self) -> datetime | None:
        """Return when fields were written last without an answer; such a write may still arrive."""
        return read_moment(self._db, _IN_DOUBT)

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

    def resolve(self, record_ids: Iterable[RecordId]) -> None:
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


# --- Tasks that ask for an answer ----------------------------------------------------------------


_NO_MESSAGE = b""
_KeyT = TypeVar("_KeyT", MessageKey, TaskKey)


class Question(NamedTuple):
    """The first message of a chat without an answer."""

    chat_id: ChatId
    message: MessageKey
    at: datetime


class OpenAnswerTask(NamedTuple):
    """A Task that asks for an answer; `question` is what its chat waits for now, if it does.

    `refused_at` is when Salesforce refused to close it, None if it did not.
    """

    key: TaskKey
    chat_id: ChatId
    task_id: RecordId
    at: datetime
    question: Question | None
    refused_at: datetime | None = None

    @property
    def is_answered(self) -> bool:
        """Whether its question is answered: the chat waits no more, or for a later answer."""
        return self.question is None or self.question.at > self.at


class AnswerTaskRefusal(NamedTuple):
    """Why Salesforce refused to open, or to close, so many Tasks that ask for an answer."""

    opens: bool
    refusal: RecordRefusal
    tasks: int


class AnswerTasks(LedgerPart):
    """The chats of one ledger that wait, and their Tasks; each change is one transaction."""

    def turn(self, *, on: bool) -> None:
        """Store whether chats that wait get Tasks; if they did not before, all are looked at."""
        turn_fact(
            self._db,
            _ASKS,
            """INSERT INTO waiting_chat (chat) SELECT number FROM chat WHERE NOT forgotten
               ON CONFLICT (chat) DO UPDATE SET is_due = TRUE""",
            on=on,
        )

    @property
    def has_due(self) -> bool:
        """Whether a chat is to be looked at that has no queued messages."""
        return bool(self._db.rows("SELECT 1 FROM waiting_chat WHERE is_due = TRUE LIMIT 1"))

    def look_at_changed(self, since: datetime | None = None) -> None:
        """Look at the chats that are due or have queued messages; commit what they wait for.

        Also at those that seem to wait since before a moment: their messages may have been dropped.
        """
        rows = self._db.rows(
            """SELECT chat FROM waiting_chat WHERE is_due = TRUE OR at <= ?
               UNION SELECT chat FROM queue ORDER BY chat""",
            (int(since.timestamp()) if since else 0,),
        )
        chats = [chat for (chat,) in rows]
        known = {
            chat: (at, message and bytes(message))
            for chat, at, message in self._db.rows_among(
                "SELECT chat, at, message FROM waiting_chat WHERE is_due = FALSE AND chat IN (*)",
                chats,
            )
        }
        asked = {chat: self._asked(chat) for chat in chats}
        changed = [chat for chat in chats if known.get(chat) != asked[chat]]
        if changed:
            with self._db.transaction():
                self._db.run_many(
                    """INSERT INTO waiting_chat (chat, is_due, at, message) VALUES (?, FALSE, ?, ?)
                       ON CONFLICT (chat) DO UPDATE SET is_due = FALSE, at = excluded.at,
                           message = excluded.message, refused_at = NULL, refusal = ''""",
                    ((chat, *asked[chat]) for chat in changed),
                )

    def _asked(self, chat: int) -> tuple[int | None, bytes | None]:
        """Return the first message of a chat without an answer, None twice if there is none."""
        asked: tuple[int | None, bytes | None] = (None, None)
        for at, _, outgoing, key in self._db.rows(LATEST_FIRST, {"chat": chat, "queued": 1}):
            if outgoing:
                break
            asked = at, bytes(key)
        return asked

    def questions(self, before: datetime, tried_before: datetime) -> list[Question]:
        """Return what chats wait for since before that moment, those without a Task for it.

        Not those of which another Task is open, and not those that were refused since
        `tried_before`.
        """
        rows = self._db.rows(
            """SELECT chat.id, message, at FROM waiting_chat
               JOIN chat ON chat.number = waiting_chat.chat
               WHERE at <= ? AND (refused_at IS NULL OR refused_at <= ?)
               AND NOT forgotten AND NOT EXISTS (
                   SELECT 1 FROM answer_task AS task WHERE task.chat = waiting_chat.chat
                   AND (task.is_open = TRUE OR task.at >= waiting_chat.at))
               ORDER BY at, chat.id""",
            (int(before.timestamp()), int(tried_before.timestamp())),
        )
        return [_question(*row) for row in rows]

    def open_tasks(self) -> list[OpenAnswerTask]:
        """Return the Tasks that are open as far as the ledger knows, the oldest of a chat first."""
        rows = self._db.rows(
            """SELECT task_key, chat.id, task_id, task.at, waiting_chat.at, waiting_chat.message,
                   task.refused_at
               FROM answer_task AS task JOIN chat ON chat.number = task.chat
               LEFT JOIN waiting_chat ON waiting_chat.chat = task.chat
               WHERE is_open = TRUE ORDER BY task.at, task_key"""
        )
        return [
            OpenAnswerTask(
                TaskKey(key),
                ChatId(chat),
                RecordId(task_id),
                _moment(at),
                None if since is None else _question(chat, message, since),
                None if refused_at is None else _moment(refused_at),
            )
            for key, chat, task_id, at, since, message, refused_at in rows
        ]

    def tasks_about(self, messages: Collection[MessageKey]) -> dict[TaskKey, RecordId]:
        """Return the Tasks that ask for an answer to these messages, open or not."""
        rows = self._db.rows_among(
            "SELECT task_key, task_id FROM answer_task WHERE task_id <> '' AND message IN (*)",
            messages,
        )
        return {TaskKey(key): RecordId(task_id) for key, task_id in rows}

    def save_closed(self, keys: Iterable[TaskKey]) -> None:
        """Commit that these Tasks are closed, or gone."""
        with self._db.transaction():
            self._db.run_many(
                """UPDATE answer_task SET is_open = FALSE, refused_at = NULL, refusal = '',
                       task_id = CASE WHEN message = ? THEN '' ELSE task_id END
                   WHERE task_key = ?""",
                ((_NO_MESSAGE, key) for key in keys),
            )

    def save_refused_questions(
        self, refused: Mapping[MessageKey, RecordRefusal], at: datetime
    ) -> None:
        """Commit why Tasks about these messages were not opened; the questions rest then."""
        self._save_refused(
            "UPDATE waiting_chat SET refused_at = ?, refusal = ? WHERE message = ?", refused, at
        )

    def save_not_closed(self, refused: Mapping[TaskKey, RecordRefusal], at: datetime) -> None:
        """Commit why these Tasks were not closed; they rest then."""
        self._save_refused(
            "UPDATE answer_task SET refused_at = ?, refusal = ? WHERE task_key = ?", refused, at
        )

    def _save_refused(self, sql: str, refused: Mapping[_KeyT, RecordRefusal], at: datetime) -> None:
        with self._db.transaction():
            self._db.run_many(
                sql,
                ((int(at.timestamp()), json.dumps(why), key) for key, why in refused.items()),
            )

    def refusals(self) -> list[AnswerTaskRefusal]:
        """Return why Tasks rest that were to be opened, or closed."""
        rows = self._db.rows(
            """SELECT 1, refusal, count(*) FROM waiting_chat
               WHERE refused_at IS NOT NULL AND at IS NOT NULL GROUP BY refusal
               UNION ALL SELECT 0, refusal, count(*) FROM answer_task
               WHERE refused_at IS NOT NULL AND is_open = TRUE GROUP BY refusal
               ORDER BY 1 DESC, 2"""
        )
        told = ((opens, *json.loads(text), count) for opens, text, count in rows)
        return [
            AnswerTaskRefusal(bool(opens), RecordRefusal(code, tuple(fields), words), count)
            for opens, code, fields, words, count in told
        ]


def _question(chat_id: str, message: bytes, at: int) -> Question:
    return Question(ChatId(chat_id), MessageKey(message), _moment(at))


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def store_answer_task(
    db: Database, chat: int, task: Task, asks: datetime, task_id: RecordId
) -> None:
    """Store that a Task which asks for an answer is there; `asks` is when its message came."""
    db.run(
        """INSERT INTO answer_task (task_key, chat, at, message, task_id) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (task_key) DO NOTHING""",
        (task.key, chat, int(asks.timestamp()), task.messages[0], task_id),
    )
    db.run("UPDATE waiting_chat SET refused_at = NULL, refusal = '' WHERE chat = ?", (chat,))


def mark_waiting(db: Database, chat: int) -> None:
    """Store that a chat has to be looked at, while the setting is on."""
    if read_fact(db, _ASKS):
        db.run(
            """INSERT INTO waiting_chat (chat) VALUES (?)
               ON CONFLICT (chat) DO UPDATE SET is_due = TRUE""",
            (chat,),
        )


def mark_reported(db: Database, record_ids: Iterable[str | None]) -> None:
    """Store that something of the chats of these records has changed, while the setting is on."""
    records = {one for one in record_ids if one is not None}
    if records and read_fact(db, _TELLS):
        db.run_many(_DUE, ((one,) for one in sorted(records)))


def forget_reported(db: Database, record_id: str) -> None:
    """Delete what is stored of a record."""
    db.run("DELETE FROM report_record WHERE record_id = ?", (record_id,))
