"""What runs wrote, in units that can only be undone together, and how it is undone."""

from datetime import timedelta

import pytest

from tests.store.ledger.builders import ADA, BEN, NOON, arrival, key, record, task
from tests.store.ledger.contract import logged, refused
from tests.store.ledger.runs import fill, log, states_of, unit
from wasf.core.records import Link, RecordId, RecordType
from wasf.store.ledger import LoggedTask, MessageState, RunLead

LEAD = record("00Q", "Lead")


@pytest.fixture
def ledger(open_ledger):
    return fill(open_ledger())


def test_what_a_run_logged_comes_in_units(ledger):
    first = log(ledger, task("a"), task("b", "c"))
    second = log(ledger, task("d"), task("d", part=2))
    assert set(ledger.logged_by(first)) == {unit("a", task("a")), unit("bc", task("b", "c"))}
    assert ledger.logged_by(second) == [unit("d", task("d"), task("d", part=2))]
    assert ledger.runs() == [first, second]
    assert ledger.last_writing_run() == second


def test_a_later_run_that_wrote_nothing_is_not_the_last_writing_run(ledger):
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
    assert states_of(ledger, "a") == [MessageState.QUEUED]
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


def test_its_own_task_comes_before_further_parts_whichever_is_resolved_first(ledger):
    own, other = task("a"), task("a", part=2)
    ledger.begin_run(NOON)
    ledger.record_intent([ADA, ADA], [own, other], NOON)
    ledger.resolve([logged(other)])
    ledger.resolve([logged(own)])
    assert set(ledger.logged_tasks()) == {
        LoggedTask(one.key, logged(one).task_id, ADA) for one in (own, other)
    }


def test_what_was_undone_is_not_logged_again_until_it_is_restored(ledger):
    run = log(ledger, task("a"), task("b", "c"))
    [window] = [one for one in ledger.logged_by(run) if len(one.messages) == 2]
    ledger.mark_undone(run, [window])
    ledger.mark_undone(run, [window._replace(messages=())])
    assert states_of(ledger, *"abcd") == [
        MessageState.LOGGED, MessageState.UNDONE, MessageState.UNDONE, MessageState.QUEUED,
    ]  # fmt: skip
    assert [known.logged for known in ledger.chats()] == [1, 0]
    assert ledger.logged_by(run) == [unit("a", task("a"))]
    assert ledger.undone_tasks([*window.tasks, RecordId("00T000000000001AAA")]) == set(window.tasks)
    ledger.enqueue(ADA, [arrival("b", 1)])
    assert len(list(ledger.queued(ADA))) == 2
    ledger.restore_undone(ADA)
    assert states_of(ledger, "a", "b") == [MessageState.LOGGED, MessageState.NEW]
    assert ledger.undone_tasks(window.tasks) == set(window.tasks)


def test_leads_of_a_run_are_told_apart_and_their_links_forgotten(ledger):
    run = ledger.begin_run(NOON)
    other = record("00Q", "Other")
    ledger.lead_written(LEAD, ADA, is_created=True)
    ledger.lead_written(LEAD, ADA, is_created=False)
    ledger.lead_written(other, ADA, is_created=False)
    ledger.link(ADA, Link(RecordType.LEAD, LEAD))
    ledger.link(BEN, Link(RecordType.LEAD, LEAD, by_hand=True))
    assert set(ledger.leads_of(run)) == {RunLead(LEAD, True), RunLead(other, False)}
    ledger.mark_lead_undone(LEAD)
    assert [known.link is None for known in ledger.chats()] == [True, False]
    assert ledger.leads_of(run) == [RunLead(other, False)]


def test_undoing_one_task_leaves_those_together_that_share_another(ledger):
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


def test_every_task_is_told_once_with_its_key(ledger):
    tasks = [task("a"), task("b", "c"), task("d"), task("d", part=2), task("d", part=3)]
    log(ledger, *tasks)
    told = list(ledger.logged_tasks())
    assert len(told) == 5
    assert {(one.key, one.task_id) for one in told} == {(t.key, logged(t).task_id) for t in tasks}
