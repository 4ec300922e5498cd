"""Reads a local chat API as a sync does, and keeps what a ledger would keep."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.servers.timelines import LocalChatApi
from wasf.core.auth import Secret
from wasf.core.chats import Message, SourceChat
from wasf.errors import WasfError
from wasf.interfaces import ChatReading, Reached, Unreadable
from wasf.retry import RateLimiter
from wasf.sources.timelines import TimelinesClient, TimelinesSource
from wasf.sources.timelines.source import TimelinesOptions

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
QUICK = 1_000.0


def client_of(
    api: LocalChatApi, *, token: str = "", rests: list[float] | None = None
) -> TimelinesClient:
    """A client that rests on paper only."""
    pace = RateLimiter(QUICK, sleep=(rests if rests is not None else []).append, clock=lambda: 0.0)
    return TimelinesClient(api.base_url, Secret(token or api.token), pace)


@dataclass
class Reader:
    """Reads again and again; everything read is in `messages`, under the API's own ids."""

    api: LocalChatApi
    now: datetime = NOW
    with_groups: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    chats: dict[str, SourceChat] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    rests: list[float] = field(default_factory=list)
    calls: int = 0

    def read(self, since: datetime | None = None, *, lose_after: int = -1) -> list[WasfError]:
        """One run; the errors in it. `lose_after` so many readings the run is killed."""
        before = len(self.api.requests)
        options = TimelinesOptions(self.now, since, self.with_groups)
        source = TimelinesSource(
            client_of(self.api, rests=self.rests), lambda name: self.facts.get(name, ""), options
        )
        errors = []
        for one in source.read():
            match one:
                case Unreadable(_, error):
                    errors.append(error)
                case Reached(facts):
                    self.facts |= facts
                case ChatReading(chat, items, _, facts):
                    if lose_after == 0:
                        break
                    lose_after -= 1
                    self._take(chat, list(items))
                    self.facts |= facts
        self.calls = len(self.api.requests) - before
        return errors

    def _take(self, chat: SourceChat, messages: list[Message]) -> None:
        self.chats[chat.native_id] = chat
        for message in messages:
            self.messages[message.native_id] = message
            self.times[message.native_id] += 1

    def later(self, **by: int) -> None:
        """Let time go by."""
        self.now += timedelta(**by)
