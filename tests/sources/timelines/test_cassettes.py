"""The client against a recorded exchange, with no server at all.

`WASF_RECORD=1 pytest tests/sources/timelines/test_cassettes.py` records it again from the local
chat API. What is recorded is scrubbed on the way: no token, name, number or text reaches the file.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import vcr

from tests.sources.timelines.reading import NOW
from wasf.core.secrets import Secret
from wasf.interfaces import Reached, Reading
from wasf.localchats import Fault, FaultKind, LocalChats, Workspace
from wasf.sources.timelines import Client, Pace, TimelinesSource
from wasf.sources.timelines.source import TimelinesOptions

CASSETTE = Path(__file__).parent / "cassettes" / "walk.json"
RECORDING = os.environ.get("WASF_RECORD") == "1"
URL = "https://chats.example/integrations/api"
SCRUBBED = "(scrubbed)"
PRIVATE = {
    *("name", "phone", "text", "sender_name", "sender_phone", "jid", "owner_name"),
    *("account_name", "display_name", "whatsapp_account_id", "chat_url"),
}


def scrub_request(request):
    """Method, path and the query's names are kept."""
    request.uri = URL + re.sub(r"^https?://[^/]+/integrations/api", "", request.uri)
    request.body = None
    request.headers = {}
    return request


def scrub_response(response):
    """The answer's shape, without anything that belongs to a person."""
    body = response["body"]["string"]
    if body.startswith(b"{"):
        response["body"]["string"] = json.dumps(_scrub(json.loads(body))).encode()
    kept = ("content-type", "retry-after")
    response["headers"] = {
        name: value for name, value in response["headers"].items() if name.lower() in kept
    }
    return response


def _scrub(value):
    if isinstance(value, list):
        return [_scrub(member) for member in value]
    if isinstance(value, str) and "@" in value:  # a number of ours is a part of such an id
        return SCRUBBED
    if not isinstance(value, dict):
        return value
    return {
        name: SCRUBBED if name in PRIVATE and member else _scrub(member)
        for name, member in value.items()
    }


def fill(api: LocalChats) -> None:
    """Two chats; one needs a second page, and the third request fails once."""
    workspace = api.workspace
    account = workspace.add_account("+15550100", "")
    for name, count in (("Ada Example", 60), ("Ben Example", 2)):
        chat = workspace.add_chat(account, name, f"+1555012{count:04}")
        for number in range(count):
            workspace.add_message(chat, f"text {number}", NOW - timedelta(minutes=number))
    api.fail(Fault(FaultKind.TOO_MANY, 3, 3, retry_after=2))


@pytest.fixture
def recorded() -> Iterator[tuple[str, str]]:
    """Where a recorded workspace answers, and to which token."""
    recorder = vcr.VCR(
        serializer="json",
        record_mode="all" if RECORDING else "none",
        match_on=["method", "path"],
        before_record_request=scrub_request,
        before_record_response=scrub_response,
    )
    if not RECORDING:
        with recorder.use_cassette(CASSETTE) as cassette:
            yield URL, "any"
            assert cassette.all_played
        return
    CASSETTE.unlink(missing_ok=True)
    clock = Workspace(clock=lambda: NOW)
    with LocalChats.start(clock) as api, recorder.use_cassette(CASSETTE):
        fill(api)
        yield api.base_url, api.token


def test_a_walk_from_its_recording(recorded: tuple[str, str]) -> None:
    url, token = recorded
    rests: list[float] = []
    client = Client(url, Secret(token), Pace(1_000, rests.append, clock=lambda: 0.0))
    found = list(TimelinesSource(client, lambda _: "", TimelinesOptions(NOW)).read())
    readings = [(one.chat, list(one.items)) for one in found if isinstance(one, Reading)]
    assert [len(messages) for _, messages in readings] == [60, 2]
    assert len({message.native_id for _, messages in readings for message in messages}) == 62
    assert 2.0 in rests
    assert isinstance(found[-1], Reached)
    assert client.calls == 8
