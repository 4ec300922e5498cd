"""What has to be known of an org before anything is decided: rights, fields, statuses, users."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from wasf.core.records import LeadStatus, RecordType, TaskStatus, User, UserId
from wasf.errors import BadSetting, PermissionMissing
from wasf.interfaces import KeyField, OrgFacts
from wasf.salesforce.answers import Json, Object, as_object, flag, objects, record_id, text
from wasf.salesforce.client import Client
from wasf.salesforce.composite import Part, read_together, rows_of, run_queries
from wasf.salesforce.soql import LEAD_STATUSES, PHONE_FIELDS, TASK_STATUSES, Query, users

KEY_FIELD: Final = "WhatsApp_Message_Key__c"
FALLBACK_KEY_FIELD: Final = "CallObject"
KEY_LENGTH: Final = 26

_DESCRIBED: Final = ("Task", RecordType.CONTACT, RecordType.LEAD)
_WRITTEN_ON_TASKS: Final = (
    "WhoId",
    "OwnerId",
    "Subject",
    "Description",
    "ActivityDate",
    "Status",
)
_READ: Final = {
    RecordType.CONTACT: ("Id", "Name", "OwnerId", "LastModifiedDate"),
    RecordType.LEAD: (
        "Id",
        "Name",
        "OwnerId",
        "LastModifiedDate",
        "Status",
        "IsConverted",
        "ConvertedContactId",
    ),
}


_NEEDED_ON_LEADS: Final = ("LastName", "Company", "Phone", "OwnerId")


@dataclass(frozen=True, slots=True)
class Readable:
    """The fields of Contacts and Leads that this user may read and wasf asks for.

    `lead_writable` are all fields of Leads that the user may fill.
    """

    contact: tuple[str, ...]
    lead: tuple[str, ...]
    lead_writable: frozenset[str]

    def of(self, kind: RecordType) -> tuple[str, ...]:
        """The fields of one of the two."""
        return self.contact if kind is RecordType.CONTACT else self.lead


@dataclass(frozen=True, slots=True)
class _Description:
    """An object as its describe tells: what the user may do with it, and its fields by name."""

    name: str
    createable: bool
    queryable: bool
    fields: dict[str, Object]

    def may_write(self, field: str) -> bool:
        return field in self.fields and flag(self.fields[field], "createable")


def gather(
    client: Client, emails: Collection[str], user_id: UserId, key_field: str, link_field: str
) -> tuple[OrgFacts, Readable]:
    """Ask for everything in one call.

    Raises `PermissionMissing` if Tasks cannot be logged, `BadSetting` for a link field that is not
    there, `RequestFailed` if there is no answer.
    """
    by_email = users(emails)
    described, pages = _ask(client, [LEAD_STATUSES, TASK_STATUSES, *by_email[:3]])
    task, contact, lead = (
        _described(name, part) for name, part in zip(_DESCRIBED, described, strict=True)
    )
    _check_task(task)
    lead_rows, task_rows, *user_pages = (list(rows_of(client, part.value())) for part in pages)
    user_rows = [row for page in user_pages for row in page] + run_queries(client, by_email[3:])
    facts = OrgFacts(
        user_id=user_id,
        key_field=_key_field(task, key_field),
        users=tuple(_user(row) for row in user_rows),
        lead_statuses=tuple(_lead_status(row) for row in lead_rows),
        task_statuses=tuple(_task_status(row) for row in task_rows),
        can_create_leads=lead.createable and all(map(lead.may_write, _NEEDED_ON_LEADS)),
    )
    return facts, _readable(contact, lead, link_field)


def _ask(client: Client, queries: Sequence[Query]) -> tuple[list[Part], list[Part]]:
    """The descriptions of the three objects, and the first pages of at most five queries."""
    paths = [f"sobjects/{name}/describe" for name in _DESCRIBED]
    answers = read_together(client, paths + [query.path for query in queries])
    return answers[: len(paths)], answers[len(paths) :]


def _described(name: str, part: Part) -> _Description:
    if part.status in (400, 403, 404):  # an object that a user may not see is as if it were not
        raise _no_access(name)
    body = as_object(part.value(), "a describe")
    described = _Description(
        name,
        createable=flag(body, "createable"),
        queryable=flag(body, "queryable"),
        fields={text(field, "name"): field for field in objects(body.get("fields"), "a field")},
    )
    if not described.queryable:
        raise _no_access(name)
    return described


def _no_access(name: str) -> PermissionMissing:
    return PermissionMissing(
        f"The connected user may not read {name}s in Salesforce.",
        f"An administrator grants it in a permission set: Object Settings, {name}s, Read.",
    )


def _check_task(task: _Description) -> None:
    if not task.createable:
        raise PermissionMissing(
            "The connected user may not create Tasks in Salesforce.",
            "An administrator grants it in a permission set: App Permissions, Edit Tasks.",
        )
    hidden = [field for field in _WRITTEN_ON_TASKS if not task.may_write(field)]
    if hidden:
        raise PermissionMissing(
            f"The connected user may not fill these fields of Tasks: {', '.join(hidden)}.",
            "An administrator grants it in a permission set: Object Settings, Tasks, Edit Access.",
        )


def _key_field(task: _Description, wanted: str) -> KeyField:
    for name in (wanted, FALLBACK_KEY_FIELD):
        if task.may_write(name) and _can_hold_key(task.fields[name]):
            return KeyField(name, is_unique=flag(task.fields[name], "unique"))
    raise PermissionMissing(
        "There is no field on Tasks in which wasf could keep the key of a message.",
        f"An administrator makes a text field {KEY_FIELD} on Activities (external id, unique, 64"
        " characters) and grants this user Edit Access to it under Tasks.",
    )


def _can_hold_key(field: Object) -> bool:
    length = field.get("length")
    return flag(field, "filterable") and isinstance(length, int) and length >= KEY_LENGTH


def _readable(contact: _Description, lead: _Description, link_field: str) -> Readable:
    if link_field and link_field not in lead.fields:
        raise BadSetting(
            "The setting lead.link_field names a field that Leads do not have,"
            " or that the connected user may not see.",
            "Check its API name (Setup, Object Manager, Lead, Fields & Relationships).",
        )
    extra = ["Description", *([link_field] if link_field else [])]
    return Readable(
        contact=_visible(contact, RecordType.CONTACT, ()),
        lead=_visible(lead, RecordType.LEAD, extra),
        lead_writable=frozenset(filter(lead.may_write, lead.fields)),
    )


def _visible(described: _Description, kind: RecordType, extra: Sequence[str]) -> tuple[str, ...]:
    """What is always there, then those of the rest that the user may see, each once."""
    optional = [name for name in (*PHONE_FIELDS[kind], *extra) if name in described.fields]
    return tuple(dict.fromkeys((*_READ[kind], *optional)))


def _user(row: Object) -> User:
    return User(
        id=UserId(record_id(row, "Id")),
        email=text(row, "Email"),
        username=text(row, "Username"),
        is_active=flag(row, "IsActive"),
        user_type=text(row, "UserType"),
    )


def _lead_status(row: Object) -> LeadStatus:
    return LeadStatus(
        api_name=text(row, "ApiName"),
        label=text(row, "MasterLabel"),
        is_default=flag(row, "IsDefault"),
        is_converted=flag(row, "IsConverted"),
    )


def _task_status(row: Object) -> TaskStatus:
    return TaskStatus(api_name=text(row, "ApiName"), is_closed=flag(row, "IsClosed"))


def identity_in(answer: Json) -> tuple[str, str]:
    """The ids of the org and of the user, from the address of the identity resource."""
    address = text(as_object(answer, "the answer"), "identity")
    org_id, _, user_id = address.partition("/id/")[2].partition("/")
    ids: Object = {"organization": org_id, "user": user_id}
    return record_id(ids, "organization"), record_id(ids, "user")
