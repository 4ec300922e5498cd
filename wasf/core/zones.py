"""Corrected time zones: what was read in another zone is known again by its wall clock (I6).

An export shows wall-clock times without a zone, and wasf reads them in the zone of the settings. If
a person corrects that zone, the same lines have other times in UTC. So the ledger keeps for each
chat in which zone its exports were read (`ChatProfile`), and a line whose wall clock lies in time
that was read in an earlier zone is compared under that zone; where several zones were read, under
each of them. What is new gets its time by the zone of today.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from itertools import product
from typing import NamedTuple

from wasf.core.alignment import Rereading, unmoved_minutes
from wasf.core.chats import Message
from wasf.core.coverage import (
    ChatProfile,
    CoverageRange,
    EarlierZone,
    Spans,
    have_one_zone,
    is_covered,
    is_touched,
)
from wasf.core.keys import minute_at, minute_of, moment_of
from wasf.values import dataclass


def corrected(profile: ChatProfile, zone: tzinfo | None, *, is_given: bool) -> ChatProfile:
    """Return the profile as it is when an export is read in this zone.

    A zone that somebody gave (`is_given`) wins over the one in which exports were read before;
    another one does not.
    """
    if zone is None:
        return profile
    if profile.zone is None:
        return replace(profile, zone=zone)
    if not is_given or is_same(zone, profile.zone):
        return profile
    earlier = profile.earlier
    if profile.read is not None:
        earlier = (*earlier, EarlierZone(profile.zone, profile.read, profile.spans))
    return replace(profile, spans=(), zone=zone, read=None, earlier=earlier, offsets=())


def is_same(one: tzinfo, other: tzinfo) -> bool:
    """Return whether two zones have one name."""
    return str(one) == str(other)


def rereading(read_in: tzinfo | None, profile: ChatProfile) -> Rereading | None:
    """Return how to read an export anew in the zone that was learned; None if it was read so."""
    if read_in is None or profile.zone is None or is_same(read_in, profile.zone):
        return None
    return Rereading(read_in, profile.zone)


class EarlierPlace(NamedTuple):
    """A line that lies in time that was read in an earlier zone.

    `zone` is the number of that zone, `spans` is what exports covered there. The line may also be
    known at one of the minutes `others`: by the other zones in order, and last by that of today.
    """

    zone: int
    spans: Spans
    others: tuple[int, ...]

    @property
    def minute(self) -> int:
        """The minute by the zone of today."""
        return self.others[-1]


@dataclass(frozen=True, slots=True)
class EarlierTimes:
    """Gives lines the times that they had when they were read in an earlier zone."""

    zone: tzinfo
    earlier: tuple[EarlierZone, ...]
    read: CoverageRange | None = None

    @classmethod
    def of(cls, profile: ChatProfile) -> "EarlierTimes | None":
        """Return those of a profile, None if its zone was never corrected."""
        if profile.zone is None or not profile.earlier:
            return None
        return cls(profile.zone, profile.earlier, profile.read)

    def _times_of(self, message: Message) -> list[tuple[int, datetime]]:
        """Return the numbers of the zones that were read at a message, and its times by them."""
        wall = message.sent_at.astimezone(self.zone)
        times = [wall.replace(tzinfo=one.zone).astimezone(UTC) for one in self.earlier]
        return [
            (number, then)
            for number, (then, (_, read, _)) in enumerate(zip(times, self.earlier, strict=True))
            if _is_within(read, minute_at(then))
        ]

    def minutes_then(self, message: Message) -> tuple[int, ...]:
        """Return each minute at which a message may be known, the one by the zone of today last."""
        times = [minute_at(then) for _, then in self._times_of(message)]
        return (*times, minute_of(message))

    def moved(self, message: Message) -> tuple[Message, EarlierPlace | None]:
        """Return a message with its earlier time and its place; itself where it had none."""
        found = self._times_of(message)
        if not found:
            return message, None
        (number, then), *more = found
        others = (*(minute_at(one) for _, one in more), minute_of(message))
        return message._replace(sent_at=then), EarlierPlace(
            number, self.earlier[number].spans, others
        )

    def through(
        self, messages: Iterable[Message], places: list[EarlierPlace | None]
    ) -> Iterator[Message]:
        """Yield the messages with their earlier times; append the place of each to the list."""
        for message in messages:
            then, place = self.moved(message)
            places.append(place)
            yield then

    def minutes_now(self, minute: int) -> tuple[int, ...]:
        """Return the minutes, by the zone of today, of a message that is known at this minute.

        Several where the minute was read in several zones: nobody can tell in which one this
        message was. Those by earlier zones come first.
        """
        wall = moment_of(minute)
        by_earlier = [
            minute_at(wall.astimezone(one.zone).replace(tzinfo=self.zone))
            for one in self.earlier
            if _is_within(one.read, minute)
        ]
        by_today = [minute] if not by_earlier or _is_within(self.read, minute) else []
        return tuple(dict.fromkeys([*by_earlier, *by_today]))

    @property
    def clocks(self) -> "list[MinuteNow]":
        """Return the ways to read minutes; more than one where several zones share some."""
        ranges = [one.read for one in self.earlier]
        if self.read is not None:
            ranges.append(self.read)
        most = max(sum(_is_within(one, at.first) for one in ranges) for at in ranges)
        return [partial(self._minute_now, turn) for turn in range(most)]

    def _minute_now(self, turn: int, minute: int) -> int:
        minutes = self.minutes_now(minute)
        return minutes[min(turn, len(minutes) - 1)]


def _is_within(read: CoverageRange | None, minute: int) -> bool:
    return read is not None and read.first <= minute <= read.last


def same_minute(minute: int) -> int:
    """Return the minute itself: nothing was corrected."""
    return minute


MinuteNow = Callable[[int], int]
"""How the minutes of a chat's exports are read in the zone of today."""

Clocks = tuple[MinuteNow, MinuteNow]
"""The same of two chats."""


def clocks_of(one: ChatProfile, other: ChatProfile, zone: tzinfo) -> list[Clocks]:
    """Return the ways in which the minutes of the exports of two chats are read in today's zone.

    Where both were read in one zone, what messages with ids told of it (`ChatProfile.offsets`) in
    one of the chats is true of the other one too. Where a minute was read in several zones, each
    of them has its turn.
    """
    offsets = one.offsets or other.offsets if have_one_zone(one, other) else ()
    ours, theirs = (_clocks_of(replace(profile, offsets=offsets), zone) for profile in (one, other))
    return list(product(ours, theirs))


def _clocks_of(profile: ChatProfile, zone: tzinfo) -> list[MinuteNow]:
    now = corrected(profile, zone, is_given=True)
    if earlier := EarlierTimes.of(now):
        return earlier.clocks
    if now.offsets:
        return [lambda minute: next(iter(unmoved_minutes(minute, now.offsets)), minute)]
    return [same_minute]


# --- What is covered ----------------------------------------------------------------------------


def are_covered_then(
    spans: Spans, minutes: Sequence[int], places: Sequence[EarlierPlace | None]
) -> list[bool]:
    """Return which lines earlier exports covered, each by the zone in which it was read."""
    return [
        is_covered(place.spans if place else spans, minute)
        for minute, place in zip(minutes, places, strict=True)
    ]


def are_touched_then(
    spans: Spans, minutes: Sequence[int], places: Sequence[EarlierPlace | None]
) -> list[bool]:
    """Return the same with the ends of the covered time included."""
    return [
        is_touched(place.spans if place else spans, minute)
        for minute, place in zip(minutes, places, strict=True)
    ]


# --- What stays ---------------------------------------------------------------------------------


class ZoneHits(NamedTuple):
    """What an export showed of the time that was read in one earlier zone, in minutes of then.

    `shown` are the first and the last line there. `known` are the first and the last message that
    is known there: an export may begin or end within a minute and so show no message of it.
    """

    shown: CoverageRange
    known: CoverageRange | None


def still_earlier(
    earlier: Sequence[EarlierZone], hits: Sequence[ZoneHits | None]
) -> tuple[EarlierZone, ...]:
    """Return the earlier zones without time of which no message is left, as after an undo.

    Only an export that shows all of the time can tell.
    """
    kept = []
    for one, hit in zip(earlier, hits, strict=True):
        shows_all = hit is not None and hit.shown == one.read
        if hit is None or not shows_all:
            kept.append(one)
        elif hit.known is not None:
            kept.append(one._replace(read=hit.known))
    return tuple(kept)
