"""TimelinesAI's webhooks: new messages and calls of all numbers, in every shape that was seen.

Some are wrapped into `data`, as the guide says, most are not. A message has here the id and the
chat that the API gives it too, so that what both bring counts once.
"""

from typing import Final
from urllib.parse import quote, urlsplit

from wasf.core.auth import Secret
from wasf.core.chats import SourceChat
from wasf.core.phones import parse_phone
from wasf.errors import WasfError, WrongUsage
from wasf.sources.lenient_json import Json, Object, as_object, inner, objects, text
from wasf.sources.timelines import model as answers
from wasf.sources.timelines.client import TimelinesClient
from wasf.sources.timelines.messages import message
from wasf.sources.timelines.model import Entry
from wasf.sources.timelines.source import ORIGIN, SOURCE
from wasf.sources.webhooks.cloud_messages import Delivered, Delivery

# --- timelines


_WITHOUT_MESSAGE: Final = (
    "message:reaction", "chat:", "whatsapp:account:", "waba:chat:", "waba:account:",
    "waba:template:", "waba:message:read",
)  # fmt: skip
_OUTGOING: Final = frozenset({"sent", "outgoing"})


def read_timelines(body: Json) -> Delivery:
    """What a body brings; one without a message of its own brings nothing."""
    event = as_object(body)
    kind = text(event, "event_type")
    event = {**event, **inner(event, "data")}
    found = [_delivered(event, one) for one in _entries(event)]
    if found and all(found):
        return Delivery(tuple(one for one in found if one))
    if kind.startswith(_WITHOUT_MESSAGE):
        return Delivery()
    return Delivery(tuple(one for one in found if one), unknown=(kind or "no event",))


def _entries(event: Object) -> list[Object]:
    """The messages of an event: one, some that were gathered, or a call."""
    single = inner(event, "message") or inner(event, "call_details")
    if single:
        return [single]
    gathered = list(objects(event, "messages"))
    return gathered or ([event] if text(event, "message_uid") else [])


def _delivered(event: Object, shown: Object) -> Delivered | None:
    entry = _entry(event, shown)
    chat = _chat(event)
    if entry is None or chat is None:
        return None
    place = "/waba/messages" if _is_official(event) else "/messages"
    found = message(entry, place)
    return None if found is None else Delivered(chat, found)


def _entry(event: Object, shown: Object) -> Entry | None:
    uid = text(shown, "message_uid") or text(shown, "message_id")
    try:
        at = answers.moment(text(shown, "timestamp"))
    except WasfError:
        return None
    if not uid or at is None:
        return None
    sender = inner(shown, "sender") or inner(shown, "caller")
    files = list(objects(shown, "attachments")) or list(filter(None, [inner(shown, "attachment")]))
    is_call = "call_details" in event
    return Entry(
        uid=uid,
        at=at,
        from_me=text(shown, "direction") in _OUTGOING or shown.get("from_me") is True,
        sender_name=text(sender, "full_name") or text(shown, "sender_name"),
        sender_phone=text(sender, "phone") or text(shown, "sender_phone"),
        text=_duration(shown) if is_call else text(shown, "text"),
        type="whatsapp_call" if is_call else text(shown, "message_type").lower(),
        status=text(shown, "status"),
        filename=text(files[0], "filename") if files else "",
        has_attachment=bool(files),
        reactions=(),
    )


def _duration(call: Object) -> str:
    seconds = text(call, "duration")
    return f"{seconds} s" if seconds else ""


def _chat(event: Object) -> SourceChat | None:
    shown = inner(event, "chat") or event
    number = text(shown, "chat_id") or text(shown, "id")
    if not number:
        return None
    ours = inner(event, "whatsapp_account") or inner(event, "account")
    phone = text(shown, "phone")
    name = text(shown, "full_name") or text(shown, "name")
    return SourceChat(
        source=SOURCE,
        origin=ORIGIN,
        title=name or phone or number,
        name="" if parse_phone(name, "") else name,
        phone=answers.phone(phone),
        is_group=shown.get("is_group") is True or text(shown, "chat_type") == "group",
        owner_email=text(shown, "responsible_email"),
        whatsapp_account=text(ours, "phone"),
        account_email=text(ours, "email") or text(ours, "owner_email"),
        url=text(shown, "chat_url"),
        native_id=f"waba-{number}" if _is_official(event) else number,
    )


def _is_official(event: Object) -> bool:
    """Whether it is of a number of the official API, whose chats have ids of their own."""
    return text(event, "event_type").startswith("waba:")


# --- registering
# Has TimelinesAI send its webhooks here; asking twice registers once.


EVENTS: Final = (
    "message:new",
    "call:incoming:missed",
    "call:incoming:ended",
    "call:outgoing:ended",
    "waba:message:received",
    "waba:message:delivered",
    "waba:message:failed",
)
"""Everything that brings a message; each kind is a webhook of its own there."""

_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def register(client: TimelinesClient, base_url: str, secret: Secret) -> int:
    """Create the webhooks, or switch them on again; returns how many there are.

    `base_url` is where the listener is reached from the internet. Raises `WrongUsage` if it is no
    such address, and what the client raises.
    """
    url = f"{_checked(base_url)}/timelines?secret={quote(secret.reveal(), safe='')}"
    for event in EVENTS:
        client.post("/webhooks", {"event_type": event, "url": url, "enabled": True})
    return len(EVENTS)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_address = False
    if not is_address or not (parts.scheme == "https" or parts.hostname in _LOCAL):
        raise WrongUsage(
            "That is no address that TimelinesAI can deliver to.",
            "wasf listen --register https://hooks.example.com",
        )
    return url.rstrip("/")
