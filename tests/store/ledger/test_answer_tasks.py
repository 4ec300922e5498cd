"""What the ledger knows of chats that wait and of the Tasks that ask for it, in both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.store.ledger.builders import ADA, ADA_PHONE, BEN, NOON, arrival, chat, key, record, task
from tests.store.ledger.contract import logged
from tests.store.ledger.runs import fill, log
from wasf.core.chats import Direction
from wasf.core.keys import task_key
from wasf.core.records import Link, RecordType
from wasf.core.refusals import RecordRefusal
from wasf.interfaces import TaskRefused
from wasf.store.ledger import LoggedTask, Question

OUT = {"direction": Direction.OUTGOING}
LATER = NOON + timedelta(days=1)
FIRST = Question(ADA, key("a"), NOON)


def asks(name: str):
    """The Task that asks for an answer to a message."""
    asked = key(name)
    return replace(task(name), key=task_key([asked], about="asks"), messages=(asked,), asks=NOON)


@pytest.fixture
def ledger(open_ledger):
    ledger = fill(open_ledger())
    ledger.link(ADA, Link(RecordType.CONTACT, record("003", "ada")))
    ledger.answers.turn(on=True)
    ledger.answers.look_at_changed()
    return ledger


def opened(ledger, name="a"):
    one = asks(name)
    ledger.record_intent([ADA], [one], NOON)
    ledger.resolve([logged(one)])
    return one


def test_a_chat_waits_since_its_first_message_without_an_answer(ledger):
    assert ledger.answers.questions(LATER, LATER) == [FIRST]
    assert ledger.answers.questions(NOON - timedelta(seconds=1), LATER) == []
    log(ledger, *map(task, "abcde"))
    assert ledger.answers.questions(LATER, LATER) == [FIRST]
    ledger.enqueue(ADA, [arrival("out", 9, **OUT)])
    ledger.answers.look_at_changed()
    assert ledger.answers.questions(LATER, LATER) == []


def test_an_intent_leaves_the_message_alone_and_its_task_is_known(ledger):
    one = asks("a")
    ledger.record_intent([ADA], [one], NOON)
    [intent] = ledger.intents()
    assert intent.task == one
    assert len(list(ledger.queued(ADA))) == 5
    ledger.resolve([logged(one)])
    assert (ledger.intents(), ledger.chats()[0].queued) == ([], 5)
    [known] = ledger.answers.open_tasks()
    assert (known.key, known.question, known.is_answered) == (one.key, FIRST, False)
    assert ledger.answers.questions(LATER, LATER) == []
    assert LoggedTask(one.key, known.task_id, ADA) in list(ledger.logged_tasks())
    assert known.task_id in ledger.moves.tasks_of_chat(ADA)


def test_a_refused_one_leaves_the_question_open(ledger):
    one = asks("a")
    ledger.record_intent([ADA], [one], NOON)
    ledger.resolve([TaskRefused(one.key, RecordRefusal("X"))])
    assert (ledger.intents(), ledger.answers.questions(LATER, LATER)) == ([], [FIRST])


def test_what_is_refused_rests_until_the_question_is_another_one(ledger):
    why = RecordRefusal("X", ("Type",), "words")
    ledger.answers.save_refused_questions({key("a"): why}, NOON)
    assert ledger.answers.refusals() == [(True, why, 1)]
    assert ledger.answers.questions(LATER, NOON - timedelta(seconds=1)) == []
    assert ledger.answers.questions(LATER, NOON) == [FIRST]
    ledger.enqueue(ADA, [arrival("out", 9, **OUT), arrival("new", 10)])
    ledger.answers.look_at_changed()
    assert ledger.answers.refusals() == []
    assert [one.message for one in ledger.answers.questions(LATER, NOON)] == [key("new")]


def test_a_closing_that_is_refused_is_told_until_it_is_done(ledger):
    one, why = opened(ledger), RecordRefusal("X")
    ledger.answers.save_not_closed({one.key: why}, NOON)
    assert ledger.answers.refusals() == [(False, why, 1)]
    assert [known.refused_at for known in ledger.answers.open_tasks()] == [NOON]
    ledger.answers.save_closed([one.key])
    assert ledger.answers.refusals() == []


def test_the_tasks_about_messages_are_known(ledger):
    one = opened(ledger)
    [known] = ledger.answers.open_tasks()
    assert ledger.answers.tasks_about([key("a"), key("b")]) == {one.key: known.task_id}


def test_a_closed_one_is_not_asked_for_again(ledger):
    one = opened(ledger)
    ledger.answers.save_closed([one.key])
    assert ledger.answers.open_tasks() == []
    assert ledger.answers.questions(LATER, LATER) == []


def test_an_answer_is_seen_and_an_undo_of_the_question_too(ledger):
    run = log(ledger, *map(task, "abcde"))
    opened(ledger)
    ledger.mark_undone(run, ledger.logged_by(run))
    assert ledger.answers.has_due
    ledger.answers.look_at_changed()
    assert [one.is_answered for one in ledger.answers.open_tasks()] == [True]


def test_a_joined_chat_brings_its_tasks_along(ledger):
    opened(ledger)
    ledger.save_chat(chat(BEN))
    ledger.joins.join(ADA, BEN, NOON.tzinfo)
    ledger.answers.look_at_changed()
    assert [one.chat_id for one in ledger.answers.open_tasks()] == [BEN]


def test_of_a_forgotten_person_the_key_stays(ledger):
    one = opened(ledger)
    ledger.forget(ADA_PHONE, [ledger.chat(ADA)])
    assert [known.is_answered for known in ledger.answers.open_tasks()] == [True]
    assert LoggedTask(one.key, "", "") in list(ledger.logged_tasks())
    ledger.answers.save_closed([one.key])
    assert ledger.answers.open_tasks() == []
    assert ledger.answers._db.rows("SELECT task_id, message FROM answer_task") == [("", b"")]


def test_turned_off_and_on_again_all_chats_are_looked_at(ledger):
    ledger.answers.turn(on=False)
    assert not ledger.answers.has_due
    ledger.answers.turn(on=True)
    assert ledger.answers.has_due
