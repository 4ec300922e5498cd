"""Who was forgotten stays out, and what was purged keeps its keys only."""

from datetime import timedelta

import pytest

from tests.store.ledger.builders import ADA, ADA_PHONE, BEN, NOON, chat, key, record, task
from tests.store.ledger.contract import logged, refused
from tests.store.ledger.runs import fill, log, states_of, unit
from wasf.core.chats import Phone, SourceChat
from wasf.core.records import Link, RecordType
from wasf.store.ledger import MessageState, Purged


@pytest.fixture
def ledger(open_ledger):
    return fill(open_ledger())


def test_whoever_is_forgotten_is_known_by_number_and_title_only(ledger):
    [ada, _] = ledger.chats()
    ledger.forget(ADA_PHONE, [ada.chat])
    assert [known.chat.id for known in ledger.chats()] == [BEN]

    def found(title: str, phone: str = "") -> bool:
        number = Phone(phone) if phone else None
        return ledger.is_forgotten(
            SourceChat(source="export", origin="x.txt", title=title, name=title, phone=number)
        )

    assert found("ADA")
    assert found("Somebody", ADA_PHONE)
    assert not found("Ada", "+447700900999")
    assert not found("Ben")
    assert ledger.lift_ban(ADA_PHONE)
    assert not ledger.lift_ban(ADA_PHONE)
    assert not found("Ada", ADA_PHONE)
    ledger.save_chat(chat(ADA, title="Ada"))
    assert len(ledger.chats()) == 2


def test_forgetting_takes_what_is_known_of_the_record(ledger):
    ada, ben = record("003", "Ada"), record("003", "Ben")
    ledger.link(ADA, Link(RecordType.CONTACT, ada))
    ledger.facts.save_known_people({ada: "Ada Example", ben: ""}, NOON)
    ledger.forget(ADA_PHONE, [ledger.chats()[0].chat])
    assert ledger.facts.known_people([ada, ben], NOON) == {ben: ""}


def test_forgetting_takes_what_waits_and_what_is_on_its_way(ledger):
    log(ledger, task("a"))
    ledger.record_intent([ADA], [task("b")], NOON)
    ledger.record_lead_intent(ADA_PHONE, NOON)
    ledger.forget(ADA_PHONE, [ledger.chats()[0].chat])
    assert (list(ledger.intents()), dict(ledger.lead_intents())) == ([], {})
    assert ledger.last_writing_run() is None
    ledger.lift_ban(ADA_PHONE)
    ledger.save_chat(chat(ADA, title="Ada"))
    undone, logged_ = MessageState.UNDONE, MessageState.LOGGED
    assert states_of(ledger, *"abc") == [logged_, undone, undone]


def test_purging_by_time_keeps_keys_and_what_is_newer(ledger):
    run = log(ledger, task("a"), task("b", "c"))
    before = NOON + timedelta(minutes=1)
    assert ledger.purge([ADA], before, waiting=False) == Purged(1, 0)
    assert ledger.purge([ADA], before, waiting=False) == Purged(0, 0)
    assert ledger.logged_by(run) == [unit("bc", task("b", "c"))]
    assert states_of(ledger, "a", "d") == [MessageState.LOGGED, MessageState.QUEUED]
    assert ledger.purge([ADA, BEN], None, waiting=True) == Purged(2, 2)
    assert states_of(ledger, "b", "d") == [MessageState.LOGGED, MessageState.UNDONE]
    known = {one.key: one.task_id for one in ledger.logged_tasks()}
    assert {task("a").key, task("b", "c").key} <= known.keys()
    assert not any(known.values())


def test_of_messages_that_share_a_written_task_none_is_purged_alone(ledger):
    ledger.begin_run(NOON)
    there, other = task("a", "b"), task("a", "b", about="+447700900123")
    ledger.record_intent([ADA, ADA], [there, other], NOON)
    ledger.resolve([logged(there), refused(other)])
    first = logged(there).task_id
    assert ledger.partially_logged(ADA) == {key("a"): first, key("b"): first}
    before = NOON + timedelta(minutes=1)
    assert ledger.purge([ADA], before, waiting=True) == Purged(0, 0)
    later = NOON + timedelta(minutes=3)
    assert ledger.purge([ADA], later, waiting=True) == Purged(0, 3)
    assert ledger.partially_logged(ADA) == {}


def test_a_message_on_its_way_is_not_purged(ledger):
    ledger.begin_run(NOON)
    ledger.record_intent([ADA], [task("a")], NOON)
    assert ledger.purge([ADA], None, waiting=True) == Purged(0, 4)
    assert len(ledger.intents()) == 1
