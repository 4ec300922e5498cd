"""SQLite below the ledger and the inbox: durable transactions, its file, errors for a person.

A commit is on the disk when it returns: WAL with `synchronous = FULL`. `secure_delete` overwrites
what is deleted with zeros. The caches are small and temporary tables are files, so that a sync
needs the same memory for any number of messages.
"""

import os
import sqlite3
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn, Self

from wasf.errors import AnotherRun, StoreUnusable, WasfError
from wasf.store.files import close_to_others, private_folder, sync_folder, unusable
from wasf.store.ledger.database import Row, Values, do_step
from wasf.store.ledger.engines.sqlite_schema import APPLICATION_ID, MIGRATIONS, TABLES, VERSION

_MOST_PARAMETERS = 900  # older SQLite takes at most 999
_MANY_PAGES = 2_000  # of 4 KiB

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",  # milliseconds
    "PRAGMA foreign_keys = ON",
    "PRAGMA main.synchronous = FULL",
    "PRAGMA main.secure_delete = ON",
    "PRAGMA main.cache_size = -16000",  # KiB
    "PRAGMA temp_store = FILE",
    "PRAGMA temp.cache_size = -2000",
)


class SqliteDatabase:
    """A `Database` in a file, or in one without a name that is gone when it is closed.

    Every method raises `StoreUnusable` if the disk or the file is at fault, and `AnotherRun` if
    another process keeps the file locked for more than ten seconds.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self.machine = ""
        self._depth = 0
        with translated_errors(self._path):
            for pragma in _PRAGMAS:
                connection.execute(pragma)

    @classmethod
    def nameless(cls, about: Path) -> Self:
        """Return a database that is gone when it is closed; errors name the file it is about.

        For one thread at a time, which may change.
        """
        return cls(sqlite3.connect("", isolation_level=None, check_same_thread=False), about)

    @property
    def local(self) -> Self:
        """The database itself: its temporary tables are in a file that has no name."""
        return self

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    @property
    def has_written(self) -> bool:
        return self._connection.total_changes > 0

    @property
    def keeps_deleted_pages(self) -> bool:
        """SQLite leaves copies of rows behind that it has moved between pages."""
        return True

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        try:  # a `with` costs more than most statements
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise_translated(error, self._path)

    def stream(self, sql: str, values: Values = ()) -> Generator[Row, None, None]:
        with translated_errors(self._path):
            yield from self._connection.execute(sql, values)

    def rows_among(self, sql: str, values: Iterable[object]) -> Iterator[Row]:
        wanted = list(values)
        for start in range(0, len(wanted), _MOST_PARAMETERS):
            some = wanted[start : start + _MOST_PARAMETERS]
            marks = ",".join("?" * len(some))
            yield from self.rows(sql.replace("(*)", f"({marks})"), some)

    def run(self, sql: str, values: Values = ()) -> int:
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise_translated(error, self._path)

    def run_many(self, sql: str, values: Iterable[Values]) -> int:
        try:
            return self._connection.executemany(sql, values).rowcount
        except sqlite3.Error as error:
            raise_translated(error, self._path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        begin, end, undo = _STATEMENTS[self._depth > 0]
        self.run(begin)
        self._depth += 1
        try:
            yield
            self.run(end)
        except BaseException:
            # After a full disk SQLite may have rolled everything back by itself.
            if self._connection.in_transaction:
                for statement in undo:
                    self.run(statement)
            raise
        finally:
            self._depth -= 1

    def rewrite(self) -> None:
        """Write the file anew, so that nothing that was deleted can be read in it."""
        self.run("VACUUM")
        self._empty_log()

    def close(self) -> None:
        """Close; after writing, give free pages back, and leave no deleted text in the log."""
        try:
            if self.has_written:
                self._give_back_pages()
                self._empty_log()
        finally:
            self._connection.close()

    def _give_back_pages(self) -> None:
        """Make a large file smaller most of which is free, as after a first sync of many messages.

        It takes about a second for a million logged messages.
        """
        asked = ("freelist_count", "page_count", "journal_mode")
        free, pages, mode = (self.rows(f"PRAGMA main.{name}")[0][0] for name in asked)
        if free >= _MANY_PAGES and 2 * free > pages and mode == "wal":  # no copy without a name
            with suppress(StoreUnusable, AnotherRun):  # no room for it: then it stays as large
                self.run("VACUUM main")

    def _empty_log(self) -> None:
        """Copy the write-ahead log into the file and cut it to no length."""
        self.rows("PRAGMA main.wal_checkpoint(TRUNCATE)")


_STATEMENTS = (
    ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)),
    ("SAVEPOINT inner", "RELEASE inner", ("ROLLBACK TO inner", "RELEASE inner")),
)


# --- Errors ------------------------------------------------------------------------------------


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite that a person can act on into ours; others are bugs and stay."""
    try:
        yield
    except sqlite3.Error as error:
        raise_translated(error, path)


def raise_translated(error: sqlite3.Error, path: Path) -> NoReturn:
    """Raise ours for an error of SQLite that a person can act on, else the error itself."""
    translated = _translate(error, path)
    if translated is None:
        raise error
    raise translated from error


def _translate(error: sqlite3.Error, path: Path) -> WasfError | None:
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
    """Return the error for a file that must not be used, and must not be thrown away either."""
    return StoreUnusable(
        f"{path} cannot be used: {why}",
        hint
        or "bring it back from a backup; if there is none, move it aside and keep it: a new one is "
        "made, and what is in Salesforce is not logged again if Tasks have the key field",
    )


# --- The file of a ledger ------------------------------------------------------------------------


def open_database(path: Path) -> SqliteDatabase:
    """Open a ledger for reading and writing, or make it; folder 0700, file 0600.

    Raise `StoreUnusable` if that cannot be done; nothing is ever deleted or overwritten.

    A new file is made whole under another name and then gets its own. So an empty file is never
    ours: it is what a disk that failed left, and to start over on it would log everything twice.
    """
    private_folder(path.parent)
    if not _has_content(path):
        _make(path)
    close_to_others(path)
    with translated_errors(path):
        connection = sqlite3.connect(path, isolation_level=None)
    return _migrated(connection, path)


def copy_database(path: Path) -> SqliteDatabase:
    """Copy a ledger into a database without a name, which is gone when it is closed.

    Where there is no ledger the copy is empty. Nothing is written beside the ledger.
    """
    copy = sqlite3.connect("", isolation_level=None)
    try:
        if _has_content(path):
            copy_rows(path, copy)
    except BaseException:
        copy.close()
        raise
    return _migrated(copy, path)


def copy_rows(path: Path, copy: sqlite3.Connection) -> None:
    """Copy a file; nothing is written beside it."""
    with translated_errors(path), closing(_to_read(path)) as original:
        original.backup(copy)


def _to_read(path: Path) -> sqlite3.Connection:
    """Open a file read only and leave nothing beside it, as SQLite does where its log is empty."""
    log = Path(f"{path}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    address = f"{path.absolute().as_uri()}?{'mode=ro' if has_log else 'immutable=1'}"
    with translated_errors(path):
        return sqlite3.connect(address, isolation_level=None, uri=True)


def read_database(path: Path) -> SqliteDatabase:
    """Open a ledger where it is to read it, or a copy of an older one that is brought up to date.

    Nothing is written there, nor beside it.
    """
    if not _has_content(path):
        return copy_database(path)
    with _in_place(path) as db:
        if _version(db) < VERSION:
            return copy_database(path)
    return SqliteDatabase(_to_read(path), path)


def count_in_place(path: Path) -> tuple[int, int]:
    """Return how many messages a ledger of any version holds, and of how many chats."""
    with _in_place(path) as db:
        is_known = db.rows("SELECT 1 FROM pragma_table_info('chat') WHERE name = 'forgotten'")
        kept = "NOT forgotten" if is_known else "TRUE"
        waiting = "(SELECT count(1) FROM queue WHERE queue.chat = chat.number)"
        counted = f"SELECT coalesce(sum(logged + {waiting}), 0), count(1) FROM chat WHERE {kept}"  # noqa: S608 - constants
        [(messages, chats)] = db.rows(counted)
        return messages, chats


@contextmanager
def _in_place(path: Path) -> Iterator[SqliteDatabase]:
    """Yield a ledger to read. Raise `StoreUnusable` if a newer wasf wrote it, or it is none."""
    with closing(SqliteDatabase(_to_read(path), path)) as db:
        _check(db, path)
        yield db


def _has_content(path: Path) -> bool:
    """Return whether there is a ledger. Raise `StoreUnusable` for an empty file."""
    try:
        if path.stat().st_size == 0:
            raise damaged(path, "it is empty, as after a crash of the disk")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable(path, error) from error
    return True


def _make(path: Path) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise unusable(path, error) from error
    new = Path(name)
    try:
        with closing(_migrated(sqlite3.connect(new, isolation_level=None), path)) as db:
            db.rows("PRAGMA journal_mode = WAL")
        _name(new, path)
        sync_folder(path.parent)
    except OSError as error:
        raise unusable(path, error) from error
    finally:
        new.unlink(missing_ok=True)


def _name(new: Path, path: Path) -> None:
    """Give a new file its name, unless another process was faster; then that one's file counts."""
    try:
        path.hardlink_to(new)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not path.exists():
            new.rename(path)


# --- Migrations --------------------------------------------------------------------------------


def _migrated(connection: sqlite3.Connection, path: Path) -> SqliteDatabase:
    """Bring a ledger up to date, each step in one transaction; make the tables of a new one.

    Raise `StoreUnusable` for a file of a newer wasf, and for one that is no ledger.
    """
    try:
        db = SqliteDatabase(connection, path)
        _migrate(db, path)
    except BaseException:
        connection.close()
        raise
    return db


def _migrate(db: SqliteDatabase, path: Path) -> None:
    version = _version(db)
    if version == VERSION and _is_ours(db):
        return
    if version or db.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
        _check(db, path)
    if not version:
        _make_tables(db)
        return
    for number in range(version, VERSION):
        _migrate_to(number + 1, db)


def _check(db: SqliteDatabase, path: Path) -> None:
    """Raise `StoreUnusable` for a file of a newer wasf, and for one that is no ledger."""
    if _version(db) > VERSION:
        raise damaged(path, "a newer wasf has written it", "update this wasf")
    if not _is_ours(db):
        raise damaged(path, "it is a database, but no ledger of wasf")


def _make_tables(db: SqliteDatabase) -> None:
    """Make what all migrations together make, in one transaction: each commit takes its time."""
    with db.transaction():
        for statement in TABLES:
            db.run(statement)
        db.run(f"PRAGMA application_id = {APPLICATION_ID}")
        db.run(f"PRAGMA user_version = {VERSION}")


def _migrate_to(version: int, db: SqliteDatabase) -> None:
    with db.transaction():
        if _version(db) == version - 1:  # not done by another process meanwhile
            for step in MIGRATIONS[version - 1]:
                do_step(db, step)
            db.run(f"PRAGMA user_version = {version}")


def _version(db: SqliteDatabase) -> int:
    return int(db.rows("PRAGMA user_version")[0][0])


def _is_ours(db: SqliteDatabase) -> bool:
    return bool(db.rows("PRAGMA application_id")[0][0] == APPLICATION_ID)
