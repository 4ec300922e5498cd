"""What stands before the chat API: the token, the limits, and the oddities of the real API."""

import secrets
import threading
import time
from collections import Counter, deque

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from wasf.demo.timelines.model import ChatWorkspace

ROOT = "/integrations/api"
PER_SECOND = 40
_PER_CONNECTION = 100
_SCRIPTS = ("Python-urllib", "python-requests")


class ChatApiRefused(Exception):
    """A request that cannot be answered: HTTP status, `error_code` and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> Response:
        """Return the error in the form that the API's description has."""
        body = {"status": "error", "message": self.message, "error_code": self.code}
        return JSONResponse(body, self.status)


def page(status: int, title: str) -> Response:
    """Return a page for people, as servers in front of the API send it."""
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Response(html, status, media_type="text/html")


def too_many(retry_after: int | None = None) -> Response:
    """Return the 429 of the server in front; its body is not the API's. The wait is in seconds."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"error": "Too Many Requests", "message": "Rate limit exceeded."}
    return JSONResponse(body, 429, headers)


class ApiLimits:
    """Counts the requests to one workspace and refuses those that break a limit."""

    def __init__(self, workspace: ChatWorkspace, per_second: int = PER_SECOND) -> None:
        self.workspace = workspace
        self.token = new_token()
        self._per_second = per_second
        self._lately: deque[float] = deque()
        self._per_connection: Counter[object] = Counter()
        self._lock = threading.Lock()

    async def admit(self, scope: Scope) -> Response | None:
        """Return the refusal of a request; None lets it through."""
        return self.refusal(scope, self.excess(scope))

    def excess(self, scope: Scope) -> Response | None:
        """Count a request; return the refusal of one too many in a second or by a connection."""
        now = time.monotonic()
        with self._lock:
            self._lately.append(now)
            while self._lately[0] < now - 1:
                self._lately.popleft()
            self._per_connection[scope["client"]] += 1
            if len(self._lately) > self._per_second:
                return too_many()
            is_old = self._per_connection[scope["client"]] > _PER_CONNECTION
        return page(403, "Forbidden") if is_old else None

    def refusal(self, scope: Scope, excess: Response | None) -> Response | None:
        """Return the first reason to refuse: the program, the limits, the token, the quota."""
        headers = Headers(scope=scope)
        if headers.get("user-agent", "").startswith(_SCRIPTS):
            return page(403, "Attention Required! | Cloudflare")
        if excess is not None:
            return excess
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return PlainTextResponse("Unauthorized", 401)
        if scope["path"].endswith("/"):
            return page(404, "Page not found")
        return self._spend()

    def _spend(self) -> Response | None:
        """Count a call of the month; return the refusal if none is left."""
        with self.workspace.lock:
            if self.workspace.used >= self.workspace.quota:
                return ChatApiRefused(403, "quota_exceeded", "API calls quota exceeded").answer()
            self.workspace.used += 1
        return None


def new_token() -> str:
    """Return a token as the API gives it to a workspace."""
    return f"tla_{secrets.token_hex(16)}"


class LimitsMiddleware:
    """The limits as an ASGI layer around the API."""

    def __init__(self, app: ASGIApp, limits: ApiLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request to the API, or let it through."""
        refusal = None
        if scope["type"] == "http" and scope["path"].startswith(ROOT):
            refusal = await self._limits.admit(scope)
        await (refusal or self._app)(scope, receive, send)
