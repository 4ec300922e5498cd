"""The rules of all JSON (`--json`, schema 2), and the JSON of sync, status, runs and inbox.

What holds for all of it:

* `schema` is 2. Fields may be added; a field that is removed or renamed gets a new schema number.
* Counts are integers, times are ISO 8601 texts with their offset, ids are texts.
* `error` is `{exit_code, message, hint}`: what is wrong, and what to do about it ("" if unknown).
* `exit_code` is the command's own exit code (see `wasf help exit-codes`).
* `record` is `{type, id, url, name}`; lists lack the last two. `type` is `Contact`, `Lead` or
  `Account`.
* `reason` says why something waits, was skipped or stays; `hint` says what to do about it.

Values are imported for their types only, so that no command loads the use case of another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wasf.core.bulk_jobs import BulkJob
from wasf.core.refusals import answer_task_hint, task_hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasf.commands.status import Status, WaitingChat
    from wasf.commands.sync import ChatReport, MessageCounts, SyncReport
    from wasf.core.records import Link
    from wasf.core.refusals import RecordRefusal
    from wasf.core.runs import LastFailure, RecordedRun
    from wasf.core.source_state import SeenQuota, SourceReport
    from wasf.errors import WasfError
    from wasf.interfaces import InboxCounts, SetAside
    from wasf.store.ledger import AnswerTaskRefusal, ApiUsageReading, RunRecord

JsonObject = dict[str, object]
SCHEMA = 2


def error_json(error: WasfError) -> JsonObject:
    """Return what a command prints that fails before it has a result: `error`."""
    return {"schema": SCHEMA, "error": error_object(error)}


def error_object(error: WasfError) -> JsonObject:
    """Return an error: `exit_code`, `message` and `hint` ("" without one)."""
    return {"exit_code": int(error.exit_code), "message": error.message, "hint": error.hint}


def link_object(link: Link | None) -> JsonObject | None:
    """Return the record of a chat by `type` and `id`, or None."""
    return None if link is None else {"type": link.record_type, "id": link.record_id}


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
        "chats": [_chat(chat, dry_run=report.dry_run) for chat in report.chats],
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


def _chat(chat: ChatReport, *, dry_run: bool) -> JsonObject:
    """Return one chat of a sync.

    * `chat` (title), `id`
    * `number`: in a dry run, the other party's; else null, because logs of cron keep what a sync
      prints
    * `record` (null without one), `state`: `logged`, `waiting` or `skipped`
    * `reason` and `hint`: null where nothing waits and nothing was skipped
    * `refusal`: what Salesforce refused last of it, `{code, fields, message}`, else null
    * `messages` and its four states; `tasks`: how many were created
    * `changed`: messages that were edited or deleted since an earlier export
    * `time_shifts`: by how much times were moved to recognise known messages, such as `+1h`
    * `notices`: lines that WhatsApp wrote about the chat, which are no messages
    * `lines_not_understood`: `{first, last, reason}`, line numbers from 1
    * `fields` and `lead_fields`: what the settings of that name fill, by the API names of the
      fields, in the first Task and in the new Lead; each only if there is something
    """
    record = chat.record
    return {
        "chat": chat.title,
        "number": chat.number if dry_run else None,
        "id": chat.id,
        "record": None
        if record is None
        else {"type": record.type, "id": record.id, "url": record.url, "name": record.name},
        "state": chat.state,
        "reason": chat.reason or None,
        "hint": chat.hint or None,
        "refusal": _refusal(chat.refusal),
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
        **({"fields": dict(chat.fields)} if chat.fields else {}),
        **({"lead_fields": dict(chat.lead_fields)} if chat.lead_fields else {}),
    }


def _refusal(
    refusal: RecordRefusal | None, hint: Callable[[RecordRefusal], str] | None = None
) -> JsonObject | None:
    return None if refusal is None else _refused(refusal, hint)


def _refused(
    refusal: RecordRefusal, hint: Callable[[RecordRefusal], str] | None = None
) -> JsonObject:
    told: JsonObject = {
        "code": refusal.code,
        "fields": list(refusal.fields),
        "message": refusal.words or None,
    }
    return {**told, "hint": hint(refusal)} if hint else told


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
    * `reports`: what providers said of themselves and of our accounts,
      `{source, subject, code, text, at}`
    * `webhooks`: those that were received, `{waiting, not_understood}`, the latter counts by kind
    * `runs`: the last few as in `wasf runs`; `last_failure`: such a run if a command fails now,
      with `since` (when it failed first) and `times` (in a row)
    * `batch_limit`: how many Tasks the org takes at once, if few, `{size, reason}`
    * `stopped`: why no Task can be written, if so, `{code, fields, message, hint}`
    * `refused_answer_tasks`: such refusals to open or close Tasks of `report.task`, each with
      `deed` (`open` or `close`) and `tasks` (how many)
    * `jobs`: bulk jobs that are not over, `{id, state, tasks, processed, refused, begun, asked}`;
      `id` is null until Salesforce has given it, `asked` is when it said the rest
    """
    field, limit = status.key_field, status.batch_limit
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
        "reports": [_source_report(one) for one in status.reports],
        "webhooks": _inbox(status.inbox),
        "runs": [_recorded_run(run) for run in status.runs],
        "last_failure": _last_failure(status.last_failure),
        "batch_limit": limit and {"size": limit.size, "reason": limit.words or None},
        "stopped": _refusal(status.stopped, task_hint),
        "refused_answer_tasks": [_refused_task(one) for one in status.refused_answer_tasks],
        "jobs": [_job(job) for job in status.jobs],
    }


def _source_report(report: SourceReport) -> JsonObject:
    return {
        "source": report.source,
        "subject": report.subject,
        "code": report.code,
        "text": report.text,
        "at": report.at.isoformat() if report.at else None,
    }


def _job(job: BulkJob) -> JsonObject:
    return {
        "id": job.id or None,
        "state": job.status.state.value or None,
        "tasks": job.tasks,
        "processed": job.status.processed,
        "refused": job.status.refused,
        "begun": job.begun_at.isoformat(),
        "asked": job.asked_at.isoformat() if job.asked_at else None,
    }


def _refused_task(of: AnswerTaskRefusal) -> JsonObject:
    deed = "open" if of.opens else "close"
    return {"deed": deed, "tasks": of.tasks, **_refused(of.refusal, answer_task_hint)}


def runs_json(runs: Iterable[RecordedRun]) -> JsonObject:
    """Return the result of `wasf runs`, newest first.

    `runs`: `{run, command, started, ended, exit_code, error, org, logged, tasks, leads,
    tasks_undone, running}`. `ended` is null for a run that was killed or is still `running`,
    `exit_code` where it is not known, `org` where the run did not get so far. `logged` counts
    messages, `tasks` and `leads` what was created.
    """
    return {"schema": SCHEMA, "runs": [_recorded_run(run) for run in runs]}


def _recorded_run(run: RecordedRun) -> JsonObject:
    error = None
    if run.message:
        error = {"exit_code": run.exit_code, "message": run.message, "hint": run.hint}
    return {
        "run": run.id,
        "command": run.command,
        "started": run.started_at.isoformat(),
        "ended": run.ended_at.isoformat() if run.ended_at else None,
        "exit_code": run.exit_code,
        "error": error,
        "org": run.org_id or None,
        "logged": run.logged,
        "tasks": run.tasks,
        "leads": run.leads,
        "tasks_undone": run.tasks_undone,
        "running": run.is_running,
    }


def _last_failure(failure: LastFailure | None) -> JsonObject | None:
    if failure is None:
        return None
    return {
        **_recorded_run(failure.run),
        "since": failure.since.isoformat(),
        "times": failure.times,
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


def inbox_json(kept: Iterable[SetAside]) -> JsonObject:
    """Return the result of `wasf inbox`: the webhooks that are kept, oldest first.

    `webhooks`: `{number, at, sender, kinds, bytes}`; `kinds` says why each is kept.
    """
    webhooks = [
        {
            "number": one.number,
            "at": one.at.isoformat(),
            "sender": one.sender,
            "kinds": one.kinds.split(", "),
            "bytes": one.size,
        }
        for one in kept
    ]
    return {"schema": SCHEMA, "webhooks": webhooks}


def inbox_drop_json(count: int, *, dry_run: bool) -> JsonObject:
    """Return the result of `wasf inbox drop`: how many webhooks were removed, or would be."""
    return {"schema": SCHEMA, "dry_run": dry_run, "removed": count}


def inbox_retry_json(count: int) -> JsonObject:
    """Return the result of `wasf inbox retry`: how many webhooks are read again."""
    return {"schema": SCHEMA, "retried": count}


def _inbox(inbox: InboxCounts | None) -> JsonObject | None:
    """Return how many webhooks were received and not handled yet, or None."""
    if inbox is None:
        return None
    return {"waiting": inbox.waiting, "not_understood": dict(inbox.not_understood)}
