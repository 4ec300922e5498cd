"""SQLite as the ledger needs it: durable transactions, and errors that a person can act on."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wasf.errors import AnotherRun, StoreUnusable, WasfError

Row = tuple[Any, ...]
"""What SQLite answers; the types are those of the columns asked for."""

Values = Sequence[object] | Mapping[str, object]
"""For `?` in order, or for `:name` where one stands more than once."""

_AT_ONCE = 900  # older SQLite takes at most 999 parameters

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA main.synchronous = FULL",
    "PRAGMA main.secure_delete = ON",
    "PRAGMA main.cache_size = -16000",  # KiB; with the last, what a sync needs at any size
    "PRAGMA temp_store = FILE",
    "PRAGMA temp.cache_size = -2000",
)


class Database:
    """One connection to a ledger file, for one thread.

    Every method raises `StoreUnusable` if the disk or the file is at fault, and `AnotherRun` if
    somebody else keeps the file locked for more than ten seconds.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._depth = 0
        with explained(self._path):
            for pragma in _PRAGMAS:
                connection.execute(pragma)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._depth > 0

    @property
    def has_written(self) -> bool:
        """Whether any row was changed over this connection."""
        return self._connection.total_changes > 0

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """All rows of the answer."""
        with explained(self._path):
            return self._connection.execute(sql, values).fetchall()

    def stream(self, sql: str, values: Values = ()) -> Iterator[Row]:
        """The rows of an answer one by one; do not change meanwhile what they are read from."""
        with explained(self._path):
            yield from self._connection.execute(sql, values)

    def rows_among(self, sql: str, values: Iterable[object]) -> Iterator[Row]:
        """Rows of a query with `IN (*)`, for any number of values."""
        wanted = list(values)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self.rows(sql.replace("(*)", f"({marks})"), some)

    def run(self, sql: str, values: Values = ()) -> int:
        """Run one statement; returns how many rows it changed."""
        with explained(self._path):
            return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, values: Iterable[Values]) -> int:
        """Run one statement for each row of values; returns how many rows were changed."""
        with explained(self._path):
            return self._connection.executemany(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another is undone alone if it raises."""
        begin, end, undo = _STATEMENTS[self._depth > 0]
        self.run(begin)
        self._depth += 1
        try:
            yield
            self.run(end)
        except BaseException:
            # A full disk may have made SQLite roll everything back by itself.
            if self._connection.in_transaction:
                for statement in undo:
                    self.run(statement)
            raise
        finally:
            self._depth -= 1

    def close(self) -> None:
        """Close; after writing, fold the log into the file, so that no text stays in it."""
        try:
            if self.has_written:
                self.rows("PRAGMA main.wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()


_STATEMENTS = (
    ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)),
    ("SAVEPOINT inner", "RELEASE inner", ("ROLLBACK TO inner", "RELEASE inner")),
)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into ours; what is left are bugs."""
    try:
        yield
    except sqlite3.Error as error:
        explanation = _explain(error, path)
        if explanation is None:
            raise
        raise explanation from error


def _explain(error: sqlite3.Error, path: Path) -> WasfError | None:
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return StoreUnusable(
                f"{path} cannot be written: the disk is full or failing",
                "make room on that disk and run the same command again; nothing was lost",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return StoreUnusable(
                f"{path} cannot be opened for writing",
                "give yourself the right to write there, or set WASF_HOME to a folder of yours",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path, "it is damaged, or no ledger of wasf")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return AnotherRun(f"another program is using {path}", "try again when it has ended")
        case _:
            return None


def damaged(path: Path, why: str, hint: str = "") -> StoreUnusable:
    """A ledger that must not be used, and must not be thrown away either."""
    return StoreUnusable(
        f"{path} cannot be used: {why}",
        hint
        or "bring it back from a backup; if there is none, move it aside and keep it: a new one is "
        "made, and what is in Salesforce is not logged again if Tasks have the key field",
    )
