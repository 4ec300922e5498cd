"""Tasks on their way: an intent is committed before the request, the outcome after it.

A message can have several Tasks: the parts of a long text, or one for each participant of a group.
It is logged when all of them are. If one was not written, the message goes back to the queue as
soon as none of its Tasks is open, even if another was logged: its text must not be lost. The Task
that is there is remembered, so that it is not sent twice. If that Task holds other messages too,
they stay together (`partially_logged`), because its key is made of theirs.

Leads and uploads have intents too: what was about to be sent, and when.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from wasf import late_modules
from wasf.core.chats import Attachment, ChatId, Phone
from wasf.core.keys import content_digest, content_of, only_message
from wasf.core.records import MessageKey, Place, RecordId, RecordType, Task, TaskKey, record_type_of
from wasf.interfaces import TaskInDoubt, TaskLogged, TaskOutcome
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import (
    attachment_from,
    attachment_text,
    from_micros,
    task_from,
    task_text,
    to_micros,
)
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.facts import read_moment, write_fact
from wasf.store.ledger.last_messages import store_answer_task
from wasf.store.ledger.messages import log_finished, number_of

if TYPE_CHECKING:
    from wasf.store.ledger import logged_tasks
else:  # loaded where a Task grew
    (logged_tasks,) = late_modules(__package__, "logged_tasks")

UPLOAD = "upload "
"""What the names of upload intents among the small facts begin with."""


class Intent(NamedTuple):
    """A Task that was about to be sent `at` (UTC) and whose outcome the ledger does not know."""

    task: Task
    chat_id: ChatId
    at: datetime


class PendingFile(NamedTuple):
    """A file that still has to be uploaded to a logged Task (T8)."""

    message: MessageKey
    task_id: RecordId
    attachment: Attachment


class Outbox(LedgerPart):
    """Tasks, Leads and files that are on their way: what was intended, and what became of it."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._sent: dict[TaskKey, Task] = {}  # as their intents have them

    def record_intent(
        self, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime
    ) -> None:
        """Commit that these Tasks are about to be sent, each of the chat at the same index.

        A Task that has an intent already gets the later time.
        """
        with self._db.transaction():
            added = record_intent(self._db, chat_ids, tasks, at)
        self._sent |= added

    def resolve(self, outcomes: Sequence[TaskOutcome]) -> None:
        """Commit what became of intended Tasks.

        `TaskLogged`: messages become logged once all their Tasks are, and their text is deleted.
        `TaskRefused`, `TaskNotSent`: messages go back to the queue once none of their Tasks has an
        intent; a Task that was logged is remembered (`logged_parts`) and need not be sent again.
        `TaskInDoubt`: the intent stays. All Tasks of a message need an intent before the first is
        resolved. Outcomes of Tasks without an intent are passed over.
        """
        with self._db.transaction():
            resolve(self._db, outcomes, sent=self._sent)

    def intents(self) -> Sequence[Intent]:
        """Return the Tasks whose outcome is not known, without those of `jobs`, oldest first."""
        rows = self._db.rows(f"{INTENTS} WHERE job IS NULL ORDER BY at, intent.number")
        return list(map(intent_from, rows))

    def redirect_intents(self, chat_id: ChatId, to: Place) -> None:
        """Commit that the intended Tasks of a chat go to this place if they are sent again.

        Their keys stay. Those of a bulk job keep their place: no more than what was sent with them
        tells where they go.
        """
        with self._db.transaction():
            rows = self._db.rows(
                "SELECT number, task FROM intent WHERE chat = ? AND job IS NULL",
                (chat_number(self._db, chat_id),),
            )
            self._db.run_many(
                "UPDATE intent SET task = ? WHERE number = ?",
                ((task_text(_redirected(task_from(text), to)), number) for number, text in rows),
            )
        self._sent.clear()

    def place_intents(self, tasks: Sequence[Task]) -> None:
        """Commit where these intended Tasks stand, which is known only now."""
        with self._db.transaction():
            self._db.run_many(
                "UPDATE intent SET task = ? WHERE task_key = ?",
                ((task_text(task), task.key) for task in tasks),
            )
        self._sent |= {task.key: task for task in tasks}

    def logged_parts(self, keys: Collection[TaskKey]) -> frozenset[TaskKey]:
        """Return which of these Tasks are known to be logged."""
        by_message = {message: key for key in keys if (message := only_message(key))}
        rows = self._db.rows_among("SELECT task_key FROM logged_task WHERE task_key IN (*)", keys)
        # What is queued is not logged: that nearly always spares a search through all logged ones.
        for (key,) in list(
            self._db.rows_among("SELECT key FROM queue WHERE key IN (*)", by_message)
        ):
            del by_message[key]
        alone = self._db.rows_among("SELECT key FROM logged WHERE key IN (*)", by_message)
        return frozenset([TaskKey(key) for (key,) in rows] + [by_message[key] for (key,) in alone])

    def partially_logged(self, chat_id: ChatId) -> Mapping[MessageKey, RecordId]:
        """Return the queued messages of which one Task is logged and another is not.

        Each with the first Task that was logged; messages that share that Task have the same.
        """
        rows = self._db.rows(
            "SELECT key, task_id FROM queue WHERE chat = ? AND open = 0 AND task_id IS NOT NULL "
            "ORDER BY sent_at, body",
            (chat_number(self._db, chat_id),),
        )
        return {MessageKey(key): RecordId(task_id) for key, task_id in rows}

    # Leads

    def record_lead_intent(self, phone: Phone, at: datetime) -> None:
        """Commit that a Lead with this number is about to be created."""
        with self._db.transaction():
            self._db.run(
                """INSERT INTO lead_intent (phone, at) VALUES (?, ?)
                   ON CONFLICT (phone) DO UPDATE SET at = excluded.at""",
                (phone, to_micros(at)),
            )

    def resolve_lead(self, phone: Phone) -> None:
        """Commit that the outcome of that creation is known."""
        with self._db.transaction():
            self._db.run("DELETE FROM lead_intent WHERE phone = ?", (phone,))

    def lead_intents(self) -> Mapping[Phone, datetime]:
        """Return the Leads whose creation has no known outcome, with the time of each (UTC)."""
        rows = self._db.rows("SELECT phone, at FROM lead_intent ORDER BY at, phone")
        return {Phone(phone): from_micros(at) for phone, at in rows}

    # Files

    def pending_files(self) -> Sequence[PendingFile]:
        """Return the files to upload, oldest first."""
        rows = self._db.rows("SELECT key, task_id, attachment FROM pending_file ORDER BY number")
        return [
            PendingFile(MessageKey(key), RecordId(task_id), attachment_from(text))
            for key, task_id, text in rows
        ]

    def record_upload(self, file: PendingFile, at: datetime) -> None:
        """Commit that a file is about to be uploaded."""
        with self._db.transaction():
            write_fact(self._db, _upload_name(file), at.isoformat())

    def resolve_upload(self, file: PendingFile) -> None:
        """Commit that the file was certainly not uploaded."""
        with self._db.transaction():
            write_fact(self._db, _upload_name(file), "")

    def upload_intent(self, file: PendingFile) -> datetime | None:
        """Return when an upload without a known outcome was begun (UTC), None if there is none."""
        return read_moment(self._db, _upload_name(file))

    def file_done(self, file: PendingFile) -> None:
        """Commit that a file was uploaded, or never will be; of two equal ones one stays."""
        with self._db.transaction():
            self._db.run(
                """DELETE FROM pending_file WHERE number =
                   (SELECT min(number) FROM pending_file
                    WHERE key = ? AND task_id = ? AND attachment = ?)""",
                (file.message, file.task_id, attachment_text(file.attachment)),
            )
            self.resolve_upload(file)


# --- Tasks -------------------------------------------------------------------------------------


INTENTS = "SELECT task, chat.id, at FROM intent JOIN chat ON chat.number = intent.chat"


def intent_from(row: Row) -> Intent:
    """Return what a row of `INTENTS` says."""
    task, chat, at = row
    return Intent(task_from(task), ChatId(chat), from_micros(at))


def record_intent(
    db: Database,
    chat_ids: Sequence[ChatId],
    tasks: Sequence[Task],
    at: datetime,
    job: int | None = None,
) -> Mapping[TaskKey, Task]:
    """Store Tasks that are about to be sent; one that is sent again gets the later time.

    Return those that had no intent: of the others what was stored first counts. `job` is the
    number of the bulk job that is going to hold them.
    """
    chats = {chat_id: chat_number(db, chat_id) for chat_id in set(chat_ids)}
    chat_of = {task.key: chats[chat] for chat, task in zip(chat_ids, tasks, strict=True)}
    asked = "SELECT task_key FROM intent WHERE task_key IN (*)"
    again = {key for (key,) in db.rows_among(asked, chat_of)}
    added = {task.key: task for task in tasks if task.key not in again}
    new = added.values()
    moment = to_micros(at)
    db.run_many("UPDATE intent SET at = ? WHERE task_key = ?", ((moment, key) for key in again))
    db.run_many(
        "INSERT INTO intent (task_key, chat, at, task, job) VALUES (?, ?, ?, ?, ?)",
        ((task.key, chat_of[task.key], moment, task_text(task), job) for task in new),
    )
    db.run_many(
        "UPDATE queue SET open = open + 1 WHERE key = ?",
        ((key,) for task in new if task.asks is None for key in task.messages),
    )
    return added


def resolve(
    db: Database,
    outcomes: Sequence[TaskOutcome],
    run: int | None = None,
    sent: dict[TaskKey, Task] | None = None,
) -> None:
    """Store the outcomes of Tasks; those without an intent are passed over.

    `run` is the number of the run that what was logged counts to, None: the one at work. `sent` are
    Tasks as their intents have them, which need not be read; these are taken out.
    """
    known = {outcome.key: outcome for outcome in outcomes if not isinstance(outcome, TaskInDoubt)}
    chats = _intended(db, known, {} if sent is None else sent)
    db.run_many("DELETE FROM intent WHERE task_key = ?", ((key,) for key in chats))
    for task, chat in chats.values():
        if task.asks is not None and isinstance(outcome := known[task.key], TaskLogged):
            store_answer_task(db, chat, task, task.asks, outcome.task_id)
    tasks = [task for task, _ in chats.values() if task.asks is None]
    alone = {task.key: only_message(task.key) for task in tasks}
    logged = [(task, it.task_id) for task in tasks if isinstance(it := known[task.key], TaskLogged)]
    _add_files(db, logged)
    # Nearly all Tasks are the own ones of their only message.
    own_ids = {
        key: task_id for task, task_id in logged for key in task.messages if key == alone[task.key]
    }
    parts = [(task, task_id) for task, task_id in logged if alone[task.key] not in own_ids]
    refused = [task for task in tasks if not isinstance(known[task.key], TaskLogged)]
    _close_parts(db, parts, refused)
    for_others = {
        one.key for one in outcomes if isinstance(one, TaskLogged) and one.instead_of is not None
    }
    written = _digests(task for task, _ in logged if task.key not in for_others)
    own = {key: digest for task, digest in written.items() if (key := alone[task])}
    messages = {key for task in tasks for key in task.messages}
    finished = log_finished(db, messages, own, own_ids, run)
    # The logged message alone says that its own Task is there: that saves most rows.
    others = [
        (task, task_id)
        for task, task_id in logged
        if task.messages != (alone[task.key],) or task.messages[0] not in finished
    ]
    _add_logged_tasks(db, others, written, run)
    for task, task_id in logged:
        if task.grows is not None and task_id == task.grows.task_id:
            logged_tasks.store_grown(db, chats[task.key][1], task, task.grows)


def _close_parts(
    db: Database, logged: Iterable[tuple[Task, RecordId]], refused: Iterable[Task]
) -> None:
    """Count these Tasks as open no more, in the messages that they are of.

    A message's own Task goes before its further parts, whichever comes first.
    """
    db.run_many(
        """UPDATE queue SET open = open - 1,
                            task_id = CASE WHEN :is_own THEN :id ELSE coalesce(task_id, :id) END
           WHERE key = :key""",
        (
            {"is_own": only_message(task.key) == key, "id": task_id, "key": key}
            for task, task_id in logged
            for key in task.messages
        ),
    )
    db.run_many(
        "UPDATE queue SET open = open - 1, failed = TRUE WHERE key = ?",
        ((key,) for task in refused for key in task.messages),
    )


def _intended(
    db: Database, keys: Collection[TaskKey], sent: dict[TaskKey, Task]
) -> dict[TaskKey, tuple[Task, int]]:
    """Return those of these Tasks that have an intent, each with the number of its chat."""
    rows = db.rows_among("SELECT task_key, chat FROM intent WHERE task_key IN (*)", keys)
    chats = {TaskKey(key): int(chat) for key, chat in rows}
    tasks = {key: task for key in keys if (task := sent.pop(key, None)) and key in chats}
    unread = chats.keys() - tasks
    texts = db.rows_among("SELECT task FROM intent WHERE task_key IN (*)", unread)
    tasks |= {task.key: task for task in (task_from(text) for (text,) in texts)}
    return {key: (task, chats[key]) for key, task in tasks.items()}


def _digests(tasks: Iterable[Task]) -> dict[TaskKey, bytes]:
    """Return what tells later changes of Tasks (W5)."""
    return {
        one.key: one.grows.written if one.grows else content_digest(content_of(one))
        for one in tasks
    }


def _add_logged_tasks(
    db: Database,
    logged: Iterable[tuple[Task, RecordId]],
    written: Mapping[TaskKey, bytes],
    run: int | None,
) -> None:
    """Store these Tasks as logged.

    A Task that is stored already was written in an earlier run, maybe in another language or under
    another name: what was written into it then is kept.
    """
    db.run_many(
        f"""INSERT INTO logged_task (task_key, task_id, run, message, written)
            VALUES (?, ?, {number_of(run)}, ?, ?)
            ON CONFLICT (task_key) DO UPDATE SET task_id = excluded.task_id, run = excluded.run,
                message = excluded.message,
                written = CASE WHEN logged_task.task_id = excluded.task_id
                          THEN logged_task.written ELSE excluded.written END""",  # noqa: S608 - a constant or a number
        ((task.key, task_id, task.messages[0], written.get(task.key)) for task, task_id in logged),
    )


def _redirected(task: Task, to: Place) -> Task:
    """Return the Task for another place; on a Lead it is related to nothing (R1)."""
    on_lead = to.who_id is not None and record_type_of(to.who_id) is RecordType.LEAD
    what_id = None if on_lead else to.what_id or task.what_id
    return replace(task, who_id=to.who_id, what_id=what_id)


# --- Files -------------------------------------------------------------------------------------


def _add_files(db: Database, logged: Iterable[tuple[Task, RecordId]]) -> None:
    for task, task_id in logged:
        if task.files:
            owners = _messages_with_files(db, task)
            db.run_many(
                "INSERT INTO pending_file (key, task_id, attachment) VALUES (?, ?, ?)",
                (
                    (owners.get(file, task.messages[0]), task_id, attachment_text(file))
                    for file in task.files
                ),
            )


def _messages_with_files(db: Database, task: Task) -> dict[Attachment, MessageKey]:
    rows = db.rows_among(
        """SELECT attachment, key FROM queue JOIN body ON body.number = queue.body
           WHERE attachment IS NOT NULL AND key IN (*)""",
        task.messages,
    )
    return {attachment_from(text): MessageKey(key) for text, key in rows}


def _upload_name(file: PendingFile) -> str:
    """Return the name of the fact; it begins with `UPLOAD` and the id of the Task."""
    member = blake2b(file.attachment.member.encode("utf-8", "surrogatepass"), digest_size=8)
    return f"{UPLOAD}{file.task_id} {file.message.hex()} {member.hexdigest()}"
