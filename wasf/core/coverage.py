"""Covered time: where earlier exports showed every message of a chat."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wasf.core.chats import Direction


class CoverageRange(NamedTuple):
    """The first and the last minute of an export (counted from 1970, UTC).

    The minutes between them are covered, the two themselves are not: an export may be cut there.
    """

    first: int
    last: int


Spans = tuple[CoverageRange, ...]
"""Spans in order; no two overlap, two may touch."""


def with_span(spans: Spans, new: CoverageRange) -> Spans:
    """Return the spans with one more.

    Two spans that only touch stay apart, because the minute between is not covered. So does a
    single minute at the end of another span: it may show lines that the other does not.
    """
    if any(_holds(span, new) for span in spans):
        return spans
    apart = [s for s in spans if s.last <= new.first or new.last <= s.first]
    joined = [new, *(s for s in spans if s not in apart)]
    whole = CoverageRange(min(s.first for s in joined), max(s.last for s in joined))
    return tuple(sorted([*apart, whole]))


def is_covered(spans: Sequence[CoverageRange], minute: int) -> bool:
    """Return whether a minute lies between the ends of a span."""
    at = bisect_left(spans, minute, key=_first) - 1
    return at >= 0 and minute < spans[at].last


def are_covered(spans: Sequence[CoverageRange], minutes: Sequence[int]) -> list[bool]:
    """Return `is_covered` for several minutes; quick where one span covers them all."""
    first, last = min(minutes), max(minutes)
    if any(span.first < first and last < span.last for span in spans):
        return [True] * len(minutes)
    return [is_covered(spans, minute) for minute in minutes]


def is_touched(spans: Sequence[CoverageRange], minute: int) -> bool:
    """Return whether a minute lies in a span, its ends included."""
    at = bisect_right(spans, minute, key=_first) - 1
    return is_covered(spans, minute) or (at >= 0 and minute <= spans[at].last)


def may_be_cut(minute: int, spans: Sequence[CoverageRange], shown: CoverageRange) -> bool:
    """Return whether this export may show other lines of a minute than earlier ones did.

    False where one of them covers the whole minute, and where all of them begin or all end in it:
    then the one that shows more lines shows all lines of the other.
    """
    if is_covered(spans, minute) or is_covered([shown], minute):
        return False
    views = [shown, *(span for span in spans if minute in (span.first, span.last))]
    all_begin = all(view.first == minute < view.last for view in views)
    all_end = all(view.first < minute == view.last for view in views)
    return len(views) == 1 or not (all_begin or all_end)


def _holds(span: CoverageRange, new: CoverageRange) -> bool:
    is_at_an_end = new.first == new.last and new.first in (span.first, span.last)
    return span == new or (span.first <= new.first and new.last <= span.last and not is_at_an_end)


def _first(span: CoverageRange) -> int:
    return span.first


@dataclass(frozen=True, slots=True)
class ChatProfile:
    """What exports of a chat have taught: covered time, and corrected sides by folded author."""

    spans: Spans = ()
    sides: Mapping[str, Direction] = field(default_factory=dict)
