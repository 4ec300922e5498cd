"""The listener behind one socket, until somebody asks it to end.

uvicorn takes SIGINT and SIGTERM: it takes nothing more, answers what is under way and gives the
signal back to whoever had it before. Its own log would hold the addresses, and so the secret.
"""

import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from wasf.errors import WrongUsage

_GRACE_SECONDS: Final = 10
_AT_ONCE: Final = 512  # requests; more are refused, and sent again by those who sent them
_BACKLOG: Final = 512


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that is taken. Raises `WrongUsage` if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY; without, answers wait for the other side.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        sock.close()
        why = getattr(error, "strerror", None) or "there is no such address"
        raise WrongUsage(
            f"Nothing can listen at {host}, port {port}: {why.lower()}.",
            "Choose another one: wasf listen --port N",
        ) from error
    return sock


def serve(app: ASGIApp, sock: socket.socket, wants_end: Callable[[], bool]) -> None:
    """Serve until a signal comes or `wants_end` says so, which is asked ten times a second."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", http="h11",
        server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS, timeout_keep_alive=75,
        limit_concurrency=_AT_ONCE, backlog=_BACKLOG,
    )  # fmt: skip
    _Server(config, wants_end).run([sock])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, wants_end: Callable[[], bool]) -> None:
        super().__init__(config)
        self._wants_end = wants_end

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._wants_end()
