"""What people mean by `--since`."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.core.moments import EXAMPLES, parse_since
from wasf.errors import ExitCode, WrongUsage

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # already the 23rd in Berlin


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", utc(2026, 10, 31, 23)),
        ("2026-07-01", utc(2026, 6, 30, 22)),
        ("2026-11-01T08:30", utc(2026, 11, 1, 7, 30)),
        ("2026-11-01 08:30:15", utc(2026, 11, 1, 7, 30, 15)),
        ("2026-11-01T08:30Z", utc(2026, 11, 1, 8, 30)),
        ("2026-11-01t08:30z", utc(2026, 11, 1, 8, 30)),
        ("2026-11-01T08:30+05:30", utc(2026, 11, 1, 3)),
        ("2026-11-01T08:30:00.5-0300", utc(2026, 11, 1, 11, 30, 0, 500_000)),
        (" 7d ", NOW - timedelta(days=7)),
        ("12h", NOW - timedelta(hours=12)),
        ("2W", NOW - timedelta(days=14)),
        ("30m", NOW - timedelta(minutes=30)),
        ("0m", NOW),
        ("30 m", NOW - timedelta(minutes=30)),
        ("today", utc(2026, 11, 22, 23)),
        ("Yesterday", utc(2026, 11, 21, 23)),
    ],
)
def test_what_has_one_meaning(text, moment):
    found = parse_since(text, NOW, BERLIN)
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T02:30", utc(2026, 3, 29, 1, 30)),
        ("2025-10-26T02:30", utc(2025, 10, 26, 0, 30)),
        ("2026-03-30", utc(2026, 3, 29, 22)),
    ],
    ids=["an hour that does not exist", "the first of two", "the day after the change"],
)
def test_clocks_that_change(text, moment):
    assert parse_since(text, NOW, BERLIN) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01/02/2026",
        "1.2.2026",
        "2026-1-2",
        "20261101",
        "2026-W47",
        "2026-13-01",
        "2026-02-30",
        "2026-11-01T8",
        "2026-11-01T25:00",
        "08:30",
        "7",
        "7 days",
        "-7d",
        "1.5h",
        "1y",
        "3mo",
        "last week",
        "monday",
        "now",
        "٧d",
        "99999w",
        "9" * 400,
        "0001-01-01",
    ],
)
def test_what_could_mean_two_things_or_nothing_is_refused_with_examples(text):
    with pytest.raises(WrongUsage) as caught:
        parse_since(text, NOW, BERLIN)
    assert caught.value.exit_code is ExitCode.USAGE
    assert EXAMPLES in caught.value.hint


@pytest.mark.parametrize("text", ["2026-11-24", "2027-01-01T00:00Z"])
def test_the_future_is_refused(text):
    with pytest.raises(WrongUsage, match="future"):
        parse_since(text, NOW, BERLIN)


@pytest.mark.parametrize("example", EXAMPLES.split(", "))
def test_every_example_works(example):
    assert parse_since(example, NOW, BERLIN) <= NOW


@given(text=st.text(max_size=20) | st.from_regex(r"\d{1,5}[-.:/ ]?\d{0,3}[a-zA-Z-]?\d*"))
def test_any_text_is_a_moment_or_wrong_usage(text):
    try:
        moment = parse_since(text, NOW, BERLIN)
    except WrongUsage:
        return
    assert moment <= NOW
