"""The clients of servers against recorded exchanges, with no server at all.

`WASF_RECORD=1 pytest -n 0 tests/sources/test_cassettes.py` records them again from the stand-ins.
What is recorded is scrubbed on the way: no key, name, number or text reaches a file. Of a person's
number only the last two digits stay, behind digits that nobody has.
"""

import re
from pathlib import Path

import pytest

from tests.cassettes import RECORDING, SCRUBBED, Cassette
from tests.servers.chat_faults import FAULTS
from tests.sources.chat_worlds import NOW, ChatWorld
from tests.sources.timelines.reader import CountingLimiter
from wasf.core.auth import Secret
from wasf.interfaces import ApiConnection, ChatReading, Reached, ReadOptions
from wasf.sources import find_chat_api

URL = "https://chats.example"
CALLS = {"chatwoot": 9, "waha": 10, "evolution": 3}
PRIVATE = frozenset(
    {"content", "body", "text", "email", "display_name", "available_name", "pushName", "PushName"}
    | {"profileName", "notifyName", "token", "access_token", "pubsub_token", "hmac_identifier"}
    | {"hmac_token", "provider_config", "metadata", "config", "conversation", "Chatwoot"}
)


def without_number(value: str) -> str:
    """Return a text in which a number keeps its last two digits."""
    return re.sub(r"[0-9]{10}(?=[0-9]{2}(?![0-9]))", "4400000000", value)


def _replaced(value: object) -> str | None:
    """Names of people and ids of theirs; whatever is none of these may stay."""
    if not isinstance(value, str):
        return None
    if re.match(r"P(erson)? [0-9]|Example|Root|WA$", value):
        return SCRUBBED
    return without_number(value) if "7700900" in value else None


def cassette(provider: str) -> Cassette:
    def address(asked: str) -> str:
        return URL + without_number(re.sub(r"^https?://[^/]+", "", asked))

    private = PRIVATE - ({"conversation"} if provider == "chatwoot" else set())
    place = Path(__file__).parent / "cassettes" / f"{provider}.json"
    return Cassette(place, address, frozenset({"content-type", "retry-after"}), private, _replaced)


def record(provider: str) -> None:
    """Record a first sync of three chats, in which one request is throttled."""
    with ChatWorld.at_provider(provider) as world:
        calls = 0

        def instead(_: str, body: bytes) -> object:
            nonlocal calls
            calls += 1
            return FAULTS["S19 429 with a time"](body) if calls == 2 else None

        world.at.server.instead = instead
        with cassette(provider).recorded():
            list(world.at.api().source(lambda _: "", ReadOptions(NOW)).read())


@pytest.mark.parametrize("provider", CALLS)
def test_a_first_sync_from_its_recording(provider: str) -> None:
    if RECORDING:
        record(provider)
    found, rests = find_chat_api(provider), []
    assert found is not None
    assert found.api is not None
    limiter = CountingLimiter(rests)
    options = {"account": "3"} if provider == "chatwoot" else {}
    api = found.api.open(ApiConnection(URL, Secret("any"), limiter, options))
    with cassette(provider).played():
        read = list(api.source(lambda _: "", ReadOptions(NOW)).read())
        chats = [(one.chat, list(one.items)) for one in read if isinstance(one, ChatReading)]
    assert sorted(len(messages) for _, messages in chats) == [2, 2, 2]
    assert len({message.native_id for _, messages in chats for message in messages}) == 6
    assert 7.0 in rests
    assert isinstance(read[-1], Reached)
    assert limiter.calls == CALLS[provider]
