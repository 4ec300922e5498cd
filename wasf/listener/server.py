"""The listener behind one socket, until somebody asks it to end.

uvicorn takes SIGINT and SIGTERM: it takes nothing more, answers what is under way and gives the
signal back to whoever had it before. It keeps no log: one would hold the addresses, and so the
secret, and whoever sends nonsense could fill it; the figures count instead.
"""

import logging
import socket
import sys
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from wasf.errors import WrongUsage

_GRACE_SECONDS: Final = 10
_AT_ONCE: Final = 1_000  # requests; more are refused, and sent again by those who sent them
_BACKLOG: Final = 512
_TURN_SECONDS: Final = 0.001  # for how long a sync may keep an answer waiting; Python has 5 ms
_SILENT: Final = logging.CRITICAL + 1


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that has its address. Raises `WrongUsage` if that cannot be had.

    It does not listen yet: whoever came before all is ready would wait, and is better refused.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY; without, answers wait for the other side.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except (OSError, OverflowError) as error:
        sock.close()
        why = getattr(error, "strerror", None) or "there is no such address"
        raise WrongUsage(
            f"Nothing can listen at {host}, port {port}: {why.lower()}.",
            "Choose another one: wasf listen --port N",
        ) from error
    return sock


def serve(
    app: ASGIApp, sock: socket.socket, ready: Callable[[], None], wants_end: Callable[[], bool]
) -> None:
    """Serve until a signal comes or `wants_end` says so, which is asked ten times a second.

    `ready` is called as soon as somebody can come.
    """
    config = uvicorn.Config(
        app, log_config=None, log_level=_SILENT, access_log=False, lifespan="off", ws="none",
        http="httptools", server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=75, limit_concurrency=_AT_ONCE, backlog=_BACKLOG,
    )  # fmt: skip
    sys.setswitchinterval(_TURN_SECONDS)
    _Server(config, ready, wants_end).run([sock])


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], wants_end: Callable[[], bool]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._wants_end = wants_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._wants_end()
