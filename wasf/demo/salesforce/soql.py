"""A SOQL query as a value, and the place of a mistake in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn

from wasf.demo.salesforce.errors import Refused, refuse

# --- soql


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


# --- soql_parser
# SOQL as text becomes a Query: the words, the grammar, and what Salesforce says of mistakes.


MAX_QUERY = 100_000
MAX_LITERAL = 4_000
MAX_DEPTH = 15  # brackets in brackets; with more, SQLite would give up

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


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
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


def _bad_character(text: str, at: int) -> Refused:
    if text[at] == "'":
        message = f"line 1:{at} mismatched character '<EOF>' expecting '''"
        return refuse("MALFORMED_QUERY", message)
    return located(text, at, "MALFORMED_QUERY", f"unexpected token: '{text[at]}'")


def parse(text: str) -> Query:
    """Reads one query. Raises Refused with MALFORMED_QUERY where it is no SOQL."""
    if len(text) > MAX_QUERY:
        message = f"SOQL statements cannot be longer than {MAX_QUERY} characters."
        raise refuse("MALFORMED_QUERY", message)
    return _Parser(text).query()


def too_complicated() -> Refused:
    """What is said of a query with too much inside."""
    return refuse("QUERY_TOO_COMPLICATED", "Query is too complicated")


class _Parser:
    """A recursive descent over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def query(self) -> Query:
        self._expect("SELECT")
        fields = self._selection()
        self._expect("FROM")
        kind = self._name()
        where = self._condition() if self._take("WHERE") else None
        order = self._order() if self._take("ORDER") else ()
        limit = self._whole_number() if self._take("LIMIT") else None
        offset = self._whole_number() if self._take("OFFSET") else 0
        if self._peek.kind != "end":
            self._unexpected()
        return Query(self._text, fields, kind.text, kind.at, where, order, limit, offset)

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

    def _path(self) -> Path:
        token = self._name()
        return Path(tuple(token.text.split(".")), token.at)

    def _selection(self) -> tuple[Path, ...]:
        if self._peek.word == "COUNT" and self._tokens[self._next + 1].word == "(":
            self._next += 2
            self._expect(")")
            return ()
        fields = [self._path()]
        while self._take(","):
            fields.append(self._path())
        return tuple(fields)

    def _condition(self) -> Condition:
        """One level. AND and OR do not mix without parentheses, and NOT stands alone."""
        if self._take("NOT"):
            return Negation(self._simple())
        first = self._simple()
        joint = self._peek.word
        if joint not in ("AND", "OR"):
            return first
        parts = [first]
        while self._take(joint):
            parts.append(self._simple())
        return Every(tuple(parts)) if joint == "AND" else Either(tuple(parts))

    def _simple(self) -> Condition:
        if self._take("("):
            return self._inside()
        path = self._path()
        if self._take("NOT"):
            self._expect("IN")
            return OneOf(path, self._list(), negated=True)
        if self._take("IN"):
            return OneOf(path, self._list(), negated=False)
        return Compare(path, self._operator(), self._value())

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

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._peek
        match token.kind:
            case "string":
                return self._string()
            case "number" | "date" | "datetime" as kind:
                self._advance()
                return Value(kind, token.text, token.at)
            case _:
                return self._word_value()

    def _string(self) -> Value:
        token = self._advance()
        inside = token.text[1:-1]
        if bad := _BAD_ESCAPE.search(inside.replace("\\\\", "..")):
            sequence = inside[bad.start() : bad.start() + 2]
            message = f"Illegal character sequence '{sequence}' in string literal"
            raise located(self._text, token.at, "MALFORMED_QUERY", message)
        if len(inside) > MAX_LITERAL:
            message = f"String literal is longer than {MAX_LITERAL} characters"
            raise located(self._text, token.at, "MALFORMED_QUERY", message)
        return Value("string", inside, token.at)

    def _word_value(self) -> Value:
        token = self._peek
        if token.word in ("TRUE", "FALSE"):
            kind: LiteralKind = "boolean"
        elif token.word == "NULL":
            kind = "null"
        elif _RELATIVE.fullmatch(token.word):
            kind = "relative"
        else:
            self._unexpected()
        self._advance()
        return Value(kind, token.word, token.at)

    def _order(self) -> tuple[Order, ...]:
        self._expect("BY")
        keys = [self._order_key()]
        while self._take(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self) -> Order:
        path = self._path()
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        nulls_last = False
        if self._take("NULLS"):
            nulls_last = self._take("LAST")
            if not nulls_last:
                self._expect("FIRST")
        return Order(path, descending, nulls_last)

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
