"""The ports where a browser may come back to after a sign-in, and opening one. Loopback only."""

import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

CALLBACK_PATH: Final = "/callback"

PORTS: Final = (17171, 27171, 37171)
"""Registered in the app, as Salesforce compares the callback letter by letter.

Below 49152, where Windows reserves whole blocks for others, and far apart.
"""

_NOT_OURS: Final = frozenset({errno.EADDRINUSE, errno.EACCES, errno.EPERM, 10013, 10048})


def redirect_uri(port: int) -> str:
    """The callback address for a port, as it has to be registered."""
    return f"http://localhost:{port}{CALLBACK_PATH}"


class Door(NamedTuple):
    """A port of this machine, open on IPv4 and, where there is one, on IPv6."""

    port: int
    sockets: tuple[socket.socket, ...]

    def close(self) -> None:
        """Close the port, also while somebody waits at it."""
        for each in self.sockets:
            with suppress(OSError):  # where a listening socket cannot be shut down
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def open_door(ports: Sequence[int]) -> Door | None:
    """The first of the ports that is free and allowed; None if none is."""
    for port in ports:
        sockets = _listening(port)
        if sockets:
            return Door(port, sockets)
    return None


def _listening(port: int) -> tuple[socket.socket, ...]:
    """Sockets on 127.0.0.1 and ::1; none if the port is taken on either.

    Somebody else on ::1 would be given the code by a browser that tries it first.
    """
    found: list[socket.socket] = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            found.append(_bound(family, host, port))
        except OSError as error:
            if error.errno in _NOT_OURS:
                for each in found:
                    each.close()
                return ()
    return tuple(found)


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener
