"""Lines that have changed, times that are moved, time that is covered: the rules by themselves."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fakes_sources import START, says
from wasf.core.alignment import (
    Alignment,
    OffsetChange,
    OffsetVote,
    constant,
    learned_sides,
    maybe_renamed,
    moved_minute,
    steps_by_texts,
    steps_from,
    texts_once,
)
from wasf.core.chats import Direction, MessageKind
from wasf.core.coverage import (
    CoverageRange,
    are_covered,
    is_covered,
    is_touched,
    may_be_cut,
    with_span,
)
from wasf.core.diff import (
    Difference,
    Fingerprint,
    KnownMessage,
    NewLine,
    OverlapStats,
    equal_matches,
    fits,
    is_alike,
    is_throughout,
    matches,
    may_be_shifted,
    shift_fits,
)
from wasf.core.keys import minute_of
from wasf.core.moments import parse_shift, spell_shift
from wasf.core.records import MessageKey

IN, OUT = Direction.INCOMING, Direction.OUTGOING
TEXT, MEDIA, CARD, CALL = (
    MessageKind.TEXT,
    MessageKind.MEDIA,
    MessageKind.CONTACT_CARD,
    MessageKind.CALL,
)
EDITED, DELETED, ONCE = MessageKind.EDITED, MessageKind.DELETED, MessageKind.VIEW_ONCE


def fingerprint(what: tuple[object, ...]) -> Fingerprint:
    side, kind, *text = what
    return Fingerprint(side, kind, str(*text).encode())


def a_minute(lines: Sequence[tuple], messages: Sequence[tuple]) -> Difference:
    return Difference(
        0,
        [NewLine(n, fingerprint(line), "Ada") for n, line in enumerate(lines)],
        [
            KnownMessage(MessageKey(bytes([n])), fingerprint(message), is_logged=True)
            for n, message in enumerate(messages)
        ],
    )


def pairs(
    lines: Sequence[tuple], messages: Sequence[tuple], renamed: bool = False
) -> dict[int, int]:
    found = matches(a_minute(lines, messages), frozenset({"Ada"} if renamed else ()))
    return {match.line.number: match.message.key[0] for match in found}


@pytest.mark.parametrize(
    ("lines", "messages", "expected"),
    [
        pytest.param([(IN, TEXT, "a")], [(IN, TEXT, "b")], {}, id="another text"),
        pytest.param([(IN, TEXT, "a")], [(OUT, TEXT, "a")], {}, id="another side"),
        pytest.param([(IN, EDITED, "b")], [(IN, TEXT, "a")], {0: 0}, id="edited"),
        pytest.param([(IN, EDITED, "b")], [(OUT, TEXT, "a")], {}, id="edited, by another side"),
        pytest.param([(IN, EDITED, "b")], [(IN, EDITED, "a")], {0: 0}, id="edited twice"),
        pytest.param([(IN, TEXT, "a")], [(IN, EDITED, "b")], {0: 0}, id="before it was edited"),
        pytest.param([(IN, DELETED)], [(IN, TEXT, "a")], {0: 0}, id="deleted"),
        pytest.param([(IN, DELETED)], [(IN, EDITED, "a")], {0: 0}, id="edited, then deleted"),
        pytest.param([(IN, DELETED)], [(IN, MEDIA)], {0: 0}, id="a deleted picture"),
        pytest.param([(IN, TEXT, "a")], [(IN, DELETED)], {0: 0}, id="before it was deleted"),
        pytest.param([(IN, DELETED)], [(IN, CALL)], {}, id="calls are not deleted so"),
        pytest.param([(IN, CALL)], [(IN, DELETED)], {}, id="and were not"),
        pytest.param([(IN, MEDIA)], [(IN, CARD)], {0: 0}, id="a card that was left out"),
        pytest.param([(IN, ONCE)], [(IN, MEDIA)], {0: 0}, id="a picture to be seen once"),
        pytest.param([(IN, MEDIA)], [(OUT, CARD)], {}, id="a card of the other side"),
        pytest.param([(IN, MEDIA)], [(IN, TEXT, "a")], {}, id="a picture is no text"),
        pytest.param([(IN, DELETED)] * 3, [(IN, TEXT, "a")], {0: 0}, id="each message once"),
        pytest.param(
            [(IN, TEXT, "a"), (IN, EDITED, "c")],
            [(IN, EDITED, "b"), (IN, TEXT, "d")],
            {0: 0, 1: 1},
            id="an edit takes what was not edited yet",
        ),
        pytest.param(
            [(IN, DELETED), (IN, EDITED, "b")],
            [(IN, MEDIA), (IN, CARD), (IN, TEXT, "a")],
            {0: 1, 1: 0},
            id="what can be edited is left for the edit",
        ),
    ],
)
def test_which_lines_are_known_again(lines, messages, expected):
    assert pairs(lines, messages) == expected


def test_the_other_side_counts_only_for_the_renamed():
    lines, messages = (
        [(IN, TEXT, "a"), (IN, MEDIA)],
        [(OUT, MEDIA), (OUT, TEXT, "a"), (OUT, TEXT, "b")],
    )
    assert pairs(lines, messages) == {}
    assert pairs(lines, messages, renamed=True) == {0: 1, 1: 0}


sides, kinds = st.sampled_from([IN, OUT]), st.sampled_from(list(MessageKind))
some = st.lists(st.tuples(sides, kinds, st.sampled_from("ab")), max_size=6)


@given(lines=some, messages=some, renamed=st.booleans())
def test_no_line_and_no_message_is_used_twice_and_no_line_is_hidden_without_a_sign(
    lines, messages, renamed
):
    found = pairs(lines, messages, renamed)
    assert len(set(found.values())) == len(found)
    for line, message in found.items():
        (side, kind, text), (known_side, known_kind, known_text) = lines[line], messages[message]
        if side is not known_side:
            assert renamed
            assert (kind, text) == (known_kind, known_text)
        elif not {kind, known_kind} & {EDITED, DELETED}:
            assert {kind, known_kind} <= {MEDIA, CARD, ONCE}


def test_moved_lines_are_exactly_equal_and_used_once():
    minute = a_minute([(IN, TEXT, "a"), (IN, TEXT, "a"), (IN, EDITED, "b")], [(IN, TEXT, "a")] * 3)
    found = equal_matches(minute, known={0}, used={MessageKey(bytes([0]))})
    assert [(match.line.number, match.message.key[0]) for match in found] == [(1, 1)]


@pytest.mark.parametrize(
    ("flips", "known", "expected"),
    [
        ({("Sam", OUT): 2}, {"Sam"}, {"Sam": OUT}),
        ({("Sam", OUT): 1}, {"Sam"}, {}),
        ({("Sam", OUT): 1}, {"Ada"}, {"Sam": OUT}),
        ({("Sam", OUT): 2, ("Ada", IN): 1}, {"Ada", "Sam"}, {"Sam": OUT, "Ada": IN}),
        ({("Sam", OUT): 2, ("Sam", IN): 2}, set(), {}),
        ({("Sam", OUT): 3, ("Sam", IN): 2}, set(), {"Sam": OUT}),
        ({}, {"Ada"}, {}),
    ],
)
def test_a_side_is_learned_from_two_lines_or_of_somebody_new(flips, known, expected):
    assert learned_sides(flips, known) == expected


def test_those_with_more_strange_than_known_lines_may_be_renamed():
    assert maybe_renamed({"a": 2, "b": 2}, {"a": 2, "b": 3, "c": 1}) == {"b", "c"}


# --- The guard ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "known", "covered", "strange", "expected"),
    [
        pytest.param(10, 10, 8, 0, (True, False), id="all known"),
        pytest.param(10, 8, 8, 2, (True, True), id="two strange ones are few"),
        pytest.param(10, 7, 8, 3, (False, True), id="three of eight are not"),
        pytest.param(100, 90, 99, 9, (True, False), id="a tenth"),
        pytest.param(101, 90, 99, 10, (False, True), id="more than a tenth"),
        pytest.param(1000, 900, 1000, 100, (True, False), id="a tenth of many"),
        pytest.param(20, 19, 3, 1, (True, False), id="one alone is nothing"),
        pytest.param(20, 0, 0, 0, (False, True), id="no line is known"),
        pytest.param(0, 0, 0, 0, (True, False), id="no line"),
    ],
)
def test_the_guard(lines, known, covered, strange, expected):
    overlap = OverlapStats(lines, known, covered, strange)
    assert (fits(overlap), may_be_shifted(overlap)) == expected


@pytest.mark.parametrize(
    ("touched", "known", "proof", "expected"),
    [
        (10, 7, 7, True),
        (10, 6, 6, False),
        (3, 3, 3, True),
        (2, 2, 2, False),
        (5, 5, 2, False),
        (0, 0, 0, False),
    ],
)
def test_a_shift_needs_the_proof_of_three_lines_and_seven_of_ten(touched, known, proof, expected):
    seen = {"lines": 50, "known": known, "touched": touched, "touched_known": known, "proof": proof}
    assert shift_fits(OverlapStats(**seen, covered=0, strange=0)) is expected
    assert not shift_fits(OverlapStats(**seen, covered=50, strange=6))


@pytest.mark.parametrize(
    ("known", "asked", "expected"), [(3, 3, True), (2, 2, False), (11, 16, False), (12, 16, True)]
)
def test_a_chat_is_told_by_most_of_its_lines(known, asked, expected):
    assert is_alike(known, asked) is expected


@pytest.mark.parametrize(
    ("covered", "strange", "expected"),
    [(0, 0, True), (9, 0, True), (9, 1, False), (10, 1, True), (19, 2, False), (20, 2, True)],
)
def test_of_another_title_a_tenth_may_be_strange_and_of_a_few_lines_none(
    covered, strange, expected
):
    assert is_throughout(OverlapStats(30, 20, covered, strange)) is expected


# --- Covered time ------------------------------------------------------------------------------


ends = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
    lambda two: CoverageRange(*sorted(two))
)


@given(spans=st.lists(ends, max_size=6))
@example(spans=[CoverageRange(0, 5), CoverageRange(5, 9)])
@example(spans=[CoverageRange(0, 5), CoverageRange(4, 9)])
@example(spans=[CoverageRange(5, 5), CoverageRange(0, 9)])
@example(spans=[CoverageRange(5, 5), CoverageRange(5, 9)])
@example(spans=[CoverageRange(5, 9), CoverageRange(5, 5)])
@example(spans=[CoverageRange(5, 9), CoverageRange(9, 9), CoverageRange(5, 9)])
def test_covered_time_is_a_union_of_open_spans_and_touched_time_of_closed_ones(spans):
    joined: tuple[CoverageRange, ...] = ()
    for span in spans:
        joined = with_span(joined, span)
    for minute in range(-1, 14):
        assert is_covered(joined, minute) == any(s.first < minute < s.last for s in spans)
        assert is_touched(joined, minute) == any(s.first <= minute <= s.last for s in spans)
    for first, last in combinations(range(-1, 14), 2):
        some = [last, *range(first, last)]
        assert are_covered(joined, some) == [is_covered(joined, minute) for minute in some]
    assert list(joined) == sorted(joined)
    assert with_span(joined, joined[0]) == joined if joined else True


windows = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
minutes_of_lines = st.lists(st.integers(0, 3), min_size=10, max_size=10).map(sorted)


@given(minutes=minutes_of_lines, known=st.lists(windows, min_size=1, max_size=3), shown=windows)
@example(minutes=[5] * 10, known=[[4, 9], [0, 1]], shown=[2, 3])
@example(minutes=[5] * 5 + [6] * 5, known=[[4, 9], [0, 1]], shown=[2, 9])
@example(minutes=[4] * 5 + [5] * 5, known=[[8, 9], [0, 5]], shown=[0, 7])
def test_in_a_minute_that_is_not_torn_one_of_two_views_shows_all_that_the_other_does(
    minutes, known, shown
):
    def lines(window: list[int]) -> set[int]:
        return set(range(window[0], window[1] + 1))

    def span(window: list[int]) -> CoverageRange:
        return CoverageRange(minutes[window[0]], minutes[window[1]])

    spans: tuple[CoverageRange, ...] = ()
    for window in known:
        spans = with_span(spans, span(window))
    before, now = set().union(*map(lines, known)), lines(shown)
    for minute in set(minutes):
        here = {line for line in range(10) if minutes[line] == minute}
        if not may_be_cut(minute, spans, span(shown)):
            assert before & here <= now or now & here <= before


@pytest.mark.parametrize(
    ("spans", "shown", "expected"),
    [
        pytest.param([CoverageRange(1, 9)], CoverageRange(5, 9), False, id="covered"),
        pytest.param([CoverageRange(1, 5)], CoverageRange(1, 9), False, id="shown to its ends"),
        pytest.param(
            [CoverageRange(1, 5)],
            CoverageRange(5, 9),
            True,
            id="the end of one, the beginning of the other",
        ),
        pytest.param([CoverageRange(5, 9)], CoverageRange(1, 5), True, id="the other way round"),
        pytest.param([CoverageRange(5, 9)], CoverageRange(5, 7), False, id="both begin in it"),
        pytest.param([CoverageRange(1, 5)], CoverageRange(3, 5), False, id="both end in it"),
        pytest.param([CoverageRange(5, 9)], CoverageRange(5, 5), True, id="nothing else is shown"),
        pytest.param([CoverageRange(5, 5)], CoverageRange(5, 9), True, id="nothing else was shown"),
        pytest.param(
            [CoverageRange(1, 5), CoverageRange(5, 9)],
            CoverageRange(5, 9),
            True,
            id="two meet in it",
        ),
        pytest.param(
            [CoverageRange(1, 3)], CoverageRange(5, 9), True, id="nothing was shown of it"
        ),
    ],
)
def test_a_minute_is_torn_where_one_view_ends_and_another_begins(spans, shown, expected):
    assert may_be_cut(5, spans, shown) is expected


# --- Times that are moved ----------------------------------------------------------------------


def votes(*parts: tuple[int, int, int]) -> list[OffsetVote]:
    """Parts of so many quarters with a shift and so many lines in each."""
    found, at = [], 0
    for quarters, shift, lines in parts:
        found += [OffsetVote(at + n, shift, lines) for n in range(quarters)]
        at += quarters
    return found


@pytest.mark.parametrize(
    ("given_votes", "expected"),
    [
        pytest.param([], (), id="no votes"),
        pytest.param(votes((9, 0, 1)), (), id="nothing moves"),
        pytest.param(votes((9, 60, 1)), (OffsetChange(0, 60),), id="one shift"),
        pytest.param(
            votes((9, 60, 1), (9, 120, 1)),
            (OffsetChange(0, 60), OffsetChange(9 * 15, 120)),
            id="a clock change",
        ),
        pytest.param(
            votes((9, 60, 1), (9, 0, 1)),
            (OffsetChange(0, 60), OffsetChange(9 * 15, 0)),
            id="moved up to a day",
        ),
        pytest.param(
            votes((9, 60, 1), (2, 120, 1), (9, 60, 1)), (OffsetChange(0, 60),), id="two strays"
        ),
        pytest.param(
            [*votes((9, 60, 1)), *votes((9, 120, 1))], (), id="two shifts that are as good"
        ),
        pytest.param(
            [*votes((9, 60, 2)), *votes((9, 120, 1))],
            (OffsetChange(0, 60),),
            id="the better of two",
        ),
    ],
)
def test_the_steps_that_most_lines_vote_for(given_votes, expected):
    assert steps_from(given_votes) == expected


@pytest.mark.parametrize(
    ("moved_by", "expected"),
    [
        ([60, 60, 60], 60),
        ([61, 59, 60], 60),
        ([-5 * 60, -5 * 60, -5 * 60, 0], -5 * 60),
        ([60, 60], 0),
        ([60, 60, 67], 0),
        ([24 * 60, 24 * 60, 24 * 60], 0),
        ([30 * 60, 30 * 60, 30 * 60], 0),
        ([0, 0, 0], 0),
        ([60, 60, 60, 120, 120, 120], 0),
    ],
    ids=[
        *("an hour", "a server's clock", "most of them", "two", "no quarter", "a day", "no zone"),
        *("none", "two clocks"),
    ],
)
def test_i6_three_texts_tell_by_how_much_a_clock_is_on(moved_by, expected):
    shown = {bytes([at]): 100_000 + at for at in range(len(moved_by))}
    known = {bytes([at]): 100_000 + at + by for at, by in enumerate(moved_by)}
    assert moved_minute(100_003, steps_by_texts(shown, known)) == 100_003 + expected


@pytest.mark.parametrize(
    ("moved_by", "before", "end", "expected"),
    [
        ([60, 60, 60, 120], (), 0, 120),
        ([60, 60, 60, 120, 121], (), 0, 120),
        ([0, 0, 0, 60], (), 0, 60),
        ([120, 120, 120, 60], (), 60, 60),
        ([120, 120, 120, 60], (), 0, 120),
        ([60, 60, 60, 180], (), 0, 60),
        ([60, 60, 60, 120, 0], (), 120, 0),
        ([60, 60, 60, 0, 120], (), 0, 120),
        ([0, 0, 60], (), 0, 0),
        ([120], (OffsetChange(0, 60),), 0, 120),
        ([0], (OffsetChange(0, 60),), 60, 0),
        ([0], (OffsetChange(0, 60),), 0, 60),
        ([180], (OffsetChange(0, 60),), 0, 60),
    ],
    ids=[
        *("one text", "two texts", "from nothing", "an hour less", "and nothing is shown of then"),
        *("two hours", "two ways, the last one", "two ways, the other one", "nothing before"),
        *("told before", "an hour less than before", "and nothing shown", "two hours than before"),
    ],
)
def test_i6_fewer_texts_tell_that_a_clock_was_changed(moved_by, before, end, expected):
    """Texts are days apart; exports cover the time until `end` minutes after the last one."""
    minutes = [100_000 + 2000 * at for at in range(len(moved_by))]
    shown = {bytes([at]): minute for at, minute in enumerate(minutes)}
    known = {bytes([at]): minutes[at] + by for at, by in enumerate(moved_by)}
    covered = [(minutes[0], max(known.values()) + end)]
    steps = steps_by_texts(shown, known, before, covered) or before
    assert moved_minute(minutes[-1], steps) == minutes[-1] + expected
    if len(moved_by) > 3:
        assert moved_minute(minutes[0], steps) == minutes[0] + moved_by[0]


def test_i6_a_text_that_is_said_twice_tells_nothing_of_the_clock():
    said = [(1, b"once"), (2, b"twice"), (3, b"twice"), (4, b"")]
    assert texts_once(said) == {b"once": 1}


def test_a_minute_moves_by_the_step_before_it():
    steps = (OffsetChange(100, 60), OffsetChange(200, -60))
    assert [moved_minute(at, steps) for at in (50, 150, 200)] == [110, 210, 140]


def test_a_lens_moves_times_from_its_steps_on_and_puts_people_on_their_side():
    start = minute_of(says())
    lens = Alignment(
        (OffsetChange(start + 10, 60), OffsetChange(start + 20, -90)), {"ada example": OUT}
    )
    seen = list(lens.through([says(minute=at) for at in (0, 10, 19.5, 20, 300)]))
    assert [(m.sent_at - START) / timedelta(minutes=1) for m in seen] == [60, 70, 79.5, -70, 210]
    assert {m.direction for m in seen} == {OUT}
    plain = [says(author="Ben"), says(author="ADA  Example")]
    assert [m.direction for m in lens.through(plain)] == [IN, OUT]
    assert list(Alignment().through(plain)) == plain


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+1h", 60), ("1h", 60), ("-90m", -90), ("5h30m", 330), ("-5h 30m".replace(" ", ""), -330),
        ("45min", 45), ("+26h", 1560), ("0h", 0), (" +1H ", 60),
        ("27h", None), ("1561m", None), ("", None), ("+", None), ("1", None), ("h", None),
        ("1d", None), ("+-1h", None), ("1.5h", None), ("１h", None),
    ],
)  # fmt: skip
def test_shifts_as_people_write_them(text, minutes):
    shift = parse_shift(text)
    assert shift == (None if minutes is None else timedelta(minutes=minutes))


@given(minutes=st.integers(-1560, 1560))
def test_a_shift_reads_as_it_is_spelled(minutes):
    assert parse_shift(spell_shift(minutes)) == timedelta(minutes=minutes)
    assert constant(timedelta(minutes=minutes)) == ((OffsetChange(0, minutes),) if minutes else ())
