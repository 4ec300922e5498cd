"""The way into the API as tests have it: a record of all requests, latency, faults."""

import asyncio
import gzip
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tests.servers.connections import BrokenAnswer
from tests.servers.salesforce import oauth_identity
from tests.servers.salesforce.configured_org import ConfiguredOrg
from tests.servers.salesforce.fault_answers import faulty_answer
from tests.servers.salesforce.faults import FaultScript
from tests.servers.salesforce.oauth_grants import SignIns
from wasf.demo.salesforce.calls import ApiCall, ApiReply, ErrorDetail, RequestRefused, refusal
from wasf.demo.salesforce.server import ApiGateway, Work, base_url, invalid_session

_COMPRESSED_FROM = 1_024  # bytes
_WHO = re.compile(rb'"WhoId": ?"(\w{18})"')


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """An API request that arrived, without its content.

    `call` is its place among the calls that count against the daily limit; 0 does not count.
    """

    number: int
    method: str
    path: str
    status: int = 0
    call: int = 0


class ScriptedGateway(ApiGateway):
    """Records requests, and lets them go wrong as ordered.

    `latency` is in seconds, before each answer. `refuse` closes the port for some seconds.
    `overlaps` counts calls with new Tasks of a record that another open call also has.
    """

    def __init__(self, org: ConfiguredOrg, refuse: Callable[[float], None]) -> None:
        super().__init__(org)
        self.configured = org
        self.latency = 0.0
        self.faults = FaultScript()
        self.received: dict[int, ReceivedRequest] = {}
        self.sign_ins = SignIns()
        self.refuse = refuse
        self.overlaps = 0
        self._last = 0
        self._open: Counter[bytes] = Counter()
        self._row_errors: Mapping[int, ErrorDetail] = {}

    def routes(self) -> list[Route]:
        """Return the addresses of the API, and those that tell whose a token is."""
        return [
            *super().routes(),
            Route("/services/oauth2/userinfo", self.identity, methods=["GET", "POST"]),
            Route("/id/{org}/{user}", self.identity),
        ]

    async def identity(self, request: Request) -> Response:
        """Answer the two addresses that tell whose a token is."""
        return await self.answer(request, self._identity)

    async def answer(self, request: Request, work: Work) -> Response:
        """Record a request and answer it, late or with a fault if so ordered."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return BrokenAnswer()
        records = set(_WHO.findall(body)) if request.method == "POST" else set()
        self.overlaps += any(self._open[record] for record in records)
        self._open.update(records)
        try:
            return await self._answer(request, body, work)
        finally:
            self._open.subtract(records)

    async def _answer(self, request: Request, body: bytes, work: Work) -> Response:
        wait = self.latency
        self._last += 1
        number = self._last
        self.received[number] = ReceivedRequest(number, request.method, request.url.path)
        if wait:
            await asyncio.sleep(wait)
        fault = self.faults.take(number, request.method, request.url.path)

        def execute() -> ApiReply:
            return self._counted(number, fault.row_errors() if fault else {}, request, body, work)

        if fault is None:
            response = self.render(request, execute())
        else:
            if fault.kind == "refuse":
                self.refuse(fault.seconds or 1.0)
            response = await faulty_answer(
                fault, execute, lambda reply: self.render(request, reply), self.faults.hold
            )
        self._note(number, status=response.status_code)
        return response

    def user_of(self, request: Request) -> str:
        """Return the user of the token; the API may have moved to another address."""
        moved_to = self.sign_ins.instance_url
        if moved_to not in ("", base_url(request)) and request.url.path.startswith("/services"):
            raise invalid_session()
        return super().user_of(request)

    def unpacked(self, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Return the body without compression; the content of a bulk job checks its type itself."""
        is_content = target.endswith("/batches") and "/jobs/ingest/" in target
        return body if is_content else super().unpacked(target, headers, body)

    def prepare(self, call: ApiCall) -> ApiCall:
        """Return the call with the errors that were ordered for its records."""
        return replace(call, errors=self._row_errors)

    def render(self, request: Request, reply: ApiReply) -> Response:
        """Return an answer as HTTP, compressed if the org does that and the client takes it."""
        response = super().render(request, reply)
        accepts = "gzip" in request.headers.get("accept-encoding", "")
        content = bytes(response.body)
        if not (self.configured.admin.gzip_answers and accepts) or len(content) < _COMPRESSED_FROM:
            return response
        headers = {**response.headers, "Content-Encoding": "gzip"}
        del headers["content-length"]
        return Response(gzip.compress(content, compresslevel=1), response.status_code, headers)

    def _counted(
        self, number: int, row_errors: Mapping[int, ErrorDetail], request: Request, body: bytes,
        work: Work,
    ) -> ApiReply:  # fmt: skip
        """Do the work, and note which call of the day it was."""
        with self.org.lock:
            before = self.org.api_calls
            self._row_errors = row_errors
            reply = self.carry_out(request, body, work)
            self._row_errors = {}
            if self.org.api_calls > before:
                self._note(number, call=self.org.api_calls)
            return reply

    def _note(self, number: int, *, status: int = 0, call: int = 0) -> None:
        """Add to the record of a request, unless it was forgotten meanwhile."""
        if known := self.received.get(number):
            status, call = status or known.status, call or known.call
            self.received[number] = replace(known, status=status, call=call)

    def _identity(self, request: Request, _: bytes) -> ApiReply:
        try:
            user = self.user_of(request)
        except RequestRefused as refused:
            if request.url.path.startswith("/id/"):
                return ApiReply(403, b"Bad_OAuth_Token", {"Content-Type": "text/plain"})
            return refusal(refused)
        return ApiReply(200, oauth_identity.identity(self.org, user, base_url(request)))
