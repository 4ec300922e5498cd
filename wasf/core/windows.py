"""Time windows: the messages of one window become one Task (T1 to T3).

Windows start and end by local time, so they follow daylight saving, and they never overlap. An
hour that the clock shows twice is two windows of an hour, or makes a longer window longer.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from wasf.core.chats import Message
from wasf.core.policy import SyncPolicy
from wasf.core.records import MessageKey
from wasf.values import dataclass

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_FIRST_MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001 - wall-clock time, in whatever zone


class Window(NamedTuple):
    """From `start` until right before `end`, both in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that become one Task, and their window.

    It `waits` while the window is open, unless open windows are written too (`--flush`, T3).
    """

    messages: tuple[tuple[MessageKey, Message], ...]
    window: Window
    waits: bool = False


def check_frequency(frequency: timedelta) -> bool:
    """Return whether windows can have this length: it divides an hour, or is whole hours (T2)."""
    if frequency <= timedelta(0) or frequency % _SECOND:
        return False
    return not (_HOUR % frequency if frequency < _HOUR else frequency % _HOUR)


def group(
    messages: Iterable[tuple[MessageKey, Message]], policy: SyncPolicy, now: datetime
) -> Iterator[Group]:
    """Group the messages of a chat, given in order of time, by window; one group in memory."""
    if policy.frequency is None:
        for arrival in messages:
            at = arrival[1].sent_at
            yield Group((arrival,), Window(at, at))
        return
    window: Window | None = None
    gathered: list[tuple[MessageKey, Message]] = []
    for arrival in messages:
        at = arrival[1].sent_at
        if window is None or not window.start <= at < window.end:
            if window:
                yield _group(gathered, window, policy, now)
            window, gathered = window_of(at, policy.frequency, policy.zone), []
        gathered.append(arrival)
    if window:
        yield _group(gathered, window, policy, now)


def _group(
    gathered: Iterable[tuple[MessageKey, Message]],
    window: Window,
    policy: SyncPolicy,
    now: datetime,
) -> Group:
    return Group(tuple(gathered), window, waits=now < window.end and not policy.flush)


def window_of(at: datetime, frequency: timedelta | None, zone: tzinfo) -> Window:
    """Return the window of a moment; its length is zero in real-time."""
    if frequency is None:
        return Window(at, at)
    if frequency <= _HOUR:
        return _short_window(at.astimezone(UTC), frequency, zone)
    return _long_window(at.astimezone(UTC), frequency, zone)


# --- Up to an hour: cut where the clock is changed ----------------------------------------------


def _short_window(at: datetime, frequency: timedelta, zone: tzinfo) -> Window:
    offset = _offset(at, zone)
    wall = _wall(at, zone)
    start = (wall - (wall - _midnight(wall)) % frequency - offset).replace(tzinfo=UTC)
    end = start + frequency
    if _offset(start, zone) != offset:
        start = _first(start, at, lambda instant: _offset(instant, zone) == offset)
    if _offset(end - _SECOND, zone) != offset:
        end = _first(at, end, lambda instant: _offset(instant, zone) != offset)
    return Window(start, end)


# --- Longer: from one time on the wall to the next ----------------------------------------------


def _long_window(at: datetime, frequency: timedelta, zone: tzinfo) -> Window:
    start = _border_before(_wall(at, zone), frequency)
    end = _border_after(start, frequency)
    # What the wall shows the second time, after a border in a doubled hour, is behind that border.
    while _instant(end, zone) <= at:
        start, end = end, _border_after(end, frequency)
    return Window(_instant(start, zone), _instant(end, zone))


def _border_before(wall: datetime, frequency: timedelta) -> datetime:
    anchor = _midnight(wall) if frequency <= _DAY else _FIRST_MONDAY
    return wall - (wall - anchor) % frequency


def _border_after(border: datetime, frequency: timedelta) -> datetime:
    if frequency > _DAY:
        return border + frequency
    return min(border + frequency, _midnight(border) + _DAY)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    """When the clock on the wall first shows this time, or jumps past it (UTC)."""
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if after >= before:
        return before
    return _first(after, before, lambda instant: _wall(instant, zone) >= wall)


# --- Clocks ------------------------------------------------------------------------------------


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _midnight(wall: datetime) -> datetime:
    return datetime.combine(wall.date(), time())


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _first(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The first whole second after `low`, `high` at the latest, from which on something holds."""
    low = low.replace(microsecond=0)
    seconds = range(1, int((high - low) / _SECOND) + 1)
    found = bisect_left(seconds, True, key=lambda second: holds(low + second * _SECOND))  # noqa: FBT003 - what is searched for
    return min(low + (found + 1) * _SECOND, high)
