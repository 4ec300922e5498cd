"""Times as people write them: moments, lengths of time, and the working hours of a team.

Moments and lengths are those of `--since`, `--sla` and `--time-shift`. Working time is the seconds
between two moments that lie in a team's working hours. These are windows of a week on the wall
clock of a time zone. A moment is working time if the clock shows a time in one of them: an hour
that the clock shows twice counts twice, and one that it skips does not count. A shift across
midnight belongs to the day on which it begins. Public holidays are not known, so they count like
other days. The seconds of the UTC days are added up once, so that a question costs two look-ups,
however far apart the two moments are.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from wasf.errors import WrongUsage

# --- Moments and lengths -----------------------------------------------------------------------

EXAMPLES = "2026-11-01, 2026-11-01T08:30, 7d, 12h, 2w, 30m, today, yesterday"
"""What can be written, for help and hints."""

FARTHEST_SHIFT = timedelta(hours=26)
"""Between the two zones that are farthest apart."""

_SHIFT = re.compile(r"([+-]?)(?:(\d{1,2})h)?(?:(\d{1,4})m(?:in)?)?", re.ASCII)
_AGE = re.compile(r"(\d{1,4})\s?([mhdw])", re.ASCII)
_LENGTH = re.compile(
    r"(?:(?P<days>\d{1,4})d)?(?:(?P<hours>\d{1,4})h)?(?:(?P<minutes>\d{1,5})m(?:in)?)?"
    r"(?:(?P<seconds>\d{1,6})s)?",
    re.ASCII,
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Narrower than `fromisoformat`, which takes 20261101 and week dates too.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)


def parse_since(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return a moment of the past, see `parse_moment`. Raise `WrongUsage` for the future."""
    moment = parse_moment(text, now, zone)
    if moment > now:
        raise WrongUsage(f'"{text}" is in the future', f"write one of: {EXAMPLES}")
    return moment


def parse_moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) that `text` names.

    A date is its midnight in `zone`, as is a time without an offset; an age counts back from `now`.
    Raise `WrongUsage` for a text with two meanings.
    """
    wanted = text.strip().lower()
    moment = _by_word(wanted, now, zone) or _by_age(wanted, now) or _by_date(wanted, zone)
    if moment is None:
        raise WrongUsage(
            f'"{text}" is no point in time that has only one meaning', f"write one of: {EXAMPLES}"
        )
    return moment.astimezone(UTC)


def _by_word(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    days = {"today": 0, "yesterday": 1}.get(text)
    if days is None:
        return None
    day = now.astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _by_age(text: str, now: datetime) -> datetime | None:
    if not (match := _AGE.fullmatch(text)):
        return None
    return now - timedelta(**{_UNITS[match[2]]: int(match[1])})


def _by_date(text: str, zone: tzinfo) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_length(text: str) -> timedelta:
    """Return a length of time that a person wrote: `1h`, `90m`, `1h30m`, `2d`.

    Raise `WrongUsage` if it cannot be read, or is none.
    """
    parts = _LENGTH.fullmatch(text.strip().lower())
    found = {name: int(value or 0) for name, value in (parts.groupdict() if parts else {}).items()}
    if not any(found.values()):
        raise WrongUsage(f'"{text}" is no length of time', "write one of: 30m, 1h, 1h30m, 2d")
    return timedelta(**found)


def parse_shift(text: str) -> timedelta | None:
    """Return the shift that a person wrote (`+1h`, `5h30m`); None if invalid or too large."""
    match = _SHIFT.fullmatch(text.strip().lower())
    if match is None or not (match[2] or match[3]):
        return None
    size = timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0))
    if size > FARTHEST_SHIFT:
        return None
    return -size if match[1] == "-" else size


def spell_shift(minutes: int) -> str:
    """Return a shift as people write it: `+1h30m`."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return sign + (f"{hours}h" if hours else "") + (f"{rest}m" if rest or not hours else "")


# --- Working hours -----------------------------------------------------------------------------

EXAMPLE = "Mon-Fri 09:00-18:00, Sat 10:00-14:00"

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORKING_SHIFT = re.compile(
    r"([a-z]{3})(?:-([a-z]{3}))? +(\d\d):(\d\d) ?[-–] ?(\d\d):(\d\d)", re.IGNORECASE | re.ASCII
)
_MINUTE, _DAY, _WEEK = 60, 86_400, 604_800
_DAYS_BEFORE = 400
_FIRST_MONDAY = 4 * _DAY  # 5 January 1970: 1 January was a Thursday

_Spans = tuple[tuple[int, int], ...]


def parse_hours(text: str) -> _Spans:
    """Return the working hours that a person wrote: seconds from Monday 00:00, sorted, disjoint.

    Raise `WrongUsage` if they cannot be read.
    """
    spans = [span for part in text.split(",") for span in _shifts(part.strip(), text)]
    return tuple(_merged(sorted(spans)))


def _shifts(part: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the shifts of one part, cut where the week ends."""
    match = _WORKING_SHIFT.fullmatch(part)
    days = _days(match[1], match[2] or match[1]) if match else ()
    start, end = (_clock(match[3], match[4]), _clock(match[5], match[6])) if match else (None, None)
    if not days or start is None or end is None or start in (end, _DAY):
        raise WrongUsage(f'"{text}" are no working hours', f'write them so: "{EXAMPLE}"')
    length = (end - start) % _DAY or _DAY
    for day in days:
        first = day * _DAY + start
        last = first + length
        yield first, min(last, _WEEK)
        if last > _WEEK:
            yield 0, last - _WEEK


def _days(first: str, last: str) -> Sequence[int]:
    """Return the numbers of the days from one to another, across the week's end if need be."""
    try:
        start, end = _DAYS.index(first.lower()), _DAYS.index(last.lower())
    except ValueError:
        return ()
    return [(start + n) % 7 for n in range((end - start) % 7 + 1)]


def _clock(hours: str, minutes: str) -> int | None:
    """Return a time of day in seconds, None if there is none; 24:00 ends a day."""
    seconds = (int(hours) * 60 + int(minutes)) * _MINUTE
    return seconds if int(minutes) < 60 and seconds <= _DAY else None


def _merged(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield sorted spans so that none touches the next."""
    start, end = spans[0]
    for first, last in spans[1:]:
        if first > end:
            yield start, end
            start = first
        end = max(end, last)
    yield start, end


class WorkingTime:
    """Working hours in one time zone. Moments are seconds since 1970, and not before."""

    def __init__(self, hours: _Spans, zone: tzinfo) -> None:
        self._hours = hours
        self._zone = zone
        self._first = 0
        self._before = [0]
        self._days: list[_Spans] = []

    def between(self, start: int, end: int) -> int:
        """Return the seconds of working time from one moment to a later one."""
        if not self._days or start < self._first * _DAY:
            self._begin_before(start // _DAY)
        return self._until(end) - self._until(start)

    def _begin_before(self, day: int) -> None:
        """Begin to add up some time before a day, so that this is seldom done anew."""
        last = self._first + len(self._days)
        self._first = max(0, day - _DAYS_BEFORE)
        self._before, self._days = [0], []
        self._add_days(max(last, day + 1))

    def _until(self, moment: int) -> int:
        """Return the working time since the first day that is added up."""
        day = moment // _DAY
        if day - self._first >= len(self._days):
            self._add_days(day + 1)
        begun = self._before[day - self._first]
        for start, end in self._days[day - self._first]:
            if start >= moment:
                break
            begun += min(end, moment) - start
        return begun

    def _add_days(self, end: int) -> None:
        """Add up the days until right before this one."""
        for day in range(self._first + len(self._days), end):
            spans = tuple(self._working(day))
            self._days.append(spans)
            self._before.append(self._before[-1] + sum(last - first for first, last in spans))

    def _working(self, day: int) -> Iterator[tuple[int, int]]:
        """Yield the working time of a day of UTC."""
        for start, end, offset in self._segments(day * _DAY, (day + 1) * _DAY):
            wall = start + offset
            monday = wall - (wall - _FIRST_MONDAY) % _WEEK
            for week in (monday, monday + _WEEK):
                for first, last in self._hours:
                    from_, to = week + first - offset, week + last - offset
                    if from_ < end and to > start:
                        yield max(from_, start), min(to, end)

    def _segments(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield the parts of a day of UTC in which the clock runs evenly, each with its offset.

        A zone changes its offset at most once in a day.
        """
        before, after = self._offset(start), self._offset(end)
        if before == after:
            yield start, end, before
            return
        low, high = start, end
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        yield start, high, before
        yield high, end, after

    def _offset(self, moment: int) -> int:
        """Return how far the clock is ahead of UTC, in seconds."""
        offset = datetime.fromtimestamp(moment, UTC).astimezone(self._zone).utcoffset()
        return (offset or timedelta(0)) // timedelta(seconds=1)
