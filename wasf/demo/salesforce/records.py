"""Saving and deleting records: all checks in Salesforce's order, then one write for what passed.

1. Each field of a request is checked and converted (`new_draft`, `changed_draft`).
2. The platform checks each draft: required fields, references, its own rules.
3. New ids, stamps and computed fields are filled in; customizations may change the rows.
4. Customizations check the drafts (validation rules, duplicate rules, triggers), then unique
   values are checked.
5. Drafts without an error are written; customizations hear of it.
"""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from wasf.demo.salesforce import validation
from wasf.demo.salesforce.calls import (
    DELETED,
    ROLLED_BACK,
    ErrorDetail,
    Json,
    RecordDraft,
    RequestRefused,
    SaveOptions,
    SaveResult,
    refuse,
    rolled_back,
)
from wasf.demo.salesforce.model import Field, SObjectType, canonical
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import Cell, Row
from wasf.demo.salesforce.validation import SaveContext

# --- Files -----------------------------------------------------------------------------------

_TYPES = {
    "jpg": "JPG", "jpeg": "JPG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "pdf": "PDF",
    "mp4": "MP4", "mp3": "MP3", "opus": "UNKNOWN", "txt": "TEXT", "csv": "CSV", "vcf": "VCARD",
    "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X", "zip": "ZIP",
}  # fmt: skip


def complete(org: OrgState, row: Row) -> ErrorDetail | None:
    """Fill in what the platform knows of a new file version: title, type, size and document.

    Return the error if the content or the name is missing.
    """
    lacking = tuple(name for name in ("VersionData", "PathOnClient") if row.get(name) is None)
    if lacking:
        text = f"Required fields are missing: [{', '.join(lacking)}]"
        return ErrorDetail("REQUIRED_FIELD_MISSING", text, lacking)
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


def publish(org: OrgState, versions: Sequence[Row]) -> None:
    """Make the documents of new file versions; link them to their owners and first records."""
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


def _link(org: OrgState, version: Row, record: str, share: str) -> None:
    row: Row = {
        "Id": org.storage.mint("06A", 1)[0],
        "LinkedEntityId": record,
        "ContentDocumentId": version["ContentDocumentId"],
        "SystemModstamp": version["SystemModstamp"],
        "ShareType": share,
        "Visibility": "AllUsers",
    }
    org.storage.insert("ContentDocumentLink", [row])


# --- Records ---------------------------------------------------------------------------------

Body = Mapping[str, Json]
"""A record as the client sent it."""

_NO_RIGHT = ErrorDetail(
    "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403
)
_NO_RECORD = ErrorDetail("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def insert(
    org: OrgState, name: str, bodies: Sequence[Body], options: SaveOptions
) -> list[SaveResult]:
    """Create records of one object; the results are in the order of the bodies.

    Raise `RequestRefused` if a mistake in one of them fails the whole request.
    """
    sobject = org.sobject(name)
    return save(org, sobject, [new_draft(org, sobject, body) for body in bodies], options)


def update(
    org: OrgState, name: str, targets: Sequence[tuple[str, Body]], options: SaveOptions
) -> list[SaveResult]:
    """Change records of one object, each named by its 18-character id; otherwise as `insert`."""
    sobject = org.sobject(name)
    stored = org.rows_by_id(record for record, _ in targets)
    drafts = [changed_draft(org, sobject, stored.get(record), body) for record, body in targets]
    return save(org, sobject, drafts, options)


def delete(org: OrgState, ids: Sequence[str], options: SaveOptions) -> list[SaveResult]:
    """Delete records of any objects; the results are in the order of the ids."""
    found = org.rows_by_id(known for text in ids if (known := canonical(text)))
    results = []
    with org.storage.transaction():
        for index, text in enumerate(ids):
            error = options.errors.get(index) or _undeletable(org, text, found)
            results.append(SaveResult(errors=(error,)) if error else SaveResult(canonical(text)))
        if options.all_or_none:
            results = rolled_back(results)
        for result in results:
            if result.id:
                remove(org, result.id)
                found[result.id]["IsDeleted"] = 1
    return results


def _undeletable(org: OrgState, text: str, found: Mapping[str, Row]) -> ErrorDetail | None:
    record = canonical(text)
    if record is None:
        return ErrorDetail("MALFORMED_ID", f"bad id {text}")
    whole = org.sobject_of(record)
    row = found.get(record)
    if whole is None or row is None:
        return _NO_RECORD
    if row.get("IsDeleted"):
        return DELETED
    sobject = org.find_sobject(whole.name)
    return None if sobject and sobject.deletable else _NO_RIGHT


def remove(org: OrgState, record: str) -> None:
    """Move a record to the recycle bin, with the Tasks and file links that belong to it.

    Records of objects without a bin are deleted for good.
    """
    sobject = org.sobject_of(record)
    if sobject is None:
        return
    if sobject.has("IsDeleted"):
        flag: Row = {"IsDeleted": 1}
        if sobject.has("SystemModstamp"):
            flag["SystemModstamp"] = org.stamp()
        org.storage.update(sobject.name, record, flag)
        for name, field in _dependents(sobject.name):
            for row in org.storage.find(name, field, [record]):
                if not row["IsDeleted"]:
                    remove(org, str(row["Id"]))
    else:
        org.storage.change(f'DELETE FROM "{sobject.name}" WHERE "Id" = ?', [(record,)])
    for customization in org.customizations:
        customization.after_save(sobject, [{"Id": record, "IsDeleted": 1}])


def _dependents(sobject: str) -> list[tuple[str, str]]:
    """Return the objects whose records are deleted along, and their fields that name the record."""
    links = [("ContentDocumentLink", "LinkedEntityId")]
    if sobject in ("Lead", "Contact"):
        links.append(("Task", "WhoId"))
    if sobject == "ContentDocument":
        links += [("ContentDocumentLink", "ContentDocumentId"),
                  ("ContentVersion", "ContentDocumentId")]  # fmt: skip
    return links


def new_draft(org: OrgState, sobject: SObjectType, body: Body) -> RecordDraft:
    """Return a new record with its default values. Errors of single fields are in the draft."""
    draft = RecordDraft()
    if not sobject.createable:
        draft.fail(_not_allowed(org, sobject, "inserted"))
        return draft
    _take_fields(sobject, body, draft)
    row = draft.row
    for name, default in sobject.initial.items():
        if row.get(name) is None:
            row[name] = default
    if sobject.has("OwnerId") and row.get("OwnerId") is None:
        row["OwnerId"] = org.user_id
    if sobject.name == "ContentVersion":
        draft.fail(complete(org, row))
    return draft


def changed_draft(org: OrgState, sobject: SObjectType, old: Row | None, body: Body) -> RecordDraft:
    """Return a stored record with the body's changes; `old` is None if there is no such record."""
    draft = RecordDraft(old)
    if not sobject.updateable:
        draft.fail(_not_allowed(org, sobject, "updated"))
    elif old is None:
        draft.fail(_NO_RECORD)
    elif old.get("IsDeleted"):
        draft.fail(DELETED)
    elif old.get("IsConverted") and not org.settings.edit_converted_leads:
        draft.fail(ErrorDetail("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"))
    _take_fields(sobject, body, draft, inserting=False)
    return draft


def _not_allowed(org: OrgState, sobject: SObjectType, done: str) -> ErrorDetail:
    whole = org.stored_sobject(sobject.name)
    if whole.createable if done == "inserted" else whole.updateable:
        return _NO_RIGHT
    text = f"entity type cannot be {done}: {sobject.label}"
    return ErrorDetail("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _take_fields(
    sobject: SObjectType, body: Body, draft: RecordDraft, *, inserting: bool = True
) -> None:
    """Put the values of a body into the draft's row, converted to what is stored."""
    given: list[str] = []
    errors: list[ErrorDetail] = []
    for name, value in body.items():
        if name == "attributes":
            continue
        try:
            target = _writable(sobject, name, inserting=inserting)
            given.append(target.name)
            draft.row[target.name] = validation.stored(target, value)
        except RequestRefused as refused:
            if validation.fails_request(refused.errors[0]):
                raise
            errors += refused.errors
    if errors:
        draft.fail(errors[0])
        draft.more = tuple(errors[1:])
    draft.given = frozenset(given)


def _writable(sobject: SObjectType, name: str, *, inserting: bool) -> Field:
    found = sobject.field(name)
    if found is None:
        raise refuse("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
    if found.name == "Id":
        raise refuse("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    if not (found.createable if inserting else found.updateable):
        message = (
            f"Unable to create/update fields: {found.name}. Please check the security settings of "
            "this field and verify that it is read/write for your profile or permission set."
        )
        raise refuse("INVALID_FIELD_FOR_INSERT_UPDATE", message, found.name)
    return found


def save(
    org: OrgState, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
) -> list[SaveResult]:
    """Check drafts of one object and write those without an error: all or none, if so asked."""
    with org.storage.transaction():
        context = validation.save_context(org, _referred(sobject, drafts))
        for index, draft in enumerate(drafts):
            draft.error = options.errors.get(index) or draft.error
            if draft.error is None:
                validation.check(sobject, draft, context)
        _complete(org, sobject, _good(drafts), options, context)
        if options.all_or_none and any(draft.error for draft in drafts):
            for draft in drafts:
                draft.fail(ROLLED_BACK)
        _write(org, sobject, _good(drafts))
    return [draft.result() for draft in drafts]


def _good(drafts: Iterable[RecordDraft]) -> list[RecordDraft]:
    return [draft for draft in drafts if draft.error is None]


def _referred(sobject: SObjectType, drafts: Iterable[RecordDraft]) -> set[str]:
    """Return the ids of all records that drafts without an error refer to."""
    names = [field.name for field in sobject.references]
    values_ = (draft.row.get(name) for draft in _good(drafts) for name in names)
    return {str(value) for value in values_ if value is not None}


def _complete(
    org: OrgState, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions,
    context: SaveContext,
) -> None:  # fmt: skip
    """Fill in ids, stamps and computed fields; then check what needs whole rows."""
    new = [draft for draft in drafts if draft.is_new]
    for draft, record in zip(new, org.storage.mint(sobject.prefix, len(new)), strict=True):
        draft.row["Id"] = record
    for customization in org.customizations:
        customization.before_save(sobject, drafts, options)
    for draft in drafts:
        _stamp(org, sobject, draft, context.stamp)
        validation.derive(sobject.name, draft.row, context)
    for customization in org.customizations:
        customization.check(sobject, _good(drafts), options)
    validation.check_unique(org, sobject, _good(drafts))


def _stamp(org: OrgState, sobject: SObjectType, draft: RecordDraft, stamp: str) -> None:
    row = draft.row
    if draft.is_new and sobject.has("CreatedDate"):
        # Who may set audit fields can give it; nobody else gets that far.
        row |= {"CreatedDate": row.get("CreatedDate") or stamp, "CreatedById": org.user_id}
    if sobject.has("LastModifiedById"):
        row |= {"LastModifiedDate": stamp, "LastModifiedById": org.user_id}
    row["SystemModstamp"] = stamp


def _write(org: OrgState, sobject: SObjectType, drafts: Sequence[RecordDraft]) -> None:
    new = [draft.row for draft in drafts if draft.is_new]
    org.storage.insert(sobject.name, new)
    if sobject.name == "ContentVersion":
        publish(org, new)
    for draft in drafts:
        if old := draft.old:
            changes: Row = {n: v for n, v in draft.row.items() if n not in old or old[n] != v}
            org.storage.update(sobject.name, str(old["Id"]), changes or {"Id": old["Id"]})
    if sobject.name == "Task":
        _note_activity(org, drafts)
    for customization in org.customizations:
        customization.after_save(sobject, [draft.row for draft in drafts])


def _note_activity(org: OrgState, drafts: Iterable[RecordDraft]) -> None:
    """Set the date of the latest activity of people with closed Tasks."""
    latest: dict[str, str] = {}
    for draft in drafts:
        who, day = draft.row.get("WhoId"), draft.row.get("ActivityDate")
        if who and day and draft.row.get("IsClosed"):
            latest[str(who)] = max(str(day), latest.get(str(who), ""))
    for sobject, prefix in (("Lead", "00Q"), ("Contact", "003")):
        rows: list[tuple[Cell, ...]] = [
            (day, who) for who, day in latest.items() if who.startswith(prefix)
        ]
        org.storage.change(
            f'UPDATE "{sobject}" SET "LastActivityDate" = '
            'max(coalesce("LastActivityDate", \'\'), ?) WHERE "Id" = ?',
            rows,
        )
