"""`wasf status`: what is connected, when it was last synced, what waits and why (W2).

Everything comes from this machine; Salesforce is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wasf.core.approval import waits_for_yes
from wasf.core.chats import ChatId
from wasf.core.policy import SyncPolicy
from wasf.core.records import Approval, KnownChat
from wasf.core.refusals import RecordRefusal
from wasf.core.runs import LastFailure, RecordedRun, last_failure
from wasf.core.source_state import (
    REPORTS,
    ApiFacts,
    DisconnectedAccount,
    SeenQuota,
    SourceReport,
    reports_of,
)
from wasf.interfaces import BatchLimit, InboxCounts, KeyField
from wasf.store.ledger import ApiUsageReading, Ledger, RunRecord

_RUNS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class WaitingChat:
    """A chat of which messages wait: how many, why, and what to do about it."""

    id: ChatId
    title: str
    messages: int
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Status:
    """What `wasf status` shows.

    `synced` says when each kind of source was last read to its end (UTC). `logged` counts messages.
    `in_review` counts chats that wait for a yes, `skipped` those to which somebody said no;
    `skip_rules` counts the numbers and accounts of which all chats are skipped (X2).
    `in_doubt` counts Tasks whose outcome is not known, `files` those to be uploaded. `usage` is of
    the org's API, `quotas` are the chat APIs'. `inbox` is None if no webhook was ever received.
    `reports` are what providers said of themselves and of our accounts.
    `batch_limit` is how many Tasks the org takes at once if it takes few, `stopped` is the refusal
    after which nothing more could be written. `runs` are the last few, `last_failure` is None if
    the latest run did not fail (W8).
    """

    instance_url: str
    username: str
    last_run: RunRecord | None
    synced: tuple[tuple[str, datetime], ...]
    chats: int
    logged: int
    waiting: tuple[WaitingChat, ...]
    in_doubt: int
    files: int
    usage: ApiUsageReading | None
    in_review: int = 0
    skipped: int = 0
    skip_rules: int = 0
    key_field: KeyField | None = None
    quotas: tuple[tuple[ApiFacts, SeenQuota | None], ...] = ()
    inbox: InboxCounts | None = None
    disconnected: tuple[DisconnectedAccount, ...] = ()
    reports: tuple[SourceReport, ...] = ()
    runs: tuple[RecordedRun, ...] = ()
    last_failure: LastFailure | None = None
    batch_limit: BatchLimit | None = None
    stopped: RecordRefusal | None = None


def read_status(
    ledger: Ledger,
    instance_url: str,
    username: str,
    policy: SyncPolicy,
    inbox: InboxCounts | None = None,
    apis: Sequence[ApiFacts] = (),
    runs: Sequence[RecordedRun] = (),
) -> Status:
    """Return what the ledger knows, with what the inbox holds.

    `apis` are the known chat APIs, `runs` those of the org, newest first.
    """
    chats, facts = ledger.chats(), ledger.facts
    no_rules = [one for one in ledger.approvals.rules() if one.approval is Approval.SKIPPED]
    return Status(
        instance_url=instance_url,
        username=username,
        last_run=ledger.last_run(),
        synced=tuple(facts.last_synced().items()),
        chats=sum(not known.is_only_named for known in chats),
        logged=sum(known.logged for known in chats),
        waiting=tuple(_waiting(known) for known in chats if known.queued),
        in_doubt=len(ledger.intents()),
        files=len(ledger.pending_files()),
        usage=facts.api_usage(),
        in_review=sum(waits_for_yes(known, policy) for known in chats),
        skipped=sum(known.approval is Approval.SKIPPED for known in chats),
        skip_rules=len(no_rules),
        key_field=facts.key_field(),
        quotas=tuple((api, facts.quota(api)) for api in apis),
        inbox=inbox,
        disconnected=facts.disconnected_accounts(apis),
        reports=reports_of(facts.source_fact(REPORTS)),
        runs=tuple(runs[:_RUNS_SHOWN]),
        last_failure=last_failure(runs),
        batch_limit=facts.batch_limit(),
        stopped=facts.stopped().refusal,
    )


def _waiting(known: KnownChat) -> WaitingChat:
    return WaitingChat(
        id=known.chat.id,
        title=known.chat.title,
        messages=known.queued,
        reason=known.reason or "not tried yet",
        hint=known.hint or "wasf sync",
    )
