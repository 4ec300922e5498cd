"""Reads header dates and times: the order that was decided, local time to UTC, and fast memos."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import filterfalse
from operator import add, itemgetter
from typing import Final

from wasf.core.policy import DateOrder
from wasf.sources.exports.layout import read_clock

_FIELD = re.compile(r"([^\W\d_]*)(\d+)")
_ERAS = {"R": 2018, "令和": 2018, "H": 1988, "平成": 1988, "S": 1925, "昭和": 1925}
_BUDDHIST = 543
_FIRST_BUDDHIST_YEAR = 2400
_OLDEST_YEAR, _NEWEST_YEAR = 1990, 2399
_TWO_DIGITS = 100
_CENTURY, _BUDDHIST_CENTURY = 2000, 2500
_WHATSAPP_BEGAN = 2009
_MEMO_CAP = 100_000
_FIELDS = 3
_MINUTE_OF, _SECOND_OF = itemgetter(slice(-3)), itemgetter(slice(-3, None))


Fields = tuple[int, int, int]
"""A date's three numbers as shown; a year with an era or four digits is resolved already."""

_UNREADABLE: Final[Fields] = (0, 0, 0)


def read_fields(shown: str) -> Fields:
    """The three numbers; zeros if there are no three."""
    found = [_number(era, digits) for era, digits in _FIELD.findall(shown)]
    if len(found) < _FIELDS:
        return _UNREADABLE
    return found[0], found[1], found[2]


def _number(era: str, digits: str) -> int:
    number = int(digits)
    if era in _ERAS:
        return _ERAS[era] + number
    return number - _BUDDHIST if number > _FIRST_BUDDHIST_YEAR else number


def as_date(fields: Fields, order: DateOrder, newest_year: int) -> date | None:
    """The day that the fields name in that order, None if there is none.

    A year of two digits lies between WhatsApp's first year and `newest_year`, also if it was
    counted from the Buddha; otherwise the fields are no date.
    """
    first, second, third = fields
    match order:
        case DateOrder.DMY:
            year, month, day = third, second, first
        case DateOrder.MDY:
            year, month, day = third, first, second
        case _:
            year, month, day = first, second, third
    if year < _TWO_DIGITS:
        year = _full_year(year, newest_year)
    if not _OLDEST_YEAR <= year <= _NEWEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(year: int, newest_year: int) -> int:
    for full in (_CENTURY + year, _BUDDHIST_CENTURY + year - _BUDDHIST):
        if _WHATSAPP_BEGAN <= full <= newest_year:
            return full
    return 0


class Clocks:
    """Times of day since midnight by how files show them.

    Of 14:56:01 minute and second are remembered apart: most minutes come back, most clocks do not,
    and a day's seconds would not fit into the processor's cache.
    """

    def __init__(self) -> None:
        self._known = _Known()

    def times(self, shown: Sequence[bytes]) -> Iterable[timedelta]:
        """The times of clocks of one form. Raises `ValueError` where it comes to one that is none.

        Every message of a file passes here, so it is done by `map`.
        """
        if not shown or not _ends_in_seconds(shown[0]):
            return map(self._known.__getitem__, shown)
        minutes = map(self._known.__getitem__, map(_MINUTE_OF, shown))
        return map(add, minutes, map(_SECONDS.__getitem__, map(_SECOND_OF, shown)))

    def wrong(self, shown: Iterable[bytes]) -> set[bytes]:
        """Which of these are no times of day."""
        return {clock for clock in set(shown) if not self.is_right(clock)}

    def is_right(self, shown: bytes) -> bool:
        """Whether it is a time of day."""
        if shown in self._known:
            return True
        try:
            deque(self.times((shown,)), maxlen=0)
        except ValueError:
            return False
        return True


class _Known(dict[bytes, timedelta]):
    """A dict that learns: where all are known, a look-up costs no call."""

    def __missing__(self, shown: bytes) -> timedelta:
        clock = read_clock(shown.decode())
        if clock is None:
            raise ValueError("no time of day")
        if len(self) > _MEMO_CAP:
            self.clear()
        self[shown] = clock
        return clock


class _Seconds(dict[bytes, timedelta]):
    def __missing__(self, shown: bytes) -> timedelta:
        raise ValueError("no second")


_SECONDS = _Seconds(
    (b"%c%02d" % (sign, second), timedelta(seconds=second))
    for sign in b":."
    for second in range(60)
)


def _ends_in_seconds(shown: bytes) -> bool:
    minute, second = _MINUTE_OF(shown), _SECOND_OF(shown)
    return second in _SECONDS and second[:1] in minute


def _is_day(shown: bytes, days: "Days") -> bool:
    try:
        days[shown]
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _ChangingDay:
    """A day on which the clocks change; plus a time of day it is that time in UTC.

    Of a time that happened twice (clocks set back) the first is taken; one that did not happen
    moves forward by as much as the clocks did.
    """

    day: date
    zone: tzinfo

    def __add__(self, clock: timedelta) -> datetime:
        return (datetime.combine(self.day, time(), self.zone) + clock).astimezone(UTC)


class Days(dict[bytes, "datetime | _ChangingDay"]):
    """Starts of days in UTC by how a file shows them; raises `ValueError` for no day.

    Days and clocks are remembered apart: a chat has few days and few clocks, but many minutes.
    `latest` is the last day that a message can be of.
    """

    def __init__(
        self, order: DateOrder, zone: tzinfo, newest_year: int, latest: date = date.max
    ) -> None:
        super().__init__()
        self._order, self._zone = order, zone
        self._newest_year, self._latest = newest_year, latest

    def __missing__(self, shown: bytes) -> "datetime | _ChangingDay":
        day = as_date(read_fields(shown.decode()), self._order, self._newest_year)
        if day is None or day > self._latest:
            raise ValueError("no day that a message can be of")
        if len(self) > _MEMO_CAP:
            self.clear()
        start = self[shown] = _midnight(day, self._zone) or _ChangingDay(day, self._zone)
        return start

    def wrong(self, shown: Iterable[bytes]) -> set[bytes]:
        """Which of these dates cannot be a message's."""
        new = set(filterfalse(self.__contains__, shown))
        return {day for day in new if not _is_day(day, self)}


@dataclass(frozen=True, slots=True)
class Stamps:
    """Turns a header's date and clock into UTC; raises `ValueError` if there is no such time."""

    days: Days
    clocks: Clocks

    def utc(self, dates: Sequence[bytes], clocks: Sequence[bytes]) -> Iterator[datetime]:
        """The times in UTC of messages in a row."""
        return map(add, map(self.days.__getitem__, dates), self.clocks.times(clocks))


_HOURS_LOOKED_AT = (0, 3, 6, 12, 18, 24)


def _midnight(day: date, zone: tzinfo) -> datetime | None:
    """A day's start in UTC, None if the clocks change on it."""
    start = datetime.combine(day, time())
    offsets = {
        (start + timedelta(hours=hour)).replace(tzinfo=zone).utcoffset()
        for hour in _HOURS_LOOKED_AT
    }
    offset = offsets.pop()
    if offsets or offset is None:
        return None
    return start.replace(tzinfo=UTC) - offset
