"""What was deleted cannot be read in any file, whichever of three ways would have left it there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from wasf.store.ledger.engines.sqlite import SqliteDatabase

SECRET = "canary " * 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "some.sqlite3")) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE said (text TEXT)")
    return tmp_path / "some.sqlite3"


def opened(path: Path) -> SqliteDatabase:
    return SqliteDatabase(sqlite3.connect(path, isolation_level=None), path)


def is_readable(path: Path) -> bool:
    """Whether any file of the database, the log of writes too, holds the text."""
    return any(b"canary" in one.read_bytes() for one in path.parent.iterdir())


def write_and_delete(db: SqliteDatabase) -> None:
    db.run_many("INSERT INTO said VALUES (?)", [(SECRET,)] * 20)
    db.run("DELETE FROM said")


def test_what_is_deleted_is_overwritten(path: Path) -> None:
    db = opened(path)
    write_and_delete(db)
    db.close()
    assert not is_readable(path)


def test_the_log_is_empty_when_it_is_closed_also_while_somebody_else_reads(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT count(*) FROM said").fetchall()
        db = opened(path)
        write_and_delete(db)
        assert is_readable(path), "the log has it until then"
        db.close()
        assert not is_readable(path)


def test_rewriting_takes_away_what_an_older_version_has_left(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA secure_delete = OFF")
        with old:
            old.executemany("INSERT INTO said VALUES (?)", [(SECRET,)] * 20)
        with old:
            old.execute("DELETE FROM said")
    assert is_readable(path)
    with closing(opened(path)) as db:
        db.rewrite()
    assert not is_readable(path)
