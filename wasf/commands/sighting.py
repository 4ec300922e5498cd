"""What one look at an export sees: which of its lines are known, have changed, or are new."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from wasf.core.alignment import Lens
from wasf.core.chats import Direction
from wasf.core.coverage import Span, Spans, are_covered, is_touched, may_be_torn
from wasf.core.diff import (
    Facts,
    Line,
    Match,
    Overlap,
    fits,
    learned_sides,
    matches,
    maybe_renamed,
    moved_matches,
    proven,
)
from wasf.core.keys import Keyed, text_digest
from wasf.core.records import MessageKey
from wasf.store.ledger.model import Comparison, Held, MessageState

_HOUR = 60
_AUTHOR = attrgetter("author")

_Flips = Counter[tuple[str, Direction]]


@dataclass(frozen=True, slots=True)
class Sighting:
    """How an export looks through a lens. `minutes` are the first and the last.

    `logged`, `queued`, `too_old` and `taken_back` count its lines by what is known; of the first
    two `changed` are known again though they have changed. `sides` are those of authors who turned
    out to be on the wrong one.
    """

    lens: Lens
    comparison: Comparison
    overlap: Overlap
    minutes: Span
    logged: int
    queued: int
    too_old: int
    taken_back: int
    changed: int
    sides: Mapping[str, Direction]

    @property
    def fresh(self) -> int:
        """How many lines are new."""
        return self.overlap.lines - self.logged - self.queued - self.too_old - self.taken_back

    @property
    def fits(self) -> bool:
        """Whether it can be this chat, with these times and sides."""
        return fits(self.overlap)


class Tally:
    """Adds up what one look at an export sees.

    `spans` are the minutes that earlier exports covered; lines before `since` are not wanted.
    `is_moved` says that times were moved, which has to prove itself.
    """

    def __init__(
        self,
        comparison: Comparison,
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

    def take(self, seen: Keyed, states: Sequence[MessageState]) -> None:
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

    def _may_be_known_or_taken(self, seen: Keyed, at: int) -> bool:
        """Whether it has to be looked at: what is too old is not, where nothing can be known."""
        if self._since is None or seen.messages[at].sent_at >= self._since:
            return True
        self._too_old += 1
        if is_touched(self._spans, seen.minutes[at]):
            self._old.add(self._lines + at)
            return True
        return False

    def _held(self, seen: Keyed, at: int, *, is_covered: bool) -> Held:
        message = seen.messages[at]
        number = self._lines + at
        facts = Facts(message.direction, message.kind, text_digest(message.kind, message.text))
        line = Line(number, facts, message.author)
        return Held(line, seen.keys[at], seen.minutes[at], is_covered and number not in self._old)

    def _hold(self, lines: Iterable[Held]) -> None:
        held = list(lines)
        self._comparison.hold(held)
        self._covered_strange += sum(one.is_covered for one in held)
        self._new_by.update(one.line.author for one in held)
        self._strange_by.update(
            one.line.author for one in held if is_touched(self._spans, one.minute)
        )

    def _matches(self) -> Iterator[Match]:
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
    def _span(self) -> Span:
        return Span(*self._minutes) if self._minutes else Span(0, 0)

    def sighting(self, lens: Lens) -> Sighting:
        """What was seen, with those lines known again that have changed."""
        again, flips = self._known_again()
        strange = self._covered_strange - self._comparison.recognise(again.keys() | self._old)
        too_old = self._too_old - len(again.keys() & self._old)
        changed, logged_again = len(again), sum(again.values())
        logged = self._states[MessageState.LOGGED]
        new = self._states[MessageState.NEW]
        taken_back = self._states[MessageState.TAKEN_BACK]
        return Sighting(
            lens=lens,
            comparison=self._comparison,
            overlap=self._overlap(changed, flips, strange, too_old),
            minutes=self._span,
            logged=logged + logged_again,
            queued=self._lines - new - logged - taken_back + changed - logged_again,
            too_old=too_old,
            taken_back=taken_back,
            changed=changed,
            sides=learned_sides(flips, self._authors - self._new_by),
        )

    def _known_again(self) -> tuple[dict[int, bool], _Flips]:
        """Lines that are known though they changed, with whether they were logged; and the flips.

        These count authors by the side that they turned out to be on.
        """
        again: dict[int, bool] = {}
        flipped: list[Match] = []
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

    def _overlap(self, changed: int, flips: _Flips, strange: int, too_old: int) -> Overlap:
        new = self._states[MessageState.NEW]
        return Overlap(
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
