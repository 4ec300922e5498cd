"""Reads a local Chatwoot as a sync does, and keeps what a ledger would keep."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.servers.chatwoot import LocalChatwoot
from wasf.core.auth import Secret
from wasf.core.chats import Message, SourceChat
from wasf.errors import WasfError
from wasf.interfaces import ApiConnection, ChatReading, Reached, ReadOptions, Unreadable
from wasf.retry import RateLimiter
from wasf.sources.chatwoot.api import ChatwootApi

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def connected(chatwoot: LocalChatwoot, token: str = "", **options: str) -> ChatwootApi:
    """The account of a server, with no rests between requests."""
    pace = RateLimiter(1_000, sleep=lambda _: None, clock=lambda: 0.0)
    url = options.pop("url", chatwoot.url)
    options = {"account": str(chatwoot.desk.account_id)} | options
    return ChatwootApi(ApiConnection(url, Secret(token or chatwoot.token), pace, options))


@dataclass
class Reader:
    """Reads again and again; everything read is in `messages`, under the server's own ids."""

    chatwoot: LocalChatwoot
    now: datetime = NOW
    with_groups: bool = False
    token: str = ""
    inboxes: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    chats: dict[str, SourceChat] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    calls: list[str] = field(default_factory=list)
    failures: list[WasfError] = field(default_factory=list)

    def read(self, since: datetime | None = None, *, lose_after: int = -1) -> list[WasfError]:
        """One run; the errors in it. `lose_after` so many readings the run is killed."""
        before = len(self.chatwoot.asked)
        options = ReadOptions(self.now, since, self.with_groups)
        api = connected(self.chatwoot, self.token, inboxes=self.inboxes)
        source = api.source(lambda name: self.facts.get(name, ""), options)
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
                    self._take(chat, [item for item in items if isinstance(item, Message)])
                    self.facts |= facts
        self.calls = self.chatwoot.asked[before:]
        return errors

    def _take(self, chat: SourceChat, messages: list[Message]) -> None:
        self.chats[chat.native_id] = chat
        for message in messages:
            self.messages.setdefault(message.native_id, message)
            self.times[message.native_id] += 1

    def later(self, **by: float) -> None:
        """Let time go by."""
        self.now += timedelta(**by)
