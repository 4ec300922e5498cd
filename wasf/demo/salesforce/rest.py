"""The REST resources of the org: queries, single records, describes and limits."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import uuid
from email.utils import parsedate_to_datetime

from wasf.demo.salesforce import collections, composite, describe, query, records
from wasf.demo.salesforce.calls import (
    DELETED,
    ApiCall,
    ApiReply,
    ErrorDetail,
    Json,
    RequestRefused,
    not_found,
    refusal,
    refuse,
    wrong_method,
)
from wasf.demo.salesforce.model import SObjectType, canonical
from wasf.demo.salesforce.org import OrgState, record_id
from wasf.demo.salesforce.soql import QueryResult
from wasf.demo.salesforce.storage import Row, stamp

_NO_FIELDS = ("DUPLICATES_DETECTED", "NOT_FOUND")


def respond(org: OrgState, call: ApiCall) -> ApiReply:
    """Return the answer to one call. A refusal is an answer, too."""
    try:
        if int(call.version.removeprefix("v").removesuffix(".0")) not in org.settings.api_versions:
            raise not_found()
        for customization in org.customizations:
            if call.segments and (resource := customization.resources.get(call.segments[0])):
                return resource(call)
        return _dispatch(org, call)
    except RequestRefused as refused:
        return refusal(refused)


def _dispatch(org: OrgState, call: ApiCall) -> ApiReply:
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
            return collections.respond(org, call, tuple(more))
        case ("sobjects",):
            return _read_only(call, describe.everything(org, call.version))
        case ("sobjects", name, *more):
            return _sobject(org, call, _sobject_or_404(org, name), tuple(more))
        case _:
            raise not_found()


def _read_only(call: ApiCall, body: Json) -> ApiReply:
    if call.method not in ("GET", "HEAD"):
        raise wrong_method(call.method, "GET", "HEAD")
    return ApiReply(200, body)


def _sobject_or_404(org: OrgState, name: str) -> SObjectType:
    sobject = org.find_sobject(name)
    if sobject is None:
        raise not_found()
    return sobject


def _limits(org: OrgState, call: ApiCall, more: tuple[str, ...]) -> Json:
    if more == ("recordCount",):
        names = [name for name in call.query.get("sObjects", "").split(",") if name]
        counted: list[Json] = []
        for sobject in org.sobjects():
            if not names or sobject.name in names:
                ((count,),) = org.storage.tuples(f'SELECT count(*) FROM "{sobject.name}"')
                counted.append({"count": int(str(count)), "name": sobject.name})
        return {"sObjects": counted}
    limit = org.settings.daily_limit
    return {
        "DailyApiRequests": {"Max": limit, "Remaining": max(0, limit - org.api_calls)},
        "DataStorageMB": {
            "Max": org.settings.data_storage_mb,
            "Remaining": org.free_storage_kb() // 1024,
        },
    }


def _query(org: OrgState, call: ApiCall) -> ApiReply:
    if call.method != "GET":
        raise wrong_method(call.method, "GET", "HEAD")
    if len(call.segments) > 1:
        return ApiReply(200, _page(org, call, call.segments[1]))
    text = call.query.get("q")
    if text is None:
        raise refuse("MALFORMED_QUERY", "SOQL query must be given in the parameter 'q'")
    result = query.run(org, text, everything=call.segments[0] == "queryAll")
    if not result.query.fields:
        return ApiReply(200, {"totalSize": result.count, "done": True, "records": []})
    size = _batch_size(org, call)
    cursor = f"0r8{uuid.uuid4().hex[:15]}"
    if len(result.rows) > size:
        org.keep_cursor(cursor, result)
    return ApiReply(200, _slice(call, cursor, result, 0, size))


def _batch_size(org: OrgState, call: ApiCall) -> int:
    for option in call.headers.get("sforce-query-options", "").split(","):
        name, _, number = option.partition("=")
        if name.strip().lower() == "batchsize" and number.strip().isdigit():
            return max(200, min(int(number), 2_000))
    return org.settings.page_size


def _page(org: OrgState, call: ApiCall, locator: str) -> Json:
    cursor, _, start = locator.rpartition("-")
    result = org.cursor(cursor)
    if result is None or not start.isdigit():
        raise refuse("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _slice(call, cursor, result, int(start), _batch_size(org, call))


def _slice(call: ApiCall, cursor: str, result: QueryResult, start: int, size: int) -> Json:
    end = start + size
    body: dict[str, Json] = {"totalSize": result.count, "done": end >= result.count}
    if end < result.count:
        url = f"/services/data/{call.version}/{call.segments[0]}/{cursor}-{end}"
        body["nextRecordsUrl"] = url
    rows = result.rows[start:end]
    body["records"] = [query.record(result, row, call.version) for row in rows]
    return body


def _sobject(org: OrgState, call: ApiCall, sobject: SObjectType, more: tuple[str, ...]) -> ApiReply:
    match more:
        case ():
            return _top(org, call, sobject)
        case ("describe",):
            return _read_only(call, describe.describe(org, sobject, call.version))
        case (record,):
            return _by_id(org, call, sobject, record)
        case (record, field) if sobject.has(field) and canonical(record):
            return _blob(org, sobject, record, field)
        case (field, value):
            return _by_external_id(org, call, sobject, field, value)
        case _:
            raise not_found()


def _top(org: OrgState, call: ApiCall, sobject: SObjectType) -> ApiReply:
    match call.method:
        case "GET" | "HEAD":
            about = describe.summary(sobject, call.version)
            return ApiReply(200, {"objectDescribe": about, "recentItems": []})
        case "POST":
            return _created(org, call, sobject)
        case _:
            raise wrong_method(call.method, "GET", "HEAD", "POST")


def _created(org: OrgState, call: ApiCall, sobject: SObjectType) -> ApiReply:
    (saved,) = records.insert(org, sobject.name, [call.json()], call.save_options())
    if saved.errors:
        return _failed(saved.errors)
    location = f"/services/data/{call.version}/sobjects/{sobject.name}/{saved.id}"
    body: Json = {"id": saved.id, "success": True, "errors": []}
    return ApiReply(201, body, {"Location": location})


def _failed(errors: tuple[ErrorDetail, ...]) -> ApiReply:
    body: list[Json] = [e.as_error(with_fields=e.code not in _NO_FIELDS) for e in errors]
    return ApiReply(errors[0].status, body)


def _by_id(org: OrgState, call: ApiCall, sobject: SObjectType, text: str) -> ApiReply:
    record = record_id(text)
    row = _living(org, sobject, record)
    match call.method:
        case "GET" | "HEAD":
            chosen = [name for name in call.query.get("fields", "").split(",") if name]
            return ApiReply(
                200, describe.record(sobject, row, call.version, chosen), _modified(row)
            )
        case "PATCH":
            _unless_modified(row, call)
            (saved,) = records.update(
                org, sobject.name, [(record, call.json())], call.save_options()
            )
        case "DELETE":
            _unless_modified(row, call)
            (saved,) = records.delete(org, [record], call.save_options())
        case _:
            raise wrong_method(call.method, "DELETE", "GET", "HEAD", "PATCH")
    return _failed(saved.errors) if saved.errors else ApiReply(204)


def _living(org: OrgState, sobject: SObjectType, record: str) -> Row:
    row = org.row(record)
    if row is None or sobject.prefix != record[:3] or record in org.private_records():
        raise not_found()
    if row.get("IsDeleted"):
        raise RequestRefused(DELETED)
    return row


def _modified(row: Row) -> dict[str, str]:
    return {"Last-Modified": describe.http_date(str(row["SystemModstamp"]))}


def _unless_modified(row: Row, call: ApiCall) -> None:
    """Raise `RequestRefused` (412) if the record changed after If-Unmodified-Since."""
    header = call.headers.get("if-unmodified-since")
    if header is None:
        return
    try:
        known = parsedate_to_datetime(header)
    except ValueError:
        raise refuse("INVALID_DATE_FORMAT", "If-Unmodified-Since is no HTTP date") from None
    changed = row.get("LastModifiedDate") or row["SystemModstamp"]
    if str(changed) > stamp(known):
        message = "The record was modified after the time in If-Unmodified-Since"
        raise refuse("PRECONDITION_FAILED", message, status=412)


def _blob(org: OrgState, sobject: SObjectType, record: str, field: str) -> ApiReply:
    row = _living(org, sobject, record_id(record))
    data = row.get(field)
    if not isinstance(data, bytes):
        raise not_found()
    return ApiReply(200, data, {"Content-Type": "application/octetstream"})


def _by_external_id(
    org: OrgState, call: ApiCall, sobject: SObjectType, field: str, value: str
) -> ApiReply:
    key = collections.lookup_field(sobject, field)
    found = [
        row for row in org.storage.find(sobject.name, key.name, [value]) if not row["IsDeleted"]
    ]
    if len(found) > 1:
        base = f"/services/data/{call.version}/sobjects/{sobject.name}"
        return ApiReply(300, [f"{base}/{row['Id']!s}" for row in found])
    if call.method == "PATCH":
        return _upserted(org, call, sobject, {key.name: value}, found)
    if not found:
        raise not_found()
    return _by_id(org, call, sobject, str(found[0]["Id"]))


def _upserted(
    org: OrgState, call: ApiCall, sobject: SObjectType, key: dict[str, Json], found: list[Row]
) -> ApiReply:
    body = call.json()
    ((name, value),) = key.items()
    if name.lower() in {given.lower() for given in body}:
        text = f"The {name} field should not be specified in the sobject data."
        raise refuse("INVALID_FIELD", text)
    options = call.save_options()
    if found:
        target = (str(found[0]["Id"]), body)
        (saved,) = records.update(org, sobject.name, [target], options)
    elif call.query.get("updateOnly") == "true":
        raise not_found()
    else:
        new = body if name == "Id" else body | {name: value}
        (saved,) = records.insert(org, sobject.name, [new], options)
    if saved.errors:
        return _failed(saved.errors)
    answer: Json = {"id": saved.id, "success": True, "errors": [], "created": saved.created}
    return ApiReply(201 if saved.created else 200, answer)
