"""The objects that wasf reads and writes in Salesforce: each field is declared once, here.

A declaration makes the body of a request, the fields of a query, the value that a row becomes, and
what the signed-in user must be allowed: a sync refuses to begin without it and `wasf doctor` checks
it. So a new field of a Task is one new line in `TASK_FIELDS`.

The two fields whose names are settings (`key_field`, `lead.link_field`) are added by the code that
knows the settings.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Final, Generic, NamedTuple, TypeVar

from wasf.core.chats import LastMessages
from wasf.core.fields import FieldValues
from wasf.core.records import (
    Account,
    Contact,
    Lead,
    LeadChange,
    LeadStatus,
    NewLead,
    RecordId,
    RecordType,
    Task,
    TaskStatus,
    Trace,
    User,
    was_touched,
)
from wasf.interfaces import Json, LeadState, StoredFields, StoredLead, StoredTask
from wasf.salesforce.api import (
    Object,
    Query,
    by_values,
    flag,
    full_id,
    moment,
    record_id,
    select,
    storable,
    text,
)
from wasf.values import dataclass

_Value = TypeVar("_Value")
_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class WrittenField(Generic[_Value]):
    """A field that wasf fills: its API name, and its content made of a value.

    Content that is None leaves the field out. Without the right to fill a field that is `needed`,
    wasf writes no such record; another field is left out then.
    """

    name: str
    content: Callable[[_Value], Json]
    needed: bool = True


class ReadField(NamedTuple):
    """What is read of a row: the API names of the fields, and the content made of them."""

    names: tuple[str, ...]
    content: Callable[[Object], object]


@dataclass(frozen=True, slots=True)
class ReadObject(Generic[_Record]):
    """What is read of an object, and the record that a row of a query becomes.

    `fields` are named by the record's attributes. `optional` ones are read where the user may see
    them. `phones` are the fields that may hold a number; they are optional, too.
    """

    name: str
    record: Callable[..., _Record]
    fields: Mapping[str, ReadField]
    optional: Mapping[str, ReadField] = field(default_factory=dict)
    phones: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The API names of the fields that are always read."""
        return _names(self.fields)

    @property
    def optional_names(self) -> tuple[str, ...]:
        """The API names of the fields that are read where the user may see them."""
        return self.phones + _names(self.optional)

    def queries(
        self, field: str, values: Collection[str], *more: str, deleted_too: bool = False
    ) -> list[Query]:
        """Return queries for the records whose field has one of these values, with `more` fields.

        With `deleted_too` for deleted and archived ones as well.
        """
        head = select((*self.names, *more), self.name)
        return by_values(head, field, values, deleted_too=deleted_too)

    def parse(self, row: Object, phones: Iterable[str] = (), **more: object) -> _Record:
        """Return the record of a row, with `more` attributes. Raise `RequestFailed` if unfit.

        `phones` are further fields that may hold a number.
        """
        found = {name: one.content(row) for name, one in {**self.fields, **self.optional}.items()}
        if self.phones:
            names = dict.fromkeys((*self.phones, *phones))
            found["phones"] = tuple(phone for name in names if (phone := text(row, name)))
        return self.record(**found, **more)


def _names(fields: Mapping[str, ReadField]) -> tuple[str, ...]:
    return tuple(name for one in fields.values() for name in one.names)


def written_names(fields: Iterable[WrittenField[_Value]]) -> tuple[str, ...]:
    """Return the API names of the fields."""
    return tuple(one.name for one in fields)


def needed_names(fields: Iterable[WrittenField[_Value]]) -> tuple[str, ...]:
    """Return the API names of the fields that wasf must be able to fill."""
    return tuple(one.name for one in fields if one.needed)


def further_fields(values: FieldValues) -> Object:
    """Return the fields of a setting as Salesforce takes them (F1)."""
    return {name: storable(value) if isinstance(value, str) else value for name, value in values}


def record_body(fields: Iterable[WrittenField[_Value]], value: _Value, /, **more: Json) -> Object:
    """Return the value as Salesforce takes it, with `more` fields; nothing that is None."""
    body = {one.name: one.content(value) for one in fields} | more
    return {name: content for name, content in body.items() if content is not None}


def _time(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z" if moment else None


# --- Fields that are written -------------------------------------------------------------------

TASK_FIELDS: Final[tuple[WrittenField[Task], ...]] = (
    WrittenField("WhoId", lambda task: task.who_id),
    WrittenField("WhatId", lambda task: task.what_id, needed=False),
    WrittenField("OwnerId", lambda task: task.owner_id),
    WrittenField("Subject", lambda task: storable(task.subject)),
    WrittenField("Description", lambda task: storable(task.description)),
    WrittenField("ActivityDate", lambda task: task.activity_date.isoformat()),
    WrittenField("Status", lambda task: task.status),
    WrittenField("CreatedDate", lambda task: _time(task.created_at), needed=False),
)
"""A Task that is logged (T4); WhatId by rule R, CreatedDate by T9. Priority is the org's own."""

_GROWS: Final = ("Subject", "Description", "ActivityDate")
GROWN_TASK_FIELDS: Final = tuple(one for one in TASK_FIELDS if one.name in _GROWS)
"""What changes in a Task that grows (T3a)."""

NEW_LEAD_FIELDS: Final[tuple[WrittenField[NewLead], ...]] = (
    WrittenField("FirstName", lambda lead: storable(lead.first_name) or None, needed=False),
    WrittenField("LastName", lambda lead: storable(lead.last_name)),
    WrittenField("Company", lambda lead: storable(lead.company) or None),
    WrittenField("Phone", lambda lead: lead.phone),
    WrittenField("LeadSource", lambda lead: storable(lead.source) or None, needed=False),
    WrittenField("OwnerId", lambda lead: lead.owner_id),
    WrittenField("Description", lambda lead: storable(lead.description) or None, needed=False),
)
"""A Lead that is created (L1)."""

LEAD_CHANGE_FIELDS: Final[tuple[WrittenField[LeadChange], ...]] = (
    WrittenField("Status", lambda change: change.status, needed=False),
    WrittenField(
        "Description",
        lambda change: None if change.description is None else storable(change.description),
        needed=False,
    ),
)
"""A Lead that is changed (L3, M5)."""


LAST_MESSAGE_FIELDS: Final[tuple[WrittenField[LastMessages], ...]] = (
    WrittenField("WhatsApp_Last_From_Them__c", lambda last: _time(last.from_them)),
    WrittenField("WhatsApp_Last_From_Us__c", lambda last: _time(last.from_us)),
    WrittenField("WhatsApp_Unanswered_Since__c", lambda last: _time(last.unanswered_since)),
)
"""What Leads and Contacts tell of the last messages (`report.fields`); None empties a field."""


# --- Fields that are read ----------------------------------------------------------------------


def _field(name: str, read: Callable[[Object, str], object] = text) -> ReadField:
    return ReadField((name,), lambda row: read(row, name))


def _id_or_none(row: Object, name: str) -> RecordId | None:
    return full_id(text(row, name))


_CREATED: Final = ("CreatedDate", "CreatedById")
_MODIFIED: Final = ("LastModifiedDate", "LastModifiedById")


def _trace(names: tuple[str, str]) -> ReadField:
    at, by = names
    return ReadField(names, lambda row: Trace(moment(row, at), text(row, by)))


def _is_touched(row: Object) -> bool:
    created, modified = (Trace(moment(row, at), text(row, by)) for at, by in (_CREATED, _MODIFIED))
    return flag(row, "IsConverted") or was_touched(created, modified)


CONTACT: Final = ReadObject(
    "Contact",
    Contact,
    {
        "id": _field("Id", record_id),
        "name": _field("Name"),
        "owner_id": _field("OwnerId", record_id),
        "modified_at": _field("LastModifiedDate", moment),
    },
    optional={"account_id": _field("AccountId", _id_or_none)},
    phones=("Phone", "MobilePhone", "HomePhone", "OtherPhone"),
)

LEAD: Final = ReadObject(
    "Lead",
    Lead,
    {
        "id": _field("Id", record_id),
        "name": _field("Name"),
        "owner_id": _field("OwnerId", record_id),
        "modified_at": _field("LastModifiedDate", moment),
        "status": _field("Status"),
        "is_converted": _field("IsConverted", flag),
        "converted_contact_id": _field("ConvertedContactId", _id_or_none),
    },
    optional={"description": _field("Description")},
    phones=("Phone", "MobilePhone"),
)
"""The attribute `link` is of the field that the setting `lead.link_field` names."""

ACCOUNT: Final = ReadObject(
    "Account",
    Account,
    {
        "id": _field("Id", record_id),
        "name": _field("Name"),
        "owner_id": _field("OwnerId", record_id),
        "modified_at": _field("LastModifiedDate", moment),
    },
    optional={"person_contact_id": _field("PersonContactId", _id_or_none)},
    phones=("Phone",),
)
"""The attribute `contacts` is read by a query of its own."""

PEOPLE: Final[Mapping[RecordType, ReadObject[Contact] | ReadObject[Lead]]] = {
    RecordType.CONTACT: CONTACT,
    RecordType.LEAD: LEAD,
}


@dataclass(frozen=True, slots=True)
class PeopleFields:
    """The fields of Contacts or Leads that are read, and how people are searched by them (M8).

    `names` are read. Of these, `like` are the phone fields that are searched by their digits,
    `exact` those that only know equality, and `closed` those that no query may filter by. `by_name`
    says whether the full name can be searched.
    """

    names: tuple[str, ...]
    like: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    by_name: bool = True

    @property
    def phones(self) -> tuple[str, ...]:
        """All fields that may hold a number."""
        return self.like + self.exact + self.closed

    def without_like(self) -> "PeopleFields":
        """Return the same with every field that can be searched searched by equality."""
        return replace(self, like=(), exact=self.like + self.exact)


@dataclass(frozen=True, slots=True)
class FieldAccess:
    """The fields of Contacts and Leads that wasf reads and this user may see.

    `lead_writable` are all fields of Leads that the user may fill, `link_field` is the one that
    takes the chat's link, or "". `default_region` is the country of numbers that are typed without
    one. `relates`: the user may say to what a Task is related.
    """

    contact: PeopleFields
    lead: PeopleFields
    lead_writable: frozenset[str]
    link_field: str = ""
    default_region: str = ""
    relates: bool = False

    @property
    def people(self) -> Mapping[RecordType, PeopleFields]:
        """The fields of each object that a chat can belong to."""
        return {RecordType.CONTACT: self.contact, RecordType.LEAD: self.lead}


USER: Final = ReadObject(
    "User",
    User,
    {
        "id": _field("Id", record_id),
        "email": _field("Email"),
        "username": _field("Username"),
        "is_active": _field("IsActive", flag),
        "user_type": _field("UserType"),
    },
)

LEAD_STATUS: Final = ReadObject(
    "LeadStatus",
    LeadStatus,
    {
        "api_name": _field("ApiName"),
        "label": _field("MasterLabel"),
        "is_default": _field("IsDefault", flag),
        "is_converted": _field("IsConverted", flag),
    },
)

TASK_STATUS: Final = ReadObject(
    "TaskStatus",
    TaskStatus,
    {"api_name": _field("ApiName"), "is_closed": _field("IsClosed", flag)},
)

STORED_TASK: Final = ReadObject(
    "Task",
    StoredTask,
    {
        "id": _field("Id", record_id),
        "who_id": _field("WhoId", _id_or_none),
        "is_deleted": _field("IsDeleted", flag),
        "created": _trace(_CREATED),
        "modified": _trace(_MODIFIED),
    },
)
"""A Task that wasf wrote, as it is now. The attribute `key` is of the key field."""

LEAD_STATE: Final = ReadObject(
    "Lead",
    LeadState,
    {
        "id": _field("Id", record_id),
        "status": _field("Status"),
        "is_converted": _field("IsConverted", flag),
    },
)

STORED_LEAD: Final = ReadObject(
    "Lead",
    StoredLead,
    {
        "id": _field("Id", record_id),
        "is_touched": ReadField(("IsConverted", *_CREATED, *_MODIFIED), _is_touched),
        "modified": ReadField((), _trace(_MODIFIED).content),
    },
)
"""A Lead that wasf created, as it is now. `tasks` and `others` are counted by other queries."""


def _last_messages(row: Object) -> LastMessages:
    names = written_names(LAST_MESSAGE_FIELDS)
    return LastMessages(*(moment(row, name) if row.get(name) else None for name in names))


STORED_FIELDS: Final = ReadObject(
    "Lead or Contact",
    StoredFields,
    {
        "id": _field("Id", record_id),
        "last": ReadField(written_names(LAST_MESSAGE_FIELDS), _last_messages),
        "created": _trace(_CREATED),
        "modified": _trace(_MODIFIED),
    },
)
"""What the fields of `report.fields` tell in a Lead or Contact."""
