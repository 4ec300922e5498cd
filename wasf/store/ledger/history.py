"""Runs, what each of them wrote, and how that is undone.

Tasks belong together by the first of their messages: the parts of a long text, or one Task for
each participant of a group. The run of a message is the run that logged the last of its Tasks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from wasf.core.chats import ChatId
from wasf.core.keys import task_key
from wasf.core.records import MessageKey, RecordId, TaskKey
from wasf.store.ledger.chats import chat_number, forget_coverage, forget_record
from wasf.store.ledger.codec import from_micros, to_micros, unpack_task_id
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.facts import RunId
from wasf.store.ledger.last_messages import mark_reported, mark_waiting
from wasf.store.ledger.messages import THIS_RUN
from wasf.values import dataclass

_NO_CHAT = ChatId("")
_NO_TASK = RecordId("")
_FEW = 5000  # messages whose further Tasks are looked up; for more all are read


class LoggedTask(NamedTuple):
    """A Task whose key the ledger knows.

    `task_id` is "" where the ledger no longer knows more, because the Task was undone or purged.
    `chat_id` is "" where its chat is not known, or no longer.
    """

    key: TaskKey
    task_id: RecordId
    chat_id: ChatId
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run that the ledger remembers; times are UTC, `logged` counts messages."""

    id: RunId
    started_at: datetime
    finished_at: datetime | None
    logged: int


class RunCounts(NamedTuple):
    """How many messages, Tasks and Leads of a run are in Salesforce."""

    messages: int
    tasks: int
    leads: int


class LoggedMessage(NamedTuple):
    """A logged message; `minute` is counted from 1970, UTC."""

    minute: int
    key: MessageKey


class LoggedUnit(NamedTuple):
    """Messages and the Tasks that hold them, which can only be undone together.

    Mostly one message and one Task; a window has several messages in one Task, a long text has
    several Tasks. `messages` is empty where they still wait, because another Task was refused.
    """

    chat_id: ChatId
    messages: tuple[LoggedMessage, ...]
    tasks: tuple[RecordId, ...]


class RunLead(NamedTuple):
    """A Lead that a run created, or else reopened."""

    id: RecordId
    is_created: bool


class RunHistory(LedgerPart):
    """The runs of a ledger, what each of them wrote, and how that is undone."""

    def begin_run(self, at: datetime, run: RunId | None = None) -> RunId:
        """Begin a run, under that id if it is new here; return its id.

        One of its own is its second and the first free number within that.
        """
        with self._db.transaction():
            if run is None or self._db.rows("SELECT 1 FROM run WHERE id = ?", (run,)):
                second = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
                taken = set(self._db.rows("SELECT id FROM run WHERE id LIKE ?", (f"{second}-%",)))
                # Other machines may have taken any of the numbers.
                free = (n for n in count(1) if (f"{second}-{n}",) not in taken)
                run = RunId(f"{second}-{next(free)}")
            self._db.run("INSERT INTO run (id, started_at) VALUES (?, ?)", (run, to_micros(at)))
            return run

    def finish_run(self, run: RunId, at: datetime, logged: int) -> None:
        """End a run."""
        with self._db.transaction():
            self._db.run(
                "UPDATE run SET finished_at = ?, logged = ? WHERE id = ?",
                (to_micros(at), logged, run),
            )

    def last_run(self) -> RunRecord | None:
        """Return the latest run that ended."""
        rows = self._db.rows(
            """SELECT id, started_at, finished_at, logged FROM run
               WHERE finished_at IS NOT NULL ORDER BY number DESC LIMIT 1"""
        )
        return next(map(_run_record, rows), None)

    def runs(self) -> Sequence[RunId]:
        """Return all runs, oldest first, those that were cut off included."""
        return [RunId(run) for (run,) in self._db.rows("SELECT id FROM run ORDER BY number")]

    def run_records(self) -> Sequence[RunRecord]:
        """Return all runs, oldest first; `logged` is 0 for one that was cut off."""
        rows = self._db.rows("SELECT id, started_at, finished_at, logged FROM run ORDER BY number")
        return list(map(_run_record, rows))

    def undone_counts(self) -> Mapping[RunId, int]:
        """Return how many Tasks of each run were undone; runs without any are left out."""
        rows = self._db.rows(
            """SELECT id, count(*) FROM undone_task JOIN run ON run.number = undone_task.run
               GROUP BY id"""
        )
        return {RunId(run): count for run, count in rows}

    def written_counts(self) -> Mapping[RunId, RunCounts]:
        """Return how much of each run is in Salesforce; it reads all that was ever logged."""
        rows = self._db.rows(
            """SELECT id, coalesce(messages, 0), coalesce(tasks, 0),
                      (SELECT count(*) FROM run_lead WHERE run_lead.run = run.number AND is_created)
               FROM run LEFT JOIN (
                   SELECT run AS number, count(*) AS messages, count(DISTINCT task_id) AS tasks
                   FROM logged WHERE task_id != '' GROUP BY run) AS written
               ON written.number = run.number"""
        )
        return {RunId(run): RunCounts(*counts) for run, *counts in rows}

    def last_writing_run(self) -> RunId | None:
        """Return the latest run that wrote anything, even if that was undone since."""
        [(number,)] = self._db.rows(
            """SELECT max(run) FROM (
                   SELECT max(run) AS run FROM logged
                   UNION ALL SELECT max(run) FROM logged_task
                   UNION ALL SELECT max(run) FROM undone_task
                   UNION ALL SELECT max(run) FROM run_lead) AS writing_run"""
        )
        rows = self._db.rows("SELECT id FROM run WHERE number = ?", (number or 0,))
        return RunId(rows[0][0]) if rows else None

    # What a run wrote

    def lead_written(self, lead_id: RecordId, chat_id: ChatId, *, is_created: bool) -> None:
        """Commit that the run created a chat's Lead, or else reopened it; created stays created."""
        with self._db.transaction():
            self._db.run(
                f"""INSERT INTO run_lead (lead_id, run, is_created, chat)
                    VALUES (?, {THIS_RUN}, ?, ?)
                    ON CONFLICT (lead_id) DO NOTHING""",  # noqa: S608 - a constant
                (lead_id, is_created, chat_number(self._db, chat_id)),
            )

    def created_leads(self, lead_ids: Collection[RecordId]) -> Sequence[RecordId]:
        """Return which of these Leads a run created, without undone ones."""
        asked = "SELECT lead_id FROM run_lead WHERE is_created AND lead_id IN (*)"
        return [RecordId(lead_id) for (lead_id,) in self._db.rows_among(asked, lead_ids)]

    def leads_of(self, run: RunId) -> Sequence[RunLead]:
        """Return the Leads that a run created or reopened, without undone ones."""
        rows = self._db.rows(
            "SELECT lead_id, is_created FROM run_lead WHERE run = ? ORDER BY lead_id",
            (_number(self._db, run),),
        )
        return [RunLead(RecordId(lead_id), bool(is_created)) for lead_id, is_created in rows]

    def runs_of(self, chat_id: ChatId) -> Sequence[RunId]:
        """Return the runs that logged a Task of a chat which nobody undid, oldest first."""
        rows = self._db.rows(
            """SELECT id FROM run WHERE number IN (
                   SELECT run FROM logged WHERE chat = :chat AND task_id != ''
                   UNION SELECT run FROM logged_task JOIN queue ON queue.key = message
                   WHERE chat = :chat) ORDER BY number""",
            {"chat": chat_number(self._db, chat_id)},
        )
        return [RunId(run) for (run,) in rows]

    def logged_by(self, run: RunId, chat_id: ChatId | None = None) -> Sequence[LoggedUnit]:
        """Return what a run logged and nobody undid, of one chat or of all.

        Raise `LookupError` if the run or the chat never was.
        """
        number = _number(self._db, run)
        of_chat = "" if chat_id is None else f" AND chat = {chat_number(self._db, chat_id)}"
        rows = self._db.rows(
            f"""SELECT chat.id, minute, key, task_id FROM logged JOIN chat ON chat.number = chat
               WHERE run = ? AND task_id != ''{of_chat}
               ORDER BY chat.number, minute, key""",  # noqa: S608 - a number
            (number,),
        )
        by_task: dict[RecordId, list[Row]] = {}
        for row in rows:
            by_task.setdefault(unpack_task_id(row[3]), []).append(row)
        further = _further_tasks(self._db, {MessageKey(row[2]) for row in rows})
        units = [_unit(task_id, members, further) for task_id, members in by_task.items()]
        return [*units, *_parts_of_waiting(self._db, number, of_chat)]

    def logged_tasks(self) -> Iterator[LoggedTask]:
        """Yield every Task whose key is known, each once: chat by chat, then those of no chat."""
        shared: dict[MessageKey, list[LoggedTask]] = {}
        rest: list[LoggedTask] = []
        for key, task_id, message in self._db.rows(
            "SELECT task_key, task_id, message FROM logged_task ORDER BY task_key"
        ):
            known = LoggedTask(TaskKey(key), RecordId(task_id), _NO_CHAT)
            shared.setdefault(message, []).append(known) if message else rest.append(known)
        several = {task.task_id for tasks in shared.values() for task in tasks}
        for number, chat_id, is_forgotten in self._db.rows(
            "SELECT number, id, forgotten FROM chat ORDER BY number"
        ):
            chat = _NO_CHAT if is_forgotten else ChatId(chat_id)
            for key, packed, is_undone in self._db.rows(
                """SELECT key, task_id, EXISTS (SELECT 1 FROM undone_message AS u
                                                WHERE u.chat = logged.chat AND u.key = logged.key)
                   FROM logged WHERE chat = ? ORDER BY minute, key""",
                (number,),
            ):
                message, task_id = MessageKey(key), unpack_task_id(packed)
                if task_id not in several:
                    on = chat if task_id else _NO_CHAT
                    yield LoggedTask(task_key([message]), task_id, on, bool(is_undone))
                for task in shared.pop(message, ()):
                    yield task._replace(chat_id=chat)
        yield from (task._replace(task_id=_NO_TASK) for task in rest)
        yield from _known_answer_tasks(self._db)

    # Undo

    def mark_undone(self, run: RunId, units: Sequence[LoggedUnit]) -> None:
        """Commit that the Tasks of these units are gone; no sync logs their messages by itself."""
        with self._db.transaction():
            number = _number(self._db, run)
            tasks = [task for unit in units for task in unit.tasks]
            self._db.run_many(
                """INSERT INTO undone_task (task_id, run) VALUES (?, ?)
                   ON CONFLICT (task_id) DO NOTHING""",
                ((task, number) for task in tasks),
            )
            self._db.run_many(
                "DELETE FROM pending_file WHERE task_id = ?", ((task,) for task in tasks)
            )
            _forget_logged_tasks(self._db, tasks)
            for unit in units:
                _mark_messages(self._db, chat_number(self._db, unit.chat_id), unit.messages)

    def mark_lead_undone(self, lead_id: RecordId) -> None:
        """Commit that a Lead is gone, and forget the links to it that no person made."""
        with self._db.transaction():
            self._db.run("DELETE FROM run_lead WHERE lead_id = ?", (lead_id,))
            forget_record(self._db, lead_id)

    def restore_undone(self, chat_id: ChatId) -> None:
        """Make the undone messages of a chat unknown, so that they are new again."""
        with self._db.transaction():
            chat = chat_number(self._db, chat_id)
            if not self.has_undone(chat_id):
                return
            forget_coverage(self._db, chat)
            self._db.run(
                """DELETE FROM logged WHERE chat = :chat
                   AND key IN (SELECT key FROM undone_message WHERE chat = :chat)""",
                {"chat": chat},
            )
            self._db.run("DELETE FROM undone_message WHERE chat = ?", (chat,))

    def has_undone(self, chat_id: ChatId) -> bool:
        """Return whether messages of a chat were undone and are not logged again."""
        chat = chat_number(self._db, chat_id)
        return bool(self._db.rows("SELECT 1 FROM undone_message WHERE chat = ? LIMIT 1", (chat,)))

    def undone_chats(self) -> frozenset[ChatId]:
        """Return all chats of which that is so."""
        asked = "SELECT 1 FROM undone_message WHERE undone_message.chat = chat.number"
        rows = self._db.rows(f"SELECT id FROM chat WHERE EXISTS ({asked})")  # noqa: S608 - our own words
        return frozenset(ChatId(one) for (one,) in rows)

    def undone_tasks(self, task_ids: Collection[RecordId]) -> frozenset[RecordId]:
        """Return which of these Tasks were deleted by an undo."""
        rows = self._db.rows_among("SELECT task_id FROM undone_task WHERE task_id IN (*)", task_ids)
        return frozenset(RecordId(task_id) for (task_id,) in rows)


def _run_record(row: Row) -> RunRecord:
    run, started, finished, logged = row
    ended = None if finished is None else from_micros(finished)
    return RunRecord(RunId(run), from_micros(started), ended, logged)


def _number(db: Database, run: RunId) -> int:
    """Return the number of a run. Raise `LookupError` if there was none with this id."""
    for (number,) in db.rows("SELECT number FROM run WHERE id = ?", (run,)):
        return int(number)
    raise LookupError(run)


def _unit(
    task_id: RecordId, rows: Sequence[Row], further: dict[MessageKey, list[RecordId]]
) -> LoggedUnit:
    messages = tuple(LoggedMessage(minute, MessageKey(key)) for _, minute, key, _ in rows)
    tasks = [task_id, *(one for message in messages for one in further.get(message.key, ()))]
    return LoggedUnit(ChatId(rows[0][0]), messages, tuple(dict.fromkeys(tasks)))


def _further_tasks(db: Database, firsts: set[MessageKey]) -> dict[MessageKey, list[RecordId]]:
    """Return all Tasks beside a message's own, by the first message of each."""
    asked = "SELECT message, task_id FROM logged_task"
    rows = (
        db.rows_among(f"{asked} WHERE message IN (*) ORDER BY task_key", firsts)
        if len(firsts) <= _FEW
        else db.stream(f"{asked} ORDER BY task_key")
    )
    found: dict[MessageKey, list[RecordId]] = {}
    for message, task_id in rows:
        if message in firsts:
            found.setdefault(MessageKey(message), []).append(RecordId(task_id))
    return found


def _parts_of_waiting(db: Database, run: int, of_chat: str) -> list[LoggedUnit]:
    """Return the Tasks that a run logged of messages that still wait for another Task."""
    rows = db.rows(
        f"""SELECT chat.id, message, logged_task.task_id FROM queue
           CROSS JOIN logged_task JOIN chat ON chat.number = queue.chat
           WHERE queue.task_id IS NOT NULL AND logged_task.message = queue.key
             AND run = ?{of_chat} ORDER BY message, task_key""",  # noqa: S608 - a number
        (run,),
    )
    tasks: dict[tuple[ChatId, bytes], list[RecordId]] = {}
    for chat, message, task_id in rows:
        tasks.setdefault((ChatId(chat), message), []).append(RecordId(task_id))
    return [LoggedUnit(chat, (), tuple(ids)) for (chat, _), ids in tasks.items()]


def _known_answer_tasks(db: Database) -> Iterator[LoggedTask]:
    """Yield all Tasks of this kind; those of forgotten people with nothing but their keys."""
    for key, task_id, chat, message in db.rows(
        """SELECT task_key, task_id, chat.id, message FROM answer_task
           JOIN chat ON chat.number = answer_task.chat ORDER BY task_key"""
    ):
        is_known = len(message) > 0
        yield LoggedTask(
            TaskKey(key),
            RecordId(task_id if is_known else ""),
            ChatId(chat) if is_known else _NO_CHAT,
        )


def _forget_logged_tasks(db: Database, tasks: Sequence[RecordId]) -> None:
    """Delete logged Tasks; queued messages that share another logged Task stay together by it."""
    first_messages: dict[RecordId, MessageKey | None] = dict(
        db.rows_among(
            """SELECT DISTINCT queue.task_id, message FROM queue
               LEFT JOIN logged_task ON logged_task.task_id = queue.task_id
               WHERE queue.task_id IN (*)""",
            tasks,
        )
    )
    db.run_many("DELETE FROM logged_task WHERE task_id = ?", ((task,) for task in tasks))
    db.run_many(
        """UPDATE queue SET task_id = (SELECT min(task_id) FROM logged_task WHERE message = ?)
           WHERE task_id = ?""",
        ((message, task) for task, message in first_messages.items()),
    )


def _mark_messages(db: Database, chat: int, messages: Sequence[LoggedMessage]) -> None:
    db.run_many(
        """UPDATE logged SET run = 0, task_id = '', written = NULL
           WHERE chat = ? AND minute = ? AND key = ?""",
        ((chat, minute, key) for minute, key in messages),
    )
    db.run_many(
        "INSERT INTO undone_message (chat, key) VALUES (?, ?) ON CONFLICT (chat, key) DO NOTHING",
        ((chat, key) for _, key in messages),
    )
    db.run("UPDATE chat SET logged = logged - ? WHERE number = ?", (len(messages), chat))
    mark_waiting(db, chat)
    rows = db.rows("SELECT record_id FROM chat WHERE number = ?", (chat,))
    mark_reported(db, [record for (record,) in rows])
