"""Faults of the chat API on order: which requests go wrong, and in which way."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from tests.servers.connections import BrokenAnswer
from wasf.demo.timelines.model import ChatWorkspace
from wasf.demo.timelines.server import PER_SECOND, ROOT, ApiLimits, ChatApiRefused, page, too_many

_HALF_AN_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n"
    b'{"status":"ok","data":{"has_more_pages":false,'
)


class FaultKind(Enum):
    """How an answer goes wrong."""

    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    MAINTENANCE = "503"
    TOO_MANY = "429"
    THROTTLED = "403 without a word, as too many requests on one connection meet it"
    UNAUTHORISED = "401"
    QUOTA_SPENT = "the month's calls are used up"
    NOT_JSON = "a page instead of data"
    CUT = "an answer that breaks off"
    SLAM = "a connection that is reset"


@dataclass(frozen=True, slots=True)
class Fault:
    """The requests `first` to `last`, counted from 1, go wrong.

    `retry_after` is what the answer says, in seconds; None says nothing.
    """

    kind: FaultKind
    first: int
    last: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that arrived: when (seconds of a steady clock), and what it asked for."""

    at: float
    path: str


class ScriptedLimits(ApiLimits):
    """Limits that record requests, delay answers (seconds) and let requests go wrong as ordered."""

    def __init__(self, workspace: ChatWorkspace, per_second: int = PER_SECOND) -> None:
        super().__init__(workspace, per_second)
        self.latency = 0.0
        self.received: list[ReceivedRequest] = []
        self._faults: list[Fault] = []
        self._refused: dict[str, ChatApiRefused] = {}

    def fail(self, faults: Sequence[Fault]) -> None:
        """Order faults; requests are counted from now on."""
        done = len(self.received)
        self._faults = [
            replace(one, first=one.first + done, last=one.last + done) for one in faults
        ]

    def refuse(self, path: str, status: int, code: str) -> None:
        """Refuse every request below a path from now on; a status of 0 ends that."""
        self._refused.pop(path, None)
        if status:
            self._refused[path] = ChatApiRefused(status, code, "Your plan does not include this")

    async def admit(self, scope: Scope) -> Response | None:
        """Record a request; return its fault or refusal, if any."""
        self.received.append(ReceivedRequest(time.monotonic(), scope["path"]))
        number = len(self.received)
        excess = self.excess(scope)
        await asyncio.sleep(self.latency)
        for fault in self._faults:
            if fault.first <= number <= fault.last:
                return _faulty_answer(fault)
        below = scope["path"].removeprefix(ROOT)
        for path, refused in self._refused.items():
            if below.startswith(path):
                return refused.answer()
        return self.refusal(scope, excess)


_ANSWERS: dict[FaultKind, Callable[[], Response]] = {
    FaultKind.THROTTLED: lambda: page(403, "Forbidden"),
    FaultKind.UNAUTHORISED: lambda: JSONResponse(
        {"status": "error", "message": "Invalid or expired token"}, 401
    ),
    FaultKind.QUOTA_SPENT: lambda: ChatApiRefused(429, "quota_exceeded", "Quota exceeded").answer(),
    FaultKind.NOT_JSON: lambda: page(200, "Sign in"),
    FaultKind.CUT: lambda: BrokenAnswer(_HALF_AN_ANSWER),
    FaultKind.SLAM: lambda: BrokenAnswer(reset=True),
    FaultKind.SERVER_ERROR: lambda: ChatApiRefused(
        500, "internal_error", "Internal error"
    ).answer(),
    FaultKind.BAD_GATEWAY: lambda: page(502, "Bad gateway"),
    FaultKind.MAINTENANCE: lambda: page(503, "Maintenance"),
}


def _faulty_answer(fault: Fault) -> Response:
    if fault.kind is FaultKind.TOO_MANY:
        return too_many(fault.retry_after)
    return _ANSWERS[fault.kind]()
