"""TimelinesAI's webhooks: new messages and calls of all numbers, in every shape that was seen.

Some are wrapped into `data`, as its guide says; most are not. A message has the same ids here as in
the API, so that what both bring counts once. Where the chat has no number, the one of the message's
sender or recipient is taken. A message that cannot be read is named by a reason; the rest of the
body is read.
"""

from typing import Final, NamedTuple

from wasf.core.chats import SourceChat
from wasf.core.phones import parse_phone
from wasf.interfaces import Json, Recall, WebhookContent, WebhookMessage
from wasf.sources.addresses import page_address
from wasf.sources.customers import phone_of
from wasf.sources.lenient_json import Object, as_object, inner, objects, one_line, text
from wasf.sources.timelines.model import (
    FAMILIES,
    NAME,
    TITLE,
    ChatMember,
    Entry,
    Family,
    failure_of,
    known_members,
    members_fact,
    message,
    moment_of,
    participants_of,
)

_WITHOUT_MESSAGE: Final = (
    "message:reaction", "chat:", "whatsapp:account:", "waba:chat:", "waba:account:",
    "waba:template:",
)  # fmt: skip
_OUTGOING: Final = frozenset({"sent", "outgoing"})
_CALL_FIELDS: Final = "call_details"


def read_timelines(body: Json, recall: Recall) -> WebhookContent:
    """Return what a body brings; an event without a message brings nothing.

    `recall` gives what the ledger keeps of the members of groups.
    """
    event = as_object(body)
    kind = text(event, "event_type")
    event = {**event, **inner(event, "data")}
    shown = _shown_messages(event)
    if not shown and kind.startswith(_WITHOUT_MESSAGE):
        return WebhookContent()
    found: list[WebhookMessage] = []
    facts: dict[str, str] = {}
    unknown = [] if shown else [kind or "no event"]

    def recall_all(name: str) -> str:
        return facts.get(name) or recall(name)

    for one in shown:
        read = _message_of(event, one, recall_all)
        if isinstance(read, str):
            unknown += [read] if read else []
            continue
        found.append(read)
        facts |= members_fact(read.chat)
    return WebhookContent(tuple(found), tuple(unknown), facts)


def _shown_messages(event: Object) -> list[Object]:
    """Return the messages of an event: one, several that were gathered, or a call."""
    single = inner(event, "message") or inner(event, _CALL_FIELDS)
    if single:
        return [single]
    gathered = list(objects(event, "messages"))
    return gathered or ([event] if text(event, "message_uid") else [])


def _message_of(event: Object, shown: Object, recall: Recall) -> WebhookMessage | str:
    """Return a message, or why it cannot be taken; "" for what is written to the team only."""
    entry = _entry(event, shown)
    if isinstance(entry, str):
        return entry
    chat = _chat(event, _other_party(event, shown, from_me=entry.from_me), entry, recall)
    if chat is None:
        return "a message without a chat"
    found = message(entry, _family(event).message_path)
    return "" if found is None else WebhookMessage(chat, found)


# --- The message -------------------------------------------------------------------------------


def _entry(event: Object, shown: Object) -> Entry | str:
    """Return an entry as the API would show it, or why it cannot be taken."""
    uid = text(shown, "message_uid") or text(shown, "message_id")
    at = moment_of(shown, "timestamp")
    if not uid:
        return "a message without an id"
    if at is None:
        return "a message without a usable time"
    sender = _sender_in(shown)
    files = list(objects(shown, "attachments")) or list(filter(None, [inner(shown, "attachment")]))
    names = [one_line(text(file, "filename")) for file in files]
    is_call = _CALL_FIELDS in event
    return Entry(
        uid=uid,
        at=at,
        from_me=text(shown, "direction") in _OUTGOING or shown.get("from_me") is True,
        sender_name=text(sender, "full_name")
        or text(shown, "sender_name")
        or text(shown, "sender"),
        sender_phone=text(sender, "phone") or text(shown, "sender_phone"),
        text=_duration(shown) if is_call else _text(shown),
        type="whatsapp_call" if is_call else text(shown, "message_type").lower(),
        status=text(shown, "status"),
        filename=names[0] if names else "",
        has_attachment=bool(files),
        reactions=(),
        failure="" if is_call else failure_of(shown),
        further_files=tuple(name or "file" for name in names[1:]),
    )


def _sender_in(shown: Object) -> Object:
    return inner(shown, "sender") or inner(shown, "caller")


def _text(shown: Object) -> str:
    """Return the words of a message; a template without words has its name."""
    template = text(inner(shown, "template"), "name")
    return text(shown, "text") or (f"[template {one_line(template)}]" if template else "")


def _duration(call: Object) -> str:
    seconds = text(call, "duration")
    return f"{seconds} s" if seconds else ""


# --- The chat ----------------------------------------------------------------------------------


class _Party(NamedTuple):
    """The other party as a message shows it; what is not known is ""."""

    name: str
    phone: str


def _other_party(event: Object, shown: Object, *, from_me: bool) -> _Party:
    """Return the sender or recipient who is not one of our numbers."""
    role = "recipient" if from_me else "sender"
    person = inner(shown, role) if from_me else _sender_in(shown)
    name = text(person, "full_name") or text(shown, f"{role}_name")
    phone = text(person, "phone") or text(shown, f"{role}_phone")
    ours = phone_of(text(_ours(event), "phone"))
    return _Party("", "") if phone and phone_of(phone) == ours else _Party(name, phone)


def _ours(event: Object) -> Object:
    return inner(event, "whatsapp_account") or inner(event, "account")


def _chat(event: Object, other: _Party, entry: Entry, recall: Recall) -> SourceChat | None:
    shown = inner(event, "chat") or event
    number = text(shown, "chat_id") or text(shown, "id")
    if not number:
        return None
    is_group = shown.get("is_group") is True or text(shown, "chat_type") == "group"
    name, phone = text(shown, "full_name") or text(shown, "name"), text(shown, "phone")
    if not is_group:
        name, phone = name or other.name, phone or other.phone
    ours = _ours(event)
    native_id = f"{_family(event).mark}{number}"
    members = known_members(recall, native_id) if is_group else ()
    if is_group and not entry.from_me and other.phone:
        new = ChatMember(other.name, other.phone)
        members = (*(one for one in members if one.phone != new.phone), new)
    return SourceChat(
        source=NAME,
        origin=TITLE,
        title=name or phone or number,
        name="" if parse_phone(name, "") else name,
        phone=phone_of(phone),
        is_group=is_group,
        owner_email=text(shown, "responsible_email"),
        whatsapp_account=text(ours, "phone"),
        account_email=text(ours, "email") or text(ours, "owner_email"),
        url=page_address(text(shown, "chat_url")),
        native_id=native_id,
        participants=participants_of(members),
    )


def _family(event: Object) -> Family:
    """Return the part of the API that the event is of; each has chats with ids of its own."""
    ordinary, official = FAMILIES
    return official if text(event, "event_type").startswith("waba:") else ordinary
