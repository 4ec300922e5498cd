"""What must be known of an org before anything is decided: rights, fields, statuses and users.

One call reads the descriptions of the objects, in which a field that the signed-in user may not see
is missing, and the lists that decisions need.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Final, Self

from wasf.core.auth import UserId
from wasf.core.fields import DescribedObject
from wasf.core.records import TASK_KEY_LENGTH, RecordType
from wasf.errors import BadSetting, PermissionMissing
from wasf.interfaces import Json, KeyField, OrgFacts
from wasf.salesforce.api import (
    CompositePart,
    Object,
    Query,
    RestClient,
    as_object,
    as_objects,
    flag,
    read_together,
    rows_of,
    run_queries,
    select,
    text,
)
from wasf.salesforce.chosen_fields import (
    WantedFields,
    check_last_message_fields,
    described_object,
    lacks_lead_source,
    lead_fields,
    phone_fields,
    task_fields,
)
from wasf.salesforce.objects import (
    LEAD_STATUS,
    NEW_LEAD_FIELDS,
    PEOPLE,
    TASK_FIELDS,
    TASK_STATUS,
    USER,
    PeopleFields,
    needed_names,
)
from wasf.salesforce.queries import LEAD_STATUSES, TASK_STATUSES, users
from wasf.values import dataclass

FALLBACK_KEY_FIELD: Final = "CallObject"

_DESCRIBED: Final = ("Task", RecordType.CONTACT, RecordType.LEAD)
_ACCESS: Final = ("DefaultLeadAccess", "DefaultContactAccess", "DefaultAccountAccess")
DEFAULT_ACCESS: Final = Query(select(_ACCESS, "Organization"))
"""The org-wide defaults for Leads and Contacts."""
_PRIVATE: Final = "None"
_FIRST_USER_QUERIES: Final = (
    2  # with that of the defaults and those of the statuses as many as one call takes
)


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


@dataclass(frozen=True, slots=True)
class Description:
    """An object as described: what the user may do with it, and the fields that the user sees.

    `settings` is the same as the checks of settings need it.
    """

    name: str
    createable: bool = False
    queryable: bool = False
    updateable: bool = False
    fields: Mapping[str, Object] = field(default_factory=dict)
    settings: DescribedObject = field(default_factory=partial(DescribedObject, ""))

    @classmethod
    def of(cls, name: str, answer: Json) -> Self:
        """Return the object that the answer to a describe is about."""
        body = as_object(answer, "a describe")
        fields = {text(one, "name"): one for one in as_objects(body.get("fields"), "a field")}
        return cls(
            name,
            createable=flag(body, "createable"),
            queryable=flag(body, "queryable"),
            updateable=flag(body, "updateable"),
            fields=fields,
            settings=described_object(name, fields, body),
        )

    @classmethod
    def of_part(cls, name: str, part: CompositePart) -> Self:
        """Return the same of a part of a call; an object that is hidden gives no right."""
        if part.status in (400, 403, 404):
            return cls(name, settings=DescribedObject(name))
        return cls.of(name, part.value())

    def may_fill(self, name: str) -> bool:
        """Return whether the user may fill this field of a new record."""
        return name in self.fields and flag(self.fields[name], "createable")


def load_org_metadata(
    client: RestClient, emails: Collection[str], user_id: UserId, wanted: WantedFields
) -> tuple[OrgFacts, FieldAccess]:
    """Ask for everything in one call.

    Raise `PermissionMissing` if Tasks cannot be logged, `BadSetting` for a field that a setting
    names and that does not serve, `RequestFailed` if there is no answer.
    """
    by_email = users(emails)
    first, later = by_email[:_FIRST_USER_QUERIES], by_email[_FIRST_USER_QUERIES:]
    described, pages = _ask(client, [DEFAULT_ACCESS, LEAD_STATUSES, TASK_STATUSES, *first])
    task, contact, lead = (
        _readable(name, part) for name, part in zip(_DESCRIBED, described, strict=True)
    )
    _check_task(task)
    for described_person in (contact, lead) if wanted.tells_last else ():
        check_last_message_fields(described_person.settings)
    access, *answered = pages
    lead_rows, task_rows, *user_pages = (list(rows_of(client, part.value())) for part in answered)
    user_rows = [row for page in user_pages for row in page] + run_queries(client, later)
    may_relate = task.may_fill("WhatId")
    facts = OrgFacts(
        user_id=user_id,
        key_field=_key_field(task, wanted.key_field),
        users=tuple(map(USER.parse, user_rows)),
        lead_statuses=tuple(map(LEAD_STATUS.parse, lead_rows)),
        task_statuses=tuple(map(TASK_STATUS.parse, task_rows)),
        can_create_leads=lead.createable and all(map(lead.may_fill, needed_names(NEW_LEAD_FIELDS))),
        task_fields=task_fields(task.settings, wanted),
        lead_fields=lead_fields(lead.settings, wanted),
        lacks_lead_source=lacks_lead_source(lead.settings, wanted.lead_source),
        can_relate=may_relate,
        private=_private(client, access),
        can_date=task.may_fill("CreatedDate"),
    )
    return facts, _field_access(contact, lead, wanted, relates=may_relate)


def default_access(row: Object) -> dict[str, str]:
    """Return the org-wide defaults of Lead and Contact that a row of `DEFAULT_ACCESS` tells."""
    lead, contact, account = (text(row, name) for name in _ACCESS)
    contact = account if contact == "ControlledByParent" else contact
    return {name: one for name, one in (("Lead", lead), ("Contact", contact)) if one}


def _private(client: RestClient, part: CompositePart) -> tuple[RecordType, ...]:
    """Return which of Lead and Contact are private, none where the user may not see that."""
    if part.status in (400, 403, 404):
        return ()
    found = [default_access(row) for row in rows_of(client, part.value())]
    return tuple(
        kind
        for kind in (RecordType.LEAD, RecordType.CONTACT)
        if any(one.get(kind) == _PRIVATE for one in found)
    )


def key_field_or_none(task: Description, wanted: str) -> KeyField | None:
    """Return the field for the key: the one of that name if it can, else the standard one."""
    for name in (wanted, FALLBACK_KEY_FIELD):
        if task.may_fill(name) and _can_hold_key(task.fields[name]):
            return KeyField(name, is_unique=flag(task.fields[name], "unique"))
    return None


def _ask(
    client: RestClient, queries: Sequence[Query]
) -> tuple[list[CompositePart], list[CompositePart]]:
    """Return the descriptions of the three objects, and the first pages of at most five queries."""
    paths = [f"sobjects/{name}/describe" for name in _DESCRIBED]
    answers = read_together(client, paths + [query.path for query in queries])
    return answers[: len(paths)], answers[len(paths) :]


def _readable(name: str, part: CompositePart) -> Description:
    described = Description.of_part(name, part)
    if not described.queryable:
        raise PermissionMissing(
            f"The connected user may not read {name}s in Salesforce.",
            f"An administrator grants it in a permission set: Object Settings, {name}s, Read.",
        )
    return described


def _check_task(task: Description) -> None:
    if not task.createable:
        raise PermissionMissing(
            "The connected user may not create Tasks in Salesforce.",
            "An administrator grants it in a permission set: App Permissions, Edit Tasks.",
        )
    hidden = [name for name in needed_names(TASK_FIELDS) if not task.may_fill(name)]
    if hidden:
        raise PermissionMissing(
            f"The connected user may not fill these fields of Tasks: {', '.join(hidden)}.",
            "An administrator grants it in a permission set: Object Settings, Tasks, Edit Access.",
        )


def _key_field(task: Description, wanted: str) -> KeyField:
    found = key_field_or_none(task, wanted)
    if found is None:
        raise PermissionMissing(
            "There is no field on Tasks in which wasf could keep the key of a message.",
            "An administrator runs wasf doctor --install-key-field, and assigns the permission set"
            " that it makes to this user.",
        )
    return found


def _can_hold_key(about: Object) -> bool:
    """Return whether the field takes any text of a key's length and can be searched for it."""
    length = about.get("length")
    is_text = about.get("type") == "string" and flag(about, "filterable")
    return is_text and isinstance(length, int) and length >= TASK_KEY_LENGTH


def _field_access(
    contact: Description, lead: Description, wanted: WantedFields, *, relates: bool
) -> FieldAccess:
    if wanted.link_field and wanted.link_field not in lead.fields:
        raise BadSetting(
            "The setting lead.link_field names a field that Leads do not have,"
            " or that the connected user may not see.",
            "Check its API name (Setup, Object Manager, Lead, Fields & Relationships).",
        )
    link = (wanted.link_field,) if wanted.link_field else ()
    lacks_source = lacks_lead_source(lead.settings, wanted.lead_source)
    without = {"LeadSource"} if lacks_source else set()
    return FieldAccess(
        contact=_people_fields(contact, RecordType.CONTACT, wanted),
        lead=_people_fields(lead, RecordType.LEAD, wanted, *link),
        lead_writable=frozenset(filter(lead.may_fill, lead.fields)) - without,
        link_field=wanted.link_field,
        default_region=wanted.default_region,
        relates=relates,
    )


def _people_fields(
    described: Description, kind: RecordType, wanted: WantedFields, *more: str
) -> PeopleFields:
    """Return what is read of an object: what always is, then what the user may see, each once."""
    read = PEOPLE[kind]
    chosen = phone_fields(kind, described.fields, wanted.phone_fields)
    visible = described.fields
    names = [one for one in read.optional_names if wanted.relates or one != "AccountId"]
    optional = [one for one in (*names, *chosen, *more) if one in visible]
    phones = [one for one in dict.fromkeys((*read.phones, *chosen)) if one in visible]
    closed = [one for one in phones if not flag(visible[one], "filterable")]
    exact = [one for one in phones if flag(visible[one], "encrypted") and one not in closed]
    fields = PeopleFields(
        names=tuple(dict.fromkeys((*read.names, *optional))),
        like=tuple(one for one in phones if one not in (*closed, *exact)),
        exact=tuple(exact),
        closed=tuple(closed),
        by_name="Name" not in visible or flag(visible["Name"], "filterable"),
    )
    return fields if wanted.searches_digits else fields.without_like()
