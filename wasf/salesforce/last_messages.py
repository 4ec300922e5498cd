"""Reads and writes the fields of Leads and Contacts that tell of the last messages.

They are those of the setting `report.fields`. They are written in collections, which is safe to
repeat. Only a Lead that wasf created, and that nobody has touched, is written on the condition that
nobody touches it meanwhile: `wasf undo` may delete it.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from wasf.core.records import RecordId, RecordType
from wasf.interfaces import FieldsChange, FieldsOutcome, StoredFields
from wasf.salesforce.api import (
    GONE,
    MOST_PARTS,
    MOST_RECORDS,
    NO_ASSIGNMENT,
    Inserted,
    Object,
    Query,
    Rejected,
    RequestFailed,
    RestClient,
    by_values,
    composite_body,
    composite_parts,
    errors_in,
    failed_with_call,
    failure,
    flag,
    http_date,
    refusal_of,
    refusal_of_request,
    run_queries,
    select,
    type_of,
    update_records,
)
from wasf.salesforce.objects import LAST_MESSAGE_FIELDS, STORED_FIELDS

_KINDS: Final = (RecordType.CONTACT, RecordType.LEAD)


def read_fields(client: RestClient, ids: Collection[RecordId]) -> list[StoredFields]:
    """Return the fields of Leads and Contacts; deleted and converted ones are left out."""
    queries = [query for kind in _KINDS for query in _queries(kind, ids)]
    rows = run_queries(client, queries) if queries else []
    return [STORED_FIELDS.parse(row) for row in rows if not flag(row, "IsConverted")]


def _queries(kind: RecordType, ids: Collection[RecordId]) -> list[Query]:
    wanted = [one for one in ids if type_of(one) is kind]
    more = ("IsConverted",) if kind is RecordType.LEAD else ()
    return by_values(select((*STORED_FIELDS.names, *more), kind), "Id", wanted)


def write_fields(client: RestClient, changes: Sequence[FieldsChange]) -> list[FieldsOutcome]:
    """Write the fields of records; return the outcomes in any order.

    Raise `RequestFailed` if the outcome of a call is not known: the next sync asks what is there.
    """
    outcomes: list[FieldsOutcome] = []
    for kind in _KINDS:
        plain = [one for one in changes if one.read_at is None and type_of(one.id) is kind]
        for some in _chunks(plain, MOST_RECORDS):
            outcomes += _write_some(client, kind, some)
    guarded = [one for one in changes if one.read_at is not None]
    for some in _chunks(guarded, MOST_PARTS):
        outcomes += _write_guarded(client, some)
    return outcomes


def _chunks(changes: Sequence[FieldsChange], most: int) -> list[Sequence[FieldsChange]]:
    return [changes[start : start + most] for start in range(0, len(changes), most)]


def _body(change: FieldsChange) -> Object:
    """Return all three fields; a time that is not there empties its field."""
    return {one.name: one.content(change.last) for one in LAST_MESSAGE_FIELDS}


def _write_some(
    client: RestClient, kind: RecordType, changes: Sequence[FieldsChange]
) -> list[FieldsOutcome]:
    """Write at most 200 records; a call that is refused whole is sent again in halves (W7)."""
    half = len(changes) // 2
    again = partial(_write_some, client, kind)
    try:
        results = update_records(client, kind, [{"Id": one.id, **_body(one)} for one in changes])
    except RequestFailed as failed:
        if not failed.is_refused_content:
            raise
        if half:
            return [*again(changes[:half]), *again(changes[half:])]
        return [FieldsOutcome(changes[0].id, refusal_of_request(failed, ()))]
    if half and failed_with_call([one or Inserted(RecordId("")) for one in results]):
        return [*again(changes[:half]), *again(changes[half:])]
    return [_outcome(change.id, one) for change, one in zip(changes, results, strict=True)]


def _outcome(record: RecordId, result: Rejected | None) -> FieldsOutcome:
    if result is None:
        return FieldsOutcome(record)
    if result.code in GONE:
        return FieldsOutcome(record, is_gone=True)
    return FieldsOutcome(record, refusal_of(result, ()))


def _write_guarded(client: RestClient, changes: Sequence[FieldsChange]) -> list[FieldsOutcome]:
    """Write at most 25 records, each only if nobody has changed it since it was read."""
    parts: list[Object] = [
        {
            "method": "PATCH",
            "url": f"sobjects/Lead/{one.id}",
            "httpHeaders": {
                "If-Unmodified-Since": http_date(one.read_at) if one.read_at else "",
                **NO_ASSIGNMENT,
            },
            "body": _body(one),
        }
        for one in changes
    ]
    answers = composite_parts(client.write("composite", composite_body(parts)), len(parts))
    outcomes = []
    for change, part in zip(changes, answers, strict=True):
        failed = failure(part.status, errors_in(part.body)) if part.status >= 300 else None
        if failed is None:
            outcomes.append(FieldsOutcome(change.id))
        elif part.status == 412:
            outcomes.append(FieldsOutcome(change.id, is_changed=True))
        elif failed.code in GONE:
            outcomes.append(FieldsOutcome(change.id, is_gone=True))
        elif failed.errors and part.status in (400, 403):
            outcomes.append(FieldsOutcome(change.id, refusal_of_request(failed, ())))
        else:
            raise failed
    return outcomes
