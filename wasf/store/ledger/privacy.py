"""How the ledger forgets people and purges what was logged.

What stays are keys and minutes, so that nothing is ever logged twice. Whoever was forgotten is
known by keyed hashes only: of the numbers, of the titles of the chats and the names of the records,
because an export may have no number, and of the ids that a source knows the person by. The key of
the hashes is made here once and never leaves the file.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import blake2b

from wasf.core.chats import Chat, ChatId, Phone, SourceChat
from wasf.core.phones import canonical
from wasf.core.text import fold_name
from wasf.store.ledger.database import Database
from wasf.store.ledger.encoding import minute_of, moment
from wasf.store.ledger.messages import chat_number
from wasf.store.ledger.model import Purged

_FACT = "mark key"
_NAMELESS = "{}"
_FAR_FUTURE = 1 << 60


def is_forgotten(db: Database, found: SourceChat) -> bool:
    """Whether a chat is one of somebody who was forgotten; by its name where it has no number."""
    if not db.rows("SELECT 1 FROM forgotten LIMIT 1"):
        return False
    marks = [_alias_mark(db, word) for word in found.native_id.split()]
    if found.phone:
        marks.append(_phone_mark(db, found.phone))
    elif not found.is_group:
        marks += [_title_mark(db, found), _name_mark(db, found.name or found.title)]
    else:
        marks.append(_title_mark(db, found))
    return any(True for _ in db.rows_among("SELECT 1 FROM forgotten WHERE mark IN (*)", marks))


def forget(db: Database, phone: Phone, chats: Collection[Chat], names: Collection[str]) -> None:
    """Remove chats with all that waits of them; keep their messages' keys under no name."""
    person = _phone_mark(db, phone)
    phones = {phone, *(chat.phone for chat in chats if chat.phone)}
    marks = {
        *(_phone_mark(db, one) for one in phones),
        *(_title_mark(db, chat) for chat in chats),
        *(_name_mark(db, name) for name in names if name.strip()),
    }
    for one in phones:
        marks |= {_alias_mark(db, alias) for alias in _take_facts(db, one)}
        _forget_lead_intents(db, one)
    db.run_many("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", ((mark, person) for mark in marks))
    for chat in chats:
        _forget_chat(db, chat)


def _forget_chat(db: Database, chat: Chat) -> None:
    number = chat_number(db, chat.id)
    _purge_waiting(db, number, _FAR_FUTURE, on_its_way_too=True)
    _blank(db, number, _FAR_FUTURE)
    db.run(
        """DELETE FROM run_lead WHERE lead_id =
           (SELECT record_id FROM chat WHERE number = ?)""",
        (number,),
    )
    db.run(
        """UPDATE chat SET id = ?, facts = ?, record_type = NULL, record_id = NULL, by_hand = 0,
                           unlinked = 0, learned = '', reason = '', remedy = '', forgotten = 1
           WHERE number = ?""",
        (_nameless_id(db, chat.id), _NAMELESS, number),
    )


def _take_facts(db: Database, phone: Phone) -> set[str]:
    """Remove small facts that name a number; returns by what else they name the person.

    A source that knows people by ids of its own keeps which number has which id.
    """
    digits = phone.removeprefix("+")
    naming = "instr(name, :digits) OR instr(value, :digits)"
    facts = db.rows(f"SELECT name, value FROM fact WHERE {naming}", {"digits": digits})  # noqa: S608
    words = {word for fact in facts for word in (fact[0].rpartition(" ")[2], fact[1]) if word}
    db.run(f"DELETE FROM fact WHERE {naming}", {"digits": digits})  # noqa: S608 - our own words
    others = list(db.rows_among("SELECT name FROM fact WHERE value IN (*)", words - {digits}))
    db.run_many("DELETE FROM fact WHERE name = ?", others)
    return words | {name.rpartition(" ")[2] for (name,) in others}


def _forget_lead_intents(db: Database, phone: Phone) -> None:
    for (known,) in db.rows("SELECT phone FROM lead_intent"):
        if canonical(Phone(known)) == canonical(phone):
            db.run("DELETE FROM lead_intent WHERE phone = ?", (known,))


def let_in_again(db: Database, phone: Phone) -> bool:
    """Lift the ban on a number and on the titles that were forgotten with it."""
    return db.run("DELETE FROM forgotten WHERE person = ?", (_phone_mark(db, phone),)) > 0


def take_up(db: Database, chat_id: ChatId) -> None:
    """Give a chat that was forgotten its id again, so that its messages' keys count."""
    if db.rows("SELECT 1 FROM chat WHERE forgotten = 1 LIMIT 1"):
        db.run(
            "UPDATE chat SET id = ?, forgotten = 0 WHERE id = ? AND forgotten = 1",
            (chat_id, _nameless_id(db, chat_id)),
        )


def purge(
    db: Database, chats: Collection[ChatId], before: datetime | None, *, waiting: bool
) -> Purged:
    """Blank what is known of logged messages, and with `waiting` drop those that wait."""
    end = moment(before) if before else _FAR_FUTURE
    logged = dropped = 0
    for chat_id in chats:
        number = chat_number(db, chat_id)
        logged += _blank(db, number, end)
        if waiting:
            dropped += _purge_waiting(db, number, end)
    return Purged(logged, dropped)


def _blank(db: Database, chat: int, end: int) -> int:
    """Leave keys, minutes and sides; returns how many messages had more.

    Of a message with an id of its source's own the minute is not known: it goes only with all.
    """
    minute = minute_of(end)
    where = "chat = ? AND minute < ?" + (" AND minute != 0" if end < _FAR_FUTURE else "")
    these = f"SELECT key FROM logged WHERE {where}"  # noqa: S608 - our own words
    db.run(
        f"""DELETE FROM fact WHERE name LIKE 'upload %' AND substr(name, 8, 18) IN
            (SELECT task_id FROM pending_file WHERE key IN ({these}))""",  # noqa: S608
        (chat, minute),
    )
    db.run(f"DELETE FROM pending_file WHERE key IN ({these})", (chat, minute))  # noqa: S608
    db.run(
        f"""UPDATE logged_task SET message = NULL, run = 0, task_id = ''
            WHERE message IN ({these})""",  # noqa: S608 - our own words
        (chat, minute),
    )
    return db.run(
        f"""UPDATE logged SET run = 0, task_id = '', digest = x''
            WHERE {where} AND (task_id != '' OR digest != x'')""",  # noqa: S608 - our own words
        (chat, minute),
    )


def _purge_waiting(db: Database, chat: int, end: int, *, on_its_way_too: bool = False) -> int:
    """Turn waiting messages into ones that were taken back; their text is gone."""
    where = "chat = :chat AND sent_at < :end"
    if on_its_way_too:
        db.run("DELETE FROM intent WHERE chat = ?", (chat,))
    else:  # nor what shares a Task that is written with messages that stay
        where += """ AND open = 0 AND (task_id IS NULL OR task_id NOT IN (
            SELECT task_id FROM queue
            WHERE chat = :chat AND sent_at >= :end AND task_id IS NOT NULL))"""
    rows = db.rows(
        f"""SELECT key, body, sent_at, outgoing, kind, native_id FROM queue
            JOIN body ON body.number = queue.body WHERE {where}""",  # noqa: S608 - our own words
        {"chat": chat, "end": end},
    )
    db.run_many(
        """INSERT INTO logged (key, chat, minute, outgoing, kind, digest, task_id)
           VALUES (?, ?, ?, ?, ?, x'', '')""",
        (
            (key, chat, 0 if native_id else minute_of(sent_at), outgoing, kind)
            for key, _, sent_at, outgoing, kind, native_id in rows
        ),
    )
    db.run_many(
        "INSERT OR IGNORE INTO taken_back (chat, key) VALUES (?, ?)",
        ((chat, row[0]) for row in rows),
    )
    db.run_many("DELETE FROM queue WHERE key = ?", ((row[0],) for row in rows))
    db.run_many("DELETE FROM body WHERE number = ?", ((row[1],) for row in rows))
    db.run("UPDATE remnants SET possible = 1")
    return len(rows)


# --- Keyed hashes ------------------------------------------------------------------------------


def _phone_mark(db: Database, phone: Phone) -> bytes:
    return _mark(db, "phone", canonical(phone))


def _title_mark(db: Database, chat: Chat | SourceChat) -> bytes:
    return _mark(db, "title", f"{chat.source}\x1f{chat.is_group}\x1f{fold_name(chat.title)}")


def _name_mark(db: Database, name: str) -> bytes:
    return _mark(db, "name", fold_name(name))


def _alias_mark(db: Database, alias: str) -> bytes:
    return _mark(db, "alias", alias)


def _nameless_id(db: Database, chat_id: ChatId) -> str:
    return _mark(db, "chat", chat_id).hex()


def _mark(db: Database, kind: str, text: str) -> bytes:
    material = f"{kind}\x1f{text}".encode("utf-8", "surrogatepass")
    return blake2b(material, digest_size=16, key=_key(db)).digest()


def _key(db: Database) -> bytes:
    for (kept,) in db.rows("SELECT value FROM fact WHERE name = ?", (_FACT,)):
        return bytes.fromhex(kept)
    made = secrets.token_bytes(32)
    db.run("INSERT INTO fact (name, value) VALUES (?, ?)", (_FACT, made.hex()))
    return made
