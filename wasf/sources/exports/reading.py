"""The second pass over an export: its messages, one after the other, in memory that stays small."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from wasf.core.chats import ChatItem, Kind, Message, NotUnderstood, SystemLine
from wasf.errors import UnreadableFile
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import MARKS, BodyReader
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.people import People
from wasf.sources.exports.text import EXPORT_AGAIN, Block

_LONGEST_BODY = 4 << 20

# Looking a member up in its enum costs as much as making a message.
_TEXT = Kind.TEXT


_Head = tuple[int, datetime, str, int]
"""A header line: its number, its time, the line, and where its header ends."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads an export whose shape, dates and people are known.

    `has_file_marks` says that a mark before a header means a file: some phones mark all headers.
    """

    archive: Archive
    layout: Layout
    stamps: Stamps
    people: People
    bodies: BodyReader
    has_file_marks: bool = True

    def items(self) -> Iterator[ChatItem]:
        """Every line of the file, in messages, notices and what was not understood."""
        match, utc, item = self.layout.pattern.match, self.stamps.utc, self._item
        date_group, clock_group = self.layout.date_group, self.layout.clock_group
        pasted = self.people.is_pasted if self.people.pasted else _never
        head: _Head | None = None
        more: list[str] = []
        for block in self.archive.blocks():
            for number, line in enumerate(block.lines, block.first):
                header = match(line)
                if header is not None:
                    sent_at = utc(header[date_group], header[clock_group])
                    if sent_at is not None and not pasted(line, header.end()):
                        if head is not None:
                            yield item(head, more)
                        elif more:
                            yield from _before_first(more)
                        head = number, sent_at, line, header.end()
                        continue
                self._carry(more, line, number)
            yield from _damaged(block)
        if head is not None:
            yield item(head, more)

    def _item(self, head: _Head, more: list[str]) -> ChatItem:
        """What a header with the lines after it is; takes those lines out of `more`."""
        number, sent_at, line, end = head
        colon = line.find(": ", end)
        start = colon + 2
        author = self.people.direct.get(line[end:colon]) if colon > 0 else None
        if author is None:
            found = self.people.split(line, end)
            if found is None:
                more.clear()
                return SystemLine(number)
            author, start = found
        text = line[start:]
        if more:
            text = "\n".join([text, *more])
            more.clear()
        shown, direction = author
        if self.bodies.is_plain(text):
            return Message(sent_at, direction, shown, _TEXT, text)
        body = self.bodies.read(text, is_marked=self.has_file_marks and line[0] in MARKS)
        if body is None:
            return SystemLine(number)
        return Message(sent_at, direction, shown, body.kind, body.text, body.attachment)

    def _carry(self, more: list[str], line: str, number: int) -> None:
        """Put a line to the message before it."""
        more.append(line)
        count = len(more)
        # Looked at when the count has doubled, so that the looking stays linear.
        if count & (count - 1) == 0 and count + sum(map(len, more)) > _LONGEST_BODY:
            raise UnreadableFile(
                f"The message before line {number} of {self.archive.origin} is longer than any"
                " message can be.",
                EXPORT_AGAIN,
            )


def _never(_line: str, _end: int) -> bool:
    return False


def _before_first(lines: list[str]) -> Sequence[ChatItem]:
    count, is_blank = len(lines), not any(map(str.strip, lines))
    lines.clear()
    return () if is_blank else (NotUnderstood(1, count, "before the first message"),)


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
