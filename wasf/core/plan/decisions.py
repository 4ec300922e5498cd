"""The plan of a sync: decisions about chats and records, as values.

A plan holds no messages, because there may be a million. `core.tasks` makes the Tasks of a chat
window by window, when the record's id is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.policy import SyncPolicy
from wasf.core.records import (
    Account,
    Contact,
    LeadChange,
    NewLead,
    Person,
    RecordId,
    RecordType,
    User,
)
from wasf.values import dataclass


class Target(NamedTuple):
    """The record of a chat's Tasks. `about` is a group participant's number or name, else "".

    `what_id` is the record that the Tasks are related to (R1, R3).
    """

    record_type: RecordType
    record_id: RecordId
    name: str
    about: str = ""
    what_id: RecordId | None = None

    @property
    def described(self) -> str:
        """The record for a sentence: `the Lead Ada Example`."""
        return f"the {self.record_type} {self.name}"


def target_of(person: Person) -> Target:
    """Return a Contact or Lead as a target."""
    kind = RecordType.CONTACT if isinstance(person, Contact) else RecordType.LEAD
    return Target(kind, person.id, person.name)


@dataclass(frozen=True, slots=True)
class Logs:
    """A chat that is logged on these records: one, or those of a group's participants (T7).

    `by_hand` says that a person chose the record (M10).
    """

    chat: Chat
    owner: UserId
    targets: tuple[Target, ...]
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ChangesLead:
    """A Lead that is changed before chats are logged on it: reopened, or given the chat link.

    If it `reopens` and the change fails, the chats wait.
    """

    change: LeadChange
    reopens: bool
    chats: tuple[ChatId, ...]


@dataclass(frozen=True, slots=True)
class CreatesLead:
    """A Lead that is created, and the chats that are then logged on it (L1, L4).

    `note` is for the report, "" if there is nothing to say; `similar` are the records that it is
    about (M11, M12, M13), `hint` is what to do if the chat belongs to one of them.
    """

    lead: NewLead
    chats: tuple[Chat, ...]
    owners: tuple[UserId, ...]
    note: str = ""
    similar: tuple[Target, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class BlockedLead:
    """A Lead that was not created, because a duplicate rule found records (M11).

    `rule` is the rule's API name, "" if it is not known. `named` are the Contacts and Leads that
    Salesforce named, `others` counts records of other objects. `can_be_saved` says whether the rule
    allows the Lead all the same.
    """

    plan: CreatesLead
    rule: str
    named: tuple[tuple[RecordType, RecordId], ...]
    can_be_saved: bool
    others: int = 0


@dataclass(frozen=True, slots=True)
class Waits:
    """A chat that cannot be logged yet: the reason, and what to do.

    `records` are those that the reason is about. `unknown` is the number, if it waits because
    nobody has that.
    """

    chat_id: ChatId
    reason: str
    hint: str
    records: tuple[Target, ...] = ()
    unknown: Phone | None = None


def waits_for_choice(chat_id: ChatId, people: Sequence[Person]) -> Waits:
    """Return that a chat waits because several people have its name (M9), and how to choose."""
    targets = tuple(sorted(map(target_of, people), key=attrgetter("record_type", "record_id")))
    ways = " or ".join(f"wasf link {chat_id} {one.record_id}" for one in targets[:_CHOICES])
    return Waits(
        chat_id,
        f"{len(targets)} Contacts or Leads have this name",
        f"say whose it is: {ways}; or say the number: wasf sync FILE --phone NUMBER",
        targets,
    )


_CHOICES = 3


@dataclass(frozen=True, slots=True)
class Skips:
    """A chat whose messages are not logged: the reason, and what to do."""

    chat_id: ChatId
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a sync will do, except for the messages themselves."""

    creates: tuple[CreatesLead, ...] = ()
    changes: tuple[ChangesLead, ...] = ()
    logs: tuple[Logs, ...] = ()
    waits: tuple[Waits, ...] = ()
    skips: tuple[Skips, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What decisions depend on, besides the people that were found.

    `doubtful_leads` maps numbers for which an earlier run may have created a Lead to the moment
    (UTC) from which a search shows it. `linked_numbers` are the numbers of the chats that are
    linked to a record. `accounts` are the business Accounts that have a number which no Contact and
    no Lead has, `can_relate` says whether a Task may stand on one (M12).
    """

    users: tuple[User, ...]
    connected: UserId
    can_create_leads: bool
    doubtful_leads: Mapping[Phone, datetime]
    policy: SyncPolicy
    now: datetime
    linked_numbers: Mapping[RecordId, frozenset[Phone]] = field(default_factory=dict)
    accounts: Mapping[Phone, Sequence[Account]] = field(default_factory=dict)
    can_relate: bool = False
