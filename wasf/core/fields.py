"""Fields that a setting fills: checked against the org's describe, converted by their type (F1-F3).

`check_fields` turns a mapping of API names to templates into `FilledField`s before anything is
written, or raises `BadSetting`. `fill_fields` makes the values of one record; a value that a field
cannot hold is an `UnfitValue`, so that the record waits with that reason. No value is ever cut.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time
from itertools import product
from typing import Final, NamedTuple

from wasf.core.chats import Direction, MessageKind
from wasf.core.templates import (
    IN_FIELDS,
    TIMES,
    BadTemplate,
    Placeholder,
    Template,
    TemplateValues,
    direction_word,
)
from wasf.core.text import nearest_name, one_line, shorten, utf16_length
from wasf.errors import BadSetting
from wasf.values import dataclass

FieldValue = str | int | float | bool
FieldValues = tuple[tuple[str, FieldValue], ...]
"""Names of fields, and their values as JSON has them."""

RECORD_TYPE: Final = "RecordType"
RECORD_TYPE_ID: Final = "RecordTypeId"

_TEXTS: Final = frozenset({"string", "textarea", "combobox", "phone", "encryptedstring"})
_NUMBERS: Final = frozenset({"int", "double", "currency", "percent"})
_PICKLISTS: Final = frozenset({"picklist", "multipicklist"})
_MOMENTS: Final = frozenset({"date", "datetime", "time"})
_EMAIL: Final = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
_RECORD_ID: Final = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_SWITCH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LARGEST_INT: Final = 2**31 - 1
_SHOWN_CHOICES: Final = 8
_SHOWN_TEXT: Final = 40
_FINITE: Final[Mapping[Placeholder, tuple[str, ...]]] = {
    Placeholder.DIRECTION: tuple(map(direction_word, Direction)),
    Placeholder.KIND: tuple(MessageKind),
}
"""The values of placeholders that have few of them."""


@dataclass(frozen=True, slots=True)
class DescribedField:
    """A field as describe shows it to the connected user.

    `length` is in UTF-16 units. `precision` and `scale` are digits in all and behind the point.
    `choices` are the active values of a picklist, `is_restricted` if it takes no others.
    Without an `is_required` field no record can be created.
    """

    name: str
    type: str
    createable: bool = True
    length: int = 0
    precision: int = 0
    scale: int = 0
    choices: tuple[str, ...] = ()
    is_restricted: bool = False
    is_required: bool = False
    is_filterable: bool = True
    is_encrypted: bool = False
    is_updateable: bool = True


class RecordTypeChoice(NamedTuple):
    """A record type of an object; `is_available` if it is assigned to the connected user."""

    id: str
    label: str
    api_name: str
    is_available: bool = True


@dataclass(frozen=True, slots=True)
class DescribedObject:
    """An object as describe shows it to the connected user."""

    name: str
    fields: Mapping[str, DescribedField] = field(default_factory=dict)
    record_types: tuple[RecordTypeChoice, ...] = ()


class UnfitValue(NamedTuple):
    """A value that a field cannot hold; `reason` has nothing of the value."""

    reason: str


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field of new records, and the template of its value."""

    field: DescribedField
    template: Template


def with_fields(mapping: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return a setting's mapping with more fields; those that it names already stay as they are."""
    named = {name.lower() for name in mapping}
    added = {name: text for name, text in more.items() if name.lower() not in named}
    return {**mapping, **added}


# --- Before anything is written ----------------------------------------------------------------


def check_fields(
    setting: str, mapping: Mapping[str, str], described: DescribedObject, taken: Collection[str]
) -> tuple[FilledField, ...]:
    """Return the fields that a setting fills. Raise `BadSetting` for one that cannot be filled.

    `taken` are the fields that wasf fills by itself.
    """
    return tuple(
        _check_field(f"{setting}: {described.name}.{name}", name, text, described, taken)
        for name, text in mapping.items()
    )


def _check_field(
    where: str, name: str, text: str, described: DescribedObject, taken: Collection[str]
) -> FilledField:
    template = parse_template(where, text)
    if name == RECORD_TYPE:
        return _record_type(where, template, described)
    about = described.fields.get(name)
    if about is None:
        near = nearest_name(name, described.fields)
        hint = f"Did you mean {near}?" if near else _see_setup(described)
        raise BadSetting(
            f"The setting {where} does not exist, or the connected user does not see it.", hint
        )
    if name in taken:
        raise BadSetting(
            f"The setting {where} is filled by wasf itself.", f"Take it out: {_edit(where)}"
        )
    if not about.createable:
        raise BadSetting(
            f"The setting {where} may not be filled by the connected user.",
            "It may be a formula or read-only; else an administrator grants Edit Access in a"
            " permission set.",
        )
    filled = FilledField(about, template)
    if problem := _problem(filled):
        raise BadSetting(f"The setting {where} ({about.type}) {problem[0]}.", problem[1])
    return filled


def parse_template(where: str, text: str) -> Template:
    """Return the template of a field's value. Raise `BadSetting` with the nearest placeholder."""
    try:
        return Template.parse(text, IN_FIELDS)
    except BadTemplate as bad:
        known = ", ".join(f"{{{one}}}" for one in Placeholder if one in IN_FIELDS)
        hint = f"Did you mean {bad.near}?" if bad.near else f"Known are {known}."
        raise BadSetting(f"The setting {where} is no template: {bad.why}.", hint) from None


def _record_type(where: str, template: Template, described: DescribedObject) -> FilledField:
    """Return the field for a record type that is named by its label or API name."""
    wanted = (template.constant or "").casefold()
    types = described.record_types
    named = [one for one in types if wanted in (one.label.casefold(), one.api_name.casefold())]
    for one in named:
        if one.is_available:
            about = DescribedField(RECORD_TYPE_ID, "reference")
            return FilledField(about, Template((one.id,)))
    why = "is not assigned to the connected user" if named else "does not exist"
    hint = _among([one.label for one in types if one.is_available], template.constant or "")
    raise BadSetting(f"The setting {where}: this record type {why}.", hint)


def _problem(filled: FilledField) -> tuple[str, str] | None:
    """Return what is wrong with a field's template, and a hint; None if it fits the type."""
    about, template = filled.field, filled.template
    if template.constant is not None:
        value = _converted(about, template.constant)
        if isinstance(value, UnfitValue):
            return value.reason, _hint_for(about, template.constant)
        return None
    if about.type in _PICKLISTS:
        return _unlisted(filled)
    if about.type == "url":
        return None if _is_address(template) else _NO_ADDRESS
    allowed = _WHOLE_VALUES.get(about.type, ())
    if about.type in _TEXTS or template.alone in allowed:
        return None
    names = "".join(f", or {{{one}}} alone" for one in allowed)
    return "cannot take this value", f"It takes {_CONSTANTS.get(about.type, 'a constant')}{names}."


_NO_ADDRESS: Final = ("does not begin as an address", "Use {chat_url}, or begin with https://.")

_WHOLE_VALUES: Final[Mapping[str, tuple[Placeholder, ...]]] = {
    **dict.fromkeys(_MOMENTS, TIMES),
    **dict.fromkeys(_NUMBERS, (Placeholder.COUNT,)),
    "email": (Placeholder.OWNER_EMAIL,),
}
"""Types that take no mixed text, and the placeholders that are a whole value of theirs."""

_CONSTANTS: Final = {
    "boolean": "true or false",
    "date": "a day such as 2026-03-14",
    "datetime": "a time such as 2026-03-14T09:00+01:00",
    "time": "a time of day such as 09:00",
    "reference": "the id of a record",
    "email": "an e-mail address",
    **dict.fromkeys(_NUMBERS, "a number"),
}


def _is_address(template: Template) -> bool:
    first = template.pieces[0]
    if isinstance(first, Placeholder):
        return first is Placeholder.CHAT_URL
    return first.startswith(("https://", "http://"))


def _unlisted(filled: FilledField) -> tuple[str, str] | None:
    """Check the values of a template for a restricted picklist, where they can be known."""
    template = filled.template
    if not filled.field.is_restricted or not set(template.placeholders) <= _FINITE.keys():
        return None
    choices = [
        _FINITE[piece] if isinstance(piece, Placeholder) else (piece,) for piece in template.pieces
    ]
    for text in map("".join, product(*choices)):
        if isinstance(found := _converted(filled.field, text), UnfitValue):
            return f"{found.reason} {text}", _hint_for(filled.field, text)
    return None


def _hint_for(about: DescribedField, text: str) -> str:
    if about.type in _PICKLISTS:
        return _among(about.choices, text)
    allowed = "".join(f" It takes {{{one}}} too." for one in _WHOLE_VALUES.get(about.type, ())[:1])
    return f"The value is {shorten(text, _SHOWN_TEXT)}.{allowed}"


def _among(choices: Iterable[str], text: str) -> str:
    """Return the choice that may be meant, else some of them."""
    known = list(choices)
    if near := nearest_name(text, known):
        return f"Did you mean {near}?"
    more = ", …" if len(known) > _SHOWN_CHOICES else ""
    return f"It has {', '.join(known[:_SHOWN_CHOICES])}{more}." if known else "It has none."


def _see_setup(described: DescribedObject) -> str:
    owner = "Activity" if described.name == "Task" else described.name
    return f"Check its API name in Setup, Object Manager, {owner}, Fields & Relationships."


def _edit(where: str) -> str:
    return f"wasf config set {where.partition(':')[0]} with the other fields"


# --- The values of one record ------------------------------------------------------------------


def fill_fields(filled: Iterable[FilledField], values: TemplateValues) -> FieldValues | UnfitValue:
    """Return the fields of one record; empty values are left out. The first unfit one wins."""
    found: list[tuple[str, FieldValue]] = []
    for one in filled:
        value = _value_of(one, values)
        if isinstance(value, UnfitValue):
            return UnfitValue(f"the field {one.field.name} {value.reason}")
        if value is not None:
            found.append((one.field.name, value))
    return tuple(found)


def constant_fields(filled: Iterable[FilledField]) -> FieldValues:
    """Return the fields whose template is a constant, for a record that tells of no message."""
    constants = [(one.field, one.template.constant) for one in filled]
    values = [(about.name, _converted(about, text)) for about, text in constants if text]
    return tuple(
        (name, value)
        for name, value in values
        if value is not None and not isinstance(value, UnfitValue)
    )


def _value_of(filled: FilledField, values: TemplateValues) -> FieldValue | UnfitValue | None:
    about, alone = filled.field, filled.template.alone
    if alone in TIMES and about.type in _MOMENTS:
        return _moment(about.type, values.moment(alone))
    return _converted(about, filled.template.fill(values))


def _moment(kind: str, at: datetime) -> str:
    """Return a time as a date (the local day), a time of day, or an instant in UTC."""
    if kind == "date":
        return at.date().isoformat()
    if kind == "time":
        return f"{at:%H:%M:%S}.000Z"
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _converted(about: DescribedField, text: str) -> FieldValue | UnfitValue | None:
    """Return a text as a value of the field's type, None if it is empty."""
    text = text.strip()
    if not text:
        return None
    convert = _CONVERTERS.get(about.type)
    if convert is None:
        return UnfitValue("is of a type that wasf does not fill")
    return convert(about, text)


def _switch(about: DescribedField, text: str) -> bool | UnfitValue:
    del about
    value = _SWITCH.get(text.lower())
    return UnfitValue("takes true or false") if value is None else value


def _record(about: DescribedField, text: str) -> str | UnfitValue:
    del about
    return text if _RECORD_ID.fullmatch(text) else UnfitValue("takes the id of a record")


def _email(about: DescribedField, text: str) -> str | UnfitValue:
    if not _EMAIL.fullmatch(text):
        return UnfitValue("takes an e-mail address")
    return _fitting(about, text)


def _line(about: DescribedField, text: str) -> str | UnfitValue:
    return _fitting(about, one_line(text))


def _fitting(about: DescribedField, text: str) -> str | UnfitValue:
    """Return a text if the field holds all of it; none is ever cut."""
    length = utf16_length(text)
    if about.length and length > about.length:
        return UnfitValue(f"holds {about.length:,} characters, and the value has {length:,}")
    return text


def _picked(about: DescribedField, text: str) -> str | UnfitValue:
    parts = [text] if about.type == "picklist" else [one.strip() for one in text.split(";")]
    if about.is_restricted and not set(parts) <= set(about.choices):
        return UnfitValue("is a restricted picklist without the value")
    return _fitting(about, ";".join(filter(None, parts)))


def _number(about: DescribedField, text: str) -> FieldValue | UnfitValue:
    try:
        value = float(text)
    except ValueError:
        return UnfitValue("takes a number")
    if not math.isfinite(value) or (about.type == "int" and value != int(value)):
        return UnfitValue("takes a whole number" if about.type == "int" else "takes a number")
    digits = about.precision - about.scale
    if abs(value) >= 10**digits if about.precision else abs(value) > _LARGEST_INT:
        return UnfitValue("takes a smaller number")
    return int(value) if value == int(value) else value


def _read_moment(about: DescribedField, text: str) -> str | UnfitValue:
    kind = about.type
    try:
        if kind == "date":
            return date.fromisoformat(text).isoformat()
        if kind == "time":
            return f"{time.fromisoformat(text).replace(tzinfo=None):%H:%M:%S}.000Z"
        at = datetime.fromisoformat(text)
    except ValueError:
        return UnfitValue(f"takes {_CONSTANTS[kind]}")
    return _moment(kind, at) if at.tzinfo else UnfitValue(f"takes {_CONSTANTS[kind]}")


_CONVERTERS: Final[Mapping[str, Callable[[DescribedField, str], FieldValue | UnfitValue]]] = {
    **dict.fromkeys(_TEXTS | {"url"}, _line),
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_PICKLISTS, _picked),
    **dict.fromkeys(_MOMENTS, _read_moment),
    "textarea": _fitting,
    "boolean": _switch,
    "reference": _record,
    "email": _email,
}
"""How a text becomes a value, by the described type."""
