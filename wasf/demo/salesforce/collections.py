"""sObject Collections: up to 200 records in one request, each with its own result, in order."""

from collections.abc import Callable, Sequence
from itertools import groupby

from wasf.demo.salesforce import describe, records
from wasf.demo.salesforce.calls import (
    ApiCall,
    ApiReply,
    ErrorDetail,
    Json,
    SaveOptions,
    SaveResult,
    not_found,
    refuse,
    rolled_back,
    wrong_method,
)
from wasf.demo.salesforce.model import Field, SObjectType, canonical
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import RollBack, Row

MAX_RECORDS = 200
MAX_CHUNKS = 10
MAX_RETRIEVED = 2_000

Record = dict[str, Json]


def respond(org: OrgState, call: ApiCall, more: tuple[str, ...]) -> ApiReply:
    """Answer a call to /composite/sobjects or below. Raise `RequestRefused` if it is wrong."""
    match call.method, more:
        case "POST", ():
            return _answer(_by_chunks(org, call, records.insert))
        case "PATCH", ():
            return _answer(_by_chunks(org, call, _update))
        case "DELETE", ():
            return _answer(_delete(org, call))
        case (("GET" | "POST"), (name,)):
            return ApiReply(200, _retrieve(org, call, org.sobject(name)))
        case "PATCH", (name, field):
            results = _upsert(org, call, org.sobject(name), field)
            return _answer(results, upsert=True)
        case _, (() | (_,) | (_, _)):
            raise wrong_method(call.method, "DELETE", "GET", "PATCH", "POST")
        case _:
            raise not_found()


def _answer(results: Sequence[SaveResult], *, upsert: bool = False) -> ApiReply:
    body: list[Json] = []
    for result in results:
        item: dict[str, Json] = {"id": result.id} if result.id else {}
        item["success"] = not result.errors
        item["errors"] = [error.as_row_error() for error in result.errors]
        if upsert:
            # Salesforce also answers created: true for records that failed.
            item["created"] = result.created or bool(result.errors)
        body.append(item)
    return ApiReply(200, body)


def _records(call: ApiCall) -> tuple[list[Record], SaveOptions]:
    body = call.json()
    given = body.get("records")
    if not isinstance(given, list) or not given:
        raise refuse("MISSING_ARGUMENT", "The records list must not be empty")
    _limit(len(given))
    found: list[Record] = []
    for record in given:
        if not isinstance(record, dict):
            raise refuse("JSON_PARSER_ERROR", "Each record must be a JSON object")
        found.append(record)
    all_or_none = body.get("allOrNone")
    return found, call.save_options(all_or_none=all_or_none is True or all_or_none == "true")


def _limit(count: int) -> None:
    if count > MAX_RECORDS:
        message = f"The number of records exceeds the limit of {MAX_RECORDS} records per request"
        raise refuse("EXCEEDED_MAX_SIZE_REQUEST", message)


def _type_name(record: Record) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise refuse("INVALID_TYPE", "The type of each record must be given in its attributes")
    return name


_Worker = Callable[[OrgState, str, Sequence[Record], SaveOptions], list[SaveResult]]


def _by_chunks(org: OrgState, call: ApiCall, work: _Worker) -> list[SaveResult]:
    """Save neighbours of one object together; a request may have ten such chunks at most."""
    given, options = _records(call)
    chunks = [(name, list(group)) for name, group in groupby(given, _type_name)]
    if len(chunks) > MAX_CHUNKS:
        message = (
            f"Cannot have more than {MAX_CHUNKS} chunks in a single operation. Please rearrange "
            "the data to reduce chunking."
        )
        raise refuse("LIMIT_EXCEEDED", message)
    for name, _ in chunks:
        org.sobject(name)
    return _all_chunks(org, chunks, options, work)


def _all_chunks(
    org: OrgState, chunks: Sequence[tuple[str, list[Record]]], options: SaveOptions, work: _Worker
) -> list[SaveResult]:
    results: list[SaveResult] = []
    try:
        with org.storage.transaction():
            for name, group in chunks:
                results += work(org, name, group, options.starting_at(len(results)))
            if options.all_or_none and any(result.errors for result in results):
                raise RollBack
    except RollBack:
        results = rolled_back(results)
    return results


def _update(
    org: OrgState, name: str, group: Sequence[Record], options: SaveOptions
) -> list[SaveResult]:
    targets: list[tuple[str, Record]] = []
    wrong: dict[int, ErrorDetail] = {}
    for index, record in enumerate(group):
        rest = dict(record)
        given = next((rest.pop(key) for key in list(rest) if key.lower() == "id"), None)
        known = canonical(given) if isinstance(given, str) else None
        if not given:
            wrong[index] = ErrorDetail("MISSING_ARGUMENT", "Id not specified in an update call")
        elif known is None or known[:3] != org.sobject(name).prefix:
            wrong[index] = ErrorDetail(
                "MALFORMED_ID", f"{name} ID: id value of incorrect type: {given}"
            )
        targets.append((known or "", rest))
    return records.update(org, name, targets, options.with_errors(wrong))


def _delete(org: OrgState, call: ApiCall) -> list[SaveResult]:
    ids = [text for text in call.query.get("ids", "").split(",") if text]
    if not ids:
        raise refuse("MISSING_ARGUMENT", "The ids to delete must be given")
    _limit(len(ids))
    all_or_none = call.query.get("allOrNone", "").lower() == "true"
    return records.delete(org, ids, call.save_options(all_or_none=all_or_none))


def _retrieve(org: OrgState, call: ApiCall, sobject: SObjectType) -> Json:
    ids, fields = _retrieve_arguments(call)
    if len(ids) > MAX_RETRIEVED:
        message = f"The number of ids exceeds the limit of {MAX_RETRIEVED}"
        raise refuse("EXCEEDED_ID_LIMIT", message)
    for text in ids:
        if canonical(text) is None:
            raise refuse("MALFORMED_ID", f"bad id {text}")
    known = [canonical(text) or "" for text in ids]
    rows = org.rows_by_id(known)
    found: list[Json] = []
    for record in known:
        row = rows.get(record)
        living = row is not None and not row.get("IsDeleted") and record[:3] == sobject.prefix
        found.append(
            describe.record(sobject, row, call.version, fields) if row and living else None
        )
    return found


def _retrieve_arguments(call: ApiCall) -> tuple[list[str], list[str]]:
    if call.method == "GET":
        texts = (call.query.get("ids", ""), call.query.get("fields", ""))
        ids, fields = ([part for part in text.split(",") if part] for text in texts)
    else:
        body = call.json()
        ids, fields = _strings(body.get("ids")), _strings(body.get("fields"))
    if not ids or not fields:
        raise refuse("MISSING_ARGUMENT", "The ids and the fields to retrieve must be given")
    return ids, fields


def _strings(value: Json) -> list[str]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, str)]


def lookup_field(sobject: SObjectType, name: str) -> Field:
    """Return a field that may name records in upserts. Raise `RequestRefused` (404) for others."""
    field = sobject.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise refuse("NOT_FOUND", message, status=404)
    return field


def _upsert(org: OrgState, call: ApiCall, sobject: SObjectType, name: str) -> list[SaveResult]:
    given, options = _records(call)
    key = lookup_field(sobject, name)
    if any(_type_name(record).lower() != sobject.name.lower() for record in given):
        raise refuse("INVALID_TYPE", "All records of an upsert must be of the type in its address")
    plan = _UpsertPlan(org, sobject, key, given)
    errors = {**plan.errors, **options.errors}
    drafts = [
        records.changed_draft(org, sobject, plan.rows[index], plan.body(index))
        if index in plan.rows
        else records.new_draft(org, sobject, plan.body(index))
        for index in range(len(given))
    ]
    return records.save(org, sobject, drafts, options.with_errors(errors))


class _UpsertPlan:
    """Which records of an upsert exist (`rows`), and which are wrong (`errors`), by their place."""

    def __init__(
        self, org: OrgState, sobject: SObjectType, key: Field, given: Sequence[Record]
    ) -> None:
        self._key = key
        self._given = given
        self.rows: dict[int, Row] = {}
        self.errors: dict[int, ErrorDetail] = {}
        wanted = [self._value(record) for record in given]
        stored = org.storage.find(sobject.name, key.name, {text for text in wanted if text})
        living = [row for row in stored if not row["IsDeleted"]]
        for index, text in enumerate(wanted):
            self._place(index, text, wanted, [r for r in living if _same(r[key.name], text)])

    def _value(self, record: Record) -> str | None:
        found = next((v for k, v in record.items() if k.lower() == self._key.name.lower()), None)
        if not isinstance(found, str) or not found:
            return None
        return (canonical(found) or found) if self._key.type == "id" else found

    def _place(
        self, index: int, text: str | None, wanted: Sequence[str | None],
        rows: Sequence[Row],
    ) -> None:  # fmt: skip
        if text is None:
            if self._key.type != "id":
                self.errors[index] = ErrorDetail(
                    "MISSING_ARGUMENT", f"{self._key.name} not specified"
                )
        elif sum(_same(other, text) for other in wanted) > 1:
            message = f"Duplicate external id specified: {text}"
            self.errors[index] = ErrorDetail("DUPLICATE_EXTERNAL_ID", message, (self._key.name,))
        elif len(rows) > 1:
            message = f"{self._key.label}: more than one record found for external id field"
            self.errors[index] = ErrorDetail("DUPLICATE_EXTERNAL_ID", message, (self._key.name,))
        elif rows:
            self.rows[index] = rows[0]
        elif self._key.type == "id":
            message = "invalid cross reference id"
            self.errors[index] = ErrorDetail("INVALID_CROSS_REFERENCE_KEY", message)

    def body(self, index: int) -> Record:
        """Return what is to be saved: the record with its key, without an Id."""
        record = self._given[index]
        return {k: v for k, v in record.items() if k.lower() != "id"}


def _same(one: object, other: str | None) -> bool:
    return one is not None and other is not None and str(one).casefold() == other.casefold()
