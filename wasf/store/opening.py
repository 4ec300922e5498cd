"""How a ledger file is made, opened and copied.

A file is made whole under another name and then given its own. An empty ledger file is therefore
never ours: it is the trace of a disk that failed, and to start over on it would log everything
twice.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from wasf.store.database import Database, damaged, explained
from wasf.store.files import close_to_others, private_folder, sync_folder, unusable
from wasf.store.schema import migrate


def open_database(path: Path) -> Database:
    """Open a ledger for reading and writing, or make it; folder 0700, file 0600.

    Raises `StoreUnusable`; nothing is ever deleted or overwritten.
    """
    private_folder(path.parent)
    if not _has_content(path):
        _make(path)
    close_to_others(path)
    with explained(path):
        connection = sqlite3.connect(path, isolation_level=None)
    return _migrated(connection, path)


def copy_database(path: Path) -> Database:
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


def _has_content(path: Path) -> bool:
    """Whether there is a ledger. Raises `StoreUnusable` for an empty file."""
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
    """Give a file its name unless another process was faster; then that one's file counts."""
    try:
        path.hardlink_to(new)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not path.exists():
            new.rename(path)


def _migrated(connection: sqlite3.Connection, path: Path) -> Database:
    try:
        db = Database(connection, path)
        migrate(db, path)
    except BaseException:
        connection.close()
        raise
    return db


def copy_rows(path: Path, copy: sqlite3.Connection) -> None:
    """Copy without a trace: SQLite leaves files behind where it reads a log that is not there."""
    log = Path(f"{path}-wal")
    with explained(path):
        has_log = log.exists() and log.stat().st_size > 0
        with closing(_connect_to_read(path, "mode=ro" if has_log else "immutable=1")) as original:
            original.backup(copy)


def _connect_to_read(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
