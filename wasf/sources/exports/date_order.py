"""Which of 1/2/2024 is the day: a chain of evidence, each step with a name, and else a refusal.

A wrong date in Salesforce is worse than a question, so nothing here guesses. Lines that somebody
pasted look like headers too: a few of them neither decide nor stand in the way of what does.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from wasf.core.policy import DateOrder
from wasf.errors import UnreadableFile
from wasf.sources.exports.date_evidence import Evidence, Reason, by_form_of_phone, orders_of_form
from wasf.sources.exports.dates import Fields, read_fields
from wasf.sources.exports.layout import YearPlace

_CLEAR_MAJORITY = 5
_ENOUGH_SHARE = 20
_FEWEST_CHANGES = 4
_SOME_A_DAY, _MANY_A_DAY = 5, 20
_OLDEST_CALENDAR_YEAR = 1500
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decided:
    """The order, and what decided it."""

    order: DateOrder
    reason: Reason

    @property
    def holds_for_phone(self) -> bool:
        """Whether other chats of the same phone have this order, too."""
        return self.reason is not Reason.EITHER


class OrderUnclear(UnreadableFile):
    """The file does not show which number is the day; another chat of the same phone may."""


def decide_order(evidence: Evidence) -> Decided:
    """Say which order it is. Raises `OrderUnclear`, or `UnreadableFile` if no order makes sense."""
    _check_calendar(evidence)
    orders, reason = orders_of_form(evidence)
    asked = evidence.asked
    if asked in orders or (asked is not DateOrder.AUTO and evidence.layout.has_short_year):
        return _as_asked(evidence)
    possible = _possible(evidence, orders)
    if len(possible) == 1:
        return Decided(possible[0], reason)
    if all(
        len({evidence.read(shown, o) for o in possible}) == 1 for shown in evidence.facts.counts
    ):
        return Decided(possible[0], Reason.EITHER)
    for order in possible:
        reasons = [_over(evidence, order, other) for other in possible if other is not order]
        if reasons[0] is not None and None not in reasons:
            return Decided(order, reasons[0])
    raise _unclear(evidence, possible)


def _over(evidence: Evidence, order: DateOrder, other: DateOrder) -> Reason | None:
    """What decides for an order, over another one; None if nothing does."""
    for step, reason in _CHAIN:
        winner = step(evidence, (order, other))
        if winner is not None:
            return reason if winner is order else None
    return None


def _as_asked(evidence: Evidence) -> Decided:
    if not evidence.allows(evidence.asked):
        raise UnreadableFile(
            f"The dates of this file make no sense as {evidence.asked}.",
            "Leave --date-order out, or give another one.",
        )
    return Decided(evidence.asked, Reason.ASKED)


def _check_calendar(evidence: Evidence) -> None:
    if evidence.layout.year is YearPlace.UNKNOWN:
        return
    years = [max(read_fields(shown)) for shown in evidence.facts.counts]
    if years and max(years) < _OLDEST_CALENDAR_YEAR:
        raise UnreadableFile(
            "This file has dates of another calendar.",
            "Set the phone to the Gregorian calendar and export the chat again.",
        )


def _possible(evidence: Evidence, orders: Sequence[DateOrder]) -> Sequence[DateOrder]:
    """Leave out the orders in which more headers have no date than can be pasted lines."""
    possible = [order for order in orders if evidence.allows(order)]
    if not possible and evidence.layout.has_short_year and evidence.allows(DateOrder.YMD):
        return [DateOrder.YMD]
    if not possible:
        raise UnreadableFile(
            "This file has dates of which no order makes sense.",
            "It may be made of two exports. Give each of them by itself.",
        )
    return possible


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
    form = by_form_of_phone(evidence, possible)
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

    A bill on the first of each month looks like that too. It brings a few messages each time and
    leaves out no month, so it takes more than those, and days apart unless there are very many.
    """
    counts = evidence.facts.counts
    votes = _swapped({order: _outside_of_month(counts, order) for order in possible})
    winner = _enough(evidence, _winner(votes, dict.fromkeys(possible, 0)), votes)
    if winner is None or _against(evidence, possible)[winner] > 0:
        return None
    days = _days_of_main_month(counts, winner)
    per_day = counts.total() / len(days)
    is_regular = len({after - before for before, after in pairwise(days)}) <= 1
    fewest = _MANY_A_DAY if is_regular else _SOME_A_DAY
    return winner if len(days) >= _FEWEST_CHANGES and per_day >= fewest else None


def _days_of_main_month(counts: Counter[str], order: DateOrder) -> list[int]:
    """The days of the month that most headers are of."""
    months: dict[tuple[int, int], Counter[int]] = {}
    for shown, count in counts.items():
        fields = read_fields(shown)
        day = fields[{DateOrder.DMY: 0, DateOrder.MDY: 1}.get(order, 2)]
        months.setdefault(_month(fields, order), Counter())[day] += count
    main = max(months.values(), key=Counter.total)
    return sorted(main)


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


_Step = Callable[[Evidence, Sequence[DateOrder]], DateOrder | None]
_CHAIN: tuple[tuple[_Step, Reason], ...] = (
    (_by_file_names, Reason.FILE_NAMES),
    (_by_values, Reason.VALUES),
    (by_form_of_phone, Reason.FORM),
    (_by_going_back, Reason.BACKWARDS),
    (_by_changes, Reason.CHANGES),
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
