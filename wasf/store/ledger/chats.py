"""Chats in the ledger: their records, why their messages wait, what their exports taught.

They are also found by lines that they have (`KnownLines`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from wasf.core.chats import Chat, ChatId
from wasf.core.coverage import ChatProfile
from wasf.core.records import (
    Approval,
    KnownChat,
    Link,
    RecordId,
    RecordType,
    record_type_of,
)
from wasf.store.ledger.database import Database, Row
from wasf.store.ledger.encoding import chat_from, chat_text, digest_of, profile_from, profile_text
from wasf.store.ledger.model import TextAt


def known_chats(db: Database) -> list[KnownChat]:
    """Return all chats in the order in which they were first saved, without forgotten ones.

    Their approvals are their own, without those of rules (see `approvals`).
    """
    rows = db.rows(
        """SELECT id, details, record_type, record_id, by_hand, related_id, unlinked, approval,
                  logged, reason, hint, (SELECT count(*) FROM queue WHERE queue.chat = chat.number)
           FROM chat WHERE NOT forgotten ORDER BY number"""
    )
    return [_known_chat(row) for row in rows]


def _known_chat(row: Row) -> KnownChat:
    chat_id, details, of_type, record, by_hand, related, unlinked, approval, logged, *waits = row
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
        """INSERT INTO chat (id, details) VALUES (?, ?)
           ON CONFLICT (id) DO UPDATE SET details = excluded.details""",
        (chat.id, chat_text(chat)),
    )


def link(db: Database, chat_id: ChatId, record: Link | None) -> None:
    """Store the record of a chat; a person ends that the chat is unlinked, None does not.

    A record that somebody chose is a yes to logging the chat (X2). One that is no person goes
    beside the Contact that the chat has, and ends a link to a Lead; as a Lead that is chosen ends
    that the chat is related to a record (R3).
    """
    if record is not None and not record.record_type.is_person:
        _relate(db, chat_id, record.record_id)
        return
    by_hand = bool(record and record.by_hand)
    is_chosen_lead = by_hand and record is not None and record.record_type is RecordType.LEAD
    db.run(
        """UPDATE chat SET record_type = ?, record_id = ?, by_hand = ?, unlinked = unlinked AND ?,
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
            chat_number(db, chat_id),
        ),
    )


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


def unlink(db: Database, chat_id: ChatId) -> None:
    """Forget the records of a chat, and note that none is to be matched by itself (M10)."""
    link(db, chat_id, None)
    db.run(
        "UPDATE chat SET unlinked = TRUE, related_id = NULL WHERE number = ?",
        (chat_number(db, chat_id),),
    )


def forget_record(db: Database, record_id: RecordId) -> None:
    """Forget all links to a record but those that a person made."""
    db.run(
        "UPDATE chat SET record_type = NULL, record_id = NULL WHERE record_id = ? AND NOT by_hand",
        (record_id,),
    )


def wait(db: Database, chat_id: ChatId, reason: str, hint: str) -> None:
    """Store why the queued messages of a chat wait, and what to do."""
    db.run(
        "UPDATE chat SET reason = ?, hint = ? WHERE number = ?",
        (reason, hint, chat_number(db, chat_id)),
    )


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


def chat_ids(db: Database) -> dict[ChatId, ChatId]:
    """Return for every id, own ids and aliases, the own id of its chat."""
    own = {ChatId(one): ChatId(one) for (one,) in db.rows("SELECT id FROM chat")}
    aliases = db.rows(
        "SELECT chat_alias.id, chat.id FROM chat_alias JOIN chat ON chat.number = chat_alias.chat"
    )
    return own | {ChatId(alias): ChatId(chat) for alias, chat in aliases}


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


# --- Chats that have some lines ----------------------------------------------------------------

_ASKED = """
    WITH asked (minute, digest) AS (VALUES {})"""
_LOGGED_MATCHES = """
    SELECT chat.id, asked.minute, asked.digest FROM chat CROSS JOIN asked CROSS JOIN logged
    WHERE logged.chat = chat.number AND logged.minute = asked.minute
      AND logged.digest = asked.digest AND NOT logged.outgoing"""
_QUEUED_THEN = """
    SELECT chat.id, asked.minute, kind, text, asked.digest
    FROM chat CROSS JOIN asked CROSS JOIN queue CROSS JOIN body
    WHERE queue.chat = chat.number AND sent_at >= asked.minute * 60000000
      AND sent_at < (asked.minute + 1) * 60000000 AND NOT outgoing AND body.number = queue.body"""


class KnownLines:
    """Finds the chats that have some incoming lines, by minute and text.

    A few searches ask for the lines of each chat. Of thousands of chats that came under names
    alone, each one is searched for among all others: then the lines of all chats are put into a
    temporary table once, and later those of the chats that have changed.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asked = 0
        self._is_filled = False

    def chats_with(
        self, lines: Sequence[TextAt], chat_ids: Collection[ChatId], changed: Collection[ChatId]
    ) -> Mapping[ChatId, int]:
        """Count which of these few lines each chat has; without zeros.

        `chat_ids` are all chats, `changed` those that were changed since the last call.
        """
        if not lines:
            return {}
        self._asked += len(lines) * len(chat_ids)
        if self._asked < _MANY_LOOK_UPS:
            return _count_lines(self._db, chat_ids, lines)
        with self._db.transaction():
            if not self._is_filled:
                self._db.local.run("DROP TABLE IF EXISTS temp.known_line")
                self._db.local.run(_KNOWN_LINE)
            self._add(changed if self._is_filled else chat_ids)
        self._is_filled = True
        asked = _ASKED_LINES.format(",".join(["(?, ?)"] * len(lines)))
        found: dict[int, int] = dict(
            self._db.local.rows(asked, [value for line in lines for value in line])
        )
        chats = self._db.rows_among("SELECT number, id FROM chat WHERE number IN (*)", found)
        return {ChatId(chat): found[number] for number, chat in chats}

    def _add(self, chat_ids: Iterable[ChatId]) -> None:
        """Put the incoming lines of some chats into the table."""
        for chat_id in chat_ids:
            chat = chat_number(self._db, chat_id)
            lines = list(self._db.stream(_LOGGED_LINES, (chat, b"")))
            queued = self._db.stream(_QUEUED_LINES, (chat,))
            lines += [(minute, digest_of(kind, text)) for minute, kind, text in queued]
            self._db.local.run_many(
                "INSERT OR IGNORE INTO temp.known_line VALUES (?, ?, ?)",
                [(*line, chat) for line in lines],
            )


_MANY_LOOK_UPS = 50_000
_KNOWN_LINE = """
    CREATE TEMP TABLE known_line (
        minute INTEGER NOT NULL, digest BLOB NOT NULL, chat INTEGER NOT NULL,
        PRIMARY KEY (minute, digest, chat)) WITHOUT ROWID"""
_LOGGED_LINES = "SELECT minute, digest FROM logged WHERE chat = ? AND NOT outgoing AND digest <> ?"
_QUEUED_LINES = """
    SELECT sent_at / 60000000, kind, text FROM queue JOIN body ON body.number = queue.body
    WHERE chat = ? AND NOT outgoing"""
_ASKED_LINES = """
    WITH asked (minute, digest) AS (VALUES {})
    SELECT known.chat, count(*) FROM asked CROSS JOIN temp.known_line AS known
    WHERE known.minute = asked.minute AND known.digest = asked.digest GROUP BY known.chat"""


def _count_lines(
    db: Database, chat_ids: Collection[ChatId], lines: Sequence[TextAt]
) -> dict[ChatId, int]:
    """Count for each chat which of these few incoming lines it has, by minute and text."""
    if not lines:
        return {}
    asked = _ASKED.format(",".join(["(?, ?)"] * len(lines)))
    values = [value for line in lines for value in line]
    found = set(db.rows(asked + _LOGGED_MATCHES, values))
    for chat, minute, kind, text, digest in db.rows(asked + _QUEUED_THEN, values):
        if digest_of(kind, text) == digest:
            found.add((chat, minute, digest))
    wanted = frozenset(chat_ids)
    return dict(Counter(ChatId(chat) for chat, _, _ in found if chat in wanted))
