"""Requests to a chat API: what is tried again, what is read, and which links are followed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import getaddrinfo
from threading import Thread

import pytest

from wasf.errors import MissingFile, Unreachable, UnreadableFile, WasfError
from wasf.http import BearerAuth, NoAuth
from wasf.interfaces import Json
from wasf.retry import RateLimiter
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable

Reply = tuple[int, bytes, dict[str, str]]
PUBLIC = "files.example.com"
GOOD: Reply = (200, b'{"value": 1}', {})


def read(answer: ApiAnswer) -> Json:
    if answer.status == 200 and isinstance(answer.body, dict):
        return answer.body["value"]
    if answer.status == 404:
        raise Refusal(Gone("it is gone"), may_pass=False)
    raise unusable("Acme", answer)


class Server:
    """Gives its replies in turn, the last one for ever, and keeps what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.asked, self.rests = list(replies), [], []
        self.url = ""

    def client(self) -> ApiClient:
        limiter = RateLimiter(1_000, self.rests.append, clock=lambda: 0.0)
        return ApiClient("Acme", f"{self.url}/api/", NoAuth(), limiter, read)

    def reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving(*replies: Reply) -> Iterator[Server]:
    server = Server(*replies)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append((self.command, self.path, body, dict(self.headers)))
            status, content, headers = server.reply()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def test_a_request_asks_for_what_is_said_and_leaves_out_what_is_empty() -> None:
    with serving(GOOD) as server:
        assert server.client().get("/chats", page=2, after="") == 1
        assert server.client().post("/hooks", {"url": "x"}) == 1
    [(_, path, _, headers), (method, _, body, _)] = server.asked
    assert (path, method, json.loads(body)) == ("/api/chats?page=2", "POST", {"url": "x"})
    assert headers["Connection"] == "close"


PASSING = {
    "throttled": ((429, b"", {"Retry-After": "3"}), 3.0),
    "throttled for very long": ((429, b"", {"Retry-After": "86400"}), 60.0),
    "down": ((503, b"<html>", {}), 1.5),
    "a page instead of an answer": ((200, b"<html>", {}), 1.5),
    "an answer that is too deep": ((200, b"[" * 100_000, {}), 1.5),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_tried_again(name: str) -> None:
    reply, pause = PASSING[name]
    with serving(reply, GOOD) as server:
        assert server.client().get("/chats") == 1
    assert pause in server.rests
    assert len(server.asked) == 2


def test_what_lasts_is_told() -> None:
    with serving((503, b"", {})) as server, pytest.raises(Unreachable, match="Acme"):
        server.client().get("/chats")
    assert len(server.asked) == 8


def test_what_cannot_pass_is_told_at_once() -> None:
    with serving((404, b"", {})) as server, pytest.raises(Gone):
        server.client().get("/chats")
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed() -> None:
    with serving((302, b"", {"Location": "/elsewhere"})) as server, pytest.raises(Unreachable):
        server.client().get("/chats")
    assert {path for _, path, _, _ in server.asked} == {"/api/chats"}


# --- The environment ---------------------------------------------------------------------------


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Credentials for every host in ~/.netrc, and no proxy yet."""
    (tmp_path / ".netrc").write_text("default login canary password canary")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("NETRC", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def test_a_proxy_is_asked_for_an_api_elsewhere(surroundings: pytest.MonkeyPatch) -> None:
    with serving(GOOD) as server:
        surroundings.setenv("HTTP_PROXY", server.url)
        client = replace(server.client(), url="http://chats.example/api")
        assert client.get("/chats") == 1
    [(_, path, _, headers)] = server.asked
    assert path == "http://chats.example/api/chats"
    assert "Authorization" not in headers


def test_no_proxy_is_asked_for_this_machine(surroundings: pytest.MonkeyPatch) -> None:
    surroundings.setenv("HTTP_PROXY", "http://canary:canary@127.0.0.1:9")
    with serving(GOOD) as server:
        assert server.client().get("/chats") == 1
    [(_, path, _, headers)] = server.asked
    assert path == "/api/chats"
    assert "canary" not in str(headers)
    assert "Authorization" not in headers


def test_a_proxy_that_wants_a_password_is_named(surroundings: pytest.MonkeyPatch) -> None:
    with serving((407, b"", {})) as proxy:
        surroundings.setenv("HTTPS_PROXY", proxy.url)
        client = replace(proxy.client(), url="https://chats.example/api")
        with pytest.raises(WasfError, match="proxy"):
            client.get("/chats")


# --- Files -------------------------------------------------------------------------------------


def test_a_file_comes_without_the_token_as_it_is() -> None:
    with serving((200, b"%PDF", {})) as server:
        assert server.client().download(f"{server.url}/files/a.pdf", 4) == b"%PDF"
        with pytest.raises(UnreadableFile, match="larger"):
            server.client().download(f"{server.url}/files/a.pdf", 3)
    assert "Authorization" not in server.asked[0][3]


def test_a_file_that_is_not_given_now_is_missing() -> None:
    with serving((403, b"", {})) as server, pytest.raises(MissingFile):
        server.client().download(f"{server.url}/files/a.pdf", 4)


def test_a_link_that_may_not_be_followed_is_not() -> None:
    with serving(GOOD) as server, pytest.raises(UnreadableFile, match="Acme"):
        server.client().download("http://files.example.com/a.pdf", 4)
    assert server.asked == []


def test_a_link_with_two_readings_gets_no_token() -> None:
    """`urllib.parse` reads the host behind the @, the library that sends the one before the \\."""
    with serving(GOOD) as elsewhere, serving(GOOD) as server:
        client = replace(server.client(), auth=BearerAuth(lambda: "t0ken"))
        link = f"{elsewhere.url}\\@{server.url.rpartition('/')[2]}/a.pdf"
        with pytest.raises(UnreadableFile):
            client.download(link, 400, with_token=True)
    assert elsewhere.asked == server.asked == []


REDIRECT: Reply = (302, b"", {"Location": "/storage/a.pdf"})


def test_a_file_may_be_elsewhere_on_the_same_server() -> None:
    with serving(REDIRECT, (200, b"%PDF", {})) as server:
        found = server.client().download(f"{server.url}/a", 4, redirects=1)
    assert found == b"%PDF"
    assert [path for _, path, _, _ in server.asked] == ["/a", "/storage/a.pdf"]


def test_a_token_does_not_go_on_with_a_redirect() -> None:
    with serving(REDIRECT, (200, b"%PDF", {})) as server:
        client = replace(server.client(), auth=BearerAuth(lambda: "t0ken"))
        client.download(f"{server.url}/a", 4, with_token=True, redirects=1)
    assert ["Authorization" in headers for *_, headers in server.asked] == [True, False]


def test_a_file_that_is_always_elsewhere_is_missing() -> None:
    with serving(REDIRECT) as server, pytest.raises(MissingFile):
        server.client().download(f"{server.url}/a", 4, redirects=2)
    assert len(server.asked) == 3


LEADS_ASTRAY = ["http://10.0.0.8/a.pdf", "http://files.example.com/a.pdf", "https://10.0.0.8/a.pdf",
                "http://169.254.169.254/latest", "file:///etc/passwd", "http://["]  # fmt: skip


@pytest.mark.parametrize("link", LEADS_ASTRAY)
def test_a_redirect_is_followed_by_the_same_policy(link: str) -> None:
    astray: Reply = (302, b"", {"Location": link})
    with serving(astray) as server, pytest.raises(UnreadableFile):
        server.client().download(f"{server.url}/a", 4, redirects=3)
    assert len(server.asked) == 1


def test_a_public_name_that_leads_into_a_private_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(GOOD) as elsewhere, serving((302, b"", {})) as server:
        port = int(elsewhere.url.rpartition(":")[2])
        names = getaddrinfo
        monkeypatch.setattr(
            "socket.getaddrinfo",
            lambda host, *more: names(host.replace(PUBLIC, "127.0.0.1"), *more),
        )
        with pytest.raises(UnreadableFile, match="private"):
            server.client().download(f"https://{PUBLIC}:{port}/a.pdf", 4)
    assert elsewhere.asked == []
