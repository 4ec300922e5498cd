"""WAHA's webhooks of every kind, and what must come of each; the same message by each way once."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes_inbox import FakeHookSecrets
from tests.servers.waha import Engine, LocalWaha, WahaChat, WahaSession
from tests.servers.waha.server import signed
from tests.sources.waha.reader import reader_of
from tests.sources.web_reader import NOW, WebReader
from wasf.core.auth import Secret
from wasf.core.chats import Direction, MessageKind
from wasf.core.source_state import REPORTS, reports_of
from wasf.interfaces import RequestHead
from wasf.sources.proofs import BodySignature

ADA, ADA_LID = "447700900123@c.us", "88001122334455@lid"
SECONDS = int(NOW.timestamp())


@pytest.fixture
def waha() -> Iterator[LocalWaha]:
    with LocalWaha.start() as running:
        yield running


@pytest.fixture
def reader(waha: LocalWaha) -> WebReader:
    return reader_of(waha)


@pytest.fixture
def shop(waha: LocalWaha) -> WahaSession:
    return waha.add_session("shop", "447700900100", metadata={"owner": "bo@example.com"})


@pytest.fixture
def ada(shop: WahaSession) -> WahaChat:
    return shop.add_chat(ADA, "Ada Example")


class Hooks:
    """Sends events to a reader."""

    def __init__(self, waha: LocalWaha, shop: WahaSession, reader: WebReader) -> None:
        self._waha, self._shop, self._reader = waha, shop, reader

    def __call__(self, event: str, payload: Any, **more: Any) -> list[str]:
        body = self._waha.event(self._shop, event, payload, **more)
        return self._reader.hear("waha", json.dumps(body).encode())


@pytest.fixture
def hook(waha: LocalWaha, shop: WahaSession, reader: WebReader) -> Hooks:
    return Hooks(waha, shop, reader)


def test_a_message_has_the_chat_and_the_ids_that_polling_gives_it_too(
    hook: Hooks, reader: WebReader, ada: WahaChat
) -> None:
    row = ada.say("Is it ready?", NOW, push_name="ada")
    assert hook("message.any", ada.shown(row)) == []
    [heard] = reader.chats.values()
    assert heard.account_email == "bo@example.com"
    reader.read()
    assert set(reader.times) == {row.uid}
    assert reader.places[row.uid] == {heard.native_id}
    assert reader.chats[heard.native_id].name == "Ada Example"


@pytest.mark.parametrize("engine", Engine, ids=lambda one: one.value)
@pytest.mark.parametrize("from_me", [False, True], ids=["incoming", "own"])
def test_i3_under_the_hidden_id_here_and_the_number_there_it_is_one(
    waha: LocalWaha, reader: WebReader, engine: Engine, from_me: bool
) -> None:
    shop = waha.add_session("shop", "447700900100", engine)
    hidden, shown = shop.add_chat(ADA_LID), shop.add_chat(ADA, "Ada Example")
    row = shown.say("hi", NOW, from_me=from_me)
    shop.lids = {ADA_LID: "447700900123"}
    reader.read()
    hidden.say("under the hidden id", NOW, alt="447700900123@s.whatsapp.net", from_me=from_me)
    if engine is Engine.WEBJS:  # its payloads do not tell the pair, the list does
        reader.read()
    hidden.rows.append(row)
    hook = Hooks(waha, shop, reader)
    for one in hidden.rows:
        hook("message.any", hidden.shown(one))
    assert {chat.phone for chat in reader.chats.values()} == {"+447700900123"}
    assert len(reader.places[row.uid]) == 1


def test_message_and_message_any_are_one(hook: Hooks, reader: WebReader, ada: WahaChat) -> None:
    row = ada.say("hi", NOW)
    hook("message", ada.shown(row))
    hook("message.any", ada.shown(row))
    assert set(reader.messages) == {row.uid}


def test_an_old_envelope_needs_no_id_and_no_number_of_ours(
    hook: Hooks, reader: WebReader, ada: WahaChat
) -> None:
    reader.read()
    row = ada.say("hi", NOW)
    hook("message.any", ada.shown(row), id=None, timestamp=None, me=None, metadata=None)
    [chat] = reader.chats.values()
    assert (chat.whatsapp_account, chat.account_email) == ("+447700900100", "bo@example.com")
    assert set(reader.messages) == {row.uid}


EDIT = {"id": f"false_{ADA}_EDITX2", "timestamp": SECONDS + 100, "from": ADA, "fromMe": False,
        "body": "I need 21", "hasMedia": False, "editedMessageId": "3EB0A"}  # fmt: skip
REVOKE = {"after": {"id": f"false_{ADA}_REVOKX3", "timestamp": SECONDS + 200, "from": ADA,
                    "fromMe": False, "body": None}, "before": None,
          "revokedMessageId": "3EB0A"}  # fmt: skip
OLD_REVOKE = {"after": REVOKE["after"] | {"id": f"false_{ADA}_3EB0A"}, "before": None}  # type: ignore[operator]
REACTION = {"id": f"false_{ADA}_REACTX4", "timestamp": SECONDS + 0.5, "from": ADA, "fromMe": False,
            "reaction": {"text": "👍", "messageId": f"true_{ADA}_3EB0A"}}  # fmt: skip

EVENTS: dict[str, tuple[str, Any, tuple[MessageKind, str] | None]] = {
    "edit": (
        "message.edited", EDIT, (MessageKind.EDITED, "[edit of an earlier message] I need 21")
    ),
    "deletion": (
        "message.revoked", REVOKE, (MessageKind.DELETED, "An earlier message was deleted.")
    ),
    "deletion without the id": (
        "message.revoked", OLD_REVOKE, (MessageKind.DELETED, "An earlier message was deleted.")
    ),
    "reaction": (
        "message.reaction", REACTION, (MessageKind.TEXT, "[👍 to an earlier message]")
    ),
    "reaction withdrawn": (
        "message.reaction", REACTION | {"reaction": {"text": "", "messageId": "x"}}, None
    ),
    "story": (
        "message.any", EDIT | {"id": f"false_status@broadcast_3EB0S_{ADA}"}, None
    ),
    "vote": ("poll.vote", {"vote": {}, "poll": {}}, None),
    "not decrypted": ("message.waiting", EDIT, None),
    "delivered": ("message.ack", {"id": f"true_{ADA}_3EB0A", "fromMe": True, "ack": 3}, None),
    "joined a group": ("group.v2.join", {}, None),
    "label": ("label.chat.added", {}, None),
    "typing": ("presence.update", {}, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", EVENTS)
def test_what_comes_of_an_event(hook: Hooks, reader: WebReader, kind: str) -> None:
    event, payload, expected = EVENTS[kind]
    assert hook(event, payload) == []
    found = [(one.kind, one.text) for one in reader.messages.values()]
    assert found == ([expected] if expected else [])
    assert {chat.phone for chat in reader.chats.values()} <= {"+447700900123"}


NOT_UNDERSTOOD: dict[str, tuple[str, Any, str]] = {
    "unknown event": ("message.whispered", {}, "something unheard of|message.whispered"),
    "no event": ("", {}, "no event"),
    "no payload": ("message.any", None, "a message without an id"),
    "no time": ("message.any", EDIT | {"timestamp": None}, "a message without a usable time"),
    "an edit of nothing": ("message.edited", EDIT | {"editedMessageId": ""}, "an edit without"),
    "a revoke of nothing": (
        "message.revoked", {"after": None, "before": None}, "a message without an id"
    ),
    "a call of nobody": ("call.received", {"id": "C", "from": "x"}, "a call without a chat"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NOT_UNDERSTOOD)
def test_w1_what_is_not_understood_is_kept_and_told(
    hook: Hooks, reader: WebReader, kind: str
) -> None:
    event, payload, words = NOT_UNDERSTOOD[kind]
    [told] = hook(event, payload)
    assert any(word in told for word in words.split("|"))
    assert reader.messages == {}


def test_an_edit_comes_before_its_original_and_again_by_polling(
    hook: Hooks, reader: WebReader, ada: WahaChat
) -> None:
    hook("message.edited", EDIT)
    hook("message.edited", EDIT)
    ada.say("I need 21", NOW, uid="3EB0A")
    reader.read()
    assert len(reader.messages) == 2


def test_t10_ours_that_failed_says_so(
    waha: LocalWaha, reader: WebReader, shop: WahaSession, ada: WahaChat
) -> None:
    row = ada.say("our offer", NOW, from_me=True)
    events = [
        ("message.any", ada.shown(row)),
        ("message.ack", {"id": ada.full_id(row), "fromMe": True, "ack": -1, "ackName": "ERROR"}),
    ]
    reader.hear("waha", *(json.dumps(waha.event(shop, *one)).encode() for one in events))
    assert reader.messages[row.uid].text == "our offer\n[not delivered: failed]"


# --- Calls and sessions ------------------------------------------------------------------------

CALL = {"id": "CALL1", "from": ADA, "timestamp": SECONDS + 0.25, "isVideo": False, "isGroup": False}
CALLS = {
    "missed": (["call.received", "call.rejected"], "Call (missed or declined)"),
    "answered": (["call.received", "call.accepted", "call.rejected"], "Call (answered)"),
    "the end only": (["call.rejected"], "Call (missed or declined)"),
    "the end first": (["call.accepted", "call.received"], "Call (answered)"),
}


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_is_one_message(hook: Hooks, reader: WebReader, kind: str) -> None:
    events, text = CALLS[kind]
    for event in events:
        hook(event, CALL)
    [found] = reader.messages.values()
    assert (found.kind, found.text, found.direction) == (
        MessageKind.CALL, text, Direction.INCOMING,
    )  # fmt: skip


def test_a_groups_call_is_nobodys(hook: Hooks, reader: WebReader) -> None:
    assert hook("call.rejected", CALL | {"isGroup": True}) == []
    assert reader.messages == {}


def test_a_session_that_ends_is_reported_until_it_works_again(
    hook: Hooks, reader: WebReader
) -> None:
    hook("session.status", {"status": "FAILED"})
    [report] = reports_of(reader.facts[REPORTS])
    assert str(report) == "WAHA, +447700900100 reports session: the session is failed"
    hook("session.status", {"status": "STARTING"})
    hook("session.status", {"status": "WORKING"})
    assert reports_of(reader.facts[REPORTS]) == ()


# --- Proofs ------------------------------------------------------------------------------------

KEY = "k" * 32
BODY = b'{"event":"message.any"}'


def forged(**headers: str) -> list[tuple[bytes, bytes]]:
    given = {"X-Webhook-Hmac": hmac.new(KEY.encode(), BODY, "sha512").hexdigest()} | headers
    return [(name.lower().encode(), value.encode()) for name, value in given.items() if value]


GOOD = signed(BODY, KEY)["X-Webhook-Hmac"]
BAD = {
    "none": {"X-Webhook-Hmac": ""},
    "of another key": {"X-Webhook-Hmac": signed(BODY, "x")["X-Webhook-Hmac"]},
    "of another body": {"X-Webhook-Hmac": signed(BODY + b" ", KEY)["X-Webhook-Hmac"]},
    "SHA-256": {"X-Webhook-Hmac": hmac.new(KEY.encode(), BODY, "sha256").hexdigest()},
    "with a prefix": {"X-Webhook-Hmac": f"sha512={GOOD}"},
    "base64": {"X-Webhook-Hmac": "QUJD"},
    "in capitals": {"X-Webhook-Hmac": GOOD.upper()},
    "in another header": {"X-Webhook-Hmac": "", "X-Webhook-Signature": GOOD},
}


@pytest.mark.parametrize("proof", BAD)
def test_no_other_proof_is_accepted(proof: str) -> None:
    check = BodySignature(Secret(KEY), b"x-webhook-hmac", algorithm="sha512")
    assert not check.accepts(RequestHead((), forged(**BAD[proof])), BODY)
    assert check.accepts(RequestHead((), forged()), BODY)


def test_registering_keeps_what_stands_there_and_twice_changes_nothing(
    waha: LocalWaha, shop: WahaSession, reader: WebReader, ada: WahaChat
) -> None:
    foreign = {"url": "https://n8n.example/x", "events": ["message"], "hmac": None}
    shop.config = {"webhooks": [foreign], "noweb": {"store": {"enabled": True}}, "debug": True}
    api = reader.api()
    for _ in range(2):
        assert api.register("https://hooks.example.com/", FakeHookSecrets(KEY)) == 9
    assert shop.starts == 1
    first, ours = shop.config["webhooks"]
    assert first == foreign
    assert (ours["url"], ours["hmac"]) == ("https://hooks.example.com/waha", {"key": KEY})
    assert {"message.any", "message.edited", "call.rejected"} <= set(ours["events"])
    assert "message" not in ours["events"]
    assert (shop.config["noweb"], shop.config["debug"]) == ({"store": {"enabled": True}}, True)
    assert shop.metadata == {"owner": "bo@example.com"}
    api.register("https://hooks.example.com", FakeHookSecrets("another" * 5))
    assert (len(shop.config["webhooks"]), shop.starts) == (2, 2)
