"""The status in sentences, for people. Names in them come from elsewhere."""

from datetime import datetime, tzinfo

from wasf.commands.status import Status
from wasf.core.source_state import SeenQuota, silent_line
from wasf.core.text import counted, local_minute
from wasf.interfaces import ApiUsage, KeyField
from wasf.store.ledger.inbox import InboxCounts


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
        _usage(status.usage, status.usage_at, zone),
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


def _usage(usage: ApiUsage | None, at: datetime | None, zone: tzinfo) -> str:
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
