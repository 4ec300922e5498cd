"""A running org: its API and its pages behind a port of this machine.

`ApiGateway` is the way into the API: it checks the token and the daily limit, reads requests and
sends answers.

What a test needs on this way (a record of the requests, faults) overrides methods of `ApiGateway`.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from wasf.demo.salesforce import describe, pages, seed
from wasf.demo.salesforce.calls import (
    ApiCall,
    ApiReply,
    Json,
    RequestRefused,
    data_call,
    refusal,
    refuse,
)
from wasf.demo.salesforce.org import OrgState, Shown
from wasf.demo.salesforce.rest import respond
from wasf.demo.salesforce.seed import OrgSeed
from wasf.demo.server import LoopbackServer, Stoppable

MAX_URI = 16_384
MAX_BODY = 52_428_800
_HOSTS = ["127.0.0.1", "localhost"]
_METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]

Work = Callable[[Request, bytes], ApiReply]
"""Answers a request, with its body, while nobody else works on the org."""


class DemoOrg(Stoppable):
    """A new org with one user. Use it as a context manager, or call `stop`."""

    def __init__(self, port: int = 0, *, is_playground: bool = False) -> None:
        """Start the org; port 0 takes a free one. Raise `OSError` if the port is in use.

        A playground has the fields that wasf's documentation takes as examples.
        """
        self._server = LoopbackServer(port)
        self._org = OrgState()
        self.access_token = seed.fill(self._org, OrgSeed())
        if is_playground:
            seed.add_documented_fields(self._org)
        self._server.start(application(ApiGateway(self._org)))

    @property
    def base_url(self) -> str:
        """The address of the org."""
        return self._server.base_url

    def add(self, sobject: str, **fields: Json) -> str:
        """Add a record without the checks of the API; return its id."""
        with self._org.lock:
            return seed.add(self._org, sobject, [fields])[0]

    def show(self, shown: Shown) -> None:
        """Show this on the pages, too."""
        with self._org.lock:
            self._org.shown = shown

    def stop(self) -> None:
        """End the org."""
        self._server.stop()
        self._org.storage.close()


def application(gateway: "ApiGateway", more: Sequence[Route] = ()) -> Starlette:
    """Return the ASGI application of an org; `more` are further addresses."""
    return Starlette(
        routes=[*gateway.routes(), *more, *pages.routes(gateway.org)],
        # A web page whose host name points to this machine must not read what is in the org.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)],
    )


class ApiGateway:
    """Answers the requests to one org's API."""

    def __init__(self, org: OrgState) -> None:
        self.org = org

    def routes(self) -> list[Route]:
        """Return the addresses of the API."""
        return [
            Route("/services/data", self.versions),
            Route("/services/data/", self.versions),
            Route("/services/data/{rest:path}", self.data, methods=_METHODS),
        ]

    async def versions(self, request: Request) -> Response:
        """Answer the list of API versions. It needs no token."""
        return await self.answer(request, lambda _, __: ApiReply(200, describe.versions(self.org)))

    async def data(self, request: Request) -> Response:
        """Answer a request below /services/data/."""
        return await self.answer(request, self._data)

    async def answer(self, request: Request, work: Work) -> Response:
        """Read the body, do the work, and return the answer to be sent."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        return self.render(request, self.carry_out(request, body, work))

    def carry_out(self, request: Request, body: bytes, work: Work) -> ApiReply:
        """Do the work alone on the org."""
        with self.org.lock:
            return work(request, body)

    def _data(self, request: Request, body: bytes) -> ApiReply:
        target = _target(request)
        if len(target) > MAX_URI:
            return ApiReply(414, b"<h1>URI Too Long</h1>", {"Content-Type": "text/html"})
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self.user_of(request)
            self._count()
            unpacked = self.unpacked(target, headers, body)
            call = data_call(request.method, target, headers, unpacked, base_url(request))
            return respond(self.org, self.prepare(call))
        except RequestRefused as refused:
            return refusal(refused)

    def user_of(self, request: Request) -> str:
        """Return the id of the user that the token belongs to.

        Raise `RequestRefused` (INVALID_SESSION_ID) if the token is missing or not valid.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self.org.tokens.get(token.strip())
        if scheme.lower() not in ("bearer", "oauth") or user is None:
            raise invalid_session()
        return user

    def prepare(self, call: ApiCall) -> ApiCall:
        """Return the call as it is carried out."""
        return call

    def unpacked(self, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Return the body without compression.

        Raise `RequestRefused` if it is too large, not JSON by its type, or badly compressed.
        """
        del target
        if len(body) > MAX_BODY:
            raise refuse("EXCEEDED_MAX_SIZE_REQUEST", "The request is too large", status=413)
        media_type = headers.get("content-type", "application/json").partition(";")[0].strip()
        if body and media_type != "application/json":
            text = f"Content type '{media_type}' is not supported"
            raise refuse("UNSUPPORTED_MEDIA_TYPE", text, status=415)
        if headers.get("content-encoding") != "gzip":
            return body
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            raise refuse("JSON_PARSER_ERROR", "The request body is not valid gzip") from None

    def _count(self) -> None:
        if self.org.api_calls >= self.org.settings.daily_limit:
            raise refuse("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
        self.org.api_calls += 1

    def render(self, request: Request, reply: ApiReply) -> Response:
        """Return an answer as HTTP, with the headers of all API answers."""
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
        return Response(content, reply.status, headers)


def base_url(request: Request) -> str:
    """Return the org's own address, as this client knows it."""
    return f"{request.url.scheme}://{request.url.netloc}"


def invalid_session() -> RequestRefused:
    """Return the refusal of a token."""
    return refuse("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def _target(request: Request) -> str:
    raw: bytes = request.scope["raw_path"].partition(b"?")[0]
    query: bytes = request.scope["query_string"]
    return raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")


def _as_json(reply: ApiReply) -> bytes:
    return json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()
