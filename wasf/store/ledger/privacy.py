"""How the ledger forgets people, purges what was logged, and erases deleted text from the file.

Keys and minutes always stay, so that nothing is ever logged twice. A person who was forgotten is
known by keyed hashes only: of the numbers, of the titles of the chats and the names of the records
(an export may have no number), and of the ids that a source knows the person by. The key of the
hashes is made here once and never leaves the file.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from wasf.core.chat_identity import first_id
from wasf.core.chats import Chat, ChatId, Phone, SourceChat
from wasf.core.phones import canonical
from wasf.core.records import RecordId
from wasf.core.source_state import LOGGED_FILES
from wasf.core.text import fold_name
from wasf.store.ledger.chats import aliases_of, chat_number
from wasf.store.ledger.codec import minute_of, pack_task_id, second_of, to_micros
from wasf.store.ledger.database import Database, LedgerPart
from wasf.store.ledger.facts import read_fact, write_fact
from wasf.store.ledger.last_messages import forget_reported
from wasf.store.ledger.messages import delete_queued
from wasf.store.ledger.outbox import UPLOAD

_HASH_KEY = "mark key"
_NO_DETAILS = "{}"
_FAR_FUTURE = 1 << 60  # microseconds


# --- Forget a person ---------------------------------------------------------------------------


class Purged(NamedTuple):
    """How many logged messages lost their details, and how many waiting ones their text."""

    logged: int
    waiting: int


class Privacy(LedgerPart):
    """People who are forgotten, and details that are purged."""

    def forget(self, phone: Phone, chats: Collection[Chat], names: Collection[str] = ()) -> None:
        """Remove all that is known of these chats, and let nobody with that number in again.

        Nor with another number of these chats, nor, without a number, under one of their titles or
        of these names. Keys stay under no name: who is let in again is not logged twice.
        """
        with self._db.transaction():
            person = phone_hash(self._db, phone)
            phones = {phone, *(chat.phone for chat in chats if chat.phone)}
            hashes = {
                *(phone_hash(self._db, one) for one in phones),
                *(_title_hash(self._db, chat) for chat in chats),
                *(_name_hash(self._db, name) for name in names if name.strip()),
                *(
                    _id_hash(self._db, one)
                    for chat in chats
                    if not chat.is_group
                    for one in aliases_of(self._db, chat.id)
                ),
            }
            write_fact(self._db, LOGGED_FILES, "")
            for one in phones:
                hashes |= {_alias_hash(self._db, alias) for alias in _take_facts(self._db, one)}
                _forget_lead_intents(self._db, one)
                self._db.run(
                    "DELETE FROM approval_rule WHERE hash = ?", (phone_hash(self._db, one),)
                )
            self._db.run_many(
                "INSERT INTO forgotten VALUES (?, ?) ON CONFLICT (hash) DO NOTHING",
                ((one, person) for one in hashes),
            )
            for chat in chats:
                _forget_chat(self._db, chat)

    def is_forgotten(self, found: SourceChat) -> bool:
        """Whether a person asked that this chat's other party be forgotten and not come back.

        A chat without a number is told by its name.
        """
        if not self._db.rows("SELECT 1 FROM forgotten LIMIT 1"):
            return False
        hashes = [_alias_hash(self._db, word) for word in found.native_id.split()]
        if found.phone:
            hashes.append(phone_hash(self._db, found.phone))
        elif not found.is_group:
            hashes += [
                _title_hash(self._db, found),
                _name_hash(self._db, found.name or found.title),
            ]
            hashes.append(_id_hash(self._db, first_id(found)))
        else:
            hashes.append(_title_hash(self._db, found))
        return any(
            True for _ in self._db.rows_among("SELECT 1 FROM forgotten WHERE hash IN (*)", hashes)
        )

    def lift_ban(self, phone: Phone) -> bool:
        """End the ban of `forget`, nothing comes back; return whether there was one."""
        with self._db.transaction():
            return (
                self._db.run(
                    "DELETE FROM forgotten WHERE person = ?", (phone_hash(self._db, phone),)
                )
                > 0
            )

    def let_in_again(self, alias: ChatId) -> ChatId | None:
        """Return the chat that had this id too before it was forgotten, if it was let in again."""
        if not read_fact(self._db, _HASH_KEY):  # nobody was forgotten
            return None
        rows = self._db.rows(
            """SELECT chat.id FROM chat_alias JOIN chat ON chat.number = chat_alias.chat
               WHERE chat_alias.id = ? AND NOT forgotten""",
            (_nameless_id(self._db, alias),),
        )
        return next((ChatId(own) for (own,) in rows), None)

    def purge(self, chats: Collection[ChatId], before: datetime | None, *, waiting: bool) -> Purged:
        """Delete what is known of logged messages but their keys and minutes.

        Only of these chats, and only what was written before that moment. With `waiting`, messages
        that wait lose their text too and are never logged. What may be on its way stays.
        """
        with self._db.transaction():
            end = to_micros(before) if before else _FAR_FUTURE
            logged = dropped = 0
            for chat_id in chats:
                number = chat_number(self._db, chat_id)
                logged += _purge_logged(self._db, number, end)
                if waiting:
                    dropped += _purge_waiting(self._db, number, end)
            return Purged(logged, dropped)


def _forget_chat(db: Database, chat: Chat) -> None:
    number = chat_number(db, chat.id)
    _, *aliases = aliases_of(db, chat.id)
    _purge_waiting(db, number, _FAR_FUTURE, with_intents=True)
    _purge_logged(db, number, _FAR_FUTURE)
    db.run(
        """DELETE FROM run_lead WHERE chat = ?
           OR lead_id = (SELECT record_id FROM chat WHERE number = ?)""",
        (number, number),
    )
    db.run(
        "DELETE FROM fact WHERE name = (SELECT 'known ' || record_id FROM chat WHERE number = ?)",
        (number,),
    )
    db.run("DELETE FROM chat_move WHERE chat = ?", (number,))
    _forget_answer_tasks(db, number)
    for (record,) in db.rows("SELECT record_id FROM chat WHERE number = ?", (number,)):
        forget_reported(db, record)
    db.run(
        """UPDATE chat SET id = ?, details = ?, record_type = NULL, record_id = NULL,
                           related_id = NULL, by_hand = FALSE, unlinked = FALSE, approval = '',
                           profile = '', reason = '', hint = '', forgotten = TRUE,
                           by_title = NULL, by_phone = NULL
           WHERE number = ?""",
        (_nameless_id(db, chat.id), _NO_DETAILS, number),
    )
    db.run_many(
        "UPDATE chat_alias SET id = ? WHERE id = ?",
        ((_nameless_id(db, alias), alias) for alias in aliases),
    )


def _forget_answer_tasks(db: Database, chat: int) -> None:
    """Delete what is stored of a chat's questions; the keys of Tasks stay.

    An open Task counts as answered, so that the next sync closes it; then its id goes too.
    """
    db.run("DELETE FROM waiting_chat WHERE chat = ?", (chat,))
    db.run(
        """UPDATE answer_task SET at = 0, message = ?, refused_at = NULL, refusal = '',
               task_id = CASE WHEN is_open THEN task_id ELSE '' END WHERE chat = ?""",
        (b"", chat),
    )


def _take_facts(db: Database, phone: Phone) -> set[str]:
    """Delete small facts that name a number; return the other words by which they name the person.

    A source that knows people by ids of its own stores which number has which id.
    """
    digits = phone.removeprefix("+")
    stored = db.rows("SELECT name, value FROM fact WHERE name <> ?", (_HASH_KEY,))
    about = [(name, value) for name, value in stored if digits in name or digits in value]
    words = {word for name, value in about for word in (name.rpartition(" ")[2], value) if word}
    others = [(name, value) for name, value in stored if value in words - {digits}]
    db.run_many("DELETE FROM fact WHERE name = ?", ((name,) for name, _ in [*about, *others]))
    return words | {name.rpartition(" ")[2] for name, _ in others}


def _forget_lead_intents(db: Database, phone: Phone) -> None:
    for (known,) in db.rows("SELECT phone FROM lead_intent"):
        if canonical(Phone(known)) == canonical(phone):
            db.run("DELETE FROM lead_intent WHERE phone = ?", (known,))


def restore_id(db: Database, chat_id: ChatId) -> None:
    """Give a forgotten chat its id again, so that the keys of its messages count.

    By whichever of its ids it comes back; the id that it had as its own becomes an alias then.
    """
    if not db.rows("SELECT 1 FROM chat WHERE forgotten LIMIT 1"):
        return
    nameless = _nameless_id(db, chat_id)
    for number, own in db.rows(
        """SELECT number, chat.id FROM chat_alias JOIN chat ON chat.number = chat_alias.chat
           WHERE chat_alias.id = ? AND forgotten""",
        (nameless,),
    ):
        db.run("UPDATE chat SET id = ? WHERE number = ?", (nameless, number))
        db.run("UPDATE chat_alias SET id = ? WHERE id = ?", (own, nameless))
    db.run(
        "UPDATE chat SET id = ?, forgotten = FALSE WHERE id = ? AND forgotten",
        (chat_id, nameless),
    )


def restore_alias(db: Database, alias: ChatId) -> None:
    """Give a chat that was let in again the alias that it had before it was forgotten."""
    if read_fact(db, _HASH_KEY):  # somebody was forgotten
        db.run("UPDATE chat_alias SET id = ? WHERE id = ?", (alias, _nameless_id(db, alias)))


# --- Purge -------------------------------------------------------------------------------------


def _purge_logged(db: Database, chat: int, end: int) -> int:
    """Leave keys, minutes and sides; return how many messages had more.

    A message with a native id that wasf 0.1.0 logged has no minute: it goes only if all go.
    """
    minute = minute_of(end)
    where = "chat = ? AND minute < ?" + (" AND minute != 0" if end < _FAR_FUTURE else "")
    these = f"SELECT key FROM logged WHERE {where}"  # noqa: S608 - our own words
    db.run(
        f"""DELETE FROM fact WHERE name LIKE '{UPLOAD}%' AND substr(name, {len(UPLOAD) + 1}, 18) IN
            (SELECT task_id FROM pending_file WHERE key IN ({these}))""",  # noqa: S608 - our own words
        (chat, minute),
    )
    db.run(f"DELETE FROM pending_file WHERE key IN ({these})", (chat, minute))  # noqa: S608 - our own words
    _forget_moves(db, these, (chat, minute))
    db.run(
        f"""UPDATE logged_task SET message = NULL, run = 0, task_id = '', written = NULL
            WHERE message IN ({these})""",  # noqa: S608 - our own words
        (chat, minute),
    )
    return db.run(
        f"""UPDATE logged SET run = 0, task_id = '', digest = ?, written = NULL
            WHERE {where} AND (task_id != '' OR digest != ?)""",  # noqa: S608 - our own words
        (b"", chat, minute, b""),
    )


def _forget_moves(db: Database, keys: str, values: tuple[int, int]) -> None:
    """Delete what is known of moves of the Tasks of these messages; `keys` is a query."""
    parts = db.rows(f"SELECT task_id FROM logged_task WHERE message IN ({keys})", values)  # noqa: S608 - our own words
    whole = keys.replace("SELECT key", "SELECT task_id", 1)
    db.run(f"DELETE FROM moved_task WHERE task_id IN ({whole})", values)  # noqa: S608 - our own words
    db.run_many(
        "DELETE FROM moved_task WHERE task_id = ?",
        ((pack_task_id(RecordId(task_id)),) for (task_id,) in parts),
    )


def _purge_waiting(db: Database, chat: int, end: int, *, with_intents: bool = False) -> int:
    """Turn waiting messages into undone ones, without their text; return how many."""
    where = "chat = :chat AND sent_at < :end"
    if with_intents:
        db.run("DELETE FROM intent WHERE chat = ?", (chat,))
    else:  # not what is on its way, nor what shares a logged Task with messages that stay
        where += """ AND open = 0 AND (task_id IS NULL OR task_id NOT IN (
            SELECT task_id FROM queue
            WHERE chat = :chat AND sent_at >= :end AND task_id IS NOT NULL))"""
    rows = db.rows(
        f"SELECT key, body, sent_at, outgoing, kind, source FROM queue WHERE {where}",  # noqa: S608 - our own words
        {"chat": chat, "end": end},
    )
    db.run_many(
        """INSERT INTO logged (key, chat, minute, outgoing, kind, digest, task_id, source, second,
                               arrival)
           VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?)""",
        (
            (key, chat, minute_of(sent_at), outgoing, kind, b"", source, second_of(sent_at), body)
            for key, body, sent_at, outgoing, kind, source in rows
        ),
    )
    db.run_many(
        "INSERT INTO undone_message (chat, key) VALUES (?, ?) ON CONFLICT (chat, key) DO NOTHING",
        ((chat, row[0]) for row in rows),
    )
    delete_queued(db, rows)
    return len(rows)


# --- Erase deleted text ------------------------------------------------------------------------

_REWRITES = (
    (
        "CREATE TABLE kept AS SELECT * FROM body ORDER BY number",
        "DELETE FROM body",
        "INSERT INTO body SELECT * FROM kept ORDER BY number",
        "DROP TABLE kept",
    ),
    (
        "CREATE TABLE kept AS SELECT * FROM intent ORDER BY number",
        "DELETE FROM intent",
        "INSERT INTO intent SELECT * FROM kept ORDER BY number",
        "DROP TABLE kept",
    ),
)


def erase_deleted_text(db: Database) -> None:
    """Make deleted text unreadable in the file too.

    SQLite overwrites what it deletes, but not the copies that it left behind when it moved rows
    between pages before. So the rows that stay are written anew, and all old pages are freed, which
    overwrites them whole. It takes about two seconds for a million waiting messages.
    """
    if not db.keeps_deleted_pages:
        return
    [(may_hold_text,)] = db.rows("SELECT may_hold_text FROM free_pages")
    if not may_hold_text:
        return
    with db.transaction():
        for statements in _REWRITES:
            for statement in statements:
                db.run(statement)
        db.run("UPDATE free_pages SET may_hold_text = FALSE")


# --- Keyed hashes ------------------------------------------------------------------------------


def phone_hash(db: Database, phone: Phone) -> bytes:
    """Return the hash by which a number is known, however it is spelled."""
    return _hash(db, "phone", canonical(phone))


def account_hash(db: Database, account: str) -> bytes:
    """Return the hash by which a WhatsApp account is known."""
    return _hash(db, "account", account)


def _title_hash(db: Database, chat: Chat | SourceChat) -> bytes:
    return _hash(db, "title", f"{chat.source}\x1f{chat.is_group}\x1f{fold_name(chat.title)}")


def _name_hash(db: Database, name: str) -> bytes:
    return _hash(db, "name", fold_name(name))


def _alias_hash(db: Database, alias: str) -> bytes:
    return _hash(db, "alias", alias)


def _id_hash(db: Database, chat_id: ChatId) -> bytes:
    return _hash(db, "id", chat_id)


def _nameless_id(db: Database, chat_id: ChatId) -> str:
    return _hash(db, "chat", chat_id).hex()


def _hash(db: Database, kind: str, text: str) -> bytes:
    material = f"{kind}\x1f{text}".encode("utf-8", "surrogatepass")
    return blake2b(material, digest_size=16, key=_key(db)).digest()


def _key(db: Database) -> bytes:
    stored = read_fact(db, _HASH_KEY)
    if not stored:
        stored = secrets.token_bytes(32).hex()
        write_fact(db, _HASH_KEY, stored)
    return bytes.fromhex(stored)
