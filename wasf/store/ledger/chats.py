"""Chats in the ledger: their records, why their messages wait, what their exports taught."""

from hashlib import blake2b
from typing import NamedTuple

from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.coverage import ChatProfile
from wasf.core.phones import canonical
from wasf.core.records import Approval, KnownChat, Link, RecordId, RecordType, record_type_of
from wasf.core.text import fold_name
from wasf.store.ledger.codec import chat_from, chat_text, profile_from, profile_text
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.last_messages import forget_reported, mark_reported


class ChatJoin(NamedTuple):
    """What joining two chats took out of the queue: messages that both had.

    `known` of the `dropped` ones had been sent in the other chat before.
    """

    dropped: int
    known: int


class Chats(LedgerPart):
    """Which record each chat belongs to, and why its messages wait."""

    def link(self, chat_id: ChatId, record: Link | None) -> None:
        """Store the record of a chat; a person ends that the chat is unlinked, None does not.

        A record that somebody chose is a yes to logging the chat (X2). One that is no person goes
        beside the Contact that the chat has, and ends a link to a Lead; as a Lead that is chosen
        ends that the chat is related to a record (R3).
        """
        with self._db.transaction():
            if record is not None and not record.record_type.is_person:
                _relate(self._db, chat_id, record.record_id)
                return
            number = chat_number(self._db, chat_id)
            [(before,)] = self._db.rows("SELECT record_id FROM chat WHERE number = ?", (number,))
            if before != (record and record.record_id):
                mark_reported(self._db, [before, record and record.record_id])
            by_hand = bool(record and record.by_hand)
            is_chosen_lead = (
                by_hand and record is not None and record.record_type is RecordType.LEAD
            )
            self._db.run(
                """UPDATE chat SET record_type = ?, record_id = ?, by_hand = ?,
                                   unlinked = unlinked AND ?,
                                   approval = CASE WHEN ? THEN ? ELSE approval END,
                                   related_id = CASE WHEN ? THEN NULL ELSE related_id END
                   WHERE number = ?""",
                (
                    record and record.record_type.value,
                    record and record.record_id,
                    by_hand,
                    record is None,
                    by_hand,
                    Approval.ALLOWED,
                    is_chosen_lead,
                    number,
                ),
            )

    def unlink(self, chat_id: ChatId) -> None:
        """Forget the record of a chat; wasf must not match the chat by itself (M10)."""
        with self._db.transaction():
            self.link(chat_id, None)
            self._db.run(
                "UPDATE chat SET unlinked = TRUE, related_id = NULL WHERE number = ?",
                (chat_number(self._db, chat_id),),
            )

    def chat_ids(self) -> dict[ChatId, ChatId]:
        """Return for every id, own ids and aliases, the own id of its chat."""
        own = {ChatId(one): ChatId(one) for (one,) in self._db.rows("SELECT id FROM chat")}
        aliases = self._db.rows(
            """SELECT chat_alias.id, chat.id FROM chat_alias
               JOIN chat ON chat.number = chat_alias.chat"""
        )
        return own | {ChatId(alias): ChatId(chat) for alias, chat in aliases}

    def ids_of(self, chat_id: ChatId) -> list[ChatId]:
        """Return all ids of a chat, its own one first."""
        return aliases_of(self._db, chat_id)

    def wait(self, chat_id: ChatId, reason: str, hint: str) -> None:
        """Store why the queued messages of a chat wait; "" twice if they do not."""
        with self._db.transaction():
            self._db.run(
                "UPDATE chat SET reason = ?, hint = ? WHERE number = ?",
                (reason, hint, chat_number(self._db, chat_id)),
            )


def known_chats(db: Database) -> list[KnownChat]:
    """Return all chats in the order in which they were first saved, without forgotten ones.

    Their approvals are their own, without those of rules (see `Approvals`).
    """
    return [known_chat(row) for row in db.rows(f"{KNOWN_CHATS} ORDER BY number")]


KNOWN_CHATS = """
    SELECT id, details, record_type, record_id, by_hand, related_id, unlinked, approval, logged,
           reason, hint, (SELECT count(1) FROM queue WHERE queue.chat = chat.number), number
    FROM chat WHERE NOT forgotten"""


def known_chat(row: Row) -> KnownChat:
    """Return what a row of `KNOWN_CHATS` says."""
    chat_id, details, of_type, record, by_hand, related, unlinked, approval, logged, *waits, _ = row
    reason, hint, queued = waits
    return KnownChat(
        chat=chat_from(chat_id, details),
        link=Link(RecordType(of_type), RecordId(record), bool(by_hand)) if record else None,
        unlinked=bool(unlinked),
        related=Link(record_type_of(related), related, by_hand=True) if related else None,
        approval=Approval(approval),
        queued=queued,
        logged=logged,
        reason=reason if queued else "",
        hint=hint if queued else "",
    )


def chat_number(db: Database, chat_id: ChatId) -> int:
    """Return the number of a chat inside the ledger, by its own id or another one.

    Raise `LookupError` if it was never saved.
    """
    for (number,) in db.rows("SELECT number FROM chat WHERE id = ?", (chat_id,)):
        return int(number)
    for (number,) in db.rows("SELECT chat FROM chat_alias WHERE id = ?", (chat_id,)):
        return int(number)
    raise LookupError(chat_id)


def chat_of(db: Database, chat_id: ChatId) -> Chat:
    """Return the chat that has this id. Raise `LookupError` if it was never saved."""
    number = chat_number(db, chat_id)
    [(own, details)] = db.rows("SELECT id, details FROM chat WHERE number = ?", (number,))
    return chat_from(own, details)


def save_chat(db: Database, chat: Chat) -> None:
    """Add a chat, or replace what is known of it."""
    db.run(
        """INSERT INTO chat (id, details, by_title, by_phone) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET details = excluded.details,
               by_title = excluded.by_title, by_phone = excluded.by_phone""",
        (chat.id, chat_text(chat), *_hashes(chat)),
    )


def find_by_names(db: Database) -> None:
    """Let chats be found by title and number that an earlier wasf saved."""
    rows = db.rows("SELECT number, id, details FROM chat WHERE NOT forgotten")
    db.run_many(
        "UPDATE chat SET by_title = ?, by_phone = ? WHERE number = ?",
        ((*_hashes(chat_from(chat_id, text)), number) for number, chat_id, text in rows),
    )


def _hashes(chat: Chat) -> tuple[bytes, bytes | None]:
    """Return hashes of a chat's title and of its number; a group has no number."""
    phone = None if chat.is_group else chat.phone
    return title_hash(chat.title), number_hash(phone) if phone else None


def title_hash(title: str) -> bytes:
    """Return a short hash of a title, however it is spelled: 8 bytes."""
    return _hash(fold_name(title))


def number_hash(phone: Phone) -> bytes:
    """Return a short hash of a number that has several spellings: 8 bytes."""
    return _hash(canonical(phone))


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _relate(db: Database, chat_id: ChatId, record_id: RecordId) -> None:
    number = chat_number(db, chat_id)
    db.run(
        "UPDATE chat SET related_id = ?, approval = ? WHERE number = ?",
        (record_id, Approval.ALLOWED, number),
    )
    db.run(
        """UPDATE chat SET record_type = NULL, record_id = NULL, by_hand = FALSE
           WHERE number = ? AND record_type = ?""",
        (number, RecordType.LEAD),
    )


def forget_record(db: Database, record_id: RecordId) -> None:
    """Forget all links to a record but those that a person made."""
    db.run(
        "UPDATE chat SET record_type = NULL, record_id = NULL WHERE record_id = ? AND NOT by_hand",
        (record_id,),
    )
    forget_reported(db, record_id)


# --- What exports taught -----------------------------------------------------------------------


def chat_profile(db: Database, chat_id: ChatId) -> ChatProfile:
    """Return the profile of a chat; an empty one for a chat that is not known."""
    for (text,) in db.rows("SELECT profile FROM chat WHERE id = ?", (chat_id,)):
        return profile_from(text)
    return ChatProfile()


def save_chat_profile(db: Database, chat_id: ChatId, profile: ChatProfile) -> None:
    """Replace the profile of a chat."""
    db.run("UPDATE chat SET profile = ? WHERE id = ?", (profile_text(profile), chat_id))


def forget_coverage(db: Database, chat: int) -> None:
    """Forget the time that exports of a chat covered, so that its messages can be new again."""
    for (text,) in db.rows("SELECT profile FROM chat WHERE number = ?", (chat,)):
        kept = profile_text(profile_from(text).without_coverage())
        db.run("UPDATE chat SET profile = ? WHERE number = ?", (kept, chat))


# --- Ids -----------------------------------------------------------------------------------------


def aliases_of(db: Database, chat_id: ChatId) -> list[ChatId]:
    """Return all ids of a chat, its own one first."""
    rows = db.rows(
        "SELECT id FROM chat_alias WHERE chat = (SELECT number FROM chat WHERE id = ?) ORDER BY id",
        (chat_id,),
    )
    return [chat_id, *(ChatId(alias) for (alias,) in rows)]


def add_alias(db: Database, alias: ChatId, chat_id: ChatId) -> None:
    """Give a chat a further id, unless somebody has it."""
    if db.rows("SELECT 1 FROM chat WHERE id = ?", (alias,)):
        return
    db.run(
        "INSERT INTO chat_alias (id, chat) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
        (alias, chat_number(db, chat_id)),
    )
