"""What must be known of an org before anything is decided: rights, fields, statuses and users.

One call reads the descriptions of the objects, in which a field that the signed-in user may not see
is missing, and the lists that decisions need. The fields that settings name are checked against
them before anything is written: the further fields of Tasks and Leads (F1), the phone fields of the
org's own (M8), and the Company and LeadSource of new Leads (L1). A setting that does not fit raises
`BadSetting`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from wasf import late_modules
from wasf.core.auth import UserId
from wasf.core.fields import (
    DescribedField,
    DescribedObject,
    FilledField,
    RecordTypeChoice,
    check_fields,
)
from wasf.core.records import TASK_KEY_LENGTH, RecordType
from wasf.errors import BadSetting, PermissionMissing
from wasf.interfaces import Json, KeyField, OrgFacts
from wasf.salesforce.api import (
    CompositePart,
    Object,
    Query,
    RestClient,
    api_name,
    as_object,
    as_objects,
    flag,
    read_together,
    rows_of,
    run_queries,
    select,
    text,
)
from wasf.salesforce.objects import (
    LEAD_STATUS,
    NEW_LEAD_FIELDS,
    PEOPLE,
    TASK_FIELDS,
    TASK_STATUS,
    USER,
    FieldAccess,
    PeopleFields,
    needed_names,
    written_names,
)
from wasf.salesforce.people import phone_fields
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.salesforce import message_fields
else:  # few syncs write them
    (message_fields,) = late_modules(__package__, "message_fields")

KEY_FIELD: Final = "WhatsApp_Message_Key__c"
FALLBACK_KEY_FIELD: Final = "CallObject"

_DESCRIBED: Final = ("Task", RecordType.CONTACT, RecordType.LEAD)
_ACCESS: Final = ("DefaultLeadAccess", "DefaultContactAccess", "DefaultAccountAccess")
DEFAULT_ACCESS: Final = Query(select(_ACCESS, "Organization"))
"""The org-wide defaults for Leads and Contacts."""
LEAD_STATUSES, TASK_STATUSES = (
    Query(f"{select(one.names, one.name)} ORDER BY SortOrder") for one in (LEAD_STATUS, TASK_STATUS)
)
_PRIVATE: Final = "None"
_FIRST_USER_QUERIES: Final = (
    2  # with that of the defaults and those of the statuses as many as one call takes
)


@dataclass(frozen=True, slots=True)
class WantedFields:
    """What the settings say of fields.

    `key_field` is the Task field for the key, `link_field` the Lead field for the chat's link or
    "". `phone_fields` (`Contact.WhatsApp__c`) are searched like the standard ones (M8); numbers are
    searched by their digits in any spelling, or, without `searches_digits`, by the usual spellings.
    `task_fields` and `lead_fields` are the templates of further fields (F1), `lead_source` is the
    LeadSource of new Leads. Without `needs_company` they get no Company.
    `relates`: Tasks are related to other records (R1). `needs_accounts`: chats wait or are logged
    where a number stands on an Account only (M12). `dates_tasks`: Tasks are to have the time of
    their message (T9). `tells_last`: Leads and Contacts tell of the last messages.
    `closes_tasks`: Tasks that ask for an answer are closed.
    """

    key_field: str = KEY_FIELD
    link_field: str = ""
    phone_fields: tuple[str, ...] = ()
    searches_digits: bool = True
    default_region: str = ""
    task_fields: Mapping[str, str] = field(default_factory=dict)
    lead_fields: Mapping[str, str] = field(default_factory=dict)
    lead_source: str = "WhatsApp"
    needs_company: bool = True
    relates: bool = False
    needs_accounts: bool = False
    dates_tasks: bool = False
    tells_last: bool = False
    closes_tasks: bool = False

    def __post_init__(self) -> None:
        """Raise `BadSetting` for a name that no field can have."""
        api_name(self.key_field, "key_field")
        if self.link_field:
            api_name(self.link_field, "lead.link_field")
        for name in self.phone_fields:
            api_name(name.partition(".")[2], "phone_fields")


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
    by_email = USER.queries("Email", emails)
    first, later = by_email[:_FIRST_USER_QUERIES], by_email[_FIRST_USER_QUERIES:]
    described, pages = _ask(client, [DEFAULT_ACCESS, LEAD_STATUSES, TASK_STATUSES, *first])
    task, contact, lead = (
        _readable(name, part) for name, part in zip(_DESCRIBED, described, strict=True)
    )
    _check_task(task)
    for described_person in (contact, lead) if wanted.tells_last else ():
        message_fields.check_last_message_fields(described_person.settings)
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


# --- Fields that settings name --------------------------------------------------------------------


_TASK_FIELDS_OF_OURS: Final = (*written_names(TASK_FIELDS), "Priority")
_NOT_TO_BE_SHOWN: Final = "IsVisibleInSelfService"  # shows a Task to customers in a portal


def described_object(name: str, fields: Mapping[str, Object], body: Object) -> DescribedObject:
    """Return an object as the checks of settings need it; `body` is the whole describe."""
    types = body.get("recordTypeInfos") or []
    return DescribedObject(
        name,
        {each: _described_field(each, about) for each, about in fields.items()},
        tuple(map(_record_type, as_objects(types, "a record type"))),
    )


def _described_field(name: str, about: Object) -> DescribedField:
    values = as_objects(about.get("picklistValues") or [], "a picklist's value")
    return DescribedField(
        name,
        text(about, "type"),
        createable=flag(about, "createable"),
        length=_number(about, "length"),
        precision=_number(about, "precision"),
        scale=_number(about, "scale"),
        choices=tuple(text(one, "value") for one in values if flag(one, "active")),
        is_restricted=flag(about, "restrictedPicklist"),
        is_required=is_required(about),
        is_filterable=flag(about, "filterable"),
        is_encrypted=flag(about, "encrypted"),
        is_updateable=flag(about, "updateable"),
    )


def is_required(about: Object) -> bool:
    """Whether no record can be created without a value for this field."""
    optional = flag(about, "nillable") or flag(about, "defaultedOnCreate")
    is_filled = optional or about.get("type") == "boolean"
    return flag(about, "createable") and not is_filled


def _number(about: Object, name: str) -> int:
    value = about.get(name)
    return value if isinstance(value, int) else 0


def _record_type(about: Object) -> RecordTypeChoice:
    return RecordTypeChoice(
        text(about, "recordTypeId"),
        text(about, "name"),
        text(about, "developerName"),
        is_available=flag(about, "available"),
    )


def task_fields(task: DescribedObject, wanted: WantedFields) -> tuple[FilledField, ...]:
    """Return the further fields of Tasks. Raise `BadSetting` for one that cannot be filled."""
    taken = (*_TASK_FIELDS_OF_OURS, wanted.key_field, _NOT_TO_BE_SHOWN)
    return check_fields("task.fields", wanted.task_fields, task, taken)


def lead_fields(lead: DescribedObject, wanted: WantedFields) -> tuple[FilledField, ...]:
    """Return the further fields of Leads. Raise `BadSetting` as `task_fields`, or for a Company
    that may not be empty.
    """
    company = lead.fields.get("Company")
    if not wanted.needs_company and company is not None and company.is_required:
        raise BadSetting(
            "The setting lead.company is empty, but your org has no Leads without a Company.",
            "Only an org with person accounts has. wasf config unset lead.company",
        )
    taken = (*written_names(NEW_LEAD_FIELDS), wanted.link_field)
    return check_fields("lead.fields", wanted.lead_fields, lead, taken)


def lacks_lead_source(lead: DescribedObject, source: str) -> bool:
    """Whether LeadSource is a restricted picklist without this value."""
    about = lead.fields.get("LeadSource")
    return bool(source and about and about.is_restricted and source not in about.choices)
