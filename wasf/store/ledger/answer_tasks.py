"""Which chats wait for an answer since when, and the open Tasks that ask for one (`report.task`).

`waiting_chat` has a row for each chat that was looked at: its first message without an answer, or
NULL. Chats with queued messages are looked at before these are logged, so that a run that is cut
off leaves none out; a row is due if anything else has changed. `answer_task` has every Task that
asks for an answer, with the message that it asks about; no second one is made for a message, and
none while another one of the chat is open. In both `refused_at` and `refusal` tell that Salesforce
refused to open or to close the Task: then it rests.

Of a forgotten person only the keys of Tasks stay, and the id of an open one until it is closed.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from wasf.core.chats import ChatId
from wasf.core.records import MessageKey, RecordId, Task, TaskKey
from wasf.core.refusals import RecordRefusal
from wasf.store.ledger.database import Database, LedgerPart
from wasf.store.ledger.facts import read_fact, turn_fact
from wasf.store.ledger.last_messages import LATEST_FIRST
from wasf.store.ledger.model import LoggedTask

ANSWER_TASK_TABLES = (
    """CREATE TABLE waiting_chat (
        chat BIGINT PRIMARY KEY NOT NULL,
        is_due BOOLEAN NOT NULL DEFAULT TRUE,
        at BIGINT,
        message BYTEA,
        refused_at BIGINT,
        refusal TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE answer_task (
        task_key TEXT PRIMARY KEY NOT NULL,
        chat BIGINT NOT NULL,
        at BIGINT NOT NULL,
        message BYTEA NOT NULL,
        task_id TEXT NOT NULL,
        is_open BOOLEAN NOT NULL DEFAULT TRUE,
        refused_at BIGINT,
        refusal TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX answer_task_chat ON answer_task (chat)",
)
"""The tables in both engines; `at` and `refused_at` are seconds since 1970."""

_IS_ON = "report-task"
_NO_CHAT, _NO_MESSAGE = ChatId(""), b""
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
            _IS_ON,
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
                None
                if since is None
                else Question(ChatId(chat), MessageKey(message), _moment(since)),
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
        return [
            AnswerTaskRefusal(bool(opens), _refusal(*json.loads(text)), count)
            for opens, text, count in rows
        ]


def _refusal(code: str, fields: Sequence[str], words: str) -> RecordRefusal:
    return RecordRefusal(code, tuple(fields), words)


def _question(chat_id: str, message: bytes, at: int) -> Question:
    return Question(ChatId(chat_id), MessageKey(message), _moment(at))


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def store_answer_task(db: Database, chat: int, task: Task, task_id: RecordId) -> None:
    """Store that a Task which asks for an answer is there."""
    if task.asks is None:
        return
    db.run(
        """INSERT INTO answer_task (task_key, chat, at, message, task_id) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (task_key) DO NOTHING""",
        (task.key, chat, int(task.asks.timestamp()), task.messages[0], task_id),
    )
    db.run("UPDATE waiting_chat SET refused_at = NULL, refusal = '' WHERE chat = ?", (chat,))


def mark_waiting(db: Database, chat: int) -> None:
    """Store that a chat has to be looked at, while the setting is on."""
    if read_fact(db, _IS_ON):
        db.run(
            """INSERT INTO waiting_chat (chat) VALUES (?)
               ON CONFLICT (chat) DO UPDATE SET is_due = TRUE""",
            (chat,),
        )


def forget_answer_tasks(db: Database, chat: int) -> None:
    """Delete what is stored of a chat's questions; the keys of Tasks stay.

    An open Task counts as answered, so that the next sync closes it; then its id goes too.
    """
    db.run("DELETE FROM waiting_chat WHERE chat = ?", (chat,))
    db.run(
        """UPDATE answer_task SET at = 0, message = ?, refused_at = NULL, refusal = '',
               task_id = CASE WHEN is_open THEN task_id ELSE '' END WHERE chat = ?""",
        (_NO_MESSAGE, chat),
    )


def join_answer_tasks(db: Database, gone: int, stays: int) -> None:
    """Let a chat have the Tasks of another one that is joined to it, and look at it again."""
    db.run("UPDATE answer_task SET chat = ? WHERE chat = ?", (stays, gone))
    if db.run("DELETE FROM waiting_chat WHERE chat = ?", (gone,)):
        db.run("UPDATE waiting_chat SET is_due = TRUE WHERE chat = ?", (stays,))


def known_answer_tasks(db: Database) -> Iterator[LoggedTask]:
    """Yield all Tasks of this kind; those of forgotten people with nothing but their keys."""
    for key, task_id, chat, message in db.rows(
        """SELECT task_key, task_id, chat.id, message FROM answer_task
           JOIN chat ON chat.number = answer_task.chat ORDER BY task_key"""
    ):
        is_known = bytes(message) != _NO_MESSAGE
        yield LoggedTask(
            TaskKey(key),
            RecordId(task_id if is_known else ""),
            ChatId(chat) if is_known else _NO_CHAT,
        )
