"""Objects that several results contain: errors, records, runs, figures of the APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasf.core.records import Link
    from wasf.core.source_state import SeenQuota
    from wasf.errors import WasfError
    from wasf.interfaces import InboxCounts
    from wasf.store.ledger import ApiUsageReading, RunRecord

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


def run_object(run: RunRecord | None) -> JsonObject | None:
    """Return a run, or None; `finished` is null if it was cut off, `logged` counts messages."""
    if run is None:
        return None
    return {
        "run": run.id,
        "started": run.started_at.isoformat(),
        "finished": run.finished_at.isoformat() if run.finished_at else None,
        "logged": run.logged,
    }


def usage_object(reading: ApiUsageReading | None) -> JsonObject | None:
    """Return the org's API calls in 24 hours, as Salesforce counted them at a time, or None."""
    if reading is None:
        return None
    usage, at = reading
    return {"used": usage.used, "limit": usage.limit, "at": at.isoformat()}


def quota_object(seen: SeenQuota | None) -> JsonObject | None:
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


def inbox_object(inbox: InboxCounts | None) -> JsonObject | None:
    """Return how many webhooks were received and not handled yet, or None."""
    if inbox is None:
        return None
    return {"waiting": inbox.waiting, "not_understood": dict(inbox.not_understood)}
