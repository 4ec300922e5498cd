"""TimelinesAI's webhooks, in every shape that was seen."""

from datetime import UTC, datetime

import pytest

from wasf.core.chats import Direction, MessageKind
from wasf.interfaces import WebhookContent
from wasf.sources.timelines.webhooks import read_timelines as read_with_facts


def read_timelines(body: object) -> WebhookContent:
    return read_with_facts(body, lambda _: "")


AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHAT = {
    "full_name": "Ada Example",
    "chat_url": "https://app.timelines.ai/chat/123456/messages/",
    "chat_id": 123456,
    "is_group": False,
    "phone": "+447700900123",
    "responsible_name": "Sam",
    "responsible_email": "sam@example.com",
}
OURS = {"full_name": "Shop", "email": "owner@example.com", "phone": "+447700900001"}
SAID = {
    "text": "Here is the contract",
    "direction": "received",
    "origin": "WhatsApp",
    "timestamp": "2026-03-01 11:30:00 +0200",
    "message_uid": "uid-1",
    "sender": {"full_name": "Ada Example", "phone": "+447700900123"},
    "recipient": {"full_name": "Shop", "phone": "+447700900001"},
    "attachments": [],
}
NEW = {"event_type": "message:new", "chat": CHAT, "whatsapp_account": OURS, "message": SAID}
CALL = {
    "event_type": "call:incoming:missed",
    "chat": CHAT | {"phone": "447700900123"},
    "whatsapp_account": OURS,
    "call_details": {
        "direction": "incoming",
        "status": "Missed",
        "duration": None,
        "timestamp": SAID["timestamp"],
        "message_uid": "uid-2",
        "caller": {"full_name": "Ada Example", "phone": "447700900123"},
    },
}


def test_a_message_has_the_chat_and_the_id_that_the_api_gives_it_too() -> None:
    [(chat, message)] = read_timelines(NEW).messages
    assert (chat.source, chat.native_id, message.native_id) == ("timelines", "123456", "uid-1")
    assert (chat.title, chat.name, chat.phone) == ("Ada Example", "Ada Example", "+447700900123")
    assert (chat.owner_email, chat.account_email) == ("sam@example.com", "owner@example.com")
    assert (chat.whatsapp_account, chat.url) == ("+447700900001", CHAT["chat_url"])
    assert (message.sent_at, message.direction, message.kind) == (
        AT,
        Direction.INCOMING,
        MessageKind.TEXT,
    )
    assert (message.author, message.text) == ("Ada Example", "Here is the contract")


SHAPES = {
    "as it is": NEW,
    "in data": {"event_type": "message:new", "data": {k: NEW[k] for k in NEW if k != "event_type"}},
    "gathered": {k: NEW[k] for k in NEW if k != "message"} | {"messages": [SAID]},
    "flat in data": {
        "event_type": "message:received:new",
        "data": {
            "chat_id": 123456,
            "message_uid": "uid-1",
            "sender_phone": "+447700900123",
            "sender_name": "Ada Example",
            "phone": "+447700900123",
            "text": "Here is the contract",
            "timestamp": SAID["timestamp"],
        },
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_the_same_message(shape: str) -> None:
    [(chat, message)] = read_timelines(SHAPES[shape]).messages
    assert (chat.native_id, message.native_id) == ("123456", "uid-1")
    assert (message.text, message.author, message.sent_at) == (SAID["text"], "Ada Example", AT)


FILES = [{"temporary_download_url": "https://x.example/1", "filename": "contract.pdf"}]
VARIANTS = {
    "outgoing": (NEW | {"message": SAID | {"direction": "sent"}},
                 (Direction.OUTGOING, MessageKind.TEXT, "Here is the contract")),
    "a file": (NEW | {"message": SAID | {"attachments": FILES, "text": ""}},
               (Direction.INCOMING, MessageKind.MEDIA, "")),
    "a missed call": (CALL, (Direction.INCOMING, MessageKind.CALL, "Call (missed)")),
    "an ended call": (
        CALL | {"event_type": "call:outgoing:ended", "call_details": CALL["call_details"] | {
            "direction": "outgoing", "status": "Ended", "duration": 61}},
        (Direction.OUTGOING, MessageKind.CALL, "Call (ended): 61 s")),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_what_a_message_is(name: str) -> None:
    body, expected = VARIANTS[name]
    [(chat, message)] = read_timelines(body).messages
    assert (message.direction, message.kind, message.text) == expected
    assert chat.phone == "+447700900123"


def test_the_official_numbers_have_chats_of_their_own() -> None:
    body = {
        "event_type": "waba:message:received",
        "account": {"id": 3, "phone": "+447700900001"},
        "chat": {"id": 7, "waba_account_id": 3},
        "message": SAID,
    }
    [(chat, _)] = read_timelines(body).messages
    assert chat.native_id == "waba-7"


@pytest.mark.parametrize(
    "event",
    ["message:reaction", "chat:responsible:assigned", "whatsapp:account:disconnected", "chat:new"],
)
def test_events_without_a_message_bring_nothing_and_are_known(event: str) -> None:
    body = {"event_type": event, "chat": CHAT, "reaction": {"message_uid": "uid-1"}}
    assert read_timelines(body).messages == ()
    assert read_timelines(body).unknown == ()


STRANGE = {
    "no object": [1],
    "nothing": {},
    "an event of tomorrow": {"event_type": "message:whispered", "chat": CHAT},
    "no id": NEW | {"message": {k: SAID[k] for k in SAID if k != "message_uid"}},
    "no time": NEW | {"message": SAID | {"timestamp": "soon"}},
    "no chat": {k: NEW[k] for k in NEW if k != "chat"},
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_not_understood_is_named(name: str) -> None:
    content = read_timelines(STRANGE[name])
    assert content.messages == ()
    assert len(content.unknown) == 1
