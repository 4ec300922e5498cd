"""Chats written down in a test: `MemorySource` keeps every promise of `Source`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    Phone,
    SourceChat,
)
from wasf.interfaces import ChatReading, Reached, Unreadable, comes_again

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE = Phone("+491713920012")


class Written(NamedTuple):
    """A chat and its items; an error among them is raised when its turn comes."""

    chat: SourceChat
    items: Sequence[ChatItem | Exception]


@dataclass(frozen=True)
class MemorySource:
    """Yields what was written down, every time anew."""

    found: tuple[Written | Unreadable | Reached, ...]
    kind: str = "export"

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """See `Source`."""
        for one in self.found:
            if isinstance(one, Unreadable | Reached):
                yield one
            else:
                again = partial(_items, one.items)
                is_file = self.kind == "export"
                yield ChatReading(
                    one.chat, again(), again=again, hold=comes_again if is_file else None
                )


def _items(items: Sequence[ChatItem | Exception]) -> Iterator[ChatItem]:
    for item in items:
        if isinstance(item, Exception):
            raise item
        yield item


def a_source_chat(
    title: str = "Ada Example", *, phone: Phone | None = PHONE, **facts
) -> SourceChat:
    """A chat as an export names it."""
    name = facts.pop("name", title)
    return SourceChat(
        source="export", origin=f"{title}.txt", title=title, name=name, phone=phone, **facts
    )


def written(*items: ChatItem | Exception | str, title: str = "Ada Example", **facts) -> Written:
    """A chat with these items; plain texts are incoming messages, a minute apart."""
    lines = [
        says(item, minute, author=title) if isinstance(item, str) else item
        for minute, item in enumerate(items)
    ]
    return Written(a_source_chat(title, **facts), lines)


def says(
    text: str = "Hello",
    minute: float = 0,
    *,
    author: str = "Ada Example",
    outgoing: bool = False,
    kind: MessageKind = MessageKind.TEXT,
    attachment: Attachment | None = None,
    native_id: str = "",
) -> Message:
    """A message, so many minutes after the start of everything."""
    direction = Direction.OUTGOING if outgoing else Direction.INCOMING
    at = START + timedelta(minutes=minute)
    return Message(at, direction, author, kind, text, attachment, native_id)
