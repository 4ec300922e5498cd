"""Messages of the Cloud API, by their types, and the text of each for people."""

from collections.abc import Callable
from typing import Final, NamedTuple

from wasf.core.chats import MessageKind
from wasf.sources.lenient_json import Object, inner, objects, text


class CloudContent(NamedTuple):
    """The kind and text of a message; `file` is the name of its file, "" if it has none."""

    kind: MessageKind
    text: str
    file: str = ""


def content_of(shown: Object) -> CloudContent | None:
    """Return the content of a message; None for a reaction that is withdrawn."""
    kind = text(shown, "type")
    reader = _READERS.get(kind)
    if reader is None:
        return CloudContent(MessageKind.UNKNOWN, f"[{_name_of(kind)}]")
    return reader(inner(shown, kind) or shown)


def _text(shown: Object) -> CloudContent:
    return CloudContent(MessageKind.TEXT, text(shown, "body"))


def _file(shown: Object) -> CloudContent:
    ending = text(shown, "mime_type").partition(";")[0].rpartition("/")[2]
    return CloudContent(
        MessageKind.MEDIA, text(shown, "caption"), text(shown, "filename") or f"file.{ending}"
    )


def _location(shown: Object) -> CloudContent:
    place = f"https://maps.google.com/?q={shown.get('latitude')},{shown.get('longitude')}"
    lines = [text(shown, "name"), text(shown, "address"), place]
    return CloudContent(MessageKind.LOCATION, "\n".join(filter(None, lines)))


def _cards(shown: Object) -> CloudContent:
    return CloudContent(MessageKind.CONTACT_CARD, "\n".join(map(_card, objects(shown, "contacts"))))


def _card(card: Object) -> str:
    numbers = (text(phone, "phone") for phone in objects(card, "phones"))
    return ", ".join(filter(None, [text(inner(card, "name"), "formatted_name"), *numbers]))


def _chosen(shown: Object) -> CloudContent:
    """Return what somebody chose: a button, a line of a list; or a form that was filled in."""
    reply = inner(shown, text(shown, "type"))
    lines = [text(reply, name) for name in ("title", "description", "body", "response")]
    return CloudContent(MessageKind.TEXT, "\n".join(filter(None, lines)) or "[no answer]")


def _button(shown: Object) -> CloudContent:
    return CloudContent(MessageKind.TEXT, text(shown, "text"))


def _reaction(shown: Object) -> CloudContent | None:
    emoji = text(shown, "emoji")
    return CloudContent(MessageKind.TEXT, f"[{emoji} to an earlier message]") if emoji else None


def _order(shown: Object) -> CloudContent:
    lines = [text(shown, "text")]
    for item in objects(shown, "product_items"):
        price = f"{item.get('item_price')} {text(item, 'currency')}"
        lines.append(f"{text(item, 'quantity')} x {text(item, 'product_retailer_id')}, {price}")
    return CloudContent(MessageKind.TEXT, "\n".join(filter(None, lines)))


def _edit(shown: Object) -> CloudContent | None:
    new = content_of(inner(shown, "message"))
    return new and CloudContent(MessageKind.EDITED, new.text, new.file)


def _revoke(_: Object) -> CloudContent:
    return CloudContent(MessageKind.DELETED, "An earlier message was deleted.")


def _unsupported(shown: Object) -> CloudContent:
    kind = text(shown, "type") or next(
        (text(error, "title") for error in objects(shown, "errors")), ""
    )
    return CloudContent(MessageKind.UNKNOWN, f"[{_name_of(kind)}]")


def _call(shown: Object) -> CloudContent:
    status, seconds = text(shown, "status").lower(), text(shown, "duration")
    said = f"Call ({status})" if status else "Call"
    return CloudContent(MessageKind.CALL, f"{said}: {seconds} s" if seconds else said)


def _name_of(kind: str) -> str:
    return kind or "a message that WhatsApp does not pass on"


_READERS: Final[dict[str, Callable[[Object], CloudContent | None]]] = {
    "text": _text,
    **dict.fromkeys(("image", "video", "audio", "document", "sticker", "voice"), _file),
    "location": _location,
    "contacts": _cards,
    "interactive": _chosen,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "call": _call,
}
"""Type of message -> reads the object of that name, or the whole message where there is none."""
