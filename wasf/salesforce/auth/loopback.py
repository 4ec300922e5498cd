"""The port of this machine that a browser comes back to after a sign-in. Loopback only.

It is taken before the address is shown, because the address names it. So this module loads nothing
that is slow; `callback` answers what comes to the port.
"""

import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

CALLBACK_PATH: Final = "/callback"

PORTS: Final = (17171, 27171, 37171)
"""Registered in the app, as Salesforce compares the callback address letter by letter.

They are below 49152, as Windows reserves whole blocks above it, and far apart.
"""

_TAKEN: Final = frozenset({errno.EADDRINUSE, errno.EACCES, errno.EPERM, 10013, 10048})


class LoopbackSocket(NamedTuple):
    """A port of this machine, open on IPv4 and, where there is one, on IPv6."""

    port: int
    sockets: tuple[socket.socket, ...]

    def close(self) -> None:
        """Close the port, also while a thread waits at it."""
        for each in self.sockets:
            with suppress(OSError):  # some systems cannot shut a listening socket down
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def redirect_uri(port: int) -> str:
    """Return the callback address for a port, as it has to be registered in the app."""
    return f"http://localhost:{port}{CALLBACK_PATH}"


def open_loopback(ports: Sequence[int]) -> LoopbackSocket | None:
    """Open the first of the ports that is free and allowed; return None if none is."""
    for port in ports:
        if sockets := _listening(port):
            return LoopbackSocket(port, sockets)
    return None


def _listening(port: int) -> tuple[socket.socket, ...]:
    """Return sockets on 127.0.0.1 and ::1, none if the port is taken on either.

    A browser may try ::1 first: another program that listens there would get the code.
    """
    found: list[socket.socket] = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            found.append(_bound(family, host, port))
        except OSError as error:
            if error.errno in _TAKEN:
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
