"""The evidence for a file's date order: counts from the first pass, and the form of its dates.

Languages differ in which order they write dates, and in how (CLDR). Some forms belong to one order
alone.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from wasf.core.policy import DateOrder
from wasf.sources.exports.layout import Layout, LayoutFeature, Platform, YearPosition
from wasf.sources.exports.timestamps import as_date, read_fields
from wasf.values import dataclass

CLEAR_MAJORITY = 5
ONE_DAY = timedelta(days=1)

_STEPS_CAP = 50_000
_DATES_CAP = 50_000
_FEW_LINES, _FEW_SHARE = 3, 50
_HALF = 2
_LAST_ONE_DIGIT = 9
_FIRST_BEYOND_LATIN = "\u0370"
# Digits and words of the languages that begin with the month: Kashmiri, Sindhi in Devanagari, Odia,
# Tigrinya, Cherokee, Coptic.
_IN_MONTH_FIRST = re.compile("[\u06f0-\u06f9\u0966-\u096f\u0b66-\u0b6f]|[ቅድ].ቀ|[\u13a0-\u13ff]|ⲙ")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_DIGITS = re.compile(r"\d+")
_FIRST_DAY_OF_WHATSAPP = datetime(2009, 1, 1)  # noqa: DTZ001  (compared with local times)


@dataclasses.dataclass(slots=True)
class DateFacts:
    """What the first pass collects of a file's dates.

    `counts` are headers by date as shown, in order of appearance. `steps` are changes from one
    shown date to the next. `named` pairs a shown date with the date in its attached file's name.
    `first_clock` is the time in the first header, `last` the last date.
    """

    counts: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: Counter[tuple[str, date]] = field(default_factory=Counter)
    first_clock: str = ""
    last: str = ""
    has_first_step: bool = False

    @property
    def is_complete(self) -> bool:
        """Return whether every date of the file is among `counts`."""
        return len(self.counts) < _DATES_CAP

    def add(self, runs: Sequence[tuple[str, int]]) -> None:
        """Add the dates of headers in order: each date with how many headers in a row have it."""
        counts, runs = self.counts, self._within_cap(runs)
        for shown, count in runs:
            counts[shown] += count
        dates = [self.last, *(shown for shown, _ in runs)]
        steps = [step for step in pairwise(dates) if step[0] != step[1] and step[0]]
        # The first line is the encryption notice, which phones sometimes date after the messages.
        if steps and not self.has_first_step:
            self.has_first_step = True
            del steps[0]
        if len(self.steps) < _STEPS_CAP:
            self.steps.update(steps)
        self.last = dates[-1]

    def _within_cap(self, runs: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        """Leave out new dates where there are too many."""
        new = {shown for shown, _ in runs}.difference(self.counts)
        if len(self.counts) + len(new) < _DATES_CAP:
            return runs
        return [run for run in runs if run[0] not in new]


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


class OrderReason(StrEnum):
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


def orders_of_form(evidence: DateEvidence) -> tuple[list[DateOrder], OrderReason]:
    """Return the orders that languages write in this form: the month is first only before a `/`."""
    layout = evidence.layout
    if layout.year is YearPosition.FIRST:
        return [DateOrder.YMD], OrderReason.YEAR_FIRST
    if layout.features & {LayoutFeature.RIGHT_TO_LEFT, LayoutFeature.UNIT}:
        return [DateOrder.DMY], OrderReason.FORM
    if layout.separator != "/":
        return _orders_with_dots(evidence)
    orders = [DateOrder.DMY, DateOrder.MDY]
    if layout.has_short_year and _may_begin_with_year(evidence):
        orders.append(DateOrder.YMD)
    return orders, OrderReason.VALUES


def _orders_with_dots(evidence: DateEvidence) -> tuple[list[DateOrder], OrderReason]:
    """Korean dates begin with two digits of the year: `24. 2. 1.`; Bosnian ones look the same.

    Only Korean has a Korean word before the time, which tells nothing on an iPhone: there the date
    is the region's, the time the app's. Serbian has no blanks: `1.2.24.`.
    """
    layout = evidence.layout
    korean = {LayoutFeature.DOT_BEHIND, LayoutFeature.BLANKS}
    if not (layout.has_short_year and korean <= layout.features):
        return [DateOrder.DMY], OrderReason.SEPARATOR
    is_one_locale = not layout.platform.is_ios
    if is_one_locale and _HANGUL.search(evidence.facts.first_clock):
        return [DateOrder.YMD], OrderReason.YEAR_FIRST
    return [DateOrder.DMY, DateOrder.YMD], OrderReason.VALUES


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
        padded, bare = _padding(evidence.facts.counts)
        return bool(padded) or not bare or not layout.has_period or has_own_words
    may_be_nepali = not layout.has_period or has_own_words
    return may_be_nepali and not evidence.is_translated and not _has_padded_second(evidence)


def _has_padded_second(evidence: DateEvidence) -> bool:
    """Return whether the second number of a date has a zero before it."""
    return any(_DIGITS.findall(shown)[1].startswith("0") for shown in evidence.facts.counts)


def order_by_form(evidence: DateEvidence, possible: Sequence[DateOrder]) -> DateOrder | None:
    """Return the order if this form belongs to one alone: on Android, where all is one locale."""
    layout = evidence.layout
    if layout.platform is not Platform.ANDROID:
        return None
    padded, bare = _padding(evidence.facts.counts)
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


def _padding(counts: Counter[str]) -> tuple[int, int]:
    """Return how many headers write days and months up to 9 with a zero, and how many without."""
    padded = bare = 0
    for shown, count in counts.items():
        short = [part for part in _DIGITS.findall(shown)[:2] if int(part) <= _LAST_ONE_DIGIT]
        is_bare = any(len(part) == 1 for part in short)
        bare += count if is_bare else 0
        padded += count if short and not is_bare else 0
    return padded, bare
