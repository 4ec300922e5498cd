"""What Salesforce checks and fills in by itself when a Lead, Contact, Task or file is saved."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import re

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from wasf.demo.salesforce.access import Settings
from wasf.demo.salesforce.errors import Json, Problem
from wasf.demo.salesforce.model import Field, Kind
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.storage import Row

# --- rules


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


# --- draft
# A record on its way into the org.


class Draft:
    """What is to be stored; `old` is what is stored now, if anything."""

    __slots__ = ("given", "more", "old", "problem", "row")

    def __init__(self, old: Row | None = None) -> None:
        self.row: Row = dict(old or {})
        self.old = old
        self.given: frozenset[str] = frozenset()
        self.problem: Problem | None = None
        self.more: tuple[Problem, ...] = ()

    def fail(self, problem: Problem | None) -> None:
        """Keeps the first problem."""
        self.problem = self.problem or problem


# --- duplicates
# What the org already has: unique values, and the admin's duplicate rule for Leads.


_MESSAGE = "Use one of these records?"


def check_unique(org: Org, kind: Kind, drafts: Sequence[Draft]) -> None:
    """Refuses values of unique fields that another record has, stored or in the same request."""
    for field in kind.fields:
        if field.unique:
            _check_field(org, kind, field, [d for d in drafts if d.row.get(field.name) is not None])


def _check_field(org: Org, kind: Kind, field: Field, drafts: Sequence[Draft]) -> None:
    stored = org.storage.find(kind.name, field.name, {d.row[field.name] for d in drafts})
    holders = {_key(field, row): row["Id"] for row in stored if not row["IsDeleted"]}
    for draft in drafts:
        holder = holders.setdefault(_key(field, draft.row), draft.row["Id"])
        if holder != draft.row["Id"]:
            where = f"duplicates value on record with id: {holder!s}"
            draft.fail(Problem("DUPLICATE_VALUE", f"duplicate value found: {field.name} {where}"))


def _key(field: Field, row: Row) -> str:
    text = str(row[field.name])
    return text if field.case_sensitive else text.casefold()


def check_phones(org: Org, drafts: Iterable[Draft]) -> None:
    """Refuses Leads whose phone a Lead or Contact has, where the admin's rule says so."""
    if org.settings.duplicate_rule == "off":
        return
    for draft in drafts:
        if draft.problem is None and (phone := draft.row.get("Phone")):
            draft.fail(_same_phone(org, _digits(str(phone))))


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())[-9:]


def _same_phone(org: Org, digits: str) -> Problem | None:
    pattern = "%" + "%".join(digits)
    found: list[tuple[str, str]] = []
    for kind in ("Contact", "Lead"):
        rows = org.storage.rows(
            f'SELECT "Id", "Phone", "MobilePhone" FROM "{kind}" WHERE NOT "IsDeleted" '
            'AND ("Phone" LIKE ? OR "MobilePhone" LIKE ?)',
            (pattern, pattern),
        )
        for row in rows:
            numbers = (_digits(str(row[name] or "")) for name in ("Phone", "MobilePhone"))
            if digits in numbers:
                found.append((kind, str(row["Id"])))
    if not digits or not found:
        return None
    return Problem("DUPLICATES_DETECTED", _MESSAGE, details=_details(org, found))


def _details(org: Org, found: Sequence[tuple[str, str]]) -> dict[str, Json]:
    kinds = sorted({kind for kind, _ in found})
    matches: list[Json] = []
    for kind in kinds:
        records: list[Json] = [_match(kind, record) for name, record in found if name == kind]
        matches.append({
            "entityType": kind, "errors": [], "matchEngine": "FuzzyMatchEngine",
            "matchRecords": records, "rule": f"Standard_{kind}_Match_Rule_v1_1",
            "size": len(records), "success": True,
        })  # fmt: skip
    result: dict[str, Json] = {
        "allowSave": org.settings.duplicate_rule == "allow",
        "duplicateRule": "Standard_Lead_Duplicate_Rule",
        "duplicateRuleEntityType": "Lead",
        "errorMessage": _MESSAGE,
        "matchResults": matches,
    }
    return {"duplicateResult": result}


def _match(kind: str, record: str) -> Json:
    url = f"/services/data/v62.0/sobjects/{kind}/{record}"
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": {"type": kind, "url": url}, "Id": record},
    }
