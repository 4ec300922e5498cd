"""Ways in which the answer of a chat API goes wrong, by name; each is given the right answer.

What a reader can tell from a right answer is in `FAULTS`. `LIES` are JSON of the right form that
leave something out. `BAD_OBJECTS` spoil one of the objects that an answer lists, and no other.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from starlette.responses import Response

from tests.servers.connections import BrokenAnswer

Spoil = Callable[[bytes], Response]
_HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
_MANY = 17 << 20  # bytes: more than wasf takes


def _json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/json")


def _page(status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_HTML, status, headers, media_type="text/html")


def _error(status: int, **headers: str) -> Response:
    body = json.dumps({"error": "an error", "message": "an error", "statusCode": status})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _json(body.encode(), status, named)


def _half(body: bytes) -> bytes:
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head.encode() % len(body) + body[: len(body) // 2]


def _chunks(body: bytes) -> bytes:
    half = body[: len(body) // 2]
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return head + b"%x\r\n%s\r\n" % (len(half), half)


def _bomb(body: bytes) -> Response:
    return _json(_packed_blanks(), headers={"Content-Encoding": "gzip"})


@cache
def _packed_blanks() -> bytes:
    return gzip.compress(b"[" + b" " * (64 << 20) + b"]", 9)


_LARGE = b"[" + b" " * _MANY + b"]"

FAULTS: Mapping[str, Spoil] = MappingProxyType(
    {
        "S2 reset before the answer": lambda _: BrokenAnswer(reset=True),
        "S4 reset in the answer": lambda body: BrokenAnswer(_half(body), reset=True),
        "S5 closed without an answer": lambda _: BrokenAnswer(),
        "S6 cut JSON of the right length": lambda body: _json(body[: len(body) // 2]),
        "S6 cut off": lambda body: BrokenAnswer(_half(body)),
        "S7 cut between chunks": lambda body: BrokenAnswer(_chunks(body)),
        "S12 a page to sign in": lambda _: _page(200),
        "S14 sent to a sign-in": lambda _: _page(302, {"Location": "/sign-in"}),
        "S14 sent to another server": lambda _: _page(307, {"Location": "http://192.0.2.1/"}),
        "S15 401": lambda _: _error(401),
        "S17 401 with a page": lambda _: _page(401),
        "S18 403": lambda _: _error(403),
        "S18 403 without a word": lambda _: _page(403),
        "S19 429": lambda _: _error(429),
        "S19 429 with a time": lambda _: _error(429, Retry_After="7"),
        "S19 429 with a date": lambda _: _error(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
        "S20 500": lambda _: _error(500),
        "S21 502": lambda _: _page(502),
        "S21 504": lambda _: _page(504),
        "S22 503 with a page": lambda _: _page(503, {"Retry-After": "3"}),
        "S24 nothing": lambda _: _json(b""),
        "S24 null": lambda _: _json(b"null"),
        "S25 an object of something else": lambda _: _json(b'{"ok": true}'),
        "S25 a list of something else": lambda _: _json(b'[null, 7, "x", {"ok": []}]'),
        "S25 a word": lambda _: _json(b'"OK"'),
        "S26 300": lambda _: _page(300),
        "S27 another charset": lambda body: _json(body.decode().encode("utf-16-be")[1:]),
        "S27 numbers that are none": lambda _: _json(b"[NaN, Infinity]"),
        "S27 too deep": lambda _: _json(b"[" * 100_000),
        "S28 too large": lambda _: _json(_LARGE),
        "S29 a bomb": _bomb,
        "S29 damaged gzip": lambda body: _json(body, headers={"Content-Encoding": "gzip"}),
        "S29 another encoding": lambda body: _json(body, headers={"Content-Encoding": "br"}),
        "S30 404": lambda _: _error(404),
        "S30 404 with a page": lambda _: _page(404),
        "S30 421": lambda _: _page(421),
        "S32 410": lambda _: _error(410),
    }
)


def _without_rows(value: object) -> object:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {name: 0 if name == "total" else _without_rows(one) for name, one in value.items()}
    return value


def lists_in(value: object) -> Iterator[list[object]]:
    """Yield the lists of objects in an answer, the outer ones first."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from lists_in(one)


def _with_first(instead: Callable[[dict[str, object]], object]) -> Spoil:
    """Return a fault that replaces the first object of the first list."""

    def spoil(value: object) -> object:
        for rows in lists_in(value):
            if isinstance(rows[0], dict):
                rows[0] = instead(rows[0])
                break
        return value

    return lambda body: _changed(body, spoil)


def _changed(body: bytes, change: Callable[[object], object]) -> Response:
    try:
        value = json.loads(body)
    except ValueError:
        return _json(body)
    return _json(json.dumps(change(value)).encode())


BAD_OBJECTS: Mapping[str, Spoil] = MappingProxyType(
    {
        "S23 null among others": _with_first(lambda _: None),
        "S23 a word among others": _with_first(lambda _: "x"),
        "S23 an empty one among others": _with_first(lambda _: {}),
        "S23 nothing in it is as it was": _with_first(lambda one: {name: [None] for name in one}),
    }
)

LIES: Mapping[str, Spoil] = MappingProxyType(
    {
        "S33 an empty page": lambda body: _changed(body, _without_rows),
        "S24 only an id": _with_first(lambda one: {"id": one.get("id")}),
    }
)
