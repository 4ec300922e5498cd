"""The second pass over an export: its messages, one after the other, in memory that stays small."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

from wasf.core.chats import ChatItem, Direction, Kind, Message, NotUnderstood, SystemLine
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import PLAIN_START, BodyReader
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.headers import LONGEST_NAME, Headers
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.marks import MARKS_IN_BYTES
from wasf.sources.exports.people import Author, People
from wasf.sources.exports.pieces import Batch, Sieve, cut

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
    people: People
    stamps: Stamps
    sieve: Sieve | None
    bodies: BodyReader
    has_file_marks: bool = True
    is_long: bool = False

    def items(self) -> Iterator[ChatItem]:
        """Every line of the file, in messages, notices and what was not understood."""
        headers = Headers(self.layout, PLAIN_START, self.people.direct if self.is_long else ())
        direct = _by_bytes(self.people.direct)
        batches = cut(self.archive.blocks, headers, self.sieve)
        return chain.from_iterable(self._items(batch, direct) for batch in batches)

    def _items(self, batch: Batch, direct: "_Direct") -> Iterable[ChatItem]:
        """A batch as if all of it were texts by known authors; then what is more is put right.

        What is done for all is done by `map` and `zip`: a loop would cost more than the rest.
        """
        names, texts = batch.names, batch.texts
        sides = list(map(direct.sides.get, names))
        fields = zip(
            self.stamps.utc(batch.dates, batch.clocks),
            sides,
            map(direct.shown.get, names),
            repeat(Kind.TEXT),
            texts,
            repeat(None),
            repeat(""),
        )
        made: list[Message] = list(map(_new, repeat(Message), fields))
        strange = [at for at, side in enumerate(sides) if side is None]
        lines = _Lines(batch)
        # Line numbers are counted on the way, so those who ask go in order.
        others = [
            (at, self._other(batch, at, made[at], lines))
            for at in sorted({*strange, *self.bodies.not_plain(batch.raw, texts)})
        ]
        items: list[ChatItem] = [*batch.notes, *made]
        for at, instead in reversed(others):
            at += len(batch.notes)
            items[at : at + 1] = instead
        return items

    def _other(self, batch: Batch, at: int, plain: Message, lines: "_Lines") -> Sequence[ChatItem]:
        """A notice, a file, a name that is hard to read; `plain` is what it is if it is neither."""
        found = self._said(batch, at, plain)
        is_marked = self.has_file_marks and batch.marks[at].startswith(MARKS_IN_BYTES)
        body = None if found is None else self.bodies.read(found.text, is_marked=is_marked)
        if found is None or body is None:
            return _notice(batch.rest(at), lambda: lines.of(at))
        return (_new(Message, (*found[:3], *body, "")),)

    def _said(self, batch: Batch, at: int, plain: Message) -> Message | None:
        """A piece with its author and with all of what was said; None if there is no author."""
        if plain.author:
            return plain
        rest = batch.rest(at)
        end = rest.find(": ", 0, LONGEST_NAME + 2)
        author = self.people.direct.get(rest[:end]) if end >= 0 else None
        start = end + 2
        if author is None:
            found = self.people.split(rest)
            if found is None:
                return None
            author, start = found
        shown, side = author
        return _new(Message, (plain.sent_at, side, shown, Kind.TEXT, rest[start:], None, ""))


class _Direct(NamedTuple):
    """Authors by what the file's bytes have before the first `: `."""

    shown: Mapping[bytes | None, str]
    sides: Mapping[bytes | None, Direction]


def _by_bytes(direct: Mapping[str, Author]) -> _Direct:
    return _Direct(
        {name.encode(): shown for name, (shown, _) in direct.items()},
        {name.encode(): side for name, (_, side) in direct.items()},
    )


def _notice(rest: str, line: Callable[[], int]) -> Sequence[ChatItem]:
    """What WhatsApp wrote in one line; it has no others, but a message with a pasted one may."""
    _, _, more = rest.partition("\n")
    if not more.strip():
        return (SystemLine(),)
    first = line() + 1
    return SystemLine(), NotUnderstood(first, first + more.count("\n"), "after a notice")


class _Lines:
    """Numbers of the lines on which pieces begin, counted when one is asked for."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def of(self, at: int) -> int:
        """The line of a piece."""
        before = self._batch.texts[:at]
        return self._batch.first() + len(before) + sum(map(str.count, before, repeat("\n")))
