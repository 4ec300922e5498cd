"""Batches of Tasks: as few as possible, in the order of each chat, neighbours of other chats."""

from itertools import chain, pairwise
from math import ceil
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from wasf.commands.sync.outbox import batches, lanes, pack
from wasf.core.policy import LARGEST_BATCH


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
    found = list(lanes(map(iter, chats_of(sizes)), lambda: size))
    assert len(found) == ceil(sum(sizes) / size)
    assert all(0 < len(group) <= size for group in found)
    units = [unit for group in found for unit in group]
    assert sorted(units) == [unit for chat in chats_of(sizes) for unit in chat]
    for chat in range(len(sizes)):
        numbers = [unit.number for unit in units if unit.chat == chat]
        assert all(one < two for one, two in pairwise(numbers))


def test_t9_neighbours_are_of_different_chats_while_there_are_enough() -> None:
    found = list(lanes(map(iter, chats_of([1_000] * 8)), lambda: 200))
    shared = [
        {unit.chat for unit in one} & {unit.chat for unit in two} for one, two in pairwise(found)
    ]
    assert shared.count(set()) >= len(shared) - 4


def test_the_size_is_asked_before_each_batch() -> None:
    sizes = iter([5, 3, 2, 2, 9, 9, 9])
    found = list(lanes(map(iter, chats_of([12])), lambda: next(sizes)))
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
