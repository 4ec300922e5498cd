"""Which of 1/2/2024 is the day: a chain of evidence, each step with a name, and else a refusal.

A wrong date in Salesforce is worse than a question, so nothing here guesses. Lines that somebody
pasted look like headers too: a few of them neither decide nor stand in the way of what does.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from wasf.core.rules import DateOrder
from wasf.errors import UnreadableFile
from wasf.sources.exports.date_evidence import Evidence
from wasf.sources.exports.dates import Fields, read_fields
from wasf.sources.exports.layout import Layout, Platform, YearPlace

_CLEAR_MAJORITY = 5
_ENOUGH_SHARE = 20
_HALF = 2
_FEWEST_CHANGES = 3
_FEWEST_FOR_CHANGES = 20
_LAST_TWO_DIGIT = 9
_OLDEST_CALENDAR_YEAR = 1500
_DAY = timedelta(days=1)


class Reason(StrEnum):
    """What decided the order."""

    ASKED = "the person said so"
    YEAR_FIRST = "the year comes first"
    SEPARATOR = "dates with dots or dashes begin with the day"
    VALUES = "the other order has days that cannot be"
    FILE_NAMES = "the dates in the names of attached files"
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
    orders, reason = _by_form(evidence)
    asked = evidence.asked
    if asked in orders or (asked is not DateOrder.AUTO and _is_short_year(evidence.layout)):
        return _as_asked(evidence)
    possible = _possible(evidence, orders)
    if len(possible) == 1:
        return Decided(possible[0], reason)
    for step, name in _CHAIN:
        winner = step(evidence, possible)
        if winner is not None:
            return Decided(winner, name)
    raise _unclear(evidence, possible)


def _as_asked(evidence: Evidence) -> Decided:
    if not _makes_sense(evidence, evidence.asked):
        raise UnreadableFile(
            f"The dates of this file make no sense as {evidence.asked}.",
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
            "This file has dates of another calendar.",
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


def _possible(evidence: Evidence, orders: Sequence[DateOrder]) -> Sequence[DateOrder]:
    """Leave out the orders in which more headers have no date than can be pasted lines."""
    possible = [order for order in orders if _makes_sense(evidence, order)]
    if not possible and _is_short_year(evidence.layout) and _makes_sense(evidence, DateOrder.YMD):
        return [DateOrder.YMD]
    if not possible:
        raise UnreadableFile(
            "This file has dates of which no order makes sense.",
            "It may be made of two exports. Give each of them by itself.",
        )
    return possible


def _makes_sense(evidence: Evidence, order: DateOrder) -> bool:
    undated, headers = evidence.undated(order), evidence.facts.counts.total()
    return undated <= evidence.few and undated * _HALF <= headers


# --- The chain ---------------------------------------------------------------------------------


_Votes = dict[DateOrder, int]


def _against(evidence: Evidence, possible: Sequence[DateOrder]) -> _Votes:
    """The headers that each order alone makes impossible, which would have to be pasted lines."""
    impossible = {order: evidence.impossible(order) for order in possible}
    in_all = min(impossible.values())
    return {order: count - in_all for order, count in impossible.items()}


def _winner(votes: _Votes, against: _Votes) -> DateOrder | None:
    """The order with a clear majority over the other one and over what speaks against it."""
    best, second = sorted(votes, key=lambda order: -votes[order])
    is_clear = votes[best] >= _CLEAR_MAJORITY * (votes[second] + against[best])
    return best if votes[best] and is_clear else None


def _enough(evidence: Evidence, order: DateOrder | None, votes: _Votes) -> DateOrder | None:
    """The winner, if its votes are more than a few pasted lines in a long chat could make."""
    if order is None:
        return None
    count, headers = votes[order], evidence.facts.counts.total()
    return order if count > evidence.few or count * _ENOUGH_SHARE >= headers else None


def _by_file_names(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """iPhones put the message's time into the name, Android the day the file came (mostly)."""
    votes = dict.fromkeys(possible, 0)
    for (shown, named), count in evidence.facts.named.items():
        for order in possible:
            day = evidence.read(shown, order)
            votes[order] += count if day and abs(day - named) <= _DAY else 0
    return _winner(votes, _against(evidence, possible))


def _by_values(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Days that are none, or after the export; a few count less than the form of the phone."""
    against = _against(evidence, possible)
    votes = _swapped(against)
    winner = _enough(evidence, _winner(votes, dict.fromkeys(possible, 0)), votes)
    form = _by_form_of_phone(evidence, possible)
    return winner if form in (None, winner) or against[form] > evidence.few else None


def _by_going_back(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    votes = _swapped({order: evidence.steps_back(order) for order in possible})
    return _enough(evidence, _winner(votes, _against(evidence, possible)), votes)


def _swapped(against: _Votes) -> _Votes:
    """What speaks against one of two orders speaks for the other."""
    (one, count), (other, other_count) = against.items()
    return {one: other_count, other: count}


def _by_changes(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Many messages on several days of one month; the other reading: one day of several months.

    A reminder on the first of each month looks like that too, so it takes a lot of messages.
    """
    counts = evidence.facts.counts
    if len(counts) < _FEWEST_CHANGES or counts.total() < _FEWEST_FOR_CHANGES:
        return None
    votes = _swapped({order: _outside_of_month(counts, order) for order in possible})
    winner = _enough(evidence, _winner(votes, dict.fromkeys(possible, 0)), votes)
    is_doubtful = winner is None or _against(evidence, possible)[winner] > 0
    return None if is_doubtful else winner


def _outside_of_month(counts: Counter[str], order: DateOrder) -> int:
    """How many headers are not of the month that most are of."""
    months: Counter[tuple[int, int]] = Counter()
    for shown, count in counts.items():
        months[_month(read_fields(shown), order)] += count
    return months.total() - max(months.values())


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
    padded, bare = _padding(evidence.facts.counts)
    if padded > _CLEAR_MAJORITY * bare and layout.year is YearPlace.LAST and not layout.has_period:
        return DateOrder.DMY if DateOrder.DMY in possible else None
    is_american = clock.endswith(("\u202fAM", "\u202fPM")) and layout.year is YearPlace.UNKNOWN
    if is_american and bare > _CLEAR_MAJORITY * padded and DateOrder.MDY in possible:
        return DateOrder.MDY
    return None


def _padding(counts: Counter[str]) -> tuple[int, int]:
    """How many headers write a day or month up to 9 with a zero in front, and how many without."""
    padded = bare = 0
    for shown, count in counts.items():
        short = [part for part in shown.split("/")[:2] if int(part) <= _LAST_TWO_DIGIT]
        is_bare = any(len(part) == 1 for part in short)
        bare += count if is_bare else 0
        padded += count if short and not is_bare else 0
    return padded, bare


_Step = Callable[[Evidence, Sequence[DateOrder]], DateOrder | None]
_CHAIN: tuple[tuple[_Step, Reason], ...] = (
    (_by_file_names, Reason.FILE_NAMES),
    (_by_values, Reason.VALUES),
    (_by_going_back, Reason.BACKWARDS),
    (_by_changes, Reason.CHANGES),
    (_by_form_of_phone, Reason.FORM),
    (_by_same_phone, Reason.SAME_PHONE),
)


def _unclear(evidence: Evidence, possible: Sequence[DateOrder]) -> OrderUnclear:
    first = next(iter(evidence.facts.counts))
    readings = "; ".join(
        f"as {order} the first message is of {_said(evidence.read(first, order))}"
        f" and the last of {_said(evidence.read(evidence.facts.last, order))}"
        for order in possible
    )
    choices = " or ".join(f"--date-order {order}" for order in possible)
    return OrderUnclear(
        f"This file does not show which number of its dates is the day: {readings}.",
        f"Say which it is: {choices}.",
    )


def _said(day: date | None) -> str:
    # Not strftime: month names must not depend on the machine's language.
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else "no date"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
