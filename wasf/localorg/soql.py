"""A SOQL query as a value, and the place of a mistake in it."""

import re
from dataclasses import dataclass
from typing import Literal

from wasf.localorg.errors import Refused, refuse

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE"]
LiteralKind = Literal["string", "number", "date", "datetime", "boolean", "null", "relative"]


@dataclass(frozen=True, slots=True)
class Value:
    """A literal. `text` of a string keeps SOQL's escapes, because LIKE reads them differently."""

    kind: LiteralKind
    text: str
    at: int

    @property
    def plain(self) -> str:
        """The string that is meant, escapes undone."""
        return _ESCAPE.sub(lambda found: _PLAIN[found[1].lower()], self.text)


@dataclass(frozen=True, slots=True)
class Path:
    """A field, or a field of a related record: ("Owner", "Name")."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Compare:
    """`path operator value`."""

    path: Path
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """`path IN (values)`, or NOT IN."""

    path: Path
    values: tuple[Value, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Every:
    """Conditions joined by AND."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions joined by OR."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT condition."""

    part: "Condition"


Condition = Compare | OneOf | Every | Either | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole SELECT. No `fields` means COUNT()."""

    text: str
    fields: tuple[Path, ...]
    kind: str
    kind_at: int
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int


_ESCAPE = re.compile(r"\\([nrtbfNRTBF\"'\\_%]|$)")
_PLAIN = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f",
    '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%",
}  # fmt: skip


def located(text: str, at: int, code: str, message: str) -> Refused:
    """The error with the place in the query, drawn as Salesforce draws it."""
    start, end = max(0, at - 60), min(len(text), at + 40)
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    shown = f"\n{text[start:end]}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n"
    return refuse(code, shown + message)
