"""Carries SOQL out: checks every name against what the user sees, then searches with SQLite."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta

from wasf.demo.salesforce import describe, validation
from wasf.demo.salesforce.calls import Json, RequestRefused, refuse
from wasf.demo.salesforce.describe import attributes
from wasf.demo.salesforce.model import NUMBER_TYPES, Field, canonical
from wasf.demo.salesforce.org import OrgState, unknown_sobject
from wasf.demo.salesforce.soql import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    FieldPath,
    InList,
    NotCondition,
    ParsedQuery,
    QueryColumn,
    QueryResult,
    SoqlLiteral,
    located,
    parse,
    too_complicated,
)
from wasf.demo.salesforce.storage import Cell, sqlite_pattern

MAX_OFFSET = 2_000
_NAME_FIELDS = ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Username")
_TYPE_FIELD = Field("Type", "Type", "string", 40)


class ColumnFinder:
    """Finds the columns of one query. Raises `RequestRefused` for names the user does not see."""

    def __init__(self, org: OrgState, query: ParsedQuery) -> None:
        self._org = org
        self._query = query
        sobject = org.find_sobject(query.sobject)
        if sobject is None:
            raise self.error(query.sobject_at, "INVALID_TYPE", unknown_sobject(query.sobject))
        self.sobject = sobject

    def error(self, at: int, code: str, message: str) -> RequestRefused:
        """Return an error with its place in the query."""
        return located(self._query.text, at, code, message)

    def find(self, path: FieldPath) -> QueryColumn:
        """Return the column of a path."""
        match path.parts:
            case (name,):
                field = self.sobject.field(name)
                if field is None:
                    raise self._no_column(path, name, self.sobject.name)
                return QueryColumn(field, f't."{field.name}"')
            case (relation, name):
                return self._related(path, relation, name)
            case _:
                raise self.error(path.at, "MALFORMED_QUERY", f"unexpected token: '{path}'")

    def _related(self, path: FieldPath, relation: str, name: str) -> QueryColumn:
        link = self.sobject.relation(relation)
        if link is None:
            message = (
                f"Didn't understand relationship '{relation}' in field path. If you are attempting "
                "to use a custom relationship, be sure to append the '__r' after the custom "
                "relationship name. Please reference your WSDL or the describe call for the "
                "appropriate names."
            )
            raise self.error(path.at, "INVALID_FIELD", message)
        if name.lower() == "type" and link.polymorphic:
            return QueryColumn(_TYPE_FIELD, self._type_of(link), link)
        targets = [each for of in link.refers_to if (each := self._org.find_sobject(of))]
        found = [(each, field) for each in targets if (field := each.field(name))]
        if not found or (link.polymorphic and found[0][1].name not in _NAME_FIELDS):
            owner = "Name" if link.polymorphic else link.refers_to[0]
            raise self._no_column(path, name, owner)
        parts = [
            f'(SELECT r."{field.name}" FROM "{sobject.name}" r WHERE r."Id" = t."{link.name}")'
            for sobject, field in found
        ]
        sql = parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
        return QueryColumn(found[0][1], sql, link)

    def _type_of(self, link: Field) -> str:
        cases = " ".join(
            f"WHEN '{each.prefix}' THEN '{each.name}'"
            for name in link.refers_to
            if (each := self._org.find_sobject(name))
        )
        return f'CASE substr(t."{link.name}", 1, 3) {cases} END'

    def _no_column(self, path: FieldPath, name: str, owner: str) -> RequestRefused:
        message = (
            f"No such column '{name}' on entity '{owner}'. If you are attempting to use a custom "
            "field, be sure to append the '__c' after the custom field name. Please reference your "
            "WSDL or the describe call for the appropriate names."
        )
        return self.error(path.at, "INVALID_FIELD", message)


def check_restrictions(query: ParsedQuery, sobject: str) -> None:
    """Raise `RequestRefused` for a query that the grammar allows, but Salesforce does not."""
    _no_twins(query)
    if query.offset > MAX_OFFSET:
        message = f"Maximum SOQL offset allowed is {MAX_OFFSET}"
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", message)
    if sobject == "ContentDocumentLink":
        _need_link_filter(query.where)


def _no_twins(query: ParsedQuery) -> None:
    seen: set[str] = set()
    for path in query.fields:
        name = str(path).lower()
        if name in seen:
            message = f"duplicate field selected: {path}"
            raise located(query.text, path.at, "MALFORMED_QUERY", message)
        seen.add(name)


def _need_link_filter(where: Condition | None) -> None:
    """Refuse a query of file links that names neither records nor files."""
    if where is not None and _names_links(where):
        return
    message = (
        "Implementation restriction: ContentDocumentLink requires a filter by a single Id on "
        "ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the "
        "IN operator."
    )
    raise refuse("MALFORMED_QUERY", message)


def _names_links(where: Condition) -> bool:
    match where:
        case AllOf(parts):
            return any(_names_links(part) for part in parts)
        case FieldComparison(path, "=", _) | InList(path, _, False):
            return str(path).lower() in ("contentdocumentid", "linkedentityid")
        case _:
            return False


_MOST_ROWS = 50_000_000  # more than such an org holds; SQLite refuses numbers of more than 64 bits


def run(org: OrgState, text: str, *, everything: bool) -> QueryResult:
    """Carry a query out; with `everything` also over deleted and archived records.

    Raise `RequestRefused` if it is malformed, or names what the user does not see.
    """
    query = parse(text)
    for customization in org.customizations:
        customization.before_query(query)
    try:
        return _Translator(org, query).result(everything=everything)
    except sqlite3.OperationalError as error:
        if any(words in str(error) for words in ("overflow", "too large", "too many")):
            raise too_complicated() from error
        raise


class _Translator:
    """Turns one parsed query into SQL; collects the values that are its parameters."""

    def __init__(self, org: OrgState, query: ParsedQuery) -> None:
        self._org = org
        self._query = query
        self._values: list[Cell] = []
        self._columns = ColumnFinder(org, query)
        self._sobject = self._columns.sobject
        self._error = self._columns.error

    def result(self, *, everything: bool) -> QueryResult:
        query, sobject = self._query, self._sobject
        columns = tuple(self._columns.find(path) for path in query.fields)
        check_restrictions(query, sobject.name)
        where = self._where(everything=everything)
        if not query.fields:
            ((count,),) = self._org.storage.tuples(
                f'SELECT count(*) FROM "{sobject.name}" t{where}', self._values
            )
            return QueryResult(query, sobject, (), (), {}, (), int(str(count)))
        links = tuple(dict.fromkeys(column.link.name for column in columns if column.link))
        parts = ['t."Id"', *(c.sql for c in columns), *(f't."{link}"' for link in links)]
        selected = ", ".join(parts)
        sql = f'SELECT {selected} FROM "{sobject.name}" t{where}{self._order()}{self._slice()}'
        rows = self._org.storage.tuples(sql, self._values)
        names = {other.prefix: other.name for other in self._org.sobjects()} if links else {}
        return QueryResult(query, sobject, columns, links, names, rows, len(rows))

    def _where(self, *, everything: bool) -> str:
        conditions = []
        if not everything:
            conditions += [
                f't."{flag}" = 0' for flag in ("IsDeleted", "IsArchived") if self._sobject.has(flag)
            ]
        if private := sorted(self._org.private_records()):
            self._values += private
            conditions.append(f't."Id" NOT IN ({", ".join("?" * len(private))})')
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
            case AllOf(parts):
                return _balanced([self._condition(part) for part in parts], "AND")
            case AnyOf(parts):
                return _balanced([self._condition(part) for part in parts], "OR")
            case NotCondition(part):
                return f"NOT coalesce({self._condition(part)}, 0)"
            case InList(path, items, negated):
                return self._one_of(path, items, negated=negated)
            case FieldComparison(path, operator, value):
                return self._compare(path, operator, value)

    def _filterable(self, path: FieldPath) -> QueryColumn:
        column = self._columns.find(path)
        if not column.field.filterable:
            message = f"field '{path}' can not be filtered in a query call"
            raise self._error(path.at, "INVALID_FIELD", message)
        return column

    def _one_of(self, path: FieldPath, items: Sequence[SoqlLiteral], *, negated: bool) -> str:
        column = self._filterable(path)
        cells = [self._cell(column, value) for value in items]
        known = [cell for cell in cells if cell is not None]
        sql = self._among(column, known)
        if None in cells:
            sql = f"({sql} OR {column.sql} IS NULL)"
        return f"NOT coalesce({sql}, 0)" if negated else sql

    def _among(self, column: QueryColumn, cells: Sequence[Cell]) -> str:
        if not cells:
            return "0"
        if column.field.is_text and not all(str(cell).isascii() for cell in cells):
            self._values += [str(cell).casefold() for cell in cells]
            return f"folded({column.sql}) IN ({', '.join('?' * len(cells))})"
        self._values += cells
        return f"{column.sql} IN ({', '.join('?' * len(cells))})"

    def _compare(self, path: FieldPath, operator: str, value: SoqlLiteral) -> str:
        column = self._filterable(path)
        if operator == "LIKE":
            return self._like(column, path, value)
        if operator not in ("=", "!=") and (column.field.type == "boolean" or value.type == "null"):
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

    def _like(self, column: QueryColumn, path: FieldPath, value: SoqlLiteral) -> str:
        if not column.field.is_text:
            type_ = "id" if column.field.is_identity else column.field.type
            message = f"invalid operator on {type_} field"
            raise self._error(path.at, "INVALID_QUERY_FILTER_OPERATOR", message)
        if value.type != "string":
            raise self._wrong_literal(column, value)
        pattern = sqlite_pattern(value.text)
        self._values.append(pattern)
        if pattern.isascii():
            return f"{column.sql} LIKE ? ESCAPE '\\'"
        return f"folded_like({column.sql}, ?)"

    def _cell(self, column: QueryColumn, value: SoqlLiteral) -> Cell:
        """Return the literal as it is stored. Raise `RequestRefused` if it does not fit."""
        if value.type == "null":
            return None
        match column.field.type, value.type:
            case (("id" | "reference"), "string"):
                return self._identity(value)
            case "boolean", "boolean":
                return int(value.text == "TRUE")
            case "date", ("date" | "relative"):
                return self._day(value)
            case "datetime", ("datetime" | "relative"):
                return self._moment(value)
            case type_, "number" if type_ in NUMBER_TYPES:
                return float(value.text)
            case _, "string" if column.field.is_text:
                return value.plain
            case _:
                raise self._wrong_literal(column, value)

    def _wrong_literal(self, column: QueryColumn, value: SoqlLiteral) -> RequestRefused:
        field = column.field
        wanted = "string" if field.is_text or field.is_identity else field.type
        quotes = "should be" if wanted == "string" else "should not be"
        message = (
            f"value of filter criterion for field '{field.name}' must be of type {wanted} "
            f"and {quotes} enclosed in quotes"
        )
        return self._error(value.at, "INVALID_FIELD", message)

    def _identity(self, value: SoqlLiteral) -> Cell:
        if not value.plain:
            return None
        found = canonical(value.plain)
        if found is None:
            message = f"invalid ID field: {value.plain}"
            raise self._error(value.at, "INVALID_QUERY_FILTER_OPERATOR", message)
        return found

    def _day(self, value: SoqlLiteral) -> str:
        if value.type == "relative":
            return (self._org.now().date() + _distance(value.text)).isoformat()
        try:
            return date.fromisoformat(value.text).isoformat()
        except ValueError:
            raise self._error(value.at, "MALFORMED_QUERY", f"Invalid date: {value.text}") from None

    def _moment(self, value: SoqlLiteral) -> str:
        if value.type == "relative":
            return f"{self._day(value)}T00:00:00.000+0000"
        try:
            return validation.instant(value.text)
        except RequestRefused:
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
    """Join conditions as a tree, because SQLite takes expressions only 1,000 levels deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_balanced(parts[:middle], joint)} {joint} {_balanced(parts[middle:], joint)})"


def record(result: QueryResult, row: tuple[Cell, ...], version: str) -> Json:
    """Return one row as the API shows it, with related records inside."""
    sobject, query = result.sobject, result.query
    shown: dict[str, Json] = {"attributes": attributes(sobject.name, str(row[0]), version)}
    related = dict(zip(result.links, row[1 + len(query.fields) :], strict=True))
    for column, cell in zip(result.columns, row[1:], strict=False):
        value = describe.shown(column.field, cell)
        if column.link is None:
            shown[column.field.name] = value
            continue
        relation = str(column.link.relation)
        target = related[column.link.name]
        if relation not in shown:
            shown[relation] = (
                None if target is None else _stub(result, column.link, target, version)
            )
        inner = shown[relation]
        if isinstance(inner, dict):
            inner[column.field.name] = value
    return shown


def _stub(result: QueryResult, link: Field, target: Cell, version: str) -> dict[str, Json]:
    name = result.names.get(str(target)[:3], link.refers_to[0])
    return {"attributes": attributes(name, str(target), version)}
