"""Asks an ASGI app as a server would, with every byte of head and body at the caller's will."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


def ask(
    app: ASGIApp,
    method: str,
    target: str,
    *pieces: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> Answer:
    """One request in a loop of its own; the body in these pieces."""
    return asyncio.run(asked(app, method, target, *pieces, headers=headers))


async def asked(
    app: ASGIApp,
    method: str,
    target: str,
    *pieces: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> Answer:
    """The same in a loop that runs."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "scheme": "http",
        "raw_path": path.encode(), "query_string": query.encode(), "headers": list(headers),
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "root_path": "",
    }  # fmt: skip
    incoming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces] + [
        {"type": "http.request", "body": b"", "more_body": False}
    ]
    outgoing: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        outgoing.append(message)

    await app(scope, receive, send)
    body = b"".join(one.get("body", b"") for one in outgoing[1:])
    return Answer(outgoing[0]["status"], body)
