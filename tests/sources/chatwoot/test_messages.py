"""Messages of every kind, as a salesperson reads them: the same by the API and by a webhook."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.servers.chatwoot import DeskMessage, HelpDesk
from tests.servers.chatwoot.shapes import event_json, message_json
from wasf.core.chats import Direction, Message, MessageKind
from wasf.sources.chatwoot.messages import ConversationEntry, UnreadableMessage, entry

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://chat.example.com"
DESK = HelpDesk(lambda: AT)
CHAT = DESK.add_conversation(DESK.add_inbox("WA", "+15550100100"), "Ada", "+447700900123")
PLACE = {"file_type": "location", "coordinates_lat": 52.5163, "coordinates_long": 13.3777,
         "fallback_title": "Loading bay 4"}  # fmt: skip
CARD = {"file_type": "contact", "fallback_title": "+447700900560",
        "meta": {"firstName": "Yara", "lastName": "Example"}}  # fmt: skip
VOICE = {"file_type": "audio", "data_url": f"{URL}/rails/active_storage/blobs/redirect/x/a.ogg",
         "transcribed_text": "please call"}  # fmt: skip
NO_NAME = {"file_type": "image", "data_url": ""}
ECHO = {"external_echo": True}
CALL = {"data": {"status": "Missed", "duration": 0}}
CHOICES = {"items": [{"title": "Red"}, {"title": "Blue"}]}
RATED = {"submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "good"}}}

KINDS: dict[str, tuple[dict[str, Any], MessageKind, str]] = {
    "text": ({"text": "hello"}, MessageKind.TEXT, "hello"),
    "location": ({"text": None, "attachments": (PLACE,)}, MessageKind.LOCATION,
                 "Loading bay 4\nhttps://maps.google.com/?q=52.5163,13.3777"),
    "contact card": ({"text": None, "attachments": (CARD,)}, MessageKind.CONTACT_CARD,
                     "Yara Example, +447700900560"),
    "voice": ({"text": None, "attachments": (VOICE,)}, MessageKind.MEDIA, "please call"),
    "a file without a name": ({"text": "see", "attachments": (NO_NAME,)}, MessageKind.MEDIA, "see"),
    "deleted": ({"text": "Esta mensagem", "facts": {"deleted": True}}, MessageKind.DELETED,
                "This message was deleted."),
    "unsupported": ({"text": None, "facts": {"is_unsupported": True}}, MessageKind.UNKNOWN,
                    "[WhatsApp does not pass this message on]"),
    "reaction": ({"text": "👍", "facts": {"is_reaction": True}}, MessageKind.TEXT,
                 "[👍 to an earlier message]"),
    "call": ({"text": None, "content_type": "voice_call", "facts": CALL}, MessageKind.CALL,
             "Call (missed): 0 s"),
    "question": ({"text": "Which?", "type": 1, "facts": CHOICES}, MessageKind.TEXT,
                 "Which?\n- Red\n- Blue"),
    "rating": ({"text": "Rate us", "type": 3, "facts": RATED}, MessageKind.TEXT,
               "Rate us\n[rated 4] good"),
    "nothing": ({"text": None}, MessageKind.UNKNOWN, "[a message without content]"),
    "edited, and what it was is not known": (
        {"text": "new", "facts": {"is_edited": True}}, MessageKind.EDITED, "new"),
}  # fmt: skip


def made(**facts: Any) -> DeskMessage:
    return DESK.insert_row(CHAT, facts.pop("text"), facts.pop("at", AT), **facts)


def both(message: DeskMessage) -> list[Message]:
    """What a message is by the API; by a webhook it is the same."""
    found = entry(message_json(message, CHAT, URL))
    assert isinstance(found, ConversationEntry)
    hook = entry(event_json(message, DESK, URL, "message_created"))
    assert hook == found
    return list(found.messages)


@pytest.mark.parametrize("name", KINDS)
def test_t6_every_kind_is_readable(name: str) -> None:
    facts, kind, text = KINDS[name]
    [found] = both(made(**facts))
    assert (found.kind, found.text, found.sent_at) == (kind, text, AT)


LEFT_OUT = {"a private note": {"private": True, "type": 1}, "an activity": {"type": 2}}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_never_reaches_whatsapp_is_left_out(what: str) -> None:
    assert both(made(text="for us only", **LEFT_OUT[what])) == []


SIDES = {
    0: (Direction.INCOMING, "Ada"), 1: (Direction.OUTGOING, "automatic message"),
    3: (Direction.OUTGOING, "automatic message"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIDES)
def test_the_type_tells_the_side(kind: int) -> None:
    [found] = both(made(text="hello", type=kind))
    assert (found.direction, found.author) == SIDES[kind]


def test_what_is_typed_on_the_phone_says_so() -> None:
    [found] = both(made(text="hello", type=1, facts=ECHO))
    assert (found.direction, found.author) == (Direction.OUTGOING, "phone")


FAILURES = {
    "with a reason": ({"external_error": "131026: Message undeliverable"},
                      "131026: Message undeliverable"),
    "without": ({}, "failed"),
}  # fmt: skip


@pytest.mark.parametrize("how", FAILURES)
def test_t10_a_message_that_was_not_delivered_says_so(how: str) -> None:
    facts, reason = FAILURES[how]
    [found] = both(made(text="our offer", type=1, status="failed", facts=facts))
    assert found.text == f"our offer\n[not delivered: {reason}]"


def test_an_edit_is_a_message_of_its_own_and_what_was_edited_stays() -> None:
    edited = {"is_edited": True, "previous_content": "I need 12 boxes"}
    first, second = both(made(text="I need 21 boxes", facts=edited))
    assert (first.text, second.text) == (
        "I need 12 boxes", "[edit of an earlier message] I need 21 boxes")  # fmt: skip
    assert second.kind is MessageKind.EDITED
    assert second.native_id.startswith(f"{first.native_id} ")


WHEN = {
    "the sender's own time": (int(AT.timestamp()) - 3_600, AT.replace(hour=8)),
    "as text": (str(int(AT.timestamp()) - 3_600), AT.replace(hour=8)),
    "later than it came": (int(AT.timestamp()) + 86_400, AT),
    "before WhatsApp": (86_400, AT),
    "no time": ("yesterday", AT),
}


@pytest.mark.parametrize("name", WHEN)
def test_a_time_of_the_senders_own_counts_if_it_is_likely(name: str) -> None:
    own, expected = WHEN[name]
    [found] = both(made(text="hello", facts={"external_created_at": own}))
    assert found.sent_at == expected


BAD: list[dict[str, Any]] = [{"id": None}, {"id": "12"}, {"id": True}, {"created_at": None},
       {"created_at": "soon"}, {"message_type": 9}, {"message_type": None}]  # fmt: skip


@pytest.mark.parametrize("wrong", BAD, ids=str)
def test_w6_what_cannot_be_read_is_named(wrong: dict[str, Any]) -> None:
    shown = message_json(made(text="hello"), CHAT, URL) | wrong
    assert isinstance(entry(shown), UnreadableMessage)


ODD: list[dict[str, Any]] = [
    {"content": 7}, {"content": ["x"]}, {"content_attributes": None}, {"content_attributes": "x"},
    {"attachments": [None, 3, {"file_type": 5, "data_url": {}}]}, {"attachments": {}},
    {"sender": "Ada"}, {"sender": {"name": {}}}, {"content": "half \ud83d"}, {"status": 4},
    {"attachments": [{"file_type": "file", "data_url": "https://["}]},
    {"attachments": [{"file_type": "location", "coordinates_lat": "north"}]},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_fields_cost_no_message(odd: dict[str, Any]) -> None:
    found = entry(message_json(made(text="hello"), CHAT, URL) | odd)
    assert isinstance(found, ConversationEntry)
    assert len(found.messages) == 1
    assert not any("\ud800" <= sign <= "\udfff" for sign in found.messages[0].text)
