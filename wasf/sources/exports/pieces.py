"""Cuts an export into pieces, a header with all up to the next one: what both passes read.

A pattern cuts whole blocks: a loop over lines would cost more than all that is done with them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wasf.core.chats import NotUnderstood
from wasf.errors import UnreadableFile
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.text import EXPORT_AGAIN, Block

_LONGEST_BODY = 4 << 20

LONGEST_NAME = 256


class Pieces(NamedTuple):
    """Pieces in a row, in columns: those are what cutting gives, and quick to look over.

    Headers as they stand, their dates and clocks, the name up to the first `: ` of the line, and
    the text from there up to the next header. The name is None if there is none, or one with a
    colon in it: then the text is all that follows the header.
    """

    headers: list[str]
    dates: list[str]
    clocks: list[str]
    names: list[str | None]
    texts: list[str]

    def rest(self, at: int) -> str:
        """All that follows a header."""
        name, text = self.names[at], self.texts[at]
        return text if name is None else f"{name}: {text}"

    def part(self, start: int, end: int | None = None) -> "Pieces":
        """Those between two indexes."""
        headers, dates, clocks, names, texts = self
        at = slice(start, end)
        return Pieces(headers[at], dates[at], clocks[at], names[at], texts[at])

    def plus(self, more: "Pieces") -> "Pieces":
        """These, and others after them."""
        return Pieces(
            self.headers + more.headers,
            self.dates + more.dates,
            self.clocks + more.clocks,
            self.names + more.names,
            self.texts + more.texts,
        )


Sieve = Callable[[Pieces], Mapping[int, str]]
"""Says which pieces (by index) begin with a line that only looks like a header, and why."""


class Batch(NamedTuple):
    """Some pieces. `first` is the line of the first; `notes` are what was not understood."""

    first: int
    pieces: Pieces
    notes: Sequence[NotUnderstood]


def cut(blocks: Iterable[Block], layout: Layout, sieve: Sieve | None = None) -> Iterator[Batch]:
    """Cut a text into pieces; none of its characters is lost or changed.

    A line that `sieve` finds stays in the piece before it, with a note. Raises `UnreadableFile`
    for a piece that is longer than any message can be.
    """
    cutter = _Cutter(layout, sieve)
    for block in blocks:
        yield cutter.take(block)
    yield cutter.end()


class _Cutter:
    """Holds the last piece back: its message may go on in the next block."""

    def __init__(self, layout: Layout, sieve: Sieve | None) -> None:
        # A pattern that begins with a single character is searched for fastest.
        name = rf"(?:([^:\n]{{0,{LONGEST_NAME}}}): )?"
        self._split = re.compile(rf"\n({layout.pattern.pattern}){name}").split
        self._columns = (1, 1 + layout.date_group, 1 + layout.clock_group, 4, 5)
        self._sieve = sieve
        self._held: Pieces | None = None
        self._line = 1
        self._more: list[str] = []
        self._length = 0

    def take(self, block: Block) -> Batch:
        """Take a block in and give what is complete."""
        notes = list(_damaged(block))
        before, pieces = self._pieces(block.text)
        pasted = self._sieve(pieces) if self._sieve else {}
        if pasted:
            notes += _notes(block.first + before.count("\n") - 1, pieces, pasted)
            before, pieces = _put_back(before, pieces, pasted)
        self._hold_more(before, block.first)
        if not pieces.texts:
            return Batch(self._line, pieces, notes)
        done = self._release(notes)
        first = self._line if done.texts else block.first + before.count("\n")
        self._held = pieces.part(-1)
        self._line = block.first + block.text.count("\n") - self._held.texts[0].count("\n") - 1
        return Batch(first, done.plus(pieces.part(0, -1)), notes)

    def end(self) -> Batch:
        """Give what is left."""
        notes: list[NotUnderstood] = []
        return Batch(self._line, self._release(notes), notes)

    def _pieces(self, text: str) -> tuple[str, Pieces]:
        parts = self._split(text)
        return parts[0], Pieces(*(parts[at::5] for at in self._columns))

    def _hold_more(self, text: str, number: int) -> None:
        self._more.append(text)
        self._length += len(text)
        if self._length > _LONGEST_BODY:
            raise UnreadableFile(
                f"The message before line {number} of this file is longer than any can be.",
                EXPORT_AGAIN,
            )

    def _release(self, notes: list[NotUnderstood]) -> Pieces:
        """The piece that was held back, now that it is complete."""
        more, held = "".join(self._more), self._held
        self._more.clear()
        self._length = 0
        if held is not None:
            return held._replace(texts=[held.texts[0] + more])
        if more.strip():
            notes.insert(0, NotUnderstood(1, more.count("\n"), "before the first message"))
        return Pieces([], [], [], [], [])


# --- Pasted lines ------------------------------------------------------------------------------


def _put_back(before: str, pieces: Pieces, pasted: Mapping[int, str]) -> tuple[str, Pieces]:
    """Make pasted lines text again, of the piece before them."""
    texts = [[before]]
    for at, text in enumerate(pieces.texts):
        if at in pasted:
            texts[-1] += ("\n", pieces.headers[at], pieces.rest(at))
        else:
            texts.append([text])
    first, *joined = map("".join, texts)
    kept = [at for at in range(len(pieces.texts)) if at not in pasted]
    headers, dates, clocks = ([column[at] for at in kept] for column in pieces[:3])
    return first, Pieces(headers, dates, clocks, [pieces.names[at] for at in kept], joined)


def _notes(number: int, pieces: Pieces, pasted: Mapping[int, str]) -> Iterator[NotUnderstood]:
    for at, text in enumerate(pieces.texts):
        number += 1
        if at in pasted:
            yield NotUnderstood(number, number, pasted[at])
        number += text.count("\n")


# --- Damage ------------------------------------------------------------------------------------


def _damaged(block: Block) -> Iterator[NotUnderstood]:
    """Report bytes that are not UTF-8; their line is kept, with U+FFFD in their place."""
    first = last = 0
    for number in sorted(block.damaged):
        if number != last + 1 and first:
            yield NotUnderstood(first, last, _NOT_UTF8)
        first, last = (first if first and number == last + 1 else number), number
    if first:
        yield NotUnderstood(first, last, _NOT_UTF8)


_NOT_UTF8 = "bytes that are not UTF-8, replaced in the message"
