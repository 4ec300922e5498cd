"""Messages of WAHA, in the shape that each of its engines gives them.

The id is `SIDE_CHAT_ID` or, in groups, `SIDE_CHAT_ID_SENDER`; its third part is WhatsApp's own id,
which is the same in lists and webhooks, under the number and under the hidden id. The chat is the
second part: what `from` and `to` hold depends on the engine. Kinds that WAHA has no fields for are
read in `_data`, which is the engine's own: WhatsApp's protocol (NOWEB, GOWS) or a type (WEBJS).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.core.chats import MessageKind, SourceChat
from wasf.sources.lenient_json import Object, inner, objects, one_line, text
from wasf.sources.whatsapp_bodies import (
    MessageContent,
    WebEnvelope,
    cards,
    content_of,
    file_name,
    location,
    poll,
    reaction,
)
from wasf.sources.whatsapp_web import WebChats, web_time

NAME: Final = "waha"
"""The provider, the kind of its source, and what an attachment names as its archive."""

TITLE: Final = "WAHA"
_ID_PARTS: Final = 3
_FAILED: Final = "-1"
_NO_MESSAGES: Final = frozenset(
    {"e2e_notification", "gp2", "notification", "notification_template", "protocol", "ciphertext"}
    | {"album", "broadcast_notification", "call_log_pending", "debug", "pinned_message"}
)
"""Types of WEBJS without words for people, or such as come again when they can be read."""

_NOUNS: Final = {"ptt": "voice message", "audio": "audio", "sticker": "sticker", "image": "image"}


class MessageId(NamedTuple):
    """The parts of an id; `sender` is "" outside of groups."""

    from_me: bool
    jid: str
    uid: str
    sender: str = ""


class WahaMessage(NamedTuple):
    """A message as WAHA shows it.

    `jids` are the ids of its chat, `senders` those of a group's member. `content` is None if it
    holds nothing for people; `is_edited` and `is_deleted` say what became of it since.
    """

    id: MessageId
    at: datetime
    jids: tuple[str, ...]
    senders: tuple[str, ...]
    push_name: str
    content: MessageContent | None
    has_failed: bool
    full_id: str
    is_edited: bool = False
    is_deleted: bool = False

    def envelope(self, session: str, author: str, uid: str = "") -> WebEnvelope:
        """Return what stands around its content; `uid` is another message's, if it is given."""
        place = f"/api/{_quoted(session)}/chats/{_quoted(self.id.jid)}"
        place += f"/messages/{_quoted(self.full_id)}"
        return WebEnvelope(
            uid or self.id.uid, self.at, self.id.from_me, author, NAME, place, self.has_failed
        )


def _quoted(part: str) -> str:
    return quote(part, safe="")


def message(shown: Object) -> WahaMessage | str:
    """Return a message, or why it cannot be taken."""
    split = id_of(shown)
    at = time_in(shown)
    if split is None:
        return "a message without an id"
    if at is None:
        return "a message without a usable time"
    data = inner(shown, "_data")
    jids, senders = _other_ids(shown, data, split)
    return WahaMessage(
        id=split,
        at=at,
        jids=jids,
        senders=senders,
        push_name="" if split.from_me else _push_name(data),
        content=_content(shown, data),
        has_failed=text(shown, "ack") == _FAILED or text(shown, "ackName") == "ERROR",
        full_id=text(shown, "id"),
        is_edited=bool(text(data, "latestEditSenderTimestampMs")),
        is_deleted=text(data, "type") == "revoked",
    )


def author_of(chats: WebChats, chat: SourceChat, one: WahaMessage) -> str:
    """Return how the writer of a message is called."""
    if one.id.from_me:
        return chats.account.shown
    if chat.is_group:
        return chats.member(one.id.jid, one.senders, one.push_name)
    return one.push_name or chat.name or chat.title


def id_of(shown: Object) -> MessageId | None:
    """Return the parts of a message's id, None if it has none."""
    return split_id(text(shown, "id")) or _bare_id(shown)


def split_id(written: str) -> MessageId | None:
    """Return the parts of a full id, None if it is none."""
    side, *parts = written.split("_", _ID_PARTS)
    if side not in ("true", "false") or len(parts) < _ID_PARTS - 1 or not all(parts[:2]):
        return None
    return MessageId(side == "true", *parts)


def _bare_id(shown: Object) -> MessageId | None:
    """Return the parts where the id is WhatsApp's alone, with the chat beside it."""
    uid, jid = text(shown, "id"), text(shown, "from")
    ours = shown.get("fromMe") is True
    if not uid or "_" in uid or not (jid := text(shown, "to") or jid if ours else jid):
        return None
    return MessageId(ours, jid, uid, text(shown, "participant"))


def time_in(shown: Object) -> datetime | None:
    """Return the time of a message in UTC, None if it has none."""
    return web_time(shown, "timestamp")


def _other_ids(
    shown: Object, data: Object, split: MessageId
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return all ids of the chat's person, and those of the sender in a group."""
    info, key = inner(data, "Info"), inner(data, "key")
    sender_alt, recipient_alt = text(info, "SenderAlt"), text(info, "RecipientAlt")
    members = (text(key, "participantAlt"), text(key, "participantPn"), sender_alt)
    senders = (split.sender, text(shown, "participant"), *members)
    if split.sender or split.jid.endswith("@g.us"):
        return (split.jid,), tuple(filter(None, senders))
    other = recipient_alt if split.from_me else sender_alt
    jids = (split.jid, text(key, "remoteJid"), text(key, "remoteJidAlt"), text(key, "senderPn"))
    return tuple(filter(None, (*jids, other))), ()


def _push_name(data: Object) -> str:
    names = (
        text(data, "notifyName"),
        text(data, "pushName"),
        text(inner(data, "Info"), "PushName"),
    )
    return next(filter(None, names), "")


# --- Content -----------------------------------------------------------------------------------


def _content(shown: Object, data: Object) -> MessageContent | None:
    kind = text(data, "type")
    if kind in _NO_MESSAGES and not text(shown, "body"):
        return None
    for name, read in _FIELDS.items():
        if shown.get(name):
            return read(shown)
    return _engine_content(shown, data, kind)


def _engine_content(shown: Object, data: Object, kind: str) -> MessageContent | None:
    """Return what has no field of its own: texts and files, and what only the engine tells."""
    body = inner(data, "message") or inner(data, "Message")
    found = content_of(body) if body else None
    said, has_file = text(shown, "body"), bool(shown.get("hasMedia") or shown.get("media"))
    if found is not None and found.kind not in (MessageKind.TEXT, MessageKind.MEDIA):
        return found
    if has_file:
        return _file(shown, data, found)
    if body and found is None and not said:
        return None
    said = said or (found.text if found else "")
    if said:
        return MessageContent(MessageKind.TEXT, said)
    return _by_type(kind, data) or found or content_of({})


def _reaction(shown: Object) -> MessageContent | None:
    return reaction(text(inner(shown, "reaction"), "text"))


def _cards(shown: Object) -> MessageContent:
    written = shown.get("vCards")
    found = written if isinstance(written, list) else [written]
    return cards(one for one in found if isinstance(one, str))


def _location(shown: Object) -> MessageContent:
    """Return a place; its coordinates are texts here."""
    where = inner(shown, "location")
    name = text(where, "name") or text(where, "description")
    latitude, longitude = _number(where, "latitude"), _number(where, "longitude")
    return location(name, text(where, "address"), latitude, longitude)


def _number(shown: Object, name: str) -> float | None:
    value = shown.get(name)
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def _file(shown: Object, data: Object, found: MessageContent | None) -> MessageContent:
    """Return a message with a file; what WAHA does not name, the engine's own body does."""
    media = inner(shown, "media")
    kind, mime_type = text(data, "type"), text(media, "mimetype") or text(data, "mimetype")
    own = one_line(text(media, "filename") or text(data, "filename"))
    noun = _NOUNS.get(kind) or (mime_type.partition("/")[0] if mime_type else "file")
    noun = noun if noun in ("image", "audio", "video", *_NOUNS.values()) else "file"
    name = own or (found.file if found else "") or file_name("", noun, mime_type)
    said = text(shown, "body") or (found.text if found else "")
    if data.get("isViewOnce") is True:
        return MessageContent(MessageKind.VIEW_ONCE, said or f"[{noun}, to be seen once]")
    return MessageContent(MessageKind.MEDIA, said, name)


def _by_type(kind: str, data: Object) -> MessageContent | None:
    """Return what WEBJS's own type says of a message without words."""
    reader = _TYPES.get(kind)
    if reader is not None:
        return reader(data)
    if not kind or kind == "chat":
        return None
    return MessageContent(MessageKind.UNKNOWN, f"[{one_line(kind).replace('_', ' ')}]")


def _poll(data: Object) -> MessageContent:
    return poll(text(data, "pollName"), (text(o, "name") for o in objects(data, "pollOptions")))


_TYPES: Final[dict[str, Callable[[Object], MessageContent]]] = {
    "poll_creation": _poll,
    "call_log": lambda _: MessageContent(MessageKind.CALL, "Call"),
    "revoked": lambda _: MessageContent(MessageKind.DELETED, "This message was deleted."),
}

_FIELDS: Final[dict[str, Callable[[Object], MessageContent | None]]] = {
    "reaction": _reaction,
    "location": _location,
    "vCards": _cards,
}
"""Fields of WAHA's own that say all of a message."""
