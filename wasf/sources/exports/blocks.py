"""Joins the chunks of an export across its blocks, and finds fake headers, for the second pass.

A message may go on in the next block, so the last chunk of each block is held back. A fake header
is a line inside a message that only looks like a header, because somebody pasted it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from wasf.core.chats import NotUnderstood
from wasf.errors import UnreadableFile
from wasf.sources.exports.headers import Chunks, HeaderSplitter
from wasf.sources.exports.text import EXPORT_AGAIN, check_utf8, with_newlines
from wasf.sources.exports.timestamps import Timestamps
from wasf.values import dataclass

LONGEST_BODY = 4 << 20
WRONG_DATE = "a date that cannot be, inside a message"
WRONG_SENDER = "a line of somebody who is not in the chat, inside a message"

ReadBlocks = Callable[[], Iterator[bytes]]
"""Reads the blocks of a file from the beginning, any number of times."""

FindFakeHeaders = Callable[[Chunks], Mapping[int, str]]
"""Returns which chunks (by index) begin with a fake header, and why it is one."""


class CompleteChunks(NamedTuple):
    """Complete chunks, in columns as `Chunks` has them; `texts` are `raw` as strings.

    `first_line` returns the line number of the first one. `notes` are what was not understood.
    """

    first_line: Callable[[], int]
    notes: list[NotUnderstood]
    marks: list[bytes]
    dates: list[bytes]
    clocks: list[bytes]
    names: list[bytes | None]
    raw: list[bytes]
    texts: list[str]

    def rest(self, at: int) -> str:
        """Return all that follows the header of a chunk."""
        name, text = self.names[at], self.texts[at]
        return text if name is None else f"{name.decode()}: {text}"

    def line(self, at: int) -> int:
        """Return the line number of a chunk."""
        return self.first_line() + at + sum(text.count("\n") for text in self.texts[:at])


def join_chunks(
    read_blocks: ReadBlocks,
    splitter: HeaderSplitter,
    find_fakes: FindFakeHeaders | None = None,
    first_line: int = 1,
) -> Iterator[CompleteChunks]:
    """Split a file into chunks. No character of it is lost or changed.

    A line that `find_fakes` finds stays in the chunk before it, with a note. Lines are counted from
    `first_line`. Raise `UnreadableFile` for a chunk that is longer than any message, and for bytes
    that are not UTF-8.
    """
    joiner = _ChunkJoiner(splitter, find_fakes, _LineCounter(read_blocks, first_line))
    for block in read_blocks():
        yield joiner.add(block)
    yield joiner.end()


def too_long() -> UnreadableFile:
    """Return the error for a message that is longer than any."""
    return UnreadableFile("This file has a message longer than any can be.", EXPORT_AGAIN)


class _LineCounter:
    """Counts lines by reading the file once more. Only what is not understood needs that."""

    def __init__(self, read_blocks: ReadBlocks, first_line: int) -> None:
        self._read_blocks = read_blocks
        self._blocks: Iterator[bytes] | None = None
        self._before = [first_line - 1]

    def before(self, block: int) -> int:
        """Return how many lines stand before a block; blocks are counted from 0."""
        if self._blocks is None:
            self._blocks = self._read_blocks()
        while len(self._before) <= block:
            self._before.append(self._before[-1] + next(self._blocks).count(b"\n"))
        return self._before[block]


class _Chunk(NamedTuple):
    mark: bytes
    date: bytes
    clock: bytes
    name: bytes | None
    raw: bytes


class _ChunkJoiner:
    """Holds back the last chunk of each block until it is complete."""

    def __init__(
        self, splitter: HeaderSplitter, find_fakes: FindFakeHeaders | None, lines: _LineCounter
    ) -> None:
        self._splitter = splitter
        self._find_fakes = find_fakes
        self._lines = lines
        self._block = -1
        self._valid_names: set[bytes | None] = set()
        self._held: _Chunk | None = None
        self._held_line: Callable[[], int] = lambda: 1
        self._more: list[bytes] = []
        self._length = 0

    def add(self, block: bytes) -> CompleteChunks:
        """Add a block and return what is complete."""
        data = with_newlines(block)
        self._block += 1
        try:
            return self._add(data, [])
        except UnicodeDecodeError:
            check_utf8([block], self._lines.before(self._block) + 1)
            raise

    def end(self) -> CompleteChunks:
        """Return what is left."""
        notes: list[NotUnderstood] = []
        done = self._release(notes)
        if done is None:
            return CompleteChunks(self._held_line, notes, [], [], [], [], [], [])
        mark, date, clock, name, raw = done
        return CompleteChunks(
            self._held_line, notes, [mark], [date], [clock], [name], [raw], [raw.decode()]
        )

    def _add(self, data: bytes, notes: list[NotUnderstood]) -> CompleteChunks:
        start, chunks = self._splitter.split(data)
        fakes = self._find_fakes(chunks) if self._find_fakes else {}
        if fakes:
            before = self._lines.before(self._block) + start.count(b"\n")
            notes += _notes_on_fakes(before, chunks, fakes)
            start, chunks = self._splitter.split_without(fakes, data)
        start.decode()  # raise before anything is kept
        texts = list(map(bytes.decode, chunks.texts))
        if self._splitter.takes_any_name:
            self._check_names(chunks.names)
        self._hold_more(start)
        first_line = self._line_in_block(start.count(b"\n"))
        batch = CompleteChunks(first_line, notes, *chunks, texts)
        return self._exchange_held(batch) if texts else batch

    def _line_in_block(self, lines: int) -> Callable[[], int]:
        """Return a line of this block, counted from 0; from its end if negative."""
        block = self._block + (lines < 0)
        return lambda: self._lines.before(block) + lines + 1

    def _check_names(self, names: Iterable[bytes | None]) -> None:
        """Raise `UnicodeDecodeError` for a name that is not UTF-8."""
        if self._valid_names.issuperset(names):
            return
        for name in set(names).difference(self._valid_names):
            if name is not None:
                name.decode()
            self._valid_names.add(name)

    def _exchange_held(self, batch: CompleteChunks) -> CompleteChunks:
        """Hold back the last chunk, and put the one held before, now complete, at the front."""
        _, notes, marks, dates, clocks, names, raw, texts = batch
        done, first_line = self._release(notes), self._held_line
        self._held = _Chunk(marks.pop(), dates.pop(), clocks.pop(), names.pop(), raw.pop())
        self._held_line = self._line_in_block(-1 - texts.pop().count("\n"))
        if done is None:
            return batch
        marks.insert(0, done.mark)
        dates.insert(0, done.date)
        clocks.insert(0, done.clock)
        names.insert(0, done.name)
        raw.insert(0, done.raw)
        texts.insert(0, done.raw.decode())
        return batch._replace(first_line=first_line)

    def _hold_more(self, raw: bytes) -> None:
        self._more.append(raw)
        self._length += len(raw)
        if self._length > LONGEST_BODY:
            raise too_long()

    def _release(self, notes: list[NotUnderstood]) -> _Chunk | None:
        """Return the chunk that was held back, now complete."""
        more, held = b"".join(self._more), self._held
        self._more.clear()
        self._length = 0
        if held is not None:
            return held._replace(raw=held.raw + more)
        if more.strip():
            above = self._lines.before(0)
            last = above + more.count(b"\n")
            notes.insert(0, NotUnderstood(above + 1, last, "before the first message"))
        return None


def _notes_on_fakes(
    number: int, chunks: Chunks, fakes: Mapping[int, str]
) -> Iterator[NotUnderstood]:
    """Report fake headers; the first chunk stands after line `number`."""
    for at, text in enumerate(chunks.texts):
        number += 1
        if at in fakes:
            yield NotUnderstood(number, number, fakes[at])
        number += text.count(b"\n")


@dataclass(frozen=True, slots=True)
class FakeHeaderFinder:
    """Finds fake headers by a date, a time or a name (`fake_names`) that no real one has.

    Everybody in a chat can paste such a line, so it must neither stop the reading nor end a
    message. A fake header with a possible date and a name of the chat looks like a real one.
    """

    stamps: Timestamps
    fake_names: frozenset[str] = frozenset()

    def __call__(self, chunks: Chunks) -> Mapping[int, str]:
        """Return which chunks begin with a fake header, and why. Fast where there are none."""
        dates, clocks = chunks.dates, chunks.clocks
        days, times = self.stamps.days.wrong(dates), self.stamps.clocks.wrong(clocks)
        found = {}
        if days or times:
            found = {
                at: WRONG_DATE
                for at, (day, clock) in enumerate(zip(dates, clocks, strict=True))
                if day in days or clock in times
            }
        if self.fake_names:
            for at in range(len(dates)):
                if chunks.start(at).decode(errors="replace") in self.fake_names:
                    found.setdefault(at, WRONG_SENDER)
        return found
