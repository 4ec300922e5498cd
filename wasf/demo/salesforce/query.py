"""Runs SOQL: checks every name against what the user may see, then lets SQLite do the search."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta

from wasf.demo.salesforce import (
    describe as showing,
)
from wasf.demo.salesforce import (
    query_fields as restrictions,
)
from wasf.demo.salesforce import (
    storage as like,
)
from wasf.demo.salesforce import (
    values,
)
from wasf.demo.salesforce.answers import Answer, Column
from wasf.demo.salesforce.errors import Json, Refused
from wasf.demo.salesforce.model import NUMBER_TYPES, Field, canonical
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.query_fields import Columns
from wasf.demo.salesforce.soql import (
    Compare,
    Condition,
    Either,
    Every,
    Negation,
    OneOf,
    Path,
    Query,
    Value,
    parse,
    too_complicated,
)
from wasf.demo.salesforce.storage import Cell

_MOST_ROWS = 50_000_000  # no org of this kind holds more, and SQLite's numbers end somewhere


def run(org: Org, text: str, *, everything: bool) -> Answer:
    """Answers a query; with `everything` also from deleted and archived records."""
    query = parse(text)
    try:
        return _Translator(org, query).answer(everything=everything)
    except sqlite3.OperationalError as error:
        if any(words in str(error) for words in ("overflow", "too large", "too many")):
            raise too_complicated() from error
        raise


class _Translator:
    """Turns one parsed query into SQL; keeps the values that go in as parameters."""

    def __init__(self, org: Org, query: Query) -> None:
        self._org = org
        self._query = query
        self._values: list[Cell] = []
        self._columns = Columns(org, query)
        self._kind = self._columns.kind
        self._error = self._columns.error

    def answer(self, *, everything: bool) -> Answer:
        query, kind = self._query, self._kind
        columns = tuple(self._columns.find(path) for path in query.fields)
        restrictions.check(query, kind.name)
        where = self._where(everything=everything)
        if not query.fields:
            ((count,),) = self._org.storage.tuples(
                f'SELECT count(*) FROM "{kind.name}" t{where}', self._values
            )
            return Answer(query, kind, (), (), {}, (), int(str(count)))
        links = tuple(dict.fromkeys(column.link.name for column in columns if column.link))
        parts = ['t."Id"', *(c.sql for c in columns), *(f't."{link}"' for link in links)]
        selected = ", ".join(parts)
        sql = f'SELECT {selected} FROM "{kind.name}" t{where}{self._order()}{self._slice()}'
        rows = self._org.storage.tuples(sql, self._values)
        names = {other.prefix: other.name for other in self._org.kinds()} if links else {}
        return Answer(query, kind, columns, links, names, rows, len(rows))

    def _where(self, *, everything: bool) -> str:
        conditions = []
        if not everything:
            conditions += [
                f't."{flag}" = 0' for flag in ("IsDeleted", "IsArchived") if self._kind.has(flag)
            ]
        if self._query.where is not None:
            conditions.append(self._condition(self._query.where))
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _order(self) -> str:
        keys = []
        for order in self._query.order:
            column = self._columns.find(order.path)
            if not column.field.sortable:
                raise self._error(
                    order.path.at, "INVALID_FIELD",
                    f"field '{order.path}' can not be sorted in a query call",
                )  # fmt: skip
            direction = "DESC" if order.descending else "ASC"
            nulls = "LAST" if order.nulls_last else "FIRST"
            keys.append(f"{column.sql} {direction} NULLS {nulls}")
        return " ORDER BY " + ", ".join([*keys, 't."Id"'])

    def _slice(self) -> str:
        limit, offset = self._query.limit, self._query.offset
        if limit is None and not offset:
            return ""
        return f" LIMIT {-1 if limit is None else min(limit, _MOST_ROWS)} OFFSET {offset}"

    def _condition(self, condition: Condition) -> str:
        match condition:
            case Every(parts):
                return _balanced([self._condition(part) for part in parts], "AND")
            case Either(parts):
                return _balanced([self._condition(part) for part in parts], "OR")
            case Negation(part):
                return f"NOT coalesce({self._condition(part)}, 0)"
            case OneOf(path, items, negated):
                return self._one_of(path, items, negated=negated)
            case Compare(path, operator, value):
                return self._compare(path, operator, value)

    def _filterable(self, path: Path) -> Column:
        column = self._columns.find(path)
        if not column.field.filterable:
            message = f"field '{path}' can not be filtered in a query call"
            raise self._error(path.at, "INVALID_FIELD", message)
        return column

    def _one_of(self, path: Path, items: Sequence[Value], *, negated: bool) -> str:
        column = self._filterable(path)
        cells = [self._cell(column, value) for value in items]
        known = [cell for cell in cells if cell is not None]
        sql = self._among(column, known)
        if None in cells:
            sql = f"({sql} OR {column.sql} IS NULL)"
        return f"NOT coalesce({sql}, 0)" if negated else sql

    def _among(self, column: Column, cells: Sequence[Cell]) -> str:
        if not cells:
            return "0"
        if column.field.is_text and not all(str(cell).isascii() for cell in cells):
            self._values += [str(cell).casefold() for cell in cells]
            return f"folded({column.sql}) IN ({', '.join('?' * len(cells))})"
        self._values += cells
        return f"{column.sql} IN ({', '.join('?' * len(cells))})"

    def _compare(self, path: Path, operator: str, value: Value) -> str:
        column = self._filterable(path)
        if operator == "LIKE":
            return self._like(column, path, value)
        if operator not in ("=", "!=") and (column.field.type == "boolean" or value.kind == "null"):
            raise self._error(path.at, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator")
        cell = self._cell(column, value)
        if cell is None:
            return f"{column.sql} IS {'NOT ' if operator == '!=' else ''}NULL"
        if operator == "=":
            return self._among(column, [cell])
        if operator == "!=":
            return f"NOT coalesce({self._among(column, [cell])}, 0)"
        self._values.append(cell)
        return f"{column.sql} {operator} ?"

    def _like(self, column: Column, path: Path, value: Value) -> str:
        if not column.field.is_text:
            kind = "id" if column.field.is_identity else column.field.type
            message = f"invalid operator on {kind} field"
            raise self._error(path.at, "INVALID_QUERY_FILTER_OPERATOR", message)
        if value.kind != "string":
            raise self._wrong_literal(column, value)
        pattern = like.sqlite_pattern(value.text)
        self._values.append(pattern)
        if pattern.isascii():
            return f"{column.sql} LIKE ? ESCAPE '\\'"
        return f"folded_like({column.sql}, ?)"

    def _cell(self, column: Column, value: Value) -> Cell:
        """The literal as it is stored. Raises Refused where it does not suit the field."""
        if value.kind == "null":
            return None
        match column.field.type, value.kind:
            case (("id" | "reference"), "string"):
                return self._identity(value)
            case "boolean", "boolean":
                return int(value.text == "TRUE")
            case "date", ("date" | "relative"):
                return self._day(value)
            case "datetime", ("datetime" | "relative"):
                return self._moment(value)
            case kind, "number" if kind in NUMBER_TYPES:
                return float(value.text)
            case _, "string" if column.field.is_text:
                return value.plain
            case _:
                raise self._wrong_literal(column, value)

    def _wrong_literal(self, column: Column, value: Value) -> Refused:
        field = column.field
        wanted = "string" if field.is_text or field.is_identity else field.type
        quotes = "should be" if wanted == "string" else "should not be"
        message = (
            f"value of filter criterion for field '{field.name}' must be of type {wanted} "
            f"and {quotes} enclosed in quotes"
        )
        return self._error(value.at, "INVALID_FIELD", message)

    def _identity(self, value: Value) -> Cell:
        if not value.plain:
            return None
        found = canonical(value.plain)
        if found is None:
            message = f"invalid ID field: {value.plain}"
            raise self._error(value.at, "INVALID_QUERY_FILTER_OPERATOR", message)
        return found

    def _day(self, value: Value) -> str:
        if value.kind == "relative":
            return (self._org.now().date() + _distance(value.text)).isoformat()
        try:
            return date.fromisoformat(value.text).isoformat()
        except ValueError:
            raise self._error(value.at, "MALFORMED_QUERY", f"Invalid date: {value.text}") from None

    def _moment(self, value: Value) -> str:
        if value.kind == "relative":
            return f"{self._day(value)}T00:00:00.000+0000"
        try:
            return values.instant(value.text)
        except Refused:
            message = f"Invalid datetime: {value.text}"
            raise self._error(value.at, "MALFORMED_QUERY", message) from None


def _distance(word: str) -> timedelta:
    match word.partition(":"):
        case "YESTERDAY", _, _:
            return timedelta(days=-1)
        case "TOMORROW", _, _:
            return timedelta(days=1)
        case "LAST_N_DAYS", _, days:
            return timedelta(days=-int(days))
        case "NEXT_N_DAYS", _, days:
            return timedelta(days=int(days))
        case _:
            return timedelta(0)


def _balanced(parts: Sequence[str], joint: str) -> str:
    """Joined as a tree, because SQLite takes expressions only 1,000 deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_balanced(parts[:middle], joint)} {joint} {_balanced(parts[middle:], joint)})"


def record(answer: Answer, row: tuple[Cell, ...], version: str) -> Json:
    """One row as the API shows it, related records nested."""
    kind, query = answer.kind, answer.query
    shown: dict[str, Json] = {"attributes": showing.attributes(kind.name, str(row[0]), version)}
    related = dict(zip(answer.links, row[1 + len(query.fields) :], strict=True))
    for column, cell in zip(answer.columns, row[1:], strict=False):
        value = values.shown(column.field, cell)
        if column.link is None:
            shown[column.field.name] = value
            continue
        relation = str(column.link.relation)
        target = related[column.link.name]
        if relation not in shown:
            shown[relation] = (
                None if target is None else _stub(answer, column.link, target, version)
            )
        inner = shown[relation]
        if isinstance(inner, dict):
            inner[column.field.name] = value
    return shown


def _stub(answer: Answer, link: Field, target: Cell, version: str) -> dict[str, Json]:
    name = answer.names.get(str(target)[:3], link.refers_to[0])
    return {"attributes": showing.attributes(name, str(target), version)}
