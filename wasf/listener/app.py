"""The web app that receives webhooks, with its health check and its metrics for Prometheus.

A body is answered with 200 when it is on the disk and not before; it is not parsed here. Whoever
cannot prove who he is learns nothing, not even whether there is something at the address.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from wasf.interfaces import Endpoint, InboxCounts, Received, RequestHead
from wasf.listener.connections import PROVED

# --- Storing bodies --------------------------------------------------------------------------

Put = Callable[[Sequence[Received]], None]
"""Stores bodies, all or none; they are on the disk when it returns."""

_Waiting = tuple[Received, "asyncio.Future[None]"]


class NotStored(Exception):
    """The body is not stored; its sender has to send it again."""


class InboxBuffer:
    """Stores bodies for one event loop. `arrived` is called after each commit."""

    def __init__(self, put: Put, arrived: Callable[[], None]) -> None:
        self._put = put
        self._arrived = arrived
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(1, "inbox")
        self.is_failing = False

    async def put(self, received: Received) -> None:
        """Return when the body is on the disk. Raise `NotStored`."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((received, stored))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())
        await stored

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            bodies = [received for received, _ in batch]
            try:
                await loop.run_in_executor(self._disk, self._put, bodies)
            except Exception:  # whatever it is, nobody may be told that a body is stored
                self.is_failing = True
                _tell(batch, lambda stored: stored.set_exception(NotStored()))
            else:
                self.is_failing = False
                _tell(batch, lambda stored: stored.set_result(None))
                self._arrived()

    def close(self) -> None:
        """Wait for a commit that is under way."""
        self._disk.shutdown()


def _tell(batch: Sequence[_Waiting], how: Callable[["asyncio.Future[None]"], None]) -> None:
    """Tell everybody who still waits."""
    for _, stored in batch:
        if not stored.done():
            how(stored)


# --- Metrics ---------------------------------------------------------------------------------

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class ListenerMetrics:
    """The metrics of one listener."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._webhooks = Counter(
            "wasf_webhooks", "Webhooks by sender and answer.", ["sender", "status"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "wasf_webhook_seconds", "From a webhook's head to its answer.", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self._logged = Counter(
            "wasf_messages_logged", "Messages logged in Salesforce.", registry=registry
        )
        self._syncs = Counter(
            "wasf_syncs", "Syncs by how they ended.", ["ended"], registry=registry
        )
        self._last_sync = Gauge(
            "wasf_last_sync_timestamp_seconds", "When a sync last went well.", registry=registry
        )
        self._inbox = Gauge(
            "wasf_inbox_bodies", "Webhooks that wait to be read.", registry=registry
        )
        self._not_understood = Gauge(
            "wasf_not_understood_bodies", "Webhooks that are kept and not understood.",
            registry=registry,
        )  # fmt: skip

    def count_webhook(self, sender: str, status: int, seconds: float) -> None:
        """Count a webhook, its answer, and how long that took."""
        self._webhooks.labels(sender, str(status)).inc()
        self._seconds.observe(seconds)

    def count_postponed(self) -> None:
        """Count a sync that did not run because another run was at work."""
        self._syncs.labels("another run").inc()

    def count_sync(self, logged: int, *, failed: bool) -> None:
        """Count a sync and the messages that it logged."""
        self._logged.inc(logged)
        self._syncs.labels("failed" if failed else "done").inc()
        if not failed:
            self._last_sync.set_to_current_time()

    def note_inbox(self, counts: InboxCounts) -> None:
        """Note what the inbox holds now."""
        self._inbox.set(counts.waiting)
        self._not_understood.set(sum(counts.not_understood.values()))

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self._registry)


# --- The app ---------------------------------------------------------------------------------

LARGEST_BODY: Final = 3 << 20  # bytes, as Meta says
_BODY_SECONDS: Final = 20.0
_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"

_Answering = Callable[[Request], Awaitable[Response]]


class WebhookApp:
    """Answers at the endpoints of the providers. `clock` gives the time in UTC."""

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        buffer: InboxBuffer,
        metrics: ListenerMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._buffer = buffer
        self._metrics = metrics
        self._clock = clock

    def application(self) -> Starlette:
        """Return the ASGI app."""
        routes = [
            Route("/healthz", self._show_health, methods=["GET"]),
            Route("/metrics", self._show_metrics, methods=["GET"]),
        ]
        for one in self._endpoints:
            path = f"/{one.path}"
            routes.append(Route(path, self._counted(one), methods=["POST"]))
            routes.append(Route(path, _challenged(one), methods=["GET"]))
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False  # an address with a slash too many leads nowhere
        return app

    def _counted(self, endpoint: Endpoint) -> _Answering:
        async def counted(request: Request) -> Response:
            begins = time.perf_counter()
            try:
                answer = await self._receive(endpoint, request)
            except Exception:  # a bug; what it says may hold what was sent, so it is only counted
                answer = _answer(500)
            seconds = time.perf_counter() - begins
            self._metrics.count_webhook(endpoint.path, answer.status_code, seconds)
            return answer

        return counted

    async def _receive(self, endpoint: Endpoint, request: Request) -> Response:
        proof = endpoint.proof
        if proof is None:
            return _answer(404)
        head = RequestHead(request.query_params.multi_items(), request.headers.raw)
        if not proof.may_read(head):
            return _answer(proof.refusal)
        body = await _body(request)
        if isinstance(body, Response):
            return body
        if not proof.accepts(head, body):
            return _answer(proof.refusal)
        _note_proof(request)
        kept = endpoint.cleaned(body) if endpoint.cleaned else body
        try:
            await self._buffer.put(Received(endpoint.path, self._clock(), kept))
        except NotStored:
            return _answer(503)
        return _answer(200)

    async def _show_health(self, _: Request) -> Response:
        """Say whether webhooks can be received; Salesforce may be down meanwhile."""
        failing = self._buffer.is_failing
        return JSONResponse({"receiving": not failing}, 503 if failing else 200)

    async def _show_metrics(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type=_METRICS)


def _challenged(endpoint: Endpoint) -> _Answering:
    async def challenged(request: Request) -> Response:
        if endpoint.challenge is None:
            return _answer(404)
        text = endpoint.challenge(request.query_params)
        return _answer(403) if text is None else PlainTextResponse(text)

    return challenged


async def _body(request: Request) -> bytes | Response:
    """Return the whole body, or what to answer instead."""
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > LARGEST_BODY:
        return _answer(413)
    pieces, size = [], 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for piece in request.stream():
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST_BODY:
                    return _answer(413)
    except TimeoutError:
        return _answer(408)
    except ClientDisconnect:
        return _answer(400)
    return b"".join(pieces)


def _note_proof(request: Request) -> None:
    """Tell the connection, if it wants to know, that its client has proved itself."""
    proved = request.scope.get("state", {}).get(PROVED)
    if proved is not None:
        proved()


def _answer(status: int) -> Response:
    return Response(status_code=status)
