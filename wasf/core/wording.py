"""What a Task says: its subject and its description, in as many parts as it takes (T5, T6, T8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from wasf.core.chats import Chat, Direction, Kind, Message
from wasf.core.lengths import shorten, split_text, utf16_length

SUBJECT_LIMIT = 255
DESCRIPTION_LIMIT = 32_000
"""UTF-16 units that Salesforce's fields hold."""

_AUTHOR_LIMIT = 100
_CONTINUED = " (continued)"
_BETWEEN_BLOCKS = "\n\n"

# Marks that turn the direction of the text around them: a name must not turn a line that we write.
_DIRECTION_MARKS = dict.fromkeys(
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)

_PLACEHOLDERS = {
    Kind.TEXT: "[empty message]",
    Kind.MEDIA: "[media]",
    Kind.CONTACT_CARD: "[contact card]",
    Kind.LOCATION: "[location]",
    Kind.POLL: "[poll]",
    Kind.CALL: "[call]",
    Kind.DELETED: "[deleted message]",
    Kind.EDITED: "[edited message]",
    Kind.VIEW_ONCE: "[view-once message]",
    Kind.UNKNOWN: "[empty message]",
}


class Words(NamedTuple):
    """What stands in one Task."""

    subject: str
    description: str


def word(messages: Sequence[Message], chat: Chat, zone: tzinfo) -> tuple[Words, ...]:
    """Put the messages of one window (at least one) into words, one `Words` for each part.

    Nothing of a text is left out, whatever its length.
    """
    descriptions = list(_parts([_block(message, chat, zone) for message in messages]))
    count = len(descriptions)
    return tuple(
        Words(_subject(messages, chat, f" (part {part}/{count})" if count > 1 else ""), description)
        for part, description in enumerate(descriptions, start=1)
    )


def shown_name(name: str) -> str:
    """A name as it may stand within a line: on one line, without marks that turn its direction."""
    return " ".join(name.translate(_DIRECTION_MARKS).split())


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
    return shown_name(chat.name) or shown_name(chat.title) or chat.phone or "somebody"


def _author(message: Message, chat: Chat) -> str:
    author = shown_name(message.author)
    if not author:
        is_ours = message.direction is Direction.OUTGOING
        author = (shown_name(chat.whatsapp_account) or "we") if is_ours else _chat_name(chat)
    return shorten(author, _AUTHOR_LIMIT)


# --- Description -------------------------------------------------------------------------------


class _Block(NamedTuple):
    """A message as it stands in a description: who and when, then what."""

    header: str
    body: str


def _block(message: Message, chat: Chat, zone: tzinfo) -> _Block:
    header = f"{_time(message.sent_at.astimezone(zone))} · {_author(message, chat)}"
    lines = [message.text] if message.text.strip() else []
    if message.attachment:
        lines.append(f"Attachment: {message.attachment.name}")
    return _Block(header, "\n".join(lines) or _PLACEHOLDERS[message.kind])


def _time(local: datetime) -> str:
    """`2024-02-01 15:04:05 +01:00`; no seconds where there are none: most exports know minutes."""
    wall = local.replace(tzinfo=None)
    offset = local.utcoffset() or timedelta(0)
    minutes = round(abs(offset).total_seconds() / 60)
    sign = "-" if offset < timedelta(0) else "+"
    until = "seconds" if wall.second else "minutes"
    return f"{wall.isoformat(' ', until)} {sign}{minutes // 60:02}:{minutes % 60:02}"


def _parts(blocks: Sequence[_Block]) -> Iterator[str]:
    """Descriptions of at most the limit: parted between messages, within one only if need be."""
    gathered: list[str] = []
    length = 0
    for text in (piece for block in blocks for piece in _pieces(block)):
        own_length = utf16_length(text)
        if gathered and length + len(_BETWEEN_BLOCKS) + own_length > DESCRIPTION_LIMIT:
            yield _BETWEEN_BLOCKS.join(gathered)
            gathered, length = [], 0
        length += own_length + (len(_BETWEEN_BLOCKS) if gathered else 0)
        gathered.append(text)
    yield _BETWEEN_BLOCKS.join(gathered)


def _pieces(block: _Block) -> Iterator[str]:
    """The block whole if it fits, else each piece of its body under a header of its own."""
    whole = f"{block.header}\n{block.body}"
    if utf16_length(whole) <= DESCRIPTION_LIMIT:
        yield whole
        return
    header, continued = block.header, block.header + _CONTINUED
    room = DESCRIPTION_LIMIT - utf16_length(continued) - len("\n")
    for body in split_text(block.body, room):
        yield f"{header}\n{body}"
        header = continued
