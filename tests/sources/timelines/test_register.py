"""Webhooks at TimelinesAI: made once, delivered as the API delivers, whatever goes wrong."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.fakes_inbox import FakeHookSecrets
from tests.servers.timelines import Fault, FaultKind, LocalChatApi, Shape, WorkspaceMessage
from tests.sources.timelines.reader import CountingLimiter, connected
from wasf.errors import NotConnected, PermissionMissing, Unreachable, WrongUsage
from wasf.sources.api_client import Gone
from wasf.sources.timelines.api import EVENTS, TimelinesApi
from wasf.sources.timelines.webhooks import read_timelines

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECRETS = FakeHookSecrets("secret & more")
URL = "https://hooks.example.com"


@pytest.fixture
def api() -> Iterator[LocalChatApi]:
    with LocalChatApi.start(per_second=1_000) as running:
        yield running


@pytest.fixture
def limiter() -> CountingLimiter:
    return CountingLimiter()


@pytest.fixture
def workspace(api: LocalChatApi, limiter: CountingLimiter) -> TimelinesApi:
    return connected(api.base_url, api.token, limiter)


def said(api: LocalChatApi, text: str = "Hello", **more: object) -> WorkspaceMessage:
    account = api.workspace.add_number("+447700900001", "owner@example.com")
    chat = api.workspace.add_chat(account, "Ada Example", "+447700900123")
    return api.workspace.add_message(chat, text, NOW, **more)


class Address:
    """Something that webhooks are sent to; it answers as it is told to, then with 200."""

    def __init__(self, *answers: int) -> None:
        rest, self.bodies = list(answers), []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(rest.pop(0) if rest else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> "Address":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


# --- Registering -------------------------------------------------------------------------------


def test_every_kind_of_message_gets_a_webhook_and_only_once(
    api: LocalChatApi, workspace: TimelinesApi
) -> None:
    for url in (URL, f"{URL}/"):
        assert workspace.register(url, SECRETS) == len(EVENTS)
    made = api.webhooks.all()
    assert [one.event_type for one in made] == list(EVENTS)
    assert {one.url for one in made} == {f"{URL}/timelines?secret=secret%20%26%20more"}


def test_one_that_was_switched_off_is_on_again(api: LocalChatApi, workspace: TimelinesApi) -> None:
    workspace.register(URL, SECRETS)
    api.webhooks.change(1, {"enabled": False})
    workspace.register(URL, SECRETS)
    assert all(one.enabled for one in api.webhooks.all())


@pytest.mark.parametrize("kind", [FaultKind.SLAM, FaultKind.SERVER_ERROR, FaultKind.TOO_MANY])
def test_a_request_that_went_wrong_is_made_again(
    api: LocalChatApi, workspace: TimelinesApi, kind: FaultKind
) -> None:
    api.fail(Fault(kind, 2, 3))
    workspace.register(URL, SECRETS)
    assert len(api.webhooks.all()) == len(EVENTS)


def test_what_lasts_is_told(api: LocalChatApi, workspace: TimelinesApi) -> None:
    api.fail(Fault(FaultKind.MAINTENANCE, 1, 100))
    with pytest.raises(Unreachable):
        workspace.register(URL, SECRETS)
    api.renew_token()
    api.fail()
    with pytest.raises(NotConnected):
        workspace.register(URL, SECRETS)


@pytest.mark.parametrize("url", ["", "hooks", "http://hooks.example.com", "https://",
                                 "https://[", f"{URL}?a=b", f"{URL}#a", "ftp://x.example.com",
                                 "https://me@hooks.example.com"])  # fmt: skip
def test_what_is_no_public_address_is_refused(
    workspace: TimelinesApi, limiter: CountingLimiter, url: str
) -> None:
    with pytest.raises(WrongUsage):
        workspace.register(url, SECRETS)
    assert limiter.calls == 0


def test_the_limit_of_webhooks_is_told_and_what_is_done_stays(
    api: LocalChatApi, workspace: TimelinesApi
) -> None:
    api.webhooks.most = 3
    with pytest.raises(PermissionMissing) as refused:
        workspace.register(URL, SECRETS)
    told = refused.value.message
    assert "webhook" in told
    assert "The limit of webhooks is reached (validation_error)" in told
    assert f"{', '.join(EVENTS[:3])} are registered" in told
    assert f"{', '.join(EVENTS[3:])} are not" in told
    assert SECRETS.own().reveal() not in told
    assert len(api.webhooks.all()) == 3
    api.webhooks.most = 10
    assert workspace.register(URL, SECRETS) == len(EVENTS)


# --- The local API -----------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["message:whispered", ""])
def test_the_api_knows_its_events(workspace: TimelinesApi, event: str) -> None:
    with pytest.raises(Gone):
        workspace.client.post("/webhooks", {"event_type": event, "url": URL, "enabled": True})


def test_the_api_shows_its_webhooks(workspace: TimelinesApi) -> None:
    workspace.register(URL, SECRETS)
    shown = workspace.client.get("/webhooks")
    assert isinstance(shown, list)
    assert len(shown) == len(EVENTS)


SHAPES = [*Shape]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_what_is_delivered_is_the_message_of_the_api(api: LocalChatApi, shape: Shape) -> None:
    with Address() as address:
        api.webhooks.create({"event_type": "message:new", "url": address.url})
        message = said(api)
        assert api.deliver(message, shape, times=2)
    assert len(address.bodies) == 2
    [(chat, read)] = read_timelines(address.bodies[0], lambda _: "").messages
    assert (chat.native_id, read.native_id) == (str(message.chat_id), message.uid)
    assert (read.text, read.sent_at, chat.phone) == ("Hello", NOW, "+447700900123")


@pytest.mark.parametrize(
    ("answers", "took", "tries"), [((500,), True, 2), ((500, 404), True, 3), ((500,) * 3, False, 3)]
)
def test_after_three_tries_the_event_is_lost(
    api: LocalChatApi, answers: tuple[int, ...], took: bool, tries: int
) -> None:
    with Address(*answers) as address:
        made = api.webhooks.create({"event_type": "message:received:new", "url": address.url})
        assert api.deliver(said(api)) is took
    assert len(address.bodies) == tries
    assert [one.errors for one in api.webhooks.all()] == [0 if took else 1]
    api.webhooks.delete(made.id)
    assert api.webhooks.all() == []
