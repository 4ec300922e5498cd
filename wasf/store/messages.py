"""Messages in the ledger's tables: which are known, which are queued, which are logged."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from wasf.core.chats import ChatId, Message
from wasf.core.coverage import Learned
from wasf.core.keys import with_keys
from wasf.core.records import MessageKey
from wasf.interfaces import Arrival, MessageState
from wasf.store.database import Database, Row
from wasf.store.rows import (
    body_row,
    facts_row,
    learned_from,
    learned_text,
    logged_row,
    message_from,
)
from wasf.store.standing import standing
from wasf.store.task_ids import packed_id

_PAGE = 1000

THIS_RUN = "(SELECT coalesce(max(number), 0) FROM run)"
"""The run at work: there is only one at a time, and it is the latest that began."""


def chat_number(db: Database, chat_id: ChatId) -> int:
    """The number of a chat inside the ledger. Raises `LookupError` for one never saved."""
    for (number,) in db.rows("SELECT number FROM chat WHERE id = ?", (chat_id,)):
        return int(number)
    raise LookupError(chat_id)


def learned(db: Database, chat_id: ChatId) -> Learned:
    """What the exports of a chat have taught."""
    for (text,) in db.rows("SELECT learned FROM chat WHERE id = ?", (chat_id,)):
        return learned_from(text)
    return Learned()


def learn(db: Database, chat_id: ChatId, what: Learned) -> None:
    """Replace what the exports of a chat have taught."""
    db.run("UPDATE chat SET learned = ? WHERE id = ?", (learned_text(what), chat_id))


def enqueue(db: Database, chat_id: ChatId, arrivals: Sequence[Arrival]) -> None:
    """Put messages that are not known into the queue."""
    chat = chat_number(db, chat_id)
    [(first,)] = db.rows("SELECT coalesce(max(number), 0) + 1 FROM body")
    known = standing(db, chat, with_keys(arrivals))
    new: dict[MessageKey, Message] = {}
    for (key, message), state in zip(arrivals, known, strict=True):
        if state is MessageState.NEW:
            new.setdefault(key, message)
    db.run_many(
        "INSERT INTO body (number, author, text, attachment, native_id) VALUES (?, ?, ?, ?, ?)",
        ((number, *body_row(message)) for number, message in enumerate(new.values(), first)),
    )
    db.run_many(
        """INSERT INTO queue (chat, body, key, sent_at, outgoing, kind)
           VALUES (?, ?, ?, ?, ?, ?)""",
        (
            (chat, number, key, *facts_row(message))
            for number, (key, message) in enumerate(new.items(), first)
        ),
    )


def queued(db: Database, chat_id: ChatId) -> Iterator[Arrival]:
    """A chat's queued messages without intended ones, read page by page."""
    number = chat_number(db, chat_id)
    last = (-(2**63), -1)
    while True:
        page = db.rows(
            """SELECT key, body, sent_at, outgoing, kind, author, text, attachment, native_id
               FROM queue JOIN body ON body.number = queue.body
               WHERE chat = ? AND (sent_at, body) > (?, ?) AND open = 0
               ORDER BY sent_at, body LIMIT ?""",
            (number, *last, _PAGE),
        )
        for row in page:
            yield Arrival(MessageKey(row[0]), message_from(row[2:]))
        if len(page) < _PAGE:
            return
        last = (page[-1][2], page[-1][1])


def drop(db: Database, keys: Collection[MessageKey]) -> None:
    """Take messages out of the queue; those that may be on their way stay.

    Their chats' covered time is forgotten: an export will show them as if they were new.
    """
    rows = list(
        db.rows_among("SELECT key, body, chat FROM queue WHERE open = 0 AND key IN (*)", keys)
    )
    _delete(db, rows)
    for chat in {chat for _, _, chat in rows}:
        for (text,) in db.rows("SELECT learned FROM chat WHERE number = ?", (chat,)):
            kept = learned_text(replace(learned_from(text), spans=()))
            db.run("UPDATE chat SET learned = ? WHERE number = ?", (kept, chat))


def _delete(db: Database, rows: Sequence[Row]) -> None:
    """Delete queued messages and what they say, given as key and body."""
    db.run_many("DELETE FROM queue WHERE key = ?", ((row[0],) for row in rows))
    db.run_many("DELETE FROM body WHERE number = ?", ((row[1],) for row in rows))
    db.run("UPDATE remnants SET possible = 1 WHERE possible = 0")


def wipe_remnants(db: Database) -> None:
    """Make what was deleted unreadable in the file too.

    SQLite overwrites what it deletes, but not the copies it left elsewhere when it moved rows
    between pages before. So the rows that stay are written anew, and all old pages are freed, which
    overwrites them whole. It takes about two seconds for a million waiting messages.
    """
    [(possible,)] = db.rows("SELECT possible FROM remnants")
    if not possible:
        return
    with db.transaction():
        for copy, clear, restore in _REWRITES:
            db.run(copy)
            db.run(clear)
            db.run(restore)
            db.run("DROP TABLE kept")
        db.run("UPDATE remnants SET possible = 0")


_REWRITES = (
    (
        "CREATE TABLE kept AS SELECT * FROM body ORDER BY number",
        "DELETE FROM body",
        "INSERT INTO body SELECT * FROM kept ORDER BY number",
    ),
    (
        "CREATE TABLE kept AS SELECT * FROM intent ORDER BY number",
        "DELETE FROM intent",
        "INSERT INTO intent SELECT * FROM kept ORDER BY number",
    ),
)


def log_finished(db: Database, keys: Iterable[MessageKey]) -> set[MessageKey]:
    """Move those of these messages to the logged ones whose Tasks are all there; return them.

    Their text is deleted. The others without an open Task are back in the queue for good.
    """
    rows = list(
        db.rows_among(
            """SELECT key, body, chat, sent_at, outgoing, kind, text, task_id, failed, native_id
               FROM queue JOIN body ON body.number = queue.body
               WHERE open = 0 AND key IN (*)""",
            keys,
        )
    )
    done = [row for row in rows if not row[8]]
    db.run_many(
        f"""INSERT INTO logged (key, chat, minute, outgoing, kind, digest, task_id, run)
           VALUES (?, ?, ?, ?, ?, ?, ?, {THIS_RUN})""",  # noqa: S608 - a constant
        (
            (key, chat, *logged_row(sent_at, outgoing, kind, text, native_id), packed_id(task))
            for key, _, chat, sent_at, outgoing, kind, text, task, _, native_id in done
        ),
    )
    _delete(db, done)
    per_chat = Counter(row[2] for row in done)
    db.run_many(
        "UPDATE chat SET logged = logged + ? WHERE number = ?",
        ((count, chat) for chat, count in per_chat.items()),
    )
    db.run_many("UPDATE queue SET failed = 0 WHERE key = ?", ((r[0],) for r in rows if r[8]))
    return {row[0] for row in done}
