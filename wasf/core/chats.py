"""Chats and messages as every source yields them, and when the last ones were written."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from wasf.values import dataclass

ChatId = NewType("ChatId", str)
"""Identifies a chat for ever: a function of its source and its title or id there."""

Phone = NewType("Phone", str)
"""A phone number in E.164, such as `+491713920012`. Only `core.phones` makes one."""


class Direction(StrEnum):
    """Who wrote: the customer (incoming) or our side (outgoing)."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class MessageKind(StrEnum):
    """What a message is. Two exports of one message may differ in text but agree in kind."""

    TEXT = "text"
    MEDIA = "media"
    CONTACT_CARD = "contact-card"
    LOCATION = "location"
    POLL = "poll"
    CALL = "call"
    DELETED = "deleted"
    EDITED = "edited"
    VIEW_ONCE = "view-once"
    UNKNOWN = "unknown"


class Attachment(NamedTuple):
    """A file that belongs to a message.

    `name` is what the chat calls it; `archive` the zip or folder that holds it (an absolute path),
    or "" where only the name is known; `member` its name inside. `machine` is the one that has the
    file, where several share a ledger; "" if any can read it.
    """

    name: str
    archive: str = ""
    member: str = ""
    machine: str = ""

    def on(self, machine: str) -> "Attachment":
        """Return the same as a file of that machine, if it is a file, and nobody's yet."""
        is_file = self.archive and not self.archive.isidentifier()
        return self._replace(machine=machine) if is_file and not self.machine else self


class Message(NamedTuple):
    """One message. A NamedTuple, because millions are made and a frozen class costs a third more.

    `sent_at` is in UTC, to the minute or second that the source knows. `text` is what was written,
    unchanged; where WhatsApp itself wrote the body (a deleted message, a call) it is that body
    without invisible marks. `author` is the name or number that the chat shows.
    `native_id` is the source's own id of the message, "" where it has none.
    """

    sent_at: datetime
    direction: Direction
    author: str
    kind: MessageKind
    text: str
    attachment: Attachment | None = None
    native_id: str = ""


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A line that WhatsApp wrote about the chat: an encryption notice, a changed number (T6)."""


@dataclass(frozen=True, slots=True)
class SkippedMessage:
    """A message that is not logged: the file holds it twice, or no person wrote it."""

    reason: str


class NotUnderstood(NamedTuple):
    """Lines that could not be read, or only in part.

    Their text is in no message, in a message with broken characters replaced, or (a line that
    only looks like the first of a message) unchanged in the message before it. `line` and
    `last_line` count from 1; `reason` is a few words without any of the text.
    """

    line: int
    last_line: int
    reason: str


ChatItem = Message | SystemLine | SkippedMessage | NotUnderstood


class Participant(NamedTuple):
    """Somebody in a group other than us: the author as shown, the number if it is known (T7)."""

    author: str
    phone: Phone | None


@dataclass(frozen=True, slots=True)
class ChatDetails:
    """What is known of a chat, both where a source names it and where the ledger keeps it.

    `source` is the kind of source (`export`, a chat API). `title` is the other party or the group
    as the chat shows it; `name` is the same if it is a name and no number. `phone` is set only if
    it is known for sure. `owner_email` is the responsible person's (O1). `whatsapp_account` is the
    name of our side's WhatsApp account, `account_email` its owner's e-mail (O2). `url` opens the
    chat, if there is such an address (L3). `user_ids` are the ids that sources have for the person,
    each after the source's kind and a space. `is_successor`: the number was another person's
    before, and nobody has said yet whose it is (I5).
    """

    source: str
    title: str
    name: str = ""
    phone: Phone | None = None
    is_group: bool = False
    owner_email: str = ""
    whatsapp_account: str = ""
    account_email: str = ""
    url: str = ""
    participants: tuple[Participant, ...] = ()
    user_ids: tuple[str, ...] = ()
    is_successor: bool = False

    @property
    def title_and_number(self) -> str:
        """The title, with the number where the title is a name."""
        return f"{self.title} ({self.phone})" if self.phone and self.name else self.title


CHAT_DETAILS = tuple(field.name for field in fields(ChatDetails))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChat(ChatDetails):
    """A chat as a source names it, before wasf knows whether it has seen it.

    `origin` is what a person would call the place (a file's name). `native_id` is the source's own
    id of the chat, "" where it has none. `doubt` says why there is no number although something was
    found. `left_out` says why this is no chat with anybody, so that its messages are skipped.
    `user_id` is the source's own id of the person, which stays where a number goes to somebody
    else; "" where it has none (I5). `account_name` is what the source calls our WhatsApp account,
    where that is not `whatsapp_account`.
    """

    origin: str
    native_id: str = ""
    doubt: str = ""
    left_out: str = ""
    user_id: str = ""
    account_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat(ChatDetails):
    """A chat that wasf knows, under its id."""

    id: ChatId

    @classmethod
    def of(cls, chat_id: ChatId, found: ChatDetails) -> "Chat":
        """Return the chat that a source found, under this id."""
        return cls(id=chat_id, **{name: getattr(found, name) for name in CHAT_DETAILS})


# --- The last messages ---------------------------------------------------------------------------


class LastMessages(NamedTuple):
    """When the other party and we wrote last (UTC); None where nobody did.

    Leads and Contacts tell it by the setting `report.fields`.

    `unanswered_since` is the first message from them after the last one from us.
    """

    from_them: datetime | None = None
    from_us: datetime | None = None
    unanswered_since: datetime | None = None


NO_MESSAGES = LastMessages()


def last_messages(latest_first: Iterable[tuple[int, int]]) -> LastMessages:
    """Return what a chat's messages come to; no more of them are read than needed.

    Each is given by its second since 1970, and whether we wrote it (1 or True).
    """
    from_them = from_us = unanswered = None
    for at, outgoing in latest_first:
        if outgoing and from_us is None:
            from_us = at
        if not outgoing:
            from_them = at if from_them is None else from_them
            unanswered = at if from_us is None else unanswered
        if from_us is not None and from_them is not None:
            break
    return LastMessages(*map(_at_second, (from_them, from_us, unanswered)))


def joined_last(chats: Iterable[LastMessages]) -> LastMessages:
    """Return what several chats of one record come to: of those that wait the longest counts."""
    known = list(chats)
    return LastMessages(
        max((one.from_them for one in known if one.from_them), default=None),
        max((one.from_us for one in known if one.from_us), default=None),
        min((one.unanswered_since for one in known if one.unanswered_since), default=None),
    )


def _at_second(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
