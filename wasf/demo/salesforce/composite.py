"""Composite: up to 25 requests in one; later ones can use the answers to earlier ones.

If it is all or none, that holds for the collections in it too, whatever they say themselves.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wasf.demo.salesforce.calls import (
    ApiCall,
    ApiReply,
    Json,
    RequestRefused,
    data_call,
    refusal,
    refuse,
    wrong_method,
)
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import RollBack

MAX_REQUESTS = 25
MAX_HEAVY = 5
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_HALTED: Json = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same "
        "transaction failed.",
    }
]

Respond = Callable[[OrgState, ApiCall], ApiReply]


def respond(org: OrgState, call: ApiCall, answer: Respond) -> ApiReply:
    """Answer POST /composite; `answer` answers each request inside."""
    if call.method != "POST":
        raise wrong_method(call.method, "POST")
    body = call.json()
    requests = _requests(body)
    replies: list[tuple[str, ApiReply]] = []
    failed, is_whole = False, body.get("allOrNone") is True
    try:
        with org.storage.transaction():
            for request in requests:
                part = _all_or_none(request) if is_whole else request
                reply = _one(org, call, part, dict(replies), answer)
                reply = _as_whole(part, reply) if is_whole else reply
                replies.append((str(request["referenceId"]), reply))
                failed = failed or reply.status >= 400
            if failed and is_whole:
                raise RollBack
    except RollBack:
        replies = [
            (name, reply if reply.status >= 400 else ApiReply(400, _HALTED))
            for name, reply in replies
        ]
    return ApiReply(200, {"compositeResponse": [_shown(name, reply) for name, reply in replies]})


def _all_or_none(request: dict[str, Json]) -> dict[str, Json]:
    body = request.get("body")
    if not _is_collection(request) or not isinstance(body, dict):
        return request
    return {**request, "body": {**body, "allOrNone": True}}


def _as_whole(request: Mapping[str, Json], reply: ApiReply) -> ApiReply:
    """Return the reply; one to a collection of which a record failed is a failure."""
    rows = reply.body if _is_collection(request) and isinstance(reply.body, list) else []
    is_failed = any(isinstance(row, dict) and row.get("success") is False for row in rows)
    return replace(reply, status=400) if is_failed and reply.status < 400 else reply


def _is_collection(request: Mapping[str, Json]) -> bool:
    return re.search(r"/composite/sobjects(?:[/?]|$)", str(request.get("url"))) is not None


def _requests(body: Mapping[str, Json]) -> list[dict[str, Json]]:
    given = body.get("compositeRequest")
    if not isinstance(given, list) or not given:
        raise refuse("MISSING_ARGUMENT", "compositeRequest must be a list of requests")
    if len(given) > MAX_REQUESTS:
        raise refuse("LIMIT_EXCEEDED", f"Too many composite requests: at most {MAX_REQUESTS}")
    requests = [request for request in given if isinstance(request, dict)]
    if len(requests) < len(given):
        raise refuse("JSON_PARSER_ERROR", "Each request of a composite must be an object")
    _check_shape(requests)
    return requests


def _check_shape(requests: Sequence[dict[str, Json]]) -> None:
    for request in requests:
        for key in ("method", "url", "referenceId"):
            if not isinstance(request.get(key), str):
                raise refuse("MISSING_ARGUMENT", f"{key} is missing in a request of the composite")
    names = [str(request["referenceId"]) for request in requests]
    if len(set(names)) < len(names):
        raise refuse("DUPLICATE_VALUE", "referenceIds of a composite must be unique")
    heavy = sum(1 for request in requests if _is_heavy(str(request["url"])))
    if heavy > MAX_HEAVY:
        message = f"Too many queries and collections in a composite: at most {MAX_HEAVY}"
        raise refuse("LIMIT_EXCEEDED", message)


def _is_heavy(url: str) -> bool:
    return re.search(r"/(?:query|queryAll|composite/sobjects)(?:[/?]|$)", url) is not None


def _one(
    org: OrgState, call: ApiCall, request: Mapping[str, Json], earlier: Mapping[str, ApiReply],
    answer: Respond,
) -> ApiReply:  # fmt: skip
    try:
        filled = _filled(dict(request), earlier)
        if not isinstance(filled, dict):
            return ApiReply(400, None)
        target = str(filled["url"])
        if "/composite" in target and "/composite/sobjects" not in target:
            raise refuse("INVALID_OPERATION", "A composite cannot hold a composite")
        body = filled.get("body")
        content = b"" if body is None else json.dumps(body).encode()
        inner = data_call(str(filled["method"]), target, _headers(call, filled), content)
        return answer(org, replace(inner, errors=call.errors, base_url=call.base_url))
    except RequestRefused as refused:
        return refusal(refused)


def _headers(call: ApiCall, request: Mapping[str, Json]) -> dict[str, str]:
    own = request.get("httpHeaders")
    given = own if isinstance(own, dict) else {}
    inherited = {k: v for k, v in call.headers.items() if not k.startswith("if-")}
    return inherited | {name.lower(): str(value) for name, value in given.items()}


def _filled(value: Json, earlier: Mapping[str, ApiReply]) -> Json:
    """Return the value with every @{reference} replaced."""
    match value:
        case str():
            return _REFERENCE.sub(lambda found: _looked_up(found, earlier), value)
        case list():
            return [_filled(item, earlier) for item in value]
        case dict():
            return {key: _filled(item, earlier) for key, item in value.items()}
        case _:
            return value


def _looked_up(found: re.Match[str], earlier: Mapping[str, ApiReply]) -> str:
    reply = earlier.get(found[1])
    if reply is None or reply.status >= 400 or isinstance(reply.body, bytes):
        raise _bad_reference(found[0])
    value: Json = reply.body
    for key, index in _STEP.findall(found[2]):
        if key and isinstance(value, dict) and key in value:
            value = value[key]
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            raise _bad_reference(found[0])
    return str(value)


def _bad_reference(text: str) -> RequestRefused:
    message = f"Invalid reference specified. No value for {text[2:-1]} found in composite request"
    return refuse("PROCESSING_HALTED", message)


def _shown(name: str, reply: ApiReply) -> Json:
    body = None if isinstance(reply.body, bytes) else reply.body
    headers: dict[str, Json] = {
        key: value for key, value in reply.headers.items() if key in ("Location", "ETag")
    }
    return {
        "body": body,
        "httpHeaders": headers,
        "httpStatusCode": reply.status,
        "referenceId": name,
    }
