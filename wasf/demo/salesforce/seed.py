"""The first records of a new org, and records that are put in without the checks of the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wasf.demo.salesforce import validation
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.model import (
    Field,
    RecordId,
    RecordTypeInfo,
    SObjectType,
    phone,
    pick,
    refers,
)
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.schema import LEAD_STATUSES, PRIORITIES, TASK_STATUSES, record_type
from wasf.demo.salesforce.storage import Row
from wasf.demo.salesforce.validation import SaveContext


@dataclass(frozen=True, slots=True)
class OrgSeed:
    """The company and the API user of a new org."""

    org_name: str = "Example Ltd"
    user_name: str = "Robin Example"
    user_email: str = "robin@example.com"
    time_zone: str = "Europe/London"


def fill(org: OrgState, seed: OrgSeed) -> str:
    """Fill an empty org with what every org has; return a first access token."""
    with org.storage.transaction():
        org.org_id = org.storage.mint("00D", 1)[0]
        org.user_id = org.storage.mint("005", 1)[0]
        first, _, last = seed.user_name.rpartition(" ")
        user: dict[str, Json] = {"Id": org.user_id, "FirstName": first or None, "LastName": last}
        user |= {"Email": seed.user_email, "Username": seed.user_email}
        add(org, "User", [user | {"TimeZoneSidKey": seed.time_zone}])
        add(org, "Organization", [{
            "Id": org.org_id, "Name": seed.org_name, "OrganizationType": "Developer Edition",
            "InstanceName": "LOCAL", "TimeZoneSidKey": seed.time_zone,
            "LanguageLocaleKey": "en_US", "DefaultLocaleSidKey": "en_US",
            "DefaultLeadAccess": "ReadEditTransfer", "DefaultContactAccess": "ControlledByParent",
            "DefaultAccountAccess": "Edit",
        }])  # fmt: skip
        _add_statuses(org)
    return org.new_token()


def add_documented_fields(org: OrgState) -> None:
    """Give an org the fields and the record type that wasf's own documentation takes as examples.

    So every line of it can be tried.
    """
    org.add_sobject(record_type())
    kind = {"Name": "Retail Lead", "DeveloperName": "Retail_Lead", "SobjectType": "Lead"}
    (retail,) = add(org, "RecordType", [{**kind, "IsActive": True}])
    types = {"Lead": (RecordTypeInfo(retail, "Retail Lead", "Retail_Lead"),)}
    for name, fields in _DOCUMENTED.items():
        known = org.stored_sobject(name)
        for field in fields:
            org.storage.add_column(name, field)
        whole = replace(known, fields=(*known.fields, *fields), record_types=types.get(name, ()))
        org.replace_sobject(whole)


_RECORD_TYPE = Field("RecordTypeId", "Record Type ID", "reference", permissionable=False)
_NUMBER = replace(phone("WhatsApp__c", "WhatsApp"), custom=True)
_DOCUMENTED: Mapping[str, tuple[Field, ...]] = {
    "Task": (
        pick("Type", "Type", 40, ("Call", "Meeting", "WhatsApp", "Other")),
        replace(pick("Direction__c", "Direction", 255, ("Inbound", "Outbound")), custom=True),
        Field("Sent_At__c", "Sent At", "datetime", custom=True, groupable=False),
    ),
    "Lead": (refers(_RECORD_TYPE, "RecordType"), _NUMBER),
    "Contact": (_NUMBER,),
}


def _add_statuses(org: OrgState) -> None:
    add(org, "LeadStatus", [
        _status(place, label, LEAD_STATUSES[0], "IsConverted", label == "Closed - Converted")
        for place, label in enumerate(LEAD_STATUSES, 1)
    ])  # fmt: skip
    add(org, "TaskStatus", [
        _status(place, label, "Not Started", "IsClosed", label == "Completed")
        for place, label in enumerate(TASK_STATUSES, 1)
    ])  # fmt: skip
    add(org, "TaskPriority", [
        _status(place, label, "Normal", "IsHighPriority", label == "High")
        for place, label in enumerate(PRIORITIES, 1)
    ])  # fmt: skip


def _status(place: int, label: str, default: str, flag: str, value: bool) -> dict[str, Json]:  # noqa: FBT001 (private)
    return {
        "MasterLabel": label, "ApiName": label, "SortOrder": place,
        "IsDefault": label == default, flag: value,
    }  # fmt: skip


def add(org: OrgState, name: str, records: Sequence[Mapping[str, Json]]) -> list[RecordId]:
    """Put records in as they are, with audit fields if given; return their ids.

    Only the form of the values is checked: an org can get into states that the API does not
    allow. Raise `KeyError` for an unknown object or field.
    """
    sobject = org.stored_sobject(name)
    given = [_stored(sobject, record) for record in records]
    fresh = iter(org.storage.mint(sobject.prefix, sum("Id" not in row for row in given)))
    context = validation.save_context(org, _references(given))
    rows = []
    defaults = _defaults(org, sobject, context)
    for row in given:
        whole = defaults | row
        whole["Id"] = row.get("Id") or next(fresh)
        validation.derive(name, whole, context)
        rows.append(whole | {key: row[key] for key in _DERIVED if key in row})
    with org.storage.transaction():
        org.storage.insert(name, rows)
    for customization in org.customizations:
        customization.after_save(sobject, rows)
    return [RecordId(str(row["Id"])) for row in rows]


_DERIVED = ("IsArchived", "CompletedDateTime", "Name")


def _stored(sobject: SObjectType, record: Mapping[str, Json]) -> Row:
    return {
        name: validation.stored(sobject.by_name[name.lower()], given)
        for name, given in record.items()
    }


def _references(rows: Sequence[Row]) -> set[str]:
    return {str(row["WhoId"]) for row in rows if row.get("WhoId")}


def _defaults(org: OrgState, sobject: SObjectType, context: SaveContext) -> Row:
    row: Row = dict(sobject.initial)
    for field in sobject.fields:
        if field.type == "datetime" and not field.nillable:
            row[field.name] = context.stamp
        elif field.name in ("OwnerId", "CreatedById", "LastModifiedById"):
            row[field.name] = org.user_id
    return row | _DEFAULTS.get(sobject.name, {})


_DEFAULTS: Mapping[str, Row] = {
    "Lead": {"Company": "[not provided]"},
    "User": {
        "IsActive": 1, "UserType": "Standard", "TimeZoneSidKey": "Europe/London",
        "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US",
    },
}  # fmt: skip
