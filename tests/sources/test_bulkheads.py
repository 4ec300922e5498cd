"""W6: what wasf cannot read of one chat, or cannot import, stops no other chat of that source.

A value that raises when it is looked into is put into an answer, a body or a file, in place of the
message that says `BOOM`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.chat_exporter_builder import chat, write_json
from tests.exports_builder import Said, write_android
from tests.fakes_inbox import FakeInbox
from tests.servers.chatwoot import HelpDesk, LocalChatwoot
from tests.servers.evolution import LocalEvolution
from tests.servers.timelines import ChangingWorkspace, LocalChatApi
from tests.servers.waha import LocalWaha
from tests.sources.chat_exporter.reader import wrote
from tests.sources.chatwoot.reader import connected as chatwoot_api
from tests.sources.evolution.reader import api_of as evolution_api
from tests.sources.exports.reader import options
from tests.sources.test_payloads import FOLDER
from tests.sources.timelines.reader import connected as timelines_api
from tests.sources.waha.reader import api_of as waha_api
from tests.sources.web_reader import NOW
from wasf.core.chats import Message
from wasf.interfaces import ChatReading, Reached, ReadOptions, Received, Source, Unreadable
from wasf.sources import hook_readers
from wasf.sources.api_client import ApiAnswer, ApiClient
from wasf.sources.files import FileSource
from wasf.sources.inbox import InboxSource

AT = [NOW - timedelta(days=days) for days in (20, 25, 30)]
"""Long ago, so that nothing is read again only because it is near the last message."""

TEXTS = ["before", "BOOM", "behind"]
PHONES = [f"+44770090012{place}" for place in range(3)]
OURS = "447700900100"


class Trap(dict[str, Any]):
    """An object of an answer that raises when it is looked into, with what it holds in the text."""

    def _raise(self, *_: object) -> NoReturn:
        raise OverflowError(json.dumps(dict(self.items())))

    get = __getitem__ = __contains__ = __iter__ = _raise


def trapped(value: Any) -> Any:
    """The value with a trap in place of the innermost object that says `BOOM`."""
    if isinstance(value, list):
        return [trapped(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "BOOM" in value.values():
        return Trap(value)
    return {name: trapped(one) for name, one in value.items()}


def with_traps(client: ApiClient) -> ApiClient:
    def read(answer: ApiAnswer) -> Any:
        return trapped(client.read(answer))

    return replace(client, read=read)


# --- The chat APIs, each with three chats --------------------------------------------------------

Sources = Callable[[bool, Mapping[str, str]], Source]
"""Makes the source anew, with the trap or without it, and what the ledger keeps."""


def _sources(make: Callable[[], Any], name: str = "client") -> Sources:
    def source(is_trapped: bool, facts: Mapping[str, str]) -> Source:
        api = make()
        if is_trapped:
            setattr(api, name, with_traps(getattr(api, name)))
        return api.source(lambda fact: facts.get(fact, ""), ReadOptions(NOW, None, False))

    return source


@contextmanager
def timelines() -> Iterator[Sources]:
    with LocalChatApi.start(ChangingWorkspace(clock=lambda: NOW), per_second=10_000) as server:
        account = server.workspace.add_number(f"+{OURS}", "owner@example.com")
        for place, (text, phone) in enumerate(zip(TEXTS, PHONES, strict=True)):
            talk = server.workspace.add_chat(account, f"Ada {place}", phone)
            server.workspace.add_message(talk, text, AT[place])
        yield _sources(lambda: timelines_api(server.base_url, server.token))


@contextmanager
def chatwoot(*, lists_all: bool = True) -> Iterator[Sources]:
    """Unless it lists all, the list of what is new does not name the chats a second time."""
    desk = HelpDesk(lambda: NOW - timedelta(days=40))
    with LocalChatwoot.start(desk) as server:
        inbox = desk.add_inbox("WA sales", f"+{OURS}")
        for place, (text, phone) in enumerate(zip(TEXTS, PHONES, strict=True)):
            talk = desk.add_conversation(inbox, f"Ada {place}", phone)
            desk.add_message(talk, text, AT[place])
        if not lists_all:
            desk.clock = lambda: NOW
        yield _sources(lambda: chatwoot_api(server), "_client")


@contextmanager
def waha() -> Iterator[Sources]:
    with LocalWaha.start() as server:
        session = server.add_session("shop", OURS)
        for place, (text, phone) in enumerate(zip(TEXTS, PHONES, strict=True)):
            session.add_chat(f"{phone[1:]}@c.us", f"Ada {place}").say(text, AT[place])
        yield _sources(lambda: waha_api(server))


@contextmanager
def evolution() -> Iterator[Sources]:
    with LocalEvolution.start() as server:
        instance = server.add_instance("shop", OURS)
        for place, (text, phone) in enumerate(zip(TEXTS, PHONES, strict=True)):
            jid = f"{phone[1:]}@s.whatsapp.net"
            instance.say(jid, text, AT[place], push_name=f"Ada {place}")
        yield _sources(lambda: evolution_api(server))


# --- Webhooks and files ------------------------------------------------------------------------


@contextmanager
def webhooks() -> Iterator[Sources]:
    inbox = FakeInbox()
    body = json.loads((FOLDER / "01-text.json").read_bytes())
    for text, phone in zip(TEXTS, PHONES, strict=True):
        value = body["entry"][0]["changes"][0]["value"]
        value["contacts"] = [{"profile": {"name": "Ada"}, "wa_id": phone[1:]}]
        [said] = value["messages"]
        said |= {"id": f"wamid.{text}", "from": phone[1:], "text": {"body": text}}
        inbox.put([Received("meta", NOW, json.dumps(body).encode())])

    def source(is_trapped: bool, facts: Mapping[str, str]) -> Source:
        readers = dict(hook_readers())
        if is_trapped:
            read = readers["meta"]
            readers["meta"] = lambda value, recall: read(trapped(value), recall)
        else:
            inbox.retry()
        return InboxSource(inbox, readers, lambda fact: facts.get(fact, ""), NOW)

    yield source


MakeSources = Callable[[], AbstractContextManager[Sources]]
SOURCES: dict[str, MakeSources] = {
    one.__name__: one for one in (timelines, chatwoot, waha, evolution, webhooks)
}


# --- The tests -----------------------------------------------------------------------------------


@dataclass
class Importer:
    """Takes what a source yields as a sync does; `refused` is the chat that it cannot import."""

    refused: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def take(self, source: Source) -> None:
        self.told.clear()
        for one in source.read():
            match one:
                case ChatReading():
                    self._import(one)
                case Reached(facts):
                    self.facts |= facts
                case Unreadable(_, error):
                    self.told.append(error.message)

    def _import(self, reading: ChatReading) -> None:
        texts = {one.text for one in reading.items if isinstance(one, Message)}
        if self.refused in texts and self.refused:
            assert reading.hold is not None
            reading.hold()
            return
        self.texts |= texts
        self.facts |= reading.facts


@pytest.mark.parametrize("name", SOURCES)
def test_w6_a_message_that_cannot_be_read_stops_no_other(name: str) -> None:
    importer = Importer()
    with SOURCES[name]() as sources:
        importer.take(sources(True, importer.facts))
        assert importer.texts == {"before", "behind"}
        assert importer.told
        assert not any("BOOM" in one or PHONES[1] in one for one in importer.told)
        importer.take(sources(False, importer.facts))
        assert importer.texts == set(TEXTS), "a newer wasf reads it"


@pytest.mark.parametrize(
    "make", [*SOURCES.values(), partial(chatwoot, lists_all=False)], ids=[*SOURCES, "old chats"]
)
def test_w6_a_chat_that_cannot_be_imported_stops_no_other(make: MakeSources) -> None:
    importer = Importer(refused="BOOM")
    with make() as sources:
        importer.take(sources(False, importer.facts))
        assert importer.texts == {"before", "behind"}
        importer.refused = ""
        importer.take(sources(False, importer.facts))
        assert importer.texts == set(TEXTS)


class BrokenBook:
    """An address book with a bug."""

    def number_of(self, name: str) -> tuple[None, str]:
        if name == "Boom":
            raise OverflowError(name)
        return None, ""


@pytest.mark.parametrize("kind", ["export", "chat exporter"])
def test_w6_a_file_that_cannot_be_read_stops_no_other(tmp_path: Path, kind: str) -> None:
    importer = Importer()
    for name, text in zip(["Ann", "Boom", "Cleo"], TEXTS, strict=True):
        if kind == "export":
            write_android(tmp_path, name, [Said(NOW.replace(tzinfo=None), name, text)])
        else:
            write_json(tmp_path / f"{name}.json", {f"{name}@lid": chat(name, wrote(text))})
    files = sorted(path for path in tmp_path.iterdir() if path.is_file())
    importer.take(FileSource(files, options(address_book=BrokenBook())))
    assert importer.texts == {"before", "behind"}
    [told] = importer.told
    assert "OverflowError in " in told
    assert "Boom" not in told
