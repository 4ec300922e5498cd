"""How an answer looks when a fault was ordered for its request."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from starlette.responses import Response, StreamingResponse

from wasf.localorg.calls import Reply
from wasf.localorg.errors import Json
from wasf.localorg.faults import Fault
from wasf.localorg.wire import BrokenAnswer

Execute = Callable[[], Reply]
"""Does what the request asks, commits, and says what the answer would have been."""
Render = Callable[[Reply], Response]
"""Turns an answer into HTTP, with the org's usual headers."""
Hold = Callable[[Execute], None]
"""Keeps a commit for later."""

_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Login | Salesforce</title></head><body>Log in</body></html>"
)
_DOWN_PAGE = "<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"


async def play(fault: Fault, execute: Execute, render: Render, hold: Hold) -> Response:
    """The answer that the fault leaves of a request. `refuse` is played by the server."""
    if found := _without_commit(fault, render):
        return found
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
            problem = _refusals(fault)
            return render(problem) if problem else None


def _refusals(fault: Fault) -> Reply | None:
    match fault.kind:
        case "unauthorized":
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        case "api-limit":
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        case "too-many-requests":
            wait = fault.retry_after
            headers = {} if wait is None else {"Retry-After": str(wait)}
            body = _error(429, "REQUEST_LIMIT_EXCEEDED", "Too many requests").body
            return Reply(429, body, headers)
        case "server-error":
            text = (
                "An unexpected error occurred. Please include this ErrorId if you contact support"
            )
            return _error(fault.status or 500, "UNKNOWN_EXCEPTION", text)
        case "multiple":
            base = "/services/data/v62.0/sobjects/Task"
            return Reply(300, [f"{base}/00T5e0000000001EAA", f"{base}/00T5e0000000002EAA"])
        case "moved":
            return _error(fault.status or 404, "NOT_FOUND", "The requested resource does not exist")
        case "version-gone":
            return _error(410, "GONE", "The requested API version is no longer available")
        case _:
            return None


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, [{"message": message, "errorCode": code}])


def _page(status: int, html: str) -> Response:
    return Response(html, status, media_type="text/html")


def _broken(fault: Fault, render: Render, reply: Reply) -> Response | None:
    """Answers after the commit that never arrive."""
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
    """Answers that arrive in part, or drop by drop."""
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


def _disguised(fault: Fault, render: Render, reply: Reply) -> Response:
    """Answers after the commit that arrive, but say something else."""
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
    """An endless list: sent as it is, or packed (a thousandth of its size)."""
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
    """The same outcomes, the ids handed on by one place; a lone id becomes one of no record."""
    if isinstance(body, dict) and "id" in body:
        return body | {"id": "00T5e0000000zzzEAA"}
    if not isinstance(body, list):
        return body
    items = [item for item in body if isinstance(item, dict)]
    ids: Sequence[Json] = [item.get("id") for item in items]
    if len(set(map(str, ids))) < 2:
        return [_with_other_ids(item) for item in items]
    return [item | {"id": other} for item, other in zip(items, [*ids[1:], ids[0]], strict=True)]
