"""A SOQL query and its result as values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wasf.demo.salesforce.calls import RequestRefused, refuse
from wasf.demo.salesforce.model import Field, SObjectType
from wasf.demo.salesforce.storage import Cell

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE"]
LiteralType = Literal["string", "number", "date", "datetime", "boolean", "null", "relative"]


@dataclass(frozen=True, slots=True)
class SoqlLiteral:
    """A literal, at its place `at` in the query.

    The text of a string keeps SOQL's escapes, because LIKE reads them in another way than `=`.
    """

    type: LiteralType
    text: str
    at: int

    @property
    def plain(self) -> str:
        """The string that is meant, without escapes."""
        return _ESCAPE.sub(lambda found: _PLAIN[found[1].lower()], self.text)


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A field, or a field of a related record: ("Owner", "Name")."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """`path operator value`."""

    path: FieldPath
    operator: Operator
    value: SoqlLiteral


@dataclass(frozen=True, slots=True)
class InList:
    """`path IN (values)`, or NOT IN."""

    path: FieldPath
    values: tuple[SoqlLiteral, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions joined by AND."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions joined by OR."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class NotCondition:
    """NOT condition."""

    part: "Condition"


Condition = FieldComparison | InList | AllOf | AnyOf | NotCondition


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of ORDER BY."""

    path: FieldPath
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A whole SELECT. No `fields` means COUNT(). `sobject_at` is the place of the object's name."""

    text: str
    fields: tuple[FieldPath, ...]
    sobject: str
    sobject_at: int
    where: Condition | None
    order: tuple[OrderKey, ...]
    limit: int | None
    offset: int


@dataclass(frozen=True, slots=True)
class QueryColumn:
    """A field that a query uses, with the SQL for it. `link` is the reference that leads to it."""

    field: Field
    sql: str
    link: Field | None = None


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a query: Id, the query's fields, then the ids of the `links` that it follows.

    `names` are the names of all objects by the prefix of their ids, if there are links.
    """

    query: ParsedQuery
    sobject: SObjectType
    columns: tuple[QueryColumn, ...]
    links: tuple[str, ...]
    names: Mapping[str, str]
    rows: Sequence[tuple[Cell, ...]]
    count: int


_ESCAPE = re.compile(r"\\([nrtbfNRTBF\"'\\_%]|$)")
_PLAIN = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f",
    '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%",
}  # fmt: skip


def located(text: str, at: int, code: str, message: str) -> RequestRefused:
    """Return an error with its place in the query, drawn as Salesforce draws it."""
    start, end = max(0, at - 60), min(len(text), at + 40)
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    shown = f"\n{text[start:end]}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n"
    return refuse(code, shown + message)


def too_complicated() -> RequestRefused:
    """Return the error for a query that is too large inside."""
    return refuse("QUERY_TOO_COMPLICATED", "Query is too complicated")
