"""`wasf status`: what is connected, when it last synced, what waits and why."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from wasf.core.chats import ChatId
from wasf.core.records import KnownChat
from wasf.core.source_state import SeenQuota, silent_line
from wasf.core.text import counted, local_minute
from wasf.interfaces import ApiUsage, InboxCounts, KeyField
from wasf.store.ledger import Ledger, RunRecord

# --- status


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
    quota: SeenQuota | None = None
    inbox: InboxCounts | None = None
    silent: tuple[str, ...] = ()


def read_status(
    ledger: Ledger, instance_url: str, username: str, inbox: InboxCounts | None = None
) -> Status:
    """What the ledger knows, and what the inbox holds if there is one."""
    chats = ledger.chats()
    facts = ledger.facts
    api = facts.api_usage()
    return Status(
        instance_url=instance_url,
        username=username,
        last_run=ledger.last_run(),
        synced=tuple(facts.last_synced().items()),
        chats=len(chats),
        logged=sum(known.logged for known in chats),
        waiting=tuple(_waiting(known) for known in chats if known.queued),
        in_doubt=len(ledger.intents()),
        files=len(ledger.pending_files()),
        key_field=facts.key_field(),
        usage=api.usage if api else None,
        usage_at=api.at if api else None,
        quota=facts.quota(),
        inbox=inbox,
        silent=facts.silent_accounts(),
    )


def _waiting(known: KnownChat) -> WaitingChat:
    return WaitingChat(
        id=known.chat.id,
        title=known.chat.title,
        messages=known.queued,
        reason=known.reason or "not tried yet",
        hint=known.hint or "wasf sync",
    )


def status_as_json(status: Status) -> dict[str, object]:
    """The status for programs."""
    return {
        "schema": 1,
        "connected": {"instance_url": status.instance_url, "username": status.username},
        "last_sync": _run_as_json(status.last_run),
        "sources": {source: at.isoformat() for source, at in status.synced},
        "chats": status.chats,
        "messages": {
            "logged": status.logged,
            "waiting": sum(chat.messages for chat in status.waiting),
            "in_doubt": status.in_doubt,
        },
        "files_waiting": status.files,
        "key": None
        if status.key_field is None
        else {"field": status.key_field.name, "unique": status.key_field.is_unique},
        "waiting": [
            {
                "chat": chat.title,
                "id": chat.id,
                "messages": chat.messages,
                "reason": chat.reason,
                "remedy": chat.hint,
            }
            for chat in status.waiting
        ],
        "api": _usage_as_json(status.usage, status.usage_at),
        "timelines": _quota_as_json(status.quota),
        "disconnected": list(status.silent),
        "webhooks": _inbox_as_json(status.inbox),
    }


def _run_as_json(run: RunRecord | None) -> dict[str, object] | None:
    if run is None:
        return None
    return {
        "run": run.id,
        "started": run.started_at.isoformat(),
        "finished": run.finished_at.isoformat() if run.finished_at else None,
        "logged": run.logged,
    }


def _usage_as_json(usage: ApiUsage | None, at: datetime | None) -> dict[str, object] | None:
    if usage is None or at is None:
        return None
    return {"used": usage.used, "limit": usage.limit, "at": at.isoformat()}


def _inbox_as_json(inbox: InboxCounts | None) -> dict[str, object] | None:
    if inbox is None:
        return None
    return {"waiting": inbox.waiting, "not_understood": dict(inbox.not_understood)}


def _quota_as_json(seen: SeenQuota | None) -> dict[str, object] | None:
    if seen is None:
        return None
    quota = seen.quota
    return {
        "used": quota.used,
        "total": quota.total,
        "forecast": seen.forecast,
        "until": quota.end.isoformat(),
        "at": seen.at.isoformat(),
    }


# --- status_lines
# The status in sentences, for people. Names in them come from elsewhere.


def status_lines(status: Status, zone: tzinfo) -> list[str]:
    """What is connected, when it last synced, how much waits."""
    who = f" as {status.username}" if status.username else ""
    chats, logged = counted(status.chats, "chat"), counted(status.logged, "message")
    waiting = sum(chat.messages for chat in status.waiting)
    lines = [
        f"Connected to {status.instance_url}{who}.",
        *(f"Last synced: {source} {local_minute(at, zone)}." for source, at in status.synced),
        "" if status.last_run else "No sync has been run.",
        f"{chats}, {logged} logged, {waiting:,} waiting.",
        *_unfinished(status),
        *(f"{silent_line(number)}." for number in status.silent),
        *_webhooks(status.inbox),
        _key(status.key_field),
        _usage_line(status.usage, status.usage_at, zone),
        _quota(status.quota, zone),
    ]
    return [line for line in lines if line]


def _unfinished(status: Status) -> list[str]:
    lines = []
    if status.in_doubt:
        lines.append(f"{counted(status.in_doubt, 'Task')} of an ended run will be looked up first.")
    if status.files:
        lines.append(f"{counted(status.files, 'file')} waiting to be uploaded.")
    return lines


def _webhooks(inbox: InboxCounts | None) -> list[str]:
    if inbox is None:
        return []
    lines = []
    if inbox.waiting:
        lines.append(f"Webhooks that wait for wasf listen: {inbox.waiting:,}.")
    if inbox.not_understood:
        each = ", ".join(f"{count:,} of {kind}" for kind, count in inbox.not_understood.items())
        lines.append(f"Webhooks that are kept and were not understood: {each}.")
    return lines


def _key(field: KeyField | None) -> str:
    if field is None:
        return ""
    if field.is_unique:
        return f"Keys of messages: {field.name}, which is unique: no message can be logged twice."
    return (
        f"Keys of messages: {field.name}, which is not unique: two machines that log one chat at "
        "once could log it twice. See wasf doctor."
    )


def _usage_line(usage: ApiUsage | None, at: datetime | None, zone: tzinfo) -> str:
    if usage is None or at is None:
        return ""
    share = usage.used * 100 // usage.limit if usage.limit else 100
    return (
        f"API calls of the org in 24 hours: {usage.used:,} of {usage.limit:,} ({share} %), "
        f"as of {local_minute(at, zone)}."
    )


def _quota(seen: SeenQuota | None, zone: tzinfo) -> str:
    if seen is None:
        return ""
    return (
        f"API calls of TimelinesAI: {seen.quota.used:,} of {seen.quota.total:,}, at this pace "
        f"{seen.forecast:,} until {seen.quota.end:%Y-%m-%d}, as of {local_minute(seen.at, zone)}."
    )
