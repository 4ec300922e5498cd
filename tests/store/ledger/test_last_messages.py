"""What the ledger knows of the records whose fields tell of messages, in both engines."""

from datetime import timedelta

import pytest

from tests.store.ledger.builders import ADA, ADA_PHONE, BEN, NOON, arrival, chat, record, task
from tests.store.ledger.runs import fill, log
from wasf.core.chats import NO_MESSAGES, Direction, LastMessages
from wasf.core.records import Link, RecordType, Trace
from wasf.store.ledger import WrittenFields

OUT = {"direction": Direction.OUTGOING}
CONTACT, LEAD = record("003", "ada"), record("00Q", "ada")
TOLD = LastMessages(NOON, NOON + timedelta(minutes=1), None)


def linked(kind, record_id):
    return Link(kind, record_id)


@pytest.fixture
def ledger(open_ledger):
    return fill(open_ledger())


@pytest.fixture
def known(ledger):
    ledger.link(ADA, linked(RecordType.CONTACT, CONTACT))
    ledger.reported_records.turn(on=True)
    return ledger.reported_records


def test_turned_on_all_records_are_due_and_turned_off_none_is_added(ledger, known):
    assert known.has_due
    known.save_written({CONTACT: WrittenFields(TOLD)})
    known.turn(on=True)
    assert not known.has_due
    known.turn(on=False)
    ledger.link(ADA, linked(RecordType.LEAD, LEAD))
    assert not known.has_due
    known.turn(on=True)
    assert set(known.candidates()) == {LEAD}


def test_another_record_makes_both_due_and_the_same_one_none(ledger, known):
    log(ledger, *map(task, "abcde"))
    known.save_written({CONTACT: WrittenFields(TOLD)})
    ledger.link(ADA, linked(RecordType.CONTACT, CONTACT))
    assert known.candidates() == {}
    ledger.link(ADA, linked(RecordType.LEAD, LEAD))
    assert known.candidates() == {
        CONTACT: WrittenFields(TOLD, is_due=True),
        LEAD: WrittenFields(is_due=True),
    }
    known.resolve([CONTACT, LEAD])
    assert known.candidates() == {}


def test_what_was_written_is_kept_with_how_it_was_left(ledger, known):
    fields = WrittenFields(TOLD, Trace(NOON, "005me"))
    known.save_written({LEAD: fields})
    assert known.written([LEAD, CONTACT])[LEAD] == fields
    ledger.mark_lead_undone(LEAD)
    assert known.written([LEAD]) == {}


def test_records_of_queued_messages_are_candidates_although_they_are_not_due(ledger, known):
    known.resolve([CONTACT])
    assert known.candidates() == {CONTACT: WrittenFields()}
    assert not known.has_due


def test_the_last_messages_of_a_chat_without_undone_ones(ledger, known):
    ledger.enqueue(ADA, [arrival("out", 9, **OUT), arrival("in", 10)])
    first, last = NOON + timedelta(minutes=4), NOON + timedelta(minutes=10)
    answered = NOON + timedelta(minutes=9)
    assert known.last_messages(ADA, with_queued=False) == NO_MESSAGES
    assert known.last_messages(ADA, with_queued=True) == LastMessages(last, answered, last)
    log(ledger, *map(task, "abcde"))
    run = log(ledger, task("out"), task("in"))
    assert known.last_messages(ADA, with_queued=False) == LastMessages(last, answered, last)
    ledger.mark_undone(run, ledger.logged_by(run))
    assert known.last_messages(ADA, with_queued=True) == LastMessages(first, None, NOON)
    assert known.has_due


def test_chats_that_turn_out_to_be_one_make_the_records_of_both_due(ledger, known):
    ledger.save_chat(chat(BEN, phone=ADA_PHONE))
    ledger.link(BEN, linked(RecordType.LEAD, LEAD))
    known.resolve([CONTACT, LEAD])
    ledger.joins.join(BEN, ADA, NOON.tzinfo)
    assert known.has_due
    assert {one for one, fields in known.candidates().items() if fields.is_due} == {CONTACT, LEAD}


def test_nothing_is_kept_of_a_forgotten_person(ledger, known):
    known.save_written({CONTACT: WrittenFields(TOLD)})
    ledger.forget(ADA_PHONE, [ledger.chat(ADA)])
    assert known.written([CONTACT]) == {}


def test_since_when_a_write_is_in_doubt(ledger, known):
    assert known.in_doubt_since() is None
    known.save_in_doubt(NOON)
    assert known.in_doubt_since() == NOON
    known.save_in_doubt(None)
    assert known.in_doubt_since() is None
