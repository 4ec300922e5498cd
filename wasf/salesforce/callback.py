"""The local callback: where the browser comes back to after a sign-in. Loopback only.

It answers whatever else knocks, and waits on. Nothing but the answer that belongs to the attempt
ends the sign-in: other pages, favicons, preflights, a second tab and idle connections do not.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

from wasf.core.auth import Answer, CodeGiven, NotAnAnswer
from wasf.salesforce import callback_pages as pages
from wasf.salesforce.answering import answer_in
from wasf.salesforce.authorising import Attempt
from wasf.salesforce.doors import CALLBACK_PATH, Door

_MOST_AT_ONCE: Final = 100
_HEAD_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2
_VERDICT_SECONDS: Final = 120.0
_LARGEST_HEAD: Final = 16 * 1024


class Callback:
    """Serves a door for one attempt; its answer goes to `inbox`, the outcome to the browser."""

    def __init__(self, door: Door, attempt: Attempt, inbox: "SimpleQueue[Answer]") -> None:
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
            self.settle(connected=self._connected)
            self._page_seen.wait(2.0)  # the browser still has to fetch the page it was sent to
        self._door.close()

    def settle(self, *, connected: bool) -> None:
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
        request = pages.Request.read(head)
        if request is None:
            return pages.BAD_REQUEST
        if request.host not in self._hosts:
            return pages.WRONG_HOST
        if request.method == "OPTIONS":
            return pages.PREFLIGHT
        if request.method != "GET":
            return pages.WRONG_METHOD
        match request.path:
            case path if path == CALLBACK_PATH:
                return self._called_back(request.query)
            case pages.CONNECTED_PATH if self._settled.is_set() and self._connected:
                self._page_seen.set()
                return pages.CONNECTED
            case pages.FAILED_PATH if self._settled.is_set() and not self._connected:
                self._page_seen.set()
                return pages.FAILED
        return pages.NOT_FOUND

    def _called_back(self, query: str) -> bytes:
        answer = answer_in(query, self._attempt)
        if isinstance(answer, NotAnAnswer):
            return pages.FOREIGN
        with self._first:
            if not self._answered.is_set():
                self._answered.set()
                self._inbox.put(answer)
        # A reload or a second tab comes here, too, and sees the same end.
        self._settled.wait(_VERDICT_SECONDS)
        good = self._connected and isinstance(answer, CodeGiven)
        return pages.redirect(pages.CONNECTED_PATH if good else pages.FAILED_PATH)


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
