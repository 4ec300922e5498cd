"""Convert JSON values to stored ones and back, with all errors that Salesforce has for a value."""

import base64
import math
import re
from datetime import UTC, date, datetime

from wasf.demo.salesforce.calls import ErrorDetail, Json, RequestRefused, refuse
from wasf.demo.salesforce.model import Field, canonical
from wasf.demo.salesforce.storage import Cell

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


def shown(field: Field, cell: Cell) -> Json:
    """Return the JSON form of a stored value."""
    if field.type == "boolean":
        return bool(cell)
    return None if isinstance(cell, bytes) else cell


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


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it and the org stores it: UTC, milliseconds, +0000."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}+0000"


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
