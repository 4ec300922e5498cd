"""The rows of the org in SQLite: one table for each object, one transaction for each request.

Text compares without regard to case, as SOQL does: ASCII by SQLite, other scripts by functions
that are registered here.
"""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from wasf.demo.salesforce.model import Field, RecordId, SObjectType, mint

Cell = int | float | str | bytes | None
"""One stored value: booleans are 0 and 1, dates and times are text that sorts."""
Row = dict[str, Cell]

_PIECE = re.compile(r"\\(.)|(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_INDEXED = ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "Email", "SystemModstamp", "WhoId",
            "LinkedEntityId", "ContentDocumentId")  # fmt: skip


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it and the org stores it: UTC, milliseconds, +0000."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}+0000"


class RollBack(Exception):
    """Raised inside a transaction to take everything in it back. The caller catches it."""


class Storage:
    """One SQLite database. It has no lock: the org lets one request at a time work on it."""

    def __init__(self, path: str = ":memory:") -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.create_function("folded", 1, _folded, deterministic=True)
        self._db.create_function("folded_like", 2, _folded_like, deterministic=True)
        self._db.execute("CREATE TABLE IF NOT EXISTS _minted (prefix TEXT PRIMARY KEY, last INT)")
        self._statements: dict[tuple[str, ...], str] = {}

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing. A transaction inside another one is a part of it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def create(self, sobject: SObjectType) -> None:
        """Make the table of an object, with the indexes that queries of people and Tasks use."""
        columns = ", ".join(_column(field) for field in sobject.fields if field.name != "Id")
        self._db.execute(
            f'CREATE TABLE IF NOT EXISTS "{sobject.name}" ("Id" TEXT PRIMARY KEY, {columns})'
        )
        for field in sobject.fields:
            if field.name in _INDEXED or field.unique or field.external_id:
                self._index(sobject.name, field)

    def add_column(self, table: str, field: Field) -> None:
        """Add a column for one more field of an object."""
        self._db.execute(f'ALTER TABLE "{table}" ADD COLUMN {_column(field)}')
        self._index(table, field)
        self._statements.clear()

    def _index(self, table: str, field: Field) -> None:
        self._db.execute(
            f'CREATE INDEX IF NOT EXISTS "{table}_{field.name}" ON "{table}" ("{field.name}")'
        )

    def mint(self, prefix: str, count: int) -> list[RecordId]:
        """Return `count` new ids in ascending order."""
        statement = (
            "INSERT INTO _minted VALUES (?, ?) "
            "ON CONFLICT (prefix) DO UPDATE SET last = last + ? RETURNING last"
        )
        (last,) = self._db.execute(statement, (prefix, count, count)).fetchone()
        return [mint(prefix, number) for number in range(last - count + 1, last + 1)]

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Write new rows. Rows with the same fields go in one statement."""
        groups: dict[tuple[str, ...], list[tuple[Cell, ...]]] = {}
        for row in rows:
            groups.setdefault((table, *row), []).append(tuple(row.values()))
        for key, values in groups.items():
            if key not in self._statements:
                names = ", ".join(f'"{name}"' for name in key[1:])
                places = ", ".join("?" * (len(key) - 1))
                self._statements[key] = f'INSERT INTO "{table}" ({names}) VALUES ({places})'
            self._db.executemany(self._statements[key], values)

    def update(self, table: str, record: str, changes: Row) -> None:
        """Change some fields of one row."""
        names = ", ".join(f'"{name}" = ?' for name in changes)
        self._db.execute(
            f'UPDATE "{table}" SET {names} WHERE "Id" = ?', (*changes.values(), record)
        )

    def find(self, table: str, field: str, values: Iterable[Cell]) -> list[Row]:
        """Return all rows whose `field` is one of `values`; text compares without case."""
        wanted = list(values)
        found: list[Row] = []
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            places = ", ".join("?" * len(part))
            found += self.rows(f'SELECT * FROM "{table}" WHERE "{field}" IN ({places})', part)
        return found

    def rows(self, sql: str, values: Sequence[Cell] = ()) -> list[Row]:
        """Return the rows of a SELECT, by column name."""
        cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def tuples(self, sql: str, values: Sequence[Cell] = ()) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT, by position."""
        return self._db.execute(sql, values).fetchall()

    def change(self, sql: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Run one statement for many rows of values."""
        self._db.executemany(sql, rows)


def _column(field: Field) -> str:
    """Return the definition of a column: ids compare exactly, text without regard to case."""
    folded = field.is_text and not field.case_sensitive
    match field.type:
        case "boolean":
            return f'"{field.name}" INTEGER NOT NULL DEFAULT 0'
        case "int":
            return f'"{field.name}" INTEGER'
        case "double" | "currency":
            return f'"{field.name}" REAL'
        case "base64":
            return f'"{field.name}" BLOB'
        case _:
            return f'"{field.name}" TEXT' + (" COLLATE NOCASE" if folded else "")


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _folded_like(text: str | None, pattern: str) -> bool | None:
    return None if text is None else matches(text, pattern)


def sqlite_pattern(escaped: str) -> str:
    """Return SQLite's LIKE pattern for the inside of a SOQL literal.

    `%` is any text and `_` one character; a backslash makes the next character plain in both.
    """
    return "".join(
        f"\\{sign}" if sign in "%_\\" and literal else sign for sign, literal in _pieces(escaped)
    )


def _pieces(escaped: str) -> list[tuple[str, bool]]:
    """Return the characters, each with whether it is plain even if it is `%` or `_`."""
    found: list[tuple[str, bool]] = []
    for after_backslash, plain in _PIECE.findall(escaped):
        if plain:
            found.append((plain, False))
        else:
            found.append((_CONTROLS.get(after_backslash.lower(), after_backslash), True))
    return found


def matches(text: str, pattern: str) -> bool:
    """Whether a SQLite pattern with backslash escapes fits, without case in every script."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    pieces = (
        re.escape(sign) if literal else wild.get(sign, re.escape(sign))
        for sign, literal in _raw_pieces(pattern)
    )
    return re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)


def _raw_pieces(pattern: str) -> list[tuple[str, bool]]:
    return [(escaped or plain, bool(escaped)) for escaped, plain in _PIECE.findall(pattern)]
