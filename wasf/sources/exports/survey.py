"""The first pass over an export: its headers' shape, its dates, and who may have written."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import compress, count, islice, pairwise
from operator import ne

from wasf.errors import UnreadableFile
from wasf.sources.exports.date_evidence import DateFacts
from wasf.sources.exports.dates import Clocks
from wasf.sources.exports.headers import LONGEST_NAME, Pieces
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.notices import is_encryption_notice, is_group_notice
from wasf.sources.exports.text import EXPORT_AGAIN, MARKS, MARKS_IN_BYTES

_MOST_NAMES = 20_000
_ENOUGH_NAMES = 500
_DATED_NAME = re.compile(
    # A pattern that begins with a single character is searched for fastest.
    rb"-(?:(?<=[A-Z]{3}-)(\d{8})-WA\d|(?<=\d{8}-)[A-Z]{3,10}-(\d{4}-\d\d-\d\d)-\d\d-\d\d)"
)
_COLON = ord(":")

MANY = 50
"""Who has so many lines is in the chat for sure, however many more there are."""


@dataclass(slots=True)
class Written:
    """What was seen of one possible sender, as spelled in the file.

    `lines` are its headers, beyond `MANY` not all of them; `notices` those among these whose body
    WhatsApp may have written.
    """

    lines: int = 0
    notices: int = 0


@dataclass(slots=True)
class Survey:
    """What a whole file shows.

    `senders` are texts before the first `: `, in order of appearance. `longer` are texts before a
    later `: ` that may be the whole of a name with a colon; `certain` those among them where only
    a file or a placeholder follows, which no person's text is. `announced` is the sender of an
    iPhone's first notice: the other party or the group. `all_marked` says that a mark stands before
    every header; `wrong_clocks` counts times of day that are none.
    """

    layout: Layout
    dates: DateFacts = field(default_factory=DateFacts)
    clocks: Clocks = field(default_factory=Clocks)
    wrong_clocks: int = 0
    senders: dict[str, Written] = field(default_factory=dict)
    longer: Counter[str] = field(default_factory=Counter)
    certain: set[str] = field(default_factory=set)
    announced: str = ""
    saw_group_notice: bool = False
    all_marked: bool = True

    def take(self, pieces: Pieces) -> None:
        """Take in some pieces. Every message of a file passes here: keep it quick."""
        marks, dates, clocks, names, texts = pieces
        self.dates.first_clock = self.dates.first_clock or _readable(clocks[0])
        self.dates.take([(_readable(date), lines) for date, lines in _runs(dates)])
        self.wrong_clocks += len(self.clocks.wrong(clocks))
        self.all_marked = self.all_marked and all(
            mark.startswith(MARKS_IN_BYTES) for mark in set(marks)
        )
        spelled = Counter(names)
        spelled.pop(None, None)
        counts = {_readable(name): lines for name, lines in spelled.items() if name is not None}
        closer = [
            at
            for at, (name, text) in enumerate(zip(names, texts, strict=True))
            # A search for one character costs a fraction of a search for two: it goes first.
            if name is None or (_COLON in text and b": " in text)
        ]
        if not self.senders.keys() >= counts.keys():
            self._meet(pieces)
        for name, lines in counts.items():
            self._sender(name).lines += lines
        for at in closer:
            is_marked = marks[at].startswith(MARKS_IN_BYTES)
            self._look_closer(
                _first_line(pieces, at), is_new=names[at] is None, is_marked=is_marked
            )

    def take_overview(self, found: Sequence[bytes], date_of: Callable[[bytes], str]) -> int:
        """Take in what an `Overview` found; returns how many lines had to be looked at closer.

        `date_of` gives the date of what is no whole line.
        """
        dates: list[tuple[str, int]] = []
        closer = 0
        for shown, lines in _runs(found):
            date = date_of(shown)
            if not date:
                closer += lines
                date = self._take_line(_readable(shown.removesuffix(b"\r")), lines)
            elif self.all_marked:
                self.all_marked = shown.startswith(MARKS_IN_BYTES)
            if date and dates and dates[-1][0] == date:
                dates[-1] = (date, dates[-1][1] + lines)
            elif date:
                dates.append((date, lines))
        self.dates.take(dates)
        return closer

    def _take_line(self, line: str, times: int) -> str:
        """Take in a piece's first line; gives its date, or nothing if it is no header after all."""
        header = self.layout.pattern.match(line)
        if header is None:
            return ""
        is_marked = line.startswith(MARKS)
        self.all_marked = self.all_marked and is_marked
        if not self.clocks.is_right(header[self.layout.clock_group].encode()):
            self.wrong_clocks += times
        for _ in range(times):
            self._look_closer(line[header.end() :], is_new=True, is_marked=is_marked)
        return header[self.layout.date_group]

    def _meet(self, pieces: Pieces) -> None:
        """Take in who is new, in order of appearance; names with a colon come after the others."""
        for at in range(len(pieces.names)):
            start, colon, _ = _first_line(pieces, at).partition(": ")
            if colon and ":" not in start and len(start) <= LONGEST_NAME:
                self._sender(start)

    def _look_closer(self, line: str, *, is_new: bool, is_marked: bool) -> None:
        """Take in what is more than a name and a text; `is_new` if it was not counted yet."""
        colon = line.find(": ", 0, LONGEST_NAME + 2)
        if colon < 0:
            self._take_without_text(line)
            return
        sender = self._sender(line[:colon])
        sender.lines += is_new
        if line.startswith(MARKS, colon + 2) and not is_marked:
            sender.notices += 1
            # On Android a notice has no sender.
            if self.layout.platform.is_ios:
                self._take_notice(line[:colon], line[colon + 2 :])
        self._take_longer(line, colon)

    @property
    def headers(self) -> int:
        """How many headers the file has."""
        return self.dates.counts.total()

    def _sender(self, name: str) -> Written:
        written = self.senders.get(name)
        if written is None:
            if len(self.senders) >= _MOST_NAMES:
                raise UnreadableFile("This file has more senders than any chat.", EXPORT_AGAIN)
            written = self.senders[name] = Written()
        return written

    def _take_without_text(self, line: str) -> None:
        """A notice, or an empty message (`Ada:`)."""
        if line.endswith(":") and len(line) <= LONGEST_NAME:
            self._sender(line[:-1]).lines += 1
        elif not self.saw_group_notice and is_group_notice(line):
            self.saw_group_notice = True

    def _take_notice(self, name: str, body: str) -> None:
        if not self.announced and is_encryption_notice(body):
            self.announced = name
        if not self.saw_group_notice and is_group_notice(body):
            self.saw_group_notice = True

    def _take_longer(self, line: str, colon: int) -> None:
        if len(self.longer) >= _MOST_NAMES:
            return
        while (colon := line.find(": ", colon + 2, LONGEST_NAME)) >= 0:
            name, body = line[:colon], line[colon + 2 :]
            self.longer[name] += 1
            if body.startswith(MARKS) or (body[:1] == "<" and body[-1:] == ">"):
                self.certain.add(name)

    def take_names(self, block: bytes) -> None:
        """Take in the dates in attached files' names, until there are enough of them."""
        if self.dates.named.total() >= _ENOUGH_NAMES:
            return
        for match in _DATED_NAME.finditer(block):
            start = block.rfind(b"\n", 0, match.start()) + 1
            header = self.layout.pattern.match(_readable(block[start : match.end()]))
            day = _day((match[1] or match[2]).decode())
            if header is not None and day is not None:
                self.dates.named[header[self.layout.date_group], day] += 1


def _first_line(pieces: Pieces, at: int) -> str:
    """What follows a header in its line."""
    name, text = pieces.names[at], pieces.texts[at]
    line = text.partition(b"\n")[0].removesuffix(b"\r")
    return _readable(line if name is None else b"%b: %b" % (name, line))


def _readable(shown: bytes) -> str:
    return shown.decode(errors="replace")


def _runs(found: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What is found in a row with how often each stands there; mostly few, so it is done in C."""
    if not found:
        return []
    starts = [0, *compress(count(1), map(ne, found, islice(found, 1, None))), len(found)]
    return [(found[start], end - start) for start, end in pairwise(starts)]


def _day(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None
