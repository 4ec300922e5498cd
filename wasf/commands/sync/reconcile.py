"""A newer export of a known chat: looked at until it fits what is known, or not taken at all.

Looking changes nothing. An export that fits is read once more, and what is new of it is queued; of
one that was already known there is nothing left to read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from operator import attrgetter
from typing import Final

from wasf.core.alignment import Alignment, constant, steps_from, with_sides
from wasf.core.chats import ChatId, Direction, Message
from wasf.core.coverage import (
    ChatProfile,
    CoverageRange,
    Spans,
    are_covered,
    is_touched,
    may_be_torn,
    with_span,
)
from wasf.core.diff import (
    Fingerprint,
    LineMatch,
    NewLine,
    OverlapStats,
    fits,
    has_nothing_known,
    is_displaced,
    learned_sides,
    matches,
    may_be_shifted,
    maybe_renamed,
    moved_matches,
    proven,
    shift_fits,
)
from wasf.core.keys import KeyedBatch, keyed, minute_of, moment_of, text_digest
from wasf.core.records import MessageKey
from wasf.core.text import fold_name, local_minute
from wasf.errors import ExportMisfit, UnreadableFile
from wasf.store.ledger.model import (
    Arrival,
    ExportComparison,
    Ledger,
    MessageState,
    TextAt,
    UnmatchedLine,
)

# --- sighting
# What one look at an export sees: which of its lines are known, have changed, or are new.


_HOUR = 60
_AUTHOR = attrgetter("author")

_Flips = Counter[tuple[str, Direction]]


@dataclass(frozen=True, slots=True)
class ExportDiff:
    """How an export looks through a lens. `minutes` are the first and the last.

    `logged`, `queued`, `too_old` and `undone` count its lines by what is known; of the first
    two `changed` are known again though they have changed. `sides` are those of authors who turned
    out to be on the wrong one.
    """

    lens: Alignment
    comparison: ExportComparison
    overlap: OverlapStats
    minutes: CoverageRange
    logged: int
    queued: int
    too_old: int
    undone: int
    changed: int
    sides: Mapping[str, Direction]

    @property
    def fresh(self) -> int:
        """How many lines are new."""
        return self.overlap.lines - self.logged - self.queued - self.too_old - self.undone

    @property
    def fits(self) -> bool:
        """Whether it can be this chat, with these times and sides."""
        return fits(self.overlap)


class ExportDiffBuilder:
    """Adds up what one look at an export sees.

    `spans` are the minutes that earlier exports covered; lines before `since` are not wanted.
    `is_moved` says that times were moved, which has to prove itself.
    """

    def __init__(
        self,
        comparison: ExportComparison,
        spans: Spans,
        since: datetime | None,
        *,
        is_moved: bool,
    ) -> None:
        self._comparison = comparison
        self._spans = spans
        self._since = since
        self._is_moved = is_moved
        self._states: Counter[MessageState] = Counter()
        self._authors: Counter[str] = Counter()
        self._new_by: Counter[str] = Counter()
        self._strange_by: Counter[str] = Counter()
        self._lines = self._covered = self._covered_strange = self._too_old = 0
        self._old: set[int] = set()
        self._touched = self._touched_known = 0
        self._minutes: list[int] = []

    def take(self, seen: KeyedBatch, states: Sequence[MessageState]) -> None:
        """Take in some lines, in order."""
        minutes = seen.minutes
        covered = are_covered(self._spans, minutes)
        self._covered += sum(covered)
        self._states.update(states)
        self._authors.update(map(_AUTHOR, seen.messages))
        if MessageState.NEW in states:
            self._hold(
                self._held(seen, at, is_covered=covered[at])
                for at, state in enumerate(states)
                if state is MessageState.NEW and self._may_be_known_or_taken(seen, at)
            )
        if self._is_moved:
            touched = [is_touched(self._spans, minute) for minute in minutes]
            self._touched += sum(touched)
            self._touched_known += sum(
                is_in and state is not MessageState.NEW
                for is_in, state in zip(touched, states, strict=True)
            )
        self._lines += len(seen)
        ends = [*self._minutes, min(minutes), max(minutes)]
        self._minutes = [min(ends), max(ends)]

    def _may_be_known_or_taken(self, seen: KeyedBatch, at: int) -> bool:
        """Whether it has to be looked at: what is too old is not, where nothing can be known."""
        if self._since is None or seen.messages[at].sent_at >= self._since:
            return True
        self._too_old += 1
        if is_touched(self._spans, seen.minutes[at]):
            self._old.add(self._lines + at)
            return True
        return False

    def _held(self, seen: KeyedBatch, at: int, *, is_covered: bool) -> UnmatchedLine:
        message = seen.messages[at]
        number = self._lines + at
        facts = Fingerprint(
            message.direction, message.kind, text_digest(message.kind, message.text)
        )
        line = NewLine(number, facts, message.author)
        return UnmatchedLine(
            line, seen.keys[at], seen.minutes[at], is_covered and number not in self._old
        )

    def _hold(self, lines: Iterable[UnmatchedLine]) -> None:
        held = list(lines)
        self._comparison.hold(held)
        self._covered_strange += sum(one.is_covered for one in held)
        self._new_by.update(one.line.author for one in held)
        self._strange_by.update(
            one.line.author for one in held if is_touched(self._spans, one.minute)
        )

    def _matches(self) -> Iterator[LineMatch]:
        """Lines that are known messages: changed, or moved by a clock change of one phone only."""
        renamed = maybe_renamed(self._authors - self._new_by, self._strange_by)
        known: set[int] = set()
        used: set[MessageKey] = set()
        for difference in self._comparison.differences():
            # Of a minute that is torn one export may show her "ok", and the other one ours.
            is_torn = may_be_torn(difference.minute, self._spans, self._span)
            for match in matches(difference, frozenset() if is_torn else renamed):
                if self._is_moved:
                    known.add(match.line.number)
                    used.add(match.row.key)
                yield match
        for later in (-_HOUR, _HOUR) if self._is_moved else ():
            for difference in self._comparison.differences(later):
                found = moved_matches(difference, known, used)
                known.update(match.line.number for match in found)
                used.update(match.row.key for match in found)
                yield from found

    @property
    def _span(self) -> CoverageRange:
        return CoverageRange(*self._minutes) if self._minutes else CoverageRange(0, 0)

    def sighting(self, lens: Alignment) -> ExportDiff:
        """What was seen, with those lines known again that have changed."""
        again, flips = self._known_again()
        strange = self._covered_strange - self._comparison.recognise(again.keys() | self._old)
        too_old = self._too_old - len(again.keys() & self._old)
        changed, logged_again = len(again), sum(again.values())
        logged = self._states[MessageState.LOGGED]
        new = self._states[MessageState.NEW]
        undone = self._states[MessageState.UNDONE]
        return ExportDiff(
            lens=lens,
            comparison=self._comparison,
            overlap=self._overlap(changed, flips, strange, too_old),
            minutes=self._span,
            logged=logged + logged_again,
            queued=self._lines - new - logged - undone + changed - logged_again,
            too_old=too_old,
            undone=undone,
            changed=changed,
            sides=learned_sides(flips, self._authors - self._new_by),
        )

    def _known_again(self) -> tuple[dict[int, bool], _Flips]:
        """Lines that are known though they changed, with whether they were logged; and the flips.

        These count authors by the side that they turned out to be on.
        """
        again: dict[int, bool] = {}
        flipped: list[LineMatch] = []
        for match in self._matches():
            if match.is_flipped:
                flipped.append(match)
            else:
                again[match.line.number] = match.row.is_logged
        flips = Counter((match.line.author, match.row.facts.direction) for match in flipped)
        if proven(flips):
            again.update((match.line.number, match.row.is_logged) for match in flipped)
        else:  # one "ok" on either side may well be two
            flips.clear()
        return again, flips

    def _overlap(self, changed: int, flips: _Flips, strange: int, too_old: int) -> OverlapStats:
        new = self._states[MessageState.NEW]
        return OverlapStats(
            lines=self._lines,
            known=self._lines - new + proven(flips),
            covered=self._covered,
            strange=strange,
            fresh=new - too_old - changed,
            displaced=self._comparison.displaced(self._lines - new + changed),
            touched=self._touched,
            touched_known=self._touched_known + changed,
            proof=self._touched_known + changed - -(-flips.total() // 2),
        )


# --- comparing


_BATCH = 500
_MOST_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Export:
    """An export of a known chat. `messages` reads it from the beginning, any number of times.

    `read` hears how many messages were read; it may raise to end the run. `shift` is how far a
    person said that times are to be moved, None if nobody did. `sides_are_given` says that a person
    named our side, so that nothing else decides who wrote what.
    """

    chat_id: ChatId
    messages: Callable[[], Iterator[Message]]
    read: Callable[[int], None]
    since: datetime | None = None
    shift: timedelta | None = None
    sides_are_given: bool = False


def compare(export: Export, ledger: Ledger) -> ExportDiff:
    """Find the lens through which an export fits, if there is one; inside a transaction."""
    learned = ledger.learned(export.chat_id)
    sides = {} if export.sides_are_given else learned.sides
    sighting = _look(
        export, Alignment(constant(export.shift or timedelta(0)), sides), learned, ledger
    )
    if export.shift is None and may_be_shifted(sighting.overlap):
        sighting = _moved(export, sighting, learned, ledger)
    # Who is on the right side by accident shows only when the others are.
    for _ in range(0 if export.sides_are_given else _MOST_LOOKS):
        new = {fold_name(author): side for author, side in sighting.sides.items()}
        if not new or not sighting.fits:
            break
        sighting = _look(export, with_sides(sighting.lens, new), learned, ledger)
    return sighting


def take_new(export: Export, sighting: ExportDiff, ledger: Ledger) -> None:
    """Queue what is new. Raises `UnreadableFile` if the export is not what it was."""
    held = sighting.comparison.held()
    wanted = next(held, None)
    number = 0
    messages = sighting.lens.through(export.messages())
    while batch := list(islice(messages, _BATCH)):
        arrivals = []
        for message in batch:
            if wanted is not None and wanted[0] == number:
                arrivals.append(Arrival(wanted[1], message))
                wanted = next(held, None)
            number += 1
        ledger.enqueue(export.chat_id, arrivals)
    if number != sighting.overlap.lines:
        raise UnreadableFile(
            "The file was changed while it was read.", "Sync it again when nothing writes to it."
        )


def remember(export: Export, minutes: CoverageRange, lens: Alignment, ledger: Ledger) -> None:
    """Keep what an export that was taken has taught, if it is anything new."""
    before = ledger.learned(export.chat_id)
    sides = before.sides if export.sides_are_given else lens.sides
    after = ChatProfile(with_span(before.spans, _taken(minutes, export.since)), sides)
    if after != before:
        ledger.learn(export.chat_id, after)


def _taken(minutes: CoverageRange, since: datetime | None) -> CoverageRange:
    """The time that was taken: what is older than `since` was left out."""
    if since is None:
        return minutes
    first = int(since.timestamp()) // 60
    return CoverageRange(max(minutes.first, first), max(minutes.last, first))


# --- Looking -----------------------------------------------------------------------------------


def _look(export: Export, lens: Alignment, learned: ChatProfile, ledger: Ledger) -> ExportDiff:
    comparison = ledger.compare(export.chat_id)
    tally = ExportDiffBuilder(comparison, learned.spans, export.since, is_moved=bool(lens.steps))
    seen = lens.through(export.messages())
    for some in keyed(export.chat_id, seen, ledger.count_earlier):
        tally.take(some, ledger.standing(export.chat_id, some))
        export.read(len(some))
    return tally.sighting(lens)


def _moved(export: Export, first: ExportDiff, learned: ChatProfile, ledger: Ledger) -> ExportDiff:
    """The export with its times moved, if it fits then; else as it was."""
    texts = _spoken(export.messages(), export.read)
    steps = steps_from(first.comparison.votes(texts))
    if steps:
        sighting = _look(export, replace(first.lens, steps=steps), learned, ledger)
        if shift_fits(sighting.overlap):
            return sighting
        return _look(export, first.lens, learned, ledger)
    return first


def _spoken(messages: Iterable[Message], read: Callable[[int], None]) -> Iterator[TextAt]:
    for number, message in enumerate(messages):
        if number % _BATCH == 0:
            read(0)
        yield TextAt(minute_of(message), text_digest(message.kind, message.text))


# --- misfits
# Says why an export does not fit its chat: in numbers and minutes, without any of its words.


WAYS_ON: Final = (
    "if it is another person's chat: wasf sync FILE --phone NUMBER; "
    "if another clock wrote it: --time-shift +1h, say; to log it as it is: --accept"
)
_SHOWN: Final = 3


def misfit_of(sighting: ExportDiff, zone: tzinfo) -> ExportMisfit:
    """How an export differs from its chat, and the ways on."""
    hint = f"{WAYS_ON[0].upper()}{WAYS_ON[1:]}."
    return ExportMisfit(f"{_difference(sighting, zone)}: nothing was taken.", hint)


def _difference(sighting: ExportDiff, zone: tzinfo) -> str:
    overlap = sighting.overlap
    if has_nothing_known(overlap):
        return "None of its messages is known, though a chat of this name is"
    if is_displaced(overlap):
        return (
            f"{overlap.displaced:,} of its {overlap.fresh:,} new messages are known at another "
            "time, as if days were read as months"
        )
    minutes = sighting.comparison.strange_minutes(_SHOWN)
    shown = ", ".join(local_minute(moment_of(minute), zone) for minute in minutes)
    return (
        f"{overlap.strange:,} of its {overlap.covered:,} messages from the time that earlier "
        f"exports show are not in those (the first at {shown})"
    )
