"""The kinds of field and object that an org is described with."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, NewType

# --- model


FieldType = Literal[
    "id", "reference", "string", "textarea", "picklist", "combobox", "phone", "email", "url",
    "boolean", "int", "double", "currency", "date", "datetime", "base64",
]  # fmt: skip

TEXT_TYPES: frozenset[str] = frozenset(
    {"string", "textarea", "picklist", "combobox", "phone", "email", "url"}
)
NUMBER_TYPES: frozenset[str] = frozenset({"int", "double", "currency"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object, with the flags that a describe shows.

    `guarded`: it is as if it were not there until a permission set of the user grants it.
    """

    name: str
    label: str
    type: FieldType
    length: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    defaulted: bool = False
    default: str | bool | None = None
    restricted: bool = False
    values: tuple[str, ...] = ()
    value_labels: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    relation: str | None = None
    polymorphic: bool = False
    id_lookup: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    name_field: bool = False
    custom: bool = False
    permissionable: bool = True
    guarded: bool = False
    compound: str | None = None

    @property
    def required(self) -> bool:
        """A record cannot be made without it, and nothing fills it in."""
        return self.createable and not self.nillable and not self.defaulted

    @property
    def must_hold(self) -> bool:
        """Never empty in a saved record, whether a person or a default filled it."""
        return self.createable and not self.nillable and self.type != "boolean"

    @property
    def is_text(self) -> bool:
        """Compared as text, without regard to case."""
        return self.type in TEXT_TYPES

    @property
    def is_identity(self) -> bool:
        """Holds a record id."""
        return self.type in ("id", "reference")


@dataclass(frozen=True, slots=True)
class Kind:
    """An object of the org (Lead, Task ...): its fields and what may be done with it.

    `tooling`: only the Tooling API knows it.
    """

    name: str
    label: str
    plural: str
    prefix: str
    fields: tuple[Field, ...]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    mergeable: bool = False
    tooling: bool = False
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)
    must_hold: tuple[str, ...] = field(init=False, repr=False, compare=False)
    initial: dict[str, str | int] = field(init=False, repr=False, compare=False)
    references: tuple[Field, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Works out once what every save asks: names in any case, what must be there, defaults."""
        held = tuple(each.name for each in self.fields if each.must_hold)
        initial = {
            each.name: int(each.default) if isinstance(each.default, bool) else each.default
            for each in self.fields
            if each.default is not None
        }
        object.__setattr__(self, "by_name", {each.name.lower(): each for each in self.fields})
        object.__setattr__(self, "must_hold", held)
        object.__setattr__(self, "initial", initial)
        references = tuple(each for each in self.fields if each.type == "reference")
        object.__setattr__(self, "references", references)

    def field(self, name: str) -> Field | None:
        """The field of that name in any case; None where there is none."""
        return self.by_name.get(name.lower())

    def has(self, name: str) -> bool:
        """Whether there is a field of exactly this name."""
        found = self.by_name.get(name.lower())
        return found is not None and found.name == name

    def relation(self, name: str) -> Field | None:
        """The reference field whose relationship is called `name` (Owner -> OwnerId)."""
        lowered = name.lower()
        return next((f for f in self.fields if f.relation and f.relation.lower() == lowered), None)

    def with_fields(self, extra: Iterable[Field]) -> "Kind":
        """This object with more fields."""
        return replace(self, fields=(*self.fields, *extra))

    def without(self, hidden: Iterable[str]) -> "Kind":
        """This object as a user sees it who may not see the `hidden` fields."""
        names = set(hidden)
        return replace(self, fields=tuple(f for f in self.fields if f.name not in names))


# --- ids
# Record ids as Salesforce makes them: kind, place, count and checksum in 18 characters.


RecordId = NewType("RecordId", str)
"""An id of 18 characters with the right checksum."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_POD = "5e0000"  # which instance made the record; part of every id, the same in one org


def checksum(short: str) -> str:
    """The three letters that say which of the 15 characters are capitals."""
    return _letter(short[:5]) + _letter(short[5:10]) + _letter(short[10:])


@lru_cache(maxsize=4096)
def _letter(block: str) -> str:
    return _SUFFIX[sum(1 << place for place, sign in enumerate(block) if "A" <= sign <= "Z")]


def mint(prefix: str, count: int) -> RecordId:
    """The id of the count-th record of the kind that `prefix` names."""
    digits = ""
    for _ in range(15 - len(prefix) - len(_POD)):
        count, digit = divmod(count, 62)
        digits = _DIGITS[digit] + digits
    short = prefix + _POD + digits
    return RecordId(short + checksum(short))


@lru_cache(maxsize=16384)
def canonical(text: str) -> RecordId | None:
    """The 18-character form of an id given with 15 or 18; None where it is no id."""
    if not _SHAPE.fullmatch(text):
        return None
    short = text[:15]
    if len(text) == 18:
        return _repaired(short, text[15:])
    return RecordId(short + checksum(short))


def _repaired(short: str, suffix: str) -> RecordId | None:
    """The id whose letters have the case that the suffix tells (18 characters ignore case)."""
    # A letter that no checksum has is -1 here, and found out by the comparison below.
    capitals = [_SUFFIX.find(letter) for letter in suffix.upper()]
    fixed = "".join(
        sign.upper() if capitals[place // 5] >> place % 5 & 1 else sign.lower()
        for place, sign in enumerate(short)
    )
    return RecordId(fixed + suffix.upper()) if checksum(fixed) == suffix.upper() else None
