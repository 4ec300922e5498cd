"""Covered time: where earlier exports showed every message of a chat."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import tzinfo
from functools import reduce
from itertools import chain
from typing import NamedTuple

from wasf.core.alignment import OffsetChange
from wasf.core.chats import Direction
from wasf.values import dataclass


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


def all_spans(*several: Spans) -> Spans:
    return reduce(with_span, chain.from_iterable(several), ())


def hull(one: CoverageRange | None, other: CoverageRange | None) -> CoverageRange | None:
    """Return the smallest range that holds both."""
    if one is None or other is None:
        return one or other
    return CoverageRange(min(one.first, other.first), max(one.last, other.last))


class EarlierZone(NamedTuple):
    """A time zone in which exports of a chat were read before a person corrected it (I6).

    `read` are the first and the last minute that were read so, `spans` what is covered of them;
    both in UTC by that zone.
    """

    zone: tzinfo
    read: CoverageRange
    spans: Spans = ()


@dataclass(frozen=True, slots=True)
class ChatProfile:
    """What exports of a chat have taught: covered time, and corrected sides by folded author.

    `zone` is the time zone in which they were read, None if that is not known; `read` are the first
    and the last minute that were read in it. What was read in another zone is in `earlier`.
    `offsets` move times of messages with ids to those that exports read in `zone` show, as texts in
    both told; () if they are not known to differ.
    """

    spans: Spans = ()
    sides: Mapping[str, Direction] = field(default_factory=dict)
    zone: tzinfo | None = None
    read: CoverageRange | None = None
    earlier: tuple[EarlierZone, ...] = ()
    offsets: tuple[OffsetChange, ...] = ()

    def without_coverage(self) -> "ChatProfile":
        """Return the profile without covered time, so that messages there can be new again."""
        earlier = tuple(one._replace(spans=()) for one in self.earlier)
        return replace(self, spans=(), earlier=earlier)


def have_one_zone(one: ChatProfile, other: ChatProfile) -> bool:
    """Return whether exports of two chats were read in one time zone, as far as that is known."""
    return one.zone is None or other.zone is None or str(one.zone) == str(other.zone)


def joined_profile(ours: ChatProfile, theirs: ChatProfile) -> ChatProfile:
    """Return what the exports of two chats that are one have taught; ours goes before theirs."""
    sides = {**theirs.sides, **ours.sides}
    earlier = (*ours.earlier, *theirs.earlier)
    if have_one_zone(ours, theirs):
        return ChatProfile(
            all_spans(ours.spans, theirs.spans),
            sides,
            ours.zone or theirs.zone,
            hull(ours.read, theirs.read),
            earlier,
            ours.offsets or theirs.offsets,
        )
    if theirs.zone is not None and theirs.read is not None:
        earlier = (*earlier, EarlierZone(theirs.zone, theirs.read, theirs.spans))
    return replace(ours, sides=sides, earlier=earlier)
