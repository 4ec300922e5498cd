"""What a message of the Cloud API is, and the text that a person should read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from wasf.core.chats import Message, MessageKind, SourceChat
from wasf.sources.lenient_json import Object, inner, objects, text

# --- cloud_bodies


class CloudContent(NamedTuple):
    """A readable body; `file` is the name of a file that came with it, "" if none did."""

    kind: MessageKind
    text: str
    file: str = ""


def body_of(shown: Object) -> CloudContent | None:
    """The body of a message; None for what is none: a reaction that is taken back."""
    kind = text(shown, "type")
    reader = _READERS.get(kind)
    if reader is None:
        return CloudContent(MessageKind.UNKNOWN, f"[{_word(kind)}]")
    return reader(inner(shown, kind) or shown)


def _written(shown: Object) -> CloudContent:
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
    """A button or a line of a list that somebody chose, or a form that was filled in."""
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
    new = body_of(inner(shown, "message"))
    return new and CloudContent(MessageKind.EDITED, new.text, new.file)


def _revoke(_: Object) -> CloudContent:
    return CloudContent(MessageKind.DELETED, "An earlier message was deleted.")


def _unsupported(shown: Object) -> CloudContent:
    kind = text(shown, "type") or next(
        (text(error, "title") for error in objects(shown, "errors")), ""
    )
    return CloudContent(MessageKind.UNKNOWN, f"[{_word(kind)}]")


def _call(shown: Object) -> CloudContent:
    status, seconds = text(shown, "status").lower(), text(shown, "duration")
    said = f"Call ({status})" if status else "Call"
    return CloudContent(MessageKind.CALL, f"{said}: {seconds} s" if seconds else said)


def _word(kind: str) -> str:
    return kind or "a message that WhatsApp does not pass on"


_READERS: Final[dict[str, Callable[[Object], CloudContent | None]]] = {
    "text": _written,
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
"""Kind of message -> reads the object of that name, or the whole message where there is none."""


# --- delivery
# What the body of a webhook brings.


class Delivered(NamedTuple):
    """A message and the chat that it is of."""

    chat: SourceChat
    message: Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one body brings, in its order.

    `unknown` names the kinds of what was not understood, which is to be kept; `facts` are to be
    kept in the ledger together with the messages.
    """

    messages: tuple[Delivered, ...] = ()
    unknown: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
