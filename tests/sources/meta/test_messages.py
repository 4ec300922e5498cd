"""Files of Cloud API messages: asked for by id, with the token; gone after seven days (T8)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fakes_inbox import FakeHookSecrets
from tests.sources.meta.test_events import AT, FILE, body, read, said
from tests.sources.timelines.reader import CountingLimiter
from wasf.core.chats import Attachment
from wasf.errors import MissingFile, UnreadableFile, WasfError
from wasf.interfaces import HookFile
from wasf.sources.meta.messages import media_place, read_media

TOKEN = "token-of-a-system-user"
CONTENT = b"\xff\xd8 a photo"


class Graph:
    """Meta's Graph API: the one file `1`, for who has the token."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.link = ""
        graph = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                graph.asked.append(self.path)
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    self._answer(401, b"{}")
                elif self.path == "/1":
                    link = graph.link or f"{graph.url}/lookaside/1"
                    self._answer(200, f'{{"url": "{link}", "id": "1"}}'.encode())
                elif self.path == "/lookaside/1":
                    self._answer(200, CONTENT)
                else:
                    self._answer(404, b'{"error": {"code": 100}}')

            def _answer(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def graph() -> Iterator[Graph]:
    running = Graph()
    yield running
    running.server.shutdown()
    running.server.server_close()


def had(graph: Graph, media_id: str = "1", token: str = TOKEN, days: float = 1) -> bytes:
    given = {"WASF_META_URL": graph.url, **({"WASF_META_TOKEN": token} if token else {})}
    now = AT + timedelta(days=days)
    wanted = HookFile(media_place(media_id, AT), 1_000, now, CountingLimiter())
    return read_media(FakeHookSecrets(**given), "WASF_META_TOKEN", wanted)


def test_t8_a_message_names_its_file_by_the_id_that_meta_gives_it_for() -> None:
    [(_, message)] = read(body(messages=[said("image", FILE)])).messages
    assert message.attachment == Attachment("image.jpg", "meta", media_place("1", AT))


def test_t8_a_file_is_had_with_the_token(graph: Graph) -> None:
    assert had(graph) == CONTENT
    assert graph.asked == ["/1", "/lookaside/1"]


WAYS = {
    "no token": ({"token": ""}, MissingFile, "WASF_META_TOKEN"),
    "another token": ({"token": "x"}, MissingFile, "WASF_META_TOKEN"),
    "an id that is gone": ({"media_id": "2"}, UnreadableFile, "Meta"),
    "after seven days": ({"days": 9}, UnreadableFile, "seven days"),
    "after seven days without a token": ({"days": 9, "token": ""}, UnreadableFile, "seven days"),
}


@pytest.mark.parametrize("name", WAYS)
def test_t8_a_file_that_cannot_be_had_waits_or_is_given_up(graph: Graph, name: str) -> None:
    how, kind, words = WAYS[name]
    with pytest.raises(WasfError) as told:
        had(graph, **how)
    assert type(told.value) is kind
    assert words in told.value.message
    assert TOKEN not in told.value.message + told.value.hint


LINKS = [
    "https://evil.example/1", "https://fbsbx.com.evil.example/1", "http://lookaside.fbsbx.com/1",
    "file:///etc/passwd", "",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_the_token_goes_to_meta_only(graph: Graph, link: str) -> None:
    graph.link = link or "x"
    with pytest.raises(UnreadableFile):
        had(graph)
    assert graph.asked == ["/1"]
