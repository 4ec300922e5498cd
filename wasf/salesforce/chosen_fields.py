"""The fields that settings name, checked against describe before anything is written.

These are the further fields of Tasks and Leads (F1), the phone fields of the org's own (M8), and
the Company and LeadSource of new Leads (L1). A setting that does not fit raises `BadSetting`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final

from wasf.core.fields import (
    DescribedField,
    DescribedObject,
    FilledField,
    RecordTypeChoice,
    check_fields,
)
from wasf.core.text import nearest_name
from wasf.errors import BadSetting
from wasf.salesforce.api import Object, api_name, as_objects, flag, text
from wasf.salesforce.objects import LAST_MESSAGE_FIELDS, NEW_LEAD_FIELDS, TASK_FIELDS, written_names
from wasf.values import dataclass

KEY_FIELD: Final = "WhatsApp_Message_Key__c"

_PHONE_TYPES: Final = ("phone", "string", "textarea", "combobox")
_TASK_FIELDS_OF_OURS: Final = (*written_names(TASK_FIELDS), "Priority")
_NOT_TO_BE_SHOWN: Final = "IsVisibleInSelfService"  # shows a Task to customers in a portal


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


def check_last_message_fields(described: DescribedObject) -> None:
    """Raise `BadSetting` if a Lead or Contact cannot tell of the last messages."""
    for name in written_names(LAST_MESSAGE_FIELDS):
        about, where = described.fields.get(name), f"{described.name}.{name}"
        if about is None:
            raise BadSetting(
                f"The setting report.fields needs the field {where}, which does not exist, or the"
                " connected user does not see it.",
                "wasf doctor --install-report-fields makes it. To do without: wasf config unset"
                " report.fields",
            )
        if about.type != "datetime":
            raise BadSetting(
                f"The setting report.fields needs {where} as a Date/Time, and it is none.",
                "An administrator renames that field; then: wasf doctor --install-report-fields",
            )
        if not about.is_updateable:
            raise BadSetting(
                f"The setting report.fields: the connected user may not change {where}.",
                "An administrator grants Edit Access in a permission set, or: wasf doctor"
                " --install-report-fields",
            )


def lacks_lead_source(lead: DescribedObject, source: str) -> bool:
    """Whether LeadSource is a restricted picklist without this value."""
    about = lead.fields.get("LeadSource")
    return bool(source and about and about.is_restricted and source not in about.choices)


def phone_fields(
    sobject: str, fields: Mapping[str, Object], wanted: Sequence[str]
) -> tuple[str, ...]:
    """Return the further phone fields of an object.

    Raise `BadSetting` for one by which people cannot be searched (M8).
    """
    names = tuple(_of_object(wanted, sobject))
    for name in names:
        if problem := _phone_problem(fields.get(name)):
            near = "" if name in fields else nearest_name(name, fields)
            hint = f"Did you mean {sobject}.{near}?" if near else "See wasf config, phone_fields."
            raise BadSetting(f"The setting phone_fields: {sobject}.{name} {problem}.", hint)
    return names


def _phone_problem(about: Object | None) -> str:
    if about is None:
        return "does not exist, or the connected user does not see it"
    if about.get("type") not in _PHONE_TYPES:
        return "holds no text and no phone number"
    return "" if flag(about, "filterable") else "cannot be searched (encrypted, or a long text)"


def _of_object(names: Iterable[str], sobject: str) -> list[str]:
    """Return the fields of one object, without its name: `WhatsApp__c` of `Contact.WhatsApp__c`."""
    parts = (name.partition(".") for name in names)
    return [field for of, _, field in parts if of == sobject]
