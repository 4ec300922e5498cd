"""T1 to T3: from messages to windows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import BERLIN, RULES, a_message
from wasf.core.records import MessageKey
from wasf.core.windows import check_frequency, group, window_of

MINUTES_15 = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def utc(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def arrivals(*times):
    return [(MessageKey(number.to_bytes(16)), a_message(at=at)) for number, at in enumerate(times)]


@pytest.mark.parametrize(
    ("frequency", "allowed"),
    [
        pytest.param(timedelta(minutes=1), True, id="T2: 1m"),
        pytest.param(MINUTES_15, True, id="T2: 15m"),
        pytest.param(timedelta(minutes=20), True, id="T2: 20m"),
        pytest.param(timedelta(minutes=25), False, id="T2: 25m does not divide an hour"),
        pytest.param(HOUR, True, id="T2: 1h"),
        pytest.param(timedelta(minutes=90), False, id="T2: 90m"),
        pytest.param(timedelta(hours=5), True, id="T2: 5h"),
        pytest.param(timedelta(hours=6), True, id="T2: 6h"),
        pytest.param(timedelta(hours=12), True, id="T2: 12h"),
        pytest.param(DAY, True, id="T2: 24h"),
        pytest.param(timedelta(days=7), True, id="T2: a week"),
        pytest.param(timedelta(0), False, id="T2: nothing"),
        pytest.param(-HOUR, False, id="T2: less than nothing"),
        pytest.param(timedelta(seconds=0.5), False, id="T2: half a second"),
    ],
)
def test_frequencies(frequency, allowed):
    assert check_frequency(frequency) is allowed


LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
TROLL = ZoneInfo("Antarctica/Troll")
APIA = ZoneInfo("Pacific/Apia")
ST_JOHNS = ZoneInfo("America/St_Johns")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("at", "frequency", "zone", "start", "end"),
    [
        pytest.param(
            "2024-02-01T15:04+01:00",
            MINUTES_15,
            BERLIN,
            "2024-02-01T15:00+01:00",
            "2024-02-01T15:15+01:00",
            id="T2: 15m",
        ),
        pytest.param(
            "2024-02-01T15:00+01:00",
            HOUR,
            BERLIN,
            "2024-02-01T15:00+01:00",
            "2024-02-01T16:00+01:00",
            id="T2: 1h, its first instant",
        ),
        pytest.param(
            "2024-02-01T15:59:59.999+05:45",
            HOUR,
            KATHMANDU,
            "2024-02-01T15:00+05:45",
            "2024-02-01T16:00+05:45",
            id="T2: 1h, its last instant, Kathmandu",
        ),
        pytest.param(
            "2024-02-01T15:04+01:00",
            timedelta(hours=6),
            BERLIN,
            "2024-02-01T12:00+01:00",
            "2024-02-01T18:00+01:00",
            id="T2: 6h",
        ),
        pytest.param(
            "2024-02-01T23:04+01:00",
            timedelta(hours=5),
            BERLIN,
            "2024-02-01T20:00+01:00",
            "2024-02-02T00:00+01:00",
            id="T2: 5h, the last one of a day is shorter",
        ),
        pytest.param(
            "2024-02-02T00:04+01:00",
            timedelta(hours=5),
            BERLIN,
            "2024-02-02T00:00+01:00",
            "2024-02-02T05:00+01:00",
            id="T2: 5h, from midnight again",
        ),
        pytest.param(
            "2024-02-01T23:30Z",
            DAY,
            BERLIN,
            "2024-02-02T00:00+01:00",
            "2024-02-03T00:00+01:00",
            id="T2: 24h, a day of the zone",
        ),
        pytest.param(
            "2024-02-01T15:04+01:00",
            timedelta(days=7),
            BERLIN,
            "2024-01-29T00:00+01:00",
            "2024-02-05T00:00+01:00",
            id="T2: a week, from Monday",
        ),
        pytest.param(
            "2024-10-27T02:30+02:00",
            HOUR,
            BERLIN,
            "2024-10-27T02:00+02:00",
            "2024-10-27T03:00+02:00",
            id="T2: 1h, autumn, the doubled hour",
        ),
        pytest.param(
            "2024-10-27T02:30+01:00",
            HOUR,
            BERLIN,
            "2024-10-27T02:00+01:00",
            "2024-10-27T03:00+01:00",
            id="T2: 1h, autumn, the doubled hour again",
        ),
        pytest.param(
            "2024-10-27T02:30+01:00",
            timedelta(hours=6),
            BERLIN,
            "2024-10-27T00:00+02:00",
            "2024-10-27T06:00+01:00",
            id="T2: 6h, autumn, seven hours long",
        ),
        pytest.param(
            "2024-03-31T12:00+02:00",
            DAY,
            BERLIN,
            "2024-03-31T00:00+01:00",
            "2024-04-01T00:00+02:00",
            id="T2: 24h, spring, 23 hours long",
        ),
        pytest.param(
            "2024-03-31T03:10+02:00",
            timedelta(hours=3),
            BERLIN,
            "2024-03-31T03:00+02:00",
            "2024-03-31T06:00+02:00",
            id="T2: 3h, spring, after the gap",
        ),
        pytest.param(
            "2018-11-04T01:30-02:00",
            DAY,
            SAO_PAULO,
            "2018-11-04T01:00-02:00",
            "2018-11-05T00:00-02:00",
            id="T2: 24h, a day that has no midnight",
        ),
        pytest.param(
            "2018-02-17T23:30-03:00",
            DAY,
            SAO_PAULO,
            "2018-02-17T00:00-02:00",
            "2018-02-18T00:00-03:00",
            id="T2: 24h, midnight is put off an hour",
        ),
        pytest.param(
            "2024-04-07T01:45+10:30",
            HOUR,
            LORD_HOWE,
            "2024-04-07T01:30+10:30",
            "2024-04-07T02:00+10:30",
            id="T2: 1h, half an hour is doubled",
        ),
        pytest.param(
            "2024-10-06T02:40+11:00",
            HOUR,
            LORD_HOWE,
            "2024-10-06T02:30+11:00",
            "2024-10-06T03:00+11:00",
            id="T2: 1h, half an hour is missing",
        ),
        pytest.param(
            "2011-12-31T12:00+14:00",
            DAY,
            APIA,
            "2011-12-31T00:00+14:00",
            "2012-01-01T00:00+14:00",
            id="T2: 24h, after a day that never was",
        ),
        pytest.param(
            "2011-12-29T12:00-10:00",
            timedelta(days=2),
            APIA,
            "2011-12-29T00:00-10:00",
            "2011-12-31T00:00+14:00",
            id="T2: 48h, over a day that never was",
        ),
        pytest.param(
            "2024-03-31T03:30+02:00",
            timedelta(hours=2),
            TROLL,
            "2024-03-31T03:00+02:00",
            "2024-03-31T04:00+02:00",
            id="T2: 2h, a border within two missing hours",
        ),
    ],
)
def test_windows(at, frequency, zone, start, end):
    assert window_of(utc(at), frequency, zone) == (utc(start), utc(end))


NOON = utc("2024-02-01T12:00+01:00")


@pytest.mark.parametrize("flush", [False, True])
def test_real_time_messages_stand_alone_and_never_wait(flush):
    """T1."""
    times = [NOON, NOON, NOON + DAY]
    groups = list(group(arrivals(*times), replace(RULES, flush=flush), NOON))
    assert [[message.sent_at for _, message in each.messages] for each in groups] == [
        [NOON],
        [NOON],
        [NOON + DAY],
    ]
    assert not any(each.waits for each in groups)


def test_messages_of_one_window_are_one_group():
    """T2."""
    policy = replace(RULES, frequency=HOUR)
    minutes = [0, 59, 60, 61, 200]
    messages = arrivals(*(NOON + timedelta(minutes=minute) for minute in minutes))
    groups = list(group(messages, policy, NOON + DAY))
    assert [len(each.messages) for each in groups] == [2, 2, 1]
    assert [pair for each in groups for pair in each.messages] == messages
    assert groups[0].window == (NOON, NOON + HOUR)


@pytest.mark.parametrize(
    ("now", "flush", "waits"),
    [
        pytest.param(NOON + HOUR - timedelta.resolution, False, True, id="T3: not over"),
        pytest.param(NOON + HOUR, False, False, id="T3: over"),
        pytest.param(NOON + timedelta(minutes=5), True, False, id="T3: flushed"),
        pytest.param(NOON - DAY, False, True, id="T3: a message from the future"),
    ],
)
def test_a_window_is_written_when_it_is_over(now, flush, waits):
    policy = replace(RULES, frequency=HOUR, flush=flush)
    (only,) = group(arrivals(NOON), policy, now)
    assert only.waits is waits


def test_only_one_window_is_held_at_a_time():
    """T2: a group is given before the message after the next window's first is taken."""
    taken = []

    def endless():
        for number in range(1_000):
            taken.append(number)
            yield MessageKey(number.to_bytes(16)), a_message(at=NOON + number * HOUR)

    next(group(endless(), replace(RULES, frequency=HOUR), NOON))
    assert taken == [0, 1]


def test_no_messages_no_groups():
    assert list(group([], replace(RULES, frequency=HOUR), NOON)) == []


# --- Properties: all zones with odd clocks, all changes of the clock -----------------------------

ODD_ZONES = [
    LORD_HOWE,
    SAO_PAULO,
    KATHMANDU,
    TROLL,
    APIA,
    ST_JOHNS,
    NEW_YORK,
    BERLIN,
    ZoneInfo("Africa/Casablanca"),
    ZoneInfo("Africa/Monrovia"),
    ZoneInfo("Asia/Tehran"),
    ZoneInfo("Pacific/Chatham"),
    ZoneInfo("UTC"),
]
FREQUENCIES = [
    timedelta(minutes=1),
    MINUTES_15,
    timedelta(minutes=20),
    HOUR,
    *(timedelta(hours=hours) for hours in (2, 3, 5, 6, 7, 12, 24, 25, 36, 48, 168)),
]


def changes_of(zone, first=1970, last=2026):
    """The instants at which the clock of a zone is changed, to the second."""
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    step = timedelta(days=5)
    while at < end:
        low, high = at, at + step
        if offset(low, zone) != offset(high, zone):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (
                    (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
                )
            yield high
        at += step


def offset(at, zone):
    return at.astimezone(zone).utcoffset()


CHANGES = {zone.key: tuple(changes_of(zone)) or (NOON,) for zone in ODD_ZONES}


@st.composite
def around_a_change(draw):
    zone = draw(st.sampled_from(ODD_ZONES))
    change = draw(st.sampled_from(CHANGES[zone.key]))
    frequency = draw(st.sampled_from(FREQUENCIES))
    reach = int(frequency.total_seconds()) * 3 + 4 * 3600
    seconds = draw(st.lists(st.integers(-reach, reach), min_size=1, max_size=12))
    micro = draw(st.sampled_from([timedelta(0), timedelta.resolution, -timedelta.resolution]))
    times = sorted(change + timedelta(seconds=second) + micro for second in seconds)
    return zone, frequency, times


@given(around_a_change())
def test_windows_hold_their_instant_and_never_overlap(case):
    zone, frequency, times = case
    windows = [window_of(at, frequency, zone) for at in times]
    for at, window in zip(times, windows, strict=True):
        assert window.start <= at < window.end
        assert window_of(window.start, frequency, zone) == window
        assert window_of(window.end - timedelta.resolution, frequency, zone) == window
        assert window_of(window.end, frequency, zone).start == window.end
        assert window.end - window.start <= frequency + timedelta(hours=26)
    for one, other in pairwise(windows):
        assert one == other or one.end <= other.start


@given(around_a_change(), st.booleans())
def test_every_message_is_in_exactly_one_group(case, flush):
    zone, frequency, times = case
    policy = replace(RULES, zone=zone, frequency=frequency, flush=flush)
    messages = arrivals(*times)
    groups = list(group(messages, policy, times[len(times) // 2]))
    assert [pair for each in groups for pair in each.messages] == messages
    assert len({each.window for each in groups}) == len(groups)
    for each in groups:
        assert all(each.window.start <= m.sent_at < each.window.end for _, m in each.messages)


@pytest.mark.parametrize("zone", ODD_ZONES, ids=lambda zone: f"T2: {zone.key}")
def test_days_start_at_midnight_or_where_midnight_is_left_out(zone):
    for change in CHANGES[zone.key]:
        start = window_of(change, DAY, zone).start
        date_before = (start - timedelta.resolution).astimezone(zone).date()
        assert date_before < start.astimezone(zone).date()
