"""Messages of WAHA of every kind, in the shape of each engine, and what must come of each."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.servers.waha import HALF, Engine, WahaFile, WahaSession
from wasf.core.chats import MessageKind
from wasf.sources.waha.messages import WahaMessage, message, split_id

AT = datetime(2026, 9, 21, 15, 13, 20, tzinfo=UTC)
ADA = "447700900123@c.us"
PLAIN = {"id": f"false_{ADA}_3EB0A", "timestamp": int(AT.timestamp()), "from": ADA, "fromMe": False}
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Cy Example\nTEL;waid=447700900124:+44 7700 900124\nEND:VCARD"
POLL = {"name": "Which day?", "options": [{"optionName": "Mon"}, {"optionName": "Tue"}]}
PLACE = {"latitude": "51.5", "longitude": "-0.12", "name": "Example Hall", "address": None}
PHOTO = {"url": "http://localhost:3000/api/files/x", "mimetype": "image/jpeg", "filename": None}


def taken(**more: Any) -> WahaMessage:
    found = message(PLAIN | more)
    assert isinstance(found, WahaMessage)
    return found


TEXT, MEDIA, UNKNOWN = MessageKind.TEXT, MessageKind.MEDIA, MessageKind.UNKNOWN
KINDS: dict[str, tuple[dict[str, Any], tuple[MessageKind, str, str] | None]] = {
    "text": ({"body": "Is it ready?"}, (TEXT, "Is it ready?", "")),
    "half of a character": ({"body": f"a{HALF}"}, (TEXT, "a\ufffd", "")),
    "reply": ({"body": "yes", "replyTo": {"id": "3EB0B"}}, (TEXT, "yes", "")),
    "photo": (
        {"body": "the receipt", "hasMedia": True, "media": PHOTO},
        (MEDIA, "the receipt", "image.jpg"),
    ),
    "file with a name": (
        {"hasMedia": True, "media": PHOTO | {"filename": "offer.pdf"}},
        (MEDIA, "", "offer.pdf"),
    ),
    "file that was not fetched": ({"hasMedia": True, "media": None}, (MEDIA, "", "file.bin")),
    "file of NOWEB": (
        {
            "hasMedia": True,
            "_data": {"message": {"audioMessage": {"ptt": True, "mimetype": "audio/ogg; x"}}},
        },
        (MEDIA, "", "voice message.ogg"),
    ),
    "file of WEBJS": (
        {"hasMedia": True, "_data": {"type": "ptt", "mimetype": "audio/ogg"}},
        (MEDIA, "", "voice message.ogg"),
    ),
    "card": ({"body": None, "vCards": [CARD]},
             (MessageKind.CONTACT_CARD, "Cy Example, +44 7700 900124", "")),
    "place": (
        {"location": PLACE},
        (MessageKind.LOCATION, "Example Hall\nhttps://maps.google.com/?q=51.5,-0.12", ""),
    ),
    "poll of NOWEB": (
        {"_data": {"message": {"pollCreationMessageV3": POLL}}},
        (MessageKind.POLL, "Poll: Which day?\n- Mon\n- Tue", ""),
    ),
    "poll of GOWS": (
        {"_data": {"Message": {"PollCreationMessageV3": POLL}}},
        (MessageKind.POLL, "Poll: Which day?\n- Mon\n- Tue", ""),
    ),
    "poll of WEBJS": (
        {"_data": {"type": "poll_creation", "pollName": "Day?", "pollOptions": [{"name": "Mon"}]}},
        (MessageKind.POLL, "Poll: Day?\n- Mon", ""),
    ),
    "view once": (
        {"_data": {"message": {"viewOnceMessageV2": {"message": {"imageMessage": {}}}}}},
        (MessageKind.VIEW_ONCE, "[image, to be seen once]", ""),
    ),
    "view once of WEBJS": (
        {"hasMedia": True, "_data": {"type": "image", "isViewOnce": True}},
        (MessageKind.VIEW_ONCE, "[image, to be seen once]", ""),
    ),
    "call log": ({"_data": {"type": "call_log"}}, (MessageKind.CALL, "Call", "")),
    "button": ({"body": "Option B", "_data": {"type": "list_response"}}, (TEXT, "Option B", "")),
    "order": (
        {"_data": {"message": {"orderMessage": {"orderTitle": "Two boxes"}}}},
        (UNKNOWN, "[order]\nTwo boxes", ""),
    ),
    "order of WEBJS": ({"_data": {"type": "group_invite"}}, (UNKNOWN, "[group invite]", "")),
    "nothing known": ({"body": None}, (UNKNOWN, "[a message that cannot be read here]", "")),
    "reaction": ({"reaction": {"text": "👍", "messageId": "x"}},
                 (TEXT, "[👍 to an earlier message]", "")),
    "reaction withdrawn": ({"reaction": {"text": "", "messageId": "x"}}, None),
    "encryption notice": ({"_data": {"type": "e2e_notification"}}, None),
    "not decrypted yet": ({"_data": {"type": "ciphertext"}}, None),
    "vote": ({"_data": {"message": {"pollUpdateMessage": {"vote": {}}}}}, None),
    "keys": ({"_data": {"message": {"senderKeyDistributionMessage": {"x": 1}}}}, None),
    "a header of photos": ({"_data": {"message": {"albumMessage": {"x": 1}}}}, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_t6_every_kind_has_words_or_is_no_message(kind: str) -> None:
    more, expected = KINDS[kind]
    content = taken(**more).content
    assert (content and (content.kind, content.text, content.file)) == expected


TIMES = {
    "seconds": (1790003600, "2026-09-21T15:13:20+00:00"),
    "a fraction": (1790003600.75, "2026-09-21T15:13:20+00:00"),
    "text": ("1790003600", "2026-09-21T15:13:20+00:00"),
    "milliseconds": (1790003600123, "2026-09-21T15:13:20.123000+00:00"),
    "an old form": ({"low": 1790003600, "high": 0}, "2026-09-21T15:13:20+00:00"),
    "none": (None, ""),
    "nonsense": ("soon", ""),
    "endless": (float("inf"), ""),
    "before 1970": (-5, ""),
}


@pytest.mark.parametrize("form", TIMES)
def test_times_of_every_form(form: str) -> None:
    written, expected = TIMES[form]
    found = message(PLAIN | {"timestamp": written})
    assert (found if isinstance(found, str) else found.at.isoformat()) == (
        expected or "a message without a usable time"
    )


IDS = {
    "person": (f"false_{ADA}_3EB0A", (False, ADA, "3EB0A", "")),
    "hidden": ("true_88001@lid_3EB0A", (True, "88001@lid", "3EB0A", "")),
    "group": ("false_12@g.us_3EB0A_88@lid", (False, "12@g.us", "3EB0A", "88@lid")),
    "old group": ("false_12@g.us_3EB0A", (False, "12@g.us", "3EB0A", "")),
    "two parts": ("false_3EB0A", None),
    "no chat": ("false__3EB0A", None),
    "no side": (f"x_{ADA}_3EB0A", None),
    "empty": ("", None),
}


@pytest.mark.parametrize("form", IDS)
def test_ids_of_every_form(form: str) -> None:
    written, expected = IDS[form]
    assert split_id(written) == expected


def test_an_id_that_is_whatsapps_alone_takes_the_chat_beside_it() -> None:
    assert taken(id="3EB0A").id == (False, ADA, "3EB0A", "")
    assert taken(id="3EB0A", fromMe=True, to="447700900124@c.us").id.jid == "447700900124@c.us"


@pytest.mark.parametrize("engine", Engine, ids=lambda one: one.value)
@pytest.mark.parametrize("from_me", [False, True], ids=["incoming", "own"])
@pytest.mark.parametrize("in_group", [False, True], ids=["direct", "group"])
def test_chat_side_and_sender_are_right_on_every_engine(
    engine: Engine, from_me: bool, in_group: bool
) -> None:
    session = WahaSession("shop", "447700900100", engine)
    chat = session.add_chat("1203@g.us" if in_group else ADA)
    sender = ("447700900100@c.us" if from_me else "447700900124@c.us") if in_group else ""
    row = chat.say("hi", AT, from_me=from_me, sender=sender, push_name="Cy")
    found = message(chat.shown(row))
    assert isinstance(found, WahaMessage)
    assert (found.id.from_me, found.id.jid, found.id.uid) == (from_me, chat.jid, row.uid)
    assert set(found.senders) == ({sender} if in_group else set())
    assert found.push_name == ("" if from_me else "Cy")
    assert found.at == AT


@pytest.mark.parametrize("engine", [Engine.NOWEB, Engine.GOWS], ids=lambda one: one.value)
@pytest.mark.parametrize("from_me", [False, True], ids=["incoming", "own"])
def test_a_message_under_a_hidden_id_tells_the_number(engine: Engine, from_me: bool) -> None:
    chat = WahaSession("shop", "447700900100", engine).add_chat("88001@lid")
    row = chat.say("hi", AT, from_me=from_me, alt="447700900123@s.whatsapp.net")
    found = message(chat.shown(row))
    assert isinstance(found, WahaMessage)
    assert set(found.jids) == {"88001@lid", "447700900123@s.whatsapp.net"}


def test_t10_a_message_that_failed_says_so() -> None:
    assert taken(ack=-1).has_failed
    assert taken(ackName="ERROR").has_failed
    assert not taken(ack=1).has_failed


def test_the_file_of_a_message_is_asked_for_at_its_own_path() -> None:
    found = taken(hasMedia=True, media=WahaFile(b"", "image/png").__dict__)
    assert found.envelope("my shop", "").place == (
        "/api/my%20shop/chats/447700900123%40c.us/messages/false_447700900123%40c.us_3EB0A"
    )
