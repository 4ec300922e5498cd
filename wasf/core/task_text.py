"""Subject and Description of a Task, in several parts where a text is too long (T5, T6, T8, T10).

In a Task of several messages the lines of each text are indented below their header, so that no
text can pass for a further message.

Which messages share a Task, and where a long text is split, does not depend on the language of
wasf's own words (T11), because the keys of Tasks follow from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from wasf.core.chats import Chat, Direction, Message
from wasf.core.policy import Language
from wasf.core.task_words import (
    IN_ENGLISH,
    TASK_WORDS,
    WIDEST_ATTACHMENT,
    WIDEST_CONTINUED,
    WIDEST_PLACEHOLDER,
    WIDEST_SIDE,
    TaskWords,
    plural_of,
)
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

_BETWEEN = " · "
_LONGEST_HEADER = len("2024-02-01 15:04:05 +01:00") + len(_BETWEEN) + _AUTHOR_LIMIT
_ROOM = DESCRIPTION_LIMIT - _LONGEST_HEADER - WIDEST_CONTINUED - len("\n")
"""Units for a body, or a piece of one, below its header.

It does not depend on names: a piece that is already in Salesforce and the next one must fit
together although the person was renamed in between.
"""

_BETWEEN_BLOCKS = "\n\n"
_ROOM_OF_PART = DESCRIPTION_LIMIT + len(_BETWEEN_BLOCKS)  # each block counts with what ends it
_INDENT = " \N{NO-BREAK SPACE} "  # pages may join blanks at the start of a line, but not this one


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
    messages: Sequence[Message],
    chat: Chat,
    zone: tzinfo,
    subject: Template | None = None,
    language: Language = Language.ENGLISH,
) -> tuple[TaskText, ...]:
    """Return the texts of the Tasks for the messages of one window (at least one).

    `subject` is the template of the setting `task.subject`, if there is one.

    No text is ever cut. A message is whole in one part, or has parts of its own, so a part makes
    sense although another one was not written.
    """
    style = _Style(zone, language)
    parts = list(_parts([_block(one, chat, style) for one in messages], style.words))
    count = len(parts)
    return tuple(
        TaskText(_subject(messages, chat, style, style.part(number, count), subject), *part)
        for number, part in enumerate(parts, start=1)
    )


def grown_text(
    before: TaskText,
    times: Sequence[datetime],
    messages: Sequence[Message],
    chat: Chat,
    zone: tzinfo,
    language: Language = Language.ENGLISH,
) -> TaskText | None:
    """Return the text of a Task with further messages; None if it would be too long (T3a).

    `before` stands in the Task, `times` are those of all messages. The subject is wasf's own.
    """
    style = _Style(zone, language)
    there = before.description if before.end > 1 else _indented_alone(before.description)
    blocks = (_block(one, chat, style).indented() for one in messages)
    description = _BETWEEN_BLOCKS.join([there, *blocks])
    if utf16_length(description) > DESCRIPTION_LIMIT:
        return None
    subject = _subject_of_several(len(times), (min(times), max(times)), chat, style, "")
    return TaskText(subject, description, 0, len(times))


def _indented_alone(description: str) -> str:
    """Return what stands in the Task of one message as it stands among others."""
    header, _, body = description.partition("\n")
    return _Block(header, body, "", "", "", 0).indented()


def comparable_body(description: str) -> str:
    """Return what stands below the first header, with wasf's own words in English (T11).

    So the Tasks of one message are equal, although wasf wrote them in two languages.
    """
    body = description.partition("\n")[2]
    if body in IN_ENGLISH:
        return IN_ENGLISH[body]
    before, line_break, last = body.rpartition("\n")
    for words in TASK_WORDS.values():
        if last.startswith(words.attachment):
            name = last.removeprefix(words.attachment)
            return f"{before}{line_break}{TASK_WORDS[Language.ENGLISH].attachment}{name}"
    return body


class _Style(NamedTuple):
    """The time zone and the language in which Tasks are written."""

    zone: tzinfo
    language: Language

    @property
    def words(self) -> TaskWords:
        return TASK_WORDS[self.language]

    def part(self, number: int, count: int) -> str:
        """Return what ends the subject of a part; nothing if it is the only one."""
        return f" ({self.words.part.format(number=number, count=count)})" if count > 1 else ""

    def counted(self, messages: int) -> str:
        """Return `14 messages`."""
        return self.words.messages[plural_of(self.language, messages)].format(count=messages)


# --- Subject -----------------------------------------------------------------------------------


def _subject(
    messages: Sequence[Message], chat: Chat, style: _Style, suffix: str, template: Template | None
) -> str:
    """Return the subject: of the template, else of the one message or of the window."""
    if template is not None:
        return _from_template(messages, chat, style, suffix, template)
    if len(messages) > 1:
        ends = messages[0].sent_at, messages[-1].sent_at
        return _subject_of_several(len(messages), ends, chat, style, suffix)
    [message] = messages
    words, name = style.words, _short_name(_chat_name(chat, style.words), _NAME_LIMIT)
    if message.direction is Direction.OUTGOING:
        pattern = words.outgoing_in_group if chat.is_group else words.outgoing
    else:
        pattern = words.incoming_in_group if chat.is_group else words.incoming
    at = message.sent_at.astimezone(style.zone)
    time = f"{at.hour:02}:{at.minute:02}"
    start = pattern.format(time=time, name=name, author=_author(message, chat, words))
    return _fitted(start, words.colon + _beginning(message, words), suffix)


def _subject_of_several(
    count: int, ends: tuple[datetime, datetime], chat: Chat, style: _Style, suffix: str
) -> str:
    name = _short_name(_chat_name(chat, style.words), _NAME_LIMIT)
    suffix = f" ({style.counted(count)}, {_span(ends, style.zone)}){suffix}"
    return _fitted(style.words.chat.format(name=name), "", suffix)


def _fitted(start: str, text: str, suffix: str) -> str:
    """Return a subject of at most 255 units; it is cut where the text begins."""
    room = SUBJECT_LIMIT - utf16_length(start) - utf16_length(suffix)
    return start + (shorten(text, room) if text else "") + suffix


def _beginning(message: Message, words: TaskWords) -> str:
    """Return how a message begins, on one line."""
    text = one_line(message.text[:_READ])
    if not text and message.attachment:
        text = one_line(message.attachment.name)
    return shorten(text or words.placeholder(message.kind), _BEGINNING)


def _span(ends: tuple[datetime, datetime], zone: tzinfo) -> str:
    """Return the local times of the first and last message, with their days if these differ."""
    first, last = (one.astimezone(zone) for one in ends)
    shape = "%H:%M" if first.date() == last.date() else "%Y-%m-%d %H:%M"
    begin, end = f"{first:{shape}}", f"{last:{shape}}"
    return begin if begin == end else f"{begin}–{end}"


def _from_template(
    messages: Sequence[Message], chat: Chat, style: _Style, suffix: str, template: Template
) -> str:
    named = replace(chat, name=_chat_name(chat, style.words))
    first = messages[0]._replace(text=_beginning(messages[0], style.words))
    values = TemplateValues(named, first, messages[-1], len(messages), style.zone)
    return subject_from(template, values, suffix)


def subject_from(template: Template, values: TemplateValues, suffix: str = "") -> str:
    """Return the subject that a template gives."""
    text = one_line(template.fill(values)) or "WhatsApp"
    return shorten(text, SUBJECT_LIMIT - utf16_length(suffix)) + suffix


def _chat_name(chat: Chat, words: TaskWords) -> str:
    return _known_name(chat) or words.nobody


def _known_name(chat: Chat) -> str:
    return _name_line(chat.name) or _name_line(chat.title) or chat.phone or ""


_name_line, _short_name = lru_cache(1_000)(one_line), lru_cache(1_000)(shorten)
"""For names: a chat has few of them, and each of its Tasks has them several times."""


def _author(message: Message, chat: Chat, words: TaskWords) -> str:
    is_ours = message.direction is Direction.OUTGOING
    return _known_author(message, chat) or (words.ours if is_ours else words.nobody)


def _known_author(message: Message, chat: Chat) -> str:
    is_ours = message.direction is Direction.OUTGOING
    author = _name_line(message.author) or (
        _name_line(chat.whatsapp_account) if is_ours else _known_name(chat)
    )
    return _short_name(author, _AUTHOR_LIMIT)


# --- Description -------------------------------------------------------------------------------


class _Block(NamedTuple):
    """A message in a description: a header with time and author, and the body.

    The body is the text, and `file`, which is named behind `label`; else `placeholder`. `spare` is
    what wasf's own words in the block may take more in another language.
    """

    header: str
    text: str
    label: str
    file: str
    placeholder: str
    spare: int

    @property
    def body(self) -> str:
        named = f"{self.label}{self.file}" if self.file else ""
        return "\n".join(filter(None, (self.text, named))) or self.placeholder

    def indented(self) -> str:
        """Return the block as it stands among others; every kind of line break begins a line."""
        lines = "".join(_INDENT + line for line in self.body.splitlines(keepends=True))
        return f"{self.header}\n{lines}"


def _block(message: Message, chat: Chat, style: _Style) -> _Block:
    words = style.words
    author = _known_author(message, chat)
    shown = author or _author(message, chat, words)
    spare = 0 if author else WIDEST_SIDE - utf16_length(shown)
    text = message.text if message.text.strip() else ""
    placeholder = words.placeholder(message.kind)
    file = one_line(message.attachment.name) if message.attachment else ""
    if file:
        spare += WIDEST_ATTACHMENT - utf16_length(words.attachment)
    elif not text:
        spare += WIDEST_PLACEHOLDER - utf16_length(placeholder)
    header = f"{wall_time(message.sent_at.astimezone(style.zone))}{_BETWEEN}{shown}"
    return _Block(header, text, words.attachment, file, placeholder, spare)


class _Part(NamedTuple):
    """A description with the range of messages in it, as in `TaskText`."""

    description: str
    first: int
    end: int
    piece: int = 1


def _parts(blocks: Sequence[_Block], words: TaskWords) -> Iterator[_Part]:
    """Yield descriptions within the limit, split between messages, inside one only if necessary.

    A message that is alone in its part is not indented: the part holds nothing else.
    """
    if len(blocks) == 1:
        yield from _parts_of_one(blocks[0], 0, words)
        return
    first, gathered, room = 0, list[str](), _ROOM_OF_PART
    for place, block in enumerate(blocks):
        text = block.indented()
        size = _size(block, text) + len(_BETWEEN_BLOCKS)
        if gathered and size > room:
            yield from _gathered_parts(blocks, gathered, first, words)
            first, gathered, room = place, [], _ROOM_OF_PART
        gathered.append(text)
        room -= size
    if gathered:
        yield from _gathered_parts(blocks, gathered, first, words)


def _size(block: _Block, indented: str) -> int:
    """Return the units that a block takes among others, in the language that needs most.

    What is too long for one part has parts of its own, whatever its header.
    """
    spare_of_body = WIDEST_ATTACHMENT - utf16_length(block.label) if block.file else 0
    if utf16_length(block.body) + spare_of_body > _ROOM:
        return DESCRIPTION_LIMIT + 1
    return utf16_length(indented) + block.spare


def _gathered_parts(
    blocks: Sequence[_Block], gathered: list[str], first: int, words: TaskWords
) -> Iterator[_Part]:
    """Yield one part for several blocks from `first` on, or the pieces of a single one."""
    end = first + len(gathered)
    if len(gathered) > 1:
        yield _Part(_BETWEEN_BLOCKS.join(gathered), first, end)
        return
    yield from _parts_of_one(blocks[first], first, words)


def _parts_of_one(block: _Block, place: int, words: TaskWords) -> Iterator[_Part]:
    """Yield the part of a block that is alone in it, or its pieces."""
    for number, text in enumerate(_pieces(block, words), start=1):
        yield _Part(text, place, place + 1, number)


def _pieces(block: _Block, words: TaskWords) -> list[str]:
    """Return the block, or its pieces with a header each where it is too long."""
    bodies = _bodies(block)
    further = f"{block.header} ({words.continued})"
    headers = [block.header] + [further] * (len(bodies) - 1)
    return [f"{header}\n{body}" for header, body in zip(headers, bodies, strict=True)]


def _bodies(block: _Block) -> list[str]:
    """Return the body, or its pieces; they are the same in every language but for its words."""
    texts = list(split_text(block.text, _ROOM)) if block.text else []
    if not block.file:
        return texts or [block.placeholder]
    names = list(split_text(block.file, _ROOM - WIDEST_ATTACHMENT))
    names[0] = f"{block.label}{names[0]}"
    if texts and len(names) == 1:
        wide = len("\n") + WIDEST_ATTACHMENT + utf16_length(block.file)
        if utf16_length(texts[-1]) + wide <= _ROOM:
            texts[-1] = f"{texts[-1]}\n{names.pop()}"
    return texts + names
