"""The outbox: batches as few as possible; what is in doubt is looked up, and never doubled."""

from datetime import timedelta
from itertools import chain, pairwise, product
from math import ceil
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands.world import ADA, Stage, only_chat
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss, MemoryOrg
from tests.fakes_sources import written
from wasf.commands.sync import ChatState
from wasf.commands.sync.outbox import batches, interleaved, pack
from wasf.core.policy import LARGEST_BATCH
from wasf.errors import ExitCode, Unreachable

# --- Recovery ------------------------------------------------------------------------------------

OFF = Unreachable("Salesforce did not answer.")
MOST_STEPS = 60


def a_stage(folder, key_field) -> Stage:
    return Stage(folder, MemoryOrg(key_field))


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["unique key", "fallback key"])
def key_field(request):
    return request.param


IS_PLAIN = {(True, True, False), (True, False, True), (False, True, True), (False, False, False)}
"""Each two of the three together; all of them in the gates."""


@pytest.mark.parametrize(
    ("key_field", "has_record", "arrives_late"),
    [
        pytest.param(
            UNIQUE_KEY if unique else FALLBACK_KEY,
            has_record,
            arrives_late,
            id=f"{'in flight' if arrives_late else 'never sent'}-"
            f"{'Contact' if has_record else 'new Lead'}-{'unique' if unique else 'fallback'}",
            marks=() if (unique, has_record, arrives_late) in IS_PLAIN else pytest.mark.gate,
        )
        for unique, has_record, arrives_late in product((True, False), repeat=3)
    ],
)
def test_a_program_that_ends_at_any_step_loses_and_doubles_nothing(
    tmp_path, key_field, has_record, arrives_late
):
    """Ended at step 0, 1, 2, ... of the same sync, each in a world of its own."""
    for steps in range(MOST_STEPS):
        stage = a_stage(tmp_path / str(steps), key_field)
        if has_record:
            stage.ada()
        ended = stage.crash(steps, written("one", "one again", "x" * 33_000))
        if arrives_late:
            stage.org.land()
        else:
            stage.org._late.clear()
        stage.now += timedelta(hours=1)
        stage.sync(written("one", "one again", "x" * 33_000))
        texts = sorted(text[:10] for text in stage.texts())
        assert texts == ["one", "one again", "x" * 10, "x" * 10], f"ended at step {steps}"
        assert len(stage.org.leads) == (not has_record)
        assert not stage.ledger.intents()
        assert not stage.ledger.lead_intents()
        stage.close()
        if not ended:
            assert steps > 10
            return
    pytest.fail("the sync never came to its end")


@pytest.mark.parametrize("loss", [Loss.LOST_BEFORE, Loss.LOST_AFTER])
def test_a_lost_answer_is_looked_up_first(stage, loss):
    stage.ada()
    stage.org.fail_batch(1, loss, OFF)
    report = stage.sync(written("one", "two"))
    assert (report.exit_code, report.messages.waiting) == (ExitCode.TRY_LATER, 2)
    assert only_chat(report).reason == "nobody knows yet whether Salesforce took it"
    stage.now += timedelta(minutes=31)
    report = stage.sync()
    assert (report.messages.logged, report.messages.waiting) == (2, 0)
    assert report.tasks_created == only_chat(report).tasks == 2
    assert stage.texts() == ["one", "two"]


def test_without_a_unique_key_what_is_not_there_waits_out_the_quarantine(tmp_path):
    stage = a_stage(tmp_path, FALLBACK_KEY)
    stage.ada()
    stage.org.fail_batch(1, Loss.LATE)
    stage.sync(written("one"))
    stage.now += timedelta(minutes=29)
    report = stage.sync(written("one", "two"))
    chat = only_chat(report)
    assert (chat.state, chat.counts.logged, chat.counts.waiting) == (ChatState.WAITING, 1, 1)
    assert chat.reason == "nobody knows yet whether Salesforce took what was sent"
    assert chat.hint == "looked up again by the first sync after 2026-03-03 10:30"
    stage.org.land()
    stage.now += timedelta(minutes=1)
    assert stage.sync().messages.logged == 1
    assert sorted(stage.texts()) == ["one", "two"]
    stage.close()


def test_with_a_unique_key_it_is_sent_again_at_once_and_cannot_be_doubled(tmp_path):
    stage = a_stage(tmp_path, UNIQUE_KEY)
    stage.ada()
    stage.org.fail_batch(1, Loss.LATE)
    stage.sync(written("one"))
    assert stage.sync().messages.logged == 1
    stage.org.land()
    assert stage.texts() == ["one"]
    stage.close()


def test_a_deleted_task_counts_as_there(stage):
    stage.ada()
    stage.org.fail_batch(1, Loss.LOST_AFTER)
    stage.sync(written("one"))
    stage.org.binned.update(stage.org.tasks)
    stage.org.tasks.clear()
    stage.now += timedelta(hours=1)
    assert stage.sync().messages.logged == 1
    assert stage.org.tasks == {}


def test_a_resent_task_whose_record_is_gone_goes_to_the_next_one(stage):
    ada = stage.ada()
    stage.org.fail_batch(1, Loss.LOST_BEFORE)
    stage.sync(written("one"))
    stage.org.delete(ada.id)
    lead = stage.org.add_lead("Ada Example", ADA)
    stage.now += timedelta(hours=1)
    assert stage.sync().messages.logged == 1
    assert stage.texts(lead.id) == ["one"]


def test_a_second_lost_answer_leaves_it_in_doubt(tmp_path):
    stage = a_stage(tmp_path, UNIQUE_KEY)
    stage.ada()
    stage.org.fail_batch(1, Loss.LOST_BEFORE)
    stage.org.fail_batch(2, Loss.LOST_BEFORE)
    stage.sync(written("one"))
    chat = only_chat(stage.sync())
    assert chat.counts.waiting == 1
    assert chat.reason == "nobody knows yet whether Salesforce took what was sent"
    assert stage.sync().messages.logged == 1
    stage.close()


@pytest.mark.parametrize("second", ["not sent", "refused"])
def test_what_is_sent_again_in_vain_may_still_arrive_from_the_first_time(tmp_path, second):
    """Later messages must not take it along onto a Task with another key meanwhile."""
    stage = a_stage(tmp_path, UNIQUE_KEY)
    stage.ada()
    hourly = {"frequency": timedelta(hours=1), "flush": True}
    stage.org.fail_batch(1, Loss.LATE)
    stage.sync(written("one"), **hourly)
    stage.now += timedelta(minutes=29)
    if second == "not sent":
        stage.org.fail_batch(2, Loss.NOT_SENT)
    else:
        stage.org.refuse_next_tasks(1, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    chat = only_chat(stage.sync(written("one", "two"), **hourly))
    assert (chat.counts.logged, chat.counts.waiting) == (1, 1)
    assert chat.hint.endswith("2026-03-03 10:30")
    stage.org.land()
    stage.now += timedelta(minutes=1)
    assert stage.sync(**hourly).messages.logged == 1
    assert sorted(stage.texts()) == ["one", "two"]
    stage.close()


def test_what_is_sent_again_in_vain_goes_back_when_the_quarantine_is_over(tmp_path):
    """Also where somebody syncs every few minutes."""
    stage = a_stage(tmp_path, UNIQUE_KEY)
    ada = stage.ada()
    stage.org.fail_batch(1, Loss.LOST_BEFORE)
    stage.sync(written("one"))
    stage.org.delete(ada.id)
    for _ in range(5):
        assert stage.org.leads == {}
        stage.now += timedelta(minutes=6)
        stage.sync()
    assert len(stage.org.leads) == 1
    assert stage.texts() == ["one"]
    stage.close()


# --- Batches -------------------------------------------------------------------------------------


class _Unit(NamedTuple):
    chat: int
    number: int
    tasks: tuple[int, ...] = (0,)


def chats_of(sizes: list[int]) -> list[list[_Unit]]:
    return [[_Unit(chat, number) for number in range(size)] for chat, size in enumerate(sizes)]


SIZES = st.lists(st.integers(0, 900), max_size=12)


@given(SIZES, st.integers(1, 200))
def test_t9_each_chat_stays_in_order_in_as_few_batches_as_possible(
    sizes: list[int], size: int
) -> None:
    found = list(interleaved(map(iter, chats_of(sizes)), lambda: size))
    assert len(found) == ceil(sum(sizes) / size)
    assert all(0 < len(group) <= size for group in found)
    units = [unit for group in found for unit in group]
    assert sorted(units) == [unit for chat in chats_of(sizes) for unit in chat]
    for chat in range(len(sizes)):
        numbers = [unit.number for unit in units if unit.chat == chat]
        assert all(one < two for one, two in pairwise(numbers))


def test_t9_neighbours_are_of_different_chats_while_there_are_enough() -> None:
    found = list(interleaved(map(iter, chats_of([1_000] * 8)), lambda: 200))
    shared = [
        {unit.chat for unit in one} & {unit.chat for unit in two} for one, two in pairwise(found)
    ]
    assert shared.count(set()) >= len(shared) - 4


def test_the_size_is_asked_before_each_batch() -> None:
    sizes = iter([5, 3, 2, 2, 9, 9, 9])
    found = list(interleaved(map(iter, chats_of([12])), lambda: next(sizes)))
    assert len(found[0]) == 5
    assert sum(map(len, found)) == 12


class _Packed(NamedTuple):
    tasks: tuple[int, ...]


UNITS = st.lists(
    st.integers(1, 2 * LARGEST_BATCH).map(lambda size: _Packed(tuple(range(size)))), max_size=30
)


@given(st.integers(0, 5 * LARGEST_BATCH))
def test_batches(count: int) -> None:
    found = [list(batch) for batch in batches(range(count))]

    assert list(chain.from_iterable(found)) == list(range(count))
    assert all(len(batch) == LARGEST_BATCH for batch in found[:-1])
    assert all(0 < len(batch) <= LARGEST_BATCH for batch in found)


@given(UNITS, st.integers(1, 2 * LARGEST_BATCH))
def test_pack(units: list[_Packed], most: int) -> None:
    found = list(pack(units, most))

    assert list(chain.from_iterable(found)) == units
    for group in found:
        assert len(group) == 1 or sum(len(unit.tasks) for unit in group) <= most
    for before, after in pairwise(found):
        assert sum(len(unit.tasks) for unit in (*before, after[0])) > most, "room was left"
