"""What the org already has: unique values, and the admin's duplicate rule for Leads."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

from collections.abc import Iterable, Sequence

from wasf.localorg.draft import Draft
from wasf.localorg.errors import Json, Problem
from wasf.localorg.model import Field, Kind
from wasf.localorg.org import Org
from wasf.localorg.storage import Row

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
