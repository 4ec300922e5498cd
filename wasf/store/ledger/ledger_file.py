"""How the file of a ledger is made, opened, copied and brought up to date (see `schema`)."""

import os
import sqlite3
import tempfile
from contextlib import closing, nullcontext
from pathlib import Path

from wasf.store.files import close_to_others, private_folder, sync_folder, unusable
from wasf.store.ledger.database import do_step
from wasf.store.ledger.schema import APPLICATION_ID, MIGRATIONS, VERSION
from wasf.store.ledger.sqlite import SqliteDatabase, damaged, translated_errors


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
    """Copy a file and leave nothing beside it, as SQLite does where it reads an empty log."""
    log = Path(f"{path}-wal")
    with translated_errors(path):
        has_log = log.exists() and log.stat().st_size > 0
        mode = "mode=ro" if has_log else "immutable=1"
        address = f"{path.absolute().as_uri()}?{mode}"
        with closing(sqlite3.connect(address, uri=True)) as original:
            original.backup(copy)


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
    """Bring a ledger up to date, each step in one transaction; a new one in a single transaction.

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
    if version > VERSION:
        raise damaged(path, "a newer wasf has written it", "update this wasf")
    if not _is_ours(db) and (version or db.rows("SELECT 1 FROM sqlite_master LIMIT 1")):
        raise damaged(path, "it is a database, but no ledger of wasf")
    # Each commit waits for the disk: of a new ledger only the last one has to.
    with nullcontext() if version else db.transaction():
        for number in range(version, VERSION):
            _migrate_to(number + 1, db)


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
