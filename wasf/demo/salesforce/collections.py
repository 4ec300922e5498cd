"""sObject Collections: up to 200 records in one request, each with its own outcome, in order."""

from collections.abc import Callable, Sequence
from itertools import groupby

from wasf.demo.salesforce import delete as deleting
from wasf.demo.salesforce import describe as showing
from wasf.demo.salesforce import records
from wasf.demo.salesforce.calls import Call, Reply, not_found, wrong_method
from wasf.demo.salesforce.errors import Json, Problem, refuse
from wasf.demo.salesforce.model import Field, Kind, canonical
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.records import Saved, SaveOptions, rolled_back
from wasf.demo.salesforce.storage import Row

MAX_RECORDS = 200
MAX_CHUNKS = 10
MAX_RETRIEVED = 2_000

Record = dict[str, Json]


class _Undo(Exception):
    """Takes back what a request with allOrNone wrote before one of its records failed."""


def respond(org: Org, call: Call, more: tuple[str, ...]) -> Reply:
    """Answers /composite/sobjects and what is below it."""
    match call.method, more:
        case "POST", ():
            return _answer(_by_chunks(org, call, _insert))
        case "PATCH", ():
            return _answer(_by_chunks(org, call, _update))
        case "DELETE", ():
            return _answer(_delete(org, call))
        case (("GET" | "POST"), (kind,)):
            return Reply(200, _retrieve(org, call, org.kind(kind)))
        case "PATCH", (kind, field):
            outcomes = _upsert(org, call, org.kind(kind), field)
            return _answer(outcomes, upsert=True)
        case _, (() | (_,) | (_, _)):
            raise wrong_method(call.method, "DELETE", "GET", "PATCH", "POST")
        case _:
            raise not_found()


def _answer(outcomes: Sequence[Saved], *, upsert: bool = False) -> Reply:
    body: list[Json] = []
    for outcome in outcomes:
        item: dict[str, Json] = {"id": outcome.id} if outcome.id else {}
        item["success"] = not outcome.problems
        item["errors"] = [problem.as_row_error() for problem in outcome.problems]
        if upsert:
            # Salesforce says created: true for what failed, too.
            item["created"] = outcome.created or bool(outcome.problems)
        body.append(item)
    return Reply(200, body)


def _records(call: Call) -> tuple[list[Record], SaveOptions]:
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


def _kind_name(record: Record) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise refuse("INVALID_TYPE", "The type of each record must be given in its attributes")
    return name


_Worker = Callable[[Org, str, Sequence[Record], SaveOptions], list[Saved]]


def _by_chunks(org: Org, call: Call, work: _Worker) -> list[Saved]:
    """Neighbours of one type go together; at most ten such chunks."""
    given, options = _records(call)
    chunks = [(name, list(group)) for name, group in groupby(given, _kind_name)]
    if len(chunks) > MAX_CHUNKS:
        message = (
            f"Cannot have more than {MAX_CHUNKS} chunks in a single operation. Please rearrange "
            "the data to reduce chunking."
        )
        raise refuse("LIMIT_EXCEEDED", message)
    for name, _ in chunks:
        org.kind(name)
    return _all_chunks(org, chunks, options, work)


def _all_chunks(
    org: Org, chunks: Sequence[tuple[str, list[Record]]], options: SaveOptions, work: _Worker
) -> list[Saved]:
    outcomes: list[Saved] = []
    try:
        with org.storage.transaction():
            for name, group in chunks:
                outcomes += work(org, name, group, options.starting_at(len(outcomes)))
            if options.all_or_none and any(outcome.problems for outcome in outcomes):
                raise _Undo
    except _Undo:
        outcomes = rolled_back(outcomes)
    return outcomes


def _insert(org: Org, name: str, group: Sequence[Record], options: SaveOptions) -> list[Saved]:
    return records.insert(org, name, group, options)


def _update(org: Org, name: str, group: Sequence[Record], options: SaveOptions) -> list[Saved]:
    targets: list[tuple[str, Record]] = []
    wrong: dict[int, Problem] = {}
    for index, record in enumerate(group):
        rest = dict(record)
        given = next((rest.pop(key) for key in list(rest) if key.lower() == "id"), None)
        known = canonical(given) if isinstance(given, str) else None
        if not given:
            wrong[index] = Problem("MISSING_ARGUMENT", "Id not specified in an update call")
        elif known is None or known[:3] != org.kind(name).prefix:
            wrong[index] = Problem(
                "MALFORMED_ID", f"{name} ID: id value of incorrect type: {given}"
            )
        targets.append((known or "", rest))
    return records.update(org, name, targets, options.with_faults(wrong))


def _delete(org: Org, call: Call) -> list[Saved]:
    ids = [text for text in call.query.get("ids", "").split(",") if text]
    if not ids:
        raise refuse("MISSING_ARGUMENT", "The ids to delete must be given")
    _limit(len(ids))
    all_or_none = call.query.get("allOrNone", "").lower() == "true"
    return deleting.delete(org, ids, call.save_options(all_or_none=all_or_none))


def _retrieve(org: Org, call: Call, kind: Kind) -> Json:
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
        living = row is not None and not row.get("IsDeleted") and record[:3] == kind.prefix
        found.append(showing.record(kind, row, call.version, fields) if row and living else None)
    return found


def _retrieve_arguments(call: Call) -> tuple[list[str], list[str]]:
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


def lookup_field(kind: Kind, name: str) -> Field:
    """The field that may name records in upserts. Raises Refused (404) for others."""
    field = kind.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise refuse("NOT_FOUND", message, status=404)
    return field


def _upsert(org: Org, call: Call, kind: Kind, name: str) -> list[Saved]:
    given, options = _records(call)
    key = lookup_field(kind, name)
    if any(_kind_name(record).lower() != kind.name.lower() for record in given):
        raise refuse("INVALID_TYPE", "All records of an upsert must be of the type in its address")
    plan = _UpsertPlan(org, kind, key, given)
    faults = {**plan.problems, **options.row_faults}
    drafts = [
        records.changed_draft(org, kind, plan.rows[index], plan.body(index))
        if index in plan.rows
        else records.new_draft(org, kind, plan.body(index))
        for index in range(len(given))
    ]
    return records.save(org, kind, drafts, options.with_faults(faults))


class _UpsertPlan:
    """Which records of an upsert are known already, and which are told twice."""

    def __init__(self, org: Org, kind: Kind, key: Field, given: Sequence[Record]) -> None:
        self._key = key
        self._given = given
        self.rows: dict[int, Row] = {}
        self.problems: dict[int, Problem] = {}
        wanted = [self._value(record) for record in given]
        stored = org.storage.find(kind.name, key.name, {text for text in wanted if text})
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
                self.problems[index] = Problem(
                    "MISSING_ARGUMENT", f"{self._key.name} not specified"
                )
        elif sum(_same(other, text) for other in wanted) > 1:
            message = f"Duplicate external id specified: {text}"
            self.problems[index] = Problem("DUPLICATE_EXTERNAL_ID", message, (self._key.name,))
        elif len(rows) > 1:
            message = f"{self._key.label}: more than one record found for external id field"
            self.problems[index] = Problem("DUPLICATE_EXTERNAL_ID", message, (self._key.name,))
        elif rows:
            self.rows[index] = rows[0]
        elif self._key.type == "id":
            message = "invalid cross reference id"
            self.problems[index] = Problem("INVALID_CROSS_REFERENCE_KEY", message)

    def body(self, index: int) -> Record:
        """What is to be saved: with the key for new records, without an Id."""
        record = self._given[index]
        return {k: v for k, v in record.items() if k.lower() != "id"}


def _same(one: object, other: str | None) -> bool:
    return one is not None and other is not None and str(one).casefold() == other.casefold()
