"""The local callback, as far as no person is needed."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasf.core.auth import Answer, CodeGiven
from wasf.salesforce.auth.authorize import (
    AuthorizationRequest,
    LoopbackSocket,
    open_loopback,
    redirect_uri,
)
from wasf.salesforce.auth.callback import Callback


@contextmanager
def _open() -> Iterator[
    tuple[LoopbackSocket, AuthorizationRequest, Callback, "SimpleQueue[Answer]"]
]:
    loopback = open_loopback(range(23_000, 24_000))
    assert loopback is not None
    authorization = AuthorizationRequest.begin(
        "https://login.salesforce.com", "id", redirect_uri(loopback.port)
    )
    inbox: SimpleQueue[Answer] = SimpleQueue()
    with Callback(loopback, authorization, inbox) as callback:
        yield loopback, authorization, callback, inbox


def _asked(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        answer = b""
        while piece := line.recv(4096):
            answer += piece
        return answer


def _get(port: int, target: str, host: str = "") -> bytes:
    host = host or f"localhost:{port}"
    return _asked(port, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


STRANGE = {
    b"GET /callback?%ff[ HTTP/1.1\r\nHost: {}\r\n\r\n": b"400",
    b"GET //[x HTTP/1.1\r\nHost: {}\r\n\r\n": b"404",
    b"GET http://localhost/callback HTTP/1.1\r\nHost: {}\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\nHost: {}\r\nHost: {}\r\n\r\n": b"400",
    b"GET / HTTP/1.1\r\nHost: {}.evil.example\r\n\r\n": b"403",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n": b"403",
    b"GET / HTTP/2.0\r\nHost: {}\r\n\r\n": b"400",
    b"GET /\r\nHost: {}\r\n\r\n": b"400",
    b"TRACE / HTTP/1.1\r\nHost: {}\r\n\r\n": b"405",
    b"\x00\xff\r\n\r\n": b"400",
}


@pytest.mark.parametrize(("request_", "status"), STRANGE.items(), ids=map(repr, STRANGE))
def test_strange_requests(request_: bytes, status: bytes) -> None:
    with _open() as (loopback, _, _, inbox):
        sent = request_.replace(b"{}", f"localhost:{loopback.port}".encode())
        assert _asked(loopback.port, sent).startswith(b"HTTP/1.1 " + status)
        assert inbox.empty()


@pytest.fixture(scope="module")
def open_port() -> Iterator[int]:
    with _open() as (loopback, _, _, _):
        yield loopback.port


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_every_request_is_answered(open_port: int, head: bytes) -> None:
    host = f"Host: localhost:{open_port}\r\n\r\n".encode()
    for request in (b"G" + head + b"\r\n\r\n", b"GET /" + head + b" HTTP/1.1\r\n" + host,
                    b"GET / HTTP/1.1\r\n" + head + b"\r\n" + host):  # fmt: skip
        assert _asked(open_port, request).startswith(b"HTTP/1.1 40")


def test_the_answer_comes_once_and_after_the_verdict() -> None:
    with _open() as (loopback, authorization, callback, inbox):
        query = urlencode({"code": "the-code", "state": authorization.state.reveal()})
        with socket.create_connection(("127.0.0.1", loopback.port), timeout=10) as waiting:
            head = f"GET /callback?{query} HTTP/1.1\r\nHost: localhost:{loopback.port}"
            waiting.sendall(f"{head}\r\n\r\n".encode())
            answer = inbox.get(timeout=10)
            assert isinstance(answer, CodeGiven)
            assert answer.code.reveal() == "the-code"
            waiting.settimeout(0.1)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            callback.resolve(connected=True)
            waiting.settimeout(10)
            assert b"Location: /connected" in waiting.recv(4096)
        again = query.replace("the-code", "another")
        assert b"Location: /connected" in _get(loopback.port, f"/callback?{again}")
        assert inbox.empty()
        assert b"<h1>Connected</h1>" in _get(loopback.port, "/connected")


def test_nothing_of_a_request_is_repeated() -> None:
    with _open() as (loopback, _, _, _):
        for target in ("/callback?state=%3Cb%3Ecanary", "/canary", "/?canary"):
            assert b"canary" not in _get(loopback.port, target)


def test_the_port_is_closed_afterwards() -> None:
    with _open() as (loopback, _, _, _):
        port = loopback.port
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    again = open_loopback([port])
    assert again is not None
    again.close()


def test_a_hundred_idle_connections_do_not_keep_anybody_out_for_ever() -> None:
    with _open() as (loopback, _, _, _):
        idle = [socket.create_connection(("127.0.0.1", loopback.port)) for _ in range(120)]
        for each in idle:
            each.close()
        for _ in range(50):
            try:
                answer = _get(loopback.port, "/favicon.ico")
            except ConnectionError:
                continue
            if answer:
                break
        assert answer.startswith(b"HTTP/1.1 404")
