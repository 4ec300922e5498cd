"""Chatwoot's webhooks: what they bring, who may deliver them, and how they are registered."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse

from tests.fakes_inbox import FakeHookSecrets
from tests.servers.chatwoot import DeskMessage, LocalChatwoot
from tests.servers.chatwoot.server import signed
from tests.servers.chatwoot.shapes import event_json
from tests.sources.chatwoot.reader import NOW, Reader, connected
from wasf.core.auth import Secret
from wasf.errors import PermissionMissing, WrongUsage
from wasf.interfaces import Proof, RequestHead, WebhookContent
from wasf.sources.chatwoot import PROVIDER
from wasf.sources.chatwoot.messages import read_chatwoot

ADA, ADA_PHONE, OURS = "Ada Example", "+447700900123", "+15550100100"
HOOKS = "https://hooks.example.com"
OWN, THEIRS = "s3cret-of-the-address", "signing-secret-1"
BODY = b'{"event":"message_created","content":"Gr\xc3\xbc\xc3\x9fe"}'


@pytest.fixture
def chatwoot() -> Iterator[LocalChatwoot]:
    with LocalChatwoot.start() as running:
        yield running


@pytest.fixture
def reader(chatwoot: LocalChatwoot) -> Reader:
    return Reader(chatwoot, now=datetime.now(UTC))


def event(chatwoot: LocalChatwoot, message: DeskMessage, kind: str = "message_created") -> Any:
    return event_json(message, chatwoot.desk, chatwoot.url, kind)


def taken(reader: Reader, body: Any) -> WebhookContent:
    """Read a body as a listener does, with the facts of the reader."""
    found = read_chatwoot(body, lambda name: reader.facts.get(name, ""))
    reader.facts |= found.facts
    return found


# --- What they bring -----------------------------------------------------------------------------


def test_i3_a_message_is_the_same_by_webhook_and_by_the_api(
    chatwoot: LocalChatwoot, reader: Reader
) -> None:
    desk = chatwoot.desk
    bo = desk.add_agent("Bo Seller", "bo@example.com")
    inbox = desk.add_inbox("WA", OURS, bo)
    chat = desk.add_conversation(inbox, ADA, ADA_PHONE, assignee=bo)
    one = desk.add_message(chat, "Is it ready?", NOW)
    two = desk.add_message(chat, "It is.", NOW, type=1, sender=bo)
    reader.read()
    for message in (one, two):
        [found] = taken(reader, event(chatwoot, message)).messages
        assert found.message == reader.messages[str(message.id)]
        assert found.chat == next(iter(reader.chats.values()))
        assert (found.chat.owner_email, found.chat.whatsapp_account) == ("bo@example.com", OURS)


def test_before_anything_was_read_the_account_is_not_guessed(
    chatwoot: LocalChatwoot, reader: Reader
) -> None:
    desk = chatwoot.desk
    chat = desk.add_conversation(desk.add_inbox("WA", OURS), ADA, ADA_PHONE)
    [found] = taken(reader, event(chatwoot, desk.add_message(chat, "hello", NOW))).messages
    assert (found.chat.whatsapp_account, found.chat.url, found.chat.phone) == ("", "", ADA_PHONE)


def test_a_change_is_the_same_message(chatwoot: LocalChatwoot, reader: Reader) -> None:
    desk = chatwoot.desk
    chat = desk.add_conversation(desk.add_inbox("WA", OURS), ADA, ADA_PHONE)
    sent = desk.add_message(chat, "our offer", NOW, type=1)
    kinds = [desk.change(sent, status="read"), desk.change(sent, source_id="wamid.X"),
             desk.delete(sent)]  # fmt: skip
    ids = {
        one.message.native_id
        for message in kinds
        for one in taken(reader, event(chatwoot, message, "message_updated")).messages
    }
    assert ids == {str(sent.id)}
    failed = desk.change(sent, status="failed", facts={"external_error": "131026"})
    found = taken(reader, event(chatwoot, failed, "message_updated"))
    assert found.failed == {str(sent.id): "131026"}
    assert "not delivered" not in found.messages[0].message.text


NOTHING = ["a private note", "another channel", "an SMS", "an inbox that nobody named",
           "a conversation that changed", "somebody types"]  # fmt: skip


@pytest.mark.parametrize("what", NOTHING)
def test_what_is_no_message_of_whatsapp_brings_nothing(
    chatwoot: LocalChatwoot, reader: Reader, what: str
) -> None:
    desk = chatwoot.desk
    channels = {"another channel": "Channel::Email", "an SMS": "Channel::TwilioSms",
                "an inbox that nobody named": "Channel::Api"}  # fmt: skip
    inbox = desk.add_inbox("in", OURS, channel=channels.get(what, ""))
    chat = desk.add_conversation(inbox, ADA, ADA_PHONE, source_id=ADA_PHONE)
    message = desk.add_message(chat, "hello", NOW, private=what == "a private note")
    kinds = {"a conversation that changed": "conversation_updated",
             "somebody types": "conversation_typing_on"}  # fmt: skip
    body = event(chatwoot, message, kinds.get(what, "message_created"))
    assert taken(reader, body) == WebhookContent()


def test_the_inbox_of_a_bridge_is_known_from_the_last_sync(chatwoot: LocalChatwoot) -> None:
    desk = chatwoot.desk
    bridge = desk.add_inbox("evolution", "", channel="Channel::Api")
    chat = desk.add_conversation(bridge, ADA, ADA_PHONE, source_id="uuid")
    reader = Reader(chatwoot, now=datetime.now(UTC), inboxes=str(bridge.id))
    desk.add_message(chat, "first", NOW)
    reader.read()
    [found] = taken(reader, event(chatwoot, desk.add_message(chat, "second", NOW))).messages
    assert found.chat == next(iter(reader.chats.values()))
    assert found.chat.whatsapp_account == "evolution"


UNKNOWN = {
    "no event": {}, "another event": {"event": "campaign_sent"}, "no object": "x",
    "no conversation": {"event": "message_created", "id": 1},
}  # fmt: skip


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_not_understood_is_kept(reader: Reader, what: str) -> None:
    found = taken(reader, UNKNOWN[what])
    assert (len(found.unknown), found.messages) == (1, ())


@pytest.mark.parametrize("wrong", [{"id": None}, {"created_at": "soon"}, {"message_type": "x"}])
def test_w1_a_message_that_lacks_something_is_kept(
    chatwoot: LocalChatwoot, reader: Reader, wrong: dict[str, Any]
) -> None:
    desk = chatwoot.desk
    chat = desk.add_conversation(desk.add_inbox("WA", OURS), ADA, ADA_PHONE)
    body = event(chatwoot, desk.add_message(chat, "hello", NOW)) | wrong
    assert len(taken(reader, body).unknown) == 1


# --- Who may deliver -----------------------------------------------------------------------------


def proof(kept: str = THEIRS, **given: str) -> Proof:
    secrets = FakeHookSecrets(OWN, **given)
    if kept:
        secrets.keep("chatwoot", Secret(kept))
    assert PROVIDER.webhooks is not None
    [endpoint] = PROVIDER.webhooks.endpoints(secrets)
    assert endpoint.path == "chatwoot"
    assert endpoint.proof is not None
    return endpoint.proof


def is_taken(by: Proof, body: bytes, headers: dict[str, str], query: str = OWN) -> bool:
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    head = RequestHead([("secret", query)] if query else [], pairs)
    return by.may_read(head) and by.accepts(head, body)


def test_a_signed_body_at_the_secret_address_is_taken() -> None:
    assert is_taken(proof(), BODY, signed(THEIRS, BODY))
    assert is_taken(proof(kept=""), BODY, {})  # versions before 4.13 sign nothing
    by_hand = proof(kept="", WASF_CHATWOOT_HOOK_SECRET="of the window")
    assert is_taken(by_hand, BODY, signed("of the window", BODY), query="")


LATE = 301


def bad_proofs() -> dict[str, tuple[bytes, dict[str, str], str]]:
    """Bodies, headers and addresses by what is wrong; their times count from this moment on."""
    return {
        "no secret in the address": (BODY, signed(THEIRS, BODY), ""),
        "another one": (BODY, signed(THEIRS, BODY), OWN[:-1]),
        "not signed": (BODY, {}, OWN),
        "the body alone signed": (BODY, signed(THEIRS, BODY) | {"X-Chatwoot-Timestamp": ""}, OWN),
        "another secret": (BODY, signed("other", BODY), OWN),
        "the secret of the address": (BODY, signed(OWN, BODY), OWN),
        "another body": (BODY + b" ", signed(THEIRS, BODY), OWN),
        "an old time": (BODY, signed(THEIRS, BODY, int(time.time()) - LATE - 60), OWN),
        "a time to come": (BODY, signed(THEIRS, BODY, int(time.time()) + LATE + 60), OWN),
        "another time than signed": (
            BODY, signed(THEIRS, BODY) | {"X-Chatwoot-Timestamp": str(int(time.time()) - 2)}, OWN),
        "a time that is none": (BODY, signed(THEIRS, BODY) | {"X-Chatwoot-Timestamp": "now"}, OWN),
        "a very long time": (
            BODY, signed(THEIRS, BODY) | {"X-Chatwoot-Timestamp": "9" * 5_000}, OWN),
    }  # fmt: skip


@pytest.mark.parametrize("what", bad_proofs())
def test_a_bad_proof_is_refused(what: str) -> None:
    body, headers, query = bad_proofs()[what]
    assert not is_taken(proof(), body, headers, query)


# --- Registering ---------------------------------------------------------------------------------


def test_one_webhook_is_made_once_and_its_secret_is_kept(chatwoot: LocalChatwoot) -> None:
    others = {"id": 9, "url": "https://crm.example.com", "subscriptions": ["contact_created"]}
    chatwoot.webhooks.append(others)
    secrets = FakeHookSecrets("secret & more")
    for url in (HOOKS, f"{HOOKS}/"):
        assert connected(chatwoot).register(url, secrets) == 2
    other, made = chatwoot.webhooks
    assert other is others
    assert made["url"] == f"{HOOKS}/chatwoot?secret=secret%20%26%20more"
    assert made["subscriptions"] == ["message_created", "message_updated"]
    kept = secrets.kept("chatwoot")
    assert kept is not None
    assert kept.reveal() == made["secret"]


def test_one_that_sends_less_is_completed_and_keeps_the_rest(chatwoot: LocalChatwoot) -> None:
    secrets = FakeHookSecrets(OWN)
    connected(chatwoot).register(HOOKS, secrets)
    chatwoot.webhooks[0]["subscriptions"] = ["contact_updated", "message_created"]
    connected(chatwoot).register(HOOKS, secrets)
    assert chatwoot.webhooks[0]["subscriptions"] == [
        "contact_updated", "message_created", "message_updated"]  # fmt: skip


def test_versions_without_signatures_are_registered_too(chatwoot: LocalChatwoot) -> None:
    chatwoot.has_signatures = False
    secrets = FakeHookSecrets(OWN)
    assert connected(chatwoot).register(HOOKS, secrets) == 2
    assert secrets.kept("chatwoot") is None


def test_an_agent_may_not_and_is_told_the_way(chatwoot: LocalChatwoot) -> None:
    api = connected(chatwoot, chatwoot.agent_token)
    with pytest.raises(PermissionMissing) as refused:
        api.register(HOOKS, FakeHookSecrets(OWN))
    assert f"{HOOKS}/chatwoot" in refused.value.hint
    assert OWN not in refused.value.message + refused.value.hint


def test_the_words_of_a_refusal_are_shown(chatwoot: LocalChatwoot) -> None:
    chatwoot.before = lambda path: (
        JSONResponse({"message": "Limit reached"}, 422) if len(chatwoot.asked) == 2 else None
    )
    with pytest.raises(PermissionMissing, match="Limit reached"):
        connected(chatwoot).register(HOOKS, FakeHookSecrets(OWN))


@pytest.mark.parametrize("url", ["http://hooks.example.com", "hooks", f"{HOOKS}?a=b"])
def test_what_is_no_address_is_refused(chatwoot: LocalChatwoot, url: str) -> None:
    with pytest.raises(WrongUsage):
        connected(chatwoot).register(url, FakeHookSecrets(OWN))
    assert chatwoot.asked == []


def test_in_a_private_network_no_tls_is_needed(chatwoot: LocalChatwoot) -> None:
    assert connected(chatwoot).register("http://10.0.0.7:8787", FakeHookSecrets(OWN)) == 2


def test_a_minute_makes_no_other_message(chatwoot: LocalChatwoot, reader: Reader) -> None:
    """Webhooks tell milliseconds, the API seconds: a message is in the same one."""
    desk = chatwoot.desk
    chat = desk.add_conversation(desk.add_inbox("WA", OURS), ADA, ADA_PHONE)
    at = NOW.replace(second=59, microsecond=999_000) + timedelta(0)
    message = desk.add_message(chat, "hello", at)
    reader.read()
    [found] = taken(reader, event(chatwoot, message)).messages
    assert found.message.sent_at == reader.messages[str(message.id)].sent_at
