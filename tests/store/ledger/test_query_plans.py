"""What is asked for each message, and of what an undo asks, is found by indexes in both engines."""

import re
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.store.ledger.builders import ADA, BEN, NOON, arrival, chat, task
from tests.store.ledger.contract import logged
from wasf.store.ledger import Ledger

LARGE = {
    "body", "intent", "logged", "logged_task", "message_alias", "moved_task", "pending_file",
    "queue", "undone_message", "undone_task",
}  # fmt: skip
"""The tables that grow with the messages."""

NAMES = [f"m{number}" for number in range(40)]


class Explained:
    """A database that has each statement explained, and notes which tables are read whole."""

    def __init__(self, db) -> None:
        self._db = db
        self.is_server = db.__class__.__name__ == "PostgresDatabase"
        self.read_whole: dict[str, str] = {}
        if self.is_server:
            db.run("SET enable_seqscan = off")

    def __getattr__(self, name: str):
        return getattr(self._db, name)

    def rows(self, statement: str, values=()) -> list:
        self._explain(statement, lambda asked: self._db.rows(asked, values))
        return self._db.rows(statement, values)

    def stream(self, statement: str, values=()) -> Iterator:
        self._explain(statement, lambda asked: self._db.rows(asked, values))
        return self._db.stream(statement, values)

    def rows_among(self, statement: str, values: Iterable[object]) -> Iterator:
        wanted = list(values)
        self._explain(statement, lambda asked: list(self._db.rows_among(asked, wanted)))
        return self._db.rows_among(statement, wanted)

    def run(self, statement: str, values=()) -> int:
        self._explain(statement, lambda asked: self._db.rows(asked, values))
        return self._db.run(statement, values)

    def run_many(self, statement: str, values: Iterable) -> int:
        every = list(values)
        if every:
            self._explain(statement, lambda asked: self._db.rows(asked, every[0]))
        return self._db.run_many(statement, every)

    def _explain(self, statement: str, ask: Callable[[str], list]) -> None:
        if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
            return
        plan = "\n".join(
            str(row[-1])
            for row in ask(
                f"EXPLAIN {statement}" if self.is_server else f"EXPLAIN QUERY PLAN {statement}"
            )
        )
        few = r"(?! USING INDEX queued_with_task)"  # it holds what waits for another of its Tasks
        scan = r"Seq Scan on (\w+)" if self.is_server else rf"SCAN (?:TABLE )?(\w+)\b{few}"
        for table in set(re.findall(scan, plan)) & LARGE:
            self.read_whole[table] = statement


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    """Two chats, of which forty messages each are logged, some with parts, and some wait."""
    ledger = open_ledger()
    ledger.begin_run(NOON)
    for one in (ADA, BEN):
        ledger.save_chat(chat(one))
        names = [f"{one}{name}" for name in NAMES]
        ledger.enqueue(one, [arrival(name, minute) for minute, name in enumerate(names)])
        sent = [task(name) for name in names[:30]]
        sent += [task(name, part=2) for name in names[:5]]
        ledger.record_intent([one] * len(sent), sent, NOON)
        ledger.resolve([logged(task_) for task_ in sent])
    return ledger


def explained(ledger: Ledger) -> tuple[Ledger, Explained]:
    db = Explained(ledger._db)
    return Ledger(db), db


def test_states_of_messages_are_found_by_indexes(ledger: Ledger) -> None:
    asking, db = explained(ledger)
    fresh = [arrival(f"fresh{number}", number) for number in range(40)]
    with_ids = [arrival(f"id{number}", number, native_id=f"id{number}") for number in range(40)]
    asking.enqueue(ADA, fresh, "export")
    asking.enqueue(ADA, with_ids, "timelines")
    sent = [task("fresh0"), task("fresh1")]
    asking.record_intent([ADA, ADA], sent, NOON)
    asking.resolve([logged(one) for one in sent])
    assert db.read_whole == {}


def test_what_an_undo_asks_for_is_found_by_indexes(ledger: Ledger) -> None:
    asking, db = explained(ledger)
    [run] = asking.runs()
    units = asking.logged_by(run)
    assert len(units) == 60
    # By run a file is read once: an index would make it half as large again.
    assert set(db.read_whole) == (set() if db.is_server else {"logged"})
    ids = [one for unit in units for one in unit.tasks]
    asking.moves.tasks_of_chat(ADA)
    asking.moves.task_moves(ids)
    asking.runs_of(ADA)
    asking.mark_undone(run, units[:10])
    asking.undone_tasks(ids)
    asking.moves.written_digests(ids[20:30])
    by_task = db.read_whole.pop("logged", "")
    assert db.read_whole == {}
    assert "task_id IN (*)" in by_task, "once, of Tasks that somebody changed"


def test_an_undo_of_one_chat_reads_that_chat(ledger: Ledger) -> None:
    asking, db = explained(ledger)
    [run] = asking.runs()
    asking.logged_by(run, ADA)
    assert db.read_whole == {}
