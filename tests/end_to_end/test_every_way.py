"""I3: a message of a person is logged once, whichever ways it comes, in any order."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.chat_exporter_builder import Wrote, chat, write_json
from tests.end_to_end.program import ADA, ADA_PHONE, SAM, Chats, Wasf
from tests.exports_builder import Said
from tests.samples import one_in
from tests.servers.timelines import LocalChatApi

NUMBER = "+44 7700 900123"
KEY = "447700900123@s.whatsapp.net"
START = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=2)
TEXTS = ["good morning", "ok", "ok", "how much is it?", "10", "see you"]
"""Both "ok" are in one minute; the rest is minutes apart."""


def _at(place: int) -> datetime:
    return START + timedelta(minutes=5 * (place - (place == 2)), seconds=20 + place)


class Ways:
    """The same talk, as each way shows so many of its messages."""

    def __init__(self, wasf: Wasf, chats: Chats, api: LocalChatApi) -> None:
        self.wasf, self.chats = wasf, chats
        account = api.workspace.add_number("+447700900001", "")
        self.api, self.there = api, api.workspace.add_chat(account, ADA, ADA_PHONE, "")
        self.in_api = 0
        wasf.set(timelines_url=api.base_url, timelines_token=api.token, timelines_per_second="30")

    def number(self, count: int) -> None:
        """An export under the number."""
        self._export(NUMBER, count)

    def name(self, count: int) -> None:
        """An export under the name, with which somebody says the number."""
        self._export(ADA, count, "--phone", ADA_PHONE)

    def backup(self, count: int) -> None:
        """The JSON of a backup."""
        said = [
            Wrote(_at(n), n % 2 == 0, text, f"3EB0{n}", None, ())
            for n, text in enumerate(TEXTS[:count])
        ]
        assert self.wasf.sync(write_json(self.chats.folder / "a.json", {KEY: chat(ADA, *said)}))

    def chat_api(self, count: int) -> None:
        """The chat API."""
        for n in range(self.in_api, count):
            self.api.workspace.add_message(self.there, TEXTS[n], _at(n), from_me=n % 2 == 0)
        self.in_api = max(self.in_api, count)
        self.wasf.sync("timelines", "--since", f"{START:%Y-%m-%d}")

    def _export(self, title: str, count: int, *options: str) -> None:
        said = [
            Said(_at(n).replace(tzinfo=None, second=0), SAM if n % 2 == 0 else title, text)
            for n, text in enumerate(TEXTS[:count])
        ]
        path = self.chats.of(title, said)
        self.wasf.sync(path, "--me", SAM, "--timezone", "UTC", *options)


@pytest.fixture
def ways(wasf: Wasf, chats: Chats) -> Iterator[Ways]:
    with LocalChatApi.start(per_second=1_000) as api:
        yield Ways(wasf, chats, api)


ALL = ("number", "name", "backup", "chat_api")


@pytest.mark.parametrize("order", one_in(5, itertools.permutations(ALL), "-".join))
def test_i3_history_one_way_and_what_is_new_another_meet(
    wasf: Wasf, ways: Ways, order: tuple[str, ...]
) -> None:
    contact = wasf.org.add("Contact", LastName="Example", FirstName="Ada", Phone=ADA_PHONE)
    for count, way in enumerate(order, start=3):
        sync: Callable[[int], None] = getattr(ways, way)
        sync(count)
        assert sorted(wasf.texts(contact)) == sorted(TEXTS[:count])
    wasf.org.forget_requests()
    for way in order:
        getattr(ways, way)(6)
    assert sorted(wasf.texts(contact)) == sorted(TEXTS)
    assert not wasf.rows("Lead")
    assert wasf.run("verify").code == 0
