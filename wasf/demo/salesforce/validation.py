"""What Salesforce itself checks and fills in: values of fields, and records that are saved."""

import base64
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wasf.demo.salesforce.calls import ErrorDetail, Json, RecordDraft, RequestRefused, refuse
from wasf.demo.salesforce.model import Field, SObjectType, canonical
from wasf.demo.salesforce.org import OrgSettings, OrgState
from wasf.demo.salesforce.storage import Cell, Row, stamp

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"\\]+@[^@\s.]+(?:\.[^@\s.]+)+")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)")

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z?")

_LARGEST = {"int": 2**31 - 1}


def stored(field: Field, value: Json) -> Cell:
    """Return the stored form of a value.

    Raise `RequestRefused` if the field does not take it; see also `fails_request`.
    """
    if value is None or value == "":
        return 0 if field.type == "boolean" else None
    match field.type:
        case "boolean":
            return _boolean(value)
        case "int" | "double" | "currency" | "percent":
            return _number(field, value)
        case "date" | "time" | "datetime":
            return _MOMENTS[field.type](_string(field, value))
        case "id" | "reference":
            return _identity(field, _string(field, value))
        case "base64":
            return _decoded(field, _string(field, value))
        case _:
            return _text(field, _string(field, value))


def utf16_length(text: str) -> int:
    """Return the length as Salesforce counts it, in UTF-16 units: an emoji has two."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def instant(text: str) -> str:
    """Return a time as text in the form of `stamp`. Raise `RequestRefused` if it is not a time."""
    if not _DATETIME.fullmatch(text):
        raise _wrong_type("datetime", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong_type("datetime", text) from None
    return stamp(moment)


def _wrong_type(wanted: str, value: Json) -> RequestRefused:
    match value:
        case str():
            kind = "VALUE_STRING"
        case bool():
            kind = f"VALUE_{str(value).upper()}"
        case int():
            kind = "VALUE_NUMBER_INT"
        case float():
            kind = "VALUE_NUMBER_FLOAT"
        case list():
            kind = "START_ARRAY"
        case _:
            kind = "START_OBJECT"
    where = "or request may be missing a required field at [line:1, column:1]"
    shown_value = value if isinstance(value, str | int | float) else ""
    message = f"Cannot deserialize instance of {wanted} from {kind} value {shown_value} {where}"
    return refuse("JSON_PARSER_ERROR", message)


def _string(field: Field, value: Json) -> str:
    if isinstance(value, str):
        return value
    raise _wrong_type("string" if field.is_text else field.type, value)


def _boolean(value: Json) -> int:
    if isinstance(value, bool):
        return int(value)
    raise _wrong_type("boolean", value)


def _number(field: Field, value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong_type(field.type, value)
    try:
        number = float(value)
    except ValueError:
        raise _wrong_type(field.type, value) from None
    if not math.isfinite(number) or (field.type == "int" and number != int(number)):
        raise _wrong_type(field.type, value)
    if abs(number) > _LARGEST.get(field.type, 1e18):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", message, field.name)
    if field.precision and abs(number) >= 10 ** (field.precision - field.scale):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", message, field.name)
    return int(number) if field.type == "int" else number


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise _wrong_type("time", text)
    return text


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat() if len(text) == 10 else instant(text)[:10]
    except (ValueError, RequestRefused):
        raise _wrong_type("date", text) from None


_MOMENTS = {"date": _date, "time": _time, "datetime": instant}


def _identity(field: Field, text: str) -> str:
    found = canonical(text)
    if found is None:
        message = f"{field.label}: id value of incorrect type: {text}"
        raise refuse("MALFORMED_ID", message, field.name)
    return found


def _text(field: Field, text: str) -> str | None:
    if _UNFIT.search(text):
        raise refuse("JSON_PARSER_ERROR", f"Illegal character in the value of '{field.name}'")
    text = text.strip()
    if len(text) * 2 > field.length and utf16_length(text) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise refuse("STRING_TOO_LONG", message, field.name)
    if field.type == "email" and text:
        return _email(field, text)
    parts = text.split(";") if field.type == "multipicklist" else [text]
    if field.restricted and text and not set(parts) <= set(field.values):
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise refuse("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field.name)
    return text or None


def _decoded(field: Field, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise refuse("JSON_PARSER_ERROR", f"'{field.name}' is not valid base64") from None


def _email(field: Field, text: str) -> str:
    if not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise refuse("INVALID_EMAIL_ADDRESS", message, field.name)
    return text.lower()


def fails_request(error: ErrorDetail) -> bool:
    """Whether the error fails the request, not only one of its records."""
    return error.code in ("JSON_PARSER_ERROR", "INVALID_FIELD")


ARCHIVE_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SaveContext:
    """What holds for all records of one save. It is read once, however many records there are.

    `related` are the records that the saved ones refer to, by id; `prefixes` the id prefixes of
    all objects, by name.
    """

    settings: OrgSettings
    stamp: str
    archive_before: str
    closed_statuses: frozenset[object]
    high_priorities: frozenset[object]
    related: Mapping[str, Row]
    prefixes: Mapping[str, str]


def save_context(org: OrgState, references: Iterable[str]) -> SaveContext:
    """Read what a save needs to know, with the records of the given ids."""

    def flagged(sobject: str, flag: str) -> frozenset[object]:
        found = org.storage.tuples(f'SELECT "ApiName" FROM "{sobject}" WHERE "{flag}"')  # noqa: S608 (names of the schema)
        return frozenset(row[0] for row in found)

    return SaveContext(
        org.settings,
        org.stamp(),
        (org.now() - ARCHIVE_AFTER).date().isoformat(),
        flagged("TaskStatus", "IsClosed"),
        flagged("TaskPriority", "IsHighPriority"),
        org.rows_by_id(references),
        org.prefixes(),
    )


def check(sobject: SObjectType, draft: RecordDraft, context: SaveContext) -> None:
    """Fail a draft that lacks a field, refers to a wrong record or breaks a platform rule."""
    row = draft.row
    draft.fail(_missing(sobject, row))
    for field in sobject.references:
        value = row.get(field.name)
        if value is not None and field.name in draft.given:
            draft.fail(_bad_reference(field, str(value), context))
    if draft.old is None or row.get("OwnerId") != draft.old.get("OwnerId"):
        draft.fail(_inactive_owner(sobject, row, context))
    if sobject.name == "Task":
        draft.fail(_task_error(row, context))


def _missing(sobject: SObjectType, row: Row) -> ErrorDetail | None:
    names = [name for name in sobject.must_hold if row.get(name) is None]
    if not names:
        return None
    text = f"Required fields are missing: [{', '.join(names)}]"
    return ErrorDetail("REQUIRED_FIELD_MISSING", text, tuple(names))


def _bad_reference(field: Field, value: str, context: SaveContext) -> ErrorDetail | None:
    """Refuse an id of no record, of a deleted one, or of an object that may not stand here."""
    row = context.related.get(value)
    fits = any(context.prefixes.get(target) == value[:3] for target in field.refers_to)
    if field.name in ("WhoId", "WhatId") and not fits:
        text = f"{field.label}: id value of incorrect type: {value}"
        return ErrorDetail("FIELD_INTEGRITY_EXCEPTION", text, (field.name,))
    if row is None or not fits or row.get("IsDeleted"):
        return ErrorDetail(
            "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,)
        )
    return None


def _inactive_owner(sobject: SObjectType, row: Row, context: SaveContext) -> ErrorDetail | None:
    owner = context.related.get(str(row.get("OwnerId")))
    if owner is None or owner.get("IsActive", 1):
        return None
    user, what = str(owner["Id"]), sobject.name.lower()
    text = f"operation performed with inactive user [{user}] as owner of {what}"
    return ErrorDetail("INACTIVE_OWNER_OR_USER", text)


def _task_error(row: Row, context: SaveContext) -> ErrorDetail | None:
    person = str(row.get("WhoId") or "")
    if person.startswith("00Q") and row.get("WhatId"):
        text = "Related To ID: a task on a lead cannot be related to another record"
        return ErrorDetail("FIELD_INTEGRITY_EXCEPTION", text, ("WhatId",))
    converted = context.related.get(person, {}).get("IsConverted")
    if converted and not context.settings.edit_converted_leads:
        return ErrorDetail("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    return None


def derive(sobject: str, row: Row, context: SaveContext) -> None:
    """Set the fields that the platform computes from others."""
    if row.get("LastName"):  # an Account has one if it is a person
        parts = (row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(str(part) for part in parts if part)
    if sobject == "Task":
        _derive_task(row, context)


def _derive_task(row: Row, context: SaveContext) -> None:
    closed = row.get("Status") in context.closed_statuses
    if closed and not row.get("IsClosed"):
        row["CompletedDateTime"] = context.stamp
    if not closed:
        row["CompletedDateTime"] = None
    row["IsClosed"] = int(closed)
    row["IsHighPriority"] = int(row.get("Priority") in context.high_priorities)
    row["TaskSubtype"] = row.get("TaskSubtype") or "Task"
    person = context.related.get(str(row.get("WhoId")), {})
    related = str(row.get("WhatId") or "")
    above = context.related.get(related, {}).get("AccountId")
    row["AccountId"] = related if related[:3] == "001" else above or person.get("AccountId")
    old = is_old(row, context.archive_before)
    row["IsArchived"] = int(context.settings.archive_at_insert and old)


def is_old(task: Row, before: str) -> bool:
    """Whether the nightly archiver takes a Task: it is closed, and not after the day `before`."""
    day = task.get("ActivityDate") or task["CreatedDate"]
    return bool(task.get("IsClosed")) and str(day)[:10] <= before


def check_unique(org: OrgState, sobject: SObjectType, drafts: Sequence[RecordDraft]) -> None:
    """Fail drafts whose value of a unique field another record has, stored or in the request."""
    for field in sobject.fields:
        if field.unique:
            holding = [draft for draft in drafts if draft.row.get(field.name) is not None]
            _check_field(org, sobject, field, holding)


def _check_field(
    org: OrgState, sobject: SObjectType, field: Field, drafts: Sequence[RecordDraft]
) -> None:
    stored = org.storage.find(sobject.name, field.name, {d.row[field.name] for d in drafts})
    holders = {_key(field, row): row["Id"] for row in stored if not row["IsDeleted"]}
    for draft in drafts:
        holder = holders.setdefault(_key(field, draft.row), draft.row["Id"])
        if holder != draft.row["Id"]:
            shown = "<unknown>" if holder in org.private_records() else str(holder)
            where = f"duplicates value on record with id: {shown}"
            text = f"duplicate value found: {field.name} {where}"
            draft.fail(ErrorDetail("DUPLICATE_VALUE", text))


def _key(field: Field, row: Row) -> str:
    text = str(row[field.name])
    return text if field.case_sensitive else text.casefold()
