"""Deleting: the record goes to the bin, and what hangs on it goes along."""

from collections.abc import Sequence

from wasf.demo.salesforce import tooling as granting
from wasf.demo.salesforce.errors import DELETED, Problem
from wasf.demo.salesforce.model import canonical
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.records import Saved, SaveOptions, rolled_back
from wasf.demo.salesforce.storage import Row


def delete(org: Org, ids: Sequence[str], options: SaveOptions) -> list[Saved]:
    """Deletes records of any kinds; answers in order."""
    found = org.rows_by_id(known for text in ids if (known := canonical(text)))
    outcomes = []
    with org.storage.transaction():
        for index, text in enumerate(ids):
            problem = options.row_faults.get(index) or _why_not(org, text, found)
            outcomes.append(Saved(problems=(problem,)) if problem else Saved(canonical(text)))
        if options.all_or_none:
            outcomes = rolled_back(outcomes)
        for outcome in outcomes:
            if outcome.id:
                move_to_bin(org, outcome.id)
                found[outcome.id]["IsDeleted"] = 1
    return outcomes


def _why_not(org: Org, text: str, found: dict[str, Row]) -> Problem | None:
    record = canonical(text)
    if record is None:
        return Problem("MALFORMED_ID", f"bad id {text}")
    whole = org.kind_of(record)
    row = found.get(record)
    if whole is None or row is None:
        return Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if row.get("IsDeleted"):
        return DELETED
    kind = org.find_kind(whole.name)
    if kind is None or not kind.deletable:
        text = "insufficient access rights on object id"
        return Problem("INSUFFICIENT_ACCESS_OR_READONLY", text, status=403)
    return None


def move_to_bin(org: Org, record: str) -> None:
    """Marks a record deleted, with the Tasks and file links that belong to it."""
    kind = org.kind_of(record)
    if kind is None:
        return
    if kind.name in granting.KINDS:
        granting.take_back(org, kind, record)
        return
    flag: Row = {"IsDeleted": 1}
    if kind.has("SystemModstamp"):
        flag["SystemModstamp"] = org.stamp()
    org.storage.update(kind.name, record, flag)
    for name, field in _hanging_on(kind.name):
        for row in org.storage.find(name, field, [record]):
            if not row["IsDeleted"]:
                move_to_bin(org, str(row["Id"]))


def _hanging_on(kind: str) -> list[tuple[str, str]]:
    """The objects whose records go with one of this kind, and the fields that name it."""
    links = [("ContentDocumentLink", "LinkedEntityId")]
    if kind in ("Lead", "Contact"):
        links.append(("Task", "WhoId"))
    if kind == "ContentDocument":
        links += [("ContentDocumentLink", "ContentDocumentId"),
                  ("ContentVersion", "ContentDocumentId")]  # fmt: skip
    return links
