"""A whole server of the user's own, judged by what the rules say of each message."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from tests.end_to_end.program import Wasf
from tests.servers.evolution import EvolutionInstance, EvolutionRow, LocalEvolution
from tests.servers.salesforce import LocalOrg
from tests.servers.waha import LocalWaha, WahaChat, WahaFile, WahaRow

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
CHATS, MESSAGES = 500, 10_000
GROUPS, HIDDEN = range(0, CHATS, 20), range(1, CHATS, 5)
MOST_CALLS, MOST_ORG_CALLS = 6, 2


class Talk(Protocol):
    """One chat at a server, as the gate fills it."""

    def say(self, text: str, at: datetime, *, from_me: bool, with_file: bool) -> None:
        """Add a message."""
        ...

    def change_last(self, *, is_deleted: bool) -> None:
        """Have the last message deleted, or edited."""
        ...


class Server(Protocol):
    """A server of the gate."""

    name: str
    requests: list[str]
    before: Callable[[str], None]

    def connect(self, wasf: Wasf) -> None:
        """Connect wasf by the environment."""
        ...

    def talk(self, number: int, *, is_group: bool, is_hidden: bool) -> Talk:
        """Add a chat with that person, or a group in which that person writes."""
        ...


def phone_of(customer: int) -> str:
    return f"+4477009{customer:05}"


@dataclass
class World:
    """What was put into a server, and whose record each message has to be on."""

    talks: list[Talk] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)

    def say(self, chat: int, at: datetime, number: int) -> None:
        """One message with a text of its own."""
        text = f"message {chat} {number}"
        self.talks[chat].say(text, at, from_me=number % 3 == 0, with_file=number % 40 == 0)
        self.expected[text] = phone_of(chat)


def a_world(server: Server, org: LocalOrg) -> World:
    rng = random.Random(20_261_128)
    world = World()
    for number in range(CHATS):
        is_group, is_hidden = number in GROUPS, number in HIDDEN
        world.talks.append(server.talk(number, is_group=is_group, is_hidden=is_hidden))
    for number in range(MESSAGES):
        ago = timedelta(minutes=rng.randrange(1, 60 * 24 * 60))
        world.say(number % CHATS, NOW - ago, number)
    for customer in range(CHATS):
        if customer % 2 == 0 or customer in GROUPS:
            org.add_contact(LastName=f"Contact {customer}", Phone=phone_of(customer))
    return world


def check(wasf: Wasf, world: World, more: int = 0) -> None:
    """Every message stands once, on a record with its number; `more` are what became of some."""
    records = {row["Id"]: row["Phone"] for kind in ("Contact", "Lead") for row in wasf.rows(kind)}
    tasks = wasf.rows("Task")
    texts = [task["Description"].partition("\n")[2].partition("\n")[0] for task in tasks]
    found = dict(zip(texts, tasks, strict=True))
    missing = sorted(world.expected.keys() - found.keys())
    assert missing[:5] == []
    logged, said = len(tasks), len(world.expected) + more
    assert logged == said
    wrong = [t for t, phone in world.expected.items() if records[found[t]["WhoId"]] != phone]
    assert wrong[:5] == []


class WahaServer(LocalWaha):
    """See `Server`: one session of GOWS."""

    name = "waha"

    def connect(self, wasf: Wasf) -> None:
        self.shop = self.add_session("shop", "447700800100")
        wasf.set(waha_url=self.base_url, waha_token=self.key, waha_per_second="100")

    def talk(self, number: int, *, is_group: bool, is_hidden: bool) -> Talk:
        digits, lid = phone_of(number)[1:], f"8800{number:09}@lid"
        if is_hidden:
            self.shop.lids[lid] = digits
        person = lid if is_hidden else f"{digits}@c.us"
        jid = f"1203{number:012}@g.us" if is_group else person
        chat = self.shop.add_chat(jid, f"Group {number}" if is_group else f"Person {number}")
        return WahaTalk(chat, person if is_group else "")


@dataclass
class WahaTalk:
    """See `Talk`."""

    chat: WahaChat
    member: str
    last: WahaRow | None = None

    def say(self, text: str, at: datetime, *, from_me: bool, with_file: bool) -> None:
        ours = f"{self.chat.session.number}@c.us"
        sender = (ours if from_me else self.member) if self.member else ""
        file = WahaFile(b"x", "image/jpeg") if with_file else None
        self.last = self.chat.say(text, at, from_me=from_me, sender=sender, attached=file)

    def change_last(self, *, is_deleted: bool) -> None:
        assert self.last is not None
        edit = {"type": "chat", "latestEditSenderTimestampMs": 1790003700000}
        self.last.body = "" if is_deleted else "another text"
        self.last.data = {"type": "revoked"} if is_deleted else edit


class EvolutionServer(LocalEvolution):
    """See `Server`: one instance."""

    name = "evolution"

    def connect(self, wasf: Wasf) -> None:
        self.shop = self.add_instance("shop", "447700800100")
        wasf.set(evolution_url=self.base_url, evolution_token=self.key)
        wasf.set(evolution_per_second="100")

    def talk(self, number: int, *, is_group: bool, is_hidden: bool) -> Talk:
        person = f"{phone_of(number)[1:]}@s.whatsapp.net"
        hidden = f"8800{number:09}@lid"
        if is_group:
            jid = f"1203{number:012}@g.us"
            self.shop.subjects[jid] = f"Group {number}"
            key = {"participant": hidden, "participantAlt": person}
            return EvolutionTalk(self.shop, jid, key, f"Person {number}")
        key = {"remoteJidAlt": person} if is_hidden else {}
        return EvolutionTalk(self.shop, hidden if is_hidden else person, key, f"Person {number}")


@dataclass
class EvolutionTalk:
    """See `Talk`."""

    instance: EvolutionInstance
    jid: str
    key: dict[str, str]
    name: str
    last: EvolutionRow | None = None

    def say(self, text: str, at: datetime, *, from_me: bool, with_file: bool) -> None:
        file = {"imageMessage": {"mimetype": "image/jpeg", "caption": text}}
        key = {} if from_me and self.jid.endswith("@g.us") else self.key
        self.last = self.instance.say(
            self.jid, file if with_file else text, at,
            from_me=from_me, key=key, push_name=self.name,
        )  # fmt: skip

    def change_last(self, *, is_deleted: bool) -> None:
        assert self.last is not None
        self.last.states = ["DELETED"] if is_deleted else ["EDITED"]
        if not is_deleted:
            self.last.message = {"conversation": "another text"}


SERVERS: dict[str, Callable[[], WahaServer | EvolutionServer]] = {
    "waha": WahaServer,
    "evolution": EvolutionServer,
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with SERVERS[request.param]() as running:
        yield running


@pytest.mark.gate
def test_a_server_of_500_chats_and_10_000_messages(
    wasf: Wasf, org: LocalOrg, server: Server
) -> None:
    server.connect(wasf)
    wasf.set(groups="participants")
    world = a_world(server, org)
    arriving = iter(range(MESSAGES, MESSAGES + 20))

    def arrive(_: str) -> None:
        if len(server.requests) % 40 == 0 and (number := next(arriving, None)) is not None:
            world.say(number * 7 % CHATS, NOW + timedelta(seconds=number - MESSAGES), number)

    server.before = arrive
    wasf.sync(server.name)
    server.before = lambda _: None
    wasf.sync(server.name)
    check(wasf, world)
    first = len(server.requests)

    org.forget_requests()
    again = wasf.sync(server.name)
    second = len(server.requests) - first
    assert again.messages["logged"] == 0
    assert second <= MOST_CALLS
    assert again.json["api_calls"] <= MOST_ORG_CALLS

    changed = [chat for chat in range(3, CHATS, 25) if chat not in GROUPS]
    for number, chat in enumerate(changed, MESSAGES + 20):
        world.say(chat, NOW + timedelta(minutes=1), number)
    wasf.sync(server.name)
    for number, chat in enumerate(changed, MESSAGES + 20 + len(changed)):
        world.talks[chat].change_last(is_deleted=number % 2 == 0)
        world.say(chat, NOW + timedelta(minutes=2), number)
    wasf.sync(server.name)
    check(wasf, world, more=len(changed))
    print(
        f"{server.name}: {CHATS} chats, {len(world.expected):,} messages, all on the right record; "
        f"calls {first}, again {second} and {again.json['api_calls']} of the org; "
        f"{len(changed)} edited or deleted"
    )
