"""Finds where another export, whose headers have another form, begins inside a file.

Somebody keeps one archive for each customer and appends each export to it. After a change of phone,
language or version the headers look different. Such lines may also be an excerpt of a chat that a
person pasted into a message; this is told by people and times:

* An excerpt is older than the message that holds it. What is later, or longer than any message can
  be, is an export. It is read as a part of its own if the chat's own people wrote in it. Another
  chat's export is refused.
* Older lines of the chat's own people that go on to the end of the file may be either, so the file
  is refused. Elsewhere they are an excerpt, unless they are later in another possible date order.
* A few lines are an excerpt, and so are those of other people. They stay in their message, and
  their numbers are reported.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime, time, timedelta
from enum import Enum

from wasf.core.chats import NotUnderstood
from wasf.core.policy import DateOrder
from wasf.core.text import fold_name
from wasf.errors import UnreadableFile
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.chunks import LONGEST_NAME
from wasf.sources.exports.date_order import ONE_DAY, DateEvidence, orders_of_form
from wasf.sources.exports.layout import Layout, layout_of, may_be_header
from wasf.sources.exports.text import tidy_name
from wasf.sources.exports.timestamps import DateFacts, read_clock
from wasf.values import dataclass

OTHER_FORM = "a line in the form of another export, inside a message"

_FEWEST_LINES = 3
_LONGEST_MESSAGE = 65_536
_MOST_REMEMBERED = 5_000
_TWO = 2


class Verdict(Enum):
    """What lines with headers of another form are."""

    EXCERPT = "text that a person pasted into a message"
    PART = "another export of the same chat"
    FOREIGN = "another export, of another chat or not to be told from an excerpt"


class _Lines:
    """Lines with headers of one other form, between two headers of the file's own form.

    `held_by` is the date and the time of the message above them. `is_last` says that no header of
    the file's own form follows.
    """

    def __init__(self, layout: Layout, held_by: tuple[str, str]) -> None:
        self.layout = layout
        self.held_by = held_by
        self.is_last = False
        self.numbers: list[int] = []
        self.headers = 0
        self.length = 0
        self.names: Counter[str] = Counter()
        self.moments: set[tuple[str, str]] = set()

    def add(self, number: int, line: str) -> bool:
        """Add a line. Return whether it is a header of this form."""
        header = self.layout.pattern.match(line)
        self.length += len(line) + 1
        if header is None:
            return False
        self.headers += 1
        if len(self.numbers) < _MOST_REMEMBERED:
            self.numbers.append(number)
            name, colon, _ = line[header.end() :][: LONGEST_NAME + 2].partition(":")
            if colon:
                self.names[fold_name(tidy_name(name))] += 1
            shown = header[self.layout.date_group], header[self.layout.clock_group]
            self.moments.add(shown)
        return True

    def is_by(self, people: frozenset[str]) -> bool:
        """Return whether most lines are by these people; in a chat of two, one may be new."""
        known = sum(count for name, count in self.names.items() if name in people)
        if known and len(people | self.names.keys()) <= _TWO:
            return True
        return known * 4 >= self.names.total() * 3 > 0


@dataclass(frozen=True, slots=True)
class OtherForms:
    """What the lines in other forms are: where a part begins, 0 for nowhere, and all excerpts."""

    part: int = 0
    excerpts: tuple[NotUnderstood, ...] = ()


def find_other_forms(
    archive: Archive, people: frozenset[str], evidence: DateEvidence, order: DateOrder
) -> OtherForms:
    """Return where the first other export begins that can be read as a part.

    `people` are folded names of the chat; `evidence` and `order` are those of the file. Raise
    `UnreadableFile` with the number of the line where one begins that cannot be read so.
    """
    excerpts: list[NotUnderstood] = []
    for lines in _lines_in_other_forms(archive, evidence.layout):
        verdicts = {_verdict(lines, people, by) for by in _later_by(lines, evidence, order)}
        match _verdict_of(verdicts, is_own=lines.is_by(people)):
            case Verdict.EXCERPT:
                excerpts += [NotUnderstood(n, n, OTHER_FORM) for n in lines.numbers]
            case Verdict.PART:
                return OtherForms(lines.numbers[0], tuple(excerpts))
            case Verdict.FOREIGN:
                raise second_export(lines.numbers[0])
    return OtherForms(0, tuple(excerpts))


def second_export(line: int) -> UnreadableFile:
    """Return the error for a file that goes on with another export."""
    return UnreadableFile(
        f"Another export begins in line {line:,} of this file; its headers have another form.",
        f"Cut the file before line {line:,} and give both pieces, or export the chat again.",
    )


def _lines_in_other_forms(archive: Archive, layout: Layout) -> Iterator[_Lines]:
    """Yield the lines in other forms, each form for itself, from the first header on."""
    found: _Lines | None = None
    held_by: tuple[str, str] | None = None
    for number, line in enumerate(archive.lines(), archive.first):
        header = layout.pattern.match(line)
        if header is not None:
            if found is not None:
                yield found
            found = None
            held_by = header[layout.date_group], header[layout.clock_group]
        elif held_by is not None and (found is None or not found.add(number, line)):
            other = layout_of(line) if may_be_header(line) else None
            if other is not None:
                if found is not None:
                    yield found
                found = _Lines(other, held_by)
                found.add(number, line)
    if found is not None:
        found.is_last = True
        yield found


def _verdict_of(verdicts: Set[Verdict], *, is_own: bool) -> Verdict:
    """Return what lines are of which each possible date order gives a verdict."""
    if len(verdicts) == 1:
        return next(iter(verdicts))
    is_excerpt = not verdicts or (Verdict.EXCERPT in verdicts and not is_own)
    return Verdict.EXCERPT if is_excerpt else Verdict.FOREIGN


def _verdict(lines: _Lines, people: frozenset[str], after: timedelta) -> Verdict:
    """Return what lines are; `after` says by how much they are later than the message above."""
    is_long = lines.length > _LONGEST_MESSAGE
    if lines.headers < _FEWEST_LINES and not is_long:
        return Verdict.EXCERPT
    if lines.is_by(people):
        if is_long or after > ONE_DAY or (lines.is_last and after > timedelta(0)):
            return Verdict.PART
        return Verdict.FOREIGN if lines.is_last or after > timedelta(0) else Verdict.EXCERPT
    return Verdict.FOREIGN if is_long or after > ONE_DAY else Verdict.EXCERPT


def _later_by(lines: _Lines, evidence: DateEvidence, order: DateOrder) -> Iterator[timedelta]:
    """Yield by how much the latest line is later than the message above it, in each date order.

    Nothing is yielded if the lines have no dates that messages can have. The order that a person
    gave is the only possible one.
    """
    counts = Counter(day for day, _ in lines.moments)
    theirs = replace(evidence, layout=lines.layout, facts=DateFacts(counts))
    orders = [one for one in orders_of_form(theirs) if theirs.allows(one)]
    if evidence.asked in orders:
        orders = [evidence.asked]
    held_by = _moment(lines.held_by, evidence, order)
    for one in orders:
        moments = _moments(lines, theirs, one)
        if moments and held_by is not None:
            yield max(moments) - held_by


def _moments(lines: _Lines, evidence: DateEvidence, order: DateOrder) -> Sequence[datetime]:
    moments = (_moment(shown, evidence, order) for shown in lines.moments)
    return [moment for moment in moments if moment is not None]


def _moment(shown: tuple[str, str], evidence: DateEvidence, order: DateOrder) -> datetime | None:
    """Return a date and a time as a local time; None if no message can have it."""
    day, clock = evidence.read(shown[0], order), read_clock(shown[1])
    if day is None or clock is None or day > evidence.tomorrow:
        return None
    return datetime.combine(day, time()) + clock
