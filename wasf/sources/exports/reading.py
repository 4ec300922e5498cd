"""The second pass over an export: its messages, one after the other, in memory that stays small."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

from wasf.core.chats import ChatItem, Direction, Kind, Message
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import PLAIN_START, BodyReader
from wasf.sources.exports.closer_look import CloserLook
from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.headers import Headers
from wasf.sources.exports.layout import Layout
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
            repeat(Kind.TEXT),
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
