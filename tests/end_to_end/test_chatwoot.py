"""Chatwoot through the whole program: connected, read, listened to; a whole account as a gate.

The account is judged by what the rules say of each message and not by wasf's own code.
"""

import io
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from tests.end_to_end.listener_process import SECRET, listening
from tests.end_to_end.program import ADA, ADA_PHONE, PRIVATE, SAM, Chats, Result, Wasf, eventually
from tests.exports_builder import Said
from tests.ports import free_port
from tests.servers.chatwoot import (
    DeskConversation,
    DeskFile,
    DeskInbox,
    HelpDesk,
    LocalChatwoot,
)
from tests.servers.chatwoot.desk import DeskAgent
from tests.servers.salesforce import LocalOrg

NOW = datetime.now(UTC).replace(microsecond=0)
OURS = "+15550100100"


@pytest.fixture
def chatwoot() -> Iterator[LocalChatwoot]:
    with LocalChatwoot.start() as running:
        yield running


@pytest.fixture
def desk(chatwoot: LocalChatwoot) -> HelpDesk:
    return chatwoot.desk


@pytest.fixture
def wasf(wasf: Wasf, chatwoot: LocalChatwoot) -> Wasf:
    """Connected by the environment, in a hurry."""
    wasf.set(
        chatwoot_url=chatwoot.url, chatwoot_token=chatwoot.token, chatwoot_account="3",
        chatwoot_per_second="30",
    )  # fmt: skip
    return wasf


def ada(desk: HelpDesk, *texts: str) -> DeskConversation:
    chat = desk.add_conversation(desk.add_inbox("WA", OURS), ADA, ADA_PHONE)
    for minute, text in enumerate(texts):
        desk.add_message(chat, text, NOW - timedelta(hours=1) + timedelta(minutes=minute))
    return chat


def connect(wasf: Wasf, token: str, *options: str) -> Result:
    """`wasf connect chatwoot` with the token on standard input."""
    before, sys.stdin = sys.stdin, io.StringIO(f"{token}\n")
    try:
        return wasf.run("connect", "chatwoot", "--token-store", "file", *options)
    finally:
        sys.stdin = before


# --- The main ways -------------------------------------------------------------------------------


def test_connected_once_a_bare_sync_reads_the_account(
    wasf: Wasf, desk: HelpDesk, chatwoot: LocalChatwoot
) -> None:
    for name in ("url", "token", "account"):
        del wasf.environment[f"WASF_CHATWOOT_{name.upper()}"]
    chat = ada(desk, PRIVATE)
    assert connect(wasf, chatwoot.token).code == 2
    shown = connect(wasf, chatwoot.token, "--url", f"{chatwoot.url}/app/", "--account", "3")
    assert shown.code == 0
    assert "Example Desk" in shown.out
    assert OURS in shown.out
    assert chatwoot.token not in shown.out + shown.err
    assert wasf.sync().messages["logged"] == 1
    [lead] = wasf.rows("Lead")
    address = f"{chatwoot.url}/app/accounts/3/conversations/{chat.id}"
    assert address in lead["Description"]
    assert wasf.sync().messages["logged"] == 0
    assert connect(wasf, "wrong").code == 4


def test_a_file_is_uploaded(wasf: Wasf, desk: HelpDesk, org: LocalOrg) -> None:
    wasf.set(attachments="files")
    files = (DeskFile("Offer 17.pdf", b"%PDF-1.7"),)
    desk.add_message(ada(desk), "see", NOW, files=files)
    assert wasf.sync("chatwoot").json["files_uploaded"] == 1
    [version] = wasf.rows("ContentVersion")
    assert version["PathOnClient"] == "Offer 17.pdf"


def test_i3_a_message_is_logged_once_by_webhook_api_and_export(
    wasf: Wasf, desk: HelpDesk, chatwoot: LocalChatwoot, chats: Chats
) -> None:
    del wasf.environment["WASF_CHATWOOT_ACCOUNT"]
    wasf.set(listen_secret=SECRET, timezone="UTC", listen_poll="1h")
    chat = ada(desk, "by the API")
    port = free_port()
    arguments = ("--register", f"http://127.0.0.1:{port}", "--provider", "chatwoot")
    with listening(wasf, *arguments, port=port) as listener:
        eventually(lambda: wasf.org.count("Task") == 1)
        hooked = desk.add_message(chat, "by a webhook", NOW - timedelta(minutes=5))
        assert chatwoot.deliver(hooked, times=2)
        eventually(lambda: wasf.org.count("Task") == 2)
        assert chatwoot.deliver(desk.change(hooked, status="read"), "message_updated")
        assert listener.stop().code == 143
    assert wasf.sync("chatwoot", "--since", "2d").messages["logged"] == 0
    number = "+44 7700 900123"
    shown = [*desk.messages.values(), desk.insert_row(chat, "by the phone only", NOW)]
    said = [Said(one.at.replace(tzinfo=None), number, str(one.text)) for one in shown]
    export = chats.of(number, said)
    assert wasf.sync(export, "--me", SAM, "--timezone", "UTC").messages["logged"] == 1
    assert wasf.org.count("Task") == 3


# --- A whole account -----------------------------------------------------------------------------

CHATS = int(os.environ.get("CHATWOOT_CHATS", "500"))
MESSAGES = int(os.environ.get("CHATWOOT_MESSAGES", "10000"))
CUSTOMERS = CHATS * 94 // 100  # some write to two of our numbers, some have two conversations
SEED = 14
LATE = 40  # messages that come while it is read
TEAM, USERS = 12, 9


class Expected(NamedTuple):
    """Where a message has to stand: whose record (a number), whose Task (a user), what it says."""

    phone: str
    owner: str
    text: str


@dataclass
class Company:
    """Who answers, and whose the inboxes are; nine of twelve agents are users of the org."""

    desk: HelpDesk
    org: LocalOrg
    agents: list[DeskAgent] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    inboxes: list[DeskInbox] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agents = [
            self.desk.add_agent(f"Mate {n}", f"mate{n}@example.com") for n in range(TEAM)
        ]
        for one in self.agents[:USERS]:
            self.users[one.email] = self.org.add_user(LastName=one.name, Email=one.email)
        add, agents = self.desk.add_inbox, self.agents
        self.inboxes = [
            add("sales", "+447700900001", agents[0]),
            add("service", "+447700900002", agents[1], agents[2]),
            add("bridge", "", agents[11], channel="Channel::Api"),
        ]

    def owner(self, chat: DeskConversation) -> str:
        """O1 to O3, said again: the assignee's user; nobody assigned: the user of the inbox's only
        member; no such user: whoever connected."""
        members = chat.inbox.members
        sole = members[0].email if len(members) == 1 else ""
        email = chat.assignee.email if chat.assignee else sole
        return self.users.get(email, self.org.user_id)


def phone_of(customer: int) -> str:
    return f"+4477009{customer:05}"


@dataclass
class World:
    """What was put into the account, and where each message has to end."""

    company: Company
    chats: list[DeskConversation] = field(default_factory=list)
    expected: Counter[Expected] = field(default_factory=Counter)
    said: int = 0

    @property
    def desk(self) -> HelpDesk:
        return self.company.desk

    def say(self, chat: DeskConversation, at: datetime) -> None:
        """One message of some kind, with a text of its own."""
        number, self.said = self.said, self.said + 1
        text, facts, lines = f"message {number}", {}, [f"message {number}"]
        if number % 3 == 0:
            facts = {"type": 1, "sender": self.company.agents[number % TEAM]}
        if number % 50 == 7:
            facts["files"] = (DeskFile(f"offer {number}.pdf", b"%PDF"),)
            lines.append(f"Attachment: offer {number}.pdf")
        elif number % 50 == 9:
            facts["facts"] = {"deleted": True}
            lines = ["This message was deleted."]
        elif number % 51 == 0:
            facts |= {"status": "failed", "facts": {"external_error": "131026"}}
            lines.append("[not delivered: 131026]")
        elif number % 50 == 11:
            facts["facts"] = {"is_edited": True, "previous_content": f"before {number}"}
            self._expect(chat, f"[edit of an earlier message] {text}")
            lines = [f"before {number}"]
        self.desk.add_message(chat, text, at, **facts)
        self._expect(chat, *lines)

    def _expect(self, chat: DeskConversation, *lines: str) -> None:
        if chat.phone and not (chat.identifier or "").endswith("@g.us"):
            owner = self.company.owner(chat)
            self.expected[Expected(chat.phone, owner, "|".join(lines))] += 1


def a_world(desk: HelpDesk, org: LocalOrg) -> World:
    rng = random.Random(SEED)
    world = World(Company(desk, org))
    company = world.company
    for number in range(CHATS):
        inbox = company.inboxes[number % 3]
        facts: dict[str, Any] = {"status": rng.choice(["open", "resolved", "snoozed"])}
        facts["assignee"] = rng.choice([*company.agents, None, None, None])
        phone: str | None = phone_of(number % CUSTOMERS)
        if inbox is company.inboxes[2]:
            facts["source_id"] = f"uuid-{number}"
            if number % 12 == 2:
                phone, facts["identifier"] = None, f"12030000{number:05}@g.us"
        # all conversations of a customer with an inbox have one owner, whoever answered last
        same = [c for c in world.chats if phone and (c.inbox, c.phone) == (inbox, phone)]
        facts["assignee"] = same[0].assignee if same else facts["assignee"]
        world.chats.append(desk.add_conversation(inbox, f"Person {number}", phone, **facts))
    for number in range(MESSAGES):
        world.say(world.chats[number % CHATS], NOW - timedelta(minutes=rng.randrange(1, 86_400)))
    for chat in world.chats[::20]:
        desk.add_message(chat, "the team's own note", NOW, private=True, type=1)
        desk.add_message(chat, "Mate 1 resolved the conversation", NOW, type=2)
    others = desk.add_inbox("mail", "", channel="Channel::Email")
    for number in range(30):
        desk.add_message(desk.add_conversation(others, f"Mail {number}", None), "an e-mail", NOW)
    for customer in range(0, CUSTOMERS, 2):
        org.add_contact(LastName=f"Contact {customer}", Phone=phone_of(customer))
    return world


def check(wasf: Wasf, world: World) -> None:
    """Every message stands once, on a record with its number, with its owner."""
    records = {row["Id"]: row["Phone"] for kind in ("Contact", "Lead") for row in wasf.rows(kind)}
    found: Counter[Expected] = Counter()
    for task in wasf.rows("Task"):
        lines = [line.strip() for line in task["Description"].splitlines()[1:]]
        text = "|".join(filter(None, lines))
        found[Expected(records[task["WhoId"]], task["OwnerId"], text)] += 1
    assert found - world.expected == Counter()  # nothing twice, nothing elsewhere
    assert world.expected - found == Counter()  # nothing lost


@pytest.mark.gate
def test_an_account_of_many_chats_and_messages(
    wasf: Wasf, org: LocalOrg, chatwoot: LocalChatwoot
) -> None:
    """CHATWOOT_CHATS and CHATWOOT_MESSAGES raise the numbers."""
    world = a_world(chatwoot.desk, org)
    wasf.set(chatwoot_inboxes=str(world.company.inboxes[2].id))
    persons = [chat for chat in world.chats if chat.phone]
    rng = random.Random(SEED)

    def during(_: str) -> None:
        if len(chatwoot.asked) % 10 == 0 and world.said < MESSAGES + LATE:
            world.say(rng.choice(persons), NOW)

    chatwoot.before = during
    begins = time.perf_counter()
    assert wasf.sync("chatwoot").messages["waiting"] == 0
    chatwoot.before = lambda _: None
    first = len(chatwoot.asked)
    during_walk = world.said - MESSAGES
    assert during_walk
    wasf.sync("chatwoot")
    check(wasf, world)
    caught_up = len(chatwoot.asked) - first

    again = wasf.sync("chatwoot")
    second = len(chatwoot.asked) - first - caught_up
    assert (again.messages["logged"], again.json["api_calls"]) == (0, 0)
    assert second <= 6

    for chat in persons[:21:3]:
        world.say(chat, datetime.now(UTC))
    wasf.sync("chatwoot")
    third = len(chatwoot.asked) - first - caught_up - second
    check(wasf, world)
    assert third <= 6 + 7
    print(
        f"Chatwoot: {CHATS} conversations, {world.said:,} messages, {during_walk} of them during"
        f" the walk, all once on the right record; calls {first}, then {caught_up}, again"
        f" {second}, 7 new {third}; {time.perf_counter() - begins:.0f} s"
    )
