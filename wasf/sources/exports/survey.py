"""The first pass over an export: its headers' shape, its dates, and who may have written."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from wasf.errors import UnreadableFile
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import MARKS, is_encryption_notice, is_group_notice
from wasf.sources.exports.date_evidence import DateFacts
from wasf.sources.exports.dates import Clocks
from wasf.sources.exports.layout import Layout, YearPlace, learn_layout
from wasf.sources.exports.pieces import LONGEST_NAME, Pieces, Sieve, cut
from wasf.sources.exports.text import EXPORT_AGAIN

_MOST_NAMES = 20_000
_ENOUGH_NAMES = 500
_DATED_NAME = re.compile(
    r"[A-Z]{3}-(?P<day>\d{8})-WA\d|\d{8}-[A-Z]{3,10}-(?P<long>\d{4}-\d\d-\d\d)-\d\d-\d\d"
)


@dataclass(slots=True)
class Written:
    """What was seen of one possible sender, as spelled in the file.

    `lines` are its headers; `notices` those among them whose body WhatsApp may have written.
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
        headers, dates, clocks, names, texts = pieces
        self.dates.take(dates, clocks[0])
        self.wrong_clocks += len(self.clocks.wrong(clocks))
        self.all_marked = self.all_marked and all(header.startswith(MARKS) for header in headers)
        for name, count in Counter(names).items():
            if name is not None:
                self._sender(name).lines += count
        for at, text in enumerate(texts):
            # A search for one character costs a fraction of a search for two: it goes first.
            if not text or text[0] in MARKS or (":" in text and ": " in text) or names[at] is None:
                self._look_closer(pieces, at)

    def _look_closer(self, pieces: Pieces, at: int) -> None:
        """Take in what is more than a name and a text."""
        line = _first_line(pieces, at)
        colon = line.find(": ", 0, LONGEST_NAME + 2)
        if colon < 0:
            self._take_without_text(line)
            return
        sender = self._sender(line[:colon])
        sender.lines += pieces.names[at] is None
        if line.startswith(MARKS, colon + 2) and not pieces.headers[at].startswith(MARKS):
            sender.notices += 1
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
        elif is_group_notice(line):
            self.saw_group_notice = True

    def _take_notice(self, name: str, body: str) -> None:
        if not self.announced and is_encryption_notice(body):
            self.announced = name
        if is_group_notice(body):
            self.saw_group_notice = True

    def _take_longer(self, line: str, colon: int) -> None:
        if len(self.longer) >= _MOST_NAMES:
            return
        while (colon := line.find(": ", colon + 2, LONGEST_NAME)) >= 0:
            name, body = line[:colon], line[colon + 2 :]
            self.longer[name] += 1
            if body.startswith(MARKS) or (body[:1] == "<" and body[-1:] == ">"):
                self.certain.add(name)

    def take_names(self, pieces: Pieces) -> None:
        """Take in the dates in attached files' names, until there are enough of them."""
        if self.dates.named.total() >= _ENOUGH_NAMES:
            return
        for at, text in enumerate(pieces.texts):
            if "-" in text:
                match = _DATED_NAME.search(_first_line(pieces, at))
                day = _day(match["day"] or match["long"]) if match else None
                if day is not None:
                    self.dates.named[pieces.dates[at], day] += 1


def _first_line(pieces: Pieces, at: int) -> str:
    return pieces.rest(at).partition("\n")[0]


def _day(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


def survey(archive: Archive) -> Survey:
    """Read a whole export once. Raises `UnreadableFile` if it is none."""
    return survey_again(archive, learn_layout(_lines(archive)))


def survey_again(archive: Archive, layout: Layout, sieve: Sieve | None = None) -> Survey:
    """Read an export whose shape is known, without the pasted lines that `sieve` finds."""
    found = Survey(layout)
    wants_names = layout.separator == "/" and layout.year is not YearPlace.FIRST
    for batch in cut(archive.blocks(), layout, sieve):
        if batch.pieces.texts:
            found.take(batch.pieces)
            if wants_names:
                found.take_names(batch.pieces)
    return found


def _lines(archive: Archive) -> Iterator[str]:
    for block in archive.blocks():
        yield from block.text.split("\n")[1:]
