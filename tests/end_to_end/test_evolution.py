"""Evolution API through the whole program: connected, polled, heard; each message once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.listener_process import SECRET, give_secrets, listening
from tests.end_to_end.program import ADA, ADA_PHONE, PRIVATE, SAM, Chats, Wasf, eventually
from tests.exports_builder import Said
from tests.servers.evolution import EvolutionInstance, LocalEvolution
from tests.servers.salesforce import LocalOrg

NOW = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
DIGITS, LID = ADA_PHONE.removeprefix("+"), "88001122334455@lid"
BOTH = {"remoteJidAlt": f"{DIGITS}@s.whatsapp.net", "addressingMode": "lid"}


@pytest.fixture
def evolution() -> Iterator[LocalEvolution]:
    with LocalEvolution.start() as running:
        yield running


@pytest.fixture
def shop(evolution: LocalEvolution) -> EvolutionInstance:
    return evolution.add_instance("the shop", "447700900100")


@pytest.fixture
def wasf(wasf: Wasf, evolution: LocalEvolution) -> Wasf:
    """Connected by the environment, in a hurry."""
    wasf.set(evolution_url=f"{evolution.base_url}/manager", evolution_token=evolution.key)
    wasf.set(evolution_per_second="100")
    return wasf


def test_chats_are_read_with_their_owners_and_files(
    wasf: Wasf, org: LocalOrg, shop: EvolutionInstance
) -> None:
    owner = org.add_user(LastName="Owner", Email="bo@example.com")
    wasf.set(whatsapp_accounts="the shop=bo@example.com", attachments="files")
    offer = {"documentMessage": {"fileName": "offer.pdf", "caption": PRIVATE}}
    shop.say(LID, offer, NOW, key=BOTH, push_name=ADA, content=b"%PDF")
    first = wasf.sync("evolution")
    assert (first.messages["logged"], first.json["files_uploaded"]) == (1, 1)
    [task] = wasf.rows("Task")
    assert task["OwnerId"] == owner
    assert wasf.the_lead()["Phone"] == ADA_PHONE
    again = wasf.sync()
    assert (again.messages["logged"], again.json["api_calls"]) == (0, 0)


def test_what_is_registered_is_delivered_and_nothing_else_is_taken(
    wasf: Wasf, evolution: LocalEvolution, shop: EvolutionInstance
) -> None:
    give_secrets(wasf)
    options = ("--register", "http://127.0.0.1:9", "--provider", "evolution")
    with listening(wasf, *options) as listener:
        assert shop.webhook is not None
        shop.webhook["url"] = f"{listener.url}evolution"
        row = shop.say(LID, PRIVATE, NOW, key=BOTH, push_name=ADA)
        assert evolution.deliver(shop, "messages.upsert", row.heard) == 200
        shop.webhook["url"] += "/messages-upsert"
        assert evolution.deliver(shop, "messages.upsert", row.heard) == 200
        eventually(lambda: wasf.org.count("Task") == 1)
        shop.webhook["headers"] = {"Authorization": "Bearer another"}
        assert evolution.deliver(shop, "messages.upsert", row.heard) == 401
        kept = b"".join(one.read_bytes() for one in wasf.home.rglob("*") if one.is_file())
        assert shop.token.encode() not in kept


def test_i3_a_message_is_logged_once_by_whichever_way(
    wasf: Wasf, org: LocalOrg, chats: Chats, evolution: LocalEvolution, shop: EvolutionInstance
) -> None:
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    texts = ["good morning", "ok", "ok", "how much is it?"]
    times = [NOW + timedelta(minutes=5 * (n - (n == 2))) for n in range(4)]
    rows = [
        shop.say(LID, text, at + timedelta(seconds=n), key=BOTH, from_me=n % 2 == 0)
        for n, (text, at) in enumerate(zip(texts, times, strict=True))
    ]
    later, shop.rows[2:] = shop.rows[2:], []
    said = [
        Said(at.replace(tzinfo=None), SAM if n % 2 == 0 else ADA, text)
        for n, (text, at) in enumerate(zip(texts, times, strict=True))
    ]
    give_secrets(wasf)
    wasf.set(listen_poll="24h")
    with listening(wasf) as listener:
        for row in rows[:2]:
            body = json.dumps(evolution.event(shop, "messages.upsert", row.heard)).encode()
            headers = {"Authorization": f"Bearer {SECRET}"}
            assert listener.post("evolution", body, **headers) == 200
        eventually(lambda: len(wasf.texts(contact)) == 2)
        listener.stop()
    shop.rows += later
    path = chats.of(ADA, said[:3])
    wasf.sync(path, "--me", SAM, "--timezone", "UTC", "--phone", ADA_PHONE)
    wasf.sync("evolution")
    assert sorted(wasf.texts(contact)) == sorted(texts)
    assert wasf.rows("Lead") == []
