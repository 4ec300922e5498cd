"""Random chats with exactly known messages, as people and machines write them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from tests.exports_builder import Said
from tests.sources.exports.reader import BERLIN, THEM, US

_PIECES = (
    "ok", "Hello!", "see you at 10:30", "a: b: c", "1/2/2024", "12/25/23, 10:00", "🙂👍🏽", "नमस्ते",
    "سلام دوست من", "مرحبا", "https://example.com/?q=1#x", "नमस्ते\u200dदोस्त", "خوب\u200cها",
    "a\u2028b\u0085c\x0bd", "  two  blanks  ", "tab\there", "- dash", "[brackets]", "x\ufe0fy",
    "null and void", "50 %", "«quoted»", "e\u0301", "\u00a0x", "日本語のテキスト", "한국어",
    "ok.\n\nthree\n lines", "list:\n- a\n- b", "{0} %s \\n", "Media omitted", "<not omitted",
    "end)", "(file attached) no",
)  # fmt: skip
_PASTED = {
    True: "look:\n3/14/22, 9:05 AM - Bob: pasted\n14.03.22, 09:05 - Bob: pasted",
    False: "look:\n[14.03.22, 09:05:01] Bob: pasted\n[3/14/22, 9:05:01 AM] Bob: pasted",
}
_FIRST, _LAST = datetime(2013, 1, 1), datetime(2025, 6, 1)
_LATEST = timedelta(days=3)


def _body(random: Random, ios: bool) -> str:
    if random.random() < 0.02:
        return _PASTED[ios]
    pieces = random.choices(_PIECES, k=random.choice((1, 1, 2, 3)))
    return f"x {' '.join(pieces)} y"


def _exists_once(at: datetime) -> bool:
    there = at.replace(tzinfo=BERLIN)
    back = there.astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None)
    return back == at and there.utcoffset() == there.replace(fold=1).utcoffset()


def _start(random: Random) -> datetime:
    return _FIRST + timedelta(days=random.randrange((_LAST - _FIRST).days))


def _on_days(random: Random, days: list[datetime], count: int) -> list[datetime]:
    """Times on those days, in order; every day has one at least."""
    chosen = [*days, *random.choices(days, k=max(0, count - len(days)))]
    return [day + timedelta(seconds=random.randrange(6 * 3600, 23 * 3600)) for day in chosen]


def _of_weeks(random: Random) -> list[datetime]:
    start, span = _start(random), random.randrange(14, 200)
    days = [start + timedelta(days=day) for day in range(span) if random.random() < 0.4]
    return _on_days(
        random, [start, *days, start + timedelta(days=span)], random.randrange(100, 160)
    )


def _of_a_day(random: Random) -> list[datetime]:
    return _on_days(random, [_start(random)], random.randrange(1, 9))


def _of_days(random: Random) -> list[datetime]:
    start = _start(random)
    days = sorted(random.sample(range(14), random.randrange(2, 8)))
    return _on_days(random, [start + timedelta(days=d) for d in days], random.randrange(2, 120))


def _of_years(random: Random) -> list[datetime]:
    return [_start(random) + timedelta(hours=9) for _ in range(random.randrange(2, 7))]


def _of_each_month(random: Random) -> list[datetime]:
    """The same day in every month or quarter: a rent, a bill, a reminder."""
    start, step = _start(random).replace(day=random.randrange(1, 13)), random.choice((1, 1, 2, 3))
    months = [start.month - 1 + step * i for i in range(random.randrange(2, 13))]
    days = [start.replace(year=start.year + m // 12, month=m % 12 + 1) for m in months]
    days = [day for day in days if day < _LAST] or [start]
    return _on_days(random, days, len(days) * random.choice((1, 2, 3, 5, 8)))


def _of_each_year(random: Random) -> list[datetime]:
    """The same day in every year: a birthday."""
    start = _start(random).replace(day=random.randrange(1, 29))
    years = range(start.year, min(start.year + random.randrange(2, 7), _LAST.year))
    days = [start.replace(year=year) for year in years] or [start]
    return _on_days(random, days, len(days) * random.choice((1, 2, 5)))


KINDS: dict[str, Callable[[Random], list[datetime]]] = {
    "weeks": _of_weeks,
    "a day": _of_a_day,
    "days": _of_days,
    "years": _of_years,
    "each month": _of_each_month,
    "each year": _of_each_year,
}


def _of_some(random: Random, days: list[datetime]) -> list[datetime]:
    """Up to eight messages on each day of a part of those days."""
    kept = sorted(random.sample(days, random.randrange(1, len(days) + 1)))
    return _on_days(random, kept, len(kept) * random.choice((1, 1, 2, 5, 8)))


def _of_some_years(random: Random) -> list[datetime]:
    """A birthday in some years: its day could be a year, and each year a day."""
    start = datetime(2013, random.randrange(1, 13), random.randrange(9, 26))
    return _of_some(random, [start.replace(year=year) for year in range(2013, 2025)])


def _of_some_months(random: Random) -> list[datetime]:
    """A bill in some months: its day could be a month, and each month a day."""
    start = datetime(random.randrange(2013, 2025), 1, random.randrange(1, 13))
    return _of_some(random, [start.replace(month=month) for month in range(1, 13)])


def _of_some_days(random: Random) -> list[datetime]:
    """Some days of one month, each of which could be a year."""
    start = datetime(random.randrange(2013, 2025), random.randrange(1, 13), 9)
    return _of_some(random, [start + timedelta(days=day) for day in range(17)])


AMBIGUOUS: dict[str, Callable[[Random], list[datetime]]] = {
    "some years": _of_some_years,
    "some months": _of_some_months,
    "some days": _of_some_days,
}
"""Chats each date of which is another date, too, if its numbers are in another order."""


def known_chat(random: Random, kind: str, *, ios: bool) -> list[Said]:
    """Return a chat of that kind, of KINDS or AMBIGUOUS, between the two people of `reader`."""
    times = sorted(at for at in (KINDS | AMBIGUOUS)[kind](random) if _exists_once(at)) or [
        datetime(2024, 2, 17)
    ]
    at = random.randrange(len(times))
    if at and random.random() < 0.2 and times[at] - times[at - 1] < _LATEST:
        # A message that came late stands where it came.
        times[at - 1], times[at] = times[at], times[at - 1]
    return [
        Said(at, random.choice((THEM, US)) if i else THEM, _body(random, ios))
        for i, at in enumerate(times)
    ]
