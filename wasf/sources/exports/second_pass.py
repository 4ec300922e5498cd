"""The second pass over an export: its messages, one after the other, in memory that stays small."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    NotUnderstood,
    SystemLine,
)
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.blocks import Batch, Sieve, cut
from wasf.sources.exports.bodies import PLAIN_START, BodyReader
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.headers import LONGEST_NAME, Headers
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.participants import Author, Participants
from wasf.sources.exports.text import MARKS_IN_BYTES

# --- closer_look
# Looks closer at what is more than a text of a known author: files, notices, names with colons.


_NOTICE = (SystemLine(),)
_NEWLINE = ord("\n")
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 2_000, 200


class _Said(NamedTuple):
    """A message but for its time."""

    direction: Direction
    author: str
    kind: MessageKind
    text: str
    attachment: Attachment | None


class CloserLook:
    """Looks at pieces one by one.

    `has_file_marks` says that a mark before a header means a file. What WhatsApp writes comes again
    and again ("<Media omitted>"), so it remembers what it saw.
    """

    def __init__(self, people: Participants, bodies: BodyReader, *, has_file_marks: bool) -> None:
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


# --- reading


# All fields at once: by name they cost twice as much.
_new: Callable[..., Message] = tuple.__new__


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads an export whose shape, dates and people are known.

    `sieve` finds pasted lines, None if there are none. `stamps` knows the file's days and clocks.
    `has_file_marks` says that a mark before a header means a file: some phones mark all headers.
    `is_long` says that it pays to make a pattern for this file alone.
    """

    archive: Archive
    layout: Layout
    people: Participants
    stamps: Stamps
    sieve: Sieve | None
    bodies: BodyReader
    has_file_marks: bool = True
    is_long: bool = False

    def items(self) -> Iterator[ChatItem]:
        """Every line of the file, in messages, notices and what was not understood."""
        headers = Headers(self.layout, PLAIN_START, self.people.direct if self.is_long else ())
        direct = _by_bytes(self.people.direct)
        closer = CloserLook(self.people, self.bodies, has_file_marks=self.has_file_marks)
        batches = cut(self.archive.blocks, headers, self.sieve)
        return chain.from_iterable(self._items(batch, direct, closer) for batch in batches)

    def _items(self, batch: Batch, direct: "_Direct", closer: CloserLook) -> Iterable[ChatItem]:
        """A batch as if all of it were texts by known authors; then what is more is put right.

        What is done for all is done by `map` and `zip`: a loop would cost more than the rest.
        """
        names, texts = batch.names, batch.texts
        sides = list(map(direct.sides.get, names))
        fields = zip(
            self.stamps.utc(batch.dates, batch.clocks),
            sides,
            map(direct.shown.get, names),
            repeat(MessageKind.TEXT),
            texts,
            repeat(None),
            repeat(""),
        )
        made: list[Message] = list(map(_new, repeat(Message), fields))
        strange = [at for at, side in enumerate(sides) if side is None]
        places = {*strange, *self.bodies.not_plain(batch.raw, texts)}
        items: list[ChatItem] = [*batch.notes, *made]
        for at in sorted(places, reverse=True):  # so that the places before it stay
            place = len(batch.notes) + at
            items[place : place + 1] = closer.at(batch, at, made[at])
        return items


class _Direct(NamedTuple):
    """Authors by what the file's bytes have before the first `: `."""

    shown: Mapping[bytes | None, str]
    sides: Mapping[bytes | None, Direction]


def _by_bytes(direct: Mapping[str, Author]) -> _Direct:
    return _Direct(
        {name.encode(): shown for name, (shown, _) in direct.items()},
        {name.encode(): side for name, (_, side) in direct.items()},
    )
