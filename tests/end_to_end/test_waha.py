"""WAHA through the whole program: connected, polled, heard; each message once, by every way."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.listener_process import SECRET, Listener, give_secrets, listening
from tests.end_to_end.program import ADA, ADA_PHONE, PRIVATE, SAM, Chats, Result, Wasf, eventually
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg
from tests.servers.waha import LocalWaha, WahaChat, WahaFile, WahaSession
from tests.servers.waha.server import signed

NOW = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
DIGITS, LID = ADA_PHONE.removeprefix("+"), "88001122334455@lid"
TEXTS = ["good morning", "ok", "ok", "how much is it?"]


@pytest.fixture
def waha() -> Iterator[LocalWaha]:
    with LocalWaha.start() as running:
        yield running


@pytest.fixture
def shop(waha: LocalWaha) -> WahaSession:
    return waha.add_session("shop", "447700900100", metadata={"owner": "bo@example.com"})


@pytest.fixture
def ada(shop: WahaSession) -> WahaChat:
    return shop.add_chat(f"{DIGITS}@c.us", ADA)


@pytest.fixture
def wasf(wasf: Wasf, waha: LocalWaha) -> Wasf:
    """Connected by the environment, in a hurry."""
    wasf.set(waha_url=waha.base_url, waha_token=waha.key, waha_per_second="100")
    return wasf


def connect(wasf: Wasf, key: str, *options: str) -> Result:
    """`wasf connect waha` with the key on standard input."""
    before, sys.stdin = sys.stdin, io.StringIO(f"{key}\n")
    try:
        return wasf.run("connect", "waha", "--token-store", "file", *options)
    finally:
        sys.stdin = before


def test_connected_once_a_bare_sync_reads_the_chats(
    wasf: Wasf, org: LocalOrg, waha: LocalWaha, ada: WahaChat
) -> None:
    del wasf.environment["WASF_WAHA_TOKEN"], wasf.environment["WASF_WAHA_URL"]
    owner = org.add_user(LastName="Owner", Email="bo@example.com")
    ada.say(PRIVATE, NOW)
    page = f"{waha.base_url}/dashboard"
    shown = connect(wasf, waha.key, "--url", page, "--session", "shop")
    assert shown.code == 0, shown.err
    assert "bo@example.com" in shown.out
    assert waha.key not in shown.out + shown.err
    assert connect(wasf, "wrong", "--url", page).code == 4
    assert wasf.sync().messages["logged"] == 1
    [task] = wasf.rows("Task")
    assert task["OwnerId"] == owner
    assert f"https://wa.me/{DIGITS}" in wasf.the_lead()["Description"]
    again = wasf.sync()
    assert (again.messages["logged"], again.json["api_calls"]) == (0, 0)


def test_o2_settings_name_the_owner_of_a_session(
    wasf: Wasf, org: LocalOrg, shop: WahaSession, ada: WahaChat
) -> None:
    owner = org.add_user(LastName="Owner", Email="cy@example.com")
    shop.metadata = {}
    wasf.set(whatsapp_accounts="shop=cy@example.com")
    ada.say("hi", NOW)
    wasf.sync("waha")
    assert [task["OwnerId"] for task in wasf.rows("Task")] == [owner]


def test_t8_files_are_uploaded_once(wasf: Wasf, ada: WahaChat) -> None:
    wasf.set(attachments="files")
    ada.say("here", NOW, attached=WahaFile(b"%PDF", "application/pdf", "offer.pdf"))
    assert wasf.sync("waha").json["files_uploaded"] == 1
    assert wasf.sync("waha", "--since", "2d").json["files_uploaded"] == 0


def test_a_hidden_number_waits_and_is_logged_when_it_is_known(
    wasf: Wasf, org: LocalOrg, shop: WahaSession
) -> None:
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    hidden = shop.add_chat(LID, "Ada E.")
    hidden.say("one", NOW)
    assert wasf.sync("waha").messages["waiting"] == 1
    hidden.say("two", NOW + timedelta(minutes=1), alt=f"{DIGITS}@s.whatsapp.net")
    assert wasf.sync("waha").messages["logged"] == 2
    assert wasf.texts(contact) == ["one", "two"]


class Ways:
    """The same talk by polling, by webhook and in an exported chat, so many of its messages."""

    def __init__(self, wasf: Wasf, chats: Chats, waha: LocalWaha, ada: WahaChat) -> None:
        self.wasf, self.chats, self.waha, self.ada = wasf, chats, waha, ada

    def polling(self, count: int) -> None:
        self._said(count)
        self.wasf.sync("waha")

    def webhook(self, count: int) -> None:
        self._said(count)
        with listening(self.wasf) as listener:
            for row in self.ada.rows[:count]:
                event = self.waha.event(self.ada.session, "message.any", self.ada.shown(row))
                assert post(listener, event) == 200
            eventually(lambda: self.wasf.org.count("Task") >= count)
            assert listener.stop().code in (0, 143)

    def export(self, count: int) -> None:
        said = [
            Said(_at(n).replace(tzinfo=None), SAM if n % 2 == 0 else ADA, text)
            for n, text in enumerate(TEXTS[:count])
        ]
        path = self.chats.of(ADA, said)
        self.wasf.sync(path, "--me", SAM, "--timezone", "UTC", "--phone", ADA_PHONE)

    def _said(self, count: int) -> None:
        for n in range(len(self.ada.rows), count):
            self.ada.say(TEXTS[n], _at(n) + timedelta(seconds=20 + n), from_me=n % 2 == 0)


def _at(place: int) -> datetime:
    return NOW + timedelta(minutes=5 * (place - (place == 2)))


def post(listener: Listener, event: dict[str, Any]) -> int:
    body = json.dumps(event).encode()
    return listener.post("waha", body, **signed(body, SECRET))


@pytest.mark.parametrize(
    "order",
    [("polling", "export", "webhook"), ("webhook", "polling", "export"),
     ("export", "webhook", "polling")],
    ids="-".join,
)  # fmt: skip
def test_i3_a_message_is_logged_once_by_whichever_way(
    wasf: Wasf, org: LocalOrg, chats: Chats, waha: LocalWaha, ada: WahaChat, order: tuple[str, ...]
) -> None:
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    give_secrets(wasf)
    wasf.set(listen_poll="24h")
    ways = Ways(wasf, chats, waha, ada)
    for count, way in enumerate(order, start=2):
        getattr(ways, way)(count)
        assert len(wasf.texts(contact)) == count
    ways.export(4)
    ways.polling(4)
    assert sorted(wasf.texts(contact)) == sorted(TEXTS)
    assert wasf.rows("Lead") == []


def test_what_is_registered_is_delivered_and_nothing_else_is_taken(
    wasf: Wasf, waha: LocalWaha, shop: WahaSession, ada: WahaChat
) -> None:
    give_secrets(wasf)
    with listening(wasf, "--register", "http://127.0.0.1:9", "--provider", "waha") as listener:
        [ours] = shop.config["webhooks"]
        assert ours["hmac"]["key"] == SECRET
        ours["url"] = listener.url + "waha"
        row = ada.say(PRIVATE, NOW)
        assert waha.deliver(shop, "message.any", ada.shown(row)) == [200]
        eventually(lambda: wasf.org.count("Task") == 1)
        body = json.dumps(waha.event(shop, "message.any", ada.shown(row))).encode()
        assert listener.post("waha", body) == 401
        assert listener.post("waha", body, **signed(body, "another")) == 401
        assert listener.post("waha", body + b" ", **signed(body, SECRET)) == 401
