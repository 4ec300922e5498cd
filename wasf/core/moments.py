"""Moments and lengths of time as people write them: `--since`, `--sla`, `--time-shift`."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from wasf.errors import WrongUsage

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
