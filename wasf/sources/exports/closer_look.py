"""Looks closer at what is more than a text of a known author: files, notices, names with colons."""

from collections.abc import Sequence
from typing import NamedTuple

from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Kind,
    Message,
    NotUnderstood,
    SystemLine,
)
from wasf.sources.exports.bodies import BodyReader
from wasf.sources.exports.headers import LONGEST_NAME
from wasf.sources.exports.marks import MARKS_IN_BYTES
from wasf.sources.exports.people import People
from wasf.sources.exports.pieces import Batch

_NOTICE = (SystemLine(),)
_NEWLINE = ord("\n")
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 2_000, 200


class _Said(NamedTuple):
    """A message but for its time."""

    direction: Direction
    author: str
    kind: Kind
    text: str
    attachment: Attachment | None


class CloserLook:
    """Looks at pieces one by one.

    `has_file_marks` says that a mark before a header means a file. What WhatsApp writes comes again
    and again ("<Media omitted>"), so it remembers what it saw.
    """

    def __init__(self, people: People, bodies: BodyReader, *, has_file_marks: bool) -> None:
        self._people = people
        self._bodies = bodies
        self._has_file_marks = has_file_marks
        self._seen: dict[tuple[bytes | None, bytes, bool], _Said | None] = {}

    def at(self, batch: Batch, at: int, made: Message) -> Sequence[ChatItem]:
        """What a piece is; `made` is what it would be as a text."""
        said = self._look(batch, at)
        if said is not None:
            return (Message(made.sent_at, *said),)
        return _notice(batch, at) if _NEWLINE in batch.raw[at] else _NOTICE

    def _look(self, batch: Batch, at: int) -> _Said | None:
        """What was said, from memory if it was seen before; None for a notice."""
        raw = batch.raw[at]
        is_marked = self._has_file_marks and batch.marks[at].startswith(MARKS_IN_BYTES)
        key = (batch.names[at], raw, is_marked)
        if key not in self._seen:
            said = self._said(batch.rest(at), is_marked=is_marked)
            if len(raw) > _LONGEST_REMEMBERED:
                return said
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            self._seen[key] = said
        return self._seen[key]

    def _said(self, rest: str, *, is_marked: bool) -> _Said | None:
        end = rest.find(": ", 0, LONGEST_NAME + 2)
        author = self._people.direct.get(rest[:end]) if end >= 0 else None
        start = end + 2
        if author is None:
            found = self._people.split(rest)
            if found is None:
                return None
            author, start = found
        body = self._bodies.read(rest[start:], is_marked=is_marked)
        shown, side = author
        return None if body is None else _Said(side, shown, *body)


def _notice(batch: Batch, at: int) -> Sequence[ChatItem]:
    """What WhatsApp wrote in one line; it has no others, but a message with a pasted one may."""
    _, _, more = batch.rest(at).partition("\n")
    if not more.strip():
        return _NOTICE
    first = batch.line(at) + 1
    return SystemLine(), NotUnderstood(first, first + more.count("\n"), "after a notice")
