"""The second pass: yields an export's messages and notices in order, in little memory.

Most chunks are plain texts by known authors. All chunks of a block are turned into such messages at
once; then the others, which few conditions find, are read one by one and put into their places.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
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
from wasf.sources.exports.archive import Archive
from wasf.sources.exports.blocks import CompleteChunks, FindFakeHeaders, join_chunks
from wasf.sources.exports.bodies import PLAIN_START, BodyReader
from wasf.sources.exports.headers import LONGEST_NAME, HeaderSplitter
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.participants import Author, Participants
from wasf.sources.exports.repeats import Block
from wasf.sources.exports.text import has_mark
from wasf.sources.exports.timestamps import Timestamps
from wasf.values import dataclass

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
