"""How an export differs from what the ledger knows of its chat, under one alignment.

The lines of an export are compared by the keys that they have under any id of the chat. What no key
tells is compared minute by minute: first with messages that came another way and have other keys
(rule I3), then with messages that were changed, or that stand on the other side.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.commands.sync.run import Export
from wasf.core.alignment import Alignment, learned_sides, maybe_renamed, proven
from wasf.core.chat_identity import NameEvidence, is_telling
from wasf.core.chats import Direction, MessageKind
from wasf.core.coverage import ChatProfile, CoverageRange, all_spans, is_touched, may_be_cut
from wasf.core.diff import (
    Fingerprint,
    LineMatch,
    NewLine,
    OverlapStats,
    equal_matches,
    fits,
    matches,
)
from wasf.core.keys import KeyedBatch, keyed, text_digest
from wasf.core.records import MessageKey
from wasf.core.text import ends_like_edited
from wasf.core.zones import EarlierPlace, EarlierTimes
from wasf.store.ledger import Ledger, MessageState, UnmatchedLine
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.commands.sync import earlier_lines
    from wasf.store.ledger import ExportComparison
else:  # loaded where an export is compared
    (earlier_lines,) = late_modules(__package__, "earlier_lines")

_HOUR = 60
_MINUTES = 10  # in which we sent something; more tell no more
_AUTHOR = attrgetter("author")

_Flips = Counter[tuple[str, Direction]]


@dataclass(frozen=True, slots=True)
class ExportDiff:
    """How an export differs from what is known of its chat, under one alignment.

    `profile` is the chat's as it is after this export, except for what it covers. `minutes` are the
    export's first and last. `logged`, `queued`, `too_old` and `undone` count its
    lines by their state; of the first two, `changed` are known although they have changed. `sides`
    are those of authors who turned out to be on the other side. `is_elsewhere`: a number says whose
    chat it is, and it is of quite another time than what is known. `lacks_most`: no number says so,
    and most of what is known of its time is not in it; `is_untold`: nor does anything else, of what
    is `common` (`is_told`). `at_other_times` counts logged messages that have the times of an
    earlier zone; `read_before` are the numbers of new lines in time that was read in one.
    """

    profile: ChatProfile
    alignment: Alignment
    comparison: "ExportComparison"
    overlap: OverlapStats
    minutes: CoverageRange
    logged: int
    queued: int
    too_old: int
    undone: int
    changed: int
    sides: Mapping[str, Direction]
    common: NameEvidence
    is_elsewhere: bool = False
    lacks_most: bool = False
    is_untold: bool = False
    at_other_times: int = 0
    read_before: frozenset[int] = frozenset()

    @property
    def new(self) -> int:
        """How many lines are new."""
        return self.overlap.lines - self.logged - self.queued - self.too_old - self.undone

    @property
    def fits(self) -> bool:
        """Whether the export can be of this chat, with these times and sides."""
        is_named = not (self.lacks_most or self.is_untold)
        return (fits(self.overlap) and is_named) or self.is_elsewhere


def compare_with(
    alignment: Alignment, export: Export, profile: ChatProfile, ledger: Ledger
) -> ExportDiff:
    """Return the diff under one alignment. Call it inside a transaction."""
    builder = _DiffBuilder(ledger.begin_comparison(export.chat.id), profile, export, alignment)
    messages = alignment.through(export.messages())
    places: list[EarlierPlace | None] = []
    if earlier := EarlierTimes.of(profile):
        messages = earlier.through(messages, places)
    for batch in keyed(export.own_id, messages, ledger.count_earlier):
        states, shown = ledger.known_states(export.chat.id, export.other_ids, batch)
        builder.add(batch, states, shown, tuple(places))
        places.clear()
        export.report(len(batch))
    return builder.diff()


def _state(match: LineMatch) -> MessageState:
    if match.message.is_undone:
        return MessageState.UNDONE
    return MessageState.LOGGED if match.message.is_logged else MessageState.QUEUED


class _DiffBuilder:
    """Adds up what one reading of an export shows."""

    def __init__(
        self,
        comparison: "ExportComparison",
        profile: ChatProfile,
        export: Export,
        alignment: Alignment,
    ) -> None:
        self._comparison = comparison
        self._all_spans = all_spans(profile.spans, *(one.spans for one in profile.earlier))
        self._earlier = earlier_lines.EarlierLines(profile)
        self._since = export.options.since
        self._asks_name = not export.is_sure
        self._telling = self._came_in = 0
        self._sent_minutes: set[int] = set()
        self._alignment = alignment
        self._is_moved = bool(alignment.steps)
        self._states: Counter[MessageState] = Counter()
        self._authors: Counter[str] = Counter()
        self._new_by: Counter[str] = Counter()
        self._strange_by: Counter[str] = Counter()
        self._lines = self._covered = self._covered_strange = self._too_old = 0
        self._old: set[int] = set()
        self._touched = self._touched_known = 0
        self._minutes: list[int] = []

    def add(
        self,
        batch: KeyedBatch,
        states: Sequence[MessageState],
        shown: Sequence[tuple[int, MessageKey]],
        places: Sequence[EarlierPlace | None] = (),
    ) -> None:
        """Add the next lines of the export, with the states that they have in the ledger.

        `shown` are known messages that have another key than their lines. `places` say which lines
        lie in time that was read in an earlier zone; () if none do.
        """
        minutes = batch.minutes
        if shown:
            self._comparison.add_shown(shown)
        self._earlier.add(self._lines, minutes, states, places)
        covered = self._earlier.are_covered(minutes, places)
        self._covered += sum(covered)
        if self._asks_name and not self._telling:
            self._share(batch, states)
        self._states.update(states)
        self._authors.update(map(_AUTHOR, batch.messages))
        is_new = MessageState.NEW in states
        touched = self._earlier.are_touched(minutes, places) if is_new or self._is_moved else []
        if is_new:
            self._hold(batch, states, covered, touched)
        if self._is_moved:
            self._touched += sum(touched)
            self._touched_known += sum(
                is_in and state is not MessageState.NEW
                for is_in, state in zip(touched, states, strict=True)
            )
        self._lines += len(batch)
        own = self._earlier.own_minutes(minutes, places)
        ends = [*self._minutes, min(own), max(own)]
        self._minutes = [min(ends), max(ends)]

    def _share(self, batch: KeyedBatch, states: Sequence[MessageState]) -> None:
        """Count lines that equal known messages, for what they tell of whose chat it is."""
        for message, minute, state in zip(batch.messages, batch.minutes, states, strict=True):
            if state is not MessageState.NEW:
                tells = is_telling(message.kind, message.text)
                self._count_shared(message.direction, minute, tells=tells)

    def _count_shared(self, direction: Direction, minute: int, *, tells: bool) -> None:
        if direction is Direction.INCOMING:
            self._came_in += 1
            self._telling += tells
        elif len(self._sent_minutes) < _MINUTES:
            self._sent_minutes.add(minute)

    def _is_relevant(self, batch: KeyedBatch, at: int, *, is_touched: bool) -> bool:
        """Whether a new line may be queued or may be a known message that has changed."""
        if self._since is None or batch.messages[at].sent_at >= self._since:
            return True
        self._too_old += 1
        if is_touched:
            self._old.add(self._lines + at)
            return True
        return False

    def _unmatched(self, batch: KeyedBatch, at: int, *, is_covered: bool) -> UnmatchedLine:
        message = batch.messages[at]
        number = self._lines + at
        fingerprint = Fingerprint(
            message.direction, message.kind, text_digest(message.kind, message.text)
        )
        is_text = message.kind is MessageKind.TEXT
        may_be_edited = is_text and ends_like_edited(message.text)
        tells = is_telling(message.kind, message.text)
        line = NewLine(number, fingerprint, message.author, may_be_edited, tells)
        return UnmatchedLine(
            line, batch.keys[at], batch.minutes[at], is_covered and number not in self._old
        )

    def _hold(
        self,
        batch: KeyedBatch,
        states: Sequence[MessageState],
        covered: Sequence[bool],
        touched: Sequence[bool],
    ) -> None:
        """Hold new lines, which may be known messages that have changed."""
        held = [
            at
            for at, state in enumerate(states)
            if state is MessageState.NEW and self._is_relevant(batch, at, is_touched=touched[at])
        ]
        unmatched = [self._unmatched(batch, at, is_covered=covered[at]) for at in held]
        self._comparison.add_unmatched(unmatched)
        self._covered_strange += sum(one.is_covered for one in unmatched)
        authors = [one.line.author for one in unmatched]
        self._new_by.update(authors)
        self._strange_by.update(compress(authors, (touched[at] for at in held)))

    def diff(self) -> ExportDiff:
        """Return the diff, in which lines that have changed count as known."""
        is_of_known_clock = not self._is_moved and 2 * self._covered_strange < max(1, self._covered)
        self._take(self._earlier.known_by_offsets(self._comparison))
        if self._states[MessageState.NEW] and self._comparison.has_other_keys:
            self._take_equal()
        if is_of_known_clock:
            known_before = self._earlier.known_by_new_offsets
            self._take(known_before(self._comparison, is_covered=self._covered > 0))
        self._take(self._earlier.known_otherwise(self._comparison))
        again, flips = self._known_again()
        self._earlier.forget(again)
        strange = self._covered_strange - self._comparison.mark_known(again.keys() | self._old)
        too_old = self._too_old - len(again.keys() & self._old)
        changed, logged_again = len(again), sum(again.values())
        logged = self._states[MessageState.LOGGED]
        new = self._states[MessageState.NEW]
        undone = self._states[MessageState.UNDONE]
        return ExportDiff(
            profile=self._earlier.profile(self._comparison, is_moved=self._is_moved),
            alignment=self._alignment,
            comparison=self._comparison,
            overlap=self._overlap(changed, flips, strange, too_old),
            minutes=self._span,
            logged=logged + logged_again,
            queued=self._lines - new - logged - undone + changed - logged_again,
            too_old=too_old,
            undone=undone,
            changed=changed,
            common=NameEvidence(self._telling, self._came_in, len(self._sent_minutes)),
            sides=learned_sides(flips, self._authors - self._new_by),
            at_other_times=self._earlier.at_other_times,
            read_before=self._earlier.new,
        )

    def _take_equal(self) -> None:
        """Count lines as known that equal a known message with another key (rule I3)."""
        found: dict[int, LineMatch] = {}
        used: set[MessageKey] = set()
        ways = [(0, False)]
        if self._comparison.has_ids:  # a server's clock is not that of a phone
            ways += [(-1, True), (1, True)]
        for later, only_with_ids in ways:
            for difference in self._comparison.differences(later):
                for match in equal_matches(difference, found, used, only_with_ids=only_with_ids):
                    found[match.line.number] = match
                    used.add(match.message.key)
        self._earlier.forget(found)
        self._take(list(found.values()))

    def _take(self, found: Sequence[LineMatch]) -> None:
        """Count lines as known that equal a known message."""
        if not found:
            return
        self._covered_strange -= self._comparison.mark_known([match.line.number for match in found])
        self._comparison.add_shown((match.message.minute, match.message.key) for match in found)
        for match in found:
            side = match.line.fingerprint.direction
            self._count_shared(side, match.message.minute, tells=match.line.is_telling)
            self._states[MessageState.NEW] -= 1
            self._states[_state(match)] += 1
            self._too_old -= match.line.number in self._old
            self._old.discard(match.line.number)
        touched = [one for one in found if is_touched(self._all_spans, one.message.minute)]
        self._new_by -= Counter(match.line.author for match in found)
        self._strange_by -= Counter(match.line.author for match in touched)
        if self._is_moved:
            self._touched_known += len(touched)

    def _known_again(self) -> tuple[dict[int, bool], _Flips]:
        """Return the lines that are known although they changed, and the flips.

        A line's number tells whether it was logged. Flips count authors by the side that they
        turned out to be on.
        """
        again: dict[int, bool] = {}
        flipped: list[LineMatch] = []
        for match in self._matches():
            if match.is_flipped:
                flipped.append(match)
            else:
                again[match.line.number] = match.message.is_logged
        flips = Counter(
            (match.line.author, match.message.fingerprint.direction) for match in flipped
        )
        if proven(flips):
            again.update((match.line.number, match.message.is_logged) for match in flipped)
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
            changed=changed,
            displaced=self._comparison.count_displaced(self._lines - new + changed),
            touched=self._touched,
            touched_known=self._touched_known + changed,
            proof=self._touched_known + changed - -(-flips.total() // 2),
        )

    def _matches(self) -> Iterator[LineMatch]:
        """Yield lines that are known messages: changed, or moved by one phone's clock change.

        Those of an earlier zone may have been changed at the time that they have by another one.
        """
        renamed = maybe_renamed(self._authors - self._new_by, self._strange_by)
        known: set[int] = set()
        used: set[MessageKey] = set()
        for difference in self._comparison.differences():
            # Of a minute that is cut, one export may show her "ok" and the other one ours.
            is_cut = may_be_cut(difference.minute, self._all_spans, self._span)
            for match in matches(difference, frozenset() if is_cut else renamed):
                known.add(match.line.number)
                used.add(match.message.key)
                yield match
        for later in (-_HOUR, _HOUR) if self._is_moved else ():
            for difference in self._comparison.differences(later):
                found = equal_matches(difference, known, used)
                known.update(match.line.number for match in found)
                used.update(match.message.key for match in found)
                yield from found
        yield from self._earlier.changed_otherwise(self._comparison, known, used)

    @property
    def _span(self) -> CoverageRange:
        return CoverageRange(*self._minutes) if self._minutes else CoverageRange(0, 0)
