"""`wasf status`: what is connected, when it last synced, what waits and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wasf.core.chats import ChatId
from wasf.core.records import KnownChat
from wasf.core.source_state import (
    ApiFacts,
    DisconnectedAccount,
    SeenQuota,
)
from wasf.interfaces import ApiUsage, InboxCounts, KeyField
from wasf.store.ledger import Ledger, RunRecord


@dataclass(frozen=True, slots=True)
class WaitingChat:
    """A chat that waits: so many messages, why, and what settles it."""

    id: ChatId
    title: str
    messages: int
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that `wasf status` shows; nothing of it asks Salesforce."""

    instance_url: str
    username: str
    last_run: RunRecord | None
    synced: tuple[tuple[str, datetime], ...]
    chats: int
    logged: int
    waiting: tuple[WaitingChat, ...]
    in_doubt: int
    files: int
    usage: ApiUsage | None
    usage_at: datetime | None
    key_field: KeyField | None = None
    quotas: tuple[tuple[ApiFacts, SeenQuota | None], ...] = ()
    inbox: InboxCounts | None = None
    disconnected: tuple[DisconnectedAccount, ...] = ()


def read_status(
    ledger: Ledger,
    instance_url: str,
    username: str,
    inbox: InboxCounts | None = None,
    apis: Sequence[ApiFacts] = (),
) -> Status:
    """Return what the ledger knows, and what the inbox holds if there is one.

    `apis` are the chat APIs that wasf knows.
    """
    chats = ledger.chats()
    facts = ledger.facts
    api_usage = facts.api_usage()
    return Status(
        instance_url=instance_url,
        username=username,
        last_run=ledger.last_run(),
        synced=_synced(ledger, apis),
        chats=len(chats),
        logged=sum(known.logged for known in chats),
        waiting=tuple(_waiting(known) for known in chats if known.queued),
        in_doubt=len(ledger.intents()),
        files=len(ledger.pending_files()),
        key_field=facts.key_field(),
        usage=api_usage.usage if api_usage else None,
        usage_at=api_usage.at if api_usage else None,
        quotas=tuple((api, facts.quota(api)) for api in apis),
        inbox=inbox,
        disconnected=facts.disconnected_accounts(apis),
    )


def _synced(ledger: Ledger, apis: Sequence[ApiFacts]) -> tuple[tuple[str, datetime], ...]:
    kinds = ("export", *(api.name for api in apis), "webhooks")  # as `Source.kind` names them
    last_synced = ledger.facts.last_synced()
    return tuple((kind, last_synced[kind]) for kind in kinds if kind in last_synced)


def _waiting(known: KnownChat) -> WaitingChat:
    return WaitingChat(
        id=known.chat.id,
        title=known.chat.title,
        messages=known.queued,
        reason=known.reason or "not tried yet",
        hint=known.hint or "wasf sync",
    )
