"""Reads header dates and times: the order that was decided, local time to UTC, and fast memos."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Clocks:
    """Times of day since midnight by how they are shown: those that were asked for."""

    known: dict[str, timedelta] = field(default_factory=dict)

    def wrong(self, shown: Iterable[str]) -> set[str]:
        """Which of these are no times of day; the others are known from now on."""
        known, wrong = self.known, set()
        if len(known) > _MEMO_CAP:
            known.clear()
        for clock in set(shown).difference(known):
            # Of 14:56:01 minute and second apart: most minutes come back, most seconds do not.
            minute, _, second = clock.rpartition(":")
            start, more = known.get(minute), _SECONDS.get(second)
            if start is not None and more is not None:
                known[clock] = start + more
            elif not self._learn(clock, minute, more):
                wrong.add(clock)
        return wrong

    def _learn(self, shown: str, minute: str, second: timedelta | None) -> bool:
        clock = read_clock(shown)
        if clock is None:
            return False
        self.known[shown] = clock
        if second is not None and ":" in minute:
            self.known[minute] = clock - second
        return True


@dataclass(slots=True)
class Stamps:
    """Turns a header's date and clock into UTC.

    Days and clocks are remembered apart: a chat has few days and few clocks, but many minutes.
    `latest` is the last day that a message can be of. Of a time that happened twice (clocks set
    back) the first is taken; one that did not happen moves forward by as much as the clocks did.
    `midnights` are the days whose start was asked for and on which the clocks do not change.
    """

    order: DateOrder
    zone: tzinfo
    newest_year: int
    clocks: Clocks = field(default_factory=Clocks)
    latest: date = date.max
    midnights: dict[str, datetime] = field(default_factory=dict)

    def wrong_days(self, shown: Iterable[str]) -> set[str]:
        """Which of these dates cannot be a message's."""
        return {day for day in set(shown).difference(self.midnights) if not self._is_day(day)}

    def _is_day(self, shown: str) -> bool:
        day = self._day(shown)
        midnight = _midnight(day, self.zone) if day else None
        if midnight is not None:
            if len(self.midnights) > _MEMO_CAP:
                self.midnights.clear()
            self.midnights[shown] = midnight
        return day is not None

    def _day(self, shown: str) -> date | None:
        day = as_date(read_fields(shown), self.order, self.newest_year)
        return None if day is None or day > self.latest else day

    def utc(self, shown_date: str, shown_clock: str) -> datetime:
        """The time in UTC of a message; raises `ValueError` if there is no such day or time."""
        clock = self.clocks.known.get(shown_clock) or read_clock(shown_clock)
        midnight = self.midnights.get(shown_date)
        if clock is not None and midnight is not None:
            return midnight + clock
        day = self._day(shown_date)
        if clock is None or day is None:
            raise ValueError("no time that a message can be of")
        return (datetime.combine(day, time(), self.zone) + clock).astimezone(UTC)


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
