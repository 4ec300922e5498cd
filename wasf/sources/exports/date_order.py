"""Decides the date order of an export (dmy, mdy or ymd) from evidence.

Nothing here guesses: a wrong date in Salesforce is worse than a question. First come the orders
that the form of the dates and their values leave possible: languages differ in which order they
write dates, and in how (CLDR), and some forms belong to one order alone. Between two of them the
first step of a fixed chain that can tell them apart decides. If no order wins over all others,
`OrderUnclear` is raised. Fake headers, lines that somebody pasted, count like real ones, so a few
headers neither decide nor prevent a decision.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from wasf.core.policy import DateOrder
from wasf.errors import UnreadableFile
from wasf.sources.exports.layout import Layout, LayoutFeature, Platform, YearPosition
from wasf.sources.exports.timestamps import DateFacts, as_date, read_fields
from wasf.values import dataclass

CLEAR_MAJORITY = 5
ONE_DAY = timedelta(days=1)

_FEW_LINES, _FEW_SHARE = 3, 50
_HALF = 2
_FIRST_BEYOND_LATIN = "\u0370"
# Digits and words of the languages that begin with the month: Kashmiri, Sindhi in Devanagari, Odia,
# Tigrinya, Cherokee, Coptic.
_IN_MONTH_FIRST = re.compile("[\u06f0-\u06f9\u0966-\u096f\u0b66-\u0b6f]|[ቅድ].ቀ|[\u13a0-\u13ff]|ⲙ")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_DIGITS = re.compile(r"\d+")
_ENOUGH_SHARE = 20
_FEWEST_DAYS = 4
_SOME_A_DAY, _MANY_A_DAY = 10, 20
_OLDEST_CALENDAR_YEAR = 1500
# Not strftime: month names must not depend on the language of this machine.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_FIRST_DAY_OF_WHATSAPP = datetime(2009, 1, 1)  # noqa: DTZ001  (compared with local times)


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """All that the date order is decided from. `written_at` and `now` are local times.

    `is_translated` says that the app was in a language other than English, Chinese and Korean.
    """

    layout: Layout
    facts: DateFacts
    now: datetime
    written_at: datetime | None = None
    asked: DateOrder = DateOrder.AUTO
    same_phone: DateOrder = DateOrder.AUTO
    is_translated: bool = False

    @property
    def newest_year(self) -> int:
        """Return the latest year that a date can be of."""
        return self.now.year + 1

    @property
    def tomorrow(self) -> date:
        """Return the latest day that a message can be of, wherever the phone was."""
        return (self.now + ONE_DAY).date()

    @property
    def few(self) -> int:
        """Return how many headers may be fake ones: so few prove nothing."""
        return max(_FEW_LINES, self.facts.counts.total() // _FEW_SHARE)

    def read(self, shown: str, order: DateOrder) -> date | None:
        """Return the day that a date means in that order."""
        return as_date(read_fields(shown), order, self.newest_year)

    def allows(self, order: DateOrder) -> bool:
        """Return whether only a few headers have no date in that order."""
        undated = self._headers(order, lambda day: day is None)
        return undated <= self.few and undated * _HALF <= self.facts.counts.total()

    def impossible(self, order: DateOrder) -> int:
        """Return how many headers have no date in that order, or one after the file was written."""
        latest = self.tomorrow
        if self.written_at is not None and self.written_at > _FIRST_DAY_OF_WHATSAPP:
            latest = min(latest, (self.written_at + ONE_DAY).date())
        return self._headers(order, lambda day: day is None or day > latest)

    def in_future(self, order: DateOrder) -> int:
        """Return how many headers have a future date in that order."""
        latest = self.tomorrow
        return self._headers(order, lambda day: day is not None and day > latest)

    def _headers(self, order: DateOrder, fits: Callable[[date | None], bool]) -> int:
        counts = self.facts.counts.items()
        return sum(count for shown, count in counts if fits(self.read(shown, order)))

    def steps_back(self, order: DateOrder) -> int:
        """Return how often a date is more than a day before the one above it."""
        back = 0
        for (before, after), count in self.facts.steps.items():
            old, new = self.read(before, order), self.read(after, order)
            if old and new and old - new > ONE_DAY:
                back += count
        return back


def orders_of_form(evidence: DateEvidence) -> list[DateOrder]:
    """Return the orders that languages write in this form: the month is first only before a `/`."""
    layout = evidence.layout
    if layout.year is YearPosition.FIRST:
        return [DateOrder.YMD]
    if layout.features & {LayoutFeature.RIGHT_TO_LEFT, LayoutFeature.UNIT}:
        return [DateOrder.DMY]
    if layout.separator != "/":
        return _orders_with_dots(evidence)
    orders = [DateOrder.DMY, DateOrder.MDY]
    if layout.has_short_year and _may_begin_with_year(evidence):
        orders.append(DateOrder.YMD)
    return orders


def _orders_with_dots(evidence: DateEvidence) -> list[DateOrder]:
    """Korean dates begin with two digits of the year: `24. 2. 1.`; Bosnian ones look the same.

    Only Korean has a Korean word before the time, which tells nothing on an iPhone: there the date
    is the region's, the time the app's. Serbian has no blanks: `1.2.24.`.
    """
    layout = evidence.layout
    korean = {LayoutFeature.DOT_BEHIND, LayoutFeature.BLANKS}
    if not (layout.has_short_year and korean <= layout.features):
        return [DateOrder.DMY]
    if not layout.platform.is_ios and _HANGUL.search(evidence.facts.first_clock):
        return [DateOrder.YMD]
    return [DateOrder.DMY, DateOrder.YMD]


def _may_begin_with_year(evidence: DateEvidence) -> bool:
    """Return whether dates in this form may begin with two digits of the year.

    Basque, Nepali, Yakut and three languages of Nigeria write such dates, Chinese did until 2017
    (CLDR 32). Of these, WhatsApp itself has only Chinese.
    """
    layout = evidence.layout
    if layout.features & {
        LayoutFeature.CLOCK_IN_BRACKETS,
        LayoutFeature.OWN_DIGITS,
        LayoutFeature.PERIOD_FIRST,
    }:
        return True
    has_own_words = _has_own_letters(evidence.facts.first_clock)
    if LayoutFeature.NO_COMMA in layout.features:
        padded, bare = evidence.facts.padding
        return bool(padded) or not bare or not layout.has_period or has_own_words
    may_be_nepali = not layout.has_period or has_own_words
    if not may_be_nepali or evidence.is_translated:
        return False
    return not any(_DIGITS.findall(shown)[1].startswith("0") for shown in evidence.facts.counts)


def order_by_form(evidence: DateEvidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Return the order if this form belongs to one alone: on Android, where all is one locale."""
    layout = evidence.layout
    if layout.platform is not Platform.ANDROID:
        return None
    padded, bare = evidence.facts.padding
    is_padded = padded > CLEAR_MAJORITY * bare
    order = DateOrder.AUTO
    if LayoutFeature.CLOCK_IN_BRACKETS in layout.features and layout.has_short_year:
        order = DateOrder.YMD
    elif _has_own_script(evidence):
        order = DateOrder.DMY if DateOrder.YMD not in possible else DateOrder.AUTO
    elif is_padded and layout.year is YearPosition.LAST and not layout.has_period:
        order = DateOrder.DMY if _is_not_inuktitut(evidence) else DateOrder.AUTO
    return order if order in possible else None


def _is_not_inuktitut(evidence: DateEvidence) -> bool:
    """Return whether padded dates with a long year begin with the day for certain.

    Inuktitut alone writes `07/31/2024 15:04`, and the app is not translated into it. French and
    many others write `31/07/2024 15:04`. The first header of a file is nobody's pasted line.
    """
    if LayoutFeature.NO_COMMA not in evidence.layout.features:
        return True
    first = next(iter(evidence.facts.counts), "")
    return evidence.is_translated and evidence.read(first, DateOrder.DMY) is not None


def _has_own_script(evidence: DateEvidence) -> bool:
    """Return whether words or digits are of a language that does not begin with the month.

    Those that do, such as Kashmiri, Odia, Tigrinya and Cherokee, are no languages of WhatsApp.
    """
    clock = evidence.facts.first_clock
    if not (_has_own_letters(clock) or LayoutFeature.OWN_DIGITS in evidence.layout.features):
        return False
    return evidence.is_translated or not _IN_MONTH_FIRST.search(clock)


def _has_own_letters(clock: str) -> bool:
    return any(char.isalpha() and char >= _FIRST_BEYOND_LATIN for char in clock)


# --- The decision --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """The order. `holds_for_phone`: other chats of the same phone have it, too."""

    order: DateOrder
    holds_for_phone: bool = True


class OrderUnclear(UnreadableFile):
    """The file does not show which number is the day; another chat of the same phone may."""


def decide_date_order(evidence: DateEvidence) -> OrderDecision:
    """Decide. Raise `OrderUnclear`, or `UnreadableFile` if no order makes sense."""
    _check_calendar(evidence)
    orders = orders_of_form(evidence)
    asked = evidence.asked
    if asked in orders or (asked is not DateOrder.AUTO and evidence.layout.has_short_year):
        return _as_asked(evidence)
    possible = _possible(evidence, orders)
    if len(possible) == 1:
        return OrderDecision(possible[0])
    readings = ({evidence.read(shown, o) for o in possible} for shown in evidence.facts.counts)
    if all(len(days) == 1 for days in readings):
        return OrderDecision(possible[0], holds_for_phone=False)
    for order in possible:
        if all(_wins(evidence, order, other) for other in possible if other != order):
            return OrderDecision(order)
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
    return OrderDecision(evidence.asked)


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


def _wins(evidence: DateEvidence, order: DateOrder, other: DateOrder) -> bool:
    """Return whether the first step that tells the two orders apart is for this one."""
    winners = (step(evidence, (order, other)) for step in _CHAIN)
    return next((winner for winner in winners if winner is not None), None) is order


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
    votes = _swapped({o: counts.total() - _main_month(counts, o).total() for o in orders})
    winner = _if_enough(evidence, _winner(votes, dict.fromkeys(orders, 0)), votes)
    if winner is None or _against(evidence, orders)[winner] > 0:
        return None
    days = sorted(_main_month(counts, winner))
    per_day = counts.total() / len(days)
    is_regular = len({after - before for before, after in pairwise(days)}) <= 1
    fewest = _MANY_A_DAY if is_regular else _SOME_A_DAY
    return winner if len(days) >= _FEWEST_DAYS and per_day >= fewest else None


def _by_same_phone(evidence: DateEvidence, orders: Sequence[DateOrder]) -> DateOrder | None:
    """All chats of a phone have one order."""
    return evidence.same_phone if evidence.same_phone in orders else None


_Step = Callable[[DateEvidence, Sequence[DateOrder]], DateOrder | None]
_CHAIN: tuple[_Step, ...] = (
    _by_file_names, _by_values, order_by_form, _by_going_back, _by_changes, _by_same_phone,
)  # fmt: skip


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


def _main_month(counts: Counter[str], order: DateOrder) -> Counter[int]:
    """Return the days of the month with most headers, and how many headers each has."""
    months: dict[tuple[int, int], Counter[int]] = {}
    for shown, count in counts.items():
        numbers = dict(zip(order.value, read_fields(shown), strict=True))
        days = months.setdefault((numbers["y"], numbers["m"]), Counter())
        days[numbers["d"]] += count
    return max(months.values(), key=Counter.total)
