"""Evolution API's webhooks of every kind, and what must come of each; by every way once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes_inbox import FakeHookSecrets
from tests.servers.evolution import EvolutionInstance, LocalEvolution
from tests.sources.evolution.reader import reader_of
from tests.sources.web_reader import NOW, WebReader
from wasf.core.chats import Direction, MessageKind
from wasf.core.source_state import REPORTS, reports_of
from wasf.errors import PermissionMissing
from wasf.interfaces import RequestHead
from wasf.sources.evolution import PROVIDER

ADA, ADA_LID = "447700900123@s.whatsapp.net", "88001122334455@lid"
OURS = "447700900100@s.whatsapp.net"
SECONDS = int(NOW.timestamp())


@pytest.fixture
def evolution() -> Iterator[LocalEvolution]:
    with LocalEvolution.start() as running:
        yield running


@pytest.fixture
def reader(evolution: LocalEvolution) -> WebReader:
    return reader_of(evolution)


@pytest.fixture
def shop(evolution: LocalEvolution) -> EvolutionInstance:
    return evolution.add_instance("shop", "447700900100")


class Hooks:
    """Sends events to a reader."""

    def __init__(
        self, evolution: LocalEvolution, shop: EvolutionInstance, reader: WebReader
    ) -> None:
        self._evolution, self._shop, self._reader = evolution, shop, reader

    def __call__(self, event: str, data: Any, **more: Any) -> list[str]:
        body = self._evolution.event(self._shop, event, data, **more)
        return self._reader.hear("evolution", json.dumps(body).encode())


@pytest.fixture
def hook(evolution: LocalEvolution, shop: EvolutionInstance, reader: WebReader) -> Hooks:
    return Hooks(evolution, shop, reader)


@pytest.mark.parametrize("event", ["messages.upsert", "MESSAGES_UPSERT", "messages-upsert"])
def test_i3_a_message_under_the_number_here_and_hidden_there_is_one(
    hook: Hooks, reader: WebReader, shop: EvolutionInstance, event: str
) -> None:
    row = shop.say(ADA_LID, "Is it ready?", NOW, key={"remoteJidAlt": ADA}, push_name="Ada")
    assert hook(event, row.heard) == []
    reader.read()
    assert reader.times[row.uid] == 2
    assert len(reader.chats) == len(reader.places[row.uid]) == 1
    [chat] = reader.chats.values()
    assert (chat.phone, chat.name) == ("+447700900123", "Ada")
    hook("send.message", row.heard)
    assert len(reader.messages) == 1


def test_history_is_many_in_one_body(
    hook: Hooks, reader: WebReader, shop: EvolutionInstance
) -> None:
    rows = [shop.say(ADA, f"text {n}", NOW).heard for n in range(5)]
    hook("messages.set", rows, isLatest=True, progress=100)
    assert len(reader.messages) == 5


VIEW_ONCE = {"viewOnceMessageV2": {"message": {"imageMessage": {"viewOnce": True}}}}
POLL = {"name": "Which day?", "options": [{"optionName": "Mon"}, {"optionName": "Tue"}]}
PLACE = {"degreesLatitude": 51.5, "degreesLongitude": -0.12, "name": "Example Hall"}
CARD = {"displayName": "Cy", "vcard": "BEGIN:VCARD\nFN:Cy Example\nTEL:+44 7700 900124"}
LARGE = {"low": 48211, "high": 0, "unsigned": True}
TEXT, MEDIA, UNKNOWN = MessageKind.TEXT, MessageKind.MEDIA, MessageKind.UNKNOWN


def deep(times: int) -> dict[str, Any]:
    """A text in so many wrappers."""
    inside: dict[str, Any] = {"conversation": "x"}
    for _ in range(times):
        inside = {"ephemeralMessage": {"message": inside}}
    return inside


BODIES: dict[str, tuple[dict[str, Any], tuple[MessageKind, str, str] | None]] = {
    "text": ({"extendedTextMessage": {"text": "hello"}}, (TEXT, "hello", "")),
    "photo": (
        {"imageMessage": {"mimetype": "image/jpeg", "caption": "see", "fileLength": LARGE}},
        (MEDIA, "see", "image.jpg"),
    ),
    "voice": (
        {"audioMessage": {"mimetype": "audio/ogg; codecs=opus", "ptt": True, "seconds": 7}},
        (MEDIA, "", "voice message.ogg"),
    ),
    "document with a caption": (
        {"documentWithCaptionMessage": {"message": {
            "documentMessage": {"fileName": "offer.pdf", "caption": "see page 2"}}}},
        (MEDIA, "see page 2", "offer.pdf"),
    ),
    "sticker": ({"stickerMessage": {"mimetype": "image/webp"}}, (MEDIA, "", "sticker.webp")),
    "place": (
        {"locationMessage": PLACE},
        (MessageKind.LOCATION, "Example Hall\nhttps://maps.google.com/?q=51.5,-0.12", ""),
    ),
    "card": ({"contactMessage": CARD},
             (MessageKind.CONTACT_CARD, "Cy Example, +44 7700 900124", "")),
    "cards": ({"contactsArrayMessage": {"contacts": [CARD, {"displayName": "Di"}]}},
              (MessageKind.CONTACT_CARD, "Cy Example, +44 7700 900124\nDi", "")),
    "poll": ({"pollCreationMessageV3": POLL},
             (MessageKind.POLL, "Poll: Which day?\n- Mon\n- Tue", "")),
    "view once": (VIEW_ONCE, (MessageKind.VIEW_ONCE, "[image, to be seen once]", "")),
    "disappearing": (
        {"ephemeralMessage": {"message": {"extendedTextMessage": {"text": "soon gone"}}}},
        (TEXT, "soon gone", ""),
    ),
    "answer of a list": ({"listResponseMessage": {"title": "Option B"}}, (TEXT, "Option B", "")),
    "answer of a button": (
        {"templateButtonReplyMessage": {"selectedDisplayText": "Yes"}}, (TEXT, "Yes", "")
    ),
    "advert": (
        {"extendedTextMessage": {"text": "hi", "contextInfo": {
            "externalAdReply": {"title": "Sale", "sourceUrl": "https://ad.example"}}}},
        (TEXT, "hi\n[came from an ad: Sale, https://ad.example]", ""),
    ),
    "reaction": ({"reactionMessage": {"key": {"id": "x"}, "text": "👍"}},
                 (TEXT, "[👍 to an earlier message]", "")),
    "order": ({"orderMessage": {"orderTitle": "Two boxes"}}, (UNKNOWN, "[order]\nTwo boxes", "")),
    "encrypted": (
        {"secretEncryptedMessage": {"x": 1}},
        (UNKNOWN, "[a message that cannot be read here]", ""),
    ),
    "too deep": (deep(7), (UNKNOWN, "[a message that cannot be read here]", "")),
    "reaction withdrawn": ({"reactionMessage": {"key": {"id": "x"}, "text": ""}}, None),
    "vote": ({"pollUpdateMessage": {"vote": {"selectedOptions": []}}}, None),
    "album": ({"albumMessage": {"expectedImageCount": 3}}, None),
    "timer": ({"protocolMessage": {"type": "EPHEMERAL_SETTING", "key": {"id": "x"}}}, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_t6_every_kind_has_words_or_is_no_message(
    hook: Hooks, reader: WebReader, shop: EvolutionInstance, kind: str
) -> None:
    body, expected = BODIES[kind]
    assert hook("messages.upsert", shop.say(ADA, body, NOW).heard) == []
    found = [
        (one.kind, one.text, one.attachment.name if one.attachment else "")
        for one in reader.messages.values()
    ]
    assert found == ([expected] if expected else [])


# --- Changes -----------------------------------------------------------------------------------


def edit(uid: str, jid: str, *, from_me: bool, kind: object = "MESSAGE_EDIT") -> dict[str, Any]:
    return {
        "key": {"remoteJid": jid, "fromMe": from_me, "id": uid},
        "type": kind,
        "editedMessage": {"conversation": "I need 21"},
        "timestampMs": str(SECONDS * 1000 + 60_000),
    }


UPDATE = {"remoteJid": ADA, "fromMe": False, "status": "SERVER_ACK"}


@pytest.mark.parametrize("from_me", [False, True], ids=["theirs", "ours"])
def test_an_edit_is_told_once_whichever_way_it_comes(
    hook: Hooks, reader: WebReader, shop: EvolutionInstance, from_me: bool
) -> None:
    row = shop.say(ADA, "I need 12", NOW, from_me=from_me)
    hook("messages.upsert", row.heard)
    # The key is written from the sender's point of view.
    hook("messages.edited", edit(row.uid, ADA if from_me else OURS, from_me=True))
    assert len(reader.messages) == 2
    new = {"editedMessage": {"message": {"conversation": "I need 21"}}}
    hook("messages.update", UPDATE | {"keyId": row.uid, "fromMe": from_me, "message": new})
    row.message, row.states = {"conversation": "I need 21"}, ["EDITED"]
    reader.read()
    edits = [one for one in reader.messages.values() if one.kind is MessageKind.EDITED]
    [found] = edits
    assert found.text == "[edit of an earlier message] I need 21"
    assert found.direction is (Direction.OUTGOING if from_me else Direction.INCOMING)
    assert len(reader.chats) == 1
    assert len(reader.messages) == 2


DELETIONS = {
    "revoke": ("messages.edited", {"key": {"remoteJid": OURS, "fromMe": True}, "type": "REVOKE"}),
    "revoke by number": ("messages.edited", {"key": {"remoteJid": OURS}, "type": 0}),
    "id alone": ("messages.delete", {"remoteJid": ADA, "fromMe": False, "status": "DELETED"}),
    "a row": ("messages.delete", {"id": "cmexampledbid000000000001", "key": {"remoteJid": ADA}}),
    "a state": ("messages.update", {"remoteJid": ADA, "status": "DELETED"}),
}


@pytest.mark.parametrize("form", DELETIONS)
def test_a_deletion_is_told_once_whichever_way_it_comes(
    hook: Hooks, reader: WebReader, shop: EvolutionInstance, form: str
) -> None:
    event, data = DELETIONS[form]
    row = shop.say(ADA, "secret", NOW)
    hook("messages.upsert", row.heard)
    if "key" in data:
        hook(event, data | {"key": data["key"] | {"id": row.uid}})
    else:
        hook(event, data | {"keyId" if event == "messages.update" else "id": row.uid})
    row.states = ["DELETED"]
    reader.read()
    assert [one.kind for one in reader.messages.values()] == [
        MessageKind.TEXT, MessageKind.DELETED,
    ]  # fmt: skip


def test_a_change_of_a_message_that_nobody_knows_is_kept(hook: Hooks, reader: WebReader) -> None:
    assert "a change of a message" in hook("messages.edited", edit("x", OURS, from_me=True))[0]
    assert "a change of a message" in hook("messages.delete", {"remoteJid": ADA, "id": "x"})[0]
    assert hook("messages.edited", edit("x", ADA, from_me=False)) == []
    assert len(reader.messages) == 1


NOTHING = {
    "read": ("messages.update", UPDATE | {"keyId": "x", "status": "READ"}),
    "a timer": ("messages.edited", edit("x", ADA, from_me=False, kind="EPHEMERAL_SETTING")),
    "keys": ("messages.edited", edit("x", ADA, from_me=False, kind="APP_STATE_SYNC_KEY_SHARE")),
    "contacts": ("contacts.update", [{"remoteJid": ADA, "pushName": "Ada"}]),
    "typing": ("presence.update", {"id": ADA}),
    "a story": (
        "messages.upsert",
        {"key": {"remoteJid": "status@broadcast", "participant": ADA, "id": "x"},
         "messageTimestamp": SECONDS, "message": {"conversation": "x"}},
    ),
    "start": ("application.startup", {}),
    "groups": ("group-participants.update", {"id": "1@g.us"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", NOTHING)
def test_what_is_no_message_brings_nothing(hook: Hooks, reader: WebReader, kind: str) -> None:
    event, data = NOTHING[kind]
    assert hook(event, data) == []
    assert reader.messages == {}
    assert reader.chats == {}


NOT_UNDERSTOOD = {
    "unknown event": ("messages.whispered", {}, "unheard of"),
    "another product": ("Message", {"Info": {}, "Message": {}}, "Evolution Go"),
    "no event": ("", {}, "no event"),
    "no data": ("messages.upsert", None, "without an id"),
    "no time": ("messages.upsert", {"key": {"id": "x", "remoteJid": ADA}}, "without a usable time"),
    "no chat": ("messages.upsert", {"key": {"id": "x"}}, "without a chat"),
}


@pytest.mark.parametrize("kind", NOT_UNDERSTOOD)
def test_w1_what_is_not_understood_is_kept_and_told(
    hook: Hooks, reader: WebReader, kind: str
) -> None:
    event, data, words = NOT_UNDERSTOOD[kind]
    [told] = hook(event, data)
    assert words in told or "something unheard of" in told
    assert reader.messages == {}


def test_t10_ours_that_failed_says_so(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    row = shop.say(ADA, "our offer", NOW, from_me=True)
    failed = UPDATE | {"keyId": row.uid, "fromMe": True, "status": "ERROR"}
    events = [("send.message", row.heard), ("messages.update", failed)]
    bodies = [json.dumps(evolution.event(shop, *one)).encode() for one in events]
    reader.hear("evolution", *bodies)
    assert reader.messages[row.uid].text == "our offer\n[not delivered: failed]"


# --- Calls and connections ---------------------------------------------------------------------

CALL = {"chatId": ADA, "from": ADA_LID, "callerPn": ADA, "isGroup": False, "id": "CALL1",
        "date": "2026-03-10T12:00:00.000Z", "isVideo": True}  # fmt: skip
CALLS = {
    "missed": (["offer", "ringing", "timeout"], "Video call (missed)"),
    "declined": (["offer", "reject", "terminate"], "Video call (declined)"),
    "answered": (["offer", "accept", "terminate"], "Video call (answered)"),
}


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_is_one_message(hook: Hooks, reader: WebReader, kind: str) -> None:
    statuses, text = CALLS[kind]
    for status in statuses:
        hook("call", CALL | {"status": status})
    [found] = reader.messages.values()
    assert (found.kind, found.text) == (MessageKind.CALL, text)
    assert [chat.phone for chat in reader.chats.values()] == ["+447700900123"]


def test_a_connection_that_closes_is_reported_until_it_opens(
    hook: Hooks, reader: WebReader
) -> None:
    hook("connection.update", {"instance": "shop", "state": "close", "statusReason": 401})
    [report] = reports_of(reader.facts[REPORTS])
    assert str(report) == (
        "Evolution API, +447700900100 reports connection: WhatsApp is disconnected"
    )
    hook("connection.update", {"state": "connecting"})
    hook("connection.update", {"state": "open"})
    assert reports_of(reader.facts[REPORTS]) == ()


# --- Proofs ------------------------------------------------------------------------------------

KEY = "k" * 32
HEADERS = {
    "none": ([], False),
    "right": ([("authorization", f"Bearer {KEY}")], True),
    "of another": ([("authorization", "Bearer another")], False),
    "cut": ([("authorization", f"Bearer {KEY[:-1]}")], False),
    "longer": ([("authorization", f"Bearer {KEY}x")], False),
    "twice": ([("authorization", f"Bearer {KEY}")] * 2, False),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_only_the_secret_is_a_proof(kind: str) -> None:
    given, expected = HEADERS[kind]
    assert PROVIDER.webhooks is not None
    endpoints = list(PROVIDER.webhooks.endpoints(FakeHookSecrets(KEY)))
    assert [one.path for one in endpoints] == ["evolution", "evolution/{event}"]
    head = RequestHead((), [(name.encode(), value.encode()) for name, value in given])
    for one in endpoints:
        assert one.proof is not None
        assert one.proof.accepts(head, b"{}") is expected


def test_the_servers_keys_are_not_kept(evolution: LocalEvolution, shop: EvolutionInstance) -> None:
    assert PROVIDER.webhooks is not None
    [endpoint, _] = PROVIDER.webhooks.endpoints(FakeHookSecrets(KEY))
    assert endpoint.cleaned is not None
    event = evolution.event(shop, "messages.upsert", {"text": 'say "apikey"'}, api_key="GLOBAL")
    kept = endpoint.cleaned(json.dumps(event, indent=1).encode())
    assert shop.token.encode() not in kept
    assert b"GLOBAL" not in kept
    assert json.loads(kept) == event | {"apikey": "", "api_key": ""}


def test_registering_twice_changes_nothing_and_another_webhook_stays(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    api = reader.api()
    for _ in range(2):
        assert api.register("https://hooks.example.com/", FakeHookSecrets(KEY)) == 8
    assert shop.webhook is not None
    assert shop.webhook["url"] == "https://hooks.example.com/evolution"
    assert shop.webhook["headers"] == {"Authorization": f"Bearer {KEY}"}
    assert (shop.webhook["byEvents"], shop.webhook["base64"]) == (False, False)
    desk = evolution.add_instance("desk", "447700900101")
    desk.webhook = {"enabled": True, "url": "https://n8n.example/x", "headers": {}}
    with pytest.raises(PermissionMissing, match=r"n8n\.example"):
        api.register("https://hooks.example.com", FakeHookSecrets("z" * 32))
    assert shop.webhook["headers"] == {"Authorization": f"Bearer {KEY}"}
    assert desk.webhook["url"] == "https://n8n.example/x"
