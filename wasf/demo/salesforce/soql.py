"""Parses SOQL into values, and refuses mistakes with Salesforce's messages and their place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

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


MAX_QUERY = 100_000
MAX_LITERAL = 4_000
MAX_DEPTH = 15  # of nested parentheses; SQLite cannot take many more

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d(?![\dT]))
    |(?P<number>[+-]?\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*(?::\d+)?)
    |(?P<sign><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL,
)
_BAD_ESCAPE = re.compile(r"\\(?![nrtbfNRTBF\"'\\_%])")


def parse(text: str) -> ParsedQuery:
    """Read one query. Raise `RequestRefused` (MALFORMED_QUERY) if it is not SOQL."""
    if len(text) > MAX_QUERY:
        message = f"SOQL statements cannot be longer than {MAX_QUERY} characters."
        raise refuse("MALFORMED_QUERY", message)
    return _Parser(text).query()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The word in capitals, or the sign."""
        return self.text.upper() if self.kind in ("name", "sign") else ""


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _bad_character(text, at)
        if found.lastgroup != "space":
            yield _Token(found.lastgroup or "", found[0], at)
        at = found.end()
    yield _Token("end", "<EOF>", at)


def _bad_character(text: str, at: int) -> RequestRefused:
    if text[at] == "'":
        message = f"line 1:{at} mismatched character '<EOF>' expecting '''"
        return refuse("MALFORMED_QUERY", message)
    return located(text, at, "MALFORMED_QUERY", f"unexpected token: '{text[at]}'")


class _Parser:
    """A recursive descent over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def query(self) -> ParsedQuery:
        """Return the whole query."""
        self._expect("SELECT")
        fields = self._selection()
        self._expect("FROM")
        sobject = self._name()
        where = self._condition() if self._take("WHERE") else None
        order = self._order() if self._take("ORDER") else ()
        limit = self._whole_number() if self._take("LIMIT") else None
        offset = self._whole_number() if self._take("OFFSET") else 0
        if self._peek.kind != "end":
            self._unexpected()
        return ParsedQuery(
            self._text, fields, sobject.text, sobject.at, where, order, limit, offset
        )

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._peek
        if token.kind != "end":
            self._next += 1
        return token

    def _take(self, word: str) -> bool:
        if self._peek.word == word:
            self._next += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            self._unexpected()

    def _unexpected(self) -> NoReturn:
        token = self._peek
        shown = token.text if token.kind == "end" else f"'{token.text}'"
        raise located(self._text, token.at, "MALFORMED_QUERY", f"unexpected token: {shown}")

    def _name(self) -> _Token:
        if self._peek.kind != "name" or self._peek.word in _RESERVED or ":" in self._peek.text:
            self._unexpected()
        return self._advance()

    def _path(self) -> FieldPath:
        token = self._name()
        return FieldPath(tuple(token.text.split(".")), token.at)

    def _selection(self) -> tuple[FieldPath, ...]:
        if self._peek.word == "COUNT" and self._tokens[self._next + 1].word == "(":
            self._next += 2
            self._expect(")")
            return ()
        fields = [self._path()]
        while self._take(","):
            fields.append(self._path())
        return tuple(fields)

    def _condition(self) -> Condition:
        """Read one level: AND and OR do not mix without parentheses, and NOT stands alone."""
        if self._take("NOT"):
            return NotCondition(self._simple())
        first = self._simple()
        joint = self._peek.word
        if joint not in ("AND", "OR"):
            return first
        parts = [first]
        while self._take(joint):
            parts.append(self._simple())
        return AllOf(tuple(parts)) if joint == "AND" else AnyOf(tuple(parts))

    def _simple(self) -> Condition:
        if self._take("("):
            return self._inside()
        path = self._path()
        if self._take("NOT"):
            self._expect("IN")
            return InList(path, self._list(), negated=True)
        if self._take("IN"):
            return InList(path, self._list(), negated=False)
        return FieldComparison(path, self._operator(), self._value())

    def _inside(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_complicated()
        inside = self._condition()
        self._expect(")")
        self._depth -= 1
        return inside

    def _operator(self) -> Operator:
        match self._peek.word:
            case "=" | "!=" | "<" | "<=" | ">" | ">=" | "LIKE" as word:
                operator: Operator = word
            case "<>":
                operator = "!="
            case _:
                self._unexpected()
        self._advance()
        return operator

    def _list(self) -> tuple[SoqlLiteral, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> SoqlLiteral:
        token = self._peek
        match token.kind:
            case "string":
                return self._string()
            case "number" | "date" | "datetime" as type_:
                self._advance()
                return SoqlLiteral(type_, token.text, token.at)
            case _:
                return self._word_value()

    def _string(self) -> SoqlLiteral:
        token = self._advance()
        inside = token.text[1:-1]
        if bad := _BAD_ESCAPE.search(inside.replace("\\\\", "..")):
            sequence = inside[bad.start() : bad.start() + 2]
            message = f"Illegal character sequence '{sequence}' in string literal"
            raise located(self._text, token.at, "MALFORMED_QUERY", message)
        if len(inside) > MAX_LITERAL:
            message = f"String literal is longer than {MAX_LITERAL} characters"
            raise located(self._text, token.at, "MALFORMED_QUERY", message)
        return SoqlLiteral("string", inside, token.at)

    def _word_value(self) -> SoqlLiteral:
        token = self._peek
        if token.word in ("TRUE", "FALSE"):
            type_: LiteralType = "boolean"
        elif token.word == "NULL":
            type_ = "null"
        elif _RELATIVE.fullmatch(token.word):
            type_ = "relative"
        else:
            self._unexpected()
        self._advance()
        return SoqlLiteral(type_, token.word, token.at)

    def _order(self) -> tuple[OrderKey, ...]:
        self._expect("BY")
        keys = [self._order_key()]
        while self._take(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self) -> OrderKey:
        path = self._path()
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        nulls_last = False
        if self._take("NULLS"):
            nulls_last = self._take("LAST")
            if not nulls_last:
                self._expect("FIRST")
        return OrderKey(path, descending, nulls_last)

    def _whole_number(self) -> int:
        token = self._peek
        if token.kind != "number" or not token.text.isdigit():
            self._unexpected()
        self._advance()
        return int(token.text)


_RESERVED = frozenset({
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "BY", "LIMIT", "OFFSET",
    "ASC", "DESC", "NULLS",
})  # fmt: skip
_RELATIVE = re.compile(r"TODAY|YESTERDAY|TOMORROW|(?:LAST|NEXT)_N_DAYS:\d{1,4}")
