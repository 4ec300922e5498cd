"""Subject and Description of a Task, in several parts where a text is too long (T5, T6, T8, T10).

In a Task of several messages the lines of each text are indented below their header, so that no
text can pass for a further message.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from wasf.core.chats import Chat, Direction, Message, MessageKind
from wasf.core.text import one_line, shorten, split_text, utf16_length, wall_time

SUBJECT_LIMIT = 255
DESCRIPTION_LIMIT = 32_000
"""UTF-16 units that Salesforce's fields hold."""

_AUTHOR_LIMIT = 100
_CONTINUED = " (continued)"
_BETWEEN = " · "
_LONGEST_HEADER = len("2024-02-01 15:04:05 +01:00") + len(_BETWEEN) + _AUTHOR_LIMIT
_ROOM = DESCRIPTION_LIMIT - _LONGEST_HEADER - len(_CONTINUED) - len("\n")
"""Units for a body, or a piece of one, below its header.

It does not depend on names: a piece that is already in Salesforce and the next one must fit
together although the person was renamed in between.
"""

_BETWEEN_BLOCKS = "\n\n"
_ROOM_OF_PART = DESCRIPTION_LIMIT + len(_BETWEEN_BLOCKS)  # each block counts with what ends it
_INDENT = " \N{NO-BREAK SPACE} "  # pages may join blanks at the start of a line, but not this one

_PLACEHOLDERS = {
    MessageKind.TEXT: "[empty message]",
    MessageKind.MEDIA: "[media]",
    MessageKind.CONTACT_CARD: "[contact card]",
    MessageKind.LOCATION: "[location]",
    MessageKind.POLL: "[poll]",
    MessageKind.CALL: "[call]",
    MessageKind.DELETED: "[deleted message]",
    MessageKind.EDITED: "[edited message]",
    MessageKind.VIEW_ONCE: "[view-once message]",
    MessageKind.UNKNOWN: "[empty message]",
}


class TaskText(NamedTuple):
    """The text of one Task. It holds the messages from `first` to before `end`.

    Where one message is too long for a Task, this is its piece number `piece`, counted from 1.
    """

    subject: str
    description: str
    first: int
    end: int
    piece: int = 1


def task_texts(messages: Sequence[Message], chat: Chat, zone: tzinfo) -> tuple[TaskText, ...]:
    """Return the texts of the Tasks for the messages of one window (at least one).

    No text is ever cut. A message is whole in one part, or has parts of its own, so a part makes
    sense although another one was not written.
    """
    parts = list(_parts([_block(message, chat, zone) for message in messages]))
    count = len(parts)
    return tuple(
        TaskText(_subject(messages, chat, f" (part {number}/{count})" if count > 1 else ""), *part)
        for number, part in enumerate(parts, start=1)
    )


# --- Subject -----------------------------------------------------------------------------------


def _subject(messages: Sequence[Message], chat: Chat, suffix: str) -> str:
    if len(messages) > 1:
        start, suffix = "WhatsApp chat with ", f" ({len(messages)} messages){suffix}"
    elif messages[0].direction is Direction.OUTGOING:
        start = "WhatsApp to "
    elif chat.is_group:
        start = f"WhatsApp from {_author(messages[0], chat)} in "
    else:
        start = "WhatsApp from "
    room = SUBJECT_LIMIT - utf16_length(start) - utf16_length(suffix)
    return start + shorten(_chat_name(chat), room) + suffix


def _chat_name(chat: Chat) -> str:
    return one_line(chat.name) or one_line(chat.title) or chat.phone or "somebody"


def _author(message: Message, chat: Chat) -> str:
    author = one_line(message.author)
    if not author:
        is_ours = message.direction is Direction.OUTGOING
        author = (one_line(chat.whatsapp_account) or "we") if is_ours else _chat_name(chat)
    return shorten(author, _AUTHOR_LIMIT)


# --- Description -------------------------------------------------------------------------------


class _Block(NamedTuple):
    """A message in a description: a header with time and author, and the body."""

    header: str
    body: str

    def indented(self) -> str:
        """Return the block as it stands among others; every kind of line break begins a line."""
        lines = "".join(_INDENT + line for line in self.body.splitlines(keepends=True))
        return f"{self.header}\n{lines}"


def _block(message: Message, chat: Chat, zone: tzinfo) -> _Block:
    header = f"{wall_time(message.sent_at.astimezone(zone))}{_BETWEEN}{_author(message, chat)}"
    lines = [message.text] if message.text.strip() else []
    if message.attachment:
        lines.append(f"Attachment: {one_line(message.attachment.name)}")
    return _Block(header, "\n".join(lines) or _PLACEHOLDERS[message.kind])


class _Part(NamedTuple):
    """A description with the range of messages in it, as in `TaskText`."""

    description: str
    first: int
    end: int
    piece: int = 1


def _parts(blocks: Sequence[_Block]) -> Iterator[_Part]:
    """Yield descriptions within the limit, split between messages, inside one only if necessary.

    A message that is alone in its part is not indented: the part holds nothing else.
    """
    first, gathered, room = 0, list[str](), _ROOM_OF_PART
    for place, block in enumerate(blocks):
        text = block.indented()
        # What is too long for one part has parts of its own, whatever its header.
        size = utf16_length(text) if utf16_length(block.body) <= _ROOM else DESCRIPTION_LIMIT + 1
        size += len(_BETWEEN_BLOCKS)
        if gathered and size > room:
            yield from _gathered_parts(blocks, gathered, first)
            first, gathered, room = place, [], _ROOM_OF_PART
        gathered.append(text)
        room -= size
    if gathered:
        yield from _gathered_parts(blocks, gathered, first)


def _gathered_parts(blocks: Sequence[_Block], gathered: list[str], first: int) -> Iterator[_Part]:
    """Yield one part for several blocks from `first` on, or the pieces of a single one."""
    end = first + len(gathered)
    if len(gathered) > 1:
        yield _Part(_BETWEEN_BLOCKS.join(gathered), first, end)
        return
    for number, text in enumerate(_pieces(blocks[first]), start=1):
        yield _Part(text, first, end, number)


def _pieces(block: _Block) -> list[str]:
    """Return the block, or its pieces with a header each where it is too long."""
    bodies = list(split_text(block.body, _ROOM))
    headers = [block.header] + [block.header + _CONTINUED] * (len(bodies) - 1)
    return [f"{header}\n{body}" for header, body in zip(headers, bodies, strict=True)]
