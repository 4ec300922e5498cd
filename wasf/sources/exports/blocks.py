"""Puts an export's pieces together from block to block, with their texts, for the second pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wasf.core.chats import NotUnderstood
from wasf.errors import UnreadableFile
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.headers import LONGEST_NAME, Headers, Pieces
from wasf.sources.exports.text import EXPORT_AGAIN, damaged_lines, mended, with_newlines

# --- pieces


__all__ = ["LONGEST_NAME", "Batch", "Sieve", "cut", "too_long"]

LONGEST_BODY = 4 << 20


Sieve = Callable[[Pieces], Mapping[int, str]]
"""Says which pieces (by index) begin with a line that only looks like a header, and why."""


class Batch(NamedTuple):
    """Some pieces, complete, in columns as `Pieces` has them; `texts` are `raw` as strings.

    `first` gives the line of the first; `notes` are what was not understood.
    """

    first: Callable[[], int]
    notes: list[NotUnderstood]
    marks: list[bytes]
    dates: list[bytes]
    clocks: list[bytes]
    names: list[bytes | None]
    raw: list[bytes]
    texts: list[str]

    def rest(self, at: int) -> str:
        """All that follows a header."""
        name, text = self.names[at], self.texts[at]
        return text if name is None else f"{name.decode()}: {text}"

    def line(self, at: int) -> int:
        """The number of the line on which a piece begins."""
        return self.first() + at + sum(text.count("\n") for text in self.texts[:at])


class _Piece(NamedTuple):
    mark: bytes
    date: bytes
    clock: bytes
    name: bytes | None
    raw: bytes


def cut(
    blocks: Callable[[], Iterator[bytes]], headers: Headers, sieve: Sieve | None = None
) -> Iterator[Batch]:
    """Cut a text into pieces; none of its characters is lost or changed.

    `blocks` reads it from the beginning, any number of times. A line that `sieve` finds stays in
    the piece before it, with a note. Raises `UnreadableFile` for a piece that is longer than any
    message can be.
    """
    cutter = _Cutter(headers, sieve, _LineCount(blocks))
    for block in blocks():
        yield cutter.take(block)
    yield cutter.end()


def too_long() -> UnreadableFile:
    """The error for a message that is longer than any can be."""
    return UnreadableFile("This file has a message longer than any can be.", EXPORT_AGAIN)


class _LineCount:
    """Counts lines by reading once more, when somebody asks: only what is not understood does."""

    def __init__(self, blocks: Callable[[], Iterator[bytes]]) -> None:
        self._read = blocks
        self._blocks: Iterator[bytes] | None = None
        self._before = [0]

    def before(self, block: int) -> int:
        """How many lines stand before the block of that number, counted from 0."""
        if self._blocks is None:
            self._blocks = self._read()
        while len(self._before) <= block:
            self._before.append(self._before[-1] + next(self._blocks).count(b"\n"))
        return self._before[block]


class _Cutter:
    """Holds the last piece back: its message may go on in the next block."""

    def __init__(self, headers: Headers, sieve: Sieve | None, lines: _LineCount) -> None:
        self._headers = headers
        self._sieve = sieve
        self._lines = lines
        self._block = -1
        self._names: set[bytes | None] = set()
        self._held: _Piece | None = None
        self._line: Callable[[], int] = lambda: 1
        self._more: list[bytes] = []
        self._length = 0

    def take(self, block: bytes) -> Batch:
        """Take a block in and give what is complete."""
        data = with_newlines(block)
        self._block += 1
        try:
            return self._take(data, [])
        except UnicodeDecodeError:
            first = self._lines.before(self._block) + 1
            return self._take(mended(data), list(_damaged(block, first)))

    def _take(self, data: bytes, notes: list[NotUnderstood]) -> Batch:
        start, pieces = self._headers.cut(data)
        pasted = self._sieve(pieces) if self._sieve else {}
        if pasted:
            before = self._lines.before(self._block) + start.count(b"\n")
            notes += _notes(before, pieces, pasted)
            start, pieces = self._headers.cut_without(pasted, data)
        start.decode()  # so that damage shows before anything is kept
        texts = list(map(bytes.decode, pieces.texts))
        if self._headers.takes_any_name:
            self._check_names(pieces.names)
        self._hold_more(start)
        batch = Batch(self._line_in_block(start.count(b"\n")), notes, *pieces, texts)
        return self._exchange(batch) if texts else batch

    def _line_in_block(self, lines: int) -> Callable[[], int]:
        """The line that so many lines of this block stand before; less than none: of the last."""
        block = self._block + (lines < 0)
        return lambda: self._lines.before(block) + lines + 1

    def _check_names(self, names: Iterable[bytes | None]) -> None:
        """Raise `UnicodeDecodeError` for a name that is damaged."""
        if self._names.issuperset(names):
            return
        for name in set(names).difference(self._names):
            if name is not None:
                name.decode()
            self._names.add(name)

    def _exchange(self, batch: Batch) -> Batch:
        """Hold the last piece back and put the one held before into its place, now complete."""
        _, notes, marks, dates, clocks, names, raw, texts = batch
        done, first = self._release(notes), self._line
        held = _Piece(marks.pop(), dates.pop(), clocks.pop(), names.pop(), raw.pop())
        self._held, self._line = held, self._line_in_block(-1 - texts.pop().count("\n"))
        if done is None:
            return batch
        marks.insert(0, done.mark)
        dates.insert(0, done.date)
        clocks.insert(0, done.clock)
        names.insert(0, done.name)
        raw.insert(0, done.raw)
        texts.insert(0, done.raw.decode())
        return batch._replace(first=first)

    def end(self) -> Batch:
        """Give what is left."""
        notes: list[NotUnderstood] = []
        done = self._release(notes)
        if done is None:
            return Batch(self._line, notes, [], [], [], [], [], [])
        mark, date, clock, name, raw = done
        text = raw.decode()
        return Batch(self._line, notes, [mark], [date], [clock], [name], [raw], [text])

    def _hold_more(self, raw: bytes) -> None:
        self._more.append(raw)
        self._length += len(raw)
        if self._length > LONGEST_BODY:
            raise too_long()

    def _release(self, notes: list[NotUnderstood]) -> _Piece | None:
        """The piece that was held back, now that it is complete."""
        more, held = b"".join(self._more), self._held
        self._more.clear()
        self._length = 0
        if held is not None:
            return held._replace(raw=held.raw + more)
        if more.strip():
            notes.insert(0, NotUnderstood(1, more.count(b"\n"), "before the first message"))
        return None


def _notes(number: int, pieces: Pieces, pasted: Mapping[int, str]) -> Iterator[NotUnderstood]:
    """Report pasted lines; the first piece stands after line `number`."""
    for at, text in enumerate(pieces.texts):
        number += 1
        if at in pasted:
            yield NotUnderstood(number, number, pasted[at])
        number += text.count(b"\n")


# --- Damage ------------------------------------------------------------------------------------


def _damaged(block: bytes, first_line: int) -> Iterator[NotUnderstood]:
    """Report bytes that are not UTF-8; their line is kept, with U+FFFD in their place."""
    first = last = 0
    for number in damaged_lines(block, first_line):
        if number != last + 1 and first:
            yield NotUnderstood(first, last, _NOT_UTF8)
        first, last = (first if first and number == last + 1 else number), number
    if first:
        yield NotUnderstood(first, last, _NOT_UTF8)


_NOT_UTF8 = "bytes that are not UTF-8, replaced in the message"


# --- pasted
# Lines in the form of a header that somebody pasted into a message: found by what cannot be true.
#
# Whoever writes in a chat can paste such a line, so it may neither hold up a chat nor end a
# message. One that could be true cannot be told from a real header: the form of the file
# allows no more.


WRONG_DATE = "a date that cannot be, inside a message"
WRONG_SENDER = "a line of somebody who is not in the chat, inside a message"


@dataclass(frozen=True, slots=True)
class PastedLines:
    """Finds pasted lines by their date, by their time, and by `names` that wrote nothing else."""

    stamps: Stamps
    names: frozenset[str] = frozenset()

    def __call__(self, pieces: Pieces) -> Mapping[int, str]:
        """Which pieces begin with such a line, and why. Quick where there are none."""
        dates, clocks = pieces.dates, pieces.clocks
        days, times = self.stamps.days.wrong(dates), self.stamps.clocks.wrong(clocks)
        found = {}
        if days or times:
            found = {
                at: WRONG_DATE
                for at, (day, clock) in enumerate(zip(dates, clocks, strict=True))
                if day in days or clock in times
            }
        if self.names:
            for at in range(len(dates)):
                if pieces.start(at).decode(errors="replace") in self.names:
                    found.setdefault(at, WRONG_SENDER)
        return found
