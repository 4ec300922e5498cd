"""Faults on order: which request is to go wrong, and in which way."""

import asyncio
import gzip
import json
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, get_args

from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from wasf.demo.salesforce.calls import Reply
from wasf.demo.salesforce.errors import Json, Problem

# --- faults


FaultKind = Literal[
    "refuse",  # S1: the port is closed for `seconds`
    "reset-before",  # S2: RST before the request is looked at
    "reset-after",  # S3: RST after the commit
    "reset-mid-answer",  # S4: half an answer, then RST
    "close-after",  # S5: end without an answer after the commit
    "truncated",  # S6: JSON cut short under a right Content-Length
    "chunked-cut",  # S7: a chunked answer that never ends
    "slow-answer",  # S8: a byte every `seconds`
    "hang-before",  # S9: no answer for `seconds`, nothing done
    "hang-after",  # S10: no answer for `seconds`, but committed
    "late-commit",  # S11: RST now, committed `seconds` later, or when a `held` one is let go
    "html",  # S12: 200 with a login page, nothing done
    "html-after",  # S13: 200 with a login page after the commit
    "redirect",  # S14: 302 to a login page
    "unauthorized",  # S15, S16: 401 INVALID_SESSION_ID
    "unauthorized-html",  # S17: 401 with a page
    "api-limit",  # S18: 403 REQUEST_LIMIT_EXCEEDED
    "too-many-requests",  # S19: 429, with `retry_after` or without
    "server-error",  # S20: 500, or `status`
    "gateway-after",  # S21: 502, or `status`, after the commit
    "maintenance",  # S22: 503 with a page
    "row-errors",  # S23: the rows in `rows` fail with `code`
    "fewer-results",  # S24: the last outcome is missing
    "other-ids",  # S25: outcomes carry ids of other records
    "multiple",  # S26: 300 with addresses
    "wrong-charset",  # S27: UTF-8 that calls itself Latin-1 ...
    "bom",  # ... that begins with a byte order mark ...
    "nan",  # ... that holds NaN
    "huge",  # S28: an answer of `megabytes`
    "gzip-bomb",  # S29: the same, packed small
    "moved",  # S30: 404, or `status`, because the instance moved
    "version-gone",  # S32: 410
]
_NUMBERS = {
    "S1": "refuse", "S2": "reset-before", "S3": "reset-after", "S4": "reset-mid-answer",
    "S5": "close-after", "S6": "truncated", "S7": "chunked-cut", "S8": "slow-answer",
    "S9": "hang-before", "S10": "hang-after", "S11": "late-commit", "S12": "html",
    "S13": "html-after", "S14": "redirect", "S15": "unauthorized", "S16": "unauthorized",
    "S17": "unauthorized-html", "S18": "api-limit", "S19": "too-many-requests",
    "S20": "server-error", "S21": "gateway-after", "S22": "maintenance", "S23": "row-errors",
    "S24": "fewer-results", "S25": "other-ids", "S26": "multiple", "S27": "wrong-charset",
    "S28": "huge", "S29": "gzip-bomb", "S30": "moved", "S32": "version-gone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and with which requests.

    `number` is a request's number in the org's list of requests; `path` a regular expression
    found in its path; `skip` lets that many fitting requests pass; `times` 0 means for ever.
    """

    kind: FaultKind
    number: int | None = None
    path: str | None = None
    method: str | None = None
    skip: int = 0
    times: int = 1
    seconds: float = 0.0
    held: bool = False
    status: int = 0
    retry_after: int | None = None
    rows: tuple[int, ...] = (0,)
    code: str = "UNABLE_TO_LOCK_ROW"
    message: str = ""
    megabytes: int = 50

    def fits(self, number: int, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return (
            self.number in (None, number)
            and self.method in (None, method)
            and (self.path is None or re.search(self.path, path) is not None)
        )

    def row_faults(self) -> dict[int, Problem]:
        """The records that are to fail, by their place in the request."""
        if self.kind != "row-errors":
            return {}
        words = self.message or _ROW_MESSAGES.get(self.code, "an error of this record")
        fields = ("Description",) if self.code == "STRING_TOO_LONG" else ()
        return {row: Problem(self.code, words, fields) for row in self.rows}


_ROW_MESSAGES = {
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "Not in this org",
    "STRING_TOO_LONG": "Description: data value too large: ... (max length=32000)",
    "DUPLICATE_VALUE": "duplicate value found: Other__c duplicates value on record with id: "
    "00T5e0000000zzzEAA",
}


def parse_kind(name: str) -> FaultKind:
    """A kind by its name or its number (S1 to S32). ValueError for others."""
    wanted = _NUMBERS.get(name, name)
    for known in get_args(FaultKind):
        if known == wanted:
            return known  # type: ignore[no-any-return]  # get_args is untyped
    raise ValueError(f"no such fault: {name}")


class FaultScript:
    """The faults that wait for their request, first come, first served."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._held: list[Callable[[], object]] = []

    def add(self, fault: Fault) -> None:
        """Orders one more."""
        self._waiting.append(fault)

    def hold(self, work: Callable[[], object]) -> None:
        """Keeps what is to be committed later, until `land`."""
        self._held.append(work)

    def land(self) -> int:
        """Commits what was held, in order; answers how much it was."""
        held, self._held = self._held, []
        for work in held:
            work()
        return len(held)

    def clear(self) -> None:
        """From now on all goes well."""
        self._waiting.clear()

    def take(self, number: int, method: str, path: str) -> Fault | None:
        """The fault for this request, used up by it; None when it may go well."""
        for place, fault in enumerate(self._waiting):
            if not fault.fits(number, method, path):
                continue
            if fault.skip:
                self._waiting[place] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.times == 1:
                del self._waiting[place]
            elif fault.times:
                self._waiting[place] = replace(fault, times=fault.times - 1)
            return fault
        return None


# --- wire
# The connection under a request, for answers that break off in the middle.


_KEY = "localorg.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST


class Connection:
    """One TCP connection of a client."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Sends bytes as they are, past the HTTP layer."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Ends the connection in good order (FIN), after what was written."""
        self._transport.close()

    def reset(self) -> None:
        """Breaks the connection off (RST)."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()


class OrgProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, which hands each request the connection that it came by."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        super().connection_made(transport)
        self.app = _naming(self.app, Connection(transport))


def _naming(app: ASGIApp, connection: Connection) -> ASGIApp:
    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY] = connection
        await app(scope, receive, send)

    return named


class BrokenAnswer(Response):
    """An answer below HTTP: some bytes, or none, then the end of the connection."""

    def __init__(self, data: bytes = b"", *, reset: bool = False, after: float = 0.0) -> None:
        super().__init__(status_code=0)  # none is ever sent
        self._data = data
        self._reset = reset
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Waits `after` seconds or until the client hangs up; then writes and ends."""
        connection: Connection = scope[_KEY]
        if self._after:
            with suppress(TimeoutError):
                await asyncio.wait_for(_hung_up(receive), self._after)
        connection.write(self._data)
        if self._reset:
            connection.reset()
        else:
            connection.close()
        await _hung_up(receive)  # else uvicorn would answer 500 for a request without answer


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# --- breaking
# How an answer looks when a fault was ordered for its request.


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
