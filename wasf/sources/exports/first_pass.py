"""The first pass: reads an export to its end and collects what it shows (`ExportFacts`).

Until it is known who writes, blocks are split into chunks and all of them are looked at. From then
on one pattern finds the headers, and of a plain text by a known sender only the date is looked at
(`KnownSenderScan`). This fast path halves the first pass; without it, both passes together take
1.3 times as long.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from wasf.sources.exports.archive import Archive
from wasf.sources.exports.chunks import (
    LONGEST_BODY,
    Chunks,
    FindFakeHeaders,
    HeaderSplitter,
    in_bytes,
    is_exact,
    too_long,
)
from wasf.sources.exports.export_facts import MANY_LINES, ExportFacts
from wasf.sources.exports.layout import (
    HEADER_START,
    Layout,
    YearPosition,
    learn_layout,
    unknown_form,
)
from wasf.sources.exports.text import ANY_MARK, MARKS, as_valid_utf8
from wasf.sources.exports.timestamps import Clocks, has_unknown_word
from wasf.values import dataclass

# How a body starts that WhatsApp did not write.
_PLAIN_START = f"(?![{''.join(MARKS)}\r\n]|\\Z)"
_COLON, _NEWLINE = ord(":"), ord("\n")
_OTHER_HEADERS = re.compile(b"\n(%b[^\n]*)" % HEADER_START).findall
_MOST_SENDERS = 200
_FEW_UNKNOWN = 20  # one of so many headers may have an unknown word: somebody pasted it
_MOST_OTHERS = 5  # one of so many chunks may be another than a plain text by a known sender

_NUMBERS = re.compile(rb"([0-9]+)")
_LONGEST_HEADER = 100
_HOUR, _SIXTY = b"(?:[01]?[0-9]|2[0-3])", b"[0-5][0-9]"
_ONE_MARK = b"(?:" + in_bytes(f"[{ANY_MARK}]") + b")"


@dataclass(frozen=True, slots=True)
class FirstPass:
    """The first pass over one export.

    `may_go_on` returns whether a name may be the start of a longer one.
    """

    archive: Archive
    may_go_on: Callable[[str], bool]

    def read(self) -> ExportFacts:
        """Learn the layout and collect the facts. Raise `UnreadableFile` if it is no export."""
        facts = self.collect(learn_layout(self.archive.lines(), self.archive.first))
        if facts.unknown_words * _FEW_UNKNOWN > facts.headers:
            raise unknown_form(self._first_unknown(facts.layout))
        return facts

    def collect(self, layout: Layout, find_fakes: FindFakeHeaders | None = None) -> ExportFacts:
        """Collect the facts with a known layout, without the headers that `find_fakes` finds."""
        facts = ExportFacts(layout, Clocks(has_zeros=layout.has_zeros))
        scanner = _BlockScanner(facts, find_fakes, self.may_go_on)
        needs_file_names = layout.separator == "/" and layout.year is not YearPosition.FIRST
        length = 0
        for block in self.archive.blocks():
            length = 0 if scanner.scan(block) else length + len(block)
            if length > LONGEST_BODY:
                raise too_long()
            if needs_file_names:
                facts.add_dated_files(block)
        return facts

    def _first_unknown(self, layout: Layout) -> int:
        """Return the number of the first header at whose time is an unknown word."""
        for number, line in enumerate(self.archive.lines(), self.archive.first):
            header = layout.pattern.match(line)
            if header is not None and has_unknown_word(header[layout.clock_group]):
                return number
        return self.archive.first


class _BlockScanner:
    """Collects from blocks: slowly until it is known who writes, then fast.

    A sender is known well enough if it has many lines, one of them without a second `: `, and is
    not the start of a name that is looked for: more of its lines would change nothing then.
    """

    def __init__(
        self,
        facts: ExportFacts,
        find_fakes: FindFakeHeaders | None,
        may_go_on: Callable[[str], bool],
    ) -> None:
        self._facts = facts
        self._splitter = HeaderSplitter(facts.layout, _PLAIN_START)
        self._find_fakes = find_fakes
        self._may_go_on = may_go_on
        self._without_colon: set[bytes] = set()
        self._fast: KnownSenderScan | None = None
        self._may_be_fast = find_fakes is None and is_scannable(facts.layout)

    def scan(self, block: bytes) -> bool:
        """Collect from a block. Return whether there is a header in it."""
        if self._fast is not None:
            found = self._fast.headers(block)
            others = self._facts.add_scanned(found, self._fast.dates)
            if others * _MOST_OTHERS > len(found):
                self._fast = None
            return bool(found)
        chunks = self._split(block)
        if chunks.dates:
            self._facts.add_chunks(chunks)
            if self._may_be_fast:
                self._fast = self._fast_scan_after(chunks)
        # Headers of another export end a message, too.
        texts = chunks.texts if chunks.dates else [block]
        lines = [line for text in texts if _NEWLINE in text for line in _OTHER_HEADERS(text)]
        has_others = self._facts.add_other_lines(lines) and bool(lines)
        return has_others or bool(chunks.dates)

    def _split(self, data: bytes) -> Chunks:
        """Return the chunks of a block without fake headers; what is not UTF-8 is replaced."""
        try:
            _, chunks = self._splitter.split(data)
            fakes = self._find_fakes(chunks) if self._find_fakes else {}
            return self._splitter.split_without(fakes, data)[1] if fakes else chunks
        except UnicodeDecodeError:
            return self._split(as_valid_utf8(data))

    def _fast_scan_after(self, chunks: Chunks) -> "KnownSenderScan | None":
        """Return the fast scan if it would have covered most of these chunks."""
        names = Counter(name for name in chunks.names if name)
        new = names.keys() - self._without_colon
        self._without_colon.update(_names_without_colon(chunks, new))
        known = [name for name, _ in names.most_common(_MOST_SENDERS) if self._is_known(name)]
        others = len(chunks.dates) - sum(names[name] for name in known)
        if others * _MOST_OTHERS > len(chunks.dates):
            return None
        right_clocks = set(filter(self._facts.clocks.is_right, chunks.clocks))
        return KnownSenderScan(self._facts.layout, known, right_clocks)

    def _is_known(self, name: bytes) -> bool:
        shown = name.decode(errors="replace")
        has_many = self._facts.senders[shown].lines > MANY_LINES
        return has_many and name in self._without_colon and not self._may_go_on(shown)


def _names_without_colon(chunks: Chunks, names: Collection[bytes]) -> Iterator[bytes]:
    """Yield those of the names that have a line without a second `: `."""
    for name, text in zip(chunks.names, chunks.texts, strict=True):
        if name is not None and name in names and not (_COLON in text and b": " in text):
            yield name


# --- The fast path -----------------------------------------------------------------------------


def is_scannable(layout: Layout) -> bool:
    """Return whether files of this form can be scanned: date first, and no pattern inexact."""
    start, date, glue, _, end = layout.parts
    return layout.date_group == 1 and is_exact(start + date + glue + end)


class KnownSenderScan:
    """Finds the headers of blocks, and of plain texts by known senders nothing but the date.

    `senders` are names as the file spells them. Times of day in the forms of `right_clocks` are
    not checked any more.
    """

    def __init__(
        self, layout: Layout, senders: Collection[bytes], right_clocks: Collection[bytes]
    ) -> None:
        self._layout, self._senders, self._right_clocks = layout, senders, right_clocks
        self.dates: Mapping[bytes, str] = _ShownDates(layout)

    @cached_property
    def _find(self) -> Callable[[bytes], list[bytes]]:
        """Compiled when it is used: that takes a while, and most files end before."""
        start, date, glue, clock, end = map(in_bytes, self._layout.parts)
        right = b"|".join(sorted({_clock_pattern(clock) for clock in self._right_clocks}))
        names = b"|".join(map(re.escape, self._senders))
        behind = b"%b(?:%b)%b(?:%b): " % (glue, right, end, names)
        # An iPhone's notices have senders too, and a mark before their text. A file has another
        # mark before its header.
        is_ios = self._layout.platform.is_ios
        no_notice = in_bytes(f"(?![{''.join(MARKS)}])") if is_ios else b""
        unmarked = start + date + b"(?=" + behind + no_notice + b")"
        marked = _ONE_MARK + b"+" + start + date + b"(?=" + behind + b")"
        other = _ONE_MARK + b"*" + start + date + glue + clock + end + b"[^\n]*"
        foreign = HEADER_START + b"[^\n]*"
        return re.compile(b"\n(%b|%b|%b|%b)" % (unmarked, marked, other, foreign)).findall

    def headers(self, data: bytes) -> Sequence[bytes]:
        """Return the headers of a block.

        Of a plain text by a known sender it is the header up to the date, else the whole line.
        """
        return self._find(data)


class _ShownDates(dict[bytes, str]):
    """The date of each header up to its date, "" for a whole line. Whole lines are not kept."""

    def __init__(self, layout: Layout) -> None:
        self._pattern = re.compile(f"[{ANY_MARK}]*{layout.parts.start}({layout.parts.date})")

    def __missing__(self, shown: bytes) -> str:
        if len(shown) > _LONGEST_HEADER:
            return ""
        match = self._pattern.fullmatch(shown.decode(errors="replace"))
        if match is None:
            return ""
        self[shown] = match[1]
        return match[1]


def _clock_pattern(clock: bytes) -> bytes:
    """Return a pattern for all times of day that are written as this one is."""
    first, _, *rest = _NUMBERS.split(clock)
    if not rest:
        return re.escape(clock)
    others = b"".join(_SIXTY if part.isdigit() else re.escape(part) for part in rest)
    return re.escape(first) + _HOUR + others
