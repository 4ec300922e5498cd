"""Deleting Tasks, 200 in a call."""

from collections.abc import Sequence
from typing import Final

from wasf.core.records import RecordId
from wasf.interfaces import Deletion
from wasf.salesforce.answers import Json, as_list, as_object, errors_in
from wasf.salesforce.client import Client
from wasf.salesforce.faults import not_understood
from wasf.salesforce.inserting import MOST_RECORDS

GONE: Final = ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY")
"""What Salesforce says of a record that was deleted before."""


def delete_tasks(client: Client, ids: Sequence[RecordId]) -> list[Deletion]:
    """Delete each for itself; asking again is safe.

    Raises `RequestFailed` if the answer does not tell of each: then all of them may be gone.
    """
    if not 0 < len(ids) <= MOST_RECORDS:
        raise ValueError("one call deletes 1 to 200 records")
    answer = client.delete(f"composite/sobjects?ids={','.join(ids)}&allOrNone=false")
    rows = as_list(answer, "the answer")
    if len(rows) != len(ids):
        raise not_understood("it does not tell of every record")
    return [_deletion(asked, row) for asked, row in zip(ids, rows, strict=True)]


def _deletion(asked: RecordId, value: Json) -> Deletion:
    row = as_object(value, "a row")
    if row.get("success") is True:
        return Deletion(asked)
    errors = errors_in(row.get("errors"))
    if not errors:
        raise not_understood("a row neither succeeded nor failed")
    return Deletion(asked, "" if errors[0].code in GONE else errors[0].code)
