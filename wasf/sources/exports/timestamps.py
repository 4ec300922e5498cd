"""Reads the dates and times in headers with the words around them, and turns them into UTC.

A time has 24 hours, or 12 hours with a word such as `PM`, `p. m.`, `下午`. A chat has few different
dates and few different times but many messages, so both are remembered by how the file shows them.

`DateFacts` counts the dates of a file, so that their order can be decided.
"""

import dataclasses
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from itertools import filterfalse, pairwise
from operator import add, itemgetter
from typing import Final

from wasf.core.policy import DateOrder
from wasf.sources.exports.phrases import TIME_WORDS
from wasf.values import dataclass

# --- Words around a time -------------------------------------------------------------------------

AROUND_WORD = " \u00a0\u202f\u2009_"
"""What may stand between a time and its word."""

_DROPPED = re.compile("[\\s.·_'’\"״\u2068\u2069\u200b-\u200f\u202a-\u202e]+")
_HALF_DAY = 12
_FIRST_EVENING_HOUR = 6
_LAST_NOON_HOUR = 4


class DayPeriod(Enum):
    """A part of the day: before noon, after noon, around noon, around midnight."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    NOON = "noon"
    NIGHT = "night"


# Thai, Sorbian; the second of French in Canada.
_UNITS: Final = ("น", "hodź", "s")


def _fold_word(word: str) -> str:
    return _DROPPED.sub("", word).casefold()


_PERIODS: Final = {
    _fold_word(word): period for period in DayPeriod for word in TIME_WORDS[period.value].split()
}
_FOLDED_UNITS: Final = frozenset(map(_fold_word, _UNITS))
_HOUR_RULES: dict[DayPeriod, Callable[[int], int]] = {
    DayPeriod.MORNING: lambda hour: hour,
    DayPeriod.AFTERNOON: lambda hour: hour + _HALF_DAY,
    DayPeriod.NOON: lambda hour: hour + _HALF_DAY if hour <= _LAST_NOON_HOUR else hour,
    DayPeriod.NIGHT: lambda hour: hour + _HALF_DAY if hour >= _FIRST_EVENING_HOUR else hour,
}


def period_of(word: str) -> DayPeriod | None:
    """Return the part of the day that a word means, None if it means none."""
    return _PERIODS.get(_fold_word(word))


def is_unit(word: str) -> bool:
    """Return whether a word behind a time is a unit, which says nothing of the part of the day."""
    return _fold_word(word) in _FOLDED_UNITS


def hour_of_day(hour: int, period: DayPeriod) -> int:
    """Return the hour from 0 to 23. Beyond 12 the hour itself is clear and the word is ignored."""
    return hour if hour > _HALF_DAY else _HOUR_RULES[period](hour % _HALF_DAY)


# --- All of an export ----------------------------------------------------------------------------

_MEMO_CAP = 100_000


@dataclass(frozen=True, slots=True)
class Timestamps:
    """Turns dates and clocks of headers into UTC."""

    days: "DayStarts"
    clocks: "Clocks"

    def utc(self, dates: Sequence[bytes], clocks: Sequence[bytes]) -> Iterator[datetime]:
        """Yield the times in UTC. Raise `ValueError` at one that does not exist."""
        return map(add, map(self.days.__getitem__, dates), self.clocks.times(clocks))


# --- Times -------------------------------------------------------------------------------------

_MOST_HOUR, _MOST_MINUTE = 23, 59
_CLOCK = re.compile(r"(\D*)(\d+)\D+?(\d+)(?:\D+?(\d+))?(\D*)\Z")
_MINUTE_OF, _SECOND_OF = itemgetter(slice(-3)), itemgetter(slice(-3, None))


def read_clock(shown: str) -> timedelta | None:
    """Return the time of day since midnight, None if there is no such time."""
    match = _CLOCK.match(shown)
    if not match:
        return None
    before, hour, minute, second, after = match.groups()
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    word = (before + after).strip(AROUND_WORD)
    if word and not is_unit(word):
        period = period_of(word)
        if period is None:
            return None
        hours = hour_of_day(hours, period)
    if not _is_time(hours, minutes, seconds):
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def has_unknown_word(shown: str) -> bool:
    """Return whether a clock would be a time of day but for a word that is not known."""
    match = _CLOCK.match(shown)
    if match is None or read_clock(shown) is not None:
        return False
    return _is_time(*(int(number or 0) for number in match.group(2, 3, 4)))


def _is_time(hour: int, minute: int, second: int) -> bool:
    return hour <= _MOST_HOUR and max(minute, second) <= _MOST_MINUTE


class Clocks:
    """Times of day since midnight, by how a file shows them.

    The minute and the second of `14:56:01` are remembered apart: most minutes occur again, most
    clocks do not, and all seconds of a day would not fit into the processor's cache. `has_zeros`
    says that every minute and second has two digits.
    """

    def __init__(self, *, has_zeros: bool = True) -> None:
        self._known = _ClockMemo()
        self._has_zeros = has_zeros

    def times(self, shown: Sequence[bytes]) -> Iterable[timedelta]:
        """Return the times of clocks in one form. Raise `ValueError` at one that is no time.

        Every message of a file passes here, so `map` does the work.
        """
        if not shown or not self._has_zeros or not _ends_in_seconds(shown[0]):
            return map(self._known.__getitem__, shown)
        minutes = map(self._known.__getitem__, map(_MINUTE_OF, shown))
        return map(add, minutes, map(_SECONDS.__getitem__, map(_SECOND_OF, shown)))

    def wrong(self, shown: Iterable[bytes]) -> set[bytes]:
        """Return those that are no times of day; they must be in one form."""
        clocks = tuple(set(shown))
        if self._are_right(clocks):
            return set()
        return {clock for clock in clocks if not self._are_right((clock,))}

    def is_right(self, shown: bytes) -> bool:
        """Return whether it is a time of day."""
        return shown in self._known or self._are_right((shown,))

    def _are_right(self, shown: Sequence[bytes]) -> bool:
        try:
            deque(self.times(shown), maxlen=0)
        except ValueError:
            return False
        return True


class _ClockMemo(dict[bytes, timedelta]):
    """A dict that learns: where all clocks are known, a look-up costs no call."""

    def __missing__(self, shown: bytes) -> timedelta:
        clock = read_clock(shown.decode())
        if clock is None:
            raise ValueError("no time of day")
        if len(self) > _MEMO_CAP:
            self.clear()
        self[shown] = clock
        return clock


class _SecondTable(dict[bytes, timedelta]):
    def __missing__(self, shown: bytes) -> timedelta:
        raise ValueError("no second")


_SECONDS = _SecondTable(
    (b"%c%02d" % (sign, second), timedelta(seconds=second))
    for sign in b":."
    for second in range(60)
)


def _ends_in_seconds(shown: bytes) -> bool:
    minute, second = _MINUTE_OF(shown), _SECOND_OF(shown)
    return second in _SECONDS and second[:1] in minute


# --- Dates -------------------------------------------------------------------------------------

_FIELD = re.compile(r"([^\W\d_]*)(\d+)")
_FIELDS = 3
_ERAS = {"R": 2018, "令和": 2018, "H": 1988, "平成": 1988, "S": 1925, "昭和": 1925}
_BUDDHIST = 543
_FIRST_BUDDHIST_YEAR = 2400
_OLDEST_YEAR, _NEWEST_YEAR = 1990, 2399
_TWO_DIGITS = 100
_CENTURY, _BUDDHIST_CENTURY = 2000, 2500
_WHATSAPP_BEGAN = 2009
_CHECKED_HOURS = (0, 3, 6, 12, 18, 24)

DateFields = tuple[int, int, int]
"""A date's three numbers in the order shown. A year with an era or four digits is resolved."""

_UNREADABLE: Final[DateFields] = (0, 0, 0)


def read_fields(shown: str) -> DateFields:
    """Return the three numbers of a date, zeros if there are not three."""
    found = [_number(era, digits) for era, digits in _FIELD.findall(shown)]
    if len(found) < _FIELDS:
        return _UNREADABLE
    return found[0], found[1], found[2]


def _number(era: str, digits: str) -> int:
    number = int(digits)
    if era in _ERAS:
        return _ERAS[era] + number
    return number - _BUDDHIST if number > _FIRST_BUDDHIST_YEAR else number


def as_date(fields: DateFields, order: DateOrder, newest_year: int) -> date | None:
    """Return the day that the numbers mean in that order, None if there is no such day.

    A year of two digits, of the Gregorian or the Buddhist calendar, lies between WhatsApp's first
    year and `newest_year`.
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


class DayStarts(dict[bytes, "datetime | _ClockChangeDay"]):
    """The starts of days in UTC, by how a file shows them. Raises `ValueError` for no day.

    `latest` is the last day that a message can be of.
    """

    def __init__(
        self, order: DateOrder, zone: tzinfo, newest_year: int, latest: date = date.max
    ) -> None:
        super().__init__()
        self._order, self._zone = order, zone
        self._newest_year, self._latest = newest_year, latest

    def __missing__(self, shown: bytes) -> "datetime | _ClockChangeDay":
        day = as_date(read_fields(shown.decode()), self._order, self._newest_year)
        if day is None or day > self._latest:
            raise ValueError("no day that a message can be of")
        if len(self) > _MEMO_CAP:
            self.clear()
        start = self[shown] = _midnight(day, self._zone) or _ClockChangeDay(day, self._zone)
        return start

    def wrong(self, shown: Iterable[bytes]) -> set[bytes]:
        """Return the dates that no message can have."""
        new = set(filterfalse(self.__contains__, shown))
        return {day for day in new if not self._has(day)}

    def _has(self, shown: bytes) -> bool:
        try:
            self[shown]
        except ValueError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _ClockChangeDay:
    """A day on which the clocks change; plus a time of day it gives that time in UTC.

    Of a time that occurs twice (clocks set back) it is the first one. A time that does not occur
    moves forward by as much as the clocks did.
    """

    day: date
    zone: tzinfo

    def __add__(self, clock: timedelta) -> datetime:
        return (datetime.combine(self.day, time(), self.zone) + clock).astimezone(UTC)


def _midnight(day: date, zone: tzinfo) -> datetime | None:
    """Return a day's start in UTC, None if the clocks change on that day."""
    start = datetime.combine(day, time())
    offsets = {
        (start + timedelta(hours=hour)).replace(tzinfo=zone).utcoffset() for hour in _CHECKED_HOURS
    }
    offset = offsets.pop()
    if offsets or offset is None:
        return None
    return start.replace(tzinfo=UTC) - offset


# --- All dates of a file -----------------------------------------------------------------------

_DIGITS = re.compile(r"\d+")
_LAST_ONE_DIGIT = 9
_STEPS_CAP = 50_000
_DATES_CAP = 50_000


@dataclasses.dataclass(slots=True)
class DateFacts:
    """What the first pass collects of a file's dates.

    `counts` are headers by date as shown, in order of appearance. `steps` are changes from one
    shown date to the next. `named` pairs a shown date with the date in its attached file's name.
    `first_clock` is the time in the first header, `last` the last date.
    """

    counts: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: Counter[tuple[str, date]] = field(default_factory=Counter)
    first_clock: str = ""
    last: str = ""
    has_first_step: bool = False

    @property
    def is_complete(self) -> bool:
        """Return whether every date of the file is among `counts`."""
        return len(self.counts) < _DATES_CAP

    @property
    def padding(self) -> tuple[int, int]:
        """Return how many headers write days and months up to 9 with a zero, how many without."""
        padded = bare = 0
        for shown, count in self.counts.items():
            short = [part for part in _DIGITS.findall(shown)[:2] if int(part) <= _LAST_ONE_DIGIT]
            is_bare = any(len(part) == 1 for part in short)
            bare += count if is_bare else 0
            padded += count if short and not is_bare else 0
        return padded, bare

    def add(self, runs: Sequence[tuple[str, int]]) -> None:
        """Add the dates of headers in order: each date with how many headers in a row have it."""
        counts, runs = self.counts, self._within_cap(runs)
        for shown, count in runs:
            counts[shown] += count
        dates = [self.last, *(shown for shown, _ in runs)]
        steps = [step for step in pairwise(dates) if step[0] != step[1] and step[0]]
        # The first line is the encryption notice, which phones sometimes date after the messages.
        if steps and not self.has_first_step:
            self.has_first_step = True
            del steps[0]
        if len(self.steps) < _STEPS_CAP:
            self.steps.update(steps)
        self.last = dates[-1]

    def _within_cap(self, runs: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        """Leave out new dates where there are too many."""
        new = {shown for shown, _ in runs}.difference(self.counts)
        if len(self.counts) + len(new) < _DATES_CAP:
            return runs
        return [run for run in runs if run[0] not in new]
