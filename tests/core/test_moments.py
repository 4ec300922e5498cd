"""What people mean by `--since`, and working time, against a count of the minutes one by one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasf.core.moments import EXAMPLES, WorkingTime, parse_hours, parse_since
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


# --- Working time --------------------------------------------------------------------------------

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
OFFICE = "Mon-Fri 09:00-18:00"
NIGHT = "Mon-Fri 22:00-06:00"


def between(hours: str, start: str, end: str, zone: str = "Europe/Berlin") -> float:
    """The hours of working time between two times by the clock of a zone."""
    at = ZoneInfo(zone)
    first, last = (
        int(datetime.fromisoformat(one).replace(tzinfo=at).timestamp()) for one in (start, end)
    )
    return WorkingTime(parse_hours(hours), at).between(first, last) / 3600


@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    [
        pytest.param(OFFICE, "2026-03-02 10:00", "2026-03-02 10:30", 0.5, id="inside a day"),
        pytest.param(OFFICE, "2026-03-02 17:00", "2026-03-03 10:00", 2, id="over a night"),
        pytest.param(OFFICE, "2026-03-06 17:00", "2026-03-09 10:00", 2, id="over a weekend"),
        pytest.param(OFFICE, "2026-03-07 10:00", "2026-03-08 10:00", 0, id="at a weekend"),
        pytest.param(OFFICE, "2025-03-03 09:00", "2026-03-02 09:00", 2340, id="over a year"),
        pytest.param(NIGHT, "2026-03-02 00:00", "2026-03-03 00:00", 2, id="a shift begins"),
        pytest.param(NIGHT, "2026-03-07 00:00", "2026-03-08 00:00", 6, id="a shift of Friday"),
        pytest.param(NIGHT, "2026-03-01 20:00", "2026-03-02 07:00", 0, id="no shift on Sunday"),
        pytest.param(NIGHT, "2026-03-09 21:00", "2026-03-10 07:00", 8, id="a whole shift"),
        pytest.param("Sun 22:00-06:00", "2026-03-28 00:00", "2026-03-30 00:00", 2, id="Sunday"),
        pytest.param("Sat 22:00-06:00", "2026-03-28 00:00", "2026-03-30 00:00", 7, id="spring"),
        pytest.param("Sat 22:00-06:00", "2026-10-24 00:00", "2026-10-26 00:00", 9, id="autumn"),
        pytest.param("Sun 02:00-03:00", "2026-03-29 00:00", "2026-03-30 00:00", 0, id="skipped"),
        pytest.param("Sun 02:00-03:00", "2026-10-25 00:00", "2026-10-26 00:00", 2, id="twice"),
        pytest.param("Mon-Sun 00:00-24:00", "2026-03-29 00:00", "2026-03-30 00:00", 23, id="all"),
        pytest.param("Fri-Mon 10:00-11:00", "2026-03-02 00:00", "2026-03-09 00:00", 4, id="wrap"),
        pytest.param(
            "Mon 09:00-12:00, Mon 11:00-13:00", "2026-03-02 00:00", "2026-03-03 00:00", 4, id="both"
        ),
    ],
)
def test_working_time(hours: str, start: str, end: str, expected: float) -> None:
    assert between(hours, start, end) == expected


@pytest.mark.parametrize(
    "text",
    ["", "nine to five", "Mon-Fri", "Mon 9-18", "Mon 09:00-09:00", "Mon 24:00-01:00",
     "Mon 09:60-10:00", "Mon 09:00-24:01", "Moo 09:00-10:00", "Mon 09:00-10:00,"],
)  # fmt: skip
def test_working_hours_that_cannot_be_read(text: str) -> None:
    with pytest.raises(WrongUsage, match="no working hours"):
        parse_hours(text)


SHIFTS = st.tuples(
    st.integers(0, 6), st.integers(0, 6), st.integers(0, 47), st.integers(0, 48)
).filter(lambda shift: shift[2] != shift[3])
# Around the days on which clocks change, and somewhere in a quiet month.
STARTS = st.sampled_from(
    [datetime(2026, 3, 27), datetime(2026, 10, 23), datetime(2026, 4, 3), datetime(2026, 7, 1)]
)


def _clock(half_hours: int) -> str:
    return f"{half_hours // 2:02}:{half_hours % 2 * 30:02}"


def is_working(local: datetime, shifts: list[tuple[int, int, int, int]]) -> bool:
    """Whether the clock shows working time: said anew, by weekday and half hour."""
    half_hour = local.hour * 2 + local.minute // 30
    for first, last, start, end in shifts:
        days = {(first + n) % 7 for n in range((last - first) % 7 + 1)}
        today, yesterday = local.weekday() in days, (local.weekday() - 1) % 7 in days
        if start < end and today and start <= half_hour < end:
            return True
        if start > end and ((today and half_hour >= start) or (yesterday and half_hour < end)):
            return True
    return False


@settings(max_examples=20, deadline=None)
@given(st.lists(SHIFTS, min_size=1, max_size=3), st.sampled_from(ZONES), STARTS,
       st.integers(0, 2000), st.integers(0, 3000))  # fmt: skip
def test_it_is_the_count_of_the_working_minutes(shifts, zone, day, offset, length) -> None:
    at = ZoneInfo(zone)
    text = ", ".join(f"{DAYS[a]}-{DAYS[b]} {_clock(c)}-{_clock(d)}" for a, b, c, d in shifts)
    start = day.replace(tzinfo=UTC) + timedelta(minutes=offset)
    minutes = (start + timedelta(minutes=n) for n in range(length))
    counted = sum(is_working(minute.astimezone(at), shifts) for minute in minutes)

    first = int(start.timestamp())
    found = WorkingTime(parse_hours(text), at).between(first, first + length * 60)

    assert found == counted * 60
