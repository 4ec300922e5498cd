"""Which of 1/2/2024 is the day: a chain of evidence, each step with a name, and else a refusal.

A wrong date in Salesforce is worse than a question, so nothing here guesses.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from wasf.core.rules import DateOrder
from wasf.errors import UnreadableFile
from wasf.sources.exports.date_evidence import Evidence
from wasf.sources.exports.dates import Fields, read_fields
from wasf.sources.exports.layout import Layout, Platform, YearPlace

_CLEAR_MAJORITY = 5
_FEW = 20
_FEWEST_CHANGES = 3
_FEWEST_FOR_CHANGES = 20
_LAST_TWO_DIGIT = 9
_OLDEST_CALENDAR_YEAR = 1500
_DAY = timedelta(days=1)

_FIRST_DAY_OF_WHATSAPP = datetime(2009, 1, 1)  # noqa: DTZ001  (compared with local times)


class Reason(StrEnum):
    """What decided the order."""

    ASKED = "the person said so"
    YEAR_FIRST = "the year comes first"
    SEPARATOR = "dates with dots or dashes begin with the day"
    VALUES = "one of the numbers is no month"
    FILE_NAMES = "the dates in the names of attached files"
    FUTURE = "the other order has messages after the export"
    BACKWARDS = "the other order goes back in time"
    CHANGES = "the number that changes is the day"
    SAME_PHONE = "another chat in the same form"
    FORM = "only such phones write dates in this form"


@dataclass(frozen=True, slots=True)
class Decided:
    """The order, and what decided it."""

    order: DateOrder
    reason: Reason


class OrderUnclear(UnreadableFile):
    """The file does not show which number is the day; another chat of the same phone may."""


def decide_order(evidence: Evidence) -> Decided:
    """Say which order it is. Raises `OrderUnclear`, or `UnreadableFile` if no order makes sense."""
    _check_calendar(evidence)
    possible, reason = _by_form(evidence)
    asked = evidence.asked
    if asked in possible or (asked is not DateOrder.AUTO and _is_short_year(evidence.layout)):
        return _as_asked(evidence)
    possible, by_values = _by_values(evidence, possible)
    if len(possible) == 1:
        return Decided(possible[0], by_values or reason)
    for step, name in _CHAIN:
        winner = step(evidence, possible)
        if winner is not None:
            return Decided(winner, name)
    raise _unclear(evidence, possible)


def _as_asked(evidence: Evidence) -> Decided:
    if _wrong(evidence, evidence.asked) * _FEW > evidence.facts.counts.total():
        raise UnreadableFile(
            f"The dates of {evidence.origin} make no sense as {evidence.asked}.",
            "Leave --date-order out, or give another one.",
        )
    return Decided(evidence.asked, Reason.ASKED)


def _is_short_year(layout: Layout) -> bool:
    return layout.year is YearPlace.UNKNOWN


def _check_calendar(evidence: Evidence) -> None:
    if evidence.layout.year is YearPlace.UNKNOWN:
        return
    years = [max(read_fields(shown)) for shown in evidence.facts.counts]
    if years and max(years) < _OLDEST_CALENDAR_YEAR:
        raise UnreadableFile(
            f"{evidence.origin} has dates of another calendar.",
            "Set the phone to the Gregorian calendar and export the chat again.",
        )


def _by_form(evidence: Evidence) -> tuple[list[DateOrder], Reason]:
    """The orders that languages write in this form (CLDR: month first is written with / only)."""
    layout = evidence.layout
    if layout.year is YearPlace.FIRST or (_is_short_year(layout) and layout.has_year_first_marks):
        return [DateOrder.YMD], Reason.YEAR_FIRST
    if layout.separator != "/":
        return [DateOrder.DMY], Reason.SEPARATOR
    return [DateOrder.DMY, DateOrder.MDY], Reason.VALUES


def _by_values(
    evidence: Evidence, possible: list[DateOrder]
) -> tuple[list[DateOrder], Reason | None]:
    """Leave out the orders that make no dates of some headers.

    A few headers without a date in an otherwise clear file are pasted lines.
    """
    candidates = list(possible)
    wrong = {order: _wrong(evidence, order) for order in candidates}
    if _is_short_year(evidence.layout) and min(wrong.values()):
        candidates += [order for order in (DateOrder.YMD,) if order not in candidates]
        wrong = {order: _wrong(evidence, order) for order in candidates}
    fewest = min(wrong.values())
    left = [order for order in candidates if wrong[order] <= fewest * _CLEAR_MAJORITY]
    total = evidence.facts.counts.total()
    if fewest * _FEW > total or (fewest and len(left) > 1):
        raise UnreadableFile(
            f"{evidence.origin} has dates of which no order makes sense.",
            "It may be made of two exports. Give each of them by itself.",
        )
    return left, Reason.VALUES if len(left) < len(candidates) else None


def _wrong(evidence: Evidence, order: DateOrder) -> int:
    counts = evidence.facts.counts
    return sum(count for shown, count in counts.items() if evidence.read(shown, order) is None)


# --- The chain ---------------------------------------------------------------------------------


def _by_file_names(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """iPhones put the message's time into the name, Android the day the file came (mostly)."""
    votes = dict.fromkeys(possible, 0)
    for (shown, named), count in evidence.facts.named.items():
        for order in possible:
            day = evidence.read(shown, order)
            votes[order] += count if day and abs(day - named) <= _DAY else 0
    return _clear_winner(votes, _CLEAR_MAJORITY)


def _clear_winner(votes: dict[DateOrder, int], majority: int) -> DateOrder | None:
    ranked = sorted(votes, key=lambda order: -votes[order])
    best, second = votes[ranked[0]], votes[ranked[1]]
    return ranked[0] if best and best >= majority * second else None


def _by_future(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    limit = evidence.now
    if evidence.written_at is not None and evidence.written_at > _FIRST_DAY_OF_WHATSAPP:
        limit = min(limit, evidence.written_at)
    latest = (limit + _DAY).date()
    return _only(
        order for order in possible if all(day <= latest for day in _days(evidence, order))
    )


def _by_going_back(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    return _only(order for order in possible if not _goes_back(evidence, order))


def _goes_back(evidence: Evidence, order: DateOrder) -> bool:
    for before, after in evidence.facts.steps:
        old, new = evidence.read(before, order), evidence.read(after, order)
        if old and new and old - new > _DAY:
            return True
    return False


def _by_changes(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Many messages on several days of one month; the other reading: one day of several months.

    A reminder on the first of each month looks like that too, so it takes a lot of messages.
    """
    fields = [read_fields(shown) for shown in evidence.facts.counts]
    if len(fields) < _FEWEST_CHANGES or evidence.facts.counts.total() < _FEWEST_FOR_CHANGES:
        return None
    steady = [order for order in possible if len({_month(f, order) for f in fields}) == 1]
    return _only(iter(steady))


def _month(fields: Fields, order: DateOrder) -> tuple[int, int]:
    first, second, third = fields
    match order:
        case DateOrder.DMY:
            return third, second
        case DateOrder.MDY:
            return third, first
        case _:
            return first, second


def _by_same_phone(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    return evidence.same_phone if evidence.same_phone in possible else None


def _by_form_of_phone(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Forms that one order alone is written in (CLDR), on Android, where all is one locale."""
    layout, clock = evidence.layout, evidence.facts.first_clock
    if layout.platform is not Platform.ANDROID:
        return None
    parts = [shown.split("/") for shown in evidence.facts.counts]
    short = [part[:2] for part in parts if any(int(n) <= _LAST_TWO_DIGIT for n in part[:2])]
    if not short:
        return None
    is_padded = all(len(number) == 2 for pair in short for number in pair)
    if is_padded and layout.year is YearPlace.LAST and not layout.has_period:
        return DateOrder.DMY if DateOrder.DMY in possible else None
    is_american = clock.endswith(("\u202fAM", "\u202fPM")) and layout.year is YearPlace.UNKNOWN
    if is_american and not is_padded and DateOrder.MDY in possible:
        return DateOrder.MDY
    return None


_Step = Callable[[Evidence, Sequence[DateOrder]], DateOrder | None]
_CHAIN: tuple[tuple[_Step, Reason], ...] = (
    (_by_file_names, Reason.FILE_NAMES),
    (_by_future, Reason.FUTURE),
    (_by_going_back, Reason.BACKWARDS),
    (_by_changes, Reason.CHANGES),
    (_by_form_of_phone, Reason.FORM),
    (_by_same_phone, Reason.SAME_PHONE),
)


def _only(orders: Iterable[DateOrder]) -> DateOrder | None:
    left = list(orders)
    return left[0] if len(left) == 1 else None


def _days(evidence: Evidence, order: DateOrder) -> list[date]:
    read = (evidence.read(shown, order) for shown in evidence.facts.counts)
    return [day for day in read if day is not None]


def _unclear(evidence: Evidence, possible: Sequence[DateOrder]) -> OrderUnclear:
    first = next(iter(evidence.facts.counts))
    readings = "; ".join(
        f"as {order} the first message is of {_said(evidence.read(first, order))}"
        f" and the last of {_said(evidence.read(evidence.facts.last, order))}"
        for order in possible
    )
    choices = " or ".join(f"--date-order {order}" for order in possible)
    return OrderUnclear(
        f"{evidence.origin} does not show which number of its dates is the day: {readings}.",
        f"Say which it is: {choices}.",
    )


def _said(day: date | None) -> str:
    # Not strftime: month names must not depend on the machine's language.
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else "no date"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
