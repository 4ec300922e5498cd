"""Messages in the ledger's tables: which are known, which are queued, which are logged."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from wasf.core.chats import ChatId, Message
from wasf.core.coverage import ChatProfile
from wasf.core.keys import KeyedBatch, with_keys
from wasf.core.records import MessageKey
from wasf.store.ledger.database import Database, Row
from wasf.store.ledger.encoding import (
    body_row,
    facts_row,
    first_moment,
    learned_from,
    learned_text,
    logged_row,
    message_from,
    packed_id,
)
from wasf.store.ledger.model import Arrival, MessageState

# --- standing
# Where messages stand: not known, queued, logged.
#
# The messages of an export lie together in time, and so do those that are known: they are read at
# once and compared here. Where too much else lies between, each is looked up by itself.


_MOST = 4  # known messages for each that is asked for: reading so many is quicker than looking up
_PLACES = 450  # two values each: older SQLite takes at most 999


def states(db: Database, keys: Sequence[MessageKey]) -> list[MessageState]:
    """Where these messages stand, in order; looks through all logged ones (see `standing`)."""
    found = dict(map(_waiting, _queued(db, keys)))
    if len(found) < len(keys):
        for (key,) in db.rows_among("SELECT key FROM logged WHERE key IN (*)", keys):
            found[key] = MessageState.LOGGED
    return [found.get(key, MessageState.NEW) for key in keys]


def standing(db: Database, chat: int, asked: KeyedBatch) -> list[MessageState]:
    """Where these messages of a chat stand, in order; quick, since their minutes are known too."""
    if not asked.keys:
        return []
    found = dict(map(_waiting, _queued_then(db, chat, asked)))
    found.update(dict.fromkeys(_logged_then(db, chat, asked), MessageState.LOGGED))
    found.update(dict.fromkeys(_taken_back(db, chat, found), MessageState.UNDONE))
    return [found.get(key, MessageState.NEW) for key in asked.keys]


def _queued_then(db: Database, chat: int, asked: KeyedBatch) -> Collection[Row]:
    """Keys of queued messages and whether they are open: those asked for, and some beside them."""
    if 0 in asked.minutes:  # told by their ids at any time
        return list(_queued(db, asked.keys))
    near = db.rows(
        "SELECT key, open FROM queue WHERE chat = ? AND sent_at >= ? AND sent_at < ? LIMIT ?",
        (
            chat,
            first_moment(min(asked.minutes)),
            first_moment(max(asked.minutes) + 1),
            _MOST * len(asked.keys),
        ),
    )
    return near if len(near) < _MOST * len(asked.keys) else list(_queued(db, asked.keys))


def _queued(db: Database, keys: Sequence[MessageKey]) -> Iterator[Row]:
    return db.rows_among("SELECT key, open FROM queue WHERE key IN (*)", keys)


def _waiting(row: Row) -> tuple[bytes, MessageState]:
    key, is_open = row
    return key, MessageState.INTENDED if is_open else MessageState.QUEUED


def _logged_then(db: Database, chat: int, asked: KeyedBatch) -> Iterator[bytes]:
    """Which of these messages are logged."""
    places = list(zip(asked.minutes, asked.keys, strict=True))
    near = db.rows(
        "SELECT minute, key FROM logged WHERE chat = ? AND minute BETWEEN ? AND ? LIMIT ?",
        (chat, min(asked.minutes), max(asked.minutes), _MOST * len(places)),
    )
    is_all = len(near) < _MOST * len(places)
    found = set(places).intersection(near if is_all else _logged_at(db, chat, places))
    return (key for _, key in found)


def _logged_at(db: Database, chat: int, places: Sequence[tuple[int, bytes]]) -> Iterator[Row]:
    """Which of these minutes and keys are logged, looked up one by one."""
    for start in range(0, len(places), _PLACES):
        some = places[start : start + _PLACES]
        marks = ",".join(["(?, ?)"] * len(some))
        yield from db.rows(
            f"""WITH asked (minute, key) AS (VALUES {marks})
                SELECT logged.minute, logged.key FROM asked CROSS JOIN logged
                ON logged.chat = ? AND logged.minute = asked.minute AND logged.key = asked.key""",  # noqa: S608 - marks only
            [*chain.from_iterable(some), chat],
        )


def _taken_back(db: Database, chat: int, keys: Collection[bytes]) -> Iterator[bytes]:
    """Which of these messages of a chat a person took back: mostly there is none."""
    if db.rows("SELECT 1 FROM taken_back WHERE chat = ? LIMIT 1", (chat,)):
        asked = f"SELECT key FROM taken_back WHERE chat = {chat} AND key IN (*)"  # noqa: S608 - a number
        yield from (key for (key,) in db.rows_among(asked, keys))


# --- messages


_PAGE = 1000

THIS_RUN = "(SELECT coalesce(max(number), 0) FROM run)"
"""The run at work: there is only one at a time, and it is the latest that began."""


def chat_number(db: Database, chat_id: ChatId) -> int:
    """The number of a chat inside the ledger. Raises `LookupError` for one never saved."""
    for (number,) in db.rows("SELECT number FROM chat WHERE id = ?", (chat_id,)):
        return int(number)
    raise LookupError(chat_id)


def learned(db: Database, chat_id: ChatId) -> ChatProfile:
    """What the exports of a chat have taught."""
    for (text,) in db.rows("SELECT learned FROM chat WHERE id = ?", (chat_id,)):
        return learned_from(text)
    return ChatProfile()


def learn(db: Database, chat_id: ChatId, what: ChatProfile) -> None:
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
