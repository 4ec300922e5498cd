"""Decides the date order of an export (dmy, mdy or ymd) from evidence.

Nothing here guesses: a wrong date in Salesforce is worse than a question. First come the orders
that the form of the dates and their values leave possible. Between two of them the first step of a
fixed chain that can tell them apart decides; each step has a name (`OrderReason`). If no order wins
over all others, `OrderUnclear` is raised. Fake headers, lines that somebody pasted, count like
real ones, so a few headers neither decide nor prevent a decision.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

from wasf.core.policy import DateOrder
from wasf.errors import UnreadableFile
from wasf.sources.exports.date_evidence import (
    CLEAR_MAJORITY,
    ONE_DAY,
    DateEvidence,
    OrderReason,
    order_by_form,
    orders_of_form,
)
from wasf.sources.exports.layout import YearPosition
from wasf.sources.exports.timestamps import DateFields, read_fields
from wasf.values import dataclass

_ENOUGH_SHARE = 20
_FEWEST_DAYS = 4
_SOME_A_DAY, _MANY_A_DAY = 10, 20
_OLDEST_CALENDAR_YEAR = 1500
# Not strftime: month names must not depend on the language of this machine.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """The order, and what decided it."""

    order: DateOrder
    reason: OrderReason

    @property
    def holds_for_phone(self) -> bool:
        """Return whether other chats of the same phone have this order too."""
        return self.reason is not OrderReason.EITHER


class OrderUnclear(UnreadableFile):
    """The file does not show which number is the day; another chat of the same phone may."""


def decide_date_order(evidence: DateEvidence) -> OrderDecision:
    """Decide. Raise `OrderUnclear`, or `UnreadableFile` if no order makes sense."""
    _check_calendar(evidence)
    orders, reason = orders_of_form(evidence)
    asked = evidence.asked
    if asked in orders or (asked is not DateOrder.AUTO and evidence.layout.has_short_year):
        return _as_asked(evidence)
    possible = _possible(evidence, orders)
    if len(possible) == 1:
        return OrderDecision(possible[0], reason)
    if all(
        len({evidence.read(shown, o) for o in possible}) == 1 for shown in evidence.facts.counts
    ):
        return OrderDecision(possible[0], OrderReason.EITHER)
    for order in possible:
        reasons = [_reason_over(evidence, order, other) for other in possible if other != order]
        if reasons[0] is not None and None not in reasons:
            return OrderDecision(order, reasons[0])
    raise _unclear(evidence, possible)


def _check_calendar(evidence: DateEvidence) -> None:
    if evidence.layout.year is YearPosition.UNKNOWN:
        return
    years = [max(read_fields(shown)) for shown in evidence.facts.counts]
    if years and max(years) < _OLDEST_CALENDAR_YEAR:
        raise UnreadableFile(
            "This file has dates of another calendar.",
            "Set the phone to the Gregorian calendar and export the chat again.",
        )


def _as_asked(evidence: DateEvidence) -> OrderDecision:
    if not evidence.allows(evidence.asked):
        raise UnreadableFile(
            f"The dates of this file make no sense as {evidence.asked}.",
            "Leave --date-order out, or give another one.",
        )
    return OrderDecision(evidence.asked, OrderReason.ASKED)


def _possible(evidence: DateEvidence, orders: Sequence[DateOrder]) -> Sequence[DateOrder]:
    """Return the orders in which no more than a few headers have no date."""
    possible = [order for order in orders if evidence.allows(order)]
    if not possible and evidence.layout.has_short_year and evidence.allows(DateOrder.YMD):
        return [DateOrder.YMD]
    if not possible:
        raise UnreadableFile(
            "This file has dates of which no order makes sense.",
            "It may be made of two exports. Give each of them by itself.",
        )
    return possible


def _reason_over(evidence: DateEvidence, order: DateOrder, other: DateOrder) -> OrderReason | None:
    """Return what decides for an order over another one, None if nothing does."""
    for step, reason in _CHAIN:
        winner = step(evidence, (order, other))
        if winner is not None:
            return reason if winner is order else None
    return None


def _unclear(evidence: DateEvidence, possible: Sequence[DateOrder]) -> OrderUnclear:
    first = next(iter(evidence.facts.counts))
    readings = "; ".join(
        f"as {order} the first message is of {_in_words(evidence.read(first, order))}"
        f" and the last of {_in_words(evidence.read(evidence.facts.last, order))}"
        for order in possible
    )
    choices = " or ".join(f"--date-order {order}" for order in possible)
    return OrderUnclear(
        f"This file does not show which number of its dates is the day: {readings}.",
        f"Say which it is: {choices}.",
    )


def _in_words(day: date | None) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else "no date"


# --- The chain ---------------------------------------------------------------------------------


_Votes = dict[DateOrder, int]


def _by_file_names(evidence: DateEvidence, orders: Sequence[DateOrder]) -> DateOrder | None:
    """An iPhone puts the message's time into a file's name, Android mostly the day it came."""
    votes = dict.fromkeys(orders, 0)
    for (shown, named), count in evidence.facts.named.items():
        for order in orders:
            day = evidence.read(shown, order)
            votes[order] += count if day and abs(day - named) <= ONE_DAY else 0
    return _winner(votes, _against(evidence, orders))


def _by_values(evidence: DateEvidence, orders: Sequence[DateOrder]) -> DateOrder | None:
    """An order is wrong if it has days that do not exist or are after the export.

    A few such days count less than the form of the dates.
    """
    against = _against(evidence, orders)
    votes = _swapped(against)
    winner = _if_enough(evidence, _winner(votes, dict.fromkeys(orders, 0)), votes)
    form = order_by_form(evidence, orders)
    return winner if form in (None, winner) or against[form] > evidence.few else None


def _by_going_back(evidence: DateEvidence, orders: Sequence[DateOrder]) -> DateOrder | None:
    """The order is wrong in which the dates go back."""
    votes = _swapped({order: evidence.steps_back(order) for order in orders})
    return _if_enough(evidence, _winner(votes, _against(evidence, orders)), votes)


def _by_changes(evidence: DateEvidence, orders: Sequence[DateOrder]) -> DateOrder | None:
    """Many messages on several days of one month are likelier than on one day of several months.

    A bill on the first of each month and wishes for a birthday look like that too, but with a few
    messages each time and often without a gap. So there must be more messages than that, and gaps
    between the days unless there are very many messages.
    """
    counts = evidence.facts.counts
    votes = _swapped({order: _outside_main_month(counts, order) for order in orders})
    winner = _if_enough(evidence, _winner(votes, dict.fromkeys(orders, 0)), votes)
    if winner is None or _against(evidence, orders)[winner] > 0:
        return None
    days = _days_of_main_month(counts, winner)
    per_day = counts.total() / len(days)
    is_regular = len({after - before for before, after in pairwise(days)}) <= 1
    fewest = _MANY_A_DAY if is_regular else _SOME_A_DAY
    return winner if len(days) >= _FEWEST_DAYS and per_day >= fewest else None


def _by_same_phone(evidence: DateEvidence, orders: Sequence[DateOrder]) -> DateOrder | None:
    """All chats of a phone have one order."""
    return evidence.same_phone if evidence.same_phone in orders else None


_Step = Callable[[DateEvidence, Sequence[DateOrder]], DateOrder | None]
_CHAIN: tuple[tuple[_Step, OrderReason], ...] = (
    (_by_file_names, OrderReason.FILE_NAMES),
    (_by_values, OrderReason.VALUES),
    (order_by_form, OrderReason.FORM),
    (_by_going_back, OrderReason.BACKWARDS),
    (_by_changes, OrderReason.CHANGES),
    (_by_same_phone, OrderReason.SAME_PHONE),
)


def _against(evidence: DateEvidence, orders: Sequence[DateOrder]) -> _Votes:
    """Return how many headers each order alone makes impossible."""
    impossible = {order: evidence.impossible(order) for order in orders}
    in_all = min(impossible.values())
    return {order: count - in_all for order, count in impossible.items()}


def _swapped(against: _Votes) -> _Votes:
    """Turn what speaks against one of two orders into votes for the other."""
    (one, count), (other, other_count) = against.items()
    return {one: other_count, other: count}


def _winner(votes: _Votes, against: _Votes) -> DateOrder | None:
    """Return the order with a clear majority over the other one and over what speaks against it."""
    best, second = sorted(votes, key=lambda order: -votes[order])
    is_clear = votes[best] >= CLEAR_MAJORITY * (votes[second] + against[best])
    return best if votes[best] and is_clear else None


def _if_enough(evidence: DateEvidence, winner: DateOrder | None, votes: _Votes) -> DateOrder | None:
    """Return the winner if it has more votes than a few fake headers in a long chat can give."""
    if winner is None:
        return None
    count, headers = votes[winner], evidence.facts.counts.total()
    return winner if count > evidence.few or count * _ENOUGH_SHARE >= headers else None


def _days_of_main_month(counts: Counter[str], order: DateOrder) -> list[int]:
    """Return the days with messages of the month that has most of them."""
    months: dict[tuple[int, int], Counter[int]] = {}
    for shown, count in counts.items():
        fields = read_fields(shown)
        day = fields[{DateOrder.DMY: 0, DateOrder.MDY: 1}.get(order, 2)]
        months.setdefault(_month(fields, order), Counter())[day] += count
    main = max(months.values(), key=Counter.total)
    return sorted(main)


def _outside_main_month(counts: Counter[str], order: DateOrder) -> int:
    """Return how many headers are not of the month that most are of."""
    months: Counter[tuple[int, int]] = Counter()
    for shown, count in counts.items():
        months[_month(read_fields(shown), order)] += count
    return months.total() - max(months.values())


def _month(fields: DateFields, order: DateOrder) -> tuple[int, int]:
    first, second, third = fields
    match order:
        case DateOrder.DMY:
            return third, second
        case DateOrder.MDY:
            return third, first
        case _:
            return first, second
