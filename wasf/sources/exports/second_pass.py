"""The second pass: yields an export's messages and notices in order, in little memory.

Most chunks are plain texts by known authors. All chunks of a block are turned into such messages at
once; then the others, which few conditions find, are read one by one and put into their places.

What a file holds twice, because a later export was appended to it, is left out. It shows by the
clock: where the second export begins, time goes back, and the messages from there equal, in order,
messages that stood there before. A few messages out of order, equal texts in one minute and the
hour that comes twice in autumn do not look so. In nearly all files the clock hardly ever goes back,
so nothing is kept but the last items. A step back beyond them reads the file once more, for a
number of eight bytes for each message.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice, repeat
from typing import NamedTuple

from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    NotUnderstood,
    SkippedMessage,
    SystemLine,
)
from wasf.core.keys import minute_of
from wasf.core.text import comparable
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.bodies import PLAIN_START, BodyReader
from wasf.sources.exports.chunks import (
    LONGEST_NAME,
    CompleteChunks,
    FindFakeHeaders,
    HeaderSplitter,
    join_chunks,
)
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.participants import Author, Participants
from wasf.sources.exports.text import has_mark
from wasf.sources.exports.timestamps import Timestamps
from wasf.values import dataclass

# --- What a file holds twice ---------------------------------------------------------------------

_RECENT_ITEMS = 200  # more of them, kept while the next block is read, cost 3 % of reading
_SURE, _SURE_AT_THE_END = 5, 3
_MOST_MISSING, _MOST_EXTRA = 20, 20
# So that a file in which the clock always goes back takes no longer than others.
_MOST_SEARCHES, _MOST_FAR_SEARCHES = 20_000, 300
_MOST_PLACES = 200  # so many equal messages of one minute are looked at: an album, not a flood
_TEXTS = frozenset({MessageKind.TEXT, MessageKind.EDITED, MessageKind.UNKNOWN})
_PLACE_BITS = 32
_MASK = (1 << (_PLACE_BITS - 1)) - 1
_REPEATED = SkippedMessage("twice in the file")


class Block(NamedTuple):
    """The items of a block of a file.

    `first` and `last` are the times of its first and last headers, None without any; `goes_back`
    says that a time in between is before the one above it.
    """

    items: Sequence[ChatItem]
    first: datetime | None
    last: datetime | None
    goes_back: bool


ReadBlocks = Callable[[], Iterator[Block]]
"""Reads the blocks of a file from the beginning, any number of times."""


def without_repeats(read_blocks: ReadBlocks) -> Iterator[ChatItem]:
    """Yield the items of a file; for each message that it holds twice a `SkippedMessage`."""
    return chain.from_iterable(_RepeatFilter(read_blocks).blocks())


class _RepeatFilter:
    """Passes blocks on, and looks at single messages only where the clock goes back."""

    def __init__(self, read_blocks: ReadBlocks) -> None:
        self._read_blocks = read_blocks
        self._recent: Sequence[ChatItem] = ()
        self._items = 0
        self._last: datetime | None = None
        self._index: array[int] | None = None
        self._run: _Run | None = None
        self._searches = 0

    def blocks(self) -> Iterator[Iterable[ChatItem]]:
        """Yield what is left of each block."""
        for block in self._read_blocks():
            if self._run is not None or block.goes_back or self._is_behind(block.first):
                yield list(self._check(block.items))
            else:
                yield block.items
                if self._index is not None:
                    self._index.extend(map(_sign, _messages(block.items)))
            self._recent = block.items[-_RECENT_ITEMS:]
            self._items += len(block.items)
            self._last = block.last or self._last
            del block  # kept while the next one is read, it would cost 3 % of reading
        if self._run is not None:
            yield self._run.end(is_cut=True)

    def _is_behind(self, at: datetime | None) -> bool:
        return at is not None and self._last is not None and at < self._last

    def _check(self, items: Sequence[ChatItem]) -> Iterator[ChatItem]:
        """Yield what is left of items, one by one."""
        for at, item in enumerate(items):
            if not isinstance(item, Message):
                yield item
                continue
            goes_back = self._is_behind(item.sent_at)
            taken = None if self._run is None else self._run.take(item)
            if taken is None and self._run is not None:
                yield from self._run.end(is_cut=goes_back)
                self._run = None
            if taken is None and goes_back:
                self._run = self._begin(item, items[:at])
                taken = None if self._run is None else self._run.take(item)
            yield from (item,) if taken is None else taken
            self._last = item.sent_at
            if self._index is not None:
                self._index.append(_sign(item))

    def _begin(self, item: Message, above: Sequence[ChatItem]) -> "_Run | None":
        """Return the run of messages that this one may repeat, None if there is no such one."""
        self._searches += 1
        known = self._known(item, above)
        if known is None:
            return None
        sign = _sign(item)
        equal = (at for at, one in enumerate(known) if one == sign)
        places = list(islice(equal, _MOST_PLACES)) if sign in known else []
        return _Run(known, places) if places else None

    def _known(self, item: Message, above: Sequence[ChatItem]) -> Sequence[int] | None:
        """Return signs of the messages above that this one may repeat; None after many searches."""
        if self._index is None and self._searches <= _MOST_SEARCHES:
            window = list(_messages(chain(self._recent, above)))
            minute = minute_of(item)
            is_whole = self._items == len(self._recent)
            if is_whole or (window and minute_of(window[0]) <= minute):
                start = (at for at, m in enumerate(window) if minute_of(m) >= minute)
                return array("q", map(_sign, window[next(start, len(window)) :]))
            self._index = self._read_index(len(above))
            self._searches = 0
        return self._index if self._searches <= _MOST_FAR_SEARCHES else None

    def _read_index(self, above: int) -> "array[int]":
        items = chain.from_iterable(block.items for block in self._read_blocks())
        return array("q", map(_sign, _messages(islice(items, self._items + above))))


class _Run:
    """A run of messages that is compared with messages above it.

    `known` are signs of those, `places` where the first one may be among them. The run is certain
    after some messages, or where it reaches the last message above.
    """

    def __init__(self, known: Sequence[int], places: Sequence[int]) -> None:
        self._known = known
        self._end = len(known)
        self._places = list(places)
        self._held: list[ChatItem] = []
        self._is_certain = False
        self._extra = 0

    def take(self, message: Message) -> Sequence[ChatItem] | None:
        """Return what takes the place of a message, None if it is not of this run."""
        sign = _sign(message)
        places = [at + 1 for at in self._places if at < self._end and self._known[at] == sign]
        if self._is_certain:
            return self._take_certain(message, sign, places)
        if not places:
            return None
        self._places = places
        self._held.append(message)
        enough = _SURE_AT_THE_END if self._end in places else _SURE
        if len(self._held) < enough:
            return ()
        self._is_certain = True
        return self.end(is_cut=True)

    def _take_certain(
        self, message: Message, sign: int, places: list[int]
    ) -> Sequence[ChatItem] | None:
        """Return the same in a run that is certain: messages may have changed, be gone or new."""
        places = places or [place for at in self._places if (place := self._later(at, sign))]
        if not places and all(at >= self._end for at in self._places):
            return None
        if places:
            self._places = places
            return (_REPEATED,)
        self._extra += 1
        return (message,) if self._extra <= _MOST_EXTRA else None

    def _later(self, at: int, sign: int) -> int:
        """Return the place behind an equal message below, or behind the one that has changed."""
        for place in range(at, min(at + _MOST_MISSING, self._end)):
            if self._known[place] == sign:
                return place + 1
        is_changed = at < self._end and self._known[at] >> _PLACE_BITS == sign >> _PLACE_BITS
        return at + 1 if is_changed else 0

    def end(self, *, is_cut: bool) -> list[ChatItem]:
        """Return what was held; it is repeated if the run `is_cut` there and long enough."""
        is_repeated = is_cut and len(self._held) >= _SURE_AT_THE_END
        held: list[ChatItem] = [_REPEATED] * len(self._held) if is_repeated else self._held
        self._held = []
        return held


def _messages(items: Iterable[ChatItem]) -> Iterator[Message]:
    return (item for item in items if isinstance(item, Message))


def _sign(message: Message) -> int:
    """Return a number for a message: the upper half for its minute and author, then its content."""
    _, direction, author, kind, text, _, _ = message
    place = hash((minute_of(message), direction, author)) & _MASK
    content = hash(comparable(text) if kind in _TEXTS else kind) & _MASK
    return place << _PLACE_BITS | content


# --- The second pass -----------------------------------------------------------------------------

_NOTICE = SystemLine()
_BY_ASSISTANT = SkippedMessage("by an assistant such as Meta AI")
_NEWLINE = ord("\n")
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 2_000, 200

# All fields at once: by name they cost twice as much.
_new_message: Callable[..., Message] = tuple.__new__


@dataclass(frozen=True, slots=True)
class SecondPass:
    """Reads an export whose layout, dates and participants are known.

    `find_fakes` is None if there are no fake headers. `has_file_marks` says that a mark before a
    header means a file: some phones mark all headers. `is_long` says that a pattern for this file
    alone is worth its compilation. `excerpts` are lines in another form that stay in messages.
    """

    archive: Archive
    layout: Layout
    participants: Participants
    stamps: Timestamps
    find_fakes: FindFakeHeaders | None
    bodies: BodyReader
    has_file_marks: bool = True
    is_long: bool = False
    excerpts: tuple[NotUnderstood, ...] = ()

    @property
    def our_names(self) -> frozenset[str]:
        """Return the names of our side."""
        authors = self.participants.authors.values()
        return frozenset(name for name, side in authors if side is Direction.OUTGOING)

    def blocks(self) -> Iterator[Block]:
        """Yield every line of the file, in messages, notices and what was not understood."""
        direct = self.participants.direct
        splitter = HeaderSplitter(self.layout, PLAIN_START, direct if self.is_long else ())
        authors = _KnownAuthors.of(direct)
        reader = ChunkReader(self.participants, self.bodies, has_file_marks=self.has_file_marks)
        archive = self.archive
        batches = join_chunks(archive.blocks, splitter, self.find_fakes, archive.first)
        excerpts = Block(self.excerpts, None, None, goes_back=False)
        return chain([excerpts], (self._block(batch, authors, reader) for batch in batches))

    def _block(
        self, batch: CompleteChunks, authors: "_KnownAuthors", reader: "ChunkReader"
    ) -> Block:
        """Return the items of some chunks, and whether the clock goes back in between.

        What is done for all of them is done by `map` and `zip`: a loop would cost more than the
        rest of reading.
        """
        names, texts = batch.names, batch.texts
        sides = list(map(authors.sides.get, names))
        times = list(self.stamps.utc(batch.dates, batch.clocks))
        fields = zip(
            times,
            sides,
            map(authors.shown.get, names),
            repeat(MessageKind.TEXT),
            texts,
            repeat(None),
            repeat(""),
        )
        plain: list[Message] = list(map(_new_message, repeat(Message), fields))
        without_author = [at for at, side in enumerate(sides) if side is None]
        special = {*without_author, *self.bodies.not_plain(batch.raw, texts)}
        items: list[ChatItem] = [*batch.notes, *plain]
        for at in sorted(special, reverse=True):  # so that the places before it stay
            place = len(batch.notes) + at
            items[place : place + 1] = reader.read(batch, at, plain[at])
        if not times:
            return Block(items, None, None, goes_back=False)
        # To sort what is sorted costs a third of looking at each pair.
        return Block(items, times[0], times[-1], goes_back=times != sorted(times))


class _KnownAuthors(NamedTuple):
    """Names and sides of authors, by what the file's bytes have before the first `: `."""

    shown: Mapping[bytes | None, str]
    sides: Mapping[bytes | None, Direction]

    @classmethod
    def of(cls, direct: Mapping[str, Author]) -> "_KnownAuthors":
        return cls(
            {name.encode(): shown for name, (shown, _) in direct.items()},
            {name.encode(): side for name, (_, side) in direct.items()},
        )


class _Content(NamedTuple):
    """A message but for its time."""

    direction: Direction
    author: str
    kind: MessageKind
    text: str
    attachment: Attachment | None


_Key = tuple[bytes | None, bytes, bool]
"""The sender, the body and whether a mark stands before the header."""


class ChunkReader:
    """Reads single chunks with all rules: files, notices, names with colons.

    What WhatsApp writes occurs again and again ("<Media omitted>"), so results are remembered.
    """

    def __init__(
        self, participants: Participants, bodies: BodyReader, *, has_file_marks: bool
    ) -> None:
        self._participants = participants
        self._bodies = bodies
        self._has_file_marks = has_file_marks
        self._known: dict[_Key, _Content | SkippedMessage | SystemLine] = {}

    def read(self, batch: CompleteChunks, at: int, plain: Message) -> Sequence[ChatItem]:
        """Return what a chunk is; `plain` is what it would be as a plain text."""
        raw, mark = batch.raw[at], batch.marks[at]
        # Nearly always there is no mark, which costs least to find out.
        is_marked = bool(mark) and self._has_file_marks and has_mark(mark)
        key = (batch.names[at], raw, is_marked)
        content = self._known.get(key)
        if content is None:
            content = self._content(batch.rest(at), is_marked=is_marked)
            self._remember(key, content)
        if isinstance(content, _Content):
            return (_new_message(Message, (plain.sent_at, *content, "")),)
        return _notice(batch, at) if content is _NOTICE and _NEWLINE in raw else (content,)

    def _remember(self, key: _Key, content: _Content | SkippedMessage | SystemLine) -> None:
        if len(key[1]) > _LONGEST_REMEMBERED:
            return
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = content

    def _content(self, rest: str, *, is_marked: bool) -> _Content | SkippedMessage | SystemLine:
        end = rest.find(": ", 0, LONGEST_NAME + 2)
        author = self._participants.direct.get(rest[:end]) if end >= 0 else None
        start = end + 2
        if author is None:
            found = self._participants.split(rest)
            if found is None:
                return _BY_ASSISTANT if self._participants.is_by_assistant(rest) else _NOTICE
            author, start = found
        shown, side = author
        body = self._bodies.read(rest[start:], shown, is_marked=is_marked)
        return _NOTICE if body is None else _Content(side, shown, *body)


def _notice(batch: CompleteChunks, at: int) -> Sequence[ChatItem]:
    """Return a notice and a note on the lines below it: notices have one line.

    The lines may belong to a message that a pasted notice interrupts.
    """
    _, _, more = batch.rest(at).partition("\n")
    if not more.strip():
        return (_NOTICE,)
    first = batch.line(at) + 1
    return _NOTICE, NotUnderstood(first, first + more.count("\n"), "after a notice")
