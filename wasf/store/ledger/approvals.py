"""Approvals in the ledger: what a person said of a chat, of a number, of a WhatsApp account (X2).

A rule for a number is a keyed hash of it, as for people who were forgotten: wasf never has to show
the number, and a rule must not name a person whose chat was never read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wasf.core.approval import account_key, effective_approval
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import Approval, KnownChat
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.database import LedgerPart
from wasf.store.ledger.model import ApprovalRule
from wasf.store.ledger.privacy import account_hash, phone_hash

_Rules = dict[bytes, Approval]


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
