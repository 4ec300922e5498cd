"""The local callback: where the browser comes back to after a sign-in. Loopback only.

It answers whatever else knocks, and waits on. Nothing but the answer that belongs to the attempt
ends the sign-in: other pages, favicons, preflights, a second tab and idle connections do not.
"""

import contextlib
import errno
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import Final, NamedTuple, Self

from wasf.core.auth import Answer, CodeGiven, NotAnAnswer
from wasf.salesforce.auth.authorize import AuthorizationRequest, answer_in

# --- callback_pages
# What the local callback reads and answers: requests as far as it needs them, fixed pages.
#
# No page repeats anything of what was asked, none loads anything, and none is kept by a browser.


CONNECTED_PATH: Final = "/connected"
FAILED_PATH: Final = "/not-connected"

_REQUEST_LINE: Final = re.compile(r"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.[01]")
_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;"
    "color:#16325c;background:#f7f9fb}h1{font-size:1.7rem}"
    "@media(prefers-color-scheme:dark){body{color:#e8eef5;background:#10161d}}"
)
_HEADERS: Final = (
    "Cache-Control: no-store",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    (
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Connection: close",
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as it matters here. `host` is in lower case."""

    method: str
    path: str
    query: str
    host: str

    @classmethod
    def read(cls, head: bytes) -> "Request | None":
        """The request of which this is the head; None if it is none, or names no one host."""
        lines = head.decode("latin-1").split("\r\n")
        line = _REQUEST_LINE.fullmatch(lines[0])
        fields = (each.partition(":") for each in lines[1:])
        hosts = [value.strip().lower() for name, _, value in fields if name.lower() == "host"]
        if line is None or len(hosts) != 1:
            return None
        path, _, query = line[2].partition("?")
        return cls(line[1], path, query, hosts[0])


def _response(status: str, *headers: str, body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}"
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, *_HEADERS, length, "", ""]).encode() + body


def _page(status: str, title: str, text: str, *headers: str) -> bytes:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{text}</p></html>"
    )
    kind = "Content-Type: text/html; charset=utf-8"
    return _response(status, kind, *headers, body=body.encode())


def redirect(path: str) -> bytes:
    """To a page whose address holds no code, by GET."""
    return _response("303 See Other", f"Location: {path}")


CONNECTED: Final = _page(
    "200 OK", "Connected", "wasf is connected to Salesforce. You can close this tab."
)
FAILED: Final = _page(
    "200 OK", "Not connected", "The sign-in did not succeed. The terminal says why."
)
FOREIGN: Final = _page(
    "400 Bad Request",
    "Not this sign-in",
    "This page does not belong to the sign-in that is waiting. Use the newest tab, or the address"
    " that the terminal shows.",
)
NOT_FOUND: Final = _page("404 Not Found", "Nothing here", "There is no such page.")
BAD_REQUEST: Final = _page("400 Bad Request", "Not understood", "This is no request for a page.")
WRONG_HOST: Final = _page("403 Forbidden", "Not here", "Only this machine's own name is answered.")
WRONG_METHOD: Final = _page(
    "405 Method Not Allowed", "Not this way", "Pages here can only be looked at.", "Allow: GET"
)
# Browsers may ask before a page in the network leads to this machine; without this permission some
# would not follow Salesforce's redirect. It permits no page to read anything.
PREFLIGHT: Final = _response(
    "204 No Content", "Allow: GET", "Access-Control-Allow-Private-Network: true"
)


# --- doors
# The ports where a browser may come back to after a sign-in, and opening one. Loopback only.


CALLBACK_PATH: Final = "/callback"

PORTS: Final = (17171, 27171, 37171)
"""Registered in the app, as Salesforce compares the callback letter by letter.

Below 49152, where Windows reserves whole blocks for others, and far apart.
"""

_NOT_OURS: Final = frozenset({errno.EADDRINUSE, errno.EACCES, errno.EPERM, 10013, 10048})


def redirect_uri(port: int) -> str:
    """The callback address for a port, as it has to be registered."""
    return f"http://localhost:{port}{CALLBACK_PATH}"


class LoopbackSocket(NamedTuple):
    """A port of this machine, open on IPv4 and, where there is one, on IPv6."""

    port: int
    sockets: tuple[socket.socket, ...]

    def close(self) -> None:
        """Close the port, also while somebody waits at it."""
        for each in self.sockets:
            with suppress(OSError):  # where a listening socket cannot be shut down
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def open_door(ports: Sequence[int]) -> LoopbackSocket | None:
    """The first of the ports that is free and allowed; None if none is."""
    for port in ports:
        sockets = _listening(port)
        if sockets:
            return LoopbackSocket(port, sockets)
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


# --- callback


_MOST_AT_ONCE: Final = 100
_HEAD_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2
_VERDICT_SECONDS: Final = 120.0
_LARGEST_HEAD: Final = 16 * 1024


class Callback:
    """Serves a door for one attempt; its answer goes to `inbox`, the outcome to the browser."""

    def __init__(
        self, door: LoopbackSocket, attempt: AuthorizationRequest, inbox: "SimpleQueue[Answer]"
    ) -> None:
        self._door = door
        self._attempt = attempt
        self._inbox = inbox
        self._room = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._answered = threading.Event()
        self._settled = threading.Event()
        self._page_seen = threading.Event()
        self._connected = False
        self._first = threading.Lock()
        self._hosts = {f"{host}:{door.port}" for host in ("localhost", "127.0.0.1", "[::1]")}

    def __enter__(self) -> Self:
        for listener in self._door.sockets:
            # Closing a socket does not wake who waits at it, so it is looked at now and then. Set
            # here, because the door may be closed again before the thread has begun.
            listener.settimeout(_LOOK_SECONDS)
            _in_background(self._accept, listener)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._answered.is_set():
            self.resolve(connected=self._connected)
            self._page_seen.wait(2.0)  # the browser still has to fetch the page it was sent to
        self._door.close()

    def resolve(self, *, connected: bool) -> None:
        """Say how the sign-in ended, so that the browser can be told."""
        self._connected = connected
        self._settled.set()

    def _accept(self, listener: socket.socket) -> None:
        while listener.fileno() != -1:
            try:
                connection, _ = listener.accept()
            except OSError:
                continue  # nobody came, somebody left again, or the sign-in is over
            if self._room.acquire(blocking=False):
                _in_background(self._serve, connection)
            else:
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                head = _head(connection)
                if head:
                    connection.settimeout(_HEAD_SECONDS)
                    connection.sendall(self._response(head))
        finally:
            self._room.release()

    def _response(self, head: bytes) -> bytes:
        request = Request.read(head)
        if request is None:
            return BAD_REQUEST
        if request.host not in self._hosts:
            return WRONG_HOST
        if request.method == "OPTIONS":
            return PREFLIGHT
        if request.method != "GET":
            return WRONG_METHOD
        match request.path:
            case path if path == CALLBACK_PATH:
                return self._called_back(request.query)
            case path if path == CONNECTED_PATH and self._settled.is_set() and self._connected:
                self._page_seen.set()
                return CONNECTED
            case path if path == FAILED_PATH and self._settled.is_set() and not self._connected:
                self._page_seen.set()
                return FAILED
        return NOT_FOUND

    def _called_back(self, query: str) -> bytes:
        answer = answer_in(query, self._attempt)
        if isinstance(answer, NotAnAnswer):
            return FOREIGN
        with self._first:
            if not self._answered.is_set():
                self._answered.set()
                self._inbox.put(answer)
        # A reload or a second tab comes here, too, and sees the same end.
        self._settled.wait(_VERDICT_SECONDS)
        good = self._connected and isinstance(answer, CodeGiven)
        return redirect(CONNECTED_PATH if good else FAILED_PATH)


def _head(connection: socket.socket) -> bytes:
    """A request up to its empty line; b"" if it does not come whole, soon and small."""
    deadline = time.monotonic() + _HEAD_SECONDS
    received = b""
    while b"\r\n\r\n" not in received:
        left = deadline - time.monotonic()
        if left <= 0 or len(received) > _LARGEST_HEAD:
            return b""
        connection.settimeout(left)
        piece = connection.recv(4096)
        if not piece:
            return b""
        received += piece
    return received.partition(b"\r\n\r\n")[0]


def _in_background(target: Callable[[socket.socket], None], given: socket.socket) -> None:
    threading.Thread(target=target, args=(given,), daemon=True).start()
