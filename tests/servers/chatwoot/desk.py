"""What an account of Chatwoot holds: inboxes, agents, conversations and their messages.

As there, a message has an id of the whole installation, and each stored or changed one moves its
conversation's `updated_at`; a new one sets `last_activity_at` to its own time, also backwards.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True)
class DeskAgent:
    """An agent; `is_admin` may see and change everything."""

    id: int
    name: str
    email: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class DeskInbox:
    """An inbox and the agents who are members."""

    id: int
    name: str
    phone: str
    channel: str = "Channel::Whatsapp"
    medium: str = ""
    members: tuple[DeskAgent, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskFile:
    """A file of a message."""

    name: str
    content: bytes
    kind: str = "file"


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """A row of the table of messages; `type` is 0 in, 1 out, 2 activity, 3 automatic."""

    id: int
    conversation: int
    text: str | None
    at: datetime
    type: int = 0
    status: str = "sent"
    private: bool = False
    content_type: str = "text"
    source_id: str | None = None
    sender: DeskAgent | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    files: tuple[DeskFile, ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass
class DeskConversation:
    """A conversation with a contact; the contact's id in the inbox is `source_id`."""

    id: int
    inbox: DeskInbox
    name: str
    phone: str | None
    source_id: str
    identifier: str | None = None
    assignee: DeskAgent | None = None
    status: str = "open"
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    last_activity_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    updated_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


class HelpDesk:
    """The account. Everything may be changed while it is read; `lock` keeps one answer whole."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.account_id = 3
        self.generation = 0  # how often it was installed
        self.name = "Example Desk"
        self.lock = threading.RLock()
        self.agents: list[DeskAgent] = [DeskAgent(1, "Root", "root@example.com", is_admin=True)]
        self.inboxes: dict[int, DeskInbox] = {}
        self.conversations: dict[int, DeskConversation] = {}
        self.messages: dict[int, DeskMessage] = {}
        self._ids_of: defaultdict[int, dict[int, None]] = defaultdict(dict)
        self._message_ids = count(1001, 3)  # other accounts have the ids between
        self._ids = count(7)

    def add_agent(self, name: str, email: str) -> DeskAgent:
        """A person who answers."""
        agent = DeskAgent(next(self._ids), name, email)
        self.agents.append(agent)
        return agent

    def add_inbox(
        self, name: str, phone: str, *members: DeskAgent, channel: str = "", medium: str = ""
    ) -> DeskInbox:
        """An inbox, WhatsApp's unless said otherwise."""
        made = DeskInbox(
            next(self._ids), name, phone, channel or "Channel::Whatsapp", medium, members
        )
        self.inboxes[made.id] = made
        return made

    def add_conversation(
        self, inbox: DeskInbox, name: str, phone: str | None, **facts: Any
    ) -> DeskConversation:
        """A conversation that begins now."""
        now = self.clock()
        number = max(self.conversations, default=0) + 1
        source_id = facts.pop("source_id", (phone or "").removeprefix("+"))
        times = {"created_at": now, "last_activity_at": now, "updated_at": now}
        made = DeskConversation(number, inbox, name, phone, source_id, **(times | facts))
        with self.lock:
            self.conversations[number] = made
        return made

    def add_message(
        self, chat: DeskConversation, text: str | None, at: datetime | None = None, **facts: Any
    ) -> DeskMessage:
        """A message that the program stored."""
        with self.lock:
            made = self.insert_row(chat, text, at, **facts)
            chat.last_activity_at = made.at
            chat.updated_at = self.clock()
        return made

    def insert_row(
        self, chat: DeskConversation, text: str | None, at: datetime | None = None, **facts: Any
    ) -> DeskMessage:
        """A message that somebody put into the table, past the program: nothing else changes."""
        number = facts.pop("id", None) or next(self._message_ids)
        with self.lock:
            made = DeskMessage(number, chat.id, text, at or self.clock(), **facts)
            self.messages[made.id] = made
            self._ids_of[chat.id][made.id] = None
        return made

    def change(self, message: DeskMessage, **facts: Any) -> DeskMessage:
        """A message that was changed: its status, its text."""
        with self.lock:
            made = replace(message, **facts)
            self.messages[made.id] = made
            self.conversations[made.conversation].updated_at = self.clock()
        return made

    def delete(self, message: DeskMessage) -> DeskMessage:
        """A message that an agent deleted: the id stays, a sentence stands in its place."""
        gone = {"deleted": True}
        return self.change(message, text="Diese Nachricht wurde gelöscht", facts=gone, files=())

    def remove(self, chat: DeskConversation) -> None:
        """A conversation that an administrator deleted, with its messages."""
        with self.lock:
            del self.conversations[chat.id]
            for number in self._ids_of.pop(chat.id, {}):
                del self.messages[number]

    def messages_of(self, chat: DeskConversation) -> list[DeskMessage]:
        """The messages of a conversation by their times."""
        found = (self.messages[number] for number in self._ids_of[chat.id])
        return sorted(found, key=lambda one: (one.at, one.id))
