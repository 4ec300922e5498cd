"""What every API request passes: the record of it, latency, faults, the token, the daily limit."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import format_datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from wasf.demo.salesforce import describe
from wasf.demo.salesforce.calls import Reply, data_call, refusal
from wasf.demo.salesforce.errors import Problem, Refused, refuse
from wasf.demo.salesforce.faults import BrokenAnswer, Fault, FaultScript, play
from wasf.demo.salesforce.oauth_grants import SignIns
from wasf.demo.salesforce.oauth_tokens import identity
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.rest import respond

MAX_URI = 16_384
MAX_BODY = 52_428_800
_COMPRESSED_FROM = 1_024


@dataclass(frozen=True, slots=True)
class Seen:
    """One API request that arrived. `call`: its place among those that count; 0: does not count."""

    number: int
    method: str
    path: str
    status: int = 0
    call: int = 0


def _stay_open(_: float) -> None:
    """A gate without a server has no port to close."""


class Gate:
    """The way in. `latency` is in seconds; `shut` closes the port, and is set by the server."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.latency = 0.0
        self.faults = FaultScript()
        self.seen: dict[int, Seen] = {}
        self.shut: Callable[[float], None] = _stay_open
        self.sign_ins = SignIns()
        self._last = 0

    async def data(self, request: Request) -> Response:
        """Answers anything below /services/data/."""
        return await self._pass(request, self._data)

    async def versions(self, request: Request) -> Response:
        """Answers the list of API versions; asks for no token."""
        return await self._pass(request, lambda _: Reply(200, describe.versions()))

    async def identity(self, request: Request) -> Response:
        """Answers the two addresses that say who the token belongs to."""
        return await self._pass(request, self._identity)

    async def answer(self, request: Request, work: "PlainWork") -> Response:
        """Answers with `work`; noted, delayed and failed as API requests are."""
        return await self._pass(request, lambda arrived: work(arrived.request, arrived.body))

    async def _pass(self, request: Request, work: "Work") -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:  # it went away in the middle of what it sent
            return BrokenAnswer()
        wait = self.latency
        self._last += 1
        number = self._last
        self.seen[number] = Seen(number, request.method, request.url.path)
        if wait:
            await asyncio.sleep(wait)
        fault = self.faults.take(number, request.method, request.url.path)
        arrived = _Arrived(request, body, fault, number)

        def execute() -> Reply:
            with self.org.lock:
                return work(arrived)

        if fault is None:
            response = self._render(request, execute())
        else:
            if fault.kind == "refuse":
                self.shut(fault.seconds or 1.0)
            response = await play(
                fault, execute, lambda reply: self._render(request, reply), self.faults.hold
            )
        self._note(number, status=response.status_code)
        return response

    def _data(self, arrived: "_Arrived") -> Reply:
        target = _target(arrived.request)
        if len(target) > MAX_URI:
            return Reply(414, b"<h1>URI Too Long</h1>", {"Content-Type": "text/html"})
        headers = {name.lower(): value for name, value in arrived.request.headers.items()}
        try:
            self._check_token(arrived.request)
            self._count(arrived.number)
            call = data_call(
                arrived.request.method, target, headers, _unpacked(headers, arrived.body),
                base_url(arrived.request),
            )  # fmt: skip
            faults: Mapping[int, Problem] = arrived.fault.row_faults() if arrived.fault else {}
            return respond(self.org, replace(call, row_faults=faults))
        except Refused as refused:
            return refusal(refused)

    def _identity(self, arrived: "_Arrived") -> Reply:
        request = arrived.request
        try:
            user = self._check_token(request)
        except Refused as refused:
            if request.url.path.startswith("/id/"):
                return Reply(403, b"Bad_OAuth_Token", {"Content-Type": "text/plain"})
            return refusal(refused)
        return Reply(200, identity(self.org, user, base_url(request)))

    def _check_token(self, request: Request) -> str:
        """Whose the token is. Raises Refused; also where the API has moved away from."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self.org.tokens.get(token.strip())
        moved_to = self.sign_ins.instance_url
        gone = moved_to not in ("", base_url(request)) and request.url.path.startswith("/services")
        if scheme.lower() not in ("bearer", "oauth") or user is None or gone:
            raise refuse("INVALID_SESSION_ID", "Session expired or invalid", status=401)
        return user

    def _count(self, number: int) -> None:
        if self.org.api_calls >= self.org.settings.daily_limit:
            raise refuse("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
        self.org.api_calls += 1
        self._note(number, call=self.org.api_calls)

    def _note(self, number: int, *, status: int = 0, call: int = 0) -> None:
        """Adds to the record of a request, unless it was forgotten meanwhile."""
        if known := self.seen.get(number):
            status, call = status or known.status, call or known.call
            self.seen[number] = replace(known, status=status, call=call)

    def _render(self, request: Request, reply: Reply) -> Response:
        usage = f"api-usage={self.org.api_calls}/{self.org.settings.daily_limit}"
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "Sforce-Limit-Info": usage,
            "Date": format_datetime(self.org.now(), usegmt=True),
            "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private",
            **reply.headers,
        }
        if reply.body is None or request.method == "HEAD":
            return Response(status_code=reply.status, headers=headers)
        content = reply.body if isinstance(reply.body, bytes) else _as_json(reply)
        if self._wants_gzip(request) and len(content) >= _COMPRESSED_FROM:
            content = gzip.compress(content, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        return Response(content, reply.status, headers)

    def _wants_gzip(self, request: Request) -> bool:
        return self.org.settings.gzip_answers and "gzip" in request.headers.get(
            "accept-encoding", ""
        )


@dataclass(frozen=True, slots=True)
class _Arrived:
    request: Request
    body: bytes
    fault: Fault | None
    number: int


Work = Callable[[_Arrived], Reply]
PlainWork = Callable[[Request, bytes], Reply]


def base_url(request: Request) -> str:
    """The org's own address, as this client knows it."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _target(request: Request) -> str:
    raw: bytes = request.scope["raw_path"].partition(b"?")[0]
    query: bytes = request.scope["query_string"]
    return raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")


def _as_json(reply: Reply) -> bytes:
    return json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body as it was meant. Raises Refused for what is no JSON, too large, or badly packed."""
    if len(body) > MAX_BODY:
        raise refuse("EXCEEDED_MAX_SIZE_REQUEST", "The request is too large", status=413)
    kind = headers.get("content-type", "application/json").partition(";")[0].strip()
    if body and kind != "application/json":
        text = f"Content type '{kind}' is not supported"
        raise refuse("UNSUPPORTED_MEDIA_TYPE", text, status=415)
    if headers.get("content-encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise refuse("JSON_PARSER_ERROR", "The request body is not valid gzip") from None
