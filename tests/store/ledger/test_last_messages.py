"""What the ledger knows of records that tell of messages, and of chats that wait; both engines."""

from datetime import timedelta

import pytest

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
from tests.store.ledger.contract import logged
from tests.store.ledger.runs import fill, log
from wasf.core.chats import NO_MESSAGES, Direction, LastMessages
from wasf.core.records import Link, RecordType, Trace
from wasf.core.refusals import RecordRefusal
from wasf.interfaces import TaskRefused
from wasf.store.ledger import LoggedTask, Question, WrittenFields

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


# --- Chats that wait for an answer ---------------------------------------------------------------

LATER = NOON + timedelta(days=1)
FIRST = Question(ADA, key("a"), NOON)


@pytest.fixture
def answers(ledger):
    ledger.link(ADA, linked(RecordType.CONTACT, CONTACT))
    ledger.answers.turn(on=True)
    ledger.answers.look_at_changed()
    return ledger.answers


def opened(ledger, name="a"):
    one = asks(name)
    ledger.record_intent([ADA], [one], NOON)
    ledger.resolve([logged(one)])
    return one


def test_a_chat_waits_since_its_first_message_without_an_answer(ledger, answers):
    assert answers.questions(LATER, LATER) == [FIRST]
    assert answers.questions(NOON - timedelta(seconds=1), LATER) == []
    log(ledger, *map(task, "abcde"))
    assert answers.questions(LATER, LATER) == [FIRST]
    ledger.enqueue(ADA, [arrival("out", 9, **OUT)])
    answers.look_at_changed()
    assert answers.questions(LATER, LATER) == []


def test_an_intent_leaves_the_message_alone_and_its_task_is_known(ledger, answers):
    one = asks("a")
    ledger.record_intent([ADA], [one], NOON)
    [intent] = ledger.intents()
    assert intent.task == one
    assert len(list(ledger.queued(ADA))) == 5
    ledger.resolve([logged(one)])
    assert (ledger.intents(), ledger.chats()[0].queued) == ([], 5)
    [known] = answers.open_tasks()
    assert (known.key, known.question, known.is_answered) == (one.key, FIRST, False)
    assert answers.questions(LATER, LATER) == []
    assert LoggedTask(one.key, known.task_id, ADA) in list(ledger.logged_tasks())
    assert known.task_id in ledger.moves.tasks_of_chat(ADA)


def test_a_refused_one_leaves_the_question_open(ledger, answers):
    one = asks("a")
    ledger.record_intent([ADA], [one], NOON)
    ledger.resolve([TaskRefused(one.key, RecordRefusal("X"))])
    assert (ledger.intents(), answers.questions(LATER, LATER)) == ([], [FIRST])


def test_what_is_refused_rests_until_the_question_is_another_one(ledger, answers):
    why = RecordRefusal("X", ("Type",), "words")
    answers.save_refused_questions({key("a"): why}, NOON)
    assert answers.refusals() == [(True, why, 1)]
    assert answers.questions(LATER, NOON - timedelta(seconds=1)) == []
    assert answers.questions(LATER, NOON) == [FIRST]
    ledger.enqueue(ADA, [arrival("out", 9, **OUT), arrival("new", 10)])
    answers.look_at_changed()
    assert answers.refusals() == []
    assert [one.message for one in answers.questions(LATER, NOON)] == [key("new")]


def test_a_closing_that_is_refused_is_told_until_it_is_done(ledger, answers):
    one, why = opened(ledger), RecordRefusal("X")
    answers.save_not_closed({one.key: why}, NOON)
    assert answers.refusals() == [(False, why, 1)]
    assert [known.refused_at for known in answers.open_tasks()] == [NOON]
    answers.save_closed([one.key])
    assert answers.refusals() == []


def test_the_tasks_about_messages_are_known(ledger, answers):
    one = opened(ledger)
    [known] = answers.open_tasks()
    assert answers.tasks_about([key("a"), key("b")]) == {one.key: known.task_id}


def test_a_closed_one_is_not_asked_for_again(ledger, answers):
    one = opened(ledger)
    answers.save_closed([one.key])
    assert answers.open_tasks() == []
    assert answers.questions(LATER, LATER) == []


def test_an_answer_is_seen_and_an_undo_of_the_question_too(ledger, answers):
    run = log(ledger, *map(task, "abcde"))
    opened(ledger)
    ledger.mark_undone(run, ledger.logged_by(run))
    assert answers.has_due
    answers.look_at_changed()
    assert [one.is_answered for one in answers.open_tasks()] == [True]


def test_a_joined_chat_brings_its_tasks_along(ledger, answers):
    opened(ledger)
    ledger.save_chat(chat(BEN))
    ledger.joins.join(ADA, BEN, NOON.tzinfo)
    answers.look_at_changed()
    assert [one.chat_id for one in answers.open_tasks()] == [BEN]


def test_of_a_forgotten_person_the_key_stays(ledger, answers):
    one = opened(ledger)
    ledger.forget(ADA_PHONE, [ledger.chat(ADA)])
    assert [known.is_answered for known in answers.open_tasks()] == [True]
    assert LoggedTask(one.key, "", "") in list(ledger.logged_tasks())
    answers.save_closed([one.key])
    assert answers.open_tasks() == []
    assert answers._db.rows("SELECT task_id, message FROM answer_task") == [("", b"")]


def test_turned_off_and_on_again_all_chats_are_looked_at(answers):
    answers.turn(on=False)
    assert not answers.has_due
    answers.turn(on=True)
    assert answers.has_due
