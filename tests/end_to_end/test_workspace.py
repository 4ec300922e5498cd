"""A whole workspace, judged by what the rules say of each message and not by wasf's own code."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.program import Wasf
from tests.servers.salesforce import LocalOrg
from tests.servers.timelines import ChangingWorkspace, LocalChatApi, MessageType, WorkspaceChat

NOW = datetime.now(UTC).replace(microsecond=0)
CHATS, MESSAGES = 500, 10_000
TEAM, USERS = 12, 9
CUSTOMERS = 470  # some write to two of our numbers


@dataclass(frozen=True)
class Expected:
    """Where a message has to stand: whose record (a number) and whose Task (an e-mail or "")."""

    phone: str
    owner: str


class Team:
    """Three numbers and twelve teammates, nine of whom are users of the org."""

    def __init__(self, workspace: ChangingWorkspace, org: LocalOrg) -> None:
        self.mails = [f"mate{number}@example.com" for number in range(TEAM)]
        for mail in self.mails:
            workspace.add_teammate(mail, mail)
        self.users = {mail: org.add_user(LastName=mail, Email=mail) for mail in self.mails[:USERS]}
        self.connected = org.user_id
        self.accounts = [
            workspace.add_number("+447700900001", self.mails[0]),
            workspace.add_number("+447700900002", self.mails[11]),
            workspace.add_number("+447700900003", self.mails[2], official=True),
        ]

    def owner(self, responsible: str, account_owner: str) -> str:
        """Rules O1 to O3, said again: the responsible's user; nobody responsible: the account
        owner's; no such user: whoever connected."""
        return self.users.get(responsible or account_owner, self.connected)


def phone_of(customer: int) -> str:
    return f"+4477009{customer:05}"


@dataclass
class World:
    """What was put into the workspace, and where each message has to end."""

    workspace: ChangingWorkspace
    team: Team
    chats: list[WorkspaceChat]
    expected: dict[str, Expected]

    def say(self, chat: WorkspaceChat, at: datetime, number: int) -> None:
        """One message with a text of its own."""
        text = f"message {chat.id} {number}"
        self.workspace.add_message(chat, text, at, from_me=number % 3 == 0)
        owner = self.team.owner(chat.responsible_email, chat.number.owner_email)
        self.expected[text] = Expected(chat.phone, owner)


def a_world(workspace: ChangingWorkspace, org: LocalOrg) -> World:
    rng = random.Random(20_260_301)
    team = Team(workspace, org)
    world = World(workspace, team, [], {})
    for number in range(CHATS):
        responsible = rng.choice([*team.mails, "", "", ""])
        account = team.accounts[number % 3]
        phone = phone_of(number % CUSTOMERS)
        world.chats.append(workspace.add_chat(account, f"Person {number}", phone, responsible))
    for number in range(MESSAGES):
        chat = world.chats[number % CHATS]
        world.say(chat, NOW - timedelta(minutes=rng.randrange(1, 60 * 24 * 60)), number)
    for chat in world.chats[::25]:
        workspace.add_message(chat, "the team's own note", NOW, type=MessageType.NOTE)
    for customer in range(0, CUSTOMERS, 2):
        org.add_contact(LastName=f"Contact {customer}", Phone=phone_of(customer))
    for customer in range(1, CUSTOMERS, 10):
        org.add_lead(LastName=f"Lead {customer}", Company="x", Phone=phone_of(customer))
    return world


@pytest.fixture
def api() -> Iterator[LocalChatApi]:
    with LocalChatApi.start(per_second=1_000) as running:
        yield running


def check(wasf: Wasf, world: World) -> None:
    """Every message stands once, on a record with its number, with its owner."""
    records = {row["Id"]: row for kind in ("Contact", "Lead") for row in wasf.rows(kind)}
    tasks = wasf.rows("Task")
    found = {task["Description"].partition("\n")[2]: task for task in tasks}
    assert len(found) == len(tasks)
    assert found.keys() == world.expected.keys()
    for text, expected in world.expected.items():
        task = found[text]
        assert records[task["WhoId"]]["Phone"] == expected.phone
        assert task["OwnerId"] == expected.owner


@pytest.mark.gate
def test_a_workspace_of_500_chats_and_10_000_messages(
    wasf: Wasf, org: LocalOrg, api: LocalChatApi
) -> None:
    wasf.set(timelines_url=api.base_url, timelines_token=api.token, timelines_per_second="30")
    world = a_world(api.workspace, org)
    assert wasf.sync("timelines").messages["logged"] == MESSAGES
    check(wasf, world)
    first = len(api.requests)

    again = wasf.sync("timelines")
    second = len(api.requests) - first
    assert (again.messages["logged"], again.json["api_calls"]) == (0, 0)
    assert second <= 4

    for number in range(10):
        world.say(
            world.chats[number % 7 * 3], NOW + timedelta(minutes=number + 1), MESSAGES + number
        )
    wasf.sync("timelines")
    third = len(api.requests) - first - second
    check(wasf, world)
    assert third <= 4 + 7
    print(
        f"workspace: {CHATS} chats, {MESSAGES:,} messages, all on the right record with the right "
        f"owner; calls {first}, again {second}, 10 new in 7 chats {third}"
    )
