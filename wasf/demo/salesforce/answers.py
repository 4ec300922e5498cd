"""What a query gives: its rows, and the fields that they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wasf.demo.salesforce.model import Field, Kind
from wasf.demo.salesforce.soql import Query
from wasf.demo.salesforce.storage import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A field that a query may use, with the SQL that yields it."""

    field: Field
    sql: str
    link: Field | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query: Id, the query's fields, then the ids of the `links` that it follows."""

    query: Query
    kind: Kind
    columns: tuple[Column, ...]
    links: tuple[str, ...]
    names: Mapping[str, str]
    rows: Sequence[tuple[Cell, ...]]
    count: int
