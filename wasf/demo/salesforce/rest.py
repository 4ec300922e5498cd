"""The REST resources of the org: queries, single records, describes and limits."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import uuid
from email.utils import parsedate_to_datetime

from wasf.demo.salesforce import (
    collections as batches,
)
from wasf.demo.salesforce import (
    composite,
    describe,
    records,
    tooling,
    values,
)
from wasf.demo.salesforce import (
    delete as deleting,
)
from wasf.demo.salesforce import (
    describe as showing,
)
from wasf.demo.salesforce import (
    query as queries,
)
from wasf.demo.salesforce.answers import Answer
from wasf.demo.salesforce.calls import Call, Reply, not_found, refusal, wrong_method
from wasf.demo.salesforce.errors import DELETED, Json, Problem, Refused, refuse
from wasf.demo.salesforce.model import Kind, canonical
from wasf.demo.salesforce.org import Org, record_id
from wasf.demo.salesforce.storage import Row

_NO_FIELDS = ("DUPLICATES_DETECTED", "NOT_FOUND")


def respond(org: Org, call: Call) -> Reply:
    """The answer to one call; refusals are answers too."""
    try:
        below = tooling.respond if call.segments[:1] == ("tooling",) else _dispatch
        return below(org, call)
    except Refused as refused:
        return refusal(refused)


def _dispatch(org: Org, call: Call) -> Reply:
    match call.segments:
        case ():
            return _read_only(call, describe.root(org, call.version, call.base_url))
        case ("query" | "queryAll", *_):
            return _query(org, call)
        case ("limits", *more):
            return _read_only(call, _limits(org, call, tuple(more)))
        case ("composite",):
            return composite.respond(org, call, respond)
        case ("composite", "sobjects", *more):
            return batches.respond(org, call, tuple(more))
        case ("sobjects",):
            return _read_only(call, describe.everything(org, call.version))
        case ("sobjects", kind, *more):
            return _sobject(org, call, _kind_or_404(org, kind), tuple(more))
        case _:
            raise not_found()


def _read_only(call: Call, body: Json) -> Reply:
    if call.method not in ("GET", "HEAD"):
        raise wrong_method(call.method, "GET", "HEAD")
    return Reply(200, body)


def _kind_or_404(org: Org, name: str) -> Kind:
    kind = org.find_kind(name)
    if kind is None:
        raise not_found()
    return kind


def _limits(org: Org, call: Call, more: tuple[str, ...]) -> Json:
    if more == ("recordCount",):
        names = [name for name in call.query.get("sObjects", "").split(",") if name]
        counted: list[Json] = []
        for kind in org.kinds():
            if not names or kind.name in names:
                ((count,),) = org.storage.tuples(f'SELECT count(*) FROM "{kind.name}"')
                counted.append({"count": int(str(count)), "name": kind.name})
        return {"sObjects": counted}
    limit = org.settings.daily_limit
    return {"DailyApiRequests": {"Max": limit, "Remaining": max(0, limit - org.api_calls)}}


def _query(org: Org, call: Call) -> Reply:
    if call.method != "GET":
        raise wrong_method(call.method, "GET", "HEAD")
    if len(call.segments) > 1:
        return Reply(200, _page(org, call, call.segments[1]))
    text = call.query.get("q")
    if text is None:
        raise refuse("MALFORMED_QUERY", "SOQL query must be given in the parameter 'q'")
    answer = queries.run(org, text, everything=call.segments[0] == "queryAll")
    if not answer.query.fields:
        return Reply(200, {"totalSize": answer.count, "done": True, "records": []})
    size = _batch_size(org, call)
    cursor = f"0r8{uuid.uuid4().hex[:15]}"
    if len(answer.rows) > size:
        org.keep_cursor(cursor, answer)
    return Reply(200, _slice(call, cursor, answer, 0, size))


def _batch_size(org: Org, call: Call) -> int:
    for option in call.headers.get("sforce-query-options", "").split(","):
        name, _, number = option.partition("=")
        if name.strip().lower() == "batchsize" and number.strip().isdigit():
            return max(200, min(int(number), 2_000))
    return org.settings.page_size


def _page(org: Org, call: Call, locator: str) -> Json:
    cursor, _, start = locator.rpartition("-")
    answer = org.cursor(cursor)
    if answer is None or not start.isdigit():
        raise refuse("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _slice(call, cursor, answer, int(start), _batch_size(org, call))


def _slice(call: Call, cursor: str, answer: Answer, start: int, size: int) -> Json:
    end = start + size
    body: dict[str, Json] = {"totalSize": answer.count, "done": end >= answer.count}
    if end < answer.count:
        url = f"/services/data/{call.version}/{call.segments[0]}/{cursor}-{end}"
        body["nextRecordsUrl"] = url
    rows = answer.rows[start:end]
    body["records"] = [queries.record(answer, row, call.version) for row in rows]
    return body


def _sobject(org: Org, call: Call, kind: Kind, more: tuple[str, ...]) -> Reply:
    match more:
        case ():
            return _top(org, call, kind)
        case ("describe",):
            return _read_only(call, describe.kind(org.described(kind), call.version))
        case (record,):
            return _by_id(org, call, kind, record)
        case (record, field) if kind.has(field) and canonical(record):
            return _blob(org, kind, record, field)
        case (field, value):
            return _by_external_id(org, call, kind, field, value)
        case _:
            raise not_found()


def _top(org: Org, call: Call, kind: Kind) -> Reply:
    match call.method:
        case "GET" | "HEAD":
            about = describe.summary(kind, call.version)
            return Reply(200, {"objectDescribe": about, "recentItems": []})
        case "POST":
            return _created(org, call, kind)
        case _:
            raise wrong_method(call.method, "GET", "HEAD", "POST")


def _created(org: Org, call: Call, kind: Kind) -> Reply:
    (saved,) = records.insert(org, kind.name, [call.json()], call.save_options())
    if saved.problems:
        return _failed(saved.problems)
    location = f"/services/data/{call.version}/sobjects/{kind.name}/{saved.id}"
    body: Json = {"id": saved.id, "success": True, "errors": []}
    return Reply(201, body, {"Location": location})


def _failed(problems: tuple[Problem, ...]) -> Reply:
    body: list[Json] = [p.as_error(with_fields=p.code not in _NO_FIELDS) for p in problems]
    return Reply(problems[0].status, body)


def _by_id(org: Org, call: Call, kind: Kind, text: str) -> Reply:
    record = record_id(text)
    row = _living(org, kind, record)
    match call.method:
        case "GET" | "HEAD":
            chosen = [name for name in call.query.get("fields", "").split(",") if name]
            return Reply(200, showing.record(kind, row, call.version, chosen), _modified(row))
        case "PATCH":
            _unless_modified(row, call)
            (saved,) = records.update(org, kind.name, [(record, call.json())], call.save_options())
        case "DELETE":
            _unless_modified(row, call)
            (saved,) = deleting.delete(org, [record], call.save_options())
        case _:
            raise wrong_method(call.method, "DELETE", "GET", "HEAD", "PATCH")
    return _failed(saved.problems) if saved.problems else Reply(204)


def _living(org: Org, kind: Kind, record: str) -> Row:
    row = org.row(record)
    if row is None or kind.prefix != record[:3]:
        raise not_found()
    if row.get("IsDeleted"):
        raise Refused(DELETED)
    return row


def _modified(row: Row) -> dict[str, str]:
    return {"Last-Modified": describe.http_date(str(row["SystemModstamp"]))}


def _unless_modified(row: Row, call: Call) -> None:
    """412 when the record changed after the moment that the client knows."""
    header = call.headers.get("if-unmodified-since")
    if header is None:
        return
    try:
        known = parsedate_to_datetime(header)
    except ValueError:
        raise refuse("INVALID_DATE_FORMAT", "If-Unmodified-Since is no HTTP date") from None
    changed = row.get("LastModifiedDate") or row["SystemModstamp"]
    if str(changed) > values.stamp(known):
        message = "The record was modified after the time in If-Unmodified-Since"
        raise refuse("PRECONDITION_FAILED", message, status=412)


def _blob(org: Org, kind: Kind, record: str, field: str) -> Reply:
    row = _living(org, kind, record_id(record))
    data = row.get(field)
    if not isinstance(data, bytes):
        raise not_found()
    return Reply(200, data, {"Content-Type": "application/octetstream"})


def _by_external_id(org: Org, call: Call, kind: Kind, field: str, value: str) -> Reply:
    key = batches.lookup_field(kind, field)
    found = [row for row in org.storage.find(kind.name, key.name, [value]) if not row["IsDeleted"]]
    if len(found) > 1:
        base = f"/services/data/{call.version}/sobjects/{kind.name}"
        return Reply(300, [f"{base}/{row['Id']!s}" for row in found])
    if call.method == "PATCH":
        return _upserted(org, call, kind, {key.name: value}, found)
    if not found:
        raise not_found()
    return _by_id(org, call, kind, str(found[0]["Id"]))


def _upserted(org: Org, call: Call, kind: Kind, key: dict[str, Json], found: list[Row]) -> Reply:
    body = call.json()
    ((name, value),) = key.items()
    if name.lower() in {given.lower() for given in body}:
        text = f"The {name} field should not be specified in the sobject data."
        raise refuse("INVALID_FIELD", text)
    options = call.save_options()
    if found:
        target = (str(found[0]["Id"]), body)
        (saved,) = records.update(org, kind.name, [target], options)
    elif call.query.get("updateOnly") == "true":
        raise not_found()
    else:
        new = body if name == "Id" else body | {name: value}
        (saved,) = records.insert(org, kind.name, [new], options)
    if saved.problems:
        return _failed(saved.problems)
    answer: Json = {"id": saved.id, "success": True, "errors": [], "created": saved.created}
    return Reply(201 if saved.created else 200, answer)
