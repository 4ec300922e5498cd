"""One body of each kind that Meta and TimelinesAI send, and what must come of it.

The bodies are in `payloads`, with made-up values; `expected.json` says of each kind which messages
it brings, or that it brings none.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fakes_inbox import FakeInbox
from tests.sources.test_inbox import AT
from wasf.core.chats import Direction, Message, SourceChat
from wasf.interfaces import ChatReading, Reached, Received, Unreadable
from wasf.sources import hook_readers
from wasf.sources.inbox import InboxSource

FOLDER = Path(__file__).parent / "payloads"
EXPECTED: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
OURS = "+442079460001"

SAYS = {
    "that an image came": "image",
    "that an audio file came": "audio",
    "that a video came": "video",
    "that it is a voice message": "voice message",
    "that it is a sticker": "sticker",
    "that it edits an earlier message": "edit",
    "that a message was deleted": "deleted",
    "that somebody opened the chat": "opened the chat",
    "that it was a call, and its 120 seconds": "Call.*120 s",
    "that it was a call, and its 45 seconds": "Call.*45 s",
    "that the call was missed": "Call.*missed",
    "that it failed": "not delivered: failed",
}
"""What a message must say in any words, and the words that it says it in."""


class Read:
    """Bodies read one after the other, as by one listener; facts are kept as a ledger does."""

    def __init__(self) -> None:
        self.inbox = FakeInbox()
        self.facts: dict[str, str] = {}
        self.chats: dict[str, SourceChat] = {}
        self.messages: dict[str, Message] = {}
        self.told: list[str] = []
        self.now = AT

    def post(self, door: str, body: bytes) -> None:
        self.inbox.put([Received(door.strip("/"), AT, body)])
        self.sync()

    def sync(self) -> None:
        source = InboxSource(
            self.inbox, hook_readers(), lambda name: self.facts.get(name, ""), self.now
        )
        for one in source.read():
            match one:
                case ChatReading(chat, items):
                    self.chats[chat.native_id] = chat
                    for message in items:
                        self.messages.setdefault(message.native_id, message)
                case Reached(facts):
                    self.facts |= facts
                case Unreadable(_, error):
                    self.told.append(error.message)

    @property
    def kept(self) -> dict[str, int]:
        return dict(self.inbox.counts().not_understood)


def read(expected: dict[str, Any]) -> Read:
    found = Read()
    for name in expected["files"]:
        found.post(expected["door"], (FOLDER / name).read_bytes())
    return found


def shown(message: Message) -> str:
    file = f"\nAttachment: {message.attachment.name}" if message.attachment else ""
    return message.text + file


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda one: one["kind"])
def test_what_comes_of_a_body(expected: dict[str, Any]) -> None:
    found = read(expected)
    messages, wanted = list(found.messages.values()), expected.get("tasks", [])
    if expected["outcome"] == "logged":
        assert [one.direction for one in messages] == [Direction(w["direction"]) for w in wanted]
        person = expected["person"]
        numbers = {person} if isinstance(person, str) else {*person}
        assert {chat.phone for chat in found.chats.values()} <= numbers
        assert len(found.chats) == 1
    for message, task in zip(messages, wanted, strict=False):
        for words in task["contains"]:
            assert words in shown(message)
        for said in task.get("says", []):
            assert re.search(SAYS[said], shown(message))
        for word in expected.get("must_not_contain", []):
            assert word not in shown(message)
    if expected["outcome"] == "not a message":
        assert not found.kept
        assert all(chat.is_group for chat in found.chats.values())
    assert all(chat.phone != OURS for chat in found.chats.values())


def test_every_body_is_in_the_table() -> None:
    named = [name for one in EXPECTED for name in one["files"]]
    assert sorted(named) == sorted(
        path.name for path in FOLDER.glob("*.json") if path.name != "expected.json"
    )
