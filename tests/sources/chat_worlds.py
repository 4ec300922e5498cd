"""A small world at each provider that is polled: who wrote what, and what a reader got of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, Self

from starlette.responses import Response

from tests.servers.chat_faults import BAD_OBJECTS, FAULTS, LIES, Spoil, lists_in
from tests.servers.chatwoot import HelpDesk, LocalChatwoot
from tests.servers.connections import FaultyServer
from tests.servers.evolution import LocalEvolution
from tests.servers.timelines import ChangingWorkspace, LocalChatApi
from tests.servers.waha import LocalWaha
from tests.sources.chatwoot.reader import connected as chatwoot_api
from tests.sources.evolution.reader import api_of as evolution_api
from tests.sources.timelines.reader import connected as timelines_api
from tests.sources.waha.reader import api_of as waha_api
from tests.sources.web_reader import NOW, WebReader
from wasf.interfaces import ChatApi

OURS = "447700900999"
ONE = timedelta(minutes=1)
_MOST_TRIES = 8
_CHATS, _IN_A_CHAT = 3, 2


class ChatServer(Protocol):
    """A stand-in that is filled, asked and spoilt."""

    server: FaultyServer

    def say(self, chat: int, text: str, at: datetime) -> None:
        """Add a message of the person with that number."""
        ...

    def api(self) -> ChatApi:
        """Return the server as wasf is connected to it."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


def phone_of(chat: int) -> str:
    """Return the number of a person."""
    return f"4477009001{chat:02}"


class WahaServer:
    """See `ChatServer`."""

    def __init__(self) -> None:
        self._waha = LocalWaha()
        self.server, self.stop = self._waha.server, self._waha.server.stop
        self._session = self._waha.add_session("shop", OURS)

    def say(self, chat: int, text: str, at: datetime) -> None:
        self._session.add_chat(f"{phone_of(chat)}@c.us", f"Person {chat}").say(text, at)

    def api(self) -> ChatApi:
        return waha_api(self._waha)


class EvolutionServer:
    """See `ChatServer`."""

    def __init__(self) -> None:
        self._evolution = LocalEvolution()
        self.server, self.stop = self._evolution.server, self._evolution.server.stop
        self._instance = self._evolution.add_instance("shop", OURS)

    def say(self, chat: int, text: str, at: datetime) -> None:
        self._instance.say(f"{phone_of(chat)}@s.whatsapp.net", text, at, push_name=f"P {chat}")

    def api(self) -> ChatApi:
        return evolution_api(self._evolution)


class ChatwootServer:
    """See `ChatServer`."""

    def __init__(self) -> None:
        self._desk = HelpDesk(lambda: NOW - timedelta(days=2))
        self._chatwoot = LocalChatwoot(self._desk)
        self.server, self.stop = self._chatwoot.server, self._chatwoot.stop
        self._inbox = self._desk.add_inbox("WA", f"+{OURS}")

    def say(self, chat: int, text: str, at: datetime) -> None:
        name = f"Person {chat}"
        known = [one for one in self._desk.conversations.values() if one.name == name]
        phone = f"+{phone_of(chat)}"
        made = known[0] if known else self._desk.add_conversation(self._inbox, name, phone)
        self._desk.add_message(made, text, at)

    def api(self) -> ChatApi:
        return chatwoot_api(self._chatwoot)


class TimelinesServer:
    """See `ChatServer`."""

    def __init__(self) -> None:
        self._space = ChangingWorkspace(clock=lambda: NOW)
        self._api = LocalChatApi.start(self._space, per_second=10_000)
        self.server, self.stop = self._api.server, self._api.stop
        self._number = self._space.add_number(f"+{OURS}", "owner@example.com")

    def say(self, chat: int, text: str, at: datetime) -> None:
        phone = f"+{phone_of(chat)}"
        known = [one for one in self._space.chats.values() if one.phone == phone]
        made = known[0] if known else self._space.add_chat(self._number, f"P {chat}", phone)
        self._space.add_message(made, text, at)

    def api(self) -> ChatApi:
        return timelines_api(self._api.base_url, self._api.token)


SERVERS: dict[str, Callable[[], ChatServer]] = {
    "timelines": TimelinesServer,
    "chatwoot": ChatwootServer,
    "waha": WahaServer,
    "evolution": EvolutionServer,
}


@dataclass
class ChatWorld:
    """A server with chats, and what was written there. Each case has a reader of its own.

    `usual` calls has a good first sync, `calls` had the last one. `objects` is how many were in the
    answer that was spoilt.
    """

    at: ChatServer
    written: set[str] = field(default_factory=set)
    usual: int = 0
    calls: int = 0
    objects: int = 0

    @classmethod
    def at_provider(cls, name: str) -> Self:
        """Return a world of three chats at a provider."""
        world = cls(SERVERS[name]())
        for chat in range(_CHATS):
            for number in range(_IN_A_CHAT):
                text = f"text {chat} {number}"
                world.at.say(chat, text, NOW - timedelta(hours=1 + chat) - number * ONE)
                world.written.add(text)
        world.read(WebReader(world.at.api), Response, 0)
        world.usual = world.calls
        return world

    def read(self, reader: WebReader, spoil: Spoil, first: int, last: int = 0) -> list[str]:
        """Poll once, while the answers from `first` to `last` are spoilt; return what was told."""
        self.calls = 0

        def instead(_: str, body: bytes) -> Response | None:
            self.calls += 1
            if not first <= self.calls <= last:
                return None
            self.objects = _objects_in(body)
            return spoil(body)

        self.at.server.instead = instead
        try:
            return reader.read()
        finally:
            self.at.server.instead = None

    def lost(self, reader: WebReader) -> int:
        """Return how many messages a reader has not got."""
        return len(self.written - {one.text for one in reader.messages.values()})

    def wrong(self, reader: WebReader) -> str:
        """Return what a reader has lost or doubled, "" if nothing is."""
        lost, double = self.lost(reader), len(reader.messages) - len(self.written)
        return f"{lost} lost, {double} doubled" if lost or double else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.at.stop()


FOR_EVER = 1_000_000


def met(world: ChatWorld, kind: str, first: int, last: int) -> str:
    """Have a sync meet a fault, and another one a good server; return what is wrong."""
    reader = WebReader(world.at.api)
    told = world.read(reader, (FAULTS | LIES | BAD_OBJECTS)[kind], first, last)
    missing, asked = world.lost(reader), world.calls
    reader.now += timedelta(minutes=20)
    again = reader.read()
    if wrong := world.wrong(reader):
        return wrong
    if again:
        return f"told of a good server: {again}"
    if asked > _MOST_TRIES * (world.usual + 1):
        return f"{asked} calls in the place of {world.usual}"
    if kind in BAD_OBJECTS and first == last and world.objects > 1 and missing > _IN_A_CHAT:
        return f"{missing} missing for one bad object"
    return (
        f"{missing} missing and nothing told" if missing and not told and kind not in LIES else ""
    )


def _objects_in(body: bytes) -> int:
    try:
        return len(next(lists_in(json.loads(body)), []))
    except ValueError:
        return 0
