"""Splits an export into chunks: a header with all that follows it, up to the next header.

The bytes are split, so that texts are decoded once and the rest never. The layout's pattern is for
strings. Translated for bytes (`in_bytes`) it finds the same, or more. A block in which it may have
found more is split again with the pattern itself.

For the second pass chunks are joined across blocks: a message may go on in the next block, so the
last chunk of each block is held back. A fake header is a line inside a message that only looks like
a header, because somebody pasted it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from wasf.core.chats import NotUnderstood
from wasf.errors import UnreadableFile
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.text import ANY_MARK, EXPORT_AGAIN, check_utf8, with_newlines

LONGEST_NAME = 256
LONGEST_BODY = 4 << 20

_MOST_BYTES = 4
_KNOWN_CAP = 100_000
_FEW_NAMES = 8
_FORMS = 64  # the files of a folder have few forms, and to translate one takes long
_TOKEN = re.compile(
    r"(?P<other>\\[^d])|(?P<digit>\\d)"
    r"|\[(?P<no>\^?)(?P<members>(?:\\.|[^\]\\])+)\](?P<times>[*?]|\{\d+(?:,\d+)?\}|)"
)
_MEMBER = re.compile(r"(?P<first>[^\\])-(?P<last>.)|\\.|.")
_ONLY_IN_TEXT = re.compile(r"\\W|[^\x00-\x7f]")
_ANY_DIGIT = r"(?:[0-9]|[\xc2-\xf4][\x80-\xbf]{1,3})"


class Chunks(NamedTuple):
    """The chunks of a block in order, as columns: splitting gives columns, and they are fast.

    A chunk is a header with all that follows up to the next header: the invisible marks before it,
    its date, its clock, the name up to the first `: ` of the line, and the text. The name is None
    if there is none or if it was not taken; then the text is all that follows the header.
    """

    marks: list[bytes]
    dates: list[bytes]
    clocks: list[bytes]
    names: list[bytes | None]
    texts: list[bytes]

    def start(self, at: int) -> bytes:
        """Return what stands before the first colon, "" if that is not followed by a blank."""
        name = self.names[at]
        if name is not None:
            return name
        start, _, rest = self.texts[at].partition(b"\n")[0].partition(b":")
        return start if rest.startswith(b" ") else b""


class HeaderSplitter:
    """Splits blocks of lines at the headers of one layout.

    A name is taken only if `plain`, a pattern, matches what follows it. Of a few `names` only those
    are taken, which is faster.
    """

    def __init__(self, layout: Layout, plain: str, names: Collection[str] = ()) -> None:
        marks = f"[{ANY_MARK}]*"
        header = layout.pattern.pattern.removeprefix(marks)
        name = rf"[^:\n]{{0,{LONGEST_NAME}}}+"
        self.takes_any_name = not 0 < len(names) <= _FEW_NAMES
        if not self.takes_any_name:
            name = "|".join(map(re.escape, sorted(names)))
        # A pattern that begins with a single character is searched for fastest.
        self._text_pattern = rf"\n({marks}){header}(?:({name}): {plain})?"
        pattern = in_bytes(rf"\n({marks}){header}") + b"(?:(%b): %b)?"
        self._split = re.compile(pattern % (name.encode(), in_bytes(plain))).split
        self._groups = (1, 1 + layout.date_group, 1 + layout.clock_group, 4)
        self._is_exact = is_exact(header)
        self._known: set[bytes] = set()

    def split(self, data: bytes) -> tuple[bytes, Chunks]:
        """Return what stands before the first header of a block, and the chunks.

        Raise `UnicodeDecodeError` if bytes that have to be decoded are not UTF-8.
        """
        parts = self._split(data)
        mark, date, clock, name = self._groups
        chunks = Chunks(
            parts[mark::5], parts[date::5], parts[clock::5], parts[name::5], parts[5::5]
        )
        if self._are_known(chunks) or self._learn(data, chunks):
            return parts[0], chunks
        return self.split_without((), data)

    def split_without(self, fake: Collection[int], data: bytes) -> tuple[bytes, Chunks]:
        """Return the same, with some headers (by index) taken for text. Slow."""
        text = data.decode()
        found = [match for at, match in enumerate(self._in_text.finditer(text)) if at not in fake]
        ends = [match.start() for match in found] + [len(text)]
        marks, dates, clocks = (
            [match[group].encode() for match in found] for group in self._groups[:3]
        )
        names = [None if match[4] is None else match[4].encode() for match in found]
        texts = [text[found[at].end() : end].encode() for at, end in enumerate(ends[1:])]
        return text[: ends[0]].encode(), Chunks(marks, dates, clocks, names, texts)

    @cached_property
    def _in_text(self) -> re.Pattern[str]:
        return re.compile(self._text_pattern)

    def _are_known(self, chunks: Chunks) -> bool:
        return self._is_exact or self._known.issuperset(chain(chunks.dates, chunks.clocks))

    def _learn(self, data: bytes, chunks: Chunks) -> bool:
        """Return whether the pattern for strings finds the same; if so, remember its findings."""
        if self.split_without((), data)[1] != chunks:
            return False
        if len(self._known) > _KNOWN_CAP:
            self._known.clear()
        self._known.update(chunks.dates, chunks.clocks)
        return True


@lru_cache(_FORMS)
def is_exact(pattern: str) -> bool:
    """Return whether the translated pattern finds in bytes what this one finds in strings."""
    return not any(token["digit"] or token["no"] for token in _TOKEN.finditer(pattern))


@lru_cache(_FORMS)
def in_bytes(pattern: str) -> bytes:
    r"""Translate a pattern into one for UTF-8 that finds the same, or more.

    It finds more only for `\d` and for a negated set.
    """
    return _TOKEN.sub(_token_in_bytes, pattern).encode()


def _token_in_bytes(token: re.Match[str]) -> str:
    if token["other"]:
        return token["other"]
    if token["digit"]:
        return _ANY_DIGIT
    members, times = token["members"], token["times"]
    if token["no"]:
        return f"[^{_ONLY_IN_TEXT.sub('', members)}]{_times_in_bytes(times)}"
    if members.isascii():
        return token[0]
    return _one_of(_members(members), times)


def _members(members: str) -> Iterator[str]:
    """Yield each character of a set."""
    for member in _MEMBER.finditer(members):
        if member["first"]:
            yield from map(chr, range(ord(member["first"]), ord(member["last"]) + 1))
        else:
            yield member[0].removeprefix("\\")


def _one_of(chars: Iterable[str], times: str) -> str:
    """Return a pattern for any of these characters, so many times."""
    codes = sorted(char.encode() for char in chars)
    starts = [
        rf"\x{start:02x}(?:{'|'.join(_escaped(code[1:]) for code in those)})"
        for start, those in groupby(codes, key=itemgetter(0))
    ]
    every = f"(?:{'|'.join(starts)})"
    if times != "*":
        return every + times
    # Nearly always none of them is there, which one byte then shows.
    # What follows is not tried after fewer of them. A possessive group would say so in less, but
    # takes parts of characters in Python before 3.11.5.
    return f"(?:{''.join(f'{start}{every}*(?!{every})|' for start in starts)})"


def _escaped(code: bytes) -> str:
    return "".join(rf"\x{byte:02x}" for byte in code)


def _times_in_bytes(times: str) -> str:
    """Return the repetition of a negated set, counted in bytes."""
    if times == "*":
        return times
    if times in ("", "?"):
        return f"{{{1 - len(times)},{_MOST_BYTES}}}"
    least, _, most = times.strip("{}").partition(",")
    return f"{{{least},{int(most or least) * _MOST_BYTES}}}"


# --- Chunks across blocks ------------------------------------------------------------------------

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
