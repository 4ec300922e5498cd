"""What a report reads of the ledger: each message once, in order, with its time and its side."""

import pytest

from tests.store.ledger.builders import ADA, ADA_PHONE, BEN, NOON, arrival, chat, key, record, task
from tests.store.ledger.contract import logged
from tests.store.ledger.engines.test_sqlite_schema import first_version
from tests.store.ledger.runs import MINUTE, fill, log
from wasf.core.chats import Direction
from wasf.core.keys import key_bytes
from wasf.core.records import Approval, Link, RecordType
from wasf.store.ledger import Ledger, UnknownTimes

OUT = {"direction": Direction.OUTGOING}
NOON_S = MINUTE * 60


@pytest.fixture
def ledger(open_ledger):
    return fill(open_ledger())


def rows(ledger: Ledger) -> dict[str, list[tuple[int, int]]]:
    """Seconds after noon and side of the messages of each chat."""
    return {
        reported.chat.id: [(at - NOON_S, outgoing) for at, outgoing in times]
        for reported, times in ledger.report_rows.chats()
    }


def test_logged_and_queued_messages_count_alike(ledger):
    log(ledger, task("b"), task("d"))

    assert rows(ledger) == {ADA: [(0, 0), (60, 0), (120, 0), (180, 0), (240, 0)]}
    assert ledger.report_rows.unknown() == UnknownTimes()


def test_keys_are_those_of_logged_and_queued_messages_and_of_all_tasks(ledger):
    before = set(ledger.report_rows.keys())
    together = task("b", "d")
    log(ledger, together)
    ledger.record_intent([ADA], [task("c")], NOON)

    after = set(ledger.report_rows.keys())

    assert before == set(map(key, "abcde"))
    assert after == before | {key_bytes(together.key)}


def test_seconds_and_the_order_within_a_second_stay_when_messages_are_logged(ledger):
    ledger.enqueue(ADA, [arrival("late", 9.5)])
    ledger.enqueue(ADA, [arrival("out", 9, **OUT), arrival("in", 9)])
    before = rows(ledger)
    for name in ("in", "out", "late"):
        log(ledger, task(name))

    assert rows(ledger) == before
    assert before[ADA][-3:] == [(540, 1), (540, 0), (570, 0)]


def test_a_number_of_arrival_is_never_used_again(ledger):
    log(ledger, *map(task, "abcde"))
    ledger.enqueue(ADA, [arrival("in", 9), arrival("out", 9, **OUT)])
    log(ledger, task("in"), task("out"))
    ledger.enqueue(ADA, [arrival("again", 9)])
    log(ledger, task("again"))

    assert [side for at, side in rows(ledger)[ADA] if at == 540] == [0, 1, 0]


def test_what_was_purged_or_undone_still_counts(ledger):
    run = log(ledger, task("a"), task("b"))
    before = rows(ledger)
    ledger.mark_undone(run, ledger.logged_by(run))
    ledger.purge([ADA], None, waiting=True)

    assert rows(ledger) == before


def test_a_forgotten_person_does_not_count(ledger):
    log(ledger, task("a"))
    ledger.forget(ADA_PHONE, [ledger.chat(ADA)])

    assert rows(ledger) == {}


def test_what_two_chats_had_logged_counts_once_when_they_are_one(ledger):
    names = "abcde"
    ledger.enqueue(
        BEN, [arrival(f"ben-{name}", at, text=f"text of {name}") for at, name in enumerate(names)]
    )
    log(ledger, *map(task, names))
    for name in names:
        ledger.record_intent([BEN], [task(f"ben-{name}")], NOON)
        ledger.resolve([logged(task(f"ben-{name}"))])
    assert len(rows(ledger)[BEN]) == 5
    ledger.joins.join(BEN, ADA, NOON.tzinfo)

    assert rows(ledger) == {ADA: [(at * 60, 0) for at in range(5)]}


def test_what_is_known_of_a_chat(ledger):
    link = Link(RecordType.LEAD, record("00Q", "Lead"))
    ledger.begin_run(NOON)
    ledger.lead_written(link.record_id, ADA, is_created=True)
    ledger.lead_written(record("00Q", "Other"), ADA, is_created=False)
    ledger.link(ADA, link)
    ledger.approvals.decide(ADA, Approval.SKIPPED)

    [(reported, _)] = ledger.report_rows.chats()

    assert reported.chat == chat(ADA, title="Ada", phone=ADA_PHONE)
    assert (reported.link, reported.is_skipped, reported.new_leads) == (link, True, 1)


def test_a_lead_that_became_a_contact_still_counts_for_its_chat(ledger):
    ledger.begin_run(NOON)
    ledger.lead_written(record("00Q", "Lead"), ADA, is_created=True)
    ledger.link(ADA, Link(RecordType.CONTACT, record("003", "Ada")))

    [(reported, _)] = ledger.report_rows.chats()

    assert reported.new_leads == 1


def test_what_an_older_wasf_logged_has_its_minute(tmp_path):
    path = tmp_path / "org" / "ledger.sqlite3"
    first_version(path)
    with Ledger.open(path) as ledger:
        assert rows(ledger) == {ADA: [(0, 0), (300, 0)]}
        ledger._db.run("UPDATE logged SET minute = 0 WHERE kind = 2")
        assert rows(ledger) == {ADA: [(0, 0)]}
        assert ledger.report_rows.unknown() == UnknownTimes(without_time=1, without_order=1)


def test_in_one_minute_of_an_older_wasf_incoming_messages_come_first(ledger):
    ledger.enqueue(ADA, [arrival("out", 9, **OUT), arrival("in", 9)])
    log(ledger, task("out"), task("in"))
    ledger._db.run("UPDATE logged SET second = NULL, arrival = NULL")

    assert rows(ledger)[ADA][-2:] == [(540, 0), (540, 1)]


def test_many_messages_are_read_in_the_order_of_time(ledger):
    minutes = [(n * 37) % 500 for n in range(500)]
    ledger.enqueue(BEN, [arrival(f"m-{n}", at) for n, at in enumerate(minutes)])

    assert [at for at, _ in rows(ledger)[BEN]] == sorted(at * 60 for at in minutes)
