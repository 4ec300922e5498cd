"""What Salesforce checks and fills in by itself when a Lead, Contact, Task or file is saved."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from wasf.localorg.errors import Problem
from wasf.localorg.model import Field, Kind
from wasf.localorg.org import Org
from wasf.localorg.settings import Settings
from wasf.localorg.storage import Row

ARCHIVE_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true for all records of one save; read once, however many there are."""

    settings: Settings
    stamp: str
    archive_before: str
    closed_statuses: frozenset[object]
    high_priorities: frozenset[object]
    related: Mapping[str, Row]


def gather(org: Org, references: Iterable[str]) -> Facts:
    """Reads the facts, with the records that the saved ones refer to."""

    def flagged(kind: str, flag: str) -> frozenset[object]:
        found = org.storage.tuples(f'SELECT "ApiName" FROM "{kind}" WHERE "{flag}"')
        return frozenset(row[0] for row in found)

    return Facts(
        org.settings,
        org.stamp(),
        (org.now() - ARCHIVE_AFTER).date().isoformat(),
        flagged("TaskStatus", "IsClosed"),
        flagged("TaskPriority", "IsHighPriority"),
        org.rows_by_id(references),
    )


def missing(kind: Kind, row: Row) -> Problem | None:
    """The required fields that a row lacks, as one problem."""
    names = [name for name in kind.must_hold if row.get(name) is None]
    if not names:
        return None
    text = f"Required fields are missing: [{', '.join(names)}]"
    return Problem("REQUIRED_FIELD_MISSING", text, tuple(names))


def derive(kind: str, row: Row, facts: Facts) -> None:
    """Sets the fields that the platform computes from others."""
    if "LastName" in row:
        parts = (row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(str(part) for part in parts if part)
    if kind == "Task":
        _derive_task(row, facts)


def _derive_task(row: Row, facts: Facts) -> None:
    closed = row.get("Status") in facts.closed_statuses
    if closed and not row.get("IsClosed"):
        row["CompletedDateTime"] = facts.stamp
    if not closed:
        row["CompletedDateTime"] = None
    row["IsClosed"] = int(closed)
    row["IsHighPriority"] = int(row.get("Priority") in facts.high_priorities)
    row["TaskSubtype"] = row.get("TaskSubtype") or "Task"
    person = facts.related.get(str(row.get("WhoId")), {})
    row["AccountId"] = row.get("WhatId") or person.get("AccountId")
    row["IsArchived"] = int(facts.settings.archive_at_insert and is_old(row, facts.archive_before))


def is_old(row: Row, before: str) -> bool:
    """Whether the nightly archiver would take this Task."""
    day = row.get("ActivityDate") or row["CreatedDate"]
    return bool(row.get("IsClosed")) and str(day)[:10] <= before


_PREFIXES = {
    "Lead": "00Q", "Contact": "003", "Account": "001", "Task": "00T", "User": "005",
    "ContentDocument": "069", "ContentVersion": "068", "PermissionSet": "0PS",
}  # fmt: skip


def bad_reference(field: Field, value: str, facts: Facts) -> Problem | None:
    """Why an id may not stand in this field: another kind of record, none, or a deleted one."""
    row = facts.related.get(value)
    fits = any(_PREFIXES.get(target) == value[:3] for target in field.refers_to)
    if row is None or not fits or row.get("IsDeleted"):
        return Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))
    return None


def broken_rule(kind: Kind, row: Row, old: Row | None, facts: Facts) -> Problem | None:
    """The first rule of the platform or of the admin that a new or changed row breaks."""
    handed_over = old is None or row.get("OwnerId") != old.get("OwnerId")
    return (
        (_inactive_owner(kind, row, facts) if handed_over else None)
        or (_task_rule(row, facts) if kind.name == "Task" else None)
        or _validation(kind, row, facts.settings)
    )


def _inactive_owner(kind: Kind, row: Row, facts: Facts) -> Problem | None:
    owner = facts.related.get(str(row.get("OwnerId")))
    if owner is None or owner.get("IsActive", 1):
        return None
    user, what = str(owner["Id"]), kind.name.lower()
    text = f"operation performed with inactive user [{user}] as owner of {what}"
    return Problem("INACTIVE_OWNER_OR_USER", text)


def _task_rule(row: Row, facts: Facts) -> Problem | None:
    person = str(row.get("WhoId") or "")
    if person.startswith("00Q") and row.get("WhatId"):
        text = "Related To ID: a task on a lead cannot be related to another record"
        return Problem("FIELD_INTEGRITY_EXCEPTION", text, ("WhatId",))
    converted = facts.related.get(person, {}).get("IsConverted")
    if converted and not facts.settings.edit_converted_leads:
        return Problem("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    return None


def _validation(kind: Kind, row: Row, settings: Settings) -> Problem | None:
    for rule in settings.validation_rules:
        if rule.kind != kind.name:
            continue
        value = row.get(rule.field)
        if rule.pattern is None:
            broken = value is None
        else:
            broken = value is not None and re.search(rule.pattern, str(value)) is not None
        if broken:
            return Problem("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message)
    return None
