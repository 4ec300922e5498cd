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


def fill_and_delete(path: Path, stays: int) -> int:
    """Write twenty texts of half a megabyte, delete all but some; return the size of the file."""
    db = opened(path)
    db.run_many("INSERT INTO said VALUES (?)", [("x" * 500_000,)] * 20)
    db.run("DELETE FROM said WHERE rowid > ?", (stays,))
    db.close()
    return path.stat().st_size


@pytest.mark.parametrize(
    ("stays", "is_smaller"), [(0, True), (3, True), (15, False)], ids=["none", "few", "most"]
)
def test_a_large_file_most_of_which_is_free_is_made_smaller(
    path: Path, stays: int, is_smaller: bool
) -> None:
    size = fill_and_delete(path, stays)
    assert (size < 5_000_000) is is_smaller
    with closing(opened(path)) as db:
        assert db.rows("SELECT count(*), sum(length(text)) FROM said") == [
            (stays, stays * 500_000 or None)
        ]


def test_a_large_file_stays_as_large_while_somebody_else_has_it_open_for_reading(
    path: Path,
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM said").fetchall()
        fill_and_delete(path, 1)
    with closing(opened(path)) as db:
        assert db.rows("SELECT count(*) FROM said") == [(1,)]
