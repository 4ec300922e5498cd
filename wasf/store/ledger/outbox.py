"""Tasks on their way: committed before they are sent, settled when the outcome is known.

A message can have several Tasks: the parts of a long text, or one for each participant of a group.
It is logged when each of them is. If one was not written, the message goes back to the queue as
soon as no other is open, even if another part was logged: its text must not be lost, and the part
that is there is remembered so that it is not sent twice. Where that one holds other messages too,
they stay together (`partially_logged`), because its key is theirs.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from wasf.core.chats import Attachment, ChatId
from wasf.core.records import MessageKey, RecordId, Task, TaskKey
from wasf.interfaces import TaskInDoubt, TaskLogged, TaskOutcome
from wasf.store.ledger.database import Database
from wasf.store.ledger.encoding import (
    attachment_from,
    attachment_text,
    moment,
    moment_from,
    only_message,
    task_from,
    task_text,
)
from wasf.store.ledger.messages import THIS_RUN, chat_number, log_finished
from wasf.store.ledger.model import Intent, PendingFile


def record_intent(
    db: Database, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime
) -> None:
    """Note Tasks that are about to be sent; one that is sent again gets the later time."""
    chats = {chat_id: chat_number(db, chat_id) for chat_id in set(chat_ids)}
    places = {task.key: chats[chat] for chat, task in zip(chat_ids, tasks, strict=True)}
    again = {
        key for (key,) in db.rows_among("SELECT task_key FROM intent WHERE task_key IN (*)", places)
    }
    new = {task.key: task for task in tasks if task.key not in again}.values()
    db.run_many("UPDATE intent SET at = ? WHERE task_key = ?", ((moment(at), k) for k in again))
    db.run_many(
        "INSERT INTO intent (task_key, chat, at, task) VALUES (?, ?, ?, ?)",
        ((task.key, places[task.key], moment(at), task_text(task)) for task in new),
    )
    db.run_many(
        "UPDATE queue SET open = open + 1 WHERE key = ?",
        ((key,) for task in new for key in task.messages),
    )


def resolve(db: Database, outcomes: Sequence[TaskOutcome]) -> None:
    """Note what became of Tasks; those that are not intended are passed over."""
    known = {outcome.key: outcome for outcome in outcomes if not isinstance(outcome, TaskInDoubt)}
    rows = db.rows_among("SELECT task FROM intent WHERE task_key IN (*)", known)
    tasks = [task_from(text) for (text,) in rows]
    logged = [(task, it.task_id) for task in tasks if isinstance(it := known[task.key], TaskLogged)]
    db.run_many("DELETE FROM intent WHERE task_key = ?", ((task.key,) for task in tasks))
    _note_files(db, logged)
    db.run_many(  # a message's own Task before its further parts, whichever is settled first
        """UPDATE queue SET open = open - 1,
                            task_id = CASE WHEN :is_own THEN :id ELSE coalesce(task_id, :id) END
           WHERE key = :key""",
        (
            {"is_own": only_message(task.key) == key, "id": task_id, "key": key}
            for task, task_id in logged
            for key in task.messages
        ),
    )
    there = {task.key for task, _ in logged}
    db.run_many(
        "UPDATE queue SET open = open - 1, failed = 1 WHERE key = ?",
        ((key,) for task in tasks if task.key not in there for key in task.messages),
    )
    finished = log_finished(db, {key for task in tasks for key in task.messages})
    db.run_many(
        f"""INSERT OR REPLACE INTO logged_task (task_key, task_id, run, message)
            VALUES (?, ?, {THIS_RUN}, ?)""",  # noqa: S608 - a constant
        (
            (task.key, task_id, task.messages[0])
            for task, task_id in logged
            if not _is_told_by(finished, task)
        ),
    )


def _is_told_by(finished: Collection[MessageKey], task: Task) -> bool:
    """Whether the logged message alone says that this Task is there: saves a row for most."""
    message = only_message(task.key)
    return task.messages == (message,) and message in finished


def logged_parts(db: Database, keys: Collection[TaskKey]) -> frozenset[TaskKey]:
    """Which of these Tasks are logged."""
    told = {message: key for key in keys if (message := only_message(key))}
    rows = db.rows_among("SELECT task_key FROM logged_task WHERE task_key IN (*)", keys)
    # What is queued is not logged: nearly always that spares a search through all logged ones.
    for (key,) in list(db.rows_among("SELECT key FROM queue WHERE key IN (*)", told)):
        del told[key]
    alone = db.rows_among("SELECT key FROM logged WHERE key IN (*)", told)
    return frozenset([TaskKey(key) for (key,) in rows] + [told[key] for (key,) in alone])


def partially_logged(db: Database, chat_id: ChatId) -> dict[MessageKey, RecordId]:
    """Queued messages that have a Task, by the first one that was logged."""
    rows = db.rows(
        "SELECT key, task_id FROM queue WHERE chat = ? AND open = 0 AND task_id IS NOT NULL",
        (chat_number(db, chat_id),),
    )
    return {MessageKey(key): RecordId(task_id) for key, task_id in rows}


def intents(db: Database) -> list[Intent]:
    """Tasks whose outcome is not known, oldest first."""
    rows = db.rows(
        """SELECT task, chat.id, at FROM intent JOIN chat ON chat.number = intent.chat
           ORDER BY at, intent.number"""
    )
    return [Intent(task_from(task), ChatId(chat), moment_from(at)) for task, chat, at in rows]


# --- Files -------------------------------------------------------------------------------------


def _note_files(db: Database, logged: Iterable[tuple[Task, RecordId]]) -> None:
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


def pending_files(db: Database) -> list[PendingFile]:
    """Files to upload, oldest first."""
    rows = db.rows("SELECT key, task_id, attachment FROM pending_file ORDER BY number")
    return [
        PendingFile(MessageKey(key), RecordId(task_id), attachment_from(text))
        for key, task_id, text in rows
    ]


def file_done(db: Database, pending: PendingFile) -> None:
    """Forget a file; its message may have the same one twice, and then one of them stays."""
    db.run(
        """DELETE FROM pending_file WHERE number =
           (SELECT min(number) FROM pending_file
            WHERE key = ? AND task_id = ? AND attachment = ?)""",
        (pending.message, pending.task_id, attachment_text(pending.attachment)),
    )
