"""Reads a local chat API as a sync does, and keeps what a ledger would keep."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.servers.timelines import LocalChatApi
from wasf.core.auth import Secret
from wasf.core.chats import Message, SourceChat
from wasf.errors import WasfError
from wasf.interfaces import ApiConnection, ChatReading, Reached, ReadOptions, Unreadable
from wasf.retry import RateLimiter
from wasf.sources.timelines.api import TimelinesApi

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
QUICK = 1_000.0


class CountingLimiter(RateLimiter):
    """Rests on paper only, and counts the requests."""

    def __init__(self, rests: list[float] | None = None) -> None:
        super().__init__(QUICK, sleep=(rests if rests is not None else []).append, clock=_still)
        self.calls = 0

    def wait(self) -> None:
        self.calls += 1
        super().wait()


def _still() -> float:
    return 0.0


def connected(url: str, token: str, limiter: CountingLimiter | None = None) -> TimelinesApi:
    """The workspace at an address."""
    return TimelinesApi(ApiConnection(url, Secret(token), limiter or CountingLimiter()))


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
    failures: list[WasfError] = field(default_factory=list)
    calls: int = 0

    def read(self, since: datetime | None = None, *, lose_after: int = -1) -> list[WasfError]:
        """One run; the errors in it. `lose_after` so many readings the run is killed."""
        before = len(self.api.requests)
        options = ReadOptions(self.now, since, self.with_groups)
        workspace = connected(self.api.base_url, self.api.token, CountingLimiter(self.rests))
        source = workspace.source(lambda name: self.facts.get(name, ""), options)
        errors, self.failures = [], []
        for one in source.read():
            match one:
                case Unreadable(_, error, is_failure):
                    errors.append(error)
                    self.failures += [error] if is_failure else []
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
