"""What has to be known of an org before anything is decided: rights, fields, statuses, users."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from wasf.core.records import TASK_KEY_LENGTH, LeadStatus, RecordType, TaskStatus, User, UserId
from wasf.errors import BadSetting, PermissionMissing
from wasf.interfaces import KeyField, OrgFacts
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.composite import Part, read_together, rows_of, run_queries
from wasf.salesforce.api.json import Json, Object, as_object, flag, objects, record_id, text
from wasf.salesforce.api.soql import LEAD_STATUSES, PHONE_FIELDS, TASK_STATUSES, Query, users

KEY_FIELD: Final = "WhatsApp_Message_Key__c"
FALLBACK_KEY_FIELD: Final = "CallObject"

_DESCRIBED: Final = ("Task", RecordType.CONTACT, RecordType.LEAD)
WRITTEN_ON_TASKS: Final = (
    "WhoId",
    "OwnerId",
    "Subject",
    "Description",
    "ActivityDate",
    "Status",
)
ALWAYS_READ: Final = {
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
class FieldAccess:
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
class Description:
    """An object as its describe tells: what the user may do with it, and its fields by name."""

    name: str
    createable: bool
    queryable: bool
    updateable: bool
    fields: dict[str, Object]

    def may_write(self, field: str) -> bool:
        """Whether the user may fill this field in a new record."""
        return field in self.fields and flag(self.fields[field], "createable")


def load_org_metadata(
    client: RestClient, emails: Collection[str], user_id: UserId, key_field: str, link_field: str
) -> tuple[OrgFacts, FieldAccess]:
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
        key_field=key_field_of(task, key_field),
        users=tuple(_user(row) for row in user_rows),
        lead_statuses=tuple(_lead_status(row) for row in lead_rows),
        task_statuses=tuple(_task_status(row) for row in task_rows),
        can_create_leads=lead.createable and all(map(lead.may_write, _NEEDED_ON_LEADS)),
    )
    return facts, _readable(contact, lead, link_field)


def _ask(client: RestClient, queries: Sequence[Query]) -> tuple[list[Part], list[Part]]:
    """The descriptions of the three objects, and the first pages of at most five queries."""
    paths = [f"sobjects/{name}/describe" for name in _DESCRIBED]
    answers = read_together(client, paths + [query.path for query in queries])
    return answers[: len(paths)], answers[len(paths) :]


def _described(name: str, part: Part) -> Description:
    if part.status in (400, 403, 404):  # an object that a user may not see is as if it were not
        raise _no_access(name)
    described = described_as(name, part.value())
    if not described.queryable:
        raise _no_access(name)
    return described


def described_as(name: str, answer: Json) -> Description:
    """An object as a describe's answer tells of it."""
    body = as_object(answer, "a describe")
    return Description(
        name,
        createable=flag(body, "createable"),
        queryable=flag(body, "queryable"),
        updateable=flag(body, "updateable"),
        fields={text(field, "name"): field for field in objects(body.get("fields"), "a field")},
    )


def _no_access(name: str) -> PermissionMissing:
    return PermissionMissing(
        f"The connected user may not read {name}s in Salesforce.",
        f"An administrator grants it in a permission set: Object Settings, {name}s, Read.",
    )


def _check_task(task: Description) -> None:
    if not task.createable:
        raise PermissionMissing(
            "The connected user may not create Tasks in Salesforce.",
            "An administrator grants it in a permission set: App Permissions, Edit Tasks.",
        )
    hidden = [field for field in WRITTEN_ON_TASKS if not task.may_write(field)]
    if hidden:
        raise PermissionMissing(
            f"The connected user may not fill these fields of Tasks: {', '.join(hidden)}.",
            "An administrator grants it in a permission set: Object Settings, Tasks, Edit Access.",
        )


def key_field_of(task: Description, wanted: str) -> KeyField:
    """The field that takes the key. Raises `PermissionMissing` if there is none."""
    found = key_field_or_none(task, wanted)
    if found is None:
        raise PermissionMissing(
            "There is no field on Tasks in which wasf could keep the key of a message.",
            "An administrator runs wasf doctor --install-key-field, and assigns the permission set"
            " that it makes to this user.",
        )
    return found


def key_field_or_none(task: Description, wanted: str) -> KeyField | None:
    """The field that takes the key: the one of that name if it can, else the standard one."""
    for name in (wanted, FALLBACK_KEY_FIELD):
        if task.may_write(name) and _can_hold_key(task.fields[name]):
            return KeyField(name, is_unique=flag(task.fields[name], "unique"))
    return None


def _can_hold_key(field: Object) -> bool:
    """Any text is taken, and can be searched for."""
    length = field.get("length")
    is_text = field.get("type") == "string" and flag(field, "filterable")
    return is_text and isinstance(length, int) and length >= TASK_KEY_LENGTH


def _readable(contact: Description, lead: Description, link_field: str) -> FieldAccess:
    if link_field and link_field not in lead.fields:
        raise BadSetting(
            "The setting lead.link_field names a field that Leads do not have,"
            " or that the connected user may not see.",
            "Check its API name (Setup, Object Manager, Lead, Fields & Relationships).",
        )
    extra = ["Description", *([link_field] if link_field else [])]
    return FieldAccess(
        contact=_visible(contact, RecordType.CONTACT, ()),
        lead=_visible(lead, RecordType.LEAD, extra),
        lead_writable=frozenset(filter(lead.may_write, lead.fields)),
    )


def _visible(described: Description, kind: RecordType, extra: Sequence[str]) -> tuple[str, ...]:
    """What is always there, then those of the rest that the user may see, each once."""
    optional = [name for name in (*PHONE_FIELDS[kind], *extra) if name in described.fields]
    return tuple(dict.fromkeys((*ALWAYS_READ[kind], *optional)))


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
