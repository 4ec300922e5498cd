"""What a plan is made of: decisions about chats and records, as values.

A plan holds no messages, because there may be a million of them: `core.tasks` makes a chat's Tasks
one window after the other, once the record's id is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.policy import SyncPolicy
from wasf.core.records import LeadChange, NewLead, RecordId, RecordType, User


class Target(NamedTuple):
    """A record that a chat's messages go to; `about` is a group participant's number, else ""."""

    record_type: RecordType
    record_id: RecordId
    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Logs:
    """This chat is logged on these records: one, or a group's participants (T7).

    `by_hand` says that a person chose the record, so that this is remembered too (M10).
    """

    chat: Chat
    owner: UserId
    targets: tuple[Target, ...]
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ChangesLead:
    """This Lead is changed before the chats are logged on it: reopened, or given the link.

    Where it `reopens`, the chats wait if the change fails.
    """

    change: LeadChange
    reopens: bool
    chats: tuple[ChatId, ...]


@dataclass(frozen=True, slots=True)
class CreatesLead:
    """This Lead is created, and these chats are logged on it (L1, L4)."""

    lead: NewLead
    chats: tuple[Chat, ...]
    owners: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class Waits:
    """This chat cannot be logged yet: why, and what settles it."""

    chat_id: ChatId
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Skips:
    """This chat's messages are not going to be logged."""

    chat_id: ChatId
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is going to happen, apart from the messages themselves."""

    creates: tuple[CreatesLead, ...] = ()
    changes: tuple[ChangesLead, ...] = ()
    logs: tuple[Logs, ...] = ()
    waits: tuple[Waits, ...] = ()
    skips: tuple[Skips, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decisions depend on besides the people found.

    `doubtful_leads` are numbers for which an earlier run may have created a Lead, and until when
    nobody can know (UTC).
    """

    users: tuple[User, ...]
    connected: UserId
    can_create_leads: bool
    doubtful_leads: Mapping[Phone, datetime]
    rules: SyncPolicy
    now: datetime
