"""X1: which Tasks are moved, and what a move that was cut off leaves to go on with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.store.ledger.builders import ADA, BEN, NOON, arrival, key, record, task
from tests.store.ledger.contract import logged, refused
from tests.store.ledger.runs import NAMES, fill, log
from wasf.core.auth import UserId
from wasf.core.chats import Phone
from wasf.core.keys import content_digest, content_of, task_key
from wasf.core.records import Growth, Place, RecordId, Trace
from wasf.core.windows import Window
from wasf.interfaces import TaskLogged, TaskNotSent
from wasf.store.ledger import TaskMove

WRONG, OTHER, RIGHT = record("00Q", "Wrong"), record("00Q", "Other"), record("003", "Right")
FIRST, SECOND = record("00T", "First"), record("00T", "Second")
US = "005000000000001AAA"


@pytest.fixture
def ledger(open_ledger):
    return fill(open_ledger())


def test_the_tasks_of_a_chat_are_its_own_with_all_their_parts(ledger):
    ledger.enqueue(BEN, [arrival("z")])
    log(ledger, task("a"), task("b", "c"), task("d", part=2), task("d"))
    parts = [task("e"), task("e", part=2)]
    ledger.record_intent([ADA] * 2, parts, NOON)
    ledger.resolve([logged(parts[0]), refused(parts[1])])
    ledger.record_intent([BEN], [task("z")], NOON)
    ledger.resolve([logged(task("z"))])
    mine = [task("a"), task("b", "c"), task("d"), task("d", part=2), parts[0]]
    assert list(ledger.moves.tasks_of_chat(ADA)) == sorted(logged(one).task_id for one in mine)
    assert list(ledger.moves.tasks_of_chat(BEN)) == [logged(task("z")).task_id]


def test_a_move_is_begun_until_it_is_ended(ledger):
    ledger.moves.begin_move(ADA, [WRONG, OTHER])
    ledger.moves.begin_move(ADA, [WRONG])
    assert list(ledger.moves.begun_moves(ADA)) == sorted([WRONG, OTHER])
    assert list(ledger.moves.begun_moves(BEN)) == []
    ledger.moves.end_moves(ADA, [OTHER])
    assert list(ledger.moves.begun_moves(ADA)) == [WRONG]


def test_what_an_earlier_move_left_stays_known_while_another_is_under_way(ledger):
    left, later = Trace(NOON, US), Trace(NOON + timedelta(hours=1), US)
    ledger.moves.record_move_intent([FIRST, SECOND], WRONG)
    assert ledger.moves.task_moves([FIRST]) == {FIRST: TaskMove(WRONG, None)}
    ledger.moves.resolve_moves({FIRST: left, SECOND: None})
    assert ledger.moves.task_moves([FIRST, SECOND]) == {FIRST: TaskMove(None, left)}
    ledger.moves.record_move_intent([FIRST], RIGHT)
    assert ledger.moves.task_moves([FIRST]) == {FIRST: TaskMove(RIGHT, left)}
    ledger.moves.resolve_moves({FIRST: None})
    assert ledger.moves.task_moves([FIRST]) == {FIRST: TaskMove(None, left)}
    ledger.moves.record_move_intent([FIRST], RIGHT)
    ledger.moves.resolve_moves({FIRST: later})
    assert ledger.moves.task_moves([FIRST]) == {FIRST: TaskMove(None, later)}


def test_intended_tasks_go_to_the_new_record_and_nobody_elses_do(ledger):
    ledger.enqueue(BEN, [arrival("z")])
    ledger.record_intent([ADA, BEN], [task("a"), task("z")], NOON)
    before = {intent.chat_id: intent.task for intent in ledger.intents()}
    ledger.redirect_intents(ADA, Place(RIGHT))
    after = {intent.chat_id: intent.task for intent in ledger.intents()}
    assert after[ADA].who_id == RIGHT
    assert (after[ADA].key, after[ADA].messages) == (before[ADA].key, (key("a"),))
    assert after[BEN] == before[BEN]


def test_of_a_redirected_task_is_known_what_was_written_at_last(ledger):
    ledger.record_intent([ADA], [task("a")], NOON)
    ledger.redirect_intents(ADA, Place(RIGHT))
    ledger.resolve([logged(task("a"))])
    moved = replace(task("a"), who_id=RIGHT)
    [digest] = ledger.moves.written_digests(ledger.moves.tasks_of_chat(ADA)).values()
    assert digest == content_digest(content_of(moved)) != content_digest(content_of(task("a")))


def test_of_a_task_with_an_intent_counts_what_was_stored_first(ledger):
    """Another Task under the same key was not sent."""
    ledger.record_intent([ADA], [task("a")], NOON)
    ledger.record_intent([ADA], [replace(task("a"), subject="another one")], NOON)
    ledger.resolve([logged(task("a"))])
    [digest] = ledger.moves.written_digests(ledger.moves.tasks_of_chat(ADA)).values()
    assert digest == content_digest(content_of(task("a")))


def test_a_purge_leaves_nothing_of_a_move(ledger):
    log(ledger, task("a"), task("d"), task("d", part=2))
    ids = ledger.moves.tasks_of_chat(ADA)
    ledger.moves.record_move_intent([*ids, SECOND], RIGHT)
    ledger.purge([ADA], None, waiting=False)
    assert set(ledger.moves.task_moves([*ids, SECOND])) == {SECOND}


def test_what_was_written_is_known_until_it_is_undone_or_purged(ledger):
    whole, parts, other = task("a"), [task("d"), task("d", part=2)], task("b")
    own = replace(task("c"), fields=(("Type", "WhatsApp"),))
    first = log(ledger, whole, *parts)
    log(ledger, other, own)
    ids = ledger.moves.tasks_of_chat(ADA)
    known = {one: logged(one).task_id for one in (whole, *parts, other, own)}
    assert ledger.moves.written_digests(ids) == {
        task_id: content_digest(content_of(one)) for one, task_id in known.items()
    }
    ledger.mark_undone(first, ledger.logged_by(first))
    assert ledger.moves.written_digests(ids).keys() == {known[other], known[own]}
    ledger.purge([ADA], None, waiting=False)
    assert ledger.moves.written_digests(ids) == {}


@pytest.mark.parametrize("person", ["Ada", "nobody"])
def test_what_was_written_for_a_forgotten_person_is_gone(ledger, person):
    log(ledger, task("a"), task("d"), task("d", part=2))
    ids = ledger.moves.tasks_of_chat(ADA)
    assert len(ledger.moves.written_digests(ids)) == 3
    chats = [ledger.chat(ADA)] if person == "Ada" else []
    ledger.forget(Phone("+447700900999"), chats)
    assert len(ledger.moves.written_digests(ids)) == (0 if chats else 3)


def test_nothing_that_was_written_stays_in_the_file_for_what_is_gone(ledger):
    """Undone and purged Tasks have no id by which it could be asked for."""
    first = log(ledger, task("a"), task("d"), task("d", part=2))
    ledger.mark_undone(first, ledger.logged_by(first)[:1])
    log(ledger, task("b"))
    assert _written(ledger) == 3
    ledger.purge([ADA], None, waiting=False)
    assert _written(ledger) == 0


def _written(ledger) -> int:
    both = "SELECT written FROM logged UNION ALL SELECT written FROM logged_task"
    return sum(1 for (written,) in ledger._db.rows(both) if written)


def test_what_was_written_for_another_owner_than_intended_is_not_known(ledger):
    one = task("a")
    ledger.record_intent([ADA], [one], NOON)
    ledger.resolve([logged(one)._replace(instead_of=UserId("005else"))])
    assert ledger.moves.written_digests([logged(one).task_id]) == {}


def test_what_one_chat_logged_is_told_run_by_run(ledger):
    ledger.enqueue(BEN, [arrival("z")])
    first = log(ledger, task("a"))
    ledger.record_intent([BEN], [task("z")], NOON)
    ledger.resolve([logged(task("z"))])
    second = log(ledger, task("b"))
    assert list(ledger.runs_of(ADA)) == [first, second]
    assert list(ledger.runs_of(BEN)) == [first]
    assert [unit.chat_id for unit in ledger.logged_by(first, ADA)] == [ADA]
    assert len(ledger.logged_by(first)) == 2
    ledger.mark_undone(first, ledger.logged_by(first, ADA))
    assert list(ledger.runs_of(ADA)) == [second]
    assert list(ledger.runs_of(BEN)) == [first]


# --- What the ledger knows of Tasks that may grow (T3a) ------------------------------------------

WINDOW = Window(NOON, NOON + timedelta(minutes=3))
"""Of the five messages the first three are in it."""


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
