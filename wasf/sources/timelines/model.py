"""The API's JSON as values. What is missing or of another kind than said raises `NotAnswered`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from wasf.core.chats import Phone
from wasf.core.phones import parse_phone
from wasf.core.source_state import Quota
from wasf.errors import Unreachable
from wasf.sources.lenient_json import Json, Object, text


class NotAnswered(Unreachable):
    """An answer whose parts are not what the API promises."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the token is for; `quota` None if the workspace has none."""

    name: str
    quota: Quota | None


class WhatsAppAccount(NamedTuple):
    """A number of the workspace's own, under its id in the API."""

    id: str
    phone: str
    name: str
    owner_email: str
    status: str


class Teammate(NamedTuple):
    """Somebody in a group."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """A chat as a list shows it. `last_at` (UTC) is None where there is no message."""

    id: int
    name: str
    phone: str
    is_group: bool
    responsible_email: str
    whatsapp_account: str
    url: str
    last_uid: str
    last_at: datetime | None
    members: tuple[Teammate, ...]
    is_person: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chat. `at` (UTC) is WhatsApp's own time."""

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


class Page(NamedTuple):
    """A page of a list, and whether there is another."""

    items: list[Json]
    has_more: bool


def page_of(data: Json, name: str) -> Page:
    """A list in an answer's data."""
    shown = _object(data)
    items = shown.get(name)
    if not isinstance(items, list):
        raise _wrong(name)
    return Page(items, shown.get("has_more_pages") is True)


def workspace(data: Json) -> Workspace:
    """`GET /workspace`."""
    shown = _object(data)
    return Workspace(text(shown, "display_name"), _quota(shown.get("api_calls_quota")))


def _quota(value: Json) -> Quota | None:
    if not isinstance(value, dict):
        return None
    used, total = value.get("used"), value.get("total")
    start, end = _moment(value, "period_start"), _moment(value, "period_end")
    if not isinstance(used, int) or not isinstance(total, int) or start is None or end is None:
        return None
    return Quota(used, total, start, end)


def whatsapp_account(value: Json) -> WhatsAppAccount:
    """A number of the one kind or the other."""
    shown = _object(value)
    phone = text(shown, "phone") or text(shown, "display_phone_number")
    return WhatsAppAccount(
        id=text(shown, "id"),
        phone=phone,
        name=text(shown, "account_name") or text(shown, "owner_name"),
        owner_email=text(shown, "owner_email"),
        status=text(shown, "status").lower(),
    )


def chat(value: Json) -> ChatInfo:
    """ChatInfo and WabaChatInfo."""
    shown = _object(value)
    number = shown.get("id")
    if not isinstance(number, int):
        raise _wrong("id")
    host = text(shown, "jid").rpartition("@")[2]
    members = shown.get("group_members")
    return ChatInfo(
        id=number,
        name=text(shown, "name"),
        phone=text(shown, "phone"),
        is_group=shown.get("is_group") is True,
        responsible_email=text(shown, "responsible_email"),
        whatsapp_account=text(shown, "whatsapp_account_id") or text(shown, "waba_account_id"),
        url=text(shown, "chat_url"),
        last_uid=text(shown, "last_message_uid"),
        last_at=_moment(shown, "last_message_timestamp"),
        members=tuple(map(_member, members)) if isinstance(members, list) else (),
        is_person=host not in ("broadcast", "newsletter"),
    )


def phone(shown: str) -> Phone | None:
    """A number of the API's, whose parts sometimes leave the plus out; None if it is none."""
    return parse_phone(shown if shown.startswith("+") else f"+{shown}", "") if shown else None


def _member(value: Json) -> Teammate:
    shown = _object(value)
    return Teammate(text(shown, "name"), text(shown, "phone"))


def entry(value: Json) -> Entry:
    """MessageInfo."""
    shown = _object(value)
    uid, at = text(shown, "uid"), _moment(shown, "timestamp")
    if not uid or at is None:
        raise _wrong("uid or timestamp")
    filename = text(shown, "attachment_filename")
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
    )


def link(data: Json) -> str:
    """Where a message's file can be had now, "" if it has none."""
    return text(_object(data), "attachment_url")


def _reactions(value: Json) -> tuple[tuple[str, str], ...]:
    users = value.get("users") if isinstance(value, dict) else None
    if not isinstance(users, list):
        return ()
    found = (_object(user) for user in users)
    return tuple((text(one, "name"), text(one, "reaction")) for one in found)


def _object(value: Json) -> Object:
    if not isinstance(value, dict):
        raise _wrong("an object")
    return value


def _moment(shown: Object, name: str) -> datetime | None:
    return moment(text(shown, name))


def moment(written: str) -> datetime | None:
    """A time in UTC, None for "".

    The API writes `2024-01-08 10:35:18 +0200`; ISO 8601 is read as well.
    """
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written.replace(" +", "+").replace(" -", "-"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("a time") from None


def _wrong(part: str) -> NotAnswered:
    return NotAnswered(
        f"TimelinesAI answered something else than it promises ({part}).",
        "The next sync tries again; if it stays so, a newer wasf may know more.",
    )
