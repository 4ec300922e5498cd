"""PostgreSQL below a ledger that several machines share: one schema an org, through psycopg 3.

The connection never reconnects: its lock and what was not committed are gone with it. Every commit
is on the database's disk when it returns (`synchronous_commit`), and, where the server has
standbys that it waits for, on theirs.

What SQLite takes and PostgreSQL does not is translated here: marks of values, `IN (*)`, whole
numbers of any size, and NUL in texts.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from os import getpid
from pathlib import Path
from socket import gethostname
from threading import Event, RLock, Thread
from typing import LiteralString

import psycopg
from psycopg import errors, pq, sql
from psycopg.abc import Buffer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown

from wasf.errors import AnotherRun, BadSetting, LedgerUnreachable, StoreUnusable, WasfError
from wasf.store.files import SAFE_MODE, is_local_server, unsafe_server
from wasf.store.ledger.database import Row, ServerFacts, Standby, Values
from wasf.store.ledger.engines.sqlite import SqliteDatabase

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # or it warns on standard error
_PAGE = 2000  # rows that a stream fetches at a time
_DEFAULTS = (
    "connect_timeout=10 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 "
    "tcp_user_timeout=25000"
)
"""Seconds, but `tcp_user_timeout` in milliseconds: a cut cable is known after half a minute."""

_SESSION = (
    "SET client_min_messages = warning",
    "SET synchronous_commit = on",
    "SET idle_session_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    "SET statement_timeout = 0",
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 25000",
)
_STATEMENTS = (
    ("BEGIN", "COMMIT", ("ROLLBACK",)),
    ("SAVEPOINT inner_one", "RELEASE inner_one", ("ROLLBACK TO inner_one", "RELEASE inner_one")),
)


class _Text(StrDumperUnknown):
    """Texts without NUL, which PostgreSQL cannot hold; the type is what the column says."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class PostgresDatabase:
    """A `Database` in one schema of a PostgreSQL server.

    Every method raises `LedgerUnreachable` if the server does not answer or ends the connection,
    and `StoreUnusable` if it has no room or the user may not write.
    """

    def __init__(self, connection: psycopg.Connection[Row], schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self.machine = ""
        self._depth = 0
        self._has_written = False
        self._streams = count()
        self._in_use = RLock()  # by a statement; a beat waits for its next turn then
        self._closed = Event()
        self._has_lock = False
        self.local = SqliteDatabase.nameless(Path("the folder for temporary files"))

    @classmethod
    def connect(cls, address: str, schema: str) -> "PostgresDatabase":
        """Connect to a schema, which may not be there yet (see `postgres_schema`).

        Raise `BadSetting` if a pool is between, or if the way to another host is not safe.
        """
        defaults = f"{_DEFAULTS} application_name='{_name()}'"
        whole = make_conninfo(defaults, **conninfo_to_dict(address))
        try:
            connection = psycopg.connect(whole, autocommit=True)
        except psycopg.OperationalError as error:
            raise _not_reached(error) from error
        try:
            connection.adapters.register_dumper(int, Int8Dumper)
            connection.adapters.register_dumper(str, _Text)
            with translated_errors():
                _check(connection)
                connection.execute("; ".join(_SESSION).encode())
                path = sql.SQL("SET search_path = {}").format(sql.Identifier(schema))
                connection.execute(path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, schema)

    @property
    def schema(self) -> str:
        """The name of the schema."""
        return self._schema

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    @property
    def has_written(self) -> bool:
        """Whether any row may have been changed over this connection."""
        return self._has_written

    @property
    def keeps_deleted_pages(self) -> bool:
        """What the server keeps of deleted rows is in its log and backups, beyond a client."""
        return False

    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        with self._in_use, translated_errors():
            return self._connection.execute(_translated(statement), values).fetchall()

    def stream(self, statement: str, values: Values = ()) -> Iterator[Row]:
        """Yield the rows of an answer, fetched page by page."""
        name = f"stream_{next(self._streams)}"
        cursor = self._connection.cursor(name, withhold=not self.in_transaction)
        with translated_errors(), cursor:
            cursor.itersize = _PAGE
            cursor.execute(_translated(statement), values)
            yield from cursor

    def rows_among(self, statement: str, values: Iterable[object]) -> Iterator[Row]:
        wanted = list(values)
        if not wanted:
            return
        if any(isinstance(one, bytes) for one in wanted):  # ids of Tasks may be either
            wanted = [one.encode() if isinstance(one, str) else one for one in wanted]
        yield from self.rows(statement.replace("IN (*)", "= ANY(?)"), (wanted,))

    def run(self, statement: str, values: Values = ()) -> int:
        self._has_written = True
        with self._in_use, translated_errors():
            return self._connection.execute(_translated(statement), values).rowcount

    def run_many(self, statement: str, values: Iterable[Values]) -> int:
        """See `Database`; the values are read first: they may come from this connection."""
        rows = list(values)
        if not rows:
            return 0
        self._has_written = True
        with self._in_use, translated_errors(), self._connection.cursor() as cursor:
            cursor.executemany(_translated(statement), rows)
            return cursor.rowcount

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add many rows that come from elsewhere (COPY)."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        self._has_written = True
        with (
            self._in_use,
            translated_errors(),
            self._connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        begin, end, undo = _STATEMENTS[self._depth > 0]
        with self.local.transaction():
            self._execute(begin)
            self._depth += 1
            try:
                yield
                self._execute(end)
            except BaseException:
                if self._is_in_transaction():
                    for statement in undo:
                        self._execute(statement)
                raise
            finally:
                self._depth -= 1

    # Who writes

    def try_lock(self, number: int) -> bool:
        """Take an advisory lock for as long as the connection lasts; return whether it was free."""
        [(self._has_lock,)] = self.rows("SELECT pg_try_advisory_lock(?)", (number,))
        return self._has_lock

    def lock_holder(self, number: int) -> str:
        """Return who has an advisory lock, and since when; "" if nobody has it."""
        rows = self.rows(
            """SELECT application_name, to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ')
               FROM pg_locks JOIN pg_stat_activity USING (pid)
               WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                 AND classid = CAST(? AS bigint) AND objid = CAST(? AS bigint)""",
            (number >> 32 & 0xFFFFFFFF, number & 0xFFFFFFFF),
        )
        return f"{rows[0][0]}, since {rows[0][1]}" if rows else ""

    def vouch(self) -> None:
        """Make sure that the server still has this connection, and so its lock; from any thread."""
        with self._in_use, translated_errors():
            self._connection.execute("SELECT 1")

    def keep_alive(self, silence: float, every: float) -> None:
        """Let the server end the session after `silence` seconds, and be heard `every` few.

        So a process that is stopped loses its lock, and one that waits for Salesforce does not.
        """
        for timeout in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
            self._execute(f"SET {timeout} = {int(silence * 1000)}")

        def beat() -> None:
            while not self._closed.wait(every):
                self._beat()

        Thread(target=beat, name="heartbeat of the ledger", daemon=True).start()

    def _beat(self) -> None:
        """Say something to the server, if no statement is running."""
        if not self._in_use.acquire(blocking=False):
            return
        try:
            if not self._closed.is_set():
                self._connection.execute("SELECT 1")
        except psycopg.Error:  # the next statement of the run tells it
            pass
        finally:
            self._in_use.release()

    # What is told of it

    @property
    def place(self) -> str:
        """The server and the database, without a password."""
        info = self._connection.info
        return f"{info.host}:{info.port}/{info.dbname}"

    def size(self) -> int:
        """Return how many bytes the tables of the schema need."""
        [(size,)] = self.rows(
            """SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)
               FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
               WHERE nspname = ? AND relkind = 'r'""",
            (self._schema,),
        )
        return int(size)

    def facts(self) -> ServerFacts:
        """Return what the server says of itself."""
        [(fsync, commit)] = self.rows(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        )
        standbys = self.rows(
            """SELECT sync_state, CASE WHEN sync_state IS NOT NULL THEN
                   CAST(extract(epoch FROM coalesce(replay_lag, interval '0')) AS float8) END
               FROM pg_stat_replication WHERE application_name <> 'pg_basebackup'"""
        )
        version = self._connection.info.server_version
        return ServerFacts(self.place, version, fsync, commit, tuple(Standby(*a) for a in standbys))

    def lag(self) -> float | None:
        """Return by how many seconds the slowest standby is behind, None if none is seen."""
        return max(
            (one.lag_s for one in self.facts().standbys if one.lag_s is not None), default=None
        )

    def count_rows(self) -> None:
        """Let the server know at once what a large copy brought, so that it uses its indexes."""
        self._vacuum("VACUUM (ANALYZE) {}")

    def rewrite(self) -> None:
        """Write the tables anew. The server's own log, standbys and backups keep what they have."""
        self._vacuum("VACUUM (FULL) {}")

    def _vacuum(self, statement: LiteralString) -> None:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = ?"
        for (table,) in self.rows(tables, (self._schema,)):
            with self._in_use, translated_errors():
                name = sql.Identifier(self._schema, table)
                self._connection.execute(sql.SQL(statement).format(name))

    def close(self) -> None:
        """Close the connection; that ends the lock too."""
        self._closed.set()
        self.local.close()
        with self._in_use:
            # The server ends a session a moment after its client, and the next run may come before.
            if self._has_lock:
                with suppress(psycopg.Error):
                    self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.close()

    def _execute(self, statement: str) -> None:
        with self._in_use, translated_errors():
            self._connection.execute(statement.encode())

    def _is_in_transaction(self) -> bool:
        """Whether the server still has the transaction open; not if the connection is gone."""
        status = self._connection.info.transaction_status
        return status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)


def _name() -> str:
    """Return the name of this connection at the server: the machine and the process."""
    return f"wasf on {gethostname()[:40]}, pid {getpid()}"


def _check(connection: psycopg.Connection[Row]) -> None:
    """Raise `BadSetting` for a pool that keeps no session, and for a way that others can read."""
    info = connection.info
    [backend] = connection.execute("SELECT pg_backend_pid()").fetchone() or [0]
    if backend != info.backend_pid:
        raise BadSetting(
            "The setting ledger leads to a pool of connections, and a lock does not last there",
            "name the server of PostgreSQL itself, not the pool before it",
        )
    if not is_local_server(info.host) and info.get_parameters().get("sslmode") != SAFE_MODE:
        raise unsafe_server(info.host)


@lru_cache(maxsize=512)
def _translated(statement: str) -> LiteralString:
    """Return a statement with psycopg's marks of values instead of `?` and `:name`."""
    marked = re.sub(r"(?<![:\w]):([a-z_]+)", r"%(\1)s", statement.replace("%", "%%"))
    return marked.replace("?", "%s")


# --- Errors ------------------------------------------------------------------------------------


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn errors that a person can act on into ours; others are bugs and stay."""
    try:
        yield
    except psycopg.Error as error:
        translated = _translate(error)
        if translated is None:
            raise
        raise translated from error


def _not_reached(error: psycopg.OperationalError) -> LedgerUnreachable:
    """Return the error for a server that does not let us in, with the server's own words."""
    why, *_ = str(error).strip().splitlines() or [""]
    return LedgerUnreachable(
        f"The database of the ledger cannot be reached: {why}",
        "see that the server runs and that the setting ledger is right; a password belongs into "
        "the file that PGPASSFILE names",
    )


def _translate(error: psycopg.Error) -> WasfError | None:
    match error:
        case errors.DiskFull() | errors.IoError() | errors.OutOfMemory():
            return StoreUnusable(
                "The database of the ledger cannot be written: it has no room or its disk fails",
                "make room there and run the same command again; nothing was lost",
            )
        case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
            return StoreUnusable(
                "The database of the ledger does not let this user write",
                "give the user the right to create a schema and to write in it; if there are "
                "several hosts, add target_session_attrs=read-write to the setting ledger",
            )
        case errors.LockNotAvailable() | errors.DeadlockDetected():
            return AnotherRun(
                "Another program is using the database of the ledger", "try again when it has ended"
            )
        case psycopg.OperationalError():
            return LedgerUnreachable(
                "The database of the ledger does not answer, or has ended the connection",
                "run the same command again when the database is back; nothing was lost",
            )
        case _:
            return None
