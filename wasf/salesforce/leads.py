"""Creates, changes and deletes Leads (L1, L3, L4, M5).

A field that the user may not fill is left out: a Lead without its link is better than none.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, TypeVar

from wasf.core.records import LeadChange, NewLead, RecordId
from wasf.interfaces import (
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadRefused,
    LeadWritten,
)
from wasf.salesforce.api import (
    DATA_PATH,
    GONE,
    MOST_PARTS,
    MOST_RECORDS,
    NO_ASSIGNMENT,
    CompositePart,
    Execution,
    Inserted,
    Object,
    Rejected,
    RequestFailed,
    RestClient,
    as_object,
    composite_body,
    composite_parts,
    errors_in,
    failure,
    insert_records,
    record_id,
)
from wasf.salesforce.objects import LEAD_CHANGE_FIELDS, NEW_LEAD_FIELDS, record_body

_DUPLICATE: Final = "DUPLICATES_DETECTED"
_Item = TypeVar("_Item", NewLead, LeadChange)


def create(
    client: RestClient, leads: Sequence[NewLead], writable: frozenset[str]
) -> list[LeadOutcome]:
    """Create Leads, 200 in a call; return the outcomes in order.

    No further call is made after one that was not executed.
    """
    outcomes: list[LeadOutcome] = []
    for chunk in _chunks(leads, MOST_RECORDS):
        if outcomes and isinstance(outcomes[-1], LeadNotSent):
            outcomes += [outcomes[-1]] * len(chunk)
            continue
        try:
            records = [lead_body(lead, writable) for lead in chunk]
            results = insert_records(client, "Lead", records)
        except RequestFailed as failed:
            outcomes += [_lost(failed)] * len(chunk)
            continue
        outcomes += [
            _created(client, record, result)
            for record, result in zip(records, results, strict=True)
        ]
    return outcomes


def change(
    client: RestClient, changes: Sequence[LeadChange], writable: frozenset[str]
) -> list[LeadOutcome]:
    """Change Leads, 25 in a call; return the outcomes in order.

    A Lead that somebody changed since it was read stays as it is. A change of nothing but fields
    that the user may not fill is not sent, and counts as written.
    """
    patches = {one: body for one in changes if (body := _change_body(one, writable))}
    outcomes: dict[LeadChange, LeadOutcome] = {one: LeadWritten(one.id) for one in changes}
    unsent: LeadNotSent | None = None
    for chunk in _chunks(list(patches), MOST_PARTS):
        done = [unsent] * len(chunk) if unsent else _change_some(client, chunk, patches)
        outcomes.update(zip(chunk, done, strict=True))
        unsent = next((one for one in done if isinstance(one, LeadNotSent)), None)
    return [outcomes[one] for one in changes]


def _change_some(
    client: RestClient, changes: Sequence[LeadChange], patches: Mapping[LeadChange, Object]
) -> Sequence[LeadOutcome]:
    try:
        body = composite_body([_patch(one, patches[one]) for one in changes])
        answers = composite_parts(client.write("composite", body, NO_ASSIGNMENT), len(changes))
    except RequestFailed as failed:
        return [_lost(failed)] * len(changes)
    return [_changed(one, part) for one, part in zip(changes, answers, strict=True)]


def delete(client: RestClient, lead_id: RecordId) -> bool:
    """Delete a Lead and with it its Tasks; return False if it was gone already."""
    try:
        client.delete(f"sobjects/Lead/{lead_id}")
    except RequestFailed as failed:
        if failed.status == 404 and failed.code in GONE:
            return False
        raise
    return True


def lead_body(lead: NewLead, writable: frozenset[str]) -> Object:
    """Return a new Lead as Salesforce takes it, with the fields that the user may fill."""
    link: Object = {lead.link_field: lead.link} if lead.link_field else {}
    return _only(writable, record_body(NEW_LEAD_FIELDS, lead, **link))


def _chunks(items: Sequence[_Item], most: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + most] for start in range(0, len(items), most))


def _lost(failed: RequestFailed) -> LeadOutcome:
    if failed.execution is Execution.NOT_EXECUTED:
        return LeadNotSent(failed.error)
    return LeadInDoubt()


def _created(client: RestClient, record: Object, result: Inserted | Rejected) -> LeadOutcome:
    if isinstance(result, Inserted):
        return LeadWritten(result.id)
    if any(error.code == _DUPLICATE for error in result.errors):
        return _create_alone(client, record)
    return LeadRefused(result.code, result.fields)


def _create_alone(client: RestClient, record: Object) -> LeadOutcome:
    """Create a Lead in a call of its own: only that answer names the duplicates."""
    try:
        answer = client.write("sobjects/Lead", record, NO_ASSIGNMENT)
        return LeadWritten(record_id(as_object(answer, "the answer"), "id"))
    except RequestFailed as failed:
        if failed.execution is Execution.NOT_EXECUTED and failed.errors:
            return _refusal(failed)
        return _lost(failed)


def _refusal(failed: RequestFailed) -> LeadOutcome:
    existing = tuple(record for error in failed.errors for record in error.duplicates)
    if failed.code == _DUPLICATE and existing:
        return LeadDuplicate(existing)
    if failed.status == 400:
        return LeadRefused(failed.code, failed.fields)
    return _lost(failed)


def _patch(change: LeadChange, fields: Object) -> Object:
    return {
        "method": "PATCH",
        "url": f"{DATA_PATH}sobjects/Lead/{change.id}",
        "httpHeaders": {"If-Unmodified-Since": _http_date(change.read_at), **NO_ASSIGNMENT},
        "body": fields,
    }


def _change_body(change: LeadChange, writable: frozenset[str]) -> Object:
    link: Object = {change.link_field: change.link} if change.link_field else {}
    return _only(writable, record_body(LEAD_CHANGE_FIELDS, change, **link))


def _only(writable: frozenset[str], body: Object) -> Object:
    return {name: content for name, content in body.items() if name in writable}


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _changed(change: LeadChange, part: CompositePart) -> LeadOutcome:
    if part.status == 412:
        return LeadChangedMeanwhile()
    if part.status < 300:
        return LeadWritten(RecordId(change.id))
    failed = failure(part.status, errors_in(part.body))
    if failed.errors and part.status in (400, 403, 404):
        return LeadRefused(failed.code, failed.fields)
    return _lost(failed)
