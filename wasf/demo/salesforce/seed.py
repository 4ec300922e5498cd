"""A new org's first records, and whatever a person puts in by hand: past the API's checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wasf.demo.salesforce import tooling as granting
from wasf.demo.salesforce import validation as rules
from wasf.demo.salesforce import values
from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.model import Kind, RecordId
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.schema import LEAD_STATUSES, PRIORITIES, TASK_STATUSES
from wasf.demo.salesforce.storage import Row


@dataclass(frozen=True, slots=True)
class Seed:
    """Who the org belongs to, and who uses its API."""

    org_name: str = "Example Ltd"
    user_name: str = "Robin Example"
    user_email: str = "robin@example.com"
    time_zone: str = "Europe/London"


def found(org: Org, seed: Seed) -> str:
    """Fills an empty org with what every org has; answers a first access token."""
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
        }])  # fmt: skip
        _add_statuses(org)
    return org.new_token()


def _add_statuses(org: Org) -> None:
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


def add(org: Org, name: str, records: Sequence[Mapping[str, Json]]) -> list[RecordId]:
    """Puts records in as they are, audit fields included. KeyError for unknown fields.

    Nothing is checked but the shape of the values: this is how an org gets into states that
    the API would not let it get into.
    """
    kind = org.stored_kind(name)
    given = [_stored(kind, record) for record in records]
    fresh = iter(org.storage.mint(kind.prefix, sum("Id" not in row for row in given)))
    facts = rules.gather(org, _references(given))
    rows = []
    defaults = _defaults(org, kind, facts)
    for row in given:
        whole = defaults | row
        whole["Id"] = row.get("Id") or next(fresh)
        rules.derive(name, whole, facts)
        rows.append(whole | {key: row[key] for key in _DERIVED if key in row})
    with org.storage.transaction():
        org.storage.insert(name, rows)
    if name in granting.KINDS:
        org.access_changed()
    return [RecordId(str(row["Id"])) for row in rows]


_DERIVED = ("IsArchived", "CompletedDateTime", "Name")


def _stored(kind: Kind, record: Mapping[str, Json]) -> Row:
    return {
        name: values.stored(kind.by_name[name.lower()], given) for name, given in record.items()
    }


def _references(rows: Sequence[Row]) -> set[str]:
    return {str(row["WhoId"]) for row in rows if row.get("WhoId")}


def _defaults(org: Org, kind: Kind, facts: rules.Facts) -> Row:
    row: Row = dict(kind.initial)
    for field in kind.fields:
        if field.type == "datetime" and not field.nillable:
            row[field.name] = facts.stamp
        elif field.name in ("OwnerId", "CreatedById", "LastModifiedById"):
            row[field.name] = org.user_id
    return row | _KIND_DEFAULTS.get(kind.name, {})


_KIND_DEFAULTS: Mapping[str, Row] = {
    "Lead": {"Company": "[not provided]"},
    "User": {
        "IsActive": 1, "UserType": "Standard", "TimeZoneSidKey": "Europe/London",
        "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US",
    },
}  # fmt: skip


def edit(org: Org, record: str, changes: Mapping[str, Json]) -> None:
    """Changes a record as a person would in the browser; the stamps move unless given."""
    kind = org.kind_of(record)
    row = org.row(record)
    if kind is None or row is None:
        raise KeyError(record)
    given = _stored(kind, changes)
    stamps: Row = {"SystemModstamp": org.stamp()}
    if kind.has("LastModifiedDate"):
        stamps["LastModifiedDate"] = org.stamp()
    whole = row | stamps | given
    rules.derive(kind.name, whole, rules.gather(org, _references([whole])))
    org.storage.update(kind.name, record, whole | given)
