"""The results of `wasf sync` and `wasf status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasf.console.json_output.objects import (
    SCHEMA,
    JsonObject,
    error_object,
    inbox_object,
    quota_object,
    run_object,
    usage_object,
)

if TYPE_CHECKING:
    from wasf.commands.status import Status, WaitingChat
    from wasf.commands.sync import ChatReport, MessageCounts, SyncReport


def sync_json(report: SyncReport) -> JsonObject:
    """Return the result of `wasf sync`.

    * `run`, `dry_run`, `exit_code`; `error`, only if something ended the run early
    * `messages`: `read`, and the four states that add up to it: `logged`, `already_logged`,
      `waiting`, `skipped`
    * `tasks_created`, `leads`: `created` and `reopened`, `files_uploaded`, `api_calls`
    * `chats`: see `_chat`
    * `problems`: files and chats that could not be read, `{origin, message, hint}`
    * `notes`: sentences
    """
    value: JsonObject = {
        "schema": SCHEMA,
        "run": report.run,
        "dry_run": report.dry_run,
        "exit_code": int(report.exit_code),
        "messages": {"read": report.messages.read, **_states(report.messages)},
        "tasks_created": report.tasks_created,
        "leads": {"created": report.leads_created, "reopened": report.leads_reopened},
        "files_uploaded": report.files_uploaded,
        "api_calls": report.api_calls,
        "chats": [_chat(chat) for chat in report.chats],
        "problems": [
            {"origin": one.origin, "message": one.error.message, "hint": one.error.hint}
            for one in report.problems
        ],
        "notes": list(report.notes),
    }
    if report.error is not None:
        value["error"] = error_object(report.error)
    return value


def _states(counts: MessageCounts) -> dict[str, int]:
    return {
        "logged": counts.logged,
        "already_logged": counts.already_logged,
        "waiting": counts.waiting,
        "skipped": counts.skipped,
    }


def _chat(chat: ChatReport) -> JsonObject:
    """Return one chat of a sync.

    * `chat` (title), `id`, `record` (null without one), `state`: `logged`, `waiting` or `skipped`
    * `reason` and `hint`: null where nothing waits and nothing was skipped
    * `messages` and its four states; `tasks`: how many were created
    * `changed`: messages that were edited or deleted since an earlier export
    * `time_shifts`: by how much times were moved to recognise known messages, such as `+1h`
    * `lines_not_understood`: `{first, last, reason}`, line numbers from 1
    """
    record = chat.record
    return {
        "chat": chat.title,
        "id": chat.id,
        "record": None
        if record is None
        else {"type": record.type, "id": record.id, "url": record.url, "name": record.name},
        "state": chat.state,
        "reason": chat.reason or None,
        "hint": chat.hint or None,
        "messages": chat.counts.read,
        **_states(chat.counts),
        "tasks": chat.tasks,
        "changed": chat.changed,
        "time_shifts": list(chat.shifts),
        "lines_not_understood": [
            {"first": line.line, "last": line.last_line, "reason": line.reason}
            for line in chat.lines
        ],
    }


def status_json(status: Status) -> JsonObject:
    """Return the result of `wasf status`; null stands for what is not known or not there.

    * `connected`: `{instance_url, username}`
    * `last_sync`: `{run, started, finished, logged}`; `sources`: when each kind was last read
    * `chats`; `messages`: `logged`, `waiting`, `in_doubt` (sent, outcome unknown); `files_waiting`
    * `key`: the Task field that holds the key of a message, `{field, unique}`
    * `waiting`: chats that wait, `{chat, id, messages, reason, hint}`
    * `api`: the org's calls in 24 hours, `{used, limit, at}`
    * under the name of each chat API: its workspace's calls, `{used, total, forecast, until, at}`
    * `disconnected`: numbers of WhatsApp accounts of which a chat API gets nothing any more
    * `webhooks`: those that were received, `{waiting, not_understood}`, the latter counts by kind
    """
    field = status.key_field
    return {
        "schema": SCHEMA,
        "connected": {"instance_url": status.instance_url, "username": status.username},
        "last_sync": run_object(status.last_run),
        "sources": {source: at.isoformat() for source, at in status.synced},
        "chats": status.chats,
        "messages": {
            "logged": status.logged,
            "waiting": sum(chat.messages for chat in status.waiting),
            "in_doubt": status.in_doubt,
        },
        "files_waiting": status.files,
        "key": None if field is None else {"field": field.name, "unique": field.is_unique},
        "waiting": [_waiting(chat) for chat in status.waiting],
        "api": usage_object(status.usage),
        **{api.name: quota_object(seen) for api, seen in status.quotas},
        "disconnected": [account.number for account in status.disconnected],
        "webhooks": inbox_object(status.inbox),
    }


def _waiting(chat: WaitingChat) -> JsonObject:
    return {
        "chat": chat.title,
        "id": chat.id,
        "messages": chat.messages,
        "reason": chat.reason,
        "hint": chat.hint,
    }
