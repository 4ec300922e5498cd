"""Bodies of messages as WhatsApp's own protocol has them, and the text of each for people (T5, T6).

A body is an object with one kind of content under its name, such as `imageMessage`, beside fields
that are no content. Content may be wrapped: it disappears, may be seen once, or is of another
device. Words that wasf adds stand in brackets. What is not known is shown by its kind and the words
that are in it; a message for programs only brings nothing.

An edit or a deletion is a message of its own: what was logged stays as it is. It has an id that is
made of the original's, so that every way tells it by the same one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, NamedTuple

from wasf.core.chats import Attachment, Direction, Message, MessageKind
from wasf.sources.lenient_json import Object, as_object, inner, objects, one_line, text

# --- Words for people ----------------------------------------------------------------------------

_ENDINGS: Final = MappingProxyType(
    {
        "application/msword": "doc",
        "application/vnd.ms-excel": "xls",
        "application/vnd.ms-powerpoint": "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
        "application/vnd.oasis.opendocument.text": "odt",
        "application/vnd.oasis.opendocument.spreadsheet": "ods",
        "application/octet-stream": "bin",
        "application/x-zip-compressed": "zip",
        "audio/mp4": "m4a",
        "audio/mpeg": "mp3",
        "image/jpeg": "jpg",
        "image/svg+xml": "svg",
        "text/calendar": "ics",
        "text/plain": "txt",
        "text/vcard": "vcf",
        "text/x-vcard": "vcf",
        "video/3gpp": "3gp",
        "video/quicktime": "mov",
    }
)
_LONGEST_ENDING: Final = 5
_VCARD_PARTS: Final = frozenset({"FN", "TEL", "ORG", "EMAIL"})


def joined(lines: Iterable[str]) -> str:
    """Return the lines that say something as one text."""
    return "\n".join(filter(None, lines))


def file_name(name: str, noun: str, mime_type: str) -> str:
    """Return a file's own name; one without is called by `noun` and the ending of its type."""
    return name or f"{noun}.{_ending(mime_type)}"


def place_lines(name: str, address: str, latitude: object, longitude: object) -> list[str]:
    """Return name and address of a place, and a map of it if its coordinates are numbers."""
    is_place = all(isinstance(one, int | float) for one in (latitude, longitude))
    place = f"https://maps.google.com/?q={latitude},{longitude}"
    return [name, address, place if is_place else ""]


def vcard_parts(written: str) -> Iterator[str]:
    """Yield name, numbers, company and e-mail addresses of a vCard."""
    for line in written.splitlines():
        head, _, value = line.partition(":")
        if head.partition(";")[0].rpartition(".")[2].upper() in _VCARD_PARTS:
            yield value.replace(";", " ").replace("\\", "").strip()


def _ending(mime_type: str) -> str:
    """Return the usual ending of a type of files, "bin" if it has none."""
    plain = mime_type.partition(";")[0].strip().lower()
    ending = _ENDINGS.get(plain) or plain.rpartition("/")[2]
    return ending if ending.isalnum() and len(ending) <= _LONGEST_ENDING else "bin"


# --- Bodies --------------------------------------------------------------------------------------

_DEEPEST: Final = 6
_VERSION: Final = re.compile(r"V[0-9]+(Extension)?$")
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WRAPPERS: Final = frozenset(
    {"ephemeralMessage", "viewOnceMessage", "documentWithCaptionMessage", "editedMessage"}
    | {"deviceSentMessage", "associatedChildMessage", "botInvokeMessage", "groupMentionedMessage"}
)
_FOR_PROGRAMS: Final = frozenset(
    {"messageContextInfo", "senderKeyDistributionMessage", "base64", "mediaUrl", "albumMessage"}
    | {"protocolMessage", "pollUpdateMessage", "fastRatchetKeySenderKeyDistributionMessage"}
)
_UNREADABLE: Final = "[a message that cannot be read here]"
_WORDS: Final = (
    "title",
    "orderTitle",
    "name",
    "groupName",
    "caption",
    "contentText",
    "description",
)
_EDITS: Final = frozenset({"MESSAGE_EDIT", "14"})
_REVOKES: Final = frozenset({"REVOKE", "0"})


class MessageContent(NamedTuple):
    """The kind and text of a message; `file` is the name of its file, "" if it has none.

    `file_id` is what the provider gives the file for, "" if that is the message.
    """

    kind: MessageKind
    text: str
    file: str = ""
    file_id: str = ""


# --- Messages ----------------------------------------------------------------------------------


class WebEnvelope(NamedTuple):
    """What stands around the content of a message: its id, time (UTC), side and author.

    `place` is where a file of it can be had; the provider's name is its archive.
    """

    uid: str
    at: datetime
    from_me: bool
    author: str
    provider: str
    place: str = ""
    has_failed: bool = False


def message_of(envelope: WebEnvelope, content: MessageContent) -> Message:
    """Return a message; one of ours that was not delivered says so (T10)."""
    failed = envelope.has_failed and envelope.from_me
    lines = [content.text, "[not delivered: failed]" if failed else ""]
    file = Attachment(content.file, envelope.provider if envelope.place else "", envelope.place)
    return Message(
        sent_at=envelope.at,
        direction=Direction.OUTGOING if envelope.from_me else Direction.INCOMING,
        author=envelope.author,
        kind=content.kind,
        text=joined(lines),
        attachment=file if content.file else None,
        native_id=envelope.uid,
    )


def edit_of(envelope: WebEnvelope, content: MessageContent, *, is_beside: bool = True) -> Message:
    """Return the edit of the message that the envelope names, with its new content.

    `is_beside`: it has a time of its own; else it stands where the original did.
    """
    digest = blake2b(content.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    said = f"[edit of an earlier message] {content.text}" if is_beside else content.text
    edited = content._replace(kind=MessageKind.EDITED, text=said)
    return message_of(envelope._replace(uid=f"{envelope.uid} edited {digest}"), edited)


def deletion_of(envelope: WebEnvelope, *, is_beside: bool = True) -> Message:
    """Return the deletion of the message that the envelope names, see `edit_of`."""
    said = "An earlier message was deleted." if is_beside else "This message was deleted."
    content = MessageContent(MessageKind.DELETED, said)
    return message_of(envelope._replace(uid=f"{envelope.uid} deleted", has_failed=False), content)


class Protocol(NamedTuple):
    """What a message for programs does to an earlier one: the id of that, and its new content.

    `content` is None for a deletion.
    """

    uid: str
    content: MessageContent | None


def protocol_of(shown: Object) -> Protocol | None:
    """Return what a protocol message does to an earlier message, None if nothing."""
    kind, uid = text(shown, "type"), text(inner(shown, "key"), "id")
    if uid and kind in _REVOKES:
        return Protocol(uid, None)
    edited = content_of(inner(shown, "editedMessage")) if kind in _EDITS else None
    return Protocol(uid, edited) if uid and edited else None


# --- Content -----------------------------------------------------------------------------------


def content_of(body: Object, context: Object | None = None) -> MessageContent | None:
    """Return the content of a body, None if it holds nothing for people.

    `context` is what stands beside the body about its origin.
    """
    parts, is_once = _unwrapped(body)
    name, value = next(((n, v) for n, v in parts if n not in _FOR_PROGRAMS), ("", {}))
    if not name:
        return None if parts else MessageContent(MessageKind.UNKNOWN, _UNREADABLE)
    reader = _READERS.get(name)
    found = reader(value) if reader else _unknown(name, value)
    if found is None:
        return None
    if (is_once or value.get("viewOnce") is True) and found.file:
        said = f"[{found.file.partition('.')[0]}, to be seen once]"
        found = MessageContent(MessageKind.VIEW_ONCE, joined([said, found.text]))
    origins = (inner(value, "contextInfo"), context or {})
    ads = [ad for one in origins if (ad := inner(one, "externalAdReply"))]
    return found._replace(text=joined([found.text, *(_origin(ad) for ad in ads[:1])]))


def _unwrapped(body: Object) -> tuple[list[tuple[str, Object]], bool]:
    """Return the parts of the innermost body, by plain names, and whether it may be seen once."""
    is_once = False
    for _ in range(_DEEPEST):
        shown = ((name, value) for name, value in body.items() if value not in (None, ""))
        parts = [(_plain(name), _as_content(value)) for name, value in shown]
        wrapped = next(((n, v) for n, v in parts if n in _WRAPPERS), None)
        if wrapped is None:
            return parts, is_once
        name, value = wrapped
        is_once |= name == "viewOnceMessage"
        body = inner(value, "message") or inner(value, "Message")
    return [], is_once


def _plain(name: str) -> str:
    """Return the name of a kind of content without its version; its first letter may be large."""
    return _VERSION.sub("", name[:1].lower() + name[1:])


def _as_content(value: object) -> Object:
    return {"text": value} if isinstance(value, str) else as_object(value)  # type: ignore[arg-type]  # of JSON


def _text_in(name: str) -> Callable[[Object], MessageContent]:
    """Return a reader for content whose text stands under a name, with dots for inner objects."""
    *path, last = name.split(".")

    def read(shown: Object) -> MessageContent:
        for part in path:
            shown = inner(shown, part)
        return MessageContent(MessageKind.TEXT, text(shown, last))

    return read


def _file(noun: str) -> Callable[[Object], MessageContent]:
    def read(shown: Object) -> MessageContent:
        what = "voice message" if shown.get("ptt") is True else noun
        own = one_line(text(shown, "fileName") or text(shown, "title"))
        name = file_name(own, what, text(shown, "mimetype"))
        return MessageContent(MessageKind.MEDIA, text(shown, "caption"), name)

    return read


def _place(shown: Object) -> MessageContent:
    latitude, longitude = shown.get("degreesLatitude"), shown.get("degreesLongitude")
    return location(text(shown, "name"), text(shown, "address"), latitude, longitude)


def location(name: str, address: str, latitude: object, longitude: object) -> MessageContent:
    """Return a place; its coordinates are numbers."""
    lines = place_lines(name, address, latitude, longitude)
    return MessageContent(MessageKind.LOCATION, joined(lines))


def _card(shown: Object) -> MessageContent:
    return cards([text(shown, "vcard")], text(shown, "displayName"))


def _cards(shown: Object) -> MessageContent:
    found = [_card(one).text for one in objects(shown, "contacts")]
    return MessageContent(MessageKind.CONTACT_CARD, joined(found))


def cards(vcards: Iterable[str], name: str = "") -> MessageContent:
    """Return contact cards, a line for each; `name` stands for one without a vCard."""
    lines = (", ".join(dict.fromkeys(filter(None, vcard_parts(one)))) or name for one in vcards)
    return MessageContent(MessageKind.CONTACT_CARD, joined(lines))


def _poll(shown: Object) -> MessageContent:
    return poll(text(shown, "name"), [text(o, "optionName") for o in objects(shown, "options")])


def poll(question: str, options: Iterable[str]) -> MessageContent:
    return MessageContent(
        MessageKind.POLL, joined([f"Poll: {question}", *(f"- {o}" for o in options)])
    )


def _reaction(shown: Object) -> MessageContent | None:
    return reaction(text(shown, "text"))


def reaction(emoji: str) -> MessageContent | None:
    """Return a reaction, None if it is withdrawn."""
    said = f"[{one_line(emoji)} to an earlier message]"
    return MessageContent(MessageKind.TEXT, said) if emoji else None


def _hidden(_: Object) -> MessageContent:
    return MessageContent(MessageKind.UNKNOWN, _UNREADABLE)


def _unknown(name: str, shown: Object) -> MessageContent:
    """Return content of a kind that is not known: its kind, and the words that are in it."""
    kind = _CAPITAL.sub(" ", name.removesuffix("Message")).lower()
    words = [text(shown, one) for one in _WORDS] + [text(inner(shown, "body"), "text")]
    return MessageContent(MessageKind.UNKNOWN, joined([f"[{one_line(kind)}]", *words]))


def _origin(ad: Object) -> str:
    words = [text(ad, name) for name in ("title", "body", "sourceUrl")]
    said = one_line(", ".join(filter(None, words)))
    return f"[came from an ad: {said}]" if said else ""


_READERS: Final[dict[str, Callable[[Object], MessageContent | None]]] = {
    "conversation": _text_in("text"),
    "extendedTextMessage": _text_in("text"),
    "imageMessage": _file("image"),
    "videoMessage": _file("video"),
    "ptvMessage": _file("video"),
    "audioMessage": _file("audio"),
    "documentMessage": _file("document"),
    "stickerMessage": _file("sticker"),
    "lottieStickerMessage": _file("sticker"),
    "locationMessage": _place,
    "liveLocationMessage": _place,
    "contactMessage": _card,
    "contactsArrayMessage": _cards,
    "pollCreationMessage": _poll,
    "reactionMessage": _reaction,
    "buttonsResponseMessage": _text_in("selectedDisplayText"),
    "templateButtonReplyMessage": _text_in("selectedDisplayText"),
    "listResponseMessage": _text_in("title"),
    "interactiveResponseMessage": _text_in("body.text"),
    "buttonsMessage": _text_in("contentText"),
    "listMessage": _text_in("description"),
    "templateMessage": _text_in("hydratedTemplate.hydratedContentText"),
    "interactiveMessage": _text_in("body.text"),
    "secretEncryptedMessage": _hidden,
    "encReactionMessage": _hidden,
    "placeholderMessage": _hidden,
}
"""Kind of content -> reads the object of that name."""
