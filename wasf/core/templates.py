"""Templates of settings: texts with placeholders such as `{sent_at}`, and their values (F1).

A placeholder is replaced once. What a chat says is a value and never a template: braces in it stay
braces. `{{` and `}}` stand for one brace.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Self

from wasf.core.chats import Chat, Direction, Message
from wasf.core.text import nearest, one_line, wall_time
from wasf.values import dataclass

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Placeholder(StrEnum):
    """What a template can name. For a window of several messages it is of the first one."""

    DIRECTION = "direction"
    SENT_AT = "sent_at"
    SENT_UNTIL = "sent_until"
    SENDER = "sender"
    ACCOUNT = "account"
    CHAT = "chat"
    CHAT_URL = "chat_url"
    KIND = "kind"
    COUNT = "count"
    SOURCE = "source"
    MESSAGE_ID = "message_id"
    NAME = "name"
    NUMBER = "number"
    OWNER_EMAIL = "owner_email"
    TIME = "time"
    TEXT = "text"


IN_FIELDS = frozenset(Placeholder) - {Placeholder.TIME, Placeholder.TEXT}
"""Those that `task.fields` and `lead.fields` know."""

IN_SUBJECTS = frozenset(
    {
        Placeholder.TIME,
        Placeholder.DIRECTION,
        Placeholder.NAME,
        Placeholder.TEXT,
        Placeholder.ACCOUNT,
        Placeholder.COUNT,
    }
)
"""Those that `task.subject` knows."""

TIMES = (Placeholder.SENT_AT, Placeholder.SENT_UNTIL)


class BadTemplate(Exception):
    """A text that is no template: why, and what may be meant ("" if nothing is near)."""

    def __init__(self, why: str, near: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.near = near


@dataclass(frozen=True, slots=True)
class Template:
    """A text as pieces: constant texts and placeholders."""

    pieces: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str, known: Collection[Placeholder]) -> Self:
        """Read a template. Raise `BadTemplate` for a placeholder that is not `known`."""
        pieces: list[str | Placeholder] = []
        start = 0
        for found in _PIECE.finditer(text):
            pieces.append(text[start : found.start()])
            start = found.end()
            if found[0] in ("{{", "}}"):
                pieces.append(found[0][0])
            elif found[1] is None:
                raise BadTemplate(f"it has a single {found[0]}", found[0] * 2)
            else:
                pieces.append(_placeholder(found[1], known))
        pieces.append(text[start:])
        return cls(tuple(piece for piece in pieces if piece))

    @property
    def constant(self) -> str | None:
        """The text, if it has no placeholder."""
        texts = [piece for piece in self.pieces if not isinstance(piece, Placeholder)]
        return "".join(texts) if len(texts) == len(self.pieces) else None

    @property
    def alone(self) -> Placeholder | None:
        """The placeholder, if there is nothing else."""
        match self.pieces:
            case (Placeholder() as only,):
                return only
            case _:
                return None

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Placeholder))

    def fill(self, values: "TemplateValues") -> str:
        """Return the text with the values in place of the placeholders."""
        return "".join(
            values.text(piece) if isinstance(piece, Placeholder) else piece for piece in self.pieces
        )


def _placeholder(word: str, known: Collection[Placeholder]) -> Placeholder:
    if word in known:
        return Placeholder(word)
    near = nearest(word.lower(), known)
    raise BadTemplate(f"there is no {{{word}}}", f"{{{near}}}" if near else "")


@dataclass(frozen=True, slots=True)
class TemplateValues:
    """What placeholders stand for: a chat, and the first and last message of a Task.

    `count` is the number of messages, `zone` the time zone in which people read times.
    """

    chat: Chat
    first: Message
    last: Message
    count: int
    zone: tzinfo

    def moment(self, placeholder: Placeholder) -> datetime:
        """Return the time that `{sent_at}` or `{sent_until}` stands for, in the time zone."""
        message = self.last if placeholder is Placeholder.SENT_UNTIL else self.first
        return message.sent_at.astimezone(self.zone)

    def text(self, placeholder: Placeholder) -> str:
        """Return the text that a placeholder stands for, "" where nothing is known."""
        match placeholder:
            case Placeholder.SENT_AT | Placeholder.SENT_UNTIL:
                return wall_time(self.moment(placeholder))
            case Placeholder.TIME:
                return self.moment(Placeholder.SENT_AT).strftime("%H:%M")
            case Placeholder.SENDER:
                return one_line(self.first.author) or self._side()
            case Placeholder.COUNT:
                return str(self.count)
            case _:
                if placeholder in _OF_CHAT:
                    return one_line(_OF_CHAT[placeholder](self.chat))
                return one_line(_OF_MESSAGE[placeholder](self.first))

    def _side(self) -> str:
        """Return the name of the side that wrote the first message."""
        is_ours = self.first.direction is Direction.OUTGOING
        chat = self.chat
        return one_line(chat.whatsapp_account if is_ours else chat.name or chat.title)


_OF_MESSAGE: Mapping[Placeholder, Callable[[Message], str]] = {
    Placeholder.DIRECTION: lambda message: direction_word(message.direction),
    Placeholder.KIND: lambda message: message.kind,
    Placeholder.TEXT: lambda message: message.text,
    Placeholder.MESSAGE_ID: lambda message: message.native_id,
}
_OF_CHAT: Mapping[Placeholder, Callable[[Chat], str]] = {
    Placeholder.ACCOUNT: lambda chat: chat.whatsapp_account,
    Placeholder.CHAT: lambda chat: chat.title,
    Placeholder.CHAT_URL: lambda chat: chat.url,
    Placeholder.SOURCE: lambda chat: chat.source,
    Placeholder.NAME: lambda chat: chat.name,
    Placeholder.NUMBER: lambda chat: chat.phone or "",
    Placeholder.OWNER_EMAIL: lambda chat: chat.owner_email or chat.account_email,
}


@lru_cache(maxsize=8)
def subject_template(text: str) -> Template:
    """Return the template of the setting `task.subject` (T5). Raise `BadTemplate`."""
    return Template.parse(text, IN_SUBJECTS)


def direction_word(direction: Direction) -> str:
    """Return `Inbound` for what the other party wrote, `Outbound` for ours."""
    return "Outbound" if direction is Direction.OUTGOING else "Inbound"
