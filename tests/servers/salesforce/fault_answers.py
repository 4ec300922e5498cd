"""The answers that are left when a fault was ordered for a request."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from starlette.responses import Response, StreamingResponse

from tests.servers.connections import BrokenAnswer
from tests.servers.salesforce.faults import Fault
from wasf.demo.salesforce.calls import ApiReply, Json

Execute = Callable[[], ApiReply]
"""Carries the request out, commits, and returns what the answer would be."""
Render = Callable[[ApiReply], Response]
"""Turns an answer into HTTP, with the headers of all API answers."""
Hold = Callable[[Execute], None]
"""Keeps a commit for later."""

_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Login | Salesforce</title></head><body>Log in</body></html>"
)
_DOWN_PAGE = "<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"


async def faulty_answer(fault: Fault, execute: Execute, render: Render, hold: Hold) -> Response:
    """Carry a request out with a fault; return the answer that is left.

    For `refuse`, the server closes the port first.
    """
    if answer := _without_commit(fault, render):
        return answer
    if fault.kind == "late-commit":
        if fault.held:
            hold(execute)
        else:
            asyncio.get_running_loop().call_later(fault.seconds, execute)
        return BrokenAnswer(reset=True)
    reply = execute()
    return _broken(fault, render, reply) or _disguised(fault, render, reply)


def _without_commit(fault: Fault, render: Render) -> Response | None:
    match fault.kind:
        case "refuse" | "reset-before":
            return BrokenAnswer(reset=True)
        case "hang-before":
            return BrokenAnswer(after=fault.seconds or 3600.0)
        case "html":
            return _page(200, _LOGIN_PAGE)
        case "redirect":
            return Response(status_code=302, headers={"Location": "/login?ec=302"})
        case "unauthorized-html":
            return _page(401, _LOGIN_PAGE)
        case "maintenance":
            return _page(fault.status or 503, _DOWN_PAGE)
        case "huge" | "gzip-bomb":
            return _huge(fault)
        case _:
            refusal = _refusal(fault)
            return render(refusal) if refusal else None


def _refusal(fault: Fault) -> ApiReply | None:
    match fault.kind:
        case "unauthorized":
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        case "api-limit":
            words = fault.message or "TotalRequests Limit exceeded."
            return _error(403, "REQUEST_LIMIT_EXCEEDED", words)
        case "too-many-requests":
            wait = fault.retry_after
            headers = {} if wait is None else {"Retry-After": str(wait)}
            body = _error(429, "REQUEST_LIMIT_EXCEEDED", "Too many requests").body
            return ApiReply(429, body, headers)
        case "server-error":
            text = (
                "An unexpected error occurred. Please include this ErrorId if you contact support"
            )
            return _error(fault.status or 500, "UNKNOWN_EXCEPTION", text)
        case "multiple":
            base = "/services/data/v62.0/sobjects/Task"
            return ApiReply(300, [f"{base}/00T5e0000000001EAA", f"{base}/00T5e0000000002EAA"])
        case "moved":
            return _error(fault.status or 404, "NOT_FOUND", "The requested resource does not exist")
        case "version-gone":
            return _error(410, "GONE", "The requested API version is no longer available")
        case _:
            return None


def _error(status: int, code: str, message: str) -> ApiReply:
    return ApiReply(status, [{"message": message, "errorCode": code}])


def _page(status: int, html: str) -> Response:
    return Response(html, status, media_type="text/html")


def _broken(fault: Fault, render: Render, reply: ApiReply) -> Response | None:
    """Return an answer that does not arrive, after the commit."""
    match fault.kind:
        case "reset-after":
            return BrokenAnswer(reset=True)
        case "close-after":
            return BrokenAnswer()
        case "hang-after":
            return BrokenAnswer(after=fault.seconds or 3600.0)
        case "gateway-after":
            return _page(fault.status or 502, "<html><body>Bad Gateway</body></html>")
        case "html-after":
            return _page(200, _LOGIN_PAGE)
        case _:
            return _cut(fault, render(reply))


def _cut(fault: Fault, whole: Response) -> Response | None:
    """Return an answer that arrives in part, or byte by byte."""
    half = bytes(whole.body)[: max(1, len(whole.body) // 2)]
    match fault.kind:
        case "reset-mid-answer":
            return BrokenAnswer(_head(whole) + half, reset=True)
        case "chunked-cut":
            return BrokenAnswer(_head(whole, chunked=True) + b"%x\r\n%s\r\n" % (len(half), half))
        case "truncated":
            return Response(half, whole.status_code, media_type="application/json")
        case "slow-answer":
            drops = _drip(bytes(whole.body), fault.seconds or 1.0)
            return StreamingResponse(drops, whole.status_code, dict(whole.headers))
        case _:
            return None


def _disguised(fault: Fault, render: Render, reply: ApiReply) -> Response:
    """Return an answer that arrives after the commit, but says something else."""
    match fault.kind:
        case "fewer-results" if isinstance(reply.body, list):
            return render(replace(reply, body=reply.body[:-1]))
        case "other-ids" if not isinstance(reply.body, bytes):
            return render(replace(reply, body=_with_other_ids(reply.body)))
        case "wrong-charset":
            whole = render(reply)
            whole.headers["Content-Type"] = "application/json;charset=ISO-8859-1"
            return whole
        case "bom":
            whole = render(reply)
            return Response(b"\xef\xbb\xbf" + bytes(whole.body), whole.status_code,
                            media_type="application/json")  # fmt: skip
        case "nan":
            text = json.dumps({"totalSize": float("nan"), "done": True, "records": []})
            return Response(text, reply.status, media_type="application/json")
        case _:
            return render(reply)


def _head(whole: Response, *, chunked: bool = False) -> bytes:
    lines = [f"HTTP/1.1 {whole.status_code} OK"]
    for name, value in whole.headers.items():
        if not (chunked and name == "content-length"):
            lines.append(f"{name}: {value}")
    if chunked:
        lines.append("transfer-encoding: chunked")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    for place in range(len(body)):
        yield body[place : place + 1]
        await asyncio.sleep(seconds)


def _huge(fault: Fault) -> Response:
    """Return a very long answer: as it is, or compressed to a thousandth of its size."""
    block = b" " * (1 << 20)
    if fault.kind == "huge":
        return StreamingResponse(_blocks(block, fault.megabytes), media_type="application/json")
    packed = gzip.compress(b"[" + block * fault.megabytes + b"]", compresslevel=9)
    headers = {"Content-Encoding": "gzip"}
    return Response(packed, headers=headers, media_type="application/json")


async def _blocks(block: bytes, count: int) -> AsyncIterator[bytes]:
    yield b"["
    for _ in range(count):
        yield block
    yield b"]"


def _with_other_ids(body: Json) -> Json:
    """Return the results with each id moved on by one; a single id becomes one of no record."""
    if isinstance(body, dict) and "id" in body:
        return body | {"id": "00T5e0000000zzzEAA"}
    if not isinstance(body, list):
        return body
    items = [item for item in body if isinstance(item, dict)]
    ids: Sequence[Json] = [item.get("id") for item in items]
    if len(set(map(str, ids))) < 2:
        return [_with_other_ids(item) for item in items]
    return [item | {"id": other} for item, other in zip(items, [*ids[1:], ids[0]], strict=True)]
