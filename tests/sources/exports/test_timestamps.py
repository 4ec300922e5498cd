"""A clock is read the same alone and among others, and a wrong one is found."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.sources.exports.timestamps import Clocks, read_clock

_PARTS = st.integers(0, 61)
_FORMS = (
    "{:02}:{:02}:{:02}",
    "{}:{:02}:{:02}",
    "{:02}.{:02}.{:02}",
    "{}:{:02}",
    "{}:{:02}:{:02}\u202fPM",
    "下午{}:{:02}:{:02}",
    "{}.{:02}",
)


@st.composite
def _blocks(draw: st.DrawFn) -> list[list[str]]:
    form = draw(st.sampled_from(_FORMS))
    clock = st.builds(form.format, _PARTS, _PARTS, _PARTS)
    return draw(st.lists(st.lists(clock, min_size=1)))


@given(_blocks())
def test_clocks_read_together_are_those_read_alone(blocks: list[list[str]]) -> None:
    clocks = Clocks()
    for block in blocks:
        alone = {shown: read_clock(shown) for shown in block}
        right = [shown.encode() for shown in block if alone[shown] is not None]

        assert clocks.wrong(map(str.encode, block)) == {
            shown.encode() for shown, clock in alone.items() if clock is None
        }
        assert list(clocks.times(right)) == [
            clock for clock in map(alone.get, block) if clock is not None
        ]


def test_a_wrong_clock_among_right_ones_is_found() -> None:
    shown = [b"14:56:01", b"14:56:61", b"25:00:00", b"14:57:00"]

    assert Clocks().wrong(shown) == {b"14:56:61", b"25:00:00"}
    with pytest.raises(ValueError, match="no second"):
        list(Clocks().times(shown))
    assert list(Clocks().times(shown[3:])) == [timedelta(hours=14, minutes=57)]
