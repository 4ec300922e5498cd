"""Values of Salesforce's objects: Contact, Lead, User, Task, statuses; and links to them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from wasf.core.auth import UserId
from wasf.core.chats import Attachment, Chat, Phone
from wasf.core.fields import FieldValues
from wasf.values import dataclass

RecordId = NewType("RecordId", str)
"""A Salesforce id of 18 characters."""

MessageKey = NewType("MessageKey", bytes)
"""Identifies a message for ever: 16 bytes, a function of the chat and the message only."""

TaskKey = NewType("TaskKey", str)
"""The key on the Task itself: 26 characters of lower-case base 32, so case never matters."""

TASK_KB: Final = 2
"""How much data storage Salesforce counts for a Task, whatever its text."""

TASK_KEY_LENGTH: Final = 26
TASK_KEY_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz234567")


class RecordType(StrEnum):
    """The objects that a chat can belong to, and those that its Tasks can be related to (R3).

    A chat belongs to an Account alone also by the setting (M12).
    """

    CONTACT = "Contact"
    LEAD = "Lead"
    ACCOUNT = "Account"
    OPPORTUNITY = "Opportunity"
    CASE = "Case"

    @property
    def is_person(self) -> bool:
        """Whether a Task has its record as the WhoId; it has the others as the WhatId."""
        return self in (RecordType.CONTACT, RecordType.LEAD)


ACCOUNT_PREFIX: Final = "001"
"""How the id of an Account begins."""

_CLOSED: Final = "closed"
_PREFIXES: Final = {
    "003": RecordType.CONTACT,
    "00Q": RecordType.LEAD,
    ACCOUNT_PREFIX: RecordType.ACCOUNT,
    "006": RecordType.OPPORTUNITY,
    "500": RecordType.CASE,
}


def record_type_of(record_id: RecordId) -> RecordType:
    """Return what a record is by how its id begins. Raise `KeyError` for another object's."""
    return _PREFIXES[record_id[:3]]


def record_address(instance_url: str, record_id: RecordId, record_type: RecordType) -> str:
    """Return the address that shows a record in the browser."""
    return f"{instance_url}/lightning/r/{record_type}/{record_id}/view"


@dataclass(frozen=True, slots=True)
class Contact:
    """A Contact. `phones` are the fields that may identify a person, as somebody typed them.

    `account_id` is read only where Tasks are related to something (R1).
    """

    id: RecordId
    name: str
    phones: tuple[str, ...]
    owner_id: UserId
    modified_at: datetime
    account_id: RecordId | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A Lead. `link` is the content of the field that `lead.link_field` names, or ""."""

    id: RecordId
    name: str
    phones: tuple[str, ...]
    owner_id: UserId
    modified_at: datetime
    status: str
    is_converted: bool = False
    converted_contact_id: RecordId | None = None
    description: str = ""
    link: str = ""


Person = Contact | Lead


@dataclass(frozen=True, slots=True)
class Account:
    """An Account: a business, or a person whom one Contact stands for (`person_contact_id`).

    `contacts` are ids and names of its Contacts, the latest changed first. `phones` is its own
    number, read only where Accounts are searched by number.
    """

    id: RecordId
    name: str
    owner_id: UserId
    modified_at: datetime
    phones: tuple[str, ...] = ()
    person_contact_id: RecordId | None = None
    contacts: tuple[tuple[RecordId, str], ...] = ()


class OpenRecord(NamedTuple):
    """An Opportunity or a Case that is not closed."""

    id: RecordId
    owner_id: UserId
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Relations:
    """What a Contact is related to: its Account, and open records.

    `by_role` are Opportunities in which the Contact has a role, `by_account` those of its Account.
    """

    account: RecordId | None = None
    by_role: tuple[OpenRecord, ...] = ()
    by_account: tuple[OpenRecord, ...] = ()
    cases: tuple[OpenRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """Whom to look for in the org: by number, by full name, or by a record id."""

    phones: frozenset[Phone] = frozenset()
    names: frozenset[str] = frozenset()
    contact_ids: frozenset[RecordId] = frozenset()
    lead_ids: frozenset[RecordId] = frozenset()

    @classmethod
    def of_records(cls, ids: Iterable[RecordId]) -> "PeopleQuery":
        """Return the search for these Contacts and Leads."""
        wanted = frozenset(ids)
        leads = frozenset(one for one in wanted if record_type_of(one) is RecordType.LEAD)
        return cls(contact_ids=wanted - leads, lead_ids=leads)


class SearchGap(StrEnum):
    """Why a search by number may have missed somebody."""

    TOO_SLOW = "the search in {} took Salesforce too long"
    ENCRYPTED = "no phone field of {} can be searched"


@dataclass(frozen=True, slots=True)
class SearchGaps:
    """What a search for people could not cover (M8).

    `phones` are numbers that nobody was found for although their search did not end: why, and in
    which object. `unnamed` are the objects whose names cannot be searched, `fields` the phone
    fields (`Contact.OtherPhone`) that were left out.
    """

    phones: Mapping[Phone, tuple[SearchGap, RecordType]] = field(default_factory=dict)
    unnamed: tuple[RecordType, ...] = ()
    fields: tuple[str, ...] = ()


NO_GAPS: Final = SearchGaps()


class Link(NamedTuple):
    """The record that a chat was matched to; `by_hand` if a person chose it (M10)."""

    record_type: RecordType
    record_id: RecordId
    by_hand: bool = False


class Place(NamedTuple):
    """Where the Tasks of a chat are: on a person, related to a record, or both (R3).

    `what_id` is None where nobody chose it by hand.
    """

    who_id: RecordId | None
    what_id: RecordId | None = None

    @property
    def record(self) -> RecordId:
        """The person, else what the Tasks are related to."""
        return self.who_id or self.what_id or RecordId("")


class NamedRecord(NamedTuple):
    """A record that a Task can be related to, with the name that people see."""

    id: RecordId
    name: str


class Approval(StrEnum):
    """What a person said of logging a chat (X2).

    `PENDING`: the chat was new while the setting `chats` was `ask`, and nobody has said anything.
    """

    NOT_NEEDED = ""
    PENDING = "pending"
    ALLOWED = "allowed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A chat in the ledger: the record it is linked to, and what of it waits and why.

    `link` is remembered from the last match. `unlinked` says that a person broke the link, so that
    wasf must not match the chat by itself (M10). `related` is the record that a person chose for
    Tasks to be related to (R3). `queued` counts messages in the queue, those with an open intent
    included. `reason` and `hint` say why they wait and what to do; "" where nothing waits.
    `approval` is what counts for the chat, rules for its number and its account included.
    """

    chat: Chat
    link: Link | None = None
    unlinked: bool = False
    related: Link | None = None
    approval: Approval = Approval.NOT_NEEDED
    queued: int = 0
    logged: int = 0
    reason: str = ""
    hint: str = ""

    @property
    def is_only_named(self) -> bool:
        """Whether it is a group that is skipped: of it only the title is kept, to link it by."""
        is_used = self.logged or self.queued or self.approval or self.related
        return self.chat.is_group and not (is_used or self.chat.participants)


@dataclass(frozen=True, slots=True)
class User:
    """A Salesforce user. Only active ones of type `Standard` can own what wasf writes (O4)."""

    id: UserId
    email: str
    username: str
    is_active: bool = True
    user_type: str = "Standard"


@dataclass(frozen=True, slots=True)
class LeadStatus:
    """A status that a Lead can have. Salesforce has no flag that says closed (M6)."""

    api_name: str
    label: str
    is_default: bool = False
    is_converted: bool = False

    def means_closed(self, listed: Collection[str] | None) -> bool:
        """Whether its names say that a Lead is closed (M6).

        `listed` are the folded names of closed statuses; None: those that begin with "Closed".
        """
        names = {self.api_name.casefold(), self.label.casefold()}
        if listed is not None:
            return not names.isdisjoint(listed)
        return any(name.startswith(_CLOSED) for name in names)


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """A status that a Task can have."""

    api_name: str
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class NewLead:
    """A Lead to be created (L1). `link_field` is "" where the link stands in the description.

    With `allow_duplicates` it is created although a duplicate rule finds similar records, if the
    rule allows that (M11). `fields` are those of the setting `lead.fields` (F1).
    """

    phone: Phone
    first_name: str
    last_name: str
    company: str
    owner_id: UserId
    description: str
    link: str = ""
    link_field: str = ""
    source: str = "WhatsApp"
    allow_duplicates: bool = False
    fields: FieldValues = ()


@dataclass(frozen=True, slots=True)
class LeadChange:
    """A change of an existing Lead: only fields that are not None change.

    It is refused if the Lead was changed after `read_at`, its LastModifiedDate when it was read.
    """

    id: RecordId
    read_at: datetime
    status: str | None = None
    description: str | None = None
    link: str | None = None
    link_field: str = ""


class Growth(NamedTuple):
    """A Task that grows (T3a): when it was modified last, as it was read, and what it will hold."""

    task_id: RecordId
    read_at: datetime
    since: datetime  # the time of its first message
    written: bytes  # the digest of what will stand in it


@dataclass(frozen=True, slots=True)
class Task:
    """A Task to be logged (T4).

    `files` are uploaded to it once it is there (T8). `fields` are those of the setting
    `task.fields` (F1). `what_id` is the record that it is related to (R1); without `who_id` it
    stands there alone (M12). `created_at` is its CreatedDate, None: when it is written (T9).
    `grows` names the Task that becomes this one. `asks`: for an answer to its message, of then.
    """

    key: TaskKey
    messages: tuple[MessageKey, ...]
    who_id: RecordId | None
    owner_id: UserId
    subject: str
    description: str
    activity_date: date
    status: str
    files: tuple[Attachment, ...] = ()
    fields: FieldValues = ()
    what_id: RecordId | None = None
    created_at: datetime | None = None
    grows: Growth | None = None
    asks: datetime | None = None

    @property
    def record(self) -> RecordId:
        """The record that it is for: the person, else what it is related to."""
        return self.who_id or self.what_id or RecordId("")


class TaskContent(NamedTuple):
    """What stands in the fields of a Task that wasf fills; `what_id` where it has one.

    `further` is what stands in those of the setting `task.fields`, as one text.
    """

    subject: str
    description: str
    owner_id: str
    who_id: str
    what_id: str
    status: str
    activity_date: str
    further: str = ""


_SETTLING = timedelta(minutes=1)


class Trace(NamedTuple):
    """When a record was written last, and by which user id."""

    at: datetime
    by: str


def was_touched(left: Trace, now: Trace) -> bool:
    """Return whether a record was changed after wasf left it.

    Changes by the same user within a minute do not count: an org's own automation makes them.
    """
    return now.by != left.by or now.at - left.at > _SETTLING
