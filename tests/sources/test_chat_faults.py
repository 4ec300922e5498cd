"""Faults of a chat API, whichever it is: nothing is lost, nothing is twice after the next sync.

Each fault meets one of the requests here; the gate has it meet each of them, also for good.
"""

from collections.abc import Iterator
from zlib import crc32

import pytest
from starlette.responses import Response

from tests.samples import one_in
from tests.servers.chat_faults import BAD_OBJECTS, FAULTS, LIES
from tests.sources.chat_worlds import FOR_EVER, SERVERS, ChatWorld, met
from tests.sources.web_reader import WebReader


@pytest.fixture(scope="module", params=SERVERS)
def world(request: pytest.FixtureRequest) -> Iterator[ChatWorld]:
    with ChatWorld.at_provider(request.param) as made:
        yield made


@pytest.mark.parametrize("kind", one_in(2, [*FAULTS, *LIES, *BAD_OBJECTS]))
def test_w6_after_a_fault_nothing_is_lost_or_double(world: ChatWorld, kind: str) -> None:
    first = crc32(kind.encode()) % world.usual + 1
    assert met(world, kind, first, first) == ""


def test_a_server_that_refuses_connections_for_a_while(world: ChatWorld) -> None:
    reader = WebReader(world.at.api)

    def refuse(body: bytes) -> Response:
        world.at.server.refuse(0.05)
        return Response(body)

    world.read(reader, refuse, 2, 2)
    for _ in range(1_000):
        if not reader.read():
            break
    assert world.wrong(reader) == ""


def test_a_token_that_is_revoked_on_the_way_ends_the_reading(world: ChatWorld) -> None:
    reader = WebReader(world.at.api)
    told = world.read(reader, FAULTS["S15 401"], world.usual, FOR_EVER)
    assert len(told) == 1
    assert world.calls == world.usual
    reader.read()
    assert world.wrong(reader) == ""
