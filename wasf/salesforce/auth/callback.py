"""The local callback: the HTTP server that a browser comes back to after a sign-in. Loopback only.

Only the answer that belongs to the authorization request ends the sign-in. Other pages, favicons,
preflights, a second tab and idle connections get an answer, or none, and the server waits on.

Each connection carries one request and has a thread. A request is read whole before it is parsed:
its head has to come within 10 s and within 16 KiB, and at most 100 connections are open at once.
No page repeats anything of what was asked, none loads anything, and no browser keeps one.
"""

import io
import re
import socket
import threading
import time
from collections.abc import Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

from wasf.core.auth import Answer, CodeGiven, NotAnAnswer
from wasf.salesforce.auth.authorize import (
    CALLBACK_PATH,
    AuthorizationRequest,
    LoopbackSocket,
    answer_in,
)

_MOST_AT_ONCE: Final = 100
_HEAD_SECONDS: Final = 10.0
_LARGEST_HEAD: Final = 16 * 1024
_POLL_SECONDS: Final = 0.1
_VERDICT_SECONDS: Final = 120.0
_PAGE_SECONDS: Final = 2.0

_CONNECTED_PATH: Final = "/connected"
_FAILED_PATH: Final = "/not-connected"
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


_CONNECTED: Final = _page(
    "200 OK", "Connected", "wasf is connected to Salesforce. You can close this tab."
)
_FAILED: Final = _page(
    "200 OK", "Not connected", "The sign-in did not succeed. The terminal says why."
)
_FOREIGN: Final = _page(
    "400 Bad Request",
    "Not this sign-in",
    "This page does not belong to the sign-in that is waiting. Use the newest tab, or the address"
    " that the terminal shows.",
)
_NOT_FOUND: Final = _page("404 Not Found", "Nothing here", "There is no such page.")
_BAD_REQUEST: Final = _page("400 Bad Request", "Not understood", "This is no request for a page.")
_WRONG_HOST: Final = _page("403 Forbidden", "Not here", "Only this machine's own name is answered.")
_WRONG_METHOD: Final = _page(
    "405 Method Not Allowed", "Not this way", "Pages here can only be looked at.", "Allow: GET"
)
# Browsers may ask before a page in the network leads to this machine; without this permission some
# would not follow Salesforce's redirect. It permits no page to read anything.
_PREFLIGHT: Final = _response(
    "204 No Content", "Allow: GET", "Access-Control-Allow-Private-Network: true"
)


class Callback:
    """Serves a port for one authorization request, while it is entered.

    The answer goes to `inbox`. The browser waits until `resolve` says how the sign-in ended, and is
    then sent to a page whose address holds no code.
    """

    def __init__(
        self,
        loopback: LoopbackSocket,
        authorization: AuthorizationRequest,
        inbox: "SimpleQueue[Answer]",
    ) -> None:
        self._loopback = loopback
        self._authorization = authorization
        self._inbox = inbox
        self._servers = [_Server(listener, self) for listener in loopback.sockets]
        self._hosts = {f"{host}:{loopback.port}" for host in ("localhost", "127.0.0.1", "[::1]")}
        self._first = threading.Lock()
        self._answered = threading.Event()
        self._resolved = threading.Event()
        self._page_sent = threading.Event()
        self._connected = False

    def __enter__(self) -> Self:
        for server in self._servers:
            serve = partial(server.serve_forever, _POLL_SECONDS)
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._answered.is_set():
            self.resolve(connected=self._connected)
            self._page_sent.wait(_PAGE_SECONDS)  # the browser still fetches the page it was sent to
        for server in self._servers:
            server.shutdown()
        self._loopback.close()

    def resolve(self, *, connected: bool) -> None:
        """Say how the sign-in ended, so that the browser can be told."""
        self._connected = connected
        self._resolved.set()

    def respond(self, request_line: str, hosts: Sequence[str]) -> bytes:
        """Return the whole response to a request. `hosts` are its Host headers."""
        line = _REQUEST_LINE.fullmatch(request_line)
        if line is None or len(hosts) != 1:
            return _BAD_REQUEST
        if hosts[0].strip().lower() not in self._hosts:
            return _WRONG_HOST
        if line[1] == "OPTIONS":
            return _PREFLIGHT
        if line[1] != "GET":
            return _WRONG_METHOD
        path, _, query = line[2].partition("?")
        if path == CALLBACK_PATH:
            return self._called_back(query)
        if self._resolved.is_set() and path == self._last_path(good=self._connected):
            return _CONNECTED if self._connected else _FAILED
        return _NOT_FOUND

    def note_sent(self, response: bytes) -> None:
        """Take note of a response that was sent: after the last page the server may end."""
        if response in (_CONNECTED, _FAILED):
            self._page_sent.set()

    def _called_back(self, query: str) -> bytes:
        answer = answer_in(query, self._authorization)
        if isinstance(answer, NotAnAnswer):
            return _FOREIGN
        with self._first:
            if not self._answered.is_set():
                self._answered.set()
                self._inbox.put(answer)
        # A reload or a second tab comes here, too, and sees the same end.
        self._resolved.wait(_VERDICT_SECONDS)
        path = self._last_path(good=self._connected and isinstance(answer, CodeGiven))
        return _response("303 See Other", f"Location: {path}")

    def _last_path(self, *, good: bool) -> str:
        return _CONNECTED_PATH if good else _FAILED_PATH


_Connection = socket.socket | tuple[bytes, socket.socket]
"""As socketserver types it; of the two, TCP has sockets."""


class _Server(ThreadingHTTPServer):
    """Serves one listening socket, at most `_MOST_AT_ONCE` connections at a time."""

    def __init__(self, listener: socket.socket, callback: Callback) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        # A connection may be gone again when it is accepted; that must not block `shutdown`.
        listener.settimeout(_POLL_SECONDS)
        self.callback = callback
        self._room = threading.BoundedSemaphore(_MOST_AT_ONCE)

    def process_request(self, request: _Connection, client_address: object) -> None:
        """Serve the connection in a thread; close it at once where there is no room."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: _Connection, client_address: object) -> None:
        """Serve the connection, and give its room back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Be silent: who hung up gets no answer, and the terminal belongs to the person."""


class _Handler(BaseHTTPRequestHandler):
    """Reads one request, with limits that http.server does not have, and answers it."""

    server: _Server

    def setup(self) -> None:
        """Read the head before it is parsed: http.server limits the time of each read only."""
        super().setup()
        self.rfile = io.BufferedReader(io.BytesIO(_head(self.connection)))
        self.connection.settimeout(_HEAD_SECONDS)

    def handle(self) -> None:
        """Answer the request; one that did not come whole, in time and small gets no answer."""
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline:
            return
        response = _BAD_REQUEST
        if self.parse_request() and self.request_version != "HTTP/0.9":  # that has no headers
            hosts = self.headers.get_all("Host", [])
            response = self.server.callback.respond(self.requestline, hosts)
        self.wfile.write(response)
        self.server.callback.note_sent(response)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send nothing, as the page of http.server repeats the request; `handle` sends another."""


def _head(connection: socket.socket) -> bytes:
    """Return a request with its empty line; b"" if it does not come whole, soon and small."""
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
    return received.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
