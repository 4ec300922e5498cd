"""Ledgers that earlier versions left: how one is kept, and how a trial begins with it.

`python -m tests.gates.old_ledgers` keeps one as this version writes it, if there is none yet. It is
the ledger of a chat of which three messages are logged, two were sent without an answer, and two
wait; with it are kept the Tasks that the org had then.
"""

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from tests.exports_builder import Said, write_android
from tests.gates.trial_run import TOKEN, Trial, Truth
from tests.servers.salesforce import KEY_FIELD
from wasf.store.ledger.engines.sqlite_schema import VERSION

KEPT = Path(__file__).parent / "ledgers"
TITLE = "+44 7700 900123"
TEXTS = ["said-0 yes", "said-0 yes", *(f"said-{number}" for number in range(1, 7))]
_START = datetime(2024, 3, 2, 10)
_THEN = datetime(2025, 1, 1)
"""When those runs were: long enough ago wherever the clocks stand."""

_FIELDS = ("Subject", "Description", "ActivityDate", "Status", "CallObject", "WhoId")


def kept_versions() -> list[int]:
    """The versions of which a ledger is kept."""
    return sorted(int(path.stem.removeprefix("version_")) for path in KEPT.glob("version_*.json"))


def begin_with(trial: Trial, version: int) -> None:
    """Put the ledger of that version, and what the org had then, into a trial."""
    kept = json.loads((KEPT / f"version_{version}.json").read_text())
    contact = trial.org.add("Contact", FirstName="Ada", LastName="Example", Phone=TITLE)
    for row in kept["tasks"]:
        assert row["WhoId"] == contact
        if trial.unique:
            row[KEY_FIELD] = row.pop("CallObject")
        trial.org.add("Task", **row)
    path = trial.home / "orgs" / trial.org.org_id / "ledger.sqlite3"
    path.parent.mkdir(parents=True)
    restore(kept, path)
    _show(trial, TEXTS)
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(TEXTS))))


def restore(kept: dict[str, object], path: Path) -> None:
    """Write a ledger that was kept to a file."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(str(kept["sql"]))
        db.execute(f"PRAGMA application_id = {kept['application_id']}")
        db.execute(f"PRAGMA user_version = {kept['version']}")


def _show(trial: Trial, texts: list[str]) -> None:
    said = [
        Said(_START + timedelta(minutes=max(0, place - 1)), TITLE, text)
        for place, text in enumerate(texts)
    ]
    trial.arguments = [str(write_android(trial.folder, TITLE, said))]


def _make(trial: Trial) -> dict[str, object]:
    trial.org.add("Contact", FirstName="Ada", LastName="Example", Phone=TITLE)
    _show(trial, TEXTS[:3])
    trial.sync(later=_THEN.timestamp() - time.time())
    _show(trial, TEXTS[:5])
    trial.org.fail("close-after", path="composite/sobjects$")
    trial.sync(later=_THEN.timestamp() - time.time())
    _show(trial, TEXTS[:7])
    trial.org.fail("unauthorized", times=0)
    trial.sync(later=_THEN.timestamp() - time.time())
    [path] = trial.home.rglob("ledger.sqlite3")
    with closing(sqlite3.connect(path)) as db:
        [(application,)] = db.execute("PRAGMA application_id")
        tasks = [{name: row[name] for name in _FIELDS} for row in trial.org.rows("Task")]
        sql = "\n".join(db.iterdump())
        return {"version": VERSION, "application_id": application, "tasks": tasks, "sql": sql}


def keep() -> None:
    """Keep the ledger of this version."""
    if VERSION not in kept_versions():
        with Trial(unique=False) as trial:
            text = json.dumps(_make(trial), indent=1, ensure_ascii=False)
        (KEPT / f"version_{VERSION}.json").write_text(text + "\n")


if __name__ == "__main__":
    keep()
