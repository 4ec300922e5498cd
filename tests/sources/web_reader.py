"""Reads a server on linked devices as a sync does, and keeps what a ledger would keep."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes_inbox import FakeInbox
from wasf.core.chats import Message, SourceChat, SystemLine
from wasf.interfaces import (
    ChatApi,
    ChatReading,
    Reached,
    ReadOptions,
    Received,
    Unreadable,
)
from wasf.sources import hook_readers
from wasf.sources.inbox import InboxSource

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass
class WebReader:
    """Reads again and again; what it read is under WhatsApp's own ids, or ids made of these."""

    api: Callable[[], ChatApi]
    now: datetime = NOW
    with_groups: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)
    chats: dict[str, SourceChat] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    notices: int = 0

    def read(self, since: datetime | None = None) -> list[str]:
        """Poll once; return what was told."""
        chosen = ReadOptions(self.now, since, self.with_groups)
        return self._take(self.api().source(self._recall, chosen).read())

    def hear(self, provider: str, *bodies: bytes) -> list[str]:
        """Take webhooks; return what was told."""
        inbox = FakeInbox()
        inbox.put([Received(provider, self.now, body) for body in bodies])
        return self._take(InboxSource(inbox, hook_readers(), self._recall, self.now).read())

    def _recall(self, name: str) -> str:
        return self.facts.get(name, "")

    def _take(self, readings: Iterator[ChatReading | Unreadable | Reached]) -> list[str]:
        told = []
        for one in readings:
            match one:
                case ChatReading(chat, items):
                    self._chat(chat, [*items])
                    self.facts |= one.facts
                case Reached(facts):
                    self.facts |= facts
                case Unreadable(_, error):
                    told.append(error.message)
        self.told += told
        return told

    def _chat(self, chat: SourceChat, items: list[object]) -> None:
        self.chats[chat.native_id] = chat
        for item in items:
            self.notices += isinstance(item, SystemLine)
            if isinstance(item, Message):
                self.messages.setdefault(item.native_id, item)
                self.times[item.native_id] += 1
                self.places.setdefault(item.native_id, set()).add(chat.native_id)
