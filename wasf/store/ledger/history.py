"""What a run logged, in the ledger's tables, and how it is taken back.

Tasks belong together by the first of their messages: the parts of a long text, or one Task for each
participant of a group. The run of a message is the one that logged the last of its Tasks.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from wasf.core.chats import ChatId
from wasf.core.keys import task_key
from wasf.core.records import MessageKey, RecordId, TaskKey
from wasf.store.ledger.database import Database, Row
from wasf.store.ledger.encoding import id_from
from wasf.store.ledger.messages import chat_number, learn, learned
from wasf.store.ledger.model import LoggedMessage, LoggedTask, LoggedUnit, RunId, RunLead

_NO_CHAT = ChatId("")
_NO_TASK = RecordId("")


def runs(db: Database) -> list[RunId]:
    """All runs, oldest first."""
    return [RunId(run) for (run,) in db.rows("SELECT id FROM run ORDER BY number")]


def last_work(db: Database) -> RunId | None:
    """The latest run that wrote anything, even if that was taken back."""
    [(number,)] = db.rows(
        """SELECT max(run) FROM (
               SELECT max(run) AS run FROM logged
               UNION ALL SELECT max(run) FROM logged_task
               UNION ALL SELECT max(run) FROM undone_task
               UNION ALL SELECT max(run) FROM run_lead)"""
    )
    rows = db.rows("SELECT id FROM run WHERE number = ?", (number or 0,))
    return RunId(rows[0][0]) if rows else None


def work_of(db: Database, run: RunId) -> list[LoggedUnit]:
    """What a run logged, in units of what stands or goes together."""
    number = _number(db, run)
    rows = db.rows(
        """SELECT chat.id, minute, key, task_id FROM logged JOIN chat ON chat.number = chat
           WHERE run = ? AND task_id != ''""",
        (number,),
    )
    together: dict[RecordId, list[Row]] = {}
    for row in rows:
        together.setdefault(id_from(row[3]), []).append(row)
    more = _further_tasks(db, {MessageKey(row[2]) for row in rows})
    units = [_unit(task_id, members, more) for task_id, members in together.items()]
    return [*units, *_torn(db, number)]


def _unit(
    task_id: RecordId, members: Sequence[Row], more: dict[MessageKey, list[RecordId]]
) -> LoggedUnit:
    messages = tuple(LoggedMessage(minute, MessageKey(key)) for _, minute, key, _ in members)
    tasks = [task_id, *(one for message in messages for one in more.get(message.key, ()))]
    return LoggedUnit(ChatId(members[0][0]), messages, tuple(dict.fromkeys(tasks)))


def _further_tasks(db: Database, firsts: set[MessageKey]) -> dict[MessageKey, list[RecordId]]:
    found: dict[MessageKey, list[RecordId]] = {}
    for message, task_id in db.rows("SELECT message, task_id FROM logged_task ORDER BY task_key"):
        if message in firsts:
            found.setdefault(MessageKey(message), []).append(RecordId(task_id))
    return found


def _torn(db: Database, number: int) -> Iterator[LoggedUnit]:
    """Parts that this run logged of messages that still wait for the rest."""
    rows = db.rows(
        """SELECT chat.id, message, group_concat(logged_task.task_id) FROM logged_task
           JOIN queue ON queue.key = logged_task.message JOIN chat ON chat.number = queue.chat
           WHERE run = ? GROUP BY message""",
        (number,),
    )
    for chat, _, tasks in rows:
        yield LoggedUnit(ChatId(chat), (), tuple(map(RecordId, tasks.split(","))))


def leads_of(db: Database, run: RunId) -> list[RunLead]:
    """Leads that a run created or reopened."""
    rows = db.rows(
        "SELECT lead_id, is_created FROM run_lead WHERE run = ? ORDER BY lead_id",
        (_number(db, run),),
    )
    return [RunLead(RecordId(lead_id), bool(is_created)) for lead_id, is_created in rows]


def take_back(db: Database, run: RunId, units: Sequence[LoggedUnit]) -> None:
    """Note that the Tasks of these units are gone."""
    number = _number(db, run)
    tasks = [task for unit in units for task in unit.tasks]
    db.run_many(
        "INSERT OR IGNORE INTO undone_task (task_id, run) VALUES (?, ?)",
        ((task, number) for task in tasks),
    )
    db.run_many("DELETE FROM pending_file WHERE task_id = ?", ((task,) for task in tasks))
    _untie(db, tasks)
    for unit in units:
        _mark_taken_back(db, chat_number(db, unit.chat_id), unit.messages)


def _untie(db: Database, tasks: Sequence[RecordId]) -> None:
    """Forget logged Tasks; queued messages that share another one stay together by that."""
    partially_logged: dict[RecordId, MessageKey | None] = dict(
        db.rows_among(
            """SELECT DISTINCT queue.task_id, message FROM queue
               LEFT JOIN logged_task ON logged_task.task_id = queue.task_id
               WHERE queue.task_id IN (*)""",
            tasks,
        )
    )
    db.run_many("DELETE FROM logged_task WHERE task_id = ?", ((task,) for task in tasks))
    for task, message in partially_logged.items():
        db.run(
            """UPDATE queue SET task_id = (SELECT min(task_id) FROM logged_task WHERE message = ?)
               WHERE task_id = ?""",
            (message, task),
        )


def _mark_taken_back(db: Database, chat: int, messages: Sequence[LoggedMessage]) -> None:
    places = [(chat, minute, key) for minute, key in messages]
    db.run_many(
        "UPDATE logged SET run = 0, task_id = '' WHERE chat = ? AND minute = ? AND key = ?", places
    )
    db.run_many(
        "INSERT OR IGNORE INTO taken_back (chat, key) VALUES (?, ?)",
        ((chat, key) for _, key in messages),
    )
    db.run("UPDATE chat SET logged = logged - ? WHERE number = ?", (len(messages), chat))


def lead_taken_back(db: Database, lead_id: RecordId) -> None:
    """Note that a Lead is gone; links made by hand stay, for a person to decide."""
    db.run("DELETE FROM run_lead WHERE lead_id = ?", (lead_id,))
    db.run(
        "UPDATE chat SET record_type = NULL, record_id = NULL WHERE record_id = ? AND by_hand = 0",
        (lead_id,),
    )


def restore(db: Database, chat_id: ChatId) -> None:
    """Make a chat's messages that were taken back unknown, and so its covered time."""
    chat = chat_number(db, chat_id)
    if not db.rows("SELECT 1 FROM taken_back WHERE chat = ? LIMIT 1", (chat,)):
        return
    learn(db, chat_id, replace(learned(db, chat_id), spans=()))
    db.run(
        """DELETE FROM logged WHERE chat = :chat
           AND key IN (SELECT key FROM taken_back WHERE chat = :chat)""",
        {"chat": chat},
    )
    db.run("DELETE FROM taken_back WHERE chat = ?", (chat,))


def undone(db: Database, task_ids: Collection[RecordId]) -> frozenset[RecordId]:
    """Which of these Tasks were deleted by taking a run back."""
    rows = db.rows_among("SELECT task_id FROM undone_task WHERE task_id IN (*)", task_ids)
    return frozenset(RecordId(task_id) for (task_id,) in rows)


def logged_tasks(db: Database) -> Iterator[LoggedTask]:
    """Every Task whose key is known, chat by chat, then those of which nothing else is."""
    shared: dict[MessageKey, list[LoggedTask]] = {}
    rest: list[LoggedTask] = []
    for key, task_id, message in db.rows("SELECT task_key, task_id, message FROM logged_task"):
        known = LoggedTask(TaskKey(key), RecordId(task_id), _NO_CHAT)
        shared.setdefault(message, []).append(known) if message else rest.append(known)
    many = {task.task_id for tasks in shared.values() for task in tasks}
    for number, chat_id, is_nameless in db.rows("SELECT number, id, forgotten FROM chat"):
        chat = _NO_CHAT if is_nameless else ChatId(chat_id)
        for key, kept, is_back in db.rows(
            """SELECT key, task_id, EXISTS (SELECT 1 FROM taken_back AS t
                                            WHERE t.chat = logged.chat AND t.key = logged.key)
               FROM logged WHERE chat = ?""",
            (number,),
        ):
            message, task_id = MessageKey(key), id_from(kept)
            if task_id not in many:
                on = chat if task_id else _NO_CHAT
                yield LoggedTask(task_key([message]), task_id, on, bool(is_back))
            for task in shared.pop(message, ()):
                yield task._replace(chat_id=chat)
    yield from (task._replace(task_id=_NO_TASK) for task in rest)


def _number(db: Database, run: RunId) -> int:
    for (number,) in db.rows("SELECT number FROM run WHERE id = ?", (run,)):
        return int(number)
    raise LookupError(run)
