"""The second pass over an export: its messages, one after the other, in memory that stays small."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import add

from wasf.core.chats import ChatItem, Direction, Kind, Message, NotUnderstood, SystemLine
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import MARKS, PLAIN_START, BodyReader
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.headers import LONGEST_NAME, Headers
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.people import Author, People
from wasf.sources.exports.pieces import Batch, Sieve, cut

_MARKS = tuple(map(str.encode, MARKS))
# All fields at once: by name they cost twice as much.
_new: Callable[..., Message] = tuple.__new__


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
        """Every line of the file, in messages, notices and what was not understood."""
        headers = Headers(self.layout, PLAIN_START)
        direct = {name.encode(): who for name, who in self.people.direct.items()}
        shown_as: dict[bytes | None, str] = {name: shown for name, (shown, _) in direct.items()}
        sides: dict[bytes | None, Direction] = {name: side for name, (_, side) in direct.items()}
        batches = cut(self.archive.blocks(), headers, self.sieve)
        return chain.from_iterable(self._items(batch, shown_as, sides) for batch in batches)

    def _items(
        self,
        batch: Batch,
        shown_as: Mapping[bytes | None, str],
        sides: Mapping[bytes | None, Direction],
    ) -> Iterable[ChatItem]:
        """A batch as if all of it were texts by known authors; then what is more is put right.

        What is done for all is done by `map` and `zip`: a loop would cost more than the rest.
        """
        _, notes, _, dates, clocks, names, texts = batch
        days_of, clock_of = self.stamps.days.__getitem__, self.stamps.clocks.__getitem__
        directions = list(map(sides.get, names))
        fields = zip(
            map(add, map(days_of, dates), map(clock_of, clocks)),
            directions,
            map(shown_as.get, names),
            repeat(Kind.TEXT),
            texts,
            repeat(None),
            repeat(""),
        )
        made: list[ChatItem] = list(map(_new, repeat(Message), fields))
        strange = [at for at, direction in enumerate(directions) if direction is None]
        lines = _Lines(batch)
        closer = sorted({*strange, *self.bodies.not_plain(texts)})
        others = [(at, self._other(batch, at, lines)) for at in closer]
        for at, items in reversed(others):
            made[at : at + 1] = items
        return chain(notes, made)

    def _other(self, batch: Batch, at: int, lines: "_Lines") -> Sequence[ChatItem]:
        """A notice, a file, a name that is hard to read."""
        found = self._author(batch, at)
        if found is None:
            return _notice(lines.of(at), batch.rest(at))
        (shown, direction), text = found
        is_marked = self.has_file_marks and batch.marks[at].startswith(_MARKS)
        body = self.bodies.read(text, is_marked=is_marked)
        if body is None:
            return _notice(lines.of(at), batch.rest(at))
        sent_at = self.stamps.utc(batch.dates[at], batch.clocks[at])
        fields = (sent_at, direction, shown, body.kind, body.text, body.attachment, "")
        return (_new(Message, fields),)

    def _author(self, batch: Batch, at: int) -> tuple[Author, str] | None:
        """The author of a piece, and the body; None if there is none."""
        rest = batch.rest(at)
        end = rest.find(": ", 0, LONGEST_NAME + 2)
        known = self.people.direct.get(rest[:end]) if end >= 0 else None
        if known is not None:
            return known, rest[end + 2 :]
        found = self.people.split(rest)
        return None if found is None else (found[0], rest[found[1] :])


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
        self._texts, self._at, self._line = batch.texts, 0, batch.first

    def of(self, at: int) -> int:
        """The line of a piece; ask for them in order."""
        between = self._texts[self._at : at]
        self._line += len(between) + sum(map(str.count, between, repeat("\n")))
        self._at = at
        return self._line
