"""The side of the ledger that a person uses, over a real file: runs, units, bans, what stays."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.builders import ADA, ADA_PHONE, BEN, NOON, arrival, chat, key, record, task
from tests.store.contract import logged, refused
from wasf.core.chats import Phone, SourceChat
from wasf.core.keys import with_keys
from wasf.core.records import Link, RecordId, RecordType
from wasf.store.ledger import (
    Ledger,
    LoggedMessage,
    LoggedTask,
    LoggedUnit,
    MessageState,
    Purged,
    RunLead,
)

MINUTE = int(NOON.timestamp()) // 60
LEAD = record("00Q", "Lead")


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "org" / "ledger.sqlite3") as ledger:
        ledger.save_chat(chat(ADA, title="Ada", phone=ADA_PHONE))
        ledger.save_chat(chat(BEN, title="Ben"))
        ledger.enqueue(ADA, [arrival(name, at) for at, name in enumerate("abcde")])
        yield ledger


def log(ledger: Ledger, *tasks, how=logged):
    run = ledger.begin_run(NOON)
    ledger.record_intent([ADA] * len(tasks), tasks, NOON)
    ledger.resolve([how(one) for one in tasks])
    return run


def unit(names: str, *tasks, start: int = 0) -> LoggedUnit:
    messages = tuple(LoggedMessage(MINUTE + "abcde".index(n), key(n)) for n in names)
    return LoggedUnit(ADA, messages, tuple(logged(one).task_id for one in tasks))


def states(ledger: Ledger, *names: str) -> list[MessageState]:
    arrivals = [arrival(name, "abcde".index(name)) for name in names]
    return list(ledger.message_states(ADA, with_keys(arrivals)))


def test_what_a_run_logged_comes_in_units(ledger):
    first = log(ledger, task("a"), task("b", "c"))
    second = log(ledger, task("d"), task("d", part=2))
    assert set(ledger.logged_by(first)) == {unit("a", task("a")), unit("bc", task("b", "c"))}
    assert ledger.logged_by(second) == [unit("d", task("d"), task("d", part=2))]
    assert ledger.runs() == [first, second]
    assert ledger.last_writing_run() == second


def test_a_later_run_that_wrote_nothing_is_not_the_last_work(ledger):
    assert ledger.last_writing_run() is None
    first = log(ledger, task("a"))
    ledger.begin_run(NOON + timedelta(hours=1))
    assert ledger.last_writing_run() == first
    ledger.mark_undone(first, ledger.logged_by(first))
    assert ledger.last_writing_run() == first


def test_a_part_whose_other_part_was_refused_is_a_unit_without_messages(ledger):
    run = ledger.begin_run(NOON)
    there, other = task("a"), task("a", part=2)
    ledger.record_intent([ADA, ADA], [there, other], NOON)
    ledger.resolve([logged(there), refused(other)])
    assert ledger.logged_by(run) == [unit("", there)]
    ledger.mark_undone(run, ledger.logged_by(run))
    assert ledger.logged_parts([there.key, other.key]) == frozenset()
    assert states(ledger, "a") == [MessageState.QUEUED]
    later = log(ledger, there, other)
    assert ledger.logged_by(run) == []
    assert len(ledger.logged_by(later)[0].tasks) == 2


def test_the_parts_of_a_message_belong_to_the_run_that_logged_the_last(ledger):
    first, (there, other) = ledger.begin_run(NOON), (task("a"), task("a", part=2))
    ledger.record_intent([ADA, ADA], [there, other], NOON)
    ledger.resolve([logged(there), refused(other)])
    second = log(ledger, other)
    assert ledger.logged_by(first) == []
    assert ledger.logged_by(second) == [unit("a", there, other)]


def test_its_own_task_comes_before_further_parts_whichever_is_settled_first(ledger):
    own, other = task("a"), task("a", part=2)
    ledger.begin_run(NOON)
    ledger.record_intent([ADA, ADA], [own, other], NOON)
    ledger.resolve([logged(other)])
    ledger.resolve([logged(own)])
    assert set(ledger.logged_tasks()) == {
        LoggedTask(one.key, logged(one).task_id, ADA) for one in (own, other)
    }


def test_what_was_taken_back_is_not_logged_again_until_it_is_restored(ledger):
    run = log(ledger, task("a"), task("b", "c"))
    [window] = [one for one in ledger.logged_by(run) if len(one.messages) == 2]
    ledger.mark_undone(run, [window])
    ledger.mark_undone(run, [window._replace(messages=())])
    assert states(ledger, *"abcd") == [
        MessageState.LOGGED, MessageState.UNDONE, MessageState.UNDONE, MessageState.QUEUED,
    ]  # fmt: skip
    assert [known.logged for known in ledger.chats()] == [1, 0]
    assert ledger.logged_by(run) == [unit("a", task("a"))]
    assert ledger.undone_tasks([*window.tasks, RecordId("00T000000000001AAA")]) == set(window.tasks)
    ledger.enqueue(ADA, [arrival("b", 1)])
    assert len(list(ledger.queued(ADA))) == 2
    ledger.restore_undone(ADA)
    assert states(ledger, "a", "b") == [MessageState.LOGGED, MessageState.NEW]
    assert ledger.undone_tasks(window.tasks) == set(window.tasks)


def test_leads_of_a_run_are_told_apart_and_their_links_forgotten(ledger):
    run = ledger.begin_run(NOON)
    other = record("00Q", "Other")
    ledger.lead_written(LEAD, is_created=True)
    ledger.lead_written(LEAD, is_created=False)
    ledger.lead_written(other, is_created=False)
    ledger.link(ADA, Link(RecordType.LEAD, LEAD))
    ledger.link(BEN, Link(RecordType.LEAD, LEAD, by_hand=True))
    assert set(ledger.leads_of(run)) == {RunLead(LEAD, True), RunLead(other, False)}
    ledger.mark_lead_undone(LEAD)
    assert [known.link is None for known in ledger.chats()] == [True, False]
    assert ledger.leads_of(run) == [RunLead(other, False)]


def test_unlinked_is_remembered_until_a_record_is_named(ledger):
    ledger.link(ADA, Link(RecordType.LEAD, LEAD))
    ledger.unlink(ADA)
    assert [(k.link, k.unlinked) for k in ledger.chats()] == [(None, True), (None, False)]
    ledger.link(ADA, None)
    ledger.save_chat(chat(ADA, title="Ada Example"))
    assert ledger.chats()[0].unlinked
    ledger.link(ADA, Link(RecordType.LEAD, LEAD, by_hand=True))
    assert not ledger.chats()[0].unlinked


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


def test_forgetting_takes_what_waits_and_what_is_on_its_way(ledger):
    log(ledger, task("a"))
    ledger.record_intent([ADA], [task("b")], NOON)
    ledger.record_lead_intent(ADA_PHONE, NOON)
    ledger.forget(ADA_PHONE, [ledger.chats()[0].chat])
    assert (list(ledger.intents()), dict(ledger.lead_intents())) == ([], {})
    assert ledger.last_writing_run() is None
    ledger.lift_ban(ADA_PHONE)
    ledger.save_chat(chat(ADA, title="Ada"))
    back, logged_ = MessageState.UNDONE, MessageState.LOGGED
    assert states(ledger, *"abc") == [logged_, back, back]


def test_purging_by_time_keeps_keys_and_what_is_newer(ledger):
    run = log(ledger, task("a"), task("b", "c"))
    before = NOON + timedelta(minutes=1)
    assert ledger.purge([ADA], before, waiting=False) == Purged(1, 0)
    assert ledger.purge([ADA], before, waiting=False) == Purged(0, 0)
    assert ledger.logged_by(run) == [unit("bc", task("b", "c"))]
    assert states(ledger, "a", "d") == [MessageState.LOGGED, MessageState.QUEUED]
    assert ledger.purge([ADA, BEN], None, waiting=True) == Purged(2, 2)
    assert states(ledger, "b", "d") == [MessageState.LOGGED, MessageState.UNDONE]
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


def test_taking_one_task_back_leaves_those_together_that_share_another(ledger):
    run = ledger.begin_run(NOON)
    tasks = [task("a", "b", about=about) for about in ("1", "2", "3")]
    ledger.record_intent([ADA] * 3, tasks, NOON)
    ledger.resolve([logged(tasks[0]), refused(tasks[1]), refused(tasks[2])])
    later = ledger.begin_run(NOON)
    ledger.record_intent([ADA] * 2, tasks[1:], NOON)
    ledger.resolve([logged(tasks[1]), refused(tasks[2])])
    ledger.mark_undone(run, ledger.logged_by(run))
    second = logged(tasks[1]).task_id
    assert ledger.partially_logged(ADA) == {key("a"): second, key("b"): second}
    ledger.mark_undone(later, ledger.logged_by(later))
    assert ledger.partially_logged(ADA) == {}


def test_a_message_on_its_way_is_not_purged(ledger):
    ledger.begin_run(NOON)
    ledger.record_intent([ADA], [task("a")], NOON)
    assert ledger.purge([ADA], None, waiting=True) == Purged(0, 4)
    assert len(ledger.intents()) == 1


def test_every_task_is_told_once_with_its_key(ledger):
    tasks = [task("a"), task("b", "c"), task("d"), task("d", part=2), task("d", part=3)]
    log(ledger, *tasks)
    told = list(ledger.logged_tasks())
    assert len(told) == 5
    assert {(one.key, one.task_id) for one in told} == {(t.key, logged(t).task_id) for t in tasks}
