"""Equal places are counted alike, whatever pieces and whatever order they come in."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.ledger.builders import place
from wasf.core.keys import start_of
from wasf.store.ledger import Ledger
from wasf.store.ledger.repeats import count_between


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Ledger.open(tmp_path_factory.mktemp("shared") / "ledger.sqlite3") as ledger:
        yield ledger


# A native id has the minute 0. In order of time, nearly so, or in any order.
places = st.builds(place, st.sampled_from([0, 1, 2, 3, 900]), st.sampled_from("ab"))
few_places = st.lists(places, max_size=12)
calls = st.one_of(
    st.lists(few_places, max_size=8),
    st.lists(few_places.map(sorted), max_size=8).map(sorted),
)


@given(calls=calls)
@settings(max_examples=100, deadline=None)
def test_counting_in_pieces_is_counting_at_once(shared, calls):
    seen: Counter[bytes] = Counter()
    with shared.transaction():
        shared.count_earlier([])
        for some in calls:
            expected = []
            for one in some:
                expected.append(seen[one])
                seen[one] += 1
            assert list(shared.count_earlier(some)) == expected
        for minute in (0, 1, 2, 900):
            start, end = start_of(minute), start_of(minute + 1)
            assert count_between(shared._db, start, end) == {
                one: times for one, times in seen.items() if start <= one < end
            }
