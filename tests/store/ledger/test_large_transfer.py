"""The move of a large ledger, killed at many moments: it is whole on one side or the other.

By hand, with MOVE_MESSAGES=1000000 MOVE_KILLS=50 before it:

    pytest -m gate -s tests/store/ledger/test_large_transfer.py
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.program import eventually
from tests.servers.postgres import Cluster
from tests.store.ledger.test_transfer import fill, never
from wasf.store.ledger import LedgerTransfer, SharedLedgerPlace

pytestmark = [pytest.mark.postgres, pytest.mark.gate]

MESSAGES = int(os.environ.get("MOVE_MESSAGES", "20000"))
KILLS = int(os.environ.get("MOVE_KILLS", "8"))
SEED = 16
_SUMS = (
    "SELECT count(*), sum(minute), min(minute), max(minute), sum(length(key)), count(task_id) "
    "FROM logged"
)
_SESSIONS = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'wasf on %'"
_LOGGED = (
    "SELECT chat, minute, key, outgoing, kind, digest, task_id, run, source FROM logged "
    "ORDER BY chat, minute, key"
)


def multiply(path: Path, count: int) -> None:
    """Let a ledger have so many logged messages, like those that it has."""
    with closing(sqlite3.connect(path)) as db, db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(logged)")]
        made = {"minute": "minute + value", "key": "randomblob(16)"}
        values = ", ".join(made.get(one, one) for one in columns)
        db.execute(
            "WITH RECURSIVE numbers(value) AS "
            "(SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?) "
            f"INSERT INTO logged SELECT {values} FROM "
            "(SELECT * FROM logged LIMIT 1) CROSS JOIN numbers",
            (count,),
        )


def in_file(path: Path) -> tuple[object, ...]:
    """Sums over the messages that a file has logged."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return tuple(db.execute(_SUMS).fetchone())


def in_database(place: SharedLedgerPlace) -> tuple[object, ...]:
    """The same of a shared ledger."""
    with place.connected() as ledger:
        return ledger.server.rows(_SUMS)[0]


def digests(place: SharedLedgerPlace, path: Path) -> tuple[str, str]:
    """A digest of every message that a shared ledger has logged, and one of those in a file."""
    with place.connected() as ledger, closing(sqlite3.connect(path)) as db:
        return _digest(ledger.server.rows(_LOGGED)), _digest(db.execute(_LOGGED))


def _digest(rows: Iterable[tuple[object, ...]]) -> str:
    whole = blake2b(digest_size=16)
    for row in rows:
        whole.update(repr([_plain(value) for value in row]).encode())
    return whole.hexdigest()


def _plain(value: object) -> object:
    return value.encode() if isinstance(value, str) else int(value) if value in (0, 1) else value


class Mover:
    """The command in a process of its own."""

    def __init__(self, place: SharedLedgerPlace) -> None:
        home = place.files.ledger.parent
        words = ("-m", "tests.store.ledger.transfer_process", home, place.address, place.org_id)
        self._command = [sys.executable, *map(str, words), "kill"]

    def run(self, moment: int) -> str:
        """Move; be killed at a moment, unless that is 0; return what it prints."""
        done = subprocess.run(
            [*self._command, str(moment)], capture_output=True, text=True, check=False
        )
        assert not done.stderr, done.stderr
        return done.stdout

    def kill_after(self, seconds: float) -> None:
        """Move; be killed after so many seconds."""
        with subprocess.Popen([*self._command, "0"], stdout=subprocess.DEVNULL) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()


def test_a_large_ledger_is_whole_wherever_its_move_is_killed(
    place: SharedLedgerPlace, tmp_path: Path, postgres: Cluster
) -> None:
    with place.files.open() as ledger:
        fill(ledger)
    multiply(place.files.ledger, MESSAGES)
    whole = in_file(place.files.ledger)
    spare = tmp_path / "spare.sqlite3"
    shutil.copy(place.files.ledger, spare)
    begins = time.monotonic()
    last = int(Mover(place).run(0))
    longest = time.monotonic() - begins
    assert in_database(place) == whole
    chance, sides = Random(SEED), [0, 0]
    for number in range(KILLS):
        _begin_again(place, spare, postgres)
        if number % 2:
            Mover(place).kill_after(chance.uniform(0.3, longest))
        else:
            Mover(place).run(1 + number * (last - 1) // max(1, KILLS - 2))
        eventually(lambda: not postgres.ask(_SESSIONS))  # the server learns of the kill
        sides[_moved(place, whole)] += 1
    LedgerTransfer(place).run(never)
    assert in_database(place) == whole
    there, here = digests(place, spare)
    assert there == here
    print(
        f"\n{KILLS} kills of a move of {MESSAGES:,} messages, {longest:.0f} s long: the ledger was"
        f" whole in the file {sides[0]} times, in the database {sides[1]} times"
    )


def _begin_again(place: SharedLedgerPlace, spare: Path, cluster: Cluster) -> None:
    place.files.aside.unlink(missing_ok=True)
    shutil.copy(spare, place.files.ledger)
    cluster.ask(f'DROP SCHEMA IF EXISTS "{place.schema}" CASCADE')


def _moved(place: SharedLedgerPlace, whole: tuple[object, ...]) -> bool:
    """Whether the ledger is in the database; it is whole there, or in the file."""
    there = in_database(place)
    assert there == whole or there[0] == 0
    file = place.files.ledger if place.files.ledger.exists() else place.files.aside
    assert in_file(file) == whole
    assert file == place.files.aside or there != whole
    return there == whole
