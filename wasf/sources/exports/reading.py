"""The second pass over an export: its messages, one after the other, in memory that stays small."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from wasf.core.chats import ChatItem, Kind, Message, NotUnderstood, SystemLine
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import MARKS, BodyReader
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.people import People
from wasf.sources.exports.pieces import Batch, Pieces, Sieve, cut

# Looking a member up in its enum costs as much as making a message.
_TEXT = Kind.TEXT
# All fields at once: by name they cost twice as much.
_message = partial(tuple.__new__, Message)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads an export whose shape, dates and people are known.

    `sieve` finds pasted lines, None if there are none. `stamps` knows the file's days and clocks.
    `has_file_marks` says that a mark before a header means a file: some phones mark all headers.
    """

    archive: Archive
    layout: Layout
    people: People
    stamps: Stamps
    sieve: Sieve | None
    bodies: BodyReader
    has_file_marks: bool = True

    def items(self) -> Iterator[ChatItem]:
        """Every line of the file, in messages, notices and what was not understood.

        A text by a known author is done with here, everything else in `_other`.
        """
        author_of, is_plain = self.people.direct.get, self.bodies.is_plain
        midnight_of = self.stamps.midnights.get
        clock_of = self.stamps.clocks.known.get
        for batch in cut(self.archive.blocks(), self.layout, self.sieve):
            yield from batch.notes
            lines = _Lines(batch)
            _, days, times, names, texts = batch.pieces
            for at, (day, time, name, text) in enumerate(zip(days, times, names, texts)):  # noqa: B905  (costs)
                author = author_of(name)
                midnight, clock = midnight_of(day), clock_of(time)
                if author and midnight and clock is not None and is_plain(text):
                    shown, direction = author
                    yield _message((midnight + clock, direction, shown, _TEXT, text, None, ""))
                else:
                    yield from self._other(batch.pieces, at, lines)

    def _other(self, pieces: Pieces, at: int, lines: "_Lines") -> Sequence[ChatItem]:
        """A notice, a file, a name that is hard to read, a day on which the clocks change."""
        rest = pieces.rest(at)
        found = self.people.split(rest)
        if found is None:
            return _notice(lines.of(at), rest)
        (shown, direction), start = found
        is_marked = self.has_file_marks and pieces.headers[at][0] in MARKS
        body = self.bodies.read(rest[start:], is_marked=is_marked)
        if body is None:
            return _notice(lines.of(at), rest)
        sent_at = self.stamps.utc(pieces.dates[at], pieces.clocks[at])
        return (Message(sent_at, direction, shown, body.kind, body.text, body.attachment),)


def _notice(line: int, rest: str) -> Sequence[ChatItem]:
    """What WhatsApp wrote in one line; it has no others, but a message with a pasted one may."""
    _, _, more = rest.partition("\n")
    if not more.strip():
        return (SystemLine(line),)
    last = line + 1 + more.count("\n")
    return SystemLine(line), NotUnderstood(line + 1, last, "after a notice")


class _Lines:
    """Numbers of the lines on which pieces begin, counted when one is asked for."""

    def __init__(self, batch: Batch) -> None:
        self._texts, self._at, self._line = batch.pieces.texts, 0, batch.first

    def of(self, at: int) -> int:
        """The line of a piece; ask for them in order."""
        between = self._texts[self._at : at]
        self._line += len(between) + sum(text.count("\n") for text in between)
        self._at = at
        return self._line
