"""Every fault at every request of a sync of a chat API, for a while and for good.

A first sync meets the fault, the next one a good server: nothing is lost, nothing is twice, and
what the first one did not read it has told. CHAT_FAULTS_STEP=1 takes all cases, 4 every fourth.
"""

import os

from tests.gates.parallel import Case, Tally
from tests.servers.chat_faults import BAD_OBJECTS, FAULTS, LIES
from tests.sources.chat_worlds import FOR_EVER, SERVERS, ChatWorld, met

STEP = int(os.environ.get("CHAT_FAULTS_STEP", "8"))
KINDS = FAULTS | LIES | BAD_OBJECTS
PARTS = 2
CASES: list[Case] = [(name, part) for name in SERVERS for part in range(PARTS)]


def at_provider(provider: str, part: int) -> Tally:
    """Run one part of the cases of a provider, in one world."""
    tally = Tally()
    with ChatWorld.at_provider(provider) as world:
        cases = [
            (kind, first, last)
            for kind in KINDS
            for first in range(1, world.usual + 1)
            for last in (first, FOR_EVER)
        ]
        for kind, first, last in cases[part * STEP :: PARTS * STEP]:
            tally.counts["faults of chat APIs"] += 1
            if wrong := met(world, kind, first, last):
                tally.fail(("chat-fault", provider, kind, first, last), wrong)
    return tally


def one(provider: str, kind: str, first: int, last: int) -> Tally:
    """Run one case again."""
    tally = Tally()
    with ChatWorld.at_provider(provider) as world:
        if wrong := met(world, kind, first, last):
            tally.fail(("chat-fault", provider, kind, first, last), wrong)
    return tally
