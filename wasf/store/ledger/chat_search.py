"""Finds the few chats that a run needs among all, each with the approval that counts (X2).

A sync of ten messages must not read the details of a hundred thousand chats. So each search reads
what an index tells, and no more: by ids, names, records, lines, or the chats that wait.

What a person said may be of a chat, of a number, or of a WhatsApp account. A rule for a number is a
keyed hash of it, as for people who were forgotten: wasf never has to show the number, and a rule
must not name a person whose chat was never read.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from wasf.core.approval import account_key, effective_approval
from wasf.core.chats import Chat, ChatId, Phone, SourceChat
from wasf.core.records import Approval, KnownChat, RecordId
from wasf.store.ledger.chats import KNOWN_CHATS, chat_number, known_chat, number_hash, title_hash
from wasf.store.ledger.codec import digest_of
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.privacy import account_hash, phone_hash

_IS_QUEUED = " AND number IN (SELECT chat FROM queue)"
_HAS_SHARED_NUMBER = """
    AND by_phone IN (SELECT by_phone FROM chat WHERE by_phone IS NOT NULL
                     GROUP BY by_phone HAVING count(*) > 1)"""

_Rules = dict[bytes, Approval]


class ApprovalRule(NamedTuple):
    """What a person said of all chats of a WhatsApp account, or of a number: then it is ""."""

    approval: Approval
    account: str


class TextAt(NamedTuple):
    """The minute of a line (counted from 1970, UTC) and the digest of its text."""

    minute: int
    digest: bytes


class Approvals(LedgerPart):
    """What a person said in one ledger; every method that changes something is one transaction."""

    def of(self, chat: Chat) -> Approval:
        """Return what counts for a chat with these details, also for one that was never saved."""
        rows = self._db.rows("SELECT approval FROM chat WHERE id = ?", (chat.id,))
        own = Approval(rows[0][0]) if rows else Approval.NOT_NEEDED
        return self._effective(self._by_hash(), chat, own)

    def with_rules(self, chats: Iterable[KnownChat]) -> list[KnownChat]:
        """Return chats, which have their own approvals, with those that count."""
        known, rules = list(chats), self._by_hash()
        if not rules:
            return known
        return [
            replace(one, approval=self._effective(rules, one.chat, one.approval)) for one in known
        ]

    def decide(self, chat_id: ChatId, approval: Approval) -> None:
        """Store what a person said of a chat. Its queue stays; files are not uploaded any more."""
        with self._db.transaction():
            number = chat_number(self._db, chat_id)
            self._db.run("UPDATE chat SET approval = ? WHERE number = ?", (approval, number))
            if approval is Approval.SKIPPED:
                self._db.run(
                    """DELETE FROM pending_file
                       WHERE key IN (SELECT key FROM logged WHERE chat = ?)""",
                    (number,),
                )

    def decide_number(self, phone: Phone, approval: Approval) -> None:
        """Store what a person said of all chats with a number, also of those to come."""
        self._save_rule(phone_hash(self._db, phone), approval, "")

    def decide_account(self, account: str, approval: Approval) -> None:
        """Store what a person said of all chats of an account of ours, by its `account_key`."""
        self._save_rule(account_hash(self._db, account), approval, account)

    def rules(self) -> Sequence[ApprovalRule]:
        """Return what a person said of numbers and accounts."""
        rows = self._db.rows("SELECT approval, account FROM approval_rule ORDER BY account, hash")
        return [ApprovalRule(Approval(approval), account) for approval, account in rows]

    def _save_rule(self, known: bytes, approval: Approval, account: str) -> None:
        with self._db.transaction():
            self._db.run(
                """INSERT INTO approval_rule (hash, approval, account) VALUES (?, ?, ?)
                   ON CONFLICT (hash) DO UPDATE SET approval = excluded.approval""",
                (known, approval, account),
            )

    def _by_hash(self) -> _Rules:
        rows = self._db.rows("SELECT hash, approval FROM approval_rule")
        return {known: Approval(approval) for known, approval in rows}

    def _effective(self, rules: _Rules, chat: Chat, own: Approval) -> Approval:
        if not rules:
            return own
        number, account = chat.phone, account_key(chat.whatsapp_account)
        return effective_approval(
            own,
            rules.get(phone_hash(self._db, number)) if number else None,
            rules.get(account_hash(self._db, account)) if account else None,
        )


class ChatSearch:
    """Finds known chats of one ledger, without forgotten ones, as `Ledger.chats` has them.

    They come in the order in which they were first saved.
    """

    def __init__(self, db: Database, approvals: Approvals) -> None:
        self._db, self._approvals = db, approvals

    @property
    def has_any(self) -> bool:
        """Whether any chat is known."""
        return bool(self._db.rows("SELECT 1 FROM chat WHERE NOT forgotten LIMIT 1"))

    @property
    def has_any_without_number(self) -> bool:
        """Whether any chat is known that has no number, such as a group."""
        asked = "SELECT 1 FROM chat WHERE by_phone IS NULL AND NOT forgotten LIMIT 1"
        return bool(self._db.rows(asked))

    def waiting(self) -> list[KnownChat]:
        """Return the chats that have queued messages."""
        return self._found(self._db.rows(KNOWN_CHATS + _IS_QUEUED))

    def of_ids(self, ids: Iterable[ChatId]) -> list[KnownChat]:
        """Return the chats that have these own ids."""
        return self._found(self._db.rows_among(KNOWN_CHATS + " AND id IN (*)", ids))

    def on_records(
        self, records: Iterable[RecordId], ids: Iterable[ChatId] = ()
    ) -> list[KnownChat]:
        """Return the chats that are linked to these records, and those of these own ids."""
        linked = self._db.rows_among(KNOWN_CHATS + " AND record_id IN (*)", records)
        return self._found([*linked, *self._db.rows_among(KNOWN_CHATS + " AND id IN (*)", ids)])

    def named(self, found: SourceChat) -> list[KnownChat]:
        """Return the chats that have the number or the title of a source's chat, and some others.

        They are found by short hashes.
        """
        asked, values = "by_title = ?", [title_hash(found.title)]
        if found.phone:
            asked, values = "by_title = ? OR by_phone = ?", [*values, number_hash(found.phone)]
        return self._found(self._db.rows(f"{KNOWN_CHATS} AND ({asked})", values))

    def of_numbers(self, numbers: Iterable[Phone]) -> list[KnownChat]:
        """Return the chats that have one of these numbers, and perhaps some others."""
        hashes = {number_hash(phone) for phone in numbers}
        return self._found(self._db.rows_among(KNOWN_CHATS + " AND by_phone IN (*)", hashes))

    def sharing_numbers(self) -> list[KnownChat]:
        """Return the chats whose number another one has too, and perhaps some others."""
        return self._found(self._db.rows(KNOWN_CHATS + _HAS_SHARED_NUMBER))

    def related(self) -> list[KnownChat]:
        """Return the chats that somebody linked to a record that is no person (R3)."""
        return self._found(self._db.rows(KNOWN_CHATS + " AND related_id IS NOT NULL"))

    def owner(self, one: ChatId) -> ChatId | None:
        """Return the own id of the chat that has this id, None if nobody has it."""
        return self.owners([one]).get(one)

    def owners(self, ids: Iterable[ChatId]) -> dict[ChatId, ChatId]:
        """Return for each of these ids that is taken, own ids and aliases, the chat's own id."""
        asked = list(ids)
        own = self._db.rows_among("SELECT id FROM chat WHERE id IN (*)", asked)
        aliases = self._db.rows_among(
            """SELECT chat_alias.id, chat.id FROM chat_alias
               JOIN chat ON chat.number = chat_alias.chat WHERE chat_alias.id IN (*)""",
            asked,
        )
        found = {ChatId(one): ChatId(one) for (one,) in own}
        return found | {ChatId(alias): ChatId(chat) for alias, chat in aliases}

    def _found(self, rows: Iterable[Row]) -> list[KnownChat]:
        by_number = {row[-1]: row for row in rows}
        return self._approvals.with_rules(known_chat(by_number[one]) for one in sorted(by_number))


class KnownIds:
    """Which chat has an id, for every id that is taken: asked of the ledger once for each id."""

    def __init__(self, search: ChatSearch) -> None:
        self._search = search
        self._owners: dict[ChatId, ChatId | None] = {}
        self._ids_of: dict[ChatId, list[ChatId]] = {}

    def get(self, one: ChatId, /) -> ChatId | None:
        """Return the own id of the chat that has an id, None if nobody has it."""
        if one not in self._owners:
            self._owners[one] = None
            if owner := self._search.owner(one):
                self.add(one, owner)
        return self._owners[one]

    def add(self, one: ChatId, owner: ChatId) -> None:
        """Note that a chat has an id."""
        if self._owners.get(one) != owner:
            self._owners[one] = owner
            self._ids_of.setdefault(owner, []).append(one)

    def joined(self, gone: ChatId, stays: ChatId) -> None:
        """Note that a chat was joined to another one, which has its ids now."""
        for one in self._ids_of.pop(gone, []):
            if self._owners[one] == gone:
                self.add(one, stays)


# --- By lines ------------------------------------------------------------------------------------

_ASKED = """
    WITH asked (minute, digest) AS (VALUES {})"""
_LOGGED_MATCHES = """
    SELECT chat.id, asked.minute, asked.digest FROM chat CROSS JOIN asked CROSS JOIN logged
    WHERE NOT chat.forgotten AND logged.chat = chat.number AND logged.minute = asked.minute
      AND logged.digest = asked.digest AND NOT logged.outgoing"""
_QUEUED_THEN = """
    SELECT chat.id, asked.minute, kind, text, asked.digest
    FROM chat CROSS JOIN asked CROSS JOIN queue CROSS JOIN body
    WHERE NOT chat.forgotten AND queue.chat = chat.number AND sent_at >= asked.minute * 60000000
      AND sent_at < (asked.minute + 1) * 60000000 AND NOT outgoing AND body.number = queue.body"""


class KnownLines(LedgerPart):
    """Finds the chats that have some incoming lines, by minute and text.

    A few searches ask for the lines of each chat. Of thousands of chats that came under names
    alone, each one is searched for among all others: then the lines of all chats are put into a
    temporary table once, and later those of the chats that have changed.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._asked = 0
        self._is_filled = False

    def chats_with(
        self, lines: Sequence[TextAt], changed: Collection[ChatId]
    ) -> Mapping[ChatId, int]:
        """Count which of these few lines each chat has; without zeros.

        `changed` are the chats that were changed since the last call.
        """
        if not lines:
            return {}
        [(chats,)] = self._db.rows("SELECT count(*) FROM chat WHERE NOT forgotten")
        self._asked += len(lines) * chats
        if self._asked < _MANY_LOOK_UPS:
            return _count_lines(self._db, lines)
        with self._db.transaction():
            if not self._is_filled:
                self._db.local.run("DROP TABLE IF EXISTS temp.known_line")
                self._db.local.run(_KNOWN_LINE)
            self._add(changed if self._is_filled else self._all())
        self._is_filled = True
        asked = _ASKED_LINES.format(",".join(["(?, ?)"] * len(lines)))
        found: dict[int, int] = dict(
            self._db.local.rows(asked, [value for line in lines for value in line])
        )
        chats = self._db.rows_among("SELECT number, id FROM chat WHERE number IN (*)", found)
        return {ChatId(chat): found[number] for number, chat in chats}

    def _all(self) -> list[ChatId]:
        rows = self._db.rows("SELECT id FROM chat WHERE NOT forgotten ORDER BY number")
        return [ChatId(one) for (one,) in rows]

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


def _count_lines(db: Database, lines: Sequence[TextAt]) -> dict[ChatId, int]:
    """Count for each chat which of these few incoming lines it has, by minute and text."""
    asked = _ASKED.format(",".join(["(?, ?)"] * len(lines)))
    values = [value for line in lines for value in line]
    found = set(db.rows(asked + _LOGGED_MATCHES, values))
    for chat, minute, kind, text, digest in db.rows(asked + _QUEUED_THEN, values):
        if digest_of(kind, text) == digest:
            found.add((chat, minute, digest))
    return dict(Counter(ChatId(chat) for chat, _, _ in found))
