"""TimelinesAI's webhooks: new messages and calls of all numbers, in every shape that was seen.

Some are wrapped into `data`, as its guide says; most are not. A message has the same ids here as in
the API, so that what both bring counts once.
"""

from typing import Final

from wasf.core.chats import SourceChat
from wasf.core.phones import parse_phone
from wasf.errors import WasfError
from wasf.interfaces import Delivered, Delivery, Json
from wasf.sources.lenient_json import Object, as_object, inner, objects, text
from wasf.sources.timelines.client import FAMILIES, Family
from wasf.sources.timelines.model import NAME, TITLE, Entry, message, moment, phone_of

_WITHOUT_MESSAGE: Final = (
    "message:reaction", "chat:", "whatsapp:account:", "waba:chat:", "waba:account:",
    "waba:template:", "waba:message:read",
)  # fmt: skip
_OUTGOING: Final = frozenset({"sent", "outgoing"})


def read_timelines(body: Json) -> Delivery:
    """Return what a body brings; an event without a message brings nothing."""
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
    """Return the messages of an event: one, several that were gathered, or a call."""
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
    found = message(entry, _family(event).message_path)
    return None if found is None else Delivered(chat, found)


def _entry(event: Object, shown: Object) -> Entry | None:
    uid = text(shown, "message_uid") or text(shown, "message_id")
    try:
        at = moment(text(shown, "timestamp"))
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
        source=NAME,
        origin=TITLE,
        title=name or phone or number,
        name="" if parse_phone(name, "") else name,
        phone=phone_of(phone),
        is_group=shown.get("is_group") is True or text(shown, "chat_type") == "group",
        owner_email=text(shown, "responsible_email"),
        whatsapp_account=text(ours, "phone"),
        account_email=text(ours, "email") or text(ours, "owner_email"),
        url=text(shown, "chat_url"),
        native_id=f"{_family(event).mark}{number}",
    )


def _family(event: Object) -> Family:
    """Return the part of the API that the event is of; each has chats with ids of its own."""
    ordinary, official = FAMILIES
    return official if text(event, "event_type").startswith("waba:") else ordinary
