"""Batches hold everything once, in order, and no more than Salesforce takes."""

from itertools import chain, pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from wasf.commands.sync.outbox import REQUEST_SIZE, batches, pack


class _Unit(NamedTuple):
    tasks: tuple[int, ...]


UNITS = st.lists(
    st.integers(1, 2 * REQUEST_SIZE).map(lambda size: _Unit(tuple(range(size)))), max_size=30
)


@given(st.integers(0, 5 * REQUEST_SIZE))
def test_batches(count: int) -> None:
    found = [list(batch) for batch in batches(range(count))]

    assert list(chain.from_iterable(found)) == list(range(count))
    assert all(len(batch) == REQUEST_SIZE for batch in found[:-1])
    assert all(0 < len(batch) <= REQUEST_SIZE for batch in found)


@given(UNITS, st.integers(1, 2 * REQUEST_SIZE))
def test_pack(units: list[_Unit], most: int) -> None:
    found = list(pack(units, most))

    assert list(chain.from_iterable(found)) == units
    for parcel in found:
        assert len(parcel) == 1 or sum(len(unit.tasks) for unit in parcel) <= most
    for before, after in pairwise(found):
        assert sum(len(unit.tasks) for unit in (*before, after[0])) > most, "room was left"
