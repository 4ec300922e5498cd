"""Saving records: the checks in Salesforce's order, then one write for all that passed."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wasf.demo.salesforce import (
    tooling as granting,
)
from wasf.demo.salesforce import (
    validation as duplicates,
)
from wasf.demo.salesforce import (
    validation as rules,
)
from wasf.demo.salesforce import (
    values,
)
from wasf.demo.salesforce.errors import DELETED, Json, Problem, Refused, refuse
from wasf.demo.salesforce.model import Field, Kind
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.storage import Cell, Row
from wasf.demo.salesforce.validation import Draft

# --- files
# Files: a ContentVersion makes its document, and the links to the records it hangs on.


_TYPES = {
    "jpg": "JPG", "jpeg": "JPG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "pdf": "PDF",
    "mp4": "MP4", "mp3": "MP3", "opus": "UNKNOWN", "txt": "TEXT", "csv": "CSV", "vcf": "VCARD",
    "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X", "zip": "ZIP",
}  # fmt: skip


def complete(org: Org, row: Row) -> Problem | None:
    """Fills in what the platform knows of a new file: its title, type, size and document."""
    lacking = tuple(name for name in ("VersionData", "PathOnClient") if row.get(name) is None)
    if lacking:
        text = f"Required fields are missing: [{', '.join(lacking)}]"
        return Problem("REQUIRED_FIELD_MISSING", text, lacking)
    name = str(row.get("PathOnClient") or "")
    stem, dot, extension = name.rpartition(".")
    data = row.get("VersionData")
    content = data if isinstance(data, bytes) else b""
    row["Title"] = row.get("Title") or (stem if dot else name)
    row["FileExtension"] = extension.lower() if dot else None
    row["FileType"] = _TYPES.get(extension.lower(), "UNKNOWN") if dot else "UNKNOWN"
    row["ContentSize"] = len(content)
    row["Checksum"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    row["IsLatest"] = 1
    if not row.get("ContentDocumentId"):
        row["ContentDocumentId"] = org.storage.mint("069", 1)[0]
    return None


def publish(org: Org, versions: Sequence[Row]) -> None:
    """Makes the documents of new versions and links them to their owner and first place."""
    for version in versions:
        document = str(version["ContentDocumentId"])
        if org.row(document) is None:
            org.storage.insert("ContentDocument", [_document(version)])
            _link(org, version, str(version["OwnerId"]), "I")
        if place := version.get("FirstPublishLocationId"):
            _link(org, version, str(place), "V")


def _document(version: Row) -> Row:
    shared = (
        "Title", "FileType", "FileExtension", "ContentSize", "OwnerId", "CreatedDate",
        "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
    )  # fmt: skip
    row: Row = {name: version[name] for name in shared}
    return row | {"Id": version["ContentDocumentId"], "LatestPublishedVersionId": version["Id"]}


def _link(org: Org, version: Row, record: str, share: str) -> None:
    row: Row = {
        "Id": org.storage.mint("06A", 1)[0],
        "LinkedEntityId": record,
        "ContentDocumentId": version["ContentDocumentId"],
        "SystemModstamp": version["SystemModstamp"],
        "ShareType": share,
        "Visibility": "AllUsers",
    }
    org.storage.insert("ContentDocumentLink", [row])


# --- records


Body = Mapping[str, Json]
"""A record as the client sent it."""

_ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using "
    "AllOrNone header",
)


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a request wants its records saved."""

    all_or_none: bool = False
    auto_assign: bool = True
    allow_duplicates: bool = False
    row_faults: Mapping[int, Problem] = field(default_factory=dict)

    def starting_at(self, first: int) -> "SaveOptions":
        """The same for a part of the records that begins at `first`."""
        faults = {index - first: p for index, p in self.row_faults.items() if index >= first}
        return replace(self, row_faults=faults)

    def with_faults(self, faults: Mapping[int, Problem]) -> "SaveOptions":
        """The same with further records that fail."""
        return replace(self, row_faults={**self.row_faults, **faults}) if faults else self


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one record: its id, or its problems."""

    id: str | None = None
    created: bool = False
    problems: tuple[Problem, ...] = ()


def rolled_back(outcomes: Sequence[Saved]) -> list[Saved]:
    """The same outcomes if all are good; else none is, as with allOrNone."""
    if all(not outcome.problems for outcome in outcomes):
        return list(outcomes)
    return [
        outcome if outcome.problems else replace(outcome, id=None, problems=(_ROLLED_BACK,))
        for outcome in outcomes
    ]


def insert(org: Org, name: str, bodies: Sequence[Body], options: SaveOptions) -> list[Saved]:
    """Makes records of one kind; answers in order. Raises Refused for a spoilt request."""
    kind = org.kind(name)
    return save(org, kind, [new_draft(org, kind, body) for body in bodies], options)


def update(
    org: Org, name: str, targets: Sequence[tuple[str, Body]], options: SaveOptions
) -> list[Saved]:
    """Changes records of one kind, each named by its 18-character id."""
    kind = org.kind(name)
    stored = org.rows_by_id(record for record, _ in targets)
    drafts = [changed_draft(org, kind, stored.get(record), body) for record, body in targets]
    return save(org, kind, drafts, options)


def new_draft(org: Org, kind: Kind, body: Body) -> Draft:
    """The row that a body asks for, with defaults; or the problem with it."""
    draft = Draft()
    if not kind.createable:
        draft.fail(_not_allowed(org, kind, "insert"))
        return draft
    given = _take_fields(kind, body, draft, inserting=True)
    row = draft.row
    for name, default in kind.initial.items():
        if row.get(name) is None:
            row[name] = default
    if kind.has("OwnerId") and row.get("OwnerId") is None:
        row["OwnerId"] = org.user_id
    if kind.name == "ContentVersion":
        draft.fail(complete(org, row))
    draft.given = frozenset(given)
    return draft


def changed_draft(org: Org, kind: Kind, old: Row | None, body: Body) -> Draft:
    """The stored row with a body's changes; or the problem with it."""
    draft = Draft(old)
    if not kind.updateable:
        draft.fail(_not_allowed(org, kind, "update"))
    elif old is None:
        draft.fail(Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
    elif old.get("IsDeleted"):
        draft.fail(DELETED)
    elif old.get("IsConverted") and not org.settings.edit_converted_leads:
        draft.fail(Problem("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"))
    given = _take_fields(kind, body, draft, inserting=False)
    draft.given = frozenset(given)
    return draft


def _take_fields(kind: Kind, body: Body, draft: Draft, *, inserting: bool) -> list[str]:
    """Puts the body's values into the draft's row; says which fields were given."""
    given: list[str] = []
    problems: list[Problem] = []
    for name, value in body.items():
        if name == "attributes":
            continue
        try:
            target = _writable(kind, name, inserting=inserting)
            given.append(target.name)
            draft.row[target.name] = values.stored(target, value)
        except Refused as refusal:
            if values.whole_request(refusal.problems[0]):
                raise
            problems += refusal.problems
    if problems:
        draft.fail(problems[0])
        draft.more = tuple(problems[1:])
    return given


def _writable(kind: Kind, name: str, *, inserting: bool) -> Field:
    found = kind.field(name)
    if found is None:
        raise refuse("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")
    if found.name == "Id":
        raise refuse("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    if not (found.createable if inserting else found.updateable):
        message = (
            f"Unable to create/update fields: {found.name}. Please check the security settings of "
            "this field and verify that it is read/write for your profile or permission set."
        )
        raise refuse("INVALID_FIELD_FOR_INSERT_UPDATE", message, found.name)
    return found


def _not_allowed(org: Org, kind: Kind, action: str) -> Problem:
    whole = org.stored_kind(kind.name)
    if whole.createable if action == "insert" else whole.updateable:
        text = "insufficient access rights on object id"
        return Problem("INSUFFICIENT_ACCESS_OR_READONLY", text, status=403)
    done = "inserted" if action == "insert" else "updated"
    text = f"entity type cannot be {done}: {kind.label}"
    return Problem("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def save(org: Org, kind: Kind, drafts: Sequence[Draft], options: SaveOptions) -> list[Saved]:
    """Checks the drafts and writes those that pass (all or none, if so asked)."""
    with org.storage.transaction():
        facts = rules.gather(org, _referred(drafts, kind.references))
        for index, draft in enumerate(drafts):
            draft.problem = options.row_faults.get(index) or draft.problem
            if draft.problem is None:
                _check(kind, draft, facts)
        _finish(org, kind, drafts, options, facts)
        if options.all_or_none and any(draft.problem for draft in drafts):
            for draft in drafts:
                draft.fail(_ROLLED_BACK)
        _write(org, kind, [draft for draft in drafts if draft.problem is None])
    return [_saved(draft) for draft in drafts]


def _referred(drafts: Iterable[Draft], references: Sequence[Field]) -> set[str]:
    names = [field.name for field in references]
    return {
        str(value)
        for draft in drafts
        if draft.problem is None
        for name in names
        if (value := draft.row.get(name)) is not None
    }


def _check(kind: Kind, draft: Draft, facts: rules.Facts) -> None:
    row = draft.row
    draft.fail(rules.missing(kind, row))
    for field_ in kind.references:
        value = row.get(field_.name)
        if value is not None and field_.name in draft.given:
            draft.fail(rules.bad_reference(field_, str(value), facts))
    draft.fail(rules.broken_rule(kind, row, draft.old, facts))


def _finish(
    org: Org, kind: Kind, drafts: Sequence[Draft], options: SaveOptions, facts: rules.Facts
) -> None:
    """Ids, stamps and derived fields; then what needs all rows: duplicates and unique values."""
    good = [draft for draft in drafts if draft.problem is None]
    fresh = [draft for draft in good if draft.old is None]
    for draft, record in zip(fresh, org.storage.mint(kind.prefix, len(fresh)), strict=True):
        draft.row["Id"] = record
        _stamp_new(org, kind, draft, facts)
    audited = kind.has("LastModifiedById")
    assigned = org.settings.assignment_owner if options.auto_assign else None
    for draft in good:
        if kind.name == "Lead" and assigned:
            draft.row["OwnerId"] = assigned
        if audited:
            draft.row["LastModifiedById"] = org.user_id
            draft.row["LastModifiedDate"] = facts.stamp
        draft.row["SystemModstamp"] = facts.stamp
        rules.derive(kind.name, draft.row, facts)
    if kind.name == "Lead" and not (
        org.settings.duplicate_rule == "allow" and options.allow_duplicates
    ):
        duplicates.check_phones(org, fresh)
    duplicates.check_unique(org, kind, [draft for draft in good if draft.problem is None])
    granting.check(org, kind, good)


def _stamp_new(org: Org, kind: Kind, draft: Draft, facts: rules.Facts) -> None:
    if kind.has("CreatedDate"):
        draft.row["CreatedDate"] = facts.stamp
        draft.row["CreatedById"] = org.user_id


def _write(org: Org, kind: Kind, drafts: Sequence[Draft]) -> None:
    fresh = [draft.row for draft in drafts if draft.old is None]
    org.storage.insert(kind.name, fresh)
    if kind.name == "ContentVersion":
        publish(org, fresh)
    for draft in drafts:
        if draft.old is not None:
            old = draft.old
            changes: Row = {n: v for n, v in draft.row.items() if n not in old or old[n] != v}
            org.storage.update(kind.name, str(old["Id"]), changes or {"Id": old["Id"]})
    if kind.name == "Task":
        _touch_people(org, drafts)
    if kind.name in granting.KINDS and drafts:
        org.access_changed()


def _touch_people(org: Org, drafts: Iterable[Draft]) -> None:
    """The people of closed Tasks learn of their latest activity."""
    latest: dict[str, str] = {}
    for draft in drafts:
        who, day = draft.row.get("WhoId"), draft.row.get("ActivityDate")
        if who and day and draft.row.get("IsClosed"):
            latest[str(who)] = max(str(day), latest.get(str(who), ""))
    for kind, prefix in (("Lead", "00Q"), ("Contact", "003")):
        rows: list[tuple[Cell, ...]] = [
            (day, who) for who, day in latest.items() if who.startswith(prefix)
        ]
        org.storage.change(
            f'UPDATE "{kind}" SET "LastActivityDate" = max(coalesce("LastActivityDate", \'\'), ?) '
            'WHERE "Id" = ?',
            rows,
        )


def _saved(draft: Draft) -> Saved:
    if draft.problem is not None:
        return Saved(problems=(draft.problem, *draft.more))
    return Saved(str(draft.row["Id"]), draft.old is None)
