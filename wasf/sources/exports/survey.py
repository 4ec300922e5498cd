"""The first pass over an export: its headers' shape, its dates, and who may have written."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from wasf.errors import UnreadableFile
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import MARKS, is_encryption_notice, is_group_notice
from wasf.sources.exports.date_evidence import DateFacts
from wasf.sources.exports.layout import Layout, YearPlace, learn_layout
from wasf.sources.exports.text import EXPORT_AGAIN

LONGEST_NAME = 256
_MOST_NAMES = 20_000
# What may follow a name besides a text: marks, or nothing at all.
_RARE = ("", *MARKS)
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
    iPhone's first notice: the other party or the group. `marked` counts headers after a mark.
    """

    layout: Layout
    dates: DateFacts = field(default_factory=DateFacts)
    senders: dict[str, Written] = field(default_factory=dict)
    longer: Counter[str] = field(default_factory=Counter)
    certain: set[str] = field(default_factory=set)
    announced: str = ""
    saw_group_notice: bool = False
    marked: int = 0

    def take(self, lines: Iterable[str]) -> None:
        """Take in the header lines among these. Every line of a file passes here: keep it quick."""
        match, date_group = self.layout.pattern.match, self.layout.date_group
        dates, senders, last, run = self.dates, self.senders, self.dates.last, 0
        for line in lines:
            header = match(line)
            if header is None:
                continue
            end = header.end()
            shown = header[date_group]
            if shown != last:
                dates.add(last, run)
                dates.step(shown)
                last, run = shown, 0
            run += 1
            colon = line.find(": ", end)
            written = senders.get(line[end:colon]) if colon > 0 else None
            if written is None or line[colon + 2 : colon + 3] in _RARE or line[0] in MARKS:
                self._take_slowly(line, header)
            else:
                written.lines += 1
            if colon > 0 and line.find(": ", colon + 2, end + LONGEST_NAME) >= 0:
                self._colons(line, end, colon)
        dates.add(last, run)

    def _take_slowly(self, line: str, header: re.Match[str]) -> None:
        end = header.end()
        is_marked = line.startswith(MARKS)
        self.marked += is_marked
        if not self.dates.first_clock:
            self.dates.first_clock = header[self.layout.clock_group]
        colon = line.find(": ", end, end + LONGEST_NAME + 2)
        if colon < 0:
            self._add_without_body(line, end)
            return
        name = line[end:colon]
        written = self.senders.get(name) or self._new(name)
        written.lines += 1
        if not is_marked and line.startswith(MARKS, colon + 2):
            written.notices += 1
            self._notice(name, line[colon + 2 :])

    @property
    def headers(self) -> int:
        """How many headers the file has."""
        return self.dates.counts.total()

    def _new(self, name: str) -> Written:
        if len(self.senders) >= _MOST_NAMES:
            raise UnreadableFile("The file has more senders than any chat.", EXPORT_AGAIN)
        written = self.senders[name] = Written()
        return written

    def _add_without_body(self, line: str, end: int) -> None:
        """A notice, or an empty message (`Ada:`)."""
        rest = line[end:]
        if rest.endswith(":") and len(rest) <= LONGEST_NAME:
            name = rest[:-1]
            written = self.senders.get(name) or self._new(name)
            written.lines += 1
        elif is_group_notice(rest):
            self.saw_group_notice = True

    def _notice(self, name: str, body: str) -> None:
        if not self.announced and is_encryption_notice(body):
            self.announced = name
        if is_group_notice(body):
            self.saw_group_notice = True

    def _colons(self, line: str, end: int, colon: int) -> None:
        if len(self.longer) >= _MOST_NAMES:
            return
        while (colon := line.find(": ", colon + 2, end + LONGEST_NAME)) >= 0:
            name, body = line[end:colon], line[colon + 2 :]
            self.longer[name] += 1
            if body.startswith(MARKS) or (body[:1] == "<" and body[-1:] == ">"):
                self.certain.add(name)

    def take_names(self, lines: Iterable[str]) -> None:
        """Take in the dates in attached files' names."""
        for line in lines:
            if "-WA" in line or "-20" in line:
                header = self.layout.pattern.match(line)
                match = _DATED_NAME.search(line, header.end()) if header else None
                day = _day(match["day"] or match["long"]) if match else None
                if header is not None and day is not None:
                    self.dates.named[header[self.layout.date_group], day] += 1


def _day(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


def survey(archive: Archive) -> Survey:
    """Read a whole export once. Raises `UnreadableFile` if it is none."""
    found = Survey(learn_layout(_lines(archive), archive.origin))
    layout = found.layout
    wants_names = layout.separator == "/" and layout.year is not YearPlace.FIRST
    for block in archive.blocks():
        found.take(block.lines)
        if wants_names:
            found.take_names(block.lines)
    return found


def _lines(archive: Archive) -> Iterator[str]:
    for block in archive.blocks():
        yield from block.lines
