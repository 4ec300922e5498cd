"""What stands before the API: the token, the limits, the oddities, and the faults asked for."""

import asyncio
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from wasf.demo.salesforce.faults import BrokenAnswer
from wasf.demo.timelines.api import Refused, page, too_many
from wasf.demo.timelines.model import ChatWorkspace
from wasf.demo.timelines.webhooks import Fault, FaultKind

ROOT = "/integrations/api"
PER_SECOND = 40
_PER_CONNECTION = 100
_HALF_AN_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n"
    b'{"status":"ok","data":{"has_more_pages":false,'
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came: when (seconds of a steady clock), what was asked for."""

    at: float
    method: str
    path: str
    query: str


class Gate:
    """The state of the limits. `latency` is in seconds, for each answer."""

    def __init__(self, workspace: ChatWorkspace, per_second: int = PER_SECOND) -> None:
        self.workspace = workspace
        self.per_second = per_second
        self.token = f"tla_{secrets.token_hex(16)}"
        self.latency = 0.0
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self._lately: deque[float] = deque()
        self._per_connection: Counter[object] = Counter()
        self._lock = threading.Lock()

    def note(self, scope: Scope) -> tuple[int, bool, bool]:
        """Count a request: its number, whether too many came, whether its connection is old."""
        now = time.monotonic()
        with self._lock:
            path, query = scope["path"], scope["query_string"].decode("latin-1")
            self.seen.append(Seen(now, scope["method"], path, query))
            self._lately.append(now)
            while self._lately[0] < now - 1:
                self._lately.popleft()
            self._per_connection[scope["client"]] += 1
            is_old = self._per_connection[scope["client"]] > _PER_CONNECTION
            return len(self.seen), len(self._lately) > self.per_second, is_old

    def fault_of(self, number: int) -> Fault | None:
        """What the request of that number shall meet."""
        return next((f for f in self.faults if f.first <= number <= f.last), None)


class Guard:
    """The gate as a layer around the API."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http" or not scope["path"].startswith(ROOT):
            await self._app(scope, receive, send)
            return
        number, too_fast, is_old = self._gate.note(scope)
        await asyncio.sleep(self._gate.latency)
        fault = self._gate.fault_of(number)
        answer = self._refusal(scope, fault, too_fast=too_fast, is_old=is_old)
        await (answer or self._app)(scope, receive, send)

    def _refusal(
        self, scope: Scope, fault: Fault | None, *, too_fast: bool, is_old: bool
    ) -> Response | None:
        headers = Headers(scope=scope)
        if fault is not None:
            return faulty(fault)
        if headers.get("user-agent", "").startswith(("Python-urllib", "python-requests")):
            return page(403, "Attention Required! | Cloudflare")
        if too_fast:
            return too_many(None)
        if is_old:
            return page(403, "Forbidden")
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), self._gate.token.encode()):
            return PlainTextResponse("Unauthorized", 401)
        if scope["path"].endswith("/"):
            return page(404, "Page not found")
        return self._counted()

    def _counted(self) -> Response | None:
        workspace = self._gate.workspace
        with workspace.lock:
            if workspace.used >= workspace.quota:
                return Refused(403, "quota_exceeded", "API calls quota exceeded").answer()
            workspace.used += 1
        return None


_FAULTY: dict[FaultKind, Callable[[], Response]] = {
    FaultKind.THROTTLED: lambda: page(403, "Forbidden"),
    FaultKind.UNAUTHORISED: lambda: JSONResponse(
        {"status": "error", "message": "Invalid or expired token"}, 401
    ),
    FaultKind.QUOTA_SPENT: lambda: Refused(429, "quota_exceeded", "Quota exceeded").answer(),
    FaultKind.NOT_JSON: lambda: page(200, "Sign in"),
    FaultKind.CUT: lambda: BrokenAnswer(_HALF_AN_ANSWER),
    FaultKind.SLAM: lambda: BrokenAnswer(reset=True),
    FaultKind.SERVER_ERROR: lambda: Refused(500, "internal_error", "Internal error").answer(),
    FaultKind.BAD_GATEWAY: lambda: page(502, "Bad gateway"),
    FaultKind.MAINTENANCE: lambda: page(503, "Maintenance"),
}


def faulty(fault: Fault) -> Response:
    """The answer that a fault is."""
    if fault.kind is FaultKind.TOO_MANY:
        return too_many(fault.retry_after)
    return _FAULTY[fault.kind]()
