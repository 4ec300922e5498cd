"""Bodies that are too large, too slow, cut off or packed."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from wasf.http import HttpError, TooLarge, TooSlow, UnusableBody, whole_body


@contextmanager
def _sending(body: bytes, *, ends: bool = True, **headers: str) -> Iterator[requests.Response]:
    """An answer with this body; without an end nothing comes after it, and nobody hangs up."""
    is_read = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)
            if not ends:
                is_read.wait(20)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with requests.get(
            f"http://127.0.0.1:{server.server_port}", stream=True, timeout=10
        ) as response:
            yield response
    finally:
        is_read.set()
        server.shutdown()
        server.server_close()


def test_a_body_comes_as_it_was_sent() -> None:
    with _sending(b"x" * 200_000) as response:
        assert whole_body(response, 200_000, 20) == b"x" * 200_000


def test_a_packed_body_is_unpacked() -> None:
    with _sending(gzip.compress(b"x" * 200_000), Content_Encoding="gzip") as response:
        assert whole_body(response, 200_000, 20) == b"x" * 200_000


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_size_counts_unpacked(encoding: str) -> None:
    body = b"x" * 200_001
    sent = gzip.compress(body) if encoding == "gzip" else body
    with _sending(sent, Content_Encoding=encoding) as response, pytest.raises(TooLarge):
        whole_body(response, 200_000, 20)


def test_a_few_bytes_now_and_then_are_too_slow() -> None:
    """Each of them is looked at when it comes, not when there are enough of them for a piece."""
    with _sending(b"x", ends=False, Content_Length="9") as response, pytest.raises(TooSlow):
        whole_body(response, 200_000, 0)


def test_a_body_that_is_cut_off_is_none() -> None:
    with (
        _sending(b"x" * 10, Content_Length="20") as response,
        pytest.raises(HttpError),
    ):
        whole_body(response, 200_000, 20)


def test_a_packed_body_that_is_cut_off_is_none() -> None:
    packed = gzip.compress(b"x" * 200_000)[:-9]
    with (
        _sending(packed, Content_Encoding="gzip") as response,
        pytest.raises(UnusableBody, match="cut off"),
    ):
        whole_body(response, 200_000, 20)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_body_in_another_encoding_is_none(encoding: str) -> None:
    with (
        _sending(b"plain", Content_Encoding=encoding) as response,
        pytest.raises(UnusableBody),
    ):
        whole_body(response, 200_000, 20)


def test_a_small_packed_body_that_grows_is_not_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with _sending(bomb, Content_Encoding="gzip") as response, pytest.raises(TooLarge):
        whole_body(response, 200_000, 20)
