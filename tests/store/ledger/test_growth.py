"""What the ledger knows of Tasks that may grow (T3a)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.store.ledger.builders import ADA, NOON, arrival, key, record, task
from tests.store.ledger.contract import logged
from tests.store.ledger.runs import NAMES, fill, log
from wasf.core.keys import content_digest, content_of, task_key
from wasf.core.records import Growth, RecordId, Trace
from wasf.core.windows import Window
from wasf.interfaces import TaskLogged, TaskNotSent

WINDOW = Window(NOON, NOON + timedelta(minutes=3))
"""Of the five messages the first three are in it."""


@pytest.fixture
def ledger(open_ledger):
    return fill(open_ledger())


def grown(before, *names):
    """The Task that this one becomes with further messages."""
    growth = Growth(logged(before).task_id, NOON, NOON, b"digest of all")
    return replace(task(*names), grows=growth)


def grow(ledger, one):
    run = ledger.begin_run(NOON)
    ledger.record_intent([ADA], [one], NOON)
    ledger.resolve([TaskLogged(one.key, one.grows.task_id)])
    return run


def latest(ledger, window=WINDOW):
    return ledger.growing.latest(ADA, window)


@pytest.mark.parametrize("names", ["a", "ab", "abc"])
def test_a_logged_task_may_grow_with_what_was_written_into_it(ledger, names):
    one = task(*names)
    log(ledger, one)
    found = latest(ledger)
    assert found.id == logged(one).task_id
    assert [key for key, _ in found.messages] == [key(name) for name in names]
    assert [at for _, at in found.messages] == [
        NOON + timedelta(minutes=NAMES.index(name)) for name in names
    ]
    assert found.written == content_digest(content_of(one))


def test_the_latest_task_of_a_window_counts(ledger):
    log(ledger, task("a"), task("b"))
    assert latest(ledger).id == logged(task("b")).task_id
    ledger.enqueue(ADA, [arrival("late", 0.5)])
    log(ledger, task("late"))
    assert latest(ledger).id == logged(task("late")).task_id


@pytest.mark.parametrize(
    "tasks",
    [
        pytest.param([], id="nothing is logged"),
        pytest.param([task("d")], id="only in another window"),
        pytest.param([task("c", "d")], id="it reaches into another window"),
        pytest.param([task("a", part=1), task("a", part=2)], id="a part of a message"),
        pytest.param([task("a", about="Ada"), task("a", about="Ben")], id="one each"),
    ],
)
def test_no_other_task_may_grow(ledger, tasks):
    if tasks:
        log(ledger, *tasks)
    assert latest(ledger) is None


def test_what_was_undone_or_written_for_another_owner_does_not_grow(ledger):
    run = log(ledger, task("a"))
    ledger.mark_undone(run, ledger.logged_by(run))
    assert latest(ledger) is None
    log(ledger, task("b"), how=lambda one: logged(one)._replace(instead_of=one.owner_id))
    assert latest(ledger) is None


@pytest.mark.parametrize("names", ["a", "ab"])
def test_a_task_that_has_grown_is_one_task_with_all_messages(ledger, names):
    before = task(*names)
    log(ledger, before)
    after = grown(before, "a", "b", "c")
    run = grow(ledger, after)
    [known] = list(ledger.logged_tasks())
    assert (known.key, known.task_id, known.chat_id) == (after.key, logged(before).task_id, ADA)
    [unit] = ledger.logged_by(run)
    assert [one.key for one in unit.messages] == [key(name) for name in "abc"]
    assert unit.tasks == (logged(before).task_id,)
    assert latest(ledger).written == b"digest of all"
    assert ledger.moves.written_digests([logged(before).task_id]) == {
        logged(before).task_id: b"digest of all"
    }
    grow(ledger, grown(before, *"abc"))
    assert len(list(ledger.logged_tasks())) == 1


def test_an_intent_to_grow_is_kept_whole(ledger):
    log(ledger, task("a"))
    after = grown(task("a"), "a", "b")
    ledger.record_intent([ADA], [after], NOON)
    [intent] = ledger.intents()
    assert intent.task == after
    assert [one.key for one in ledger.queued(ADA)] == [key(name) for name in "cde"]
    ledger.resolve([TaskNotSent(after.key)])
    assert [one.key for one in ledger.queued(ADA)] == [key(name) for name in "bcde"]
    assert latest(ledger).id == logged(task("a")).task_id


def test_a_key_that_another_task_has_leaves_the_task_as_it_was(ledger):
    log(ledger, task("a"))
    after = grown(task("a"), "a", "b")
    ledger.record_intent([ADA], [after], NOON)
    other = RecordId(record("00T", "Other"))
    ledger.resolve([TaskLogged(after.key, other)])
    assert {one.key: one.task_id for one in ledger.logged_tasks()} == {
        task_key([key("a")]): logged(task("a")).task_id,
        after.key: other,
    }


def test_how_a_task_was_left_is_kept_until_it_grows_again(ledger):
    log(ledger, task("a"))
    task_id, left = logged(task("a")).task_id, Trace(NOON, "005me")
    ledger.growing.save_left({task_id: left})
    ledger.growing.save_left({task_id: Trace(NOON, "005other")})
    assert ledger.moves.task_moves([task_id])[task_id].left == Trace(NOON, "005other")
    grow(ledger, grown(task("a"), "a", "b"))
    assert ledger.moves.task_moves([task_id]) == {}
