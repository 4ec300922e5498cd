"""Creates, changes and deletes Leads (L1, L3, L4, M5, M11).

A field that the user may not fill is left out: a Lead without its link is better than none.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Final, TypeVar

from wasf.core.records import LeadChange, NewLead, RecordId
from wasf.core.refusals import WRONG_CHOICE, RecordRefusal
from wasf.interfaces import (
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadWritten,
)
from wasf.salesforce.api import (
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
    failed_with_call,
    failure,
    guarded_change,
    insert_records,
    record_id,
    refusal_of,
    refusal_of_request,
)
from wasf.salesforce.objects import LEAD_CHANGE_FIELDS, NEW_LEAD_FIELDS, further_fields, record_body

_LEADS: Final = "sobjects/Lead"
_SOURCE: Final = "LeadSource"
_DUPLICATE: Final = "DUPLICATES_DETECTED"
_DESPITE_DUPLICATES: Final = NO_ASSIGNMENT | {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
REFERENCE: Final = "@{"
"""Begins a reference to another part of a Composite, in whatever field it stands."""

_PERSONAL: Final = ("FirstName", "LastName", "Phone", "Description")
_ENOUGH: Final = 8
"""So many Leads, refused in the same way with their calls, tell of the others behind them."""

_Item = TypeVar("_Item")


def create(
    client: RestClient, leads: Sequence[NewLead], writable: frozenset[str]
) -> list[LeadOutcome]:
    """Create Leads, 200 in a call; return the outcomes in order.

    Those that a duplicate rule blocks are sent once more, 25 in a call, because only such an answer
    says what the rule found. No further call is made after one that was not executed.
    """
    outcomes: list[LeadOutcome] = []
    for headers, group in groupby(leads, key=headers_of):
        records = [lead_body(lead, writable) for lead in group]
        insert = partial(_insert, client, headers)
        done = _in_calls(records, MOST_RECORDS, insert)
        outcomes += _without_source(records, done, insert)
    return outcomes


def _without_source(
    records: Sequence[Object],
    outcomes: Sequence[LeadOutcome],
    insert: Callable[[Sequence[Object]], Sequence[LeadOutcome]],
) -> list[LeadOutcome]:
    """Create the Leads without LeadSource that were refused for its value alone.

    A record type can have fewer values than describe shows. LeadSource is a help, not a condition.
    """
    refused = [_is_wrong_source(outcome) for outcome in outcomes]
    rest = [
        {name: value for name, value in record.items() if name != _SOURCE}
        for record, is_wrong in zip(records, refused, strict=True)
        if is_wrong
    ]
    again = iter(_in_calls(rest, MOST_RECORDS, insert))
    return [
        next(again) if is_wrong else outcome
        for outcome, is_wrong in zip(outcomes, refused, strict=True)
    ]


def _is_wrong_source(outcome: LeadOutcome) -> bool:
    return (
        isinstance(outcome, RecordRefusal)
        and outcome.code == WRONG_CHOICE
        and set(outcome.fields) == {_SOURCE}
    )


def change(
    client: RestClient, changes: Sequence[LeadChange], writable: frozenset[str]
) -> list[LeadOutcome]:
    """Change Leads, 25 in a call; return the outcomes in order.

    A Lead that somebody changed since it was read stays as it is. A change of nothing but fields
    that the user may not fill is not sent, and counts as written.
    """
    patches = {one: body for one in changes if (body := _change_body(one, writable))}
    outcomes: dict[LeadChange, LeadOutcome] = {one: LeadWritten(one.id) for one in changes}
    done = _in_calls(list(patches), MOST_PARTS, lambda some: _change_some(client, some, patches))
    outcomes.update(zip(patches, done, strict=True))
    return [outcomes[one] for one in changes]


def _change_some(
    client: RestClient, changes: Sequence[LeadChange], patches: Mapping[LeadChange, Object]
) -> Sequence[LeadOutcome]:
    try:
        parts = [guarded_change("Lead", one.id, one.read_at, patches[one]) for one in changes]
        body = composite_body(parts)
        answers = composite_parts(client.write("composite", body, NO_ASSIGNMENT), len(changes))
    except RequestFailed as failed:
        return [lost(failed)] * len(changes)
    return [_changed(one, part) for one, part in zip(changes, answers, strict=True)]


def delete(client: RestClient, lead_id: RecordId) -> bool:
    """Delete a Lead and with it its Tasks; return False if it was gone already."""
    try:
        client.delete(f"{_LEADS}/{lead_id}")
    except RequestFailed as failed:
        if failed.status == 404 and failed.code in GONE:
            return False
        raise
    return True


def lead_body(lead: NewLead, writable: frozenset[str]) -> Object:
    """Return a new Lead as Salesforce takes it, with the fields that the user may fill."""
    link: Object = {lead.link_field: lead.link} if lead.link_field else {}
    body = _only(writable, record_body(NEW_LEAD_FIELDS, lead, **link))
    return further_fields(lead.fields) | body


def _in_calls(
    items: Sequence[_Item], most: int, send: Callable[[Sequence[_Item]], Sequence[LeadOutcome]]
) -> list[LeadOutcome]:
    """Send items, `most` in a call, up to a call that was not executed; return all outcomes."""
    outcomes: list[LeadOutcome] = []
    unsent: LeadNotSent | None = None
    for start in range(0, len(items), most):
        chunk = items[start : start + most]
        done = [unsent] * len(chunk) if unsent else send(chunk)
        outcomes += done
        unsent = next((one for one in done if isinstance(one, LeadNotSent)), None)
    return outcomes


def lost(failed: RequestFailed) -> LeadOutcome:
    if failed.execution is Execution.NOT_EXECUTED:
        return LeadNotSent(failed.error)
    return LeadInDoubt()


def headers_of(lead: NewLead) -> Mapping[str, str]:
    return _DESPITE_DUPLICATES if lead.allow_duplicates else NO_ASSIGNMENT


def _insert(
    client: RestClient, headers: Mapping[str, str], records: Sequence[Object]
) -> list[LeadOutcome]:
    """Create at most 200 Leads; those that a duplicate rule blocks are sent once more.

    Those that fail with the whole call are sent again in halves (W7).
    """
    try:
        results = insert_records(client, "Lead", records, headers)
    except RequestFailed as failed:
        if failed.is_refused_content:
            return _insert_halves(client, headers, records, failed)
        return [lost(failed)] * len(records)
    if failed_with_call(results) and len(records) > 1:
        return _insert_halves(client, headers, records)
    blocked = [record for record, one in zip(records, results, strict=True) if _is_blocked(one)]
    again = iter(_in_calls(blocked, MOST_PARTS, partial(_insert_each, client, headers)))
    return [
        next(again) if _is_blocked(one) else _inserted(one, record)
        for one, record in zip(results, records, strict=True)
    ]


def _insert_halves(
    client: RestClient,
    headers: Mapping[str, str],
    records: Sequence[Object],
    failed: RequestFailed | None = None,
) -> list[LeadOutcome]:
    """Create Leads in two calls; a single one is refused as its request was.

    Where every one of the first half is refused in one way, the second is not tried: the trigger
    refuses all.
    """
    if len(records) == 1 and failed is not None:
        return [refusal_of_request(failed, _texts(records[0]))]
    half = (len(records) + 1) // 2
    first = _in_calls(records[:half], half, partial(_insert, client, headers))
    if half >= _ENOUGH and len(set(first)) == 1 and isinstance(first[0], RecordRefusal):
        return first[:1] * len(records)
    unsent = next((one for one in first if isinstance(one, LeadNotSent)), None)
    rest = records[half:]
    return [*first, *([unsent] * len(rest) if unsent else _insert(client, headers, rest))]


def _texts(record: Object) -> list[str]:
    """Return the texts of a Lead that Salesforce may repeat in a message."""
    return [str(record[name]) for name in _PERSONAL if record.get(name)]


def _is_blocked(result: Inserted | Rejected) -> bool:
    return isinstance(result, Rejected) and any(one.code == _DUPLICATE for one in result.errors)


def _inserted(result: Inserted | Rejected, record: Object) -> LeadOutcome:
    if isinstance(result, Inserted):
        return LeadWritten(result.id)
    return refusal_of(result, _texts(record))


def _insert_each(
    client: RestClient, headers: Mapping[str, str], records: Sequence[Object]
) -> list[LeadOutcome]:
    """Create at most 25 Leads, each by a request of its own, in one call if possible."""
    insert = partial(_insert_alone, client, headers)
    if len(records) == 1 or any(REFERENCE in json.dumps(record) for record in records):
        return _in_calls(records, 1, insert)
    parts: list[Object] = [
        {"method": "POST", "url": _LEADS, "httpHeaders": {**headers}, "body": one}
        for one in records
    ]
    try:
        answers = composite_parts(client.write("composite", composite_body(parts)), len(parts))
    except RequestFailed as failed:
        return [lost(failed)] * len(records)
    unclear = [one for one, part in zip(records, answers, strict=True) if _lacks_result(part)]
    alone = iter(_in_calls(unclear, 1, insert))
    return [
        next(alone) if _lacks_result(part) else _of_part(part, record)
        for part, record in zip(answers, records, strict=True)
    ]


def _lacks_result(part: CompositePart) -> bool:
    """Whether a duplicate rule blocked a record, and the answer does not say what it found."""
    errors = errors_in(part.body) if part.status == 400 else ()
    return any(one.code == _DUPLICATE and not one.duplicate for one in errors)


def _of_part(part: CompositePart, record: Object) -> LeadOutcome:
    try:
        return LeadWritten(record_id(as_object(part.value(), "the answer"), "id"))
    except RequestFailed as failed:
        return _refusal(failed, record)


def _insert_alone(
    client: RestClient, headers: Mapping[str, str], records: Sequence[Object]
) -> list[LeadOutcome]:
    """Create one Lead in a call of its own."""
    try:
        answer = client.write(_LEADS, records[0], headers)
        return [LeadWritten(record_id(as_object(answer, "the answer"), "id"))]
    except RequestFailed as failed:
        return [_refusal(failed, records[0])]


def _refusal(failed: RequestFailed, record: Object) -> LeadOutcome:
    """Return the outcome of a request for one Lead that failed."""
    is_refused = failed.execution is Execution.NOT_EXECUTED and failed.status == 400
    if not is_refused or not failed.errors:
        return lost(failed)
    results = [error.duplicate for error in failed.errors if error.duplicate]
    if any(error.code != _DUPLICATE for error in failed.errors):
        return refusal_of_request(failed, _texts(record))
    return LeadDuplicate(
        rule=", ".join(dict.fromkeys(one.rule for one in results if one.rule)),
        named=tuple(dict.fromkeys(record for one in results for record in one.named)),
        can_be_saved=bool(results) and all(one.allow_save for one in results),
        others=sum(one.others for one in results),
    )


def _change_body(change: LeadChange, writable: frozenset[str]) -> Object:
    link: Object = {change.link_field: change.link} if change.link_field else {}
    return _only(writable, record_body(LEAD_CHANGE_FIELDS, change, **link))


def _only(writable: frozenset[str], body: Object) -> Object:
    return {name: content for name, content in body.items() if name in writable}


def _changed(change: LeadChange, part: CompositePart) -> LeadOutcome:
    if part.status == 412:
        return LeadChangedMeanwhile()
    if part.status < 300:
        return LeadWritten(RecordId(change.id))
    failed = failure(part.status, errors_in(part.body))
    if failed.errors and part.status in (400, 403, 404):
        return refusal_of_request(failed, [change.description or ""])
    return lost(failed)
