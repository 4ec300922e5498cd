"""Reconciles a newer export of a known chat with what the ledger knows of it.

An export has no message ids, and a newer one may differ from the known messages: another phone's
clock wrote it, messages were edited or deleted, a person stands on the other side. So it is

1. compared line by line with the ledger, as it is and with what the chat's exports have taught
   (`ChatProfile`);
2. compared again with its times moved, if few lines are known and most would be known if moved;
3. compared again with authors on the other side, as long as that is proven by their lines;
4. rejected if it does not fit the chat (`ExportDiff.fits`); nothing of it is taken then;
5. read once more, and its new lines are queued (`queue_new`).

Comparing changes nothing. Of an export that has nothing new there is nothing left to read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter

from wasf.commands.sync.run import ImportOptions
from wasf.core.alignment import Alignment, constant, steps_from, with_sides
from wasf.core.chats import ChatId, Direction, Message, MessageKind
from wasf.core.coverage import (
    ChatProfile,
    CoverageRange,
    are_covered,
    is_touched,
    may_be_cut,
    with_span,
)
from wasf.core.diff import (
    Fingerprint,
    LineMatch,
    NewLine,
    OverlapStats,
    ends_like_edited,
    fits,
    learned_sides,
    matches,
    may_be_shifted,
    maybe_renamed,
    moved_matches,
    proven,
    shift_fits,
)
from wasf.core.keys import KeyedBatch, keyed, minute_of, text_digest
from wasf.core.records import MessageKey
from wasf.core.text import fold_name
from wasf.errors import FileChanging
from wasf.store.ledger import (
    Arrival,
    ExportComparison,
    Ledger,
    MessageState,
    TextAt,
    UnmatchedLine,
)

_BATCH = 500
_MOST_COMPARISONS = 3
_HOUR = 60
_AUTHOR = attrgetter("author")

_Flips = Counter[tuple[str, Direction]]


@dataclass(frozen=True, slots=True)
class Export:
    """An export of a known chat.

    `messages` reads it from the beginning, any number of times. `report` is told how many messages
    were read; it may raise to end the run.
    """

    chat_id: ChatId
    messages: Callable[[], Iterator[Message]]
    report: Callable[[int], None]
    options: ImportOptions = field(default_factory=ImportOptions)


@dataclass(frozen=True, slots=True)
class ExportDiff:
    """How an export differs from what is known of its chat, under one alignment.

    `minutes` are the export's first and last. `logged`, `queued`, `too_old` and `undone` count its
    lines by their state; of the first two, `changed` are known although they have changed. `sides`
    are those of authors who turned out to be on the other side.
    """

    alignment: Alignment
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
    def new(self) -> int:
        """How many lines are new."""
        return self.overlap.lines - self.logged - self.queued - self.too_old - self.undone

    @property
    def fits(self) -> bool:
        """Whether the export can be of this chat, with these times and sides."""
        return fits(self.overlap)


def compare(export: Export, ledger: Ledger) -> ExportDiff:
    """Return the diff under the alignment that fits best. Call it inside a transaction."""
    options = export.options
    profile = ledger.chat_profile(export.chat_id)
    sides = {} if options.sides_are_given else profile.sides
    alignment = Alignment(constant(options.shift or timedelta(0)), sides)
    diff = _compare_with(alignment, export, profile, ledger)
    if options.shift is None and may_be_shifted(diff.overlap):
        diff = _compare_shifted(diff, export, profile, ledger)
    # Who is on the right side by accident shows only when the others are.
    for _ in range(0 if options.sides_are_given else _MOST_COMPARISONS):
        new_sides = {fold_name(author): side for author, side in diff.sides.items()}
        if not new_sides or not diff.fits:
            break
        diff = _compare_with(with_sides(diff.alignment, new_sides), export, profile, ledger)
    return diff


def queue_new(export: Export, diff: ExportDiff, ledger: Ledger) -> None:
    """Queue what is new. Raise `FileChanging` if the export has changed since the comparison."""
    new_lines = diff.comparison.unmatched()
    wanted = next(new_lines, None)
    number = 0
    messages = diff.alignment.through(export.messages())
    while batch := list(islice(messages, _BATCH)):
        arrivals = []
        for message in batch:
            if wanted is not None and wanted[0] == number:
                arrivals.append(Arrival(wanted[1], message))
                wanted = next(new_lines, None)
            number += 1
        ledger.enqueue(export.chat_id, arrivals)
    if number != diff.overlap.lines:
        raise FileChanging(
            "The file was changed while it was read; nothing of it was taken.",
            "Sync it again when nothing writes to it.",
        )


def save_profile(
    export: Export, minutes: CoverageRange, alignment: Alignment, ledger: Ledger
) -> None:
    """Keep the time that an imported export covers and the sides that it taught."""
    before = ledger.chat_profile(export.chat_id)
    sides = before.sides if export.options.sides_are_given else alignment.sides
    covered = _without_left_out(minutes, export.options.since)
    after = ChatProfile(with_span(before.spans, covered), sides)
    if after != before:
        ledger.save_chat_profile(export.chat_id, after)


def _without_left_out(minutes: CoverageRange, since: datetime | None) -> CoverageRange:
    """Return the time that was taken; messages older than `since` were left out."""
    if since is None:
        return minutes
    first = int(since.timestamp()) // 60
    return CoverageRange(max(minutes.first, first), max(minutes.last, first))


# --- Comparing ---------------------------------------------------------------------------------


def _compare_with(
    alignment: Alignment, export: Export, profile: ChatProfile, ledger: Ledger
) -> ExportDiff:
    builder = _DiffBuilder(
        ledger.begin_comparison(export.chat_id), profile, export.options, alignment
    )
    messages = alignment.through(export.messages())
    for batch in keyed(export.chat_id, messages, ledger.count_earlier):
        builder.add(batch, ledger.message_states(export.chat_id, batch))
        export.report(len(batch))
    return builder.diff()


def _compare_shifted(
    first: ExportDiff, export: Export, profile: ChatProfile, ledger: Ledger
) -> ExportDiff:
    """Return the diff with times moved if the export fits then; else the first one, made anew."""
    steps = steps_from(first.comparison.offset_votes(_texts(export)))
    if not steps:
        return first
    shifted = replace(first.alignment, steps=steps)
    diff = _compare_with(shifted, export, profile, ledger)
    if shift_fits(diff.overlap):
        return diff
    # The notes of a comparison are overwritten by the next one.
    return _compare_with(first.alignment, export, profile, ledger)


def _texts(export: Export) -> Iterator[TextAt]:
    for number, message in enumerate(export.messages()):
        if number % _BATCH == 0:
            export.report(0)
        yield TextAt(minute_of(message), text_digest(message.kind, message.text))


class _DiffBuilder:
    """Adds up what one reading of an export shows."""

    def __init__(
        self,
        comparison: ExportComparison,
        profile: ChatProfile,
        options: ImportOptions,
        alignment: Alignment,
    ) -> None:
        self._comparison = comparison
        self._spans = profile.spans
        self._since = options.since
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

    def add(self, batch: KeyedBatch, states: Sequence[MessageState]) -> None:
        """Add the next lines of the export, with the states that they have in the ledger."""
        minutes = batch.minutes
        covered = are_covered(self._spans, minutes)
        self._covered += sum(covered)
        self._states.update(states)
        self._authors.update(map(_AUTHOR, batch.messages))
        if MessageState.NEW in states:
            self._hold(
                self._unmatched(batch, at, is_covered=covered[at])
                for at, state in enumerate(states)
                if state is MessageState.NEW and self._is_relevant(batch, at)
            )
        if self._is_moved:
            touched = [is_touched(self._spans, minute) for minute in minutes]
            self._touched += sum(touched)
            self._touched_known += sum(
                is_in and state is not MessageState.NEW
                for is_in, state in zip(touched, states, strict=True)
            )
        self._lines += len(batch)
        ends = [*self._minutes, min(minutes), max(minutes)]
        self._minutes = [min(ends), max(ends)]

    def _is_relevant(self, batch: KeyedBatch, at: int) -> bool:
        """Whether a new line may be queued or may be a known message that has changed."""
        if self._since is None or batch.messages[at].sent_at >= self._since:
            return True
        self._too_old += 1
        if is_touched(self._spans, batch.minutes[at]):
            self._old.add(self._lines + at)
            return True
        return False

    def _unmatched(self, batch: KeyedBatch, at: int, *, is_covered: bool) -> UnmatchedLine:
        message = batch.messages[at]
        number = self._lines + at
        facts = Fingerprint(
            message.direction, message.kind, text_digest(message.kind, message.text)
        )
        is_text = message.kind is MessageKind.TEXT
        may_be_edited = is_text and ends_like_edited(message.text)
        line = NewLine(number, facts, message.author, may_be_edited)
        return UnmatchedLine(
            line, batch.keys[at], batch.minutes[at], is_covered and number not in self._old
        )

    def _hold(self, lines: Iterable[UnmatchedLine]) -> None:
        unmatched = list(lines)
        self._comparison.add_unmatched(unmatched)
        self._covered_strange += sum(one.is_covered for one in unmatched)
        self._new_by.update(one.line.author for one in unmatched)
        self._strange_by.update(
            one.line.author for one in unmatched if is_touched(self._spans, one.minute)
        )

    def diff(self) -> ExportDiff:
        """Return the diff, in which lines that have changed count as known."""
        again, flips = self._known_again()
        strange = self._covered_strange - self._comparison.mark_known(again.keys() | self._old)
        too_old = self._too_old - len(again.keys() & self._old)
        changed, logged_again = len(again), sum(again.values())
        logged = self._states[MessageState.LOGGED]
        new = self._states[MessageState.NEW]
        undone = self._states[MessageState.UNDONE]
        return ExportDiff(
            alignment=self._alignment,
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
            displaced=self._comparison.count_displaced(self._lines - new + changed),
            touched=self._touched,
            touched_known=self._touched_known + changed,
            proof=self._touched_known + changed - -(-flips.total() // 2),
        )

    def _matches(self) -> Iterator[LineMatch]:
        """Yield lines that are known messages: changed, or moved by one phone's clock change."""
        renamed = maybe_renamed(self._authors - self._new_by, self._strange_by)
        known: set[int] = set()
        used: set[MessageKey] = set()
        for difference in self._comparison.differences():
            # Of a minute that is cut, one export may show her "ok" and the other one ours.
            is_cut = may_be_cut(difference.minute, self._spans, self._span)
            for match in matches(difference, frozenset() if is_cut else renamed):
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
