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
    disconnected_accounts,
)
from wasf.interfaces import ApiUsage, InboxCounts, KeyField
from wasf.store.ledger.facts import recall_key_field
from wasf.store.ledger.model import Ledger, RunRecord

# --- status


API_USAGE = "api-usage"
"""Under this name the ledger remembers the calls that Salesforce counted last."""

_SYNCED = "synced "


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
    usage, usage_at = _usage(ledger.recall(API_USAGE))
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
        key_field=recall_key_field(ledger),
        usage=usage,
        usage_at=usage_at,
        quotas=tuple((api, SeenQuota.from_text(ledger.recall(api.quota))) for api in apis),
        inbox=inbox,
        disconnected=disconnected_accounts(ledger.recall, apis),
    )


def remember_synced(ledger: Ledger, source: str, at: datetime) -> None:
    """Keep when a source was last read to its end, for `wasf status`."""
    ledger.remember(_SYNCED + source, at.isoformat())


def _synced(ledger: Ledger, apis: Sequence[ApiFacts]) -> tuple[tuple[str, datetime], ...]:
    kinds = ("export", *(api.name for api in apis), "webhooks")  # as `Source.kind` names them
    kept = ((kind, ledger.recall(_SYNCED + kind)) for kind in kinds)
    return tuple((source, datetime.fromisoformat(at)) for source, at in kept if at)


def remember_usage(ledger: Ledger, usage: ApiUsage | None, at: datetime) -> None:
    """Keep what Salesforce said of the org's calls, for `wasf status`."""
    if usage is not None:
        ledger.remember(API_USAGE, f"{usage.used} {usage.limit} {at.isoformat()}")


def _usage(kept: str) -> tuple[ApiUsage | None, datetime | None]:
    if not kept:
        return None, None
    used, limit, at = kept.split(" ")
    return ApiUsage(int(used), int(limit)), datetime.fromisoformat(at)


def _waiting(known: KnownChat) -> WaitingChat:
    return WaitingChat(
        id=known.chat.id,
        title=known.chat.title,
        messages=known.queued,
        reason=known.reason or "not tried yet",
        hint=known.hint or "wasf sync",
    )
