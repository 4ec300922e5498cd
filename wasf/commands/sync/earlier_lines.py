"""Lines of an export that may be known at other times, while it is compared (I3, I6).

Such lines are in time that was read in an earlier time zone, or of a chat of which messages with
ids showed that its exports are read in a wrong one (`ChatProfile.offsets`).
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import chain, product

from wasf.core.alignment import moved_minute, steps_by_texts, with_changes
from wasf.core.coverage import ChatProfile, CoverageRange, are_covered, hull, is_touched
from wasf.core.diff import Difference, LineMatch, equal_matches, matches
from wasf.core.records import MessageKey
from wasf.core.zones import (
    EarlierPlace,
    ZoneHits,
    are_covered_then,
    are_touched_then,
    still_earlier,
)
from wasf.store.ledger import ExportComparison, MessageState

Places = Sequence[EarlierPlace | None]
"""The place of each line of a batch; () if no line has one."""


class EarlierLines:
    """Adds up what one reading of an export shows of earlier time. For most chats it stays empty.

    `at_other_times` counts logged messages that have the times of an earlier zone.
    """

    def __init__(self, profile: ChatProfile) -> None:
        self.at_other_times = 0
        self._profile = profile
        self._new: dict[int, tuple[int, EarlierPlace]] = {}
        self._shown: list[CoverageRange | None] = [None for _ in profile.earlier]
        self._known: list[CoverageRange | None] = [None for _ in profile.earlier]
        self._own: CoverageRange | None = None

    @property
    def new(self) -> frozenset[int]:
        """The numbers of the lines that are in such time and equal no message of then."""
        return frozenset(self._new)

    def add(
        self, first: int, minutes: Sequence[int], states: Sequence[MessageState], places: Places
    ) -> None:
        """Add the next lines; `first` is the number of the first one."""
        if not places:
            self._own = hull(self._own, CoverageRange(min(minutes), max(minutes)))
            return
        for at, (minute, state, place) in enumerate(zip(minutes, states, places, strict=True)):
            span = CoverageRange(minute, minute)
            if place is None:
                self._own = hull(self._own, span)
                continue
            self._shown[place.zone] = hull(self._shown[place.zone], span)
            if state is MessageState.NEW:
                self._new[first + at] = minute, place
                continue
            self._known[place.zone] = hull(self._known[place.zone], span)
            self.at_other_times += state is MessageState.LOGGED and minute != place.minute

    def forget(self, found: Iterable[int]) -> None:
        """Note that lines are known after all, at the time that they had in the earlier zone."""
        for number in found:
            if number in self._new:
                minute, place = self._new.pop(number)
                span = CoverageRange(minute, minute)
                self._known[place.zone] = hull(self._known[place.zone], span)

    # What is covered

    def are_covered(self, minutes: Sequence[int], places: Places) -> list[bool]:
        """Return which lines earlier exports covered."""
        if not places:
            return are_covered(self._profile.spans, minutes)
        return are_covered_then(self._profile.spans, minutes, places)

    def are_touched(self, minutes: Sequence[int], places: Places) -> list[bool]:
        """Return the same with the ends of the covered time included."""
        if not places:
            return [is_touched(self._profile.spans, minute) for minute in minutes]
        return are_touched_then(self._profile.spans, minutes, places)

    def own_minutes(self, minutes: Sequence[int], places: Places) -> Sequence[int]:
        """Return the minutes by the zone of today."""
        if not places:
            return minutes
        return [
            place.minute if place else minute for minute, place in zip(minutes, places, strict=True)
        ]

    # What is known at another time

    def known_otherwise(self, comparison: ExportComparison) -> list[LineMatch]:
        """Match lines of earlier time to equal messages that were logged by other zones."""
        return list(self._matches(self._by_zones(comparison), equal_matches, (), ()))

    def known_by_offsets(self, comparison: ExportComparison) -> list[LineMatch]:
        """Match other lines to equal messages with ids, by how much these are known to be off."""
        return list(self._matches(self._by_offsets(comparison, (0, -1, 1)), equal_matches, (), ()))

    def known_by_new_offsets(
        self, comparison: ExportComparison, *, is_covered: bool
    ) -> list[LineMatch]:
        """Match them too if their texts tell anew by how much such messages are off.

        The clock of the export has to be that of earlier ones. Where these covered nothing of its
        time, that has to be known from before.
        """
        if not (is_covered or self._profile.offsets):
            return []
        if self._profile.earlier or not (told := comparison.texts_told_twice()):
            return []
        with_ids, exported = told
        spans = [*self._profile.spans, *([self._own] if self._own else [])]
        steps = steps_by_texts(with_ids, exported, self._profile.offsets, spans)
        if not steps:
            return []
        offsets = with_changes(self._profile.offsets, steps, max(with_ids.values()))
        self._profile = replace(self._profile, offsets=offsets)
        return self.known_by_offsets(comparison)

    def changed_otherwise(
        self, comparison: ExportComparison, known: Container[int], used: Container[MessageKey]
    ) -> Iterator[LineMatch]:
        """Match lines that are not `known` to changed messages that are not `used`."""
        differences = chain(self._by_zones(comparison), self._by_offsets(comparison, (0,)))
        return self._matches(differences, partial(matches, renamed=frozenset()), known, used)

    def _matches(
        self,
        differences: Iterable[Difference],
        match_minute: Callable[[Difference], Iterable[LineMatch]],
        known: Container[int],
        used: Container[MessageKey],
    ) -> Iterator[LineMatch]:
        found: set[int] = set()
        taken: set[MessageKey] = set()
        for minute, lines, messages in differences:
            some = [one for one in lines if not (one.number in known or one.number in found)]
            unused = [one for one in messages if not (one.key in used or one.key in taken)]
            for match in match_minute(Difference(minute, some, unused)):
                found.add(match.line.number)
                taken.add(match.message.key)
                self._take(match)
                yield match

    def _by_zones(self, comparison: ExportComparison) -> Iterator[Difference]:
        """Yield lines of earlier time with the messages of their minutes by other zones."""
        for later, numbers in self._other_minutes():
            for minute, lines, messages in comparison.differences(later):
                yield Difference(minute, [one for one in lines if one.number in numbers], messages)

    def _by_offsets(
        self, comparison: ExportComparison, near: Sequence[int]
    ) -> Iterator[Difference]:
        """Yield other lines with messages with ids of the time that they have by these.

        Also of so many minutes `near` it: a server's clock is not that of a phone.
        """
        offsets = self._profile.offsets
        for by, shift in product(near, sorted({step.shift for step in offsets})):
            for minute, lines, messages in comparison.differences(by - shift):
                if moved_minute(minute - shift, offsets) == minute:
                    own = [one for one in lines if one.number not in self._new]
                    yield Difference(minute, own, [one for one in messages if one.has_id])

    def _other_minutes(self) -> Iterator[tuple[int, set[int]]]:
        """Yield by how many minutes later which lines may be known by a later zone."""
        for turn in range(max((len(place.others) for _, place in self._new.values()), default=0)):
            later: defaultdict[int, set[int]] = defaultdict(set)
            for number, (minute, place) in self._new.items():
                if turn < len(place.others):
                    later[place.others[turn] - minute].add(number)
            yield from sorted(later.items())

    def _take(self, match: LineMatch) -> None:
        """Note that a line is known at one of its other minutes."""
        _, place = self._new.pop(match.line.number, (0, None))
        if place and match.message.minute == place.minute:
            self._own = hull(self._own, CoverageRange(place.minute, place.minute))

    # What stays

    def profile(self, comparison: ExportComparison, *, is_moved: bool) -> ChatProfile:
        """Return the chat's profile after this export, except for what it covers.

        `is_moved`: another clock wrote the export. Then it does not tell in which zone earlier ones
        were read, if that is not known.
        """
        before = self._profile
        if before.zone is None:
            return before
        hits = [
            ZoneHits(shown, hull(known, comparison.known_within(one.read))) if shown else None
            for one, shown, known in zip(before.earlier, self._shown, self._known, strict=True)
        ]
        own = (CoverageRange(place.minute, place.minute) for _, place in self._new.values())
        read = reduce(hull, own, hull(before.read, self._own))
        is_first = before.read is None and not before.earlier
        if is_first and before.spans:
            if is_moved:
                return replace(before, zone=None)
            read = reduce(hull, before.spans, read)
        return replace(before, read=read, earlier=still_earlier(before.earlier, hits))
