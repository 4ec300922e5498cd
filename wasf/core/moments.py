"""Moments as people write them: the values of `--since` and `--before`."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from wasf.errors import WrongUsage

EXAMPLES = "2026-11-01, 2026-11-01T08:30, 7d, 12h, 2w, 30m, today, yesterday"
"""What can be written, for help and hints."""

_AGE = re.compile(r"(\d{1,4})\s?([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Narrower than `fromisoformat`, which takes 20261101 and week dates too.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)


def parse_since(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) that `text` names.

    A date is its midnight in `zone`, as is a time without an offset; an age counts back from `now`.
    Raise `WrongUsage` for a text with two meanings, and for the future.
    """
    wanted = text.strip().lower()
    moment = _by_word(wanted, now, zone) or _by_age(wanted, now) or _by_date(wanted, zone)
    if moment is None:
        raise WrongUsage(
            f'"{text}" is no point in time that has only one meaning', f"write one of: {EXAMPLES}"
        )
    if moment > now:
        raise WrongUsage(f'"{text}" is in the future', f"write one of: {EXAMPLES}")
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
