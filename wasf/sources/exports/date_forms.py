"""Which orders languages write a date's numbers in, by the form of the header (CLDR)."""

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from wasf.core.policy import DateOrder
from wasf.sources.exports.date_evidence import Evidence
from wasf.sources.exports.layout import Hint, Platform, YearPlace

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
