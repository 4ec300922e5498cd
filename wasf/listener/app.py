"""The addresses that webhooks are sent to, and two for those who watch over the listener.

A body is answered with 200 when it is on the disk and not before; it is not parsed here. Whoever
cannot prove who he is learns nothing, not even whether there is something at the address.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from wasf.core.auth import Secret
from wasf.interfaces import Received
from wasf.listener.buffer import Keeper, NotKept
from wasf.listener.metrics import Figures

# --- proofs
# Who may deliver: the secret in an address, the signature over a body. All in constant time.


_SIGNED: Final = b"sha256="


@dataclass(frozen=True, slots=True)
class MetaSecrets:
    """What Meta's app has: its secret signs bodies, the token proves us when it is set up."""

    app_secret: Secret
    verify_token: Secret


def is_same(given: str, secret: Secret) -> bool:
    """Whether it is the secret."""
    return hmac.compare_digest(_bytes(given), _bytes(secret.reveal()))


def is_signed(body: bytes, headers: Sequence[bytes], app_secret: Secret) -> bool:
    """Whether one header, and only one, is the signature over exactly these bytes."""
    digest = hmac.new(_bytes(app_secret.reveal()), body, "sha256").hexdigest()
    expected = _SIGNED + digest.encode()
    return len(headers) == 1 and hmac.compare_digest(headers[0], expected)


def looks_signed(headers: Sequence[bytes]) -> bool:
    """Whether it is worth while to read the body."""
    return len(headers) == 1 and headers[0].startswith(_SIGNED)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# --- web


LARGEST_BODY: Final = 3 << 20  # bytes, as Meta says
_BODY_SECONDS: Final = 20.0
_SIGNATURE: Final = b"x-hub-signature-256"
_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """Who may come in; without `meta` nothing is taken from Meta."""

    timelines: Secret
    meta: MetaSecrets | None


class Listening:
    """What answers, for one keeper. `clock` gives the time in UTC."""

    def __init__(
        self, door: WebhookSecrets, keeper: Keeper, figures: Figures, clock: Callable[[], datetime]
    ) -> None:
        self._door = door
        self._keeper = keeper
        self._figures = figures
        self._clock = clock

    def application(self) -> Starlette:
        """The ASGI app."""
        return Starlette(
            routes=[
                Route("/timelines", self._counted("timelines", self._timelines),
                      methods=["POST"]),
                Route("/meta", self._handshake, methods=["GET"]),
                Route("/meta", self._counted("meta", self._meta), methods=["POST"]),
                Route("/healthz", self._health, methods=["GET"]),
                Route("/metrics", self._metrics, methods=["GET"]),
            ],
        )  # fmt: skip

    def _counted(self, sender: str, endpoint: Endpoint) -> Endpoint:
        async def counted(request: Request) -> Response:
            begins = time.perf_counter()
            try:
                answer = await endpoint(request)
            except Exception:  # a bug; what it says may hold what was sent, so it is only counted
                answer = _answer(500)
            self._figures.webhooks.labels(sender, str(answer.status_code)).inc()
            self._figures.seconds.observe(time.perf_counter() - begins)
            return answer

        return counted

    async def _timelines(self, request: Request) -> Response:
        given = request.query_params.getlist("secret")
        if len(given) != 1 or not is_same(given[0], self._door.timelines):
            return _answer(404)
        body = await _body(request)
        return body if isinstance(body, Response) else await self._keep("timelines", body)

    async def _meta(self, request: Request) -> Response:
        meta = self._door.meta
        if meta is None:
            return _answer(404)
        signatures = [value for name, value in request.headers.raw if name == _SIGNATURE]
        if not looks_signed(signatures):
            return _answer(401)
        body = await _body(request)
        if isinstance(body, Response):
            return body
        if not is_signed(body, signatures, meta.app_secret):
            return _answer(401)
        return await self._keep("meta", body)

    async def _handshake(self, request: Request) -> Response:
        """Meta asks once, with the token that was typed in there, whether this is ours."""
        meta, asked = self._door.meta, request.query_params
        if meta is None:
            return _answer(404)
        is_ours = is_same(asked.get("hub.verify_token", ""), meta.verify_token)
        if asked.get("hub.mode") != "subscribe" or not is_ours:
            return _answer(403)
        return PlainTextResponse(asked.get("hub.challenge", ""))

    async def _keep(self, sender: str, body: bytes) -> Response:
        try:
            await self._keeper.keep(Received(sender, self._clock(), body))
        except NotKept:
            return _answer(503)
        return _answer(200)

    async def _health(self, _: Request) -> Response:
        """Well is who can receive; Salesforce may be down meanwhile."""
        failing = self._keeper.is_failing
        return JSONResponse({"receiving": not failing}, 503 if failing else 200)

    async def _metrics(self, _: Request) -> Response:
        return Response(self._figures.text(), media_type=_METRICS)


async def _body(request: Request) -> bytes | Response:
    """The whole body, or what to answer instead."""
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


def _answer(status: int) -> Response:
    return Response(status_code=status)
