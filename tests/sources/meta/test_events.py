"""Meta's webhooks: every type of message, batches, echoes, history, customers without a number."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.core.chats import Direction, MessageKind
from wasf.interfaces import WebhookContent
from wasf.sources.meta.events import read_cloud_api

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECONDS = str(int(AT.timestamp()))
OUR_ID, OURS, ADA, SCOPED = "106540352242922", "447700900001", "447700900123", "GB.13491208655302"
METADATA = {"display_phone_number": OURS, "phone_number_id": OUR_ID}
CONTACT = {"profile": {"name": "Ada Example"}, "wa_id": ADA, "user_id": SCOPED}


def said(kind: str = "text", content: object = None, **more: object) -> dict[str, object]:
    """A message from Ada."""
    shown = {
        "from": ADA,
        "from_user_id": SCOPED,
        "id": "wamid.1",
        "timestamp": SECONDS,
        "type": kind,
    }
    return shown | {kind: {"body": "Hello"} if content is None else content} | more


def body(field: str = "messages", **value: object) -> dict[str, object]:
    shown = {"messaging_product": "whatsapp", "metadata": METADATA, **value}
    change = {"field": field, "value": shown}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def read(value: object, facts: dict[str, str] | None = None) -> WebhookContent:
    return read_cloud_api(value, lambda name: (facts or {}).get(name, ""))


def test_a_message_says_who_when_and_what() -> None:
    [(chat, message)] = read(body(messages=[said()], contacts=[CONTACT])).messages
    assert (chat.source, chat.title, chat.name) == ("cloud-api", "Ada Example", "Ada Example")
    assert (chat.phone, chat.whatsapp_account) == (f"+{ADA}", f"+{OURS}")
    assert chat.native_id == f"{OUR_ID} {ADA}"
    assert (message.sent_at, message.direction, message.kind) == (
        AT,
        Direction.INCOMING,
        MessageKind.TEXT,
    )
    assert (message.author, message.text, message.native_id) == ("Ada Example", "Hello", "wamid.1")


FILE = {"id": "1", "mime_type": "image/jpeg", "caption": "Look"}
TYPES = {
    "image": ("image", FILE, (MessageKind.MEDIA, "Look")),
    "document": ("document", FILE | {"filename": "x.pdf"}, (MessageKind.MEDIA, "Look")),
    "voice note": ("audio", {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True},
                   (MessageKind.MEDIA, "")),
    "location": ("location", {"latitude": 51.5, "longitude": -0.1, "name": "Office"},
                 (MessageKind.LOCATION, "Office\nhttps://maps.google.com/?q=51.5,-0.1")),
    "card": ("contacts", [{"name": {"formatted_name": "Ben"}, "phones": [{"phone": "+44 7700"}]}],
             (MessageKind.CONTACT_CARD, "Ben, +44 7700")),
    "card without a name": ("contacts", [{"phones": [{"phone": "+44 7700"}]}],
                            (MessageKind.CONTACT_CARD, "+44 7700")),
    "button": ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}},
               (MessageKind.TEXT, "Yes")),
    "list": ("interactive",
             {"type": "list_reply", "list_reply": {"title": "A", "description": "B"}},
             (MessageKind.TEXT, "A\nB")),
    "quick reply": ("button", {"payload": "x", "text": "No"}, (MessageKind.TEXT, "No")),
    "reaction": ("reaction", {"message_id": "wamid.0", "emoji": "😮"},
                 (MessageKind.TEXT, "[😮 to an earlier message]")),
    "order": ("order", {"text": "Please", "product_items": [
        {"product_retailer_id": "mug", "quantity": 3, "item_price": 30, "currency": "EUR"}]},
        (MessageKind.TEXT, "Please\n3 x mug, 30 EUR")),
    "edit": ("edit", {"original_message_id": "wamid.0",
                      "message": {"type": "text", "text": {"body": "new"}}},
                       (MessageKind.EDITED, "[edit of an earlier message] new")),
    "deleted": ("revoke", {"original_message_id": "wamid.0"},
                (MessageKind.DELETED, "An earlier message was deleted.")),
    "unsupported": ("unsupported", {"type": "poll_creation"}, (
        MessageKind.UNKNOWN, "[WhatsApp does not pass this message on: poll creation]")),
    "of tomorrow": ("hologram", {"x": 1}, (MessageKind.UNKNOWN, "[hologram]\nx: 1")),
    "of tomorrow, with a file": ("hologram", FILE, (MessageKind.UNKNOWN, "[hologram]\nLook")),
    "product": ("interactive", {"type": "product_list", "product_list": {"items": [{"sku": "A1"}]}},
                (MessageKind.TEXT, "[product list]\nsku: A1")),
    "form that is no JSON": ("interactive", {"type": "nfm_reply", "nfm_reply": {
        "name": "flow", "body": "Sent", "response_json": "rooms=3"}},
        (MessageKind.TEXT, "[answers to a form]\nrooms=3")),
    "call refused": ("interactive", {"type": "call_permission_reply", "call_permission_reply": {
        "response": "reject"}}, (MessageKind.TEXT, "[does not allow us to call]")),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_t6_every_type_is_readable(name: str) -> None:
    kind, content, expected = TYPES[name]
    [(_, message)] = read(body(messages=[said(kind, content)])).messages
    assert (message.kind, message.text) == expected


def test_a_reaction_that_is_taken_back_is_no_message() -> None:
    assert read(body(messages=[said("reaction", {"message_id": "wamid.0"})])).messages == ()


def test_all_of_a_batch_is_read() -> None:
    changes = [
        body(messages=[said(id=f"wamid.{n}{m}") for m in range(3)])["entry"][0] for n in range(4)
    ]
    many = {"entry": [{"changes": changes[0]["changes"] + changes[1]["changes"]}, *changes[2:]]}
    assert len({message.native_id for _, message in read(many).messages}) == 12


def test_statuses_are_no_messages_and_no_surprise() -> None:
    found = read(body(statuses=[{"id": "wamid.1", "status": "read", "recipient_id": ADA}]))
    assert (found.messages, found.unknown) == ((), ())


def test_what_was_typed_on_the_phone_is_outgoing() -> None:
    echo = {"from": OURS, "to": ADA, "id": "wamid.2", "timestamp": SECONDS, "type": "text",
            "text": {"body": "Sure"}}  # fmt: skip
    [(chat, message)] = read(body("smb_message_echoes", message_echoes=[echo])).messages
    assert (message.direction, message.author, message.text) == (
        Direction.OUTGOING,
        f"+{OURS}",
        "Sure",
    )
    assert chat.native_id == f"{OUR_ID} {ADA}"


def test_history_brings_both_sides() -> None:
    lines = [
        {"from": ADA, "id": "wamid.1", "timestamp": SECONDS, "type": "text", "text": {"body": "a"}},
        {"from": OURS, "to": ADA, "id": "wamid.2", "timestamp": SECONDS, "type": "text",
         "text": {"body": "b"}},
        {"from": ADA, "id": "wamid.3", "timestamp": SECONDS, "type": "media_placeholder"},
    ]  # fmt: skip
    thread = {"id": ADA, "context": {"wa_id": ADA, "user_id": SCOPED}, "messages": lines}
    found = read(body("history", history=[{"metadata": {"phase": 0}, "threads": [thread]}]))
    assert [(one.direction, one.text) for _, one in found.messages] == [
        (Direction.INCOMING, "a"), (Direction.OUTGOING, "b"),
    ]  # fmt: skip


def test_a_call_is_logged_when_it_ended() -> None:
    call = {"id": "wacid.1", "from": ADA, "to": OURS, "event": "connect", "timestamp": SECONDS,
            "direction": "USER_INITIATED"}  # fmt: skip
    ended = call | {"event": "terminate", "status": "COMPLETED", "duration": 42}
    [(_, message)] = read(body("calls", calls=[call, ended])).messages
    assert (message.kind, message.text) == (MessageKind.CALL, "Call (completed): 42 s")


# --- Who it is ---------------------------------------------------------------------------------


def without_number() -> dict[str, object]:
    shown = said(id="wamid.9")
    del shown["from"]
    contact = {"profile": {"name": "Ada Example"}, "user_id": SCOPED}
    return body(messages=[shown], contacts=[contact])


def test_somebody_seen_with_both_is_known_by_the_id_alone() -> None:
    first = read(body(messages=[said()], contacts=[CONTACT]))
    [(chat, _)] = read(without_number(), dict(first.facts)).messages
    assert (chat.native_id, chat.phone) == (f"{OUR_ID} {ADA}", f"+{ADA}")


def test_somebody_without_a_number_has_a_chat_that_waits_for_one() -> None:
    first = read(without_number())
    [(chat, _)] = first.messages
    assert (chat.native_id, chat.phone, chat.name) == (f"{OUR_ID} {SCOPED}", None, "Ada Example")
    [(again, _)] = read(body(messages=[said()], contacts=[CONTACT]), dict(first.facts)).messages
    assert (again.native_id, again.phone) == (f"{OUR_ID} {SCOPED}", f"+{ADA}")


def test_an_id_where_a_number_should_be_is_no_number() -> None:
    [(chat, _)] = read(body(messages=[said() | {"from": SCOPED}])).messages
    assert chat.phone is None
    assert chat.native_id == f"{OUR_ID} {SCOPED}"


def test_a_new_number_is_the_same_person() -> None:
    new = "447700900555"
    changed = said("system", {"type": "user_changed_number", "body": "x", "wa_id": new})
    facts = dict(read(body(messages=[changed])).facts)
    [(chat, _)] = read(body(messages=[said() | {"from": new, "from_user_id": ""}]), facts).messages
    assert (chat.native_id, chat.phone) == (f"{OUR_ID} {ADA}", f"+{new}")


def test_t7_a_group_is_a_chat_of_its_own() -> None:
    [(chat, message)] = read(body(messages=[said(group_id="g1")], contacts=[CONTACT])).messages
    assert (chat.is_group, chat.native_id, chat.phone) == (True, f"{OUR_ID} g1", None)
    assert message.author == "Ada Example"
    assert [(one.author, one.phone) for one in chat.participants] == [("Ada Example", f"+{ADA}")]


# --- Hostile -----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*body(), *said(), "changes", "value", "field"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_without_a_crash(value: object) -> None:
    read(value)
    read(body(messages=[value], contacts=[value], history=[value]))
    read(body("history", history=value))


@pytest.mark.parametrize("value", [{}, [], None, {"entry": [{"changes": [{"field": "new"}]}]}])
def test_what_is_not_understood_is_named(value: object) -> None:
    assert len(read(value).unknown) == 1
