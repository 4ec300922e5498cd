"""Inserting up to 200 records in one call, and what became of each."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from wasf.core.records import RecordId
from wasf.salesforce.answers import Json, Object, as_list, as_object, errors_in, record_id
from wasf.salesforce.client import Client
from wasf.salesforce.faults import ApiError, not_understood

MOST_RECORDS: Final = 200
NO_ASSIGNMENT: Final = {"Sforce-Auto-Assign": "FALSE"}
"""Without it an assignment rule may give a Lead to somebody else (O5)."""


class Inserted(NamedTuple):
    """The record is there."""

    id: RecordId


class Rejected(NamedTuple):
    """Salesforce said no to this record, and wrote nothing of it."""

    errors: tuple[ApiError, ...]

    @property
    def code(self) -> str:
        """The first errorCode."""
        return self.errors[0].code

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that Salesforce named."""
        return tuple(name for error in self.errors for name in error.fields)


def insert(
    client: Client, kind: str, prefix: str, records: Sequence[Object]
) -> list[Inserted | Rejected]:
    """Insert records of one kind, each for itself; what became of them, in order.

    Raises `RequestFailed` if the answer does not tell of each record exactly once: then all of them
    may have been written.
    """
    body: Object = {
        "allOrNone": False,
        "records": [{"attributes": {"type": kind}, **record} for record in records],
    }
    rows = as_list(client.write("composite/sobjects", body, NO_ASSIGNMENT), "the answer")
    if len(rows) != len(records):
        raise not_understood("it does not tell of every record")
    results = [_result(row, prefix) for row in rows]
    ids = [result.id for result in results if isinstance(result, Inserted)]
    if len(set(ids)) != len(ids):
        raise not_understood("it names one record twice")
    return results


def _result(value: Json, prefix: str) -> Inserted | Rejected:
    row = as_object(value, "a row")
    if row.get("success") is True:
        return Inserted(_id_of(row, prefix))
    errors = errors_in(row.get("errors"))
    if row.get("success") is not False or not errors:
        raise not_understood("a row neither succeeded nor failed")
    return Rejected(errors)


def _id_of(row: Object, prefix: str) -> RecordId:
    found = record_id(row, "id")
    if not found.startswith(prefix):
        raise not_understood("it names records of another kind")
    return found
