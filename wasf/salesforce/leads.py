"""Creating and changing Leads (L1, L3, L4, M5)."""

from collections.abc import Iterator, Sequence
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
from wasf.salesforce.answers import Object, as_object, errors_in, record_id
from wasf.salesforce.client import DATA_PATH, Client
from wasf.salesforce.composite import MOST_IN_ONE, Part, parts, request_body
from wasf.salesforce.faults import Execution, RequestFailed, failure
from wasf.salesforce.inserting import (
    MOST_RECORDS,
    NO_ASSIGNMENT,
    Inserted,
    Rejected,
    insert,
)
from wasf.salesforce.text import storable

_DUPLICATE: Final = "DUPLICATES_DETECTED"
_GONE: Final = ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY")
_Item = TypeVar("_Item", NewLead, LeadChange)


def create(client: Client, leads: Sequence[NewLead]) -> list[LeadOutcome]:
    """Create Leads, 200 in a call; after a call that failed no further one is made."""
    outcomes: list[LeadOutcome] = []
    for chunk in _chunks(leads, MOST_RECORDS):
        if outcomes and isinstance(outcomes[-1], LeadNotSent):
            outcomes += [outcomes[-1]] * len(chunk)
            continue
        try:
            results = insert(client, "Lead", "00Q", [lead_record(lead) for lead in chunk])
        except RequestFailed as failed:
            outcomes += [_lost(failed)] * len(chunk)
            continue
        outcomes += [
            _created(client, lead, result) for lead, result in zip(chunk, results, strict=True)
        ]
    return outcomes


def change(client: Client, changes: Sequence[LeadChange]) -> list[LeadOutcome]:
    """Change Leads, 25 in a call, each only if nobody changed it since it was read."""
    outcomes: list[LeadOutcome] = []
    for chunk in _chunks(changes, MOST_IN_ONE):
        if outcomes and isinstance(outcomes[-1], LeadNotSent):
            outcomes += [outcomes[-1]] * len(chunk)
            continue
        try:
            body = request_body([_patch(one) for one in chunk])
            answers = parts(client.write("composite", body, NO_ASSIGNMENT), len(chunk))
        except RequestFailed as failed:
            outcomes += [_lost(failed)] * len(chunk)
            continue
        outcomes += [_changed(one, part) for one, part in zip(chunk, answers, strict=True)]
    return outcomes


def delete(client: Client, lead_id: RecordId) -> bool:
    """Delete a Lead; Salesforce deletes its Tasks with it. False if it was gone already."""
    try:
        client.delete(f"sobjects/Lead/{lead_id}")
    except RequestFailed as failed:
        if failed.status == 404 and failed.code in _GONE:
            return False
        raise
    return True


def lead_record(lead: NewLead) -> Object:
    """A new Lead as Salesforce takes it."""
    record: Object = {
        "FirstName": storable(lead.first_name) or None,
        "LastName": storable(lead.last_name),
        "Company": storable(lead.company),
        "Phone": lead.phone,
        "LeadSource": lead.source,
        "OwnerId": lead.owner_id,
        "Description": storable(lead.description) or None,
    }
    if lead.link_field:
        record[lead.link_field] = lead.link
    return {name: value for name, value in record.items() if value is not None}


def _chunks(items: Sequence[_Item], most: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + most] for start in range(0, len(items), most))


def _lost(failed: RequestFailed) -> LeadOutcome:
    if failed.execution is Execution.NOT_EXECUTED:
        return LeadNotSent(failed.error)
    return LeadInDoubt()


def _created(client: Client, lead: NewLead, result: Inserted | Rejected) -> LeadOutcome:
    if isinstance(result, Inserted):
        return LeadWritten(result.id)
    if any(error.code == _DUPLICATE for error in result.errors):
        return _create_alone(client, lead)
    return LeadRefused(result.code, result.fields)


def _create_alone(client: Client, lead: NewLead) -> LeadOutcome:
    """Only the answer to a single creation names the records that are the same person."""
    try:
        answer = client.write("sobjects/Lead", lead_record(lead), NO_ASSIGNMENT)
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


def _patch(change: LeadChange) -> Object:
    return {
        "method": "PATCH",
        "url": f"{DATA_PATH}sobjects/Lead/{change.id}",
        "httpHeaders": {"If-Unmodified-Since": _http_date(change.read_at), **NO_ASSIGNMENT},
        "body": _changes(change),
    }


def _changes(change: LeadChange) -> Object:
    wanted: Object = {
        "Status": change.status,
        "Description": None if change.description is None else storable(change.description),
    }
    if change.link_field:
        wanted[change.link_field] = change.link
    return {name: value for name, value in wanted.items() if value is not None}


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _changed(change: LeadChange, part: Part) -> LeadOutcome:
    if part.status == 412:
        return LeadChangedMeanwhile()
    if part.status < 300:
        return LeadWritten(RecordId(change.id))
    failed = failure(part.status, errors_in(part.body))
    if failed.errors and part.status in (400, 403, 404):
        return LeadRefused(failed.code, failed.fields)
    return _lost(failed)
