"""The client against a recorded exchange, with no server at all.

`WASF_RECORD=1 pytest tests/sources/timelines/test_cassettes.py` records it again from the local
chat API. What is recorded is scrubbed on the way: no token, name, number or text reaches the file.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cassettes import RECORDING, SCRUBBED, Cassette
from tests.servers.timelines import ChangingWorkspace, Fault, FaultKind, LocalChatApi
from tests.sources.timelines.reader import NOW, CountingLimiter, connected
from wasf.interfaces import ChatReading, Reached, ReadOptions

URL = "https://chats.example/integrations/api"


def _replaced(value):
    """Ids of WhatsApp's hold a number."""
    return SCRUBBED if isinstance(value, str) and "@" in value else None


CASSETTE = Cassette(
    Path(__file__).parent / "cassettes" / "walk.json",
    lambda asked: URL + re.sub(r"^https?://[^/]+/integrations/api", "", asked),
    headers=frozenset({"content-type", "retry-after"}),
    private=frozenset(
        {
            *("name", "phone", "text", "sender_name", "sender_phone", "jid", "owner_name"),
            *("account_name", "display_name", "whatsapp_account_id", "chat_url"),
        }
    ),
    replaced=_replaced,
)


def fill(api: LocalChatApi) -> None:
    """Two chats; one needs a second page, and the third request fails once."""
    workspace = api.workspace
    account = workspace.add_number("+15550100", "")
    for name, count in (("Ada Example", 60), ("Ben Example", 2)):
        chat = workspace.add_chat(account, name, f"+1555012{count:04}")
        for number in range(count):
            workspace.add_message(chat, f"text {number}", NOW - timedelta(minutes=number))
    api.fail(Fault(FaultKind.TOO_MANY, 3, 3, retry_after=2))


@pytest.fixture
def recorded() -> Iterator[tuple[str, str]]:
    """Where a recorded workspace answers, and to which token."""
    if not RECORDING:
        with CASSETTE.played():
            yield URL, "any"
        return
    clock = ChangingWorkspace(clock=lambda: NOW)
    with LocalChatApi.start(clock) as api, CASSETTE.recorded():
        fill(api)
        yield api.base_url, api.token


def test_a_walk_from_its_recording(recorded: tuple[str, str]) -> None:
    url, token = recorded
    rests: list[float] = []
    limiter = CountingLimiter(rests)
    workspace = connected(url, token, limiter)
    found = list(workspace.source(lambda _: "", ReadOptions(NOW)).read())
    readings = [(one.chat, list(one.items)) for one in found if isinstance(one, ChatReading)]
    assert [len(messages) for _, messages in readings] == [60, 2]
    assert len({message.native_id for _, messages in readings for message in messages}) == 62
    assert 2.0 in rests
    assert isinstance(found[-1], Reached)
    assert limiter.calls == 8
