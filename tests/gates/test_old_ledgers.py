"""The ledgers of earlier versions are taken over whole, and what was open in them is finished."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gates import old_ledgers
from tests.gates.trial_run import Trial
from wasf.store.ledger import Ledger
from wasf.store.ledger.engines.sqlite_schema import VERSION


def test_a_ledger_of_this_version_is_kept() -> None:
    assert VERSION in old_ledgers.kept_versions(), "python -m tests.gates.old_ledgers keeps one"


@pytest.mark.parametrize("version", old_ledgers.kept_versions())
def test_what_stood_in_it_still_does(version: int, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    old_ledgers.restore(
        json.loads((old_ledgers.KEPT / f"version_{version}.json").read_text()), path
    )
    for _ in range(2):
        with Ledger.open(path) as ledger:
            [known] = ledger.chats()
            assert (known.logged, known.queued) == (3, 4)
            waiting = [arrival.message.text for arrival in ledger.queued(known.chat.id)]
            assert waiting == old_ledgers.TEXTS[5:7]
            sent = [intent.task.description.partition("\n")[2] for intent in ledger.intents()]
            assert sent == old_ledgers.TEXTS[3:5]
            assert ledger.intents()[0].at < datetime(2025, 1, 2, tzinfo=UTC)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchall() == [(VERSION,)]
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


OLDEST, *BETWEEN, NEWEST = old_ledgers.kept_versions()


@pytest.mark.parametrize(
    "version",
    [OLDEST, *(pytest.param(one, marks=pytest.mark.gate) for one in BETWEEN), NEWEST],
)
@pytest.mark.parametrize(
    "unique",
    [
        pytest.param(True, id="unique key"),
        pytest.param(False, id="key in a standard field", marks=pytest.mark.gate),
    ],
)
def test_what_was_open_in_it_is_finished(version: int, unique: bool) -> None:
    with Trial(unique) as trial:
        old_ledgers.begin_with(trial, version)
        trial.finish()
