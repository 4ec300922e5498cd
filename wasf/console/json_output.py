"""The JSON of every command (`--json`), schema 2: one function for each kind of result.

What holds for all of it:

* `schema` is 2. Fields may be added; a field that is removed or renamed gets a new schema number.
* Counts are integers, times are ISO 8601 texts with their offset, ids are texts.
* `error` is `{exit_code, message, hint}`: what is wrong, and what to do about it ("" if unknown).
* `exit_code` is the command's own exit code (see `wasf help exit-codes`).
* `record` is `{type, id, url, name}`; `type` is `Contact` or `Lead`. Lists lack `url` and `name`.
* `reason` says why something waits, was skipped or stays; `hint` says what to do about it.

Values are imported for their types only, so that no command loads the use case of another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasf.commands.left_alone import LeftAlone
    from wasf.commands.link import Linked, Unlinked
    from wasf.commands.privacy import Forgotten, PurgeOptions
    from wasf.commands.status import Status, WaitingChat
    from wasf.commands.sync import ChatReport, MessageCounts, SyncReport
    from wasf.commands.undo import UndoReport
    from wasf.commands.verify import VerifyReport
    from wasf.core.records import KnownChat, Link
    from wasf.core.source_state import SeenQuota
    from wasf.errors import WasfError
    from wasf.interfaces import InboxCounts
    from wasf.store.ledger import ApiUsageReading, Purged, RunRecord

JsonObject = dict[str, object]
SCHEMA = 2


def error_json(error: WasfError) -> JsonObject:
    """Return what a command prints that fails before it has a result: `error`."""
    return {"schema": SCHEMA, "error": error_object(error)}


def error_object(error: WasfError) -> JsonObject:
    """Return an error: `exit_code`, `message` and `hint` ("" without one)."""
    return {"exit_code": int(error.exit_code), "message": error.message, "hint": error.hint}


# --- Sync and status -----------------------------------------------------------------------------


def sync_json(report: SyncReport) -> JsonObject:
    """Return the result of `wasf sync`.

    * `run`, `dry_run`, `exit_code`; `error`, only if something ended the run early
    * `messages`: `read`, and the four states that add up to it: `logged`, `already_logged`,
      `waiting`, `skipped`
    * `notices`: lines that WhatsApp wrote about chats, which are no messages
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
        "notices": report.notices,
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
    * `notices`: lines that WhatsApp wrote about the chat, which are no messages
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
        "notices": chat.notices,
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
    * `approval`: chats that wait for a yes (`waiting`), chats that are `skipped`, and `skip_rules`:
      numbers and accounts of which every chat is skipped
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
        "last_sync": _run(status.last_run),
        "sources": {source: at.isoformat() for source, at in status.synced},
        "chats": status.chats,
        "messages": {
            "logged": status.logged,
            "waiting": sum(chat.messages for chat in status.waiting),
            "in_doubt": status.in_doubt,
        },
        "files_waiting": status.files,
        "approval": {
            "waiting": status.in_review,
            "skipped": status.skipped,
            "skip_rules": status.skip_rules,
        },
        "key": None if field is None else {"field": field.name, "unique": field.is_unique},
        "waiting": [_waiting(chat) for chat in status.waiting],
        "api": _usage(status.usage),
        **{api.name: _quota(seen) for api, seen in status.quotas},
        "disconnected": [account.number for account in status.disconnected],
        "webhooks": _inbox(status.inbox),
    }


def _waiting(chat: WaitingChat) -> JsonObject:
    return {
        "chat": chat.title,
        "id": chat.id,
        "messages": chat.messages,
        "reason": chat.reason,
        "hint": chat.hint,
    }


def _run(run: RunRecord | None) -> JsonObject | None:
    """Return a run, or None; `finished` is null if it was cut off, `logged` counts messages."""
    if run is None:
        return None
    return {
        "run": run.id,
        "started": run.started_at.isoformat(),
        "finished": run.finished_at.isoformat() if run.finished_at else None,
        "logged": run.logged,
    }


def _usage(reading: ApiUsageReading | None) -> JsonObject | None:
    """Return the org's API calls in 24 hours, as Salesforce counted them at a time, or None."""
    if reading is None:
        return None
    usage, at = reading
    return {"used": usage.used, "limit": usage.limit, "at": at.isoformat()}


def _quota(seen: SeenQuota | None) -> JsonObject | None:
    """Return the API calls of a chat API's workspace in its period, or None."""
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


def _inbox(inbox: InboxCounts | None) -> JsonObject | None:
    """Return how many webhooks were received and not handled yet, or None."""
    if inbox is None:
        return None
    return {"waiting": inbox.waiting, "not_understood": dict(inbox.not_understood)}


# --- Link, undo, verify, forget, purge -----------------------------------------------------------


def link_json(linked: Linked) -> JsonObject:
    """Return the result of `wasf link CHAT RECORD`: `waiting` messages are logged there next.

    * `elsewhere`: the chat's Tasks that were on other records, `{type, id, name, tasks}` for each
    * `moved`: Tasks that were moved; `leads_deleted`, `links_removed`: what wasf had left on Leads
    * `left_alone`: records that stay, `{type, id, reason}`; `in_doubt`: Tasks that may still arrive
    """
    done = linked.done
    record = {
        "type": linked.record_type,
        "id": linked.record_id,
        "url": linked.url,
        "name": linked.name,
    }
    return {
        "schema": SCHEMA,
        "dry_run": linked.dry_run,
        "exit_code": int(linked.exit_code),
        "chat": linked.chat.title,
        "id": linked.chat.id,
        "record": record,
        "waiting": linked.waiting,
        "elsewhere": [
            {"type": one.record_type, "id": one.record_id, "name": one.name, "tasks": one.tasks}
            for one in linked.elsewhere.records
        ],
        "moved": done.moved if done else 0,
        "leads_deleted": done.leads_deleted if done else 0,
        "links_removed": done.links_removed if done else 0,
        "left_alone": [_left_alone(left) for left in done.left] if done else [],
        "in_doubt": linked.elsewhere.in_doubt,
    }


def _left_alone(left: LeftAlone) -> JsonObject:
    """Return a record that stays, and why."""
    return {"type": left.kind, "id": left.id, "reason": left.reason}


def unlink_json(unlinked: Unlinked) -> JsonObject:
    """Return the result of `wasf unlink`: `was` is the record of before, or null."""
    return {
        "schema": SCHEMA,
        "chat": unlinked.chat.title,
        "id": unlinked.chat.id,
        "was": link_object(unlinked.was),
        "waiting": unlinked.waiting,
    }


def chats_json(chats: Iterable[KnownChat]) -> JsonObject:
    """Return the chats that `wasf link` lists, also where a word meant several.

    `chats`: `{chat, id, record, unlinked, skipped, logged, waiting}`; `unlinked` chats get no
    record by themselves, `skipped` ones are not logged.
    """
    return {
        "schema": SCHEMA,
        "chats": [
            {
                "chat": one.chat.title,
                "id": one.chat.id,
                "record": link_object(one.link),
                "unlinked": one.unlinked,
                "skipped": one.approval == "skipped",
                "logged": one.logged,
                "waiting": one.queued,
            }
            for one in chats
        ],
    }


def link_object(link: Link | None) -> JsonObject | None:
    """Return the record of a chat by `type` and `id`, or None."""
    return None if link is None else {"type": link.record_type, "id": link.record_id}


def undo_json(report: UndoReport) -> JsonObject:
    """Return the result of `wasf undo`.

    * `run`, null for all runs of a chat; `chat` and `id`: the only one that it is about, else null
    * `dry_run`, `exit_code`; `tasks_deleted`, `tasks_gone` (somebody else deleted them),
      `leads_deleted`; `messages`: those that were undone
    * `in_doubt`: Tasks that may still arrive; `left_alone`: records that stay, `{type, id, reason}`
    """
    return {
        "schema": SCHEMA,
        "run": report.run,
        "chat": report.chat and report.chat.title,
        "id": report.chat and report.chat.id,
        "dry_run": report.dry_run,
        "exit_code": int(report.exit_code),
        "tasks_deleted": report.tasks,
        "tasks_gone": report.tasks_gone,
        "messages": report.messages,
        "leads_deleted": report.leads,
        "in_doubt": report.in_doubt,
        "left_alone": [_left_alone(left) for left in report.left],
    }


def verify_json(report: VerifyReport) -> JsonObject:
    """Return the result of `wasf verify`.

    `tasks` is how many the ledger knows. `found` has `{count, examples}` for each of `same`,
    `deleted`, `moved`, `in_doubt`, `missing`, `double`, `unknown` and `back` (undone, but there);
    `examples` are ids of a few Tasks.
    """
    return {
        "schema": SCHEMA,
        "exit_code": int(report.exit_code),
        "key_field": report.key_field.name,
        "key_field_is_unique": report.key_field.is_unique,
        "tasks": report.tasks,
        "found": {
            one.result.value: {"count": one.tasks, "examples": list(one.examples)}
            for one in report.counts
        },
    }


def forget_json(done: Forgotten) -> JsonObject:
    """Return the result of `wasf forget`.

    * `chats`, `waiting` messages and `webhooks` that were removed; `groups` that are kept
    * `logged_in_salesforce`: messages whose Tasks stay, and `records` that they are on
    * `unsure`: chats that stay and may be the person's, `{chat, id, reason}`
    * `not_checked`: `chats` that Salesforce could not be asked about, for that `reason`, and
      `other_orgs` that have a ledger on this machine
    """
    return {
        "schema": SCHEMA,
        "dry_run": done.dry_run,
        "chats": done.chats,
        "waiting": done.waiting,
        "logged_in_salesforce": done.logged,
        "records": [link_object(link) for link in done.records],
        "groups": done.groups,
        "webhooks": done.webhooks,
        "unsure": [
            {"chat": one.chat.title, "id": one.chat.id, "reason": one.reason} for one in done.unsure
        ],
        "not_checked": {
            "chats": done.not_asked,
            "reason": done.error.message if done.error else "",
            "other_orgs": done.other_orgs,
        },
        "exit_code": int(done.exit_code),
    }


def lift_json(*, lifted: bool) -> JsonObject:
    """Return the result of `wasf forget --lift`: `lifted` is false where there was nothing to."""
    return {"schema": SCHEMA, "lifted": lifted}


def purge_json(options: PurgeOptions, purged: Purged) -> JsonObject:
    """Return the result of `wasf purge`: how many `logged` and `waiting` messages were removed."""
    return {
        "schema": SCHEMA,
        "dry_run": options.dry_run,
        "logged": purged.logged,
        "waiting": purged.waiting,
    }
