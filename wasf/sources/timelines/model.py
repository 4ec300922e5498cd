"""The API's JSON as values, and its messages as wasf's.

What wasf cannot do without (a list, an id, the time of a message) raises `UnexpectedResponse` where
it is missing or of another type than the API promises; everything else is read leniently.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from wasf.core.chats import (
    Attachment,
    Direction,
    Message,
    MessageKind,
    Participant,
    SourceChat,
)
from wasf.core.source_state import Quota
from wasf.interfaces import Json, Recall, WhatsAppAccount, Workspace
from wasf.sources.addresses import page_address
from wasf.sources.api_errors import unexpected_response
from wasf.sources.customers import phone_of
from wasf.sources.lenient_json import (
    Object,
    as_object,
    inner,
    one_line,
    text,
    unix_time,
    written_time,
)
from wasf.values import dataclass

NAME: Final = "timelines"
"""The provider, the kind of its source, and what an attachment names as its archive."""

TITLE: Final = "TimelinesAI"
_CALL: Final = "whatsapp_call"
_LONGEST_ID: Final = 60
_NOT_FOR_CUSTOMERS: Final = frozenset({"note", "summary", "email"})
_FAILED: Final = "failed"
_CONNECTED: Final = frozenset({"", "active", "connected"})


# --- Lists -------------------------------------------------------------------------------------


class Page(NamedTuple):
    """A page of a list, and whether there is another."""

    items: list[Json]
    has_more: bool


def page_of(data: Json, name: str) -> Page:
    """Return the list of that name in an answer's data."""
    shown = _object(data)
    items = shown.get(name)
    if not isinstance(items, list):
        raise unexpected_response(TITLE, name)
    return Page(items, shown.get("has_more_pages") is True)


# --- The workspace -----------------------------------------------------------------------------


def workspace(data: Json) -> Workspace:
    """Return what `GET /workspace` says, without the accounts."""
    shown = _object(data)
    return Workspace(text(shown, "display_name"), _quota(shown.get("api_calls_quota")))


def _quota(value: Json) -> Quota | None:
    if not isinstance(value, dict):
        return None
    used, total = value.get("used"), value.get("total")
    start, end = moment_of(value, "period_start"), moment_of(value, "period_end")
    if not isinstance(used, int) or not isinstance(total, int) or start is None or end is None:
        return None
    return Quota(used, total, start, end)


def whatsapp_account(value: Json) -> WhatsAppAccount:
    """Return a number of ours, an ordinary one or one of the official API."""
    shown = _object(value)
    phone = text(shown, "phone") or text(shown, "display_phone_number")
    return WhatsAppAccount(
        id=text(shown, "id"),
        phone=phone,
        name=text(shown, "account_name") or text(shown, "owner_name"),
        owner_email=text(shown, "owner_email"),
        status=text(shown, "status").lower(),
    )


def is_disconnected(account: WhatsAppAccount) -> bool:
    """Return whether nothing comes from a number: disconnected, suspended, banned, disabled."""
    return account.status not in _CONNECTED


# --- Chats -------------------------------------------------------------------------------------


class ChatMember(NamedTuple):
    """Somebody in a group."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """A chat as a list shows it. `last_at` (UTC) is None where there is no message, or no time."""

    id: int
    name: str
    phone: str
    is_group: bool
    responsible_email: str
    whatsapp_account: str
    url: str
    last_uid: str
    last_at: datetime | None
    members: tuple[ChatMember, ...]
    is_person: bool


def chat_info(value: Json) -> ChatInfo:
    """Return a ChatInfo or WabaChatInfo of the API."""
    shown = _object(value)
    number = shown.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise unexpected_response(TITLE, "id")
    host = text(shown, "jid").rpartition("@")[2]
    members = shown.get("group_members")
    return ChatInfo(
        id=number,
        name=text(shown, "name"),
        phone=text(shown, "phone"),
        is_group=shown.get("is_group") is True,
        responsible_email=text(shown, "responsible_email"),
        whatsapp_account=text(shown, "whatsapp_account_id") or text(shown, "waba_account_id"),
        url=page_address(text(shown, "chat_url")),
        last_uid=text(shown, "last_message_uid"),
        last_at=moment_of(shown, "last_message_timestamp"),
        members=tuple(map(_member, members)) if isinstance(members, list) else (),
        is_person=host not in ("broadcast", "newsletter"),
    )


def _member(value: Json) -> ChatMember:
    shown = as_object(value)
    return ChatMember(text(shown, "name"), text(shown, "phone"))


def participants_of(members: Iterable[ChatMember]) -> tuple[Participant, ...]:
    """Return the members of a group as wasf's participants."""
    named = (one for one in members if one.name or one.phone)
    return tuple(Participant(one.name or one.phone, phone_of(one.phone)) for one in named)


def members_fact(chat: SourceChat) -> dict[str, str]:
    """Return the fact that keeps who takes part in a group; none for a chat with one person.

    A webhook names one member; those that are known stay members.
    """
    members = [[one.author, one.phone or ""] for one in chat.participants]
    return {_members_name(chat.native_id): json.dumps(members)} if members else {}


def known_members(recall: Recall, native_id: str) -> tuple[ChatMember, ...]:
    """Return the members of a group that the ledger keeps."""
    kept = recall(_members_name(native_id))
    return tuple(ChatMember(*one) for one in json.loads(kept)) if kept else ()


def _members_name(native_id: str) -> str:
    return f"{NAME} members {native_id}"


class Family(NamedTuple):
    """A part of the API: the ordinary numbers', or the official API's. Neither shows the other.

    `mark` tells the ids of its chats from those of the other part, `title` names it for people. One
    that is optional may be missing in a plan.
    """

    start: str
    accounts_path: str
    accounts_name: str
    mark: str
    title: str
    is_optional: bool = False

    def chat_path(self, chat: ChatInfo) -> str:
        """Return where a chat's messages are."""
        return f"{self.start}/chats/{chat.id}/messages"

    @property
    def message_path(self) -> str:
        """Where single messages are."""
        return f"{self.start}/messages"

    def native_id(self, chat: ChatInfo) -> str:
        """Return what tells a chat from all others of the workspace."""
        return f"{self.mark}{chat.id}"


FAMILIES: Final = (
    Family("", "/whatsapp_accounts", "whatsapp_accounts", "", "WhatsApp accounts"),
    Family(
        "/waba", "/waba/accounts", "waba_accounts", "waba-", "official numbers", is_optional=True
    ),
)


# --- Messages ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chat. `at` (UTC) is WhatsApp's own time.

    `failure` says why the entry was not delivered, "" if it was. Of `further_files` only the names
    are known; the API gives one file of a message.
    """

    uid: str
    at: datetime
    from_me: bool
    sender_name: str
    sender_phone: str
    text: str
    type: str
    status: str
    filename: str
    has_attachment: bool
    reactions: tuple[tuple[str, str], ...]
    failure: str = ""
    further_files: tuple[str, ...] = ()


class UnreadableEntry(NamedTuple):
    """An entry that is not as the API promises: its id, "" if it has none, and what is wrong."""

    uid: str
    reason: str


def entry(value: Json) -> Entry | UnreadableEntry:
    """Return a MessageInfo of the API; one without an id or a time cannot be read."""
    shown = as_object(value)
    uid, at = text(shown, "uid"), moment_of(shown, "timestamp")
    if not uid:
        return UnreadableEntry("", "a message without an id")
    if at is None:
        return UnreadableEntry(uid, f"message {one_line(uid)[:_LONGEST_ID]} without a usable time")
    filename = one_line(text(shown, "attachment_filename"))
    return Entry(
        uid=uid,
        at=at,
        from_me=shown.get("from_me") is True,
        sender_name=text(shown, "sender_name"),
        sender_phone=text(shown, "sender_phone"),
        text=text(shown, "text"),
        type=text(shown, "message_type").lower(),
        status=text(shown, "status"),
        filename=filename,
        has_attachment=bool(filename) or shown.get("has_attachment") is True,
        reactions=_reactions(shown.get("reactions")),
        failure=failure_of(shown),
    )


def failure_of(shown: Object) -> str:
    """Return why a message was not delivered, in the API's words; "" if it was, or may yet be."""
    if text(shown, "status").lower() != _FAILED:
        return ""
    reason = inner(shown, "failure_reason")
    words = (text(reason, name) for name in ("title", "details", "code"))
    return one_line(", ".join(dict.fromkeys(filter(None, words)))) or _FAILED


def _reactions(value: Json) -> tuple[tuple[str, str], ...]:
    users = value.get("users") if isinstance(value, dict) else None
    if not isinstance(users, list):
        return ()
    found = map(as_object, users)
    return tuple((text(one, "name"), text(one, "reaction")) for one in found)


def file_link(data: Json) -> str:
    """Return where a message's file can be had now, "" if it has none."""
    return text(_object(data), "attachment_url")


def message(entry: Entry, place: str) -> Message | None:
    """Return the message that an entry is; None for the team's notes, summaries and e-mails.

    `place` is where the API has single messages, to get their files from.
    """
    if entry.type in _NOT_FOR_CUSTOMERS:
        return None
    file = Attachment(entry.filename or "file", NAME, f"{place}/{entry.uid}")
    return Message(
        sent_at=entry.at,
        direction=Direction.OUTGOING if entry.from_me else Direction.INCOMING,
        author=entry.sender_name or entry.sender_phone,
        kind=_kind(entry),
        text=_text(entry),
        attachment=file if entry.has_attachment else None,
        native_id=entry.uid,
    )


def _kind(entry: Entry) -> MessageKind:
    if entry.type == _CALL:
        return MessageKind.CALL
    if entry.has_attachment:
        return MessageKind.MEDIA
    return MessageKind.TEXT if entry.text else MessageKind.UNKNOWN


def _text(entry: Entry) -> str:
    lines = [_call(entry) if entry.type == _CALL else entry.text]
    lines += [f"[another file: {name}]" for name in entry.further_files]
    lines += [f"[{emoji} by {name}]" if name else f"[{emoji}]" for name, emoji in entry.reactions]
    lines += [f"[not delivered: {entry.failure}]"] if entry.failure else []
    return "\n".join(line for line in lines if line)


def _call(entry: Entry) -> str:
    said = f"Call ({entry.status.lower()})" if entry.status else "Call"
    return f"{said}: {entry.text}" if entry.text else said


# --- Parts -------------------------------------------------------------------------------------


def moment_of(shown: Object, name: str) -> datetime | None:
    """Return a time in UTC, None if there is no usable one.

    The API writes `2024-01-08 10:35:18 +0200`; ISO 8601 and Unix time are read as well.
    """
    return unix_time(shown, name) or written_time(text(shown, name))


def _object(value: Json) -> Object:
    if not isinstance(value, dict):
        raise unexpected_response(TITLE, "an object")
    return value
