"""Several requests or records in one call: Composite, Collections, queries to their last page.

What is refused of a collection is told apart: one record, or all because of the call (W7).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from wasf.core.policy import LARGEST_BATCH
from wasf.core.records import RecordId
from wasf.core.refusals import LOCKED, TRIGGER, RecordRefusal, admin_words
from wasf.interfaces import Json, WriteOutcome
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.errors import ApiError, RequestFailed, failure, not_understood
from wasf.salesforce.api.formats import (
    PREFIXES,
    Object,
    Query,
    as_list,
    as_object,
    as_objects,
    errors_in,
    http_date,
    record_id,
    text,
)

# --- Composite requests ----------------------------------------------------------------------

MOST_PARTS: Final = 25
_MOST_QUERIES: Final = 5
_TOO_COMPLICATED: Final = frozenset({"QUERY_TOO_COMPLICATED"})
_TOO_MUCH: Final = _TOO_COMPLICATED | {"QUERY_TIMEOUT"}


class CompositePart(NamedTuple):
    """The answer to one of the requests of a call."""

    status: int
    body: Json

    def value(self) -> Json:
        """Return the body. Raise `RequestFailed` if this request failed."""
        if self.status >= 300:
            raise failure(self.status, errors_in(self.body))
        return self.body


def composite_body(requests: Sequence[Object], *, all_or_none: bool = False) -> Object:
    """Return the body of a call with these requests, each named by its place.

    With `all_or_none` nothing is written where anything is refused, also of the collections in it.
    """
    named: list[Json] = [
        {**request, "referenceId": f"part{place}"} for place, request in enumerate(requests)
    ]
    return {"allOrNone": all_or_none, "compositeRequest": named}


def guarded_change(kind: str, record: RecordId, read_at: datetime, body: Object) -> Object:
    """Return the request that changes a record only if nobody has since it was read."""
    headers: Object = {"If-Unmodified-Since": http_date(read_at), **NO_ASSIGNMENT}
    url = f"sobjects/{kind}/{record}"
    return {"method": "PATCH", "url": url, "httpHeaders": headers, "body": body}


def composite_parts(answer: Json, count: int) -> list[CompositePart]:
    """Return the answers in the order of the requests; raise `RequestFailed` if one is missing."""
    found = list(
        as_objects(as_object(answer, "the answer").get("compositeResponse"), "a part of the answer")
    )
    names = [part.get("referenceId") for part in found]
    if names != [f"part{place}" for place in range(count)]:
        raise not_understood("its parts are not those that were asked for")
    return [_part(part) for part in found]


def _part(part: Object) -> CompositePart:
    status = part.get("httpStatusCode")
    if not isinstance(status, int):
        raise not_understood("a part of it has no status")
    return CompositePart(status, part.get("body"))


def read_together(client: RestClient, paths: Sequence[str]) -> list[CompositePart]:
    """Read several resources in one call; at most five of them may be queries."""
    asked: list[Object] = [{"method": "GET", "url": path} for path in paths]
    return composite_parts(client.read("composite", composite_body(asked)), len(asked))


def run_queries(client: RestClient, queries: Sequence[Query]) -> list[Object]:
    """Return all rows of all queries, five queries in one call.

    A query that is too complicated or too slow for the org is asked again in two halves.
    """
    rows, failures = try_queries(client, queries, _TOO_MUCH)
    for one in failures:
        raise one.error
    return rows


class FailedQuery(NamedTuple):
    """A query that Salesforce refused."""

    query: Query
    error: RequestFailed


def try_queries(
    client: RestClient, queries: Sequence[Query], halved: frozenset[str] = _TOO_COMPLICATED
) -> tuple[list[Object], list[FailedQuery]]:
    """Return all rows of all queries, five queries in one call, and the queries that failed.

    A query that fails with one of the codes `halved` is asked again in two halves.
    """
    rows: list[Object] = []
    failures: list[FailedQuery] = []
    waiting = list(queries)
    while waiting:
        asked, waiting = waiting[:_MOST_QUERIES], waiting[_MOST_QUERIES:]
        for query, part in zip(
            asked, read_together(client, [one.path for one in asked]), strict=True
        ):
            try:
                rows += rows_of(client, part.value())
            except RequestFailed as failed:
                if failed.code in halved and len(query.conditions) > 1:
                    waiting += query.halves()
                else:
                    failures.append(FailedQuery(query, failed))
    return rows, failures


def rows_of(client: RestClient, answer: Json) -> Iterator[Object]:
    """Yield the rows of a query's answer and of the pages after it; no page is read twice."""
    seen: set[str] = set()
    while True:
        page = as_object(answer, "a query's answer")
        yield from as_objects(as_list(page.get("records"), "a query's rows"), "a row")
        if page.get("done") is True:
            return
        following = text(page, "nextRecordsUrl")
        if not following.startswith(client.data_path) or following in seen:
            raise not_understood("a query's next page is nowhere")
        seen.add(following)
        answer = client.read(following)


# --- Collections -----------------------------------------------------------------------------

MOST_RECORDS: Final = LARGEST_BATCH
NO_ASSIGNMENT: Final = MappingProxyType({"Sforce-Auto-Assign": "FALSE"})
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
    client: RestClient,
    kind: str,
    records: Sequence[Object],
    headers: Mapping[str, str] = NO_ASSIGNMENT,
) -> list[Inserted | Rejected]:
    """Insert records of one kind. Return what became of them, in order.

    Raise `RequestFailed` if the answer does not tell of each record exactly once: then all of them
    may have been written.
    """
    body = collection_body(kind, records)
    return insert_results(client.write("composite/sobjects", body, headers), kind, len(records))


def collection_body(kind: str, records: Sequence[Object]) -> Object:
    """Return the body of a request that inserts or changes these records."""
    return {
        "allOrNone": False,
        "records": [{"attributes": {"type": kind}, **record} for record in records],
    }


def insert_results(answer: Json, kind: str, count: int) -> list[Inserted | Rejected]:
    """Return what became of so many records; see `insert_records`."""
    results = [_inserted(row, PREFIXES[kind]) for row in _rows(answer, count)]
    ids = [result.id for result in results if isinstance(result, Inserted)]
    if len(set(ids)) != len(ids):
        raise not_understood("it names one record twice")
    return results


def update_records(
    client: RestClient, kind: str, records: Sequence[Object]
) -> list[Rejected | None]:
    """Change 1 to 200 records of one kind, each with its `Id`; asking again is safe.

    Return in order None for a record that was changed. Raise `RequestFailed` if the answer does not
    tell of each: then all of them may have been changed.
    """
    if not 0 < len(records) <= MOST_RECORDS:
        raise ValueError("one call changes 1 to 200 records")
    answer = client.update("composite/sobjects", collection_body(kind, records))
    rows = _rows(answer, len(records))
    return [_updated(record, row) for record, row in zip(records, rows, strict=True)]


def delete_records(client: RestClient, ids: Sequence[RecordId]) -> list[WriteOutcome]:
    """Delete 1 to 200 records. Return what became of them, in order; asking again is safe.

    Raise `RequestFailed` if the answer does not tell of each: then all of them may be gone.
    """
    if not 0 < len(ids) <= MOST_RECORDS:
        raise ValueError("one call deletes 1 to 200 records")
    answer = client.delete(f"composite/sobjects?ids={','.join(ids)}&allOrNone=false")
    rows = _rows(answer, len(ids))
    return [_deleted(asked, row) for asked, row in zip(ids, rows, strict=True)]


def _rows(answer: Json, count: int) -> list[Object]:
    rows = as_list(answer, "the answer")
    if len(rows) != count:
        raise not_understood("it does not tell of every record")
    return [as_object(row, "a row") for row in rows]


def _inserted(row: Object, prefix: str) -> Inserted | Rejected:
    if errors := _errors(row):
        return Rejected(errors)
    found = record_id(row, "id")
    if not found.startswith(prefix):
        raise not_understood("it names records of another kind")
    return Inserted(found)


def _updated(asked: Object, row: Object) -> Rejected | None:
    if errors := _errors(row):
        return Rejected(errors)
    if record_id(row, "id") != asked["Id"]:
        raise not_understood("its rows are not those that were asked for")
    return None


def _deleted(asked: RecordId, row: Object) -> WriteOutcome:
    errors = _errors({"success": False, **row})  # a refusal need not say so
    return WriteOutcome(asked, "" if not errors or errors[0].code in GONE else errors[0].code)


def _errors(row: Object) -> tuple[ApiError, ...]:
    """Return why Salesforce refused a record, () if it did not."""
    if row.get("success") is True:
        return ()
    errors = errors_in(row.get("errors"))
    if row.get("success") is not False or not errors:
        raise not_understood("a row neither succeeded nor failed")
    return errors


# --- Refusals --------------------------------------------------------------------------------


def refusal_of(result: Rejected, withheld: Iterable[str]) -> RecordRefusal:
    """Return why a record was refused, without what its message has of the texts `withheld`."""
    words = admin_words(result.errors[0].message, withheld)
    return RecordRefusal(result.code, result.fields, words)


def refusal_of_request(failed: RequestFailed, withheld: Iterable[str]) -> RecordRefusal:
    """Return the same of a request that Salesforce refused because of what was in it."""
    words = admin_words(failed.errors[0].message, withheld) if failed.errors else ""
    return RecordRefusal(failed.code, failed.fields, words)


def failed_with_call(results: Sequence[Inserted | Rejected]) -> Sequence[Rejected]:
    """Return the results that are those of the whole call: equal ones, where nothing was written.

    A single one is of the call, too, if nothing else was in it.
    """
    rejected = [one for one in results if isinstance(one, Rejected)]
    if len(rejected) < len(results):
        return ()
    whole = [one for one in rejected if RecordRefusal(one.code).may_be_of_whole_call]
    if len({one.errors[0].message for one in whole}) > 1:
        return ()
    return whole


def is_locked(result: Inserted | Rejected) -> bool:
    """Return whether another transaction held a record that had to be written."""
    return isinstance(result, Rejected) and any(
        error.code == LOCKED or (error.code == TRIGGER and LOCKED in error.message)
        for error in result.errors
    )
