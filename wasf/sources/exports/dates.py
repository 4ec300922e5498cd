"""Reads header dates and times: the order that was decided, local time to UTC, and fast memos."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, TypeVar

from wasf.core.rules import DateOrder
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
_SECONDS = {f"{second:02}": timedelta(seconds=second) for second in range(60)}


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


@dataclass(slots=True)
class Stamps:
    """Turns a header's date and clock into UTC.

    Days and clocks are remembered apart: a chat has few days and few clocks, but many minutes. Of a
    time that happened twice (clocks set back) the first is taken; one that did not happen moves
    forward by as much as the clocks did.
    """

    order: DateOrder
    zone: tzinfo
    newest_year: int
    _midnights: dict[str, datetime] = field(default_factory=dict)
    _clocks: dict[str, timedelta] = field(default_factory=dict)

    def utc(self, shown_date: str, shown_clock: str) -> datetime | None:
        """The time in UTC, None if there is no such day or time."""
        try:
            return self._midnights[shown_date] + self._clocks[shown_clock]
        except KeyError:
            return self._first_seen(shown_date, shown_clock)

    def _first_seen(self, shown_date: str, shown_clock: str) -> datetime | None:
        """As `utc`, for a day or clock not seen before, and on days when the clocks change."""
        clock = self._clocks.get(shown_clock)
        if clock is None:
            clock = self._clock(shown_clock)
            if clock is None:
                return None
            _keep(self._clocks, shown_clock, clock)
        midnight = self._midnights.get(shown_date)
        return self._on_new_day(shown_date, clock) if midnight is None else midnight + clock

    def _clock(self, shown: str) -> timedelta | None:
        """A time of day; of `14:56:01` minute and second apart, since most minutes come back."""
        minute, _, second = shown.rpartition(":")
        if second not in _SECONDS or ":" not in minute:
            return read_clock(shown)
        known = self._clocks.get(minute)
        if known is None:
            known = read_clock(minute)
            if known is None:
                return None
            _keep(self._clocks, minute, known)
        return known + _SECONDS[second]

    def _on_new_day(self, shown_date: str, clock: timedelta) -> datetime | None:
        day = as_date(read_fields(shown_date), self.order, self.newest_year)
        if day is None:
            return None
        midnight = _midnight(day, self.zone)
        if midnight is None:
            return (datetime.combine(day, time(), self.zone) + clock).astimezone(UTC)
        _keep(self._midnights, shown_date, midnight)
        return midnight + clock


_Value = TypeVar("_Value")


def _keep(memo: dict[str, _Value], key: str, value: _Value) -> None:
    if len(memo) >= _MEMO_CAP:
        memo.clear()
    memo[key] = value


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
