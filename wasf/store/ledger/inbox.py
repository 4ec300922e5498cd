"""The inbox: bodies of webhooks in an SQLite file of its own, or in a table of a shared ledger.

It is not in the ledger's file, because a sync may hold that for a while, and whoever sends a
webhook waits only for some seconds. In PostgreSQL it has a connection of its own.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from wasf import __version__
from wasf.interfaces import InboxCounts, Received, SetAside, StoredBody
from wasf.store.files import close_to_others, private_folder, sync_folder
from wasf.store.ledger import engines
from wasf.store.ledger.codec import from_micros, to_micros
from wasf.store.ledger.database import INBOX_TABLE, Database
from wasf.store.ledger.engines import SqliteDatabase, copy_rows, damaged, translated_errors

_APPLICATION_ID = 0x77617369
_LARGEST_BATCH = 16 << 20  # bytes; a single body may be larger
_NO_END = (1 << 63) - 1


class WebhookInbox:
    """An `Inbox` in a database. For one thread at a time, which may change.

    A body that was not understood has its `kinds`, and in `reader` the version of wasf that tried:
    another version tries again.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an inbox, or make it; folder 0700, file 0600. Raise `StoreUnusable`."""
        private_folder(path.parent)
        with translated_errors(path):
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            close_to_others(path)
            db = SqliteDatabase(connection, path)
            db.rows("PRAGMA journal_mode = WAL")
            _make_table(db, path)
            sync_folder(path.parent)
        except BaseException:
            connection.close()
            raise
        return cls(db)

    @classmethod
    def connect(cls, address: str, schema: str) -> Self:
        """Open the inbox of a shared ledger in a schema of a PostgreSQL server, or make it.

        Raise `LedgerUnreachable` if the server does not answer, and `StoreUnusable` if the schema
        cannot be used.
        """
        # Its engine loads psycopg, which takes 145 ms: only shared ledgers need it.
        return cls(engines.open_schema(address, schema))

    @classmethod
    def scratch(cls, path: Path) -> Self:
        """Copy the inbox at `path`; the copy can be changed and is never written back."""
        copy = sqlite3.connect("", isolation_level=None)
        try:
            copy_rows(path, copy)
        except BaseException:
            copy.close()
            raise
        return cls(SqliteDatabase(copy, path))

    def close(self) -> None:
        """Close the file; nothing of a body that was read stays in it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, bodies: Sequence[Received]) -> None:
        rows = [(one.sender, to_micros(one.at), one.body) for one in bodies]
        with self._db.transaction():
            self._db.run_many("INSERT INTO received (sender, at, body) VALUES (?, ?, ?)", rows)

    def fresh(self, most: int) -> Sequence[StoredBody]:
        rows = self._db.rows(
            """SELECT number, sender, body, at, kinds FROM received WHERE number IN (
                   SELECT number FROM (
                       SELECT number, size, sum(size) OVER (ORDER BY number) AS total FROM (
                           SELECT number, length(body) AS size FROM received
                           WHERE reader <> ? ORDER BY number LIMIT ?) AS first) AS summed
                   WHERE total <= ? OR total = size)
               ORDER BY number""",
            (__version__, most, _LARGEST_BATCH),
        )
        return [_stored(*row) for row in rows]

    def all_kept(self) -> Iterator[StoredBody]:
        rows = self._db.stream(
            "SELECT number, sender, body, at, kinds FROM received ORDER BY number"
        )
        return (_stored(*row) for row in rows)

    def resolve(self, read: Sequence[int], not_understood: Mapping[int, str]) -> None:
        with self._db.transaction():
            self._db.run_many("DELETE FROM received WHERE number = ?", [(one,) for one in read])
            self._db.run_many(
                "UPDATE received SET kinds = ?, reader = ? WHERE number = ?",
                [(kinds, __version__, number) for number, kinds in not_understood.items()],
            )

    def drop(self, numbers: Sequence[int]) -> None:
        """Remove bodies, so that nothing of them can be read in the file."""
        self.resolve(numbers, {})
        self.rewrite_file()

    def retry(self, kind: str = "", received_before: datetime | None = None) -> int:
        before = to_micros(received_before) if received_before else _NO_END
        with self._db.transaction():
            rows = self._db.rows(
                "SELECT number, kinds FROM received WHERE reader = ? AND at < ?",
                (__version__, before),
            )
            again = [number for number, kinds in rows if not kind or kind in kinds.split(", ")]
            self._db.run_many(
                "UPDATE received SET reader = '' WHERE number = ?", ((one,) for one in again)
            )
            return len(again)

    def set_aside(self) -> Sequence[SetAside]:
        """Return the bodies that were read and are kept, in the order in which they came."""
        rows = self._db.rows(
            """SELECT number, sender, at, kinds, length(body) FROM received
               WHERE kinds <> '' ORDER BY number"""
        )
        return [SetAside(n, sender, from_micros(at), *rest) for n, sender, at, *rest in rows]

    def counts(self) -> InboxCounts:
        rows = self._db.rows(
            """SELECT CASE WHEN reader = ? THEN kinds END AS what, count(*) FROM received
               GROUP BY what ORDER BY what""",
            (__version__,),
        )
        waiting = sum(count for kinds, count in rows if kinds is None)
        return InboxCounts(waiting, {kinds: count for kinds, count in rows if kinds is not None})

    def take_over(self, other: Self) -> None:
        """Move all bodies of another inbox here; after a break some are in both, as if sent twice.

        Who sent them has the answer that they are stored, so none may be lost.
        """
        while rows := other._db.rows(
            "SELECT number, sender, at, body, kinds, reader FROM received ORDER BY number LIMIT 20"
        ):
            with self._db.transaction():
                self._db.run_many(
                    """INSERT INTO received (sender, at, body, kinds, reader)
                       VALUES (?, ?, ?, ?, ?)""",
                    [values for _, *values in rows],
                )
            with other._db.transaction():
                other._db.run_many(
                    "DELETE FROM received WHERE number = ?", [(number,) for number, *_ in rows]
                )

    @property
    def is_empty(self) -> bool:
        """Whether there is no body."""
        return not self._db.rows("SELECT 1 FROM received LIMIT 1")

    def rewrite_file(self) -> None:
        """Write the file anew, so that nothing that was deleted can be read in it."""
        self._db.rewrite()


def _stored(number: int, sender: str, body: bytes, at: int, kinds: str) -> StoredBody:
    return StoredBody(number, sender, body, from_micros(at), kinds)


def _make_table(db: SqliteDatabase, path: Path) -> None:
    """Make the table if it is not there. Raise `StoreUnusable` if the file is something else."""
    [(mark,)] = db.rows("PRAGMA application_id")
    if mark not in (0, _APPLICATION_ID):
        raise damaged(path, "it is a database, but no inbox of wasf")
    with db.transaction():
        db.run(INBOX_TABLE)
        db.run(f"PRAGMA application_id = {_APPLICATION_ID}")
