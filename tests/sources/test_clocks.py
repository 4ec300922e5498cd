"""Times of day are learned in one go where they show seconds, and each reads as it does alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from wasf.sources.exports.dates import Clocks
from wasf.sources.exports.layout import read_clock

_PARTS = st.integers(0, 61)
_SHOWN = st.one_of(
    st.builds("{:02}:{:02}:{:02}".format, _PARTS, _PARTS, _PARTS),
    st.builds("{}:{:02}:{:02}".format, _PARTS, _PARTS, _PARTS),
    st.builds("{:02}:{:02}".format, _PARTS, _PARTS),
    st.builds("{}.{:02}.{:02}".format, _PARTS, _PARTS, _PARTS),
    st.builds("{}:{:02}:{:02}\u202fPM".format, _PARTS, _PARTS, _PARTS),
    st.builds("下午{}:{:02}:{:02}".format, _PARTS, _PARTS, _PARTS),
)


@given(st.lists(st.lists(_SHOWN, min_size=1)))
def test_clocks_learned_together_are_those_read_alone(blocks: list[list[str]]) -> None:
    clocks = Clocks()
    for block in blocks:
        wrong = clocks.wrong(map(str.encode, block))

        alone = {shown: read_clock(shown) for shown in block}
        assert wrong == {shown.encode() for shown, clock in alone.items() if clock is None}
        for shown, clock in alone.items():
            assert clocks.get(shown.encode()) == clock


def test_a_wrong_clock_among_right_ones_is_found() -> None:
    clocks = Clocks()

    assert clocks.wrong([b"14:56:01", b"14:56:61", b"25:00:00", b"14:57:00"]) == {
        b"14:56:61",
        b"25:00:00",
    }
    assert clocks[b"14:57:00"] == timedelta(hours=14, minutes=57)
