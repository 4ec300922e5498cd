"""Subject and Description of a Task, in several parts where a text is too long (T5, T6, T8, T10).

In a Task of several messages the lines of each text are indented below their header, so that no
text can pass for a further message.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import NamedTuple

from wasf.core.chats import Chat, Direction, Message, MessageKind
from wasf.core.templates import Template, TemplateValues
from wasf.core.text import one_line, shorten, split_text, utf16_length, wall_time

SUBJECT_LIMIT = 255
DESCRIPTION_LIMIT = 32_000
"""UTF-16 units that Salesforce's fields hold."""

_AUTHOR_LIMIT = 100
_NAME_LIMIT = 80
_BEGINNING = 60
"""UTF-16 units of a name, and of how a message begins, in a subject."""

_READ = 400
"""Characters of a message that are looked at for that."""

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


def task_texts(
    messages: Sequence[Message], chat: Chat, zone: tzinfo, subject: Template | None = None
) -> tuple[TaskText, ...]:
    """Return the texts of the Tasks for the messages of one window (at least one).

    `subject` is the template of the setting `task.subject`, if there is one.

    No text is ever cut. A message is whole in one part, or has parts of its own, so a part makes
    sense although another one was not written.
    """
    parts = list(_parts([_block(message, chat, zone) for message in messages]))
    count = len(parts)
    return tuple(
        TaskText(_subject(messages, chat, zone, _part_mark(number, count), subject), *part)
        for number, part in enumerate(parts, start=1)
    )


def _part_mark(number: int, count: int) -> str:
    return f" (part {number}/{count})" if count > 1 else ""


# --- Subject -----------------------------------------------------------------------------------


def _subject(
    messages: Sequence[Message], chat: Chat, zone: tzinfo, suffix: str, template: Template | None
) -> str:
    """Return the subject: of the template, else of the one message or of the window."""
    if template is not None:
        return _from_template(messages, chat, zone, suffix, template)
    if len(messages) > 1:
        suffix = f" ({len(messages)} messages, {_span(messages, zone)}){suffix}"
        return _fitted("WhatsApp chat with ", _chat_name(chat), "", suffix)
    [message] = messages
    start = f"WhatsApp {message.sent_at.astimezone(zone):%H:%M} "
    if message.direction is Direction.OUTGOING:
        start += "to "
    elif chat.is_group:
        start += f"from {_author(message, chat)} in "
    else:
        start += "from "
    return _fitted(start, _chat_name(chat), f": {_beginning(message)}", suffix)


def _fitted(start: str, name: str, text: str, suffix: str) -> str:
    """Return a subject of at most 255 units; a long name is cut, then how the text begins."""
    name = shorten(name, _NAME_LIMIT)
    room = SUBJECT_LIMIT - utf16_length(start) - utf16_length(name) - utf16_length(suffix)
    return start + name + (shorten(text, room) if text else "") + suffix


def _beginning(message: Message) -> str:
    """Return how a message begins, on one line."""
    text = one_line(message.text[:_READ])
    if not text and message.attachment:
        text = one_line(message.attachment.name)
    return shorten(text or _PLACEHOLDERS[message.kind], _BEGINNING)


def _span(messages: Sequence[Message], zone: tzinfo) -> str:
    """Return the local times of the first and last message, with their days if these differ."""
    first, last = (one.sent_at.astimezone(zone) for one in (messages[0], messages[-1]))
    shape = "%H:%M" if first.date() == last.date() else "%Y-%m-%d %H:%M"
    begins, ends = f"{first:{shape}}", f"{last:{shape}}"
    return begins if begins == ends else f"{begins}–{ends}"


def _from_template(
    messages: Sequence[Message], chat: Chat, zone: tzinfo, suffix: str, template: Template
) -> str:
    named = replace(chat, name=_chat_name(chat))
    first = messages[0]._replace(text=_beginning(messages[0]))
    values = TemplateValues(named, first, messages[-1], len(messages), zone)
    text = one_line(template.fill(values)) or "WhatsApp"
    return shorten(text, SUBJECT_LIMIT - utf16_length(suffix)) + suffix


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
