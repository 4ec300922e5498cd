"""What is known of a file's dates, for the decision which of their numbers is the day."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from wasf.core.policy import DateOrder
from wasf.sources.exports.dates import as_date, read_fields
from wasf.sources.exports.layout import Hint, Layout, Platform, YearPlace

# --- date_evidence


_STEPS_CAP = 50_000
_DATES_CAP = 50_000
_FEW_LINES, _FEW_SHARE = 3, 50
_HALF = 2
_DAY = timedelta(days=1)
_FIRST_DAY_OF_WHATSAPP = datetime(2009, 1, 1)  # noqa: DTZ001  (compared with local times)


@dataclass(slots=True)
class DateFacts:
    """What a survey saw of a file's dates, and the clock of the first of its headers.

    `counts` are headers by date as shown, in order of appearance; `steps` are changes from one
    shown date to another; `named` pairs a shown date with the date in its attached file's name.
    """

    counts: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: Counter[tuple[str, date]] = field(default_factory=Counter)
    first_clock: str = ""
    last: str = ""
    saw_first_step: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every date of the file is among `counts`."""
        return len(self.counts) < _DATES_CAP

    def take(self, runs: Sequence[tuple[str, int]]) -> None:
        """Take in the dates of headers in a row, each with how many."""
        counts, runs = self.counts, self._kept(runs)
        for shown, count in runs:
            counts[shown] += count
        shown_ones = [self.last, *(shown for shown, _ in runs)]
        steps = [step for step in pairwise(shown_ones) if step[0] != step[1] and step[0]]
        # The first line is the encryption notice; phones date it after the messages at times.
        if steps and not self.saw_first_step:
            self.saw_first_step = True
            del steps[0]
        if len(self.steps) < _STEPS_CAP:
            self.steps.update(steps)
        self.last = shown_ones[-1]

    def _kept(self, runs: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        """Without dates that would be too many."""
        new = {shown for shown, _ in runs}.difference(self.counts)
        if len(self.counts) + len(new) < _DATES_CAP:
            return runs
        return [run for run in runs if run[0] not in new]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the chain looks at. `written_at` and `now` are local times without a zone."""

    layout: Layout
    facts: DateFacts
    now: datetime
    written_at: datetime | None = None
    asked: DateOrder = DateOrder.AUTO
    same_phone: DateOrder = DateOrder.AUTO

    @property
    def newest_year(self) -> int:
        """The latest year that a date can be of."""
        return self.now.year + 1

    @property
    def tomorrow(self) -> date:
        """The latest day that a message can be of, wherever the phone was."""
        return (self.now + _DAY).date()

    @property
    def few(self) -> int:
        """How many headers pasted lines may be: so many are no evidence of anything."""
        return max(_FEW_LINES, self.facts.counts.total() // _FEW_SHARE)

    def read(self, shown: str, order: DateOrder) -> date | None:
        """A date as that order reads it."""
        return as_date(read_fields(shown), order, self.newest_year)

    def undated(self, order: DateOrder) -> int:
        """How many headers have no date in that order."""
        return self._headers(order, lambda day: day is None)

    def allows(self, order: DateOrder) -> bool:
        """Whether no more headers than pasted lines may be have no date in that order."""
        undated = self.undated(order)
        return undated <= self.few and undated * _HALF <= self.facts.counts.total()

    def impossible(self, order: DateOrder) -> int:
        """How many have none, or one after the file was written."""
        latest = self.tomorrow
        if self.written_at is not None and self.written_at > _FIRST_DAY_OF_WHATSAPP:
            latest = min(latest, (self.written_at + _DAY).date())
        return self._headers(order, lambda day: day is None or day > latest)

    def in_future(self, order: DateOrder) -> int:
        """How many have a date that is still to come."""
        latest = self.tomorrow
        return self._headers(order, lambda day: day is not None and day > latest)

    def _headers(self, order: DateOrder, fits: Callable[[date | None], bool]) -> int:
        counts = self.facts.counts.items()
        return sum(count for shown, count in counts if fits(self.read(shown, order)))

    def steps_back(self, order: DateOrder) -> int:
        """How often the time goes back by more than a day."""
        back = 0
        for (before, after), count in self.facts.steps.items():
            old, new = self.read(before, order), self.read(after, order)
            if old and new and old - new > _DAY:
                back += count
        return back


# --- date_forms
# Which orders languages write a date's numbers in, by the form of the header (CLDR).


_CLEAR_MAJORITY = 5
_LAST_TWO_DIGIT = 9
_FIRST_BEYOND_LATIN = "\u0370"
_DIGITS = re.compile(r"\d+")


class Reason(StrEnum):
    """What decided the order."""

    ASKED = "the person said so"
    YEAR_FIRST = "the year comes first"
    SEPARATOR = "dates with dots or dashes begin with the day"
    VALUES = "the other order has days that cannot be"
    FILE_NAMES = "the dates in the names of attached files"
    BACKWARDS = "the other order goes back in time"
    CHANGES = "the number that changes is the day"
    EITHER = "every order reads them the same"
    SAME_PHONE = "another chat in the same form"
    FORM = "only such phones write dates in this form"


def orders_of_form(evidence: Evidence) -> tuple[list[DateOrder], Reason]:
    """The orders that languages write in this form (CLDR: month first is written with / only)."""
    layout = evidence.layout
    if layout.year is YearPlace.FIRST:
        return [DateOrder.YMD], Reason.YEAR_FIRST
    if Hint.RIGHT_TO_LEFT in layout.hints:
        return [DateOrder.DMY], Reason.FORM
    if layout.separator != "/":
        return _by_dots(evidence)
    orders = [DateOrder.DMY, DateOrder.MDY]
    if layout.has_short_year and _may_begin_with_year(evidence):
        orders.append(DateOrder.YMD)
    return orders, Reason.VALUES


def _by_dots(evidence: Evidence) -> tuple[list[DateOrder], Reason]:
    """Korean dates begin with two digits of the year: `24. 2. 1.`; Serbian ones are 1.2.24."""
    layout = evidence.layout
    is_korean = layout.has_short_year and {Hint.DOT_BEHIND, Hint.BLANKS} <= layout.hints
    if is_korean and evidence.allows(DateOrder.YMD):
        return [DateOrder.YMD], Reason.YEAR_FIRST
    return [DateOrder.DMY], Reason.SEPARATOR


def _may_begin_with_year(evidence: Evidence) -> bool:
    """Basque dates do, Nepali ones in digits of their own, Chinese ones until 2017 (CLDR 32)."""
    layout = evidence.layout
    if layout.hints & {Hint.CLOCK_IN_BRACKETS, Hint.OWN_DIGITS, Hint.PERIOD_FIRST}:
        return True
    padded, _ = _padding(evidence.facts.counts)
    return Hint.NO_COMMA in layout.hints and not layout.has_period and not padded


def by_form_of_phone(evidence: Evidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Forms that one order alone is written in (CLDR), on Android, where all is one locale."""
    layout, clock = evidence.layout, evidence.facts.first_clock
    if layout.platform is not Platform.ANDROID:
        return None
    padded, bare = _padding(evidence.facts.counts)
    is_padded = padded > _CLEAR_MAJORITY * bare
    order = DateOrder.AUTO
    if Hint.CLOCK_IN_BRACKETS in layout.hints and layout.has_short_year:
        order = DateOrder.YMD
    elif _has_letters_of_its_own(clock) or Hint.OWN_DIGITS in layout.hints:
        # No language with words or digits of its own begins with the month.
        order = DateOrder.DMY if DateOrder.YMD not in possible else DateOrder.AUTO
    elif is_padded and layout.year is YearPlace.LAST and not layout.has_period:
        order = DateOrder.DMY
    return order if order in possible else None


def _has_letters_of_its_own(clock: str) -> bool:
    return any(char.isalpha() and char >= _FIRST_BEYOND_LATIN for char in clock)


def _padding(counts: Counter[str]) -> tuple[int, int]:
    """How many headers write a day or month up to 9 with a zero in front, and how many without."""
    padded = bare = 0
    for shown, count in counts.items():
        short = [part for part in _DIGITS.findall(shown)[:2] if int(part) <= _LAST_TWO_DIGIT]
        is_bare = any(len(part) == 1 for part in short)
        bare += count if is_bare else 0
        padded += count if short and not is_bare else 0
    return padded, bare
