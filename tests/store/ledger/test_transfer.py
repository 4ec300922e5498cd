"""The move of a ledger from a file into PostgreSQL: nothing is lost wherever it is cut off."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.postgres import Cluster
from tests.store.ledger.builders import (
    ADA,
    ADA_PHONE,
    BEN,
    NOON,
    arrival,
    asks,
    chat,
    key,
    record,
    task,
)
from tests.store.ledger.conftest import shared_place
from tests.store.ledger.contract import logged
from tests.store.ledger.transfer_process import FAULTS
from wasf.core.chats import ChatId, LastMessages
from wasf.core.records import Link, RecordType, Trace
from wasf.core.refusals import RecordRefusal
from wasf.errors import AnotherRun, BadSetting, StoreUnusable
from wasf.interfaces import Received
from wasf.store.ledger import Ledger, LedgerTransfer, SharedLedgerPlace, WrittenFields

pytestmark = pytest.mark.postgres


class Killed(Exception):
    """Ends a move as a kill does: nothing is done after it."""


MOMENTS = 12  # of each fault; 500 is every one


def never() -> None:
    """Nobody asks the move to end."""


def fill(ledger: Ledger) -> None:
    """Give a ledger rows of every kind that a move may stumble over."""
    for one in (ADA, BEN):
        ledger.save_chat(chat(one))
    ledger.link(ADA, Link(RecordType.LEAD, record("00Q", "ada")))
    ledger.reported_records.turn(on=True)
    fields = WrittenFields(LastMessages(NOON), Trace(NOON, "005me"))
    ledger.reported_records.save_written({record("003", "ben"): fields})
    ledger.begin_run(NOON)
    arrivals = [arrival("a"), arrival("b", 1), arrival("c", 2), arrival("d", 3)]
    ledger.enqueue(ADA, arrivals, "timelines")
    for name in ("a", "b"):
        ledger.record_intent([ADA], [task(name)], NOON)
        ledger.resolve([logged(task(name))])
    ledger.record_intent([ADA], [task("c")], NOON)
    ledger.answers.turn(on=True)
    ledger.answers.look_at_changed()
    ledger.record_intent([ADA], [asks("d")], NOON)
    ledger.resolve([logged(asks("d"))])
    ledger.answers.save_not_closed({asks("d").key: RecordRefusal("X")}, NOON)
    ledger.answers.save_refused_questions({key("a"): RecordRefusal("Y", ("Type",))}, NOON)
    job = ledger.jobs.plan("Key__c", NOON)
    ledger.jobs.record_intent(job, [ADA], [task("e")], NOON)
    ledger.wait(BEN, "why", "what to do")
    ledger.save_chat(chat(ChatId("gone")))
    ledger.forget(ADA_PHONE, [chat(ChatId("gone"))])


def content(ledger: Ledger) -> object:
    """What a ledger says of itself."""
    return (
        list(ledger.chats()),
        [list(ledger.queued(known.chat.id)) for known in ledger.chats()],
        sorted(map(str, ledger.logged_tasks())),
        sorted(map(str, ledger.runs())),
        [str(one) for one in ledger.intents()],
        ledger.reported_records.candidates(),
        ledger.reported_records.written([record("003", "ben")]),
        ledger.answers.open_tasks(),
        ledger.answers.refusals(),
        [(job, ledger.jobs.next_intents(job.number)) for job in ledger.jobs.open()],
    )


@pytest.fixture
def filled(place: SharedLedgerPlace) -> object:
    """The content of a ledger in a file of the machine that moves it."""
    with place.files.open() as ledger:
        fill(ledger)
        return content(ledger)


def test_all_of_a_ledger_is_moved_and_its_file_put_aside(
    place: SharedLedgerPlace, filled: object
) -> None:
    done = LedgerTransfer(place).run(never)
    assert (done.messages, done.chats, done.was_there) == (4, 2, False)
    assert not place.files.ledger.exists()
    assert done.aside.exists()
    with place.open() as ledger:
        assert content(ledger) == filled
    with place.held() as ledger:
        ledger.resolve([logged(task("c"))])
        ledger.save_chat(chat(ChatId("new")))
        ledger.begin_run(NOON)
        ledger.enqueue(ADA, [arrival("e", 4)])
        ledger.record_intent([ADA], [task("d")], NOON)
        assert [arrived.key for arrived in ledger.queued(ADA)][-1] == key("e")


def test_the_server_knows_at_once_how_many_rows_there_are(
    place: SharedLedgerPlace, filled: object
) -> None:
    """Else it would read all chats to find one, until it looks by itself."""
    LedgerTransfer(place).run(never)
    with place.open() as ledger:
        counted = "SELECT reltuples FROM pg_class WHERE oid = CAST('chat' AS regclass)"
        assert ledger.server.rows(counted) == [(3.0,)]  # with one that was forgotten


def test_nobody_falls_back_to_the_file(place: SharedLedgerPlace, filled: object) -> None:
    LedgerTransfer(place).run(never)
    for opened in (place.files.open, place.files.scratch, place.files.inbox):
        with pytest.raises(BadSetting, match="was moved"):
            opened()


def test_the_same_move_once_more_changes_nothing(place: SharedLedgerPlace, filled: object) -> None:
    LedgerTransfer(place).run(never)
    with place.held() as ledger:
        ledger.save_chat(chat(ChatId("new")))
    done = LedgerTransfer(place).run(never)
    assert (done.chats, done.was_there) == (3, True)


@pytest.mark.parametrize("moment", range(1, 9))
def test_a_move_that_is_stopped_leaves_the_file_as_the_ledger(
    place: SharedLedgerPlace, filled: object, moment: int
) -> None:
    asked = iter([None] * moment)

    def stop() -> None:
        if next(asked, Killed) is Killed:
            raise Killed

    with pytest.raises(Killed):
        LedgerTransfer(place).run(stop)
    with place.files.open() as ledger:
        assert content(ledger) == filled
    assert not LedgerTransfer(place).run(never).was_there
    with place.open() as ledger:
        assert content(ledger) == filled


def test_a_ledger_that_was_put_aside_and_not_copied_is_copied(
    place: SharedLedgerPlace, filled: object
) -> None:
    place.files.ledger.rename(place.files.aside)
    assert not LedgerTransfer(place).run(never).was_there
    with place.open() as ledger:
        assert content(ledger) == filled


def test_two_ledgers_are_not_made_one(
    place: SharedLedgerPlace, filled: object, tmp_path: Path, postgres: Cluster
) -> None:
    with shared_place(postgres, place.org_id, tmp_path / "other").held() as ledger:
        ledger.save_chat(chat(BEN))
    with pytest.raises(StoreUnusable, match="content already"):
        LedgerTransfer(place).run(never)
    with place.files.open() as ledger:
        assert content(ledger) == filled


def test_nothing_is_moved_while_somebody_writes(
    place: SharedLedgerPlace, filled: object, tmp_path: Path, postgres: Cluster
) -> None:
    with place.files.held(), pytest.raises(AnotherRun):
        LedgerTransfer(place).run(never)
    other = shared_place(postgres, place.org_id, tmp_path / "other")
    with other.held(), pytest.raises(AnotherRun):
        LedgerTransfer(place).run(never)


def test_without_a_ledger_there_is_nothing_to_move(place: SharedLedgerPlace) -> None:
    with pytest.raises(BadSetting, match="no ledger"):
        LedgerTransfer(place).run(never)


def test_webhooks_of_a_listener_that_runs_since_before_come_too(
    place: SharedLedgerPlace, filled: object
) -> None:
    with place.files.inbox() as before:
        before.put([Received("timelines", NOON, b"first")])
        LedgerTransfer(place).run(never)
        before.put([Received("timelines", NOON, b"second")] * 45)
        with place.held(), place.inbox() as inbox:
            bodies = [one.body for one in inbox.all_kept()]
        assert bodies == [b"first", *[b"second"] * 45]
        assert before.is_empty


# --- Cut off anywhere --------------------------------------------------------------------------


def move_in_a_process(place: SharedLedgerPlace, fault: str, moment: int) -> str:
    """Move a ledger in a process of its own; return what it prints at the end."""
    home, module = place.files.ledger.parent, "tests.store.ledger.transfer_process"
    command = [sys.executable, "-m", module, home, place.address, place.org_id, fault, moment]
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False)
    assert b"LedgerUnreachable" in done.stderr or not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def is_whole(place: SharedLedgerPlace, filled: object) -> bool:
    """Whether the ledger is whole where wasf goes on with it, or where the same move does."""
    with place.connected() as ledger:
        there = content(ledger) == filled
        assert there or list(ledger.chats()) == []
    if place.files.ledger.exists():
        with place.files.open() as ledger:
            return content(ledger) == filled and not there
    with Ledger.open(place.files.aside) as ledger:
        return content(ledger) == filled


@pytest.mark.gate
def test_a_ledger_is_whole_wherever_its_move_is_cut_off(
    place: SharedLedgerPlace, filled: object, tmp_path: Path, postgres: Cluster
) -> None:
    """MOMENTS is the number that can be raised by hand."""
    faults = 0

    def copy(name: str) -> SharedLedgerPlace:
        (tmp_path / name).mkdir()
        shutil.copy(place.files.ledger, tmp_path / name)
        return shared_place(postgres, f"moved_{name}", tmp_path / name)

    last = int(move_in_a_process(copy("whole"), "kill", 0))
    for fault in FAULTS:
        for step in range(MOMENTS):
            moment = 1 + step * (last - 1) // (MOMENTS - 1)
            cut_off = copy(f"{faults}")
            move_in_a_process(cut_off, fault, moment)
            assert is_whole(cut_off, filled), (fault, moment)
            LedgerTransfer(cut_off).run(never)
            with cut_off.open() as ledger:
                assert content(ledger) == filled, (fault, moment)
            faults += 1
    print(f"{faults} moves cut off at {MOMENTS} of {last} moments, each whole on one side")
