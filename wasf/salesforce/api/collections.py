"""sObject Collections: up to 200 records in one call, each for itself, with an outcome for each."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from wasf.core.records import RecordId
from wasf.interfaces import Deletion, Json
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.errors import ApiError, not_understood
from wasf.salesforce.api.json import PREFIXES, Object, as_list, as_object, errors_in, record_id

MOST_RECORDS: Final = 200
NO_ASSIGNMENT: Final = {"Sforce-Auto-Assign": "FALSE"}
"""Without this header an assignment rule may give a Lead to somebody else (O5)."""

GONE: Final = ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY")
"""What Salesforce says of a record that was deleted before."""


class Inserted(NamedTuple):
    """A record that was created."""

    id: RecordId


class Rejected(NamedTuple):
    """A record that Salesforce refused, and why; nothing of it was written."""

    errors: tuple[ApiError, ...]

    @property
    def code(self) -> str:
        """The first errorCode."""
        return self.errors[0].code

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that Salesforce named."""
        return tuple(name for error in self.errors for name in error.fields)


def insert_records(
    client: RestClient, kind: str, records: Sequence[Object]
) -> list[Inserted | Rejected]:
    """Insert records of one kind. Return what became of them, in order.

    Raise `RequestFailed` if the answer does not tell of each record exactly once: then all of them
    may have been written.
    """
    body: Object = {
        "allOrNone": False,
        "records": [{"attributes": {"type": kind}, **record} for record in records],
    }
    rows = as_list(client.write("composite/sobjects", body, NO_ASSIGNMENT), "the answer")
    if len(rows) != len(records):
        raise not_understood("it does not tell of every record")
    results = [_inserted(row, PREFIXES[kind]) for row in rows]
    ids = [result.id for result in results if isinstance(result, Inserted)]
    if len(set(ids)) != len(ids):
        raise not_understood("it names one record twice")
    return results


def delete_records(client: RestClient, ids: Sequence[RecordId]) -> list[Deletion]:
    """Delete 1 to 200 records. Return what became of them, in order; asking again is safe.

    Raise `RequestFailed` if the answer does not tell of each: then all of them may be gone.
    """
    if not 0 < len(ids) <= MOST_RECORDS:
        raise ValueError("one call deletes 1 to 200 records")
    answer = client.delete(f"composite/sobjects?ids={','.join(ids)}&allOrNone=false")
    rows = as_list(answer, "the answer")
    if len(rows) != len(ids):
        raise not_understood("it does not tell of every record")
    return [_deleted(asked, row) for asked, row in zip(ids, rows, strict=True)]


def _inserted(value: Json, prefix: str) -> Inserted | Rejected:
    row = as_object(value, "a row")
    if row.get("success") is True:
        found = record_id(row, "id")
        if not found.startswith(prefix):
            raise not_understood("it names records of another kind")
        return Inserted(found)
    errors = errors_in(row.get("errors"))
    if row.get("success") is not False or not errors:
        raise not_understood("a row neither succeeded nor failed")
    return Rejected(errors)


def _deleted(asked: RecordId, value: Json) -> Deletion:
    row = as_object(value, "a row")
    if row.get("success") is True:
        return Deletion(asked)
    errors = errors_in(row.get("errors"))
    if not errors:
        raise not_understood("a row neither succeeded nor failed")
    return Deletion(asked, "" if errors[0].code in GONE else errors[0].code)
