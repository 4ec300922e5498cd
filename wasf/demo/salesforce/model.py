"""How an org describes its objects: fields, object types, and the ids of their records."""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, NewType

FieldType = Literal[
    "id", "reference", "string", "textarea", "picklist", "combobox", "phone", "email", "url",
    "boolean", "int", "double", "currency", "percent", "date", "datetime", "time", "base64",
    "multipicklist",
]  # fmt: skip

TEXT_TYPES: frozenset[str] = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "combobox", "phone", "email", "url"}
)
NUMBER_TYPES: frozenset[str] = frozenset({"int", "double", "currency", "percent"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object, with the flags that a describe shows. `length` is in characters.

    `precision` and `scale` are the digits of a number in all and behind the point; 0: no limit.
    """

    name: str
    label: str
    type: FieldType
    length: int = 0
    precision: int = 0
    scale: int = 0
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
    encrypted: bool = False
    permissionable: bool = True
    compound: str | None = None

    @property
    def must_hold(self) -> bool:
        """Whether a saved record always has a value here, given by a person or by default.

        The platform gives CreatedDate also where a person may.
        """
        may_lack = self.nillable or self.type == "boolean" or self.name == "CreatedDate"
        return self.createable and not may_lack

    @property
    def is_text(self) -> bool:
        """Whether values are compared as text, without regard to case."""
        return self.type in TEXT_TYPES

    @property
    def is_identity(self) -> bool:
        """Whether it holds a record id."""
        return self.type in ("id", "reference")


@dataclass(frozen=True, slots=True)
class RecordTypeInfo:
    """A record type of an object; `available` if it is assigned to the API user."""

    id: str
    name: str
    developer_name: str
    available: bool = True


MASTER = RecordTypeInfo("012000000000000AAA", "Master", "Master")
"""The record type of objects that have none."""


@dataclass(frozen=True, slots=True)
class SObjectType:
    """An object of the org (Lead, Task ...): its fields, and what may be done with its records.

    `prefix` is the first three characters of its record ids. The attributes that are not given to
    the constructor are worked out once, because every save needs them.
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
    record_types: tuple[RecordTypeInfo, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)
    must_hold: tuple[str, ...] = field(init=False, repr=False, compare=False)
    initial: dict[str, str | int] = field(init=False, repr=False, compare=False)
    references: tuple[Field, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out names in lower case, required fields, default values and references."""
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
        """Return the field of that name, in any case."""
        return self.by_name.get(name.lower())

    def has(self, name: str) -> bool:
        """Whether there is a field of exactly this name."""
        found = self.by_name.get(name.lower())
        return found is not None and found.name == name

    def relation(self, name: str) -> Field | None:
        """Return the reference field of a relationship: OwnerId for Owner."""
        lowered = name.lower()
        return next((f for f in self.fields if f.relation and f.relation.lower() == lowered), None)


RecordId = NewType("RecordId", str)
"""A record id of 18 characters with the right checksum."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_POD = "5e0000"  # the instance that made the record; the same in all ids of one org


def mint(prefix: str, count: int) -> RecordId:
    """Return the id of the count-th record of the object with that prefix."""
    digits = ""
    for _ in range(15 - len(prefix) - len(_POD)):
        count, digit = divmod(count, 62)
        digits = _DIGITS[digit] + digits
    short = prefix + _POD + digits
    return RecordId(short + checksum(short))


@lru_cache(maxsize=16384)
def canonical(text: str) -> RecordId | None:
    """Return the 18-character form of an id of 15 or 18 characters; None if it is not an id."""
    if not _SHAPE.fullmatch(text):
        return None
    short = text[:15]
    if len(text) == 18:
        return _repaired(short, text[15:])
    return RecordId(short + checksum(short))


def checksum(short: str) -> str:
    """Return the three characters that say which of the 15 characters are capitals."""
    return _letter(short[:5]) + _letter(short[5:10]) + _letter(short[10:])


@lru_cache(maxsize=4096)
def _letter(block: str) -> str:
    return _SUFFIX[sum(1 << place for place, sign in enumerate(block) if "A" <= sign <= "Z")]


def _repaired(short: str, suffix: str) -> RecordId | None:
    """Return the id with the case that its suffix tells: ids of 18 characters ignore case."""
    # A letter that no checksum has becomes -1 here, and the comparison below finds it.
    capitals = [_SUFFIX.find(letter) for letter in suffix.upper()]
    fixed = "".join(
        sign.upper() if capitals[place // 5] >> place % 5 & 1 else sign.lower()
        for place, sign in enumerate(short)
    )
    return RecordId(fixed + suffix.upper()) if checksum(fixed) == suffix.upper() else None


# --- Fields that recur -----------------------------------------------------------------------

SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")


def text(name: str, label: str, length: int, *, kind: FieldType = "string") -> Field:
    """Return a field for one line of text, or of another `kind` of text."""
    return Field(name, label, kind, length)


def system(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """Return a required field that only the platform writes."""
    return Field(
        name, label, kind, length, nillable=False, createable=False, updateable=False,
        defaulted=True, permissionable=False, groupable=kind not in ("datetime", "double"),
    )  # fmt: skip


def read_only(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """Return a field that only the platform writes and that may be empty."""
    return replace(system(name, label, kind, length), nillable=True, defaulted=False)


def refers(field: Field, *targets: str) -> Field:
    """Return the field as a reference to records of the target objects."""
    relation = field.name.removesuffix("Id") if field.name.endswith("Id") else None
    return replace(field, length=18, refers_to=targets, relation=relation)


def long_text(name: str, label: str, length: int = 32_000) -> Field:
    """Return a long text area: it can be neither filtered nor sorted by."""
    return Field(name, label, "textarea", length, filterable=False, sortable=False, groupable=False)


def pick(name: str, label: str, length: int, values: tuple[str, ...]) -> Field:
    """Return a picklist that takes other values, too."""
    return Field(name, label, "picklist", length, values=values)


def flag(name: str, label: str) -> Field:
    """Return a checkbox that only the platform writes."""
    return replace(system(name, label, "boolean"), default=False)


def identity(label: str) -> Field:
    """Return the field `Id`."""
    return replace(system("Id", label, "id", 18), id_lookup=True)


def owner(*targets: str) -> Field:
    """Return the field `OwnerId`: a reference to a User, or also to a queue (Group)."""
    field = Field(
        "OwnerId", "Owner ID", "reference", nillable=False, defaulted=True, permissionable=False
    )
    return replace(refers(field, *targets), polymorphic=len(targets) > 1)


def audit() -> tuple[Field, ...]:
    """Return who created and changed a record, and when."""
    by = tuple(
        refers(system(name, label, "reference"), "User")
        for name, label in (
            ("CreatedById", "Created By ID"),
            ("LastModifiedById", "Last Modified By ID"),
        )
    )
    return (
        system("CreatedDate", "Created Date", "datetime"),
        by[0],
        system("LastModifiedDate", "Last Modified Date", "datetime"),
        by[1],
        system("SystemModstamp", "System Modstamp", "datetime"),
    )


def person_name() -> tuple[Field, ...]:
    """Return the parts of a name of a person, and the whole name."""
    parts = (
        replace(text("LastName", "Last Name", 80), nillable=False),
        text("FirstName", "First Name", 40),
        pick("Salutation", "Salutation", 40, SALUTATIONS),
    )
    whole = replace(system("Name", "Full Name", "string", 121), defaulted=False, name_field=True)
    return (*(replace(f, compound="Name", permissionable=False) for f in parts), whole)


def address(prefix: str = "") -> tuple[Field, ...]:
    """Return the parts of an address."""
    parts = (
        Field(f"{prefix}Street", f"{prefix} Street".strip(), "textarea", 255),
        text(f"{prefix}City", f"{prefix} City".strip(), 40),
        text(f"{prefix}State", f"{prefix} State/Province".strip(), 80),
        text(f"{prefix}PostalCode", f"{prefix} Zip/Postal Code".strip(), 20),
        text(f"{prefix}Country", f"{prefix} Country".strip(), 80),
    )
    return tuple(replace(f, compound=f"{prefix}Address") for f in parts)


def phone(name: str, label: str) -> Field:
    """Return a field for a phone number."""
    return text(name, label, 40, kind="phone")


def email() -> Field:
    """Return the field `Email`."""
    return replace(text("Email", "Email", 80, kind="email"), id_lookup=True)
