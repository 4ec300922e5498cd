"""The messages of one instance of Evolution API: what is new, in closed windows of time.

All messages of an instance are one table, which is asked for by time, the oldest windows first. So
what was read of a long history counts, wherever a run ends. Each run begins a day before the end of
the last one, and three days once a day, as messages arrive late; an edited message stands at the
time of its edit. WhatsApp's own ids keep messages from counting twice.

A message that cannot be read is named, and the rest goes on (W6): the next runs begin before it,
until it can be read.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from wasf.core.chats import ChatItem, SourceChat
from wasf.errors import WasfError
from wasf.interfaces import ChatReading, Reached, ReadOptions, Recall, Unreadable
from wasf.sources.api_client import ApiClient
from wasf.sources.evolution.client import (
    Instance,
    TableWindow,
    WindowRead,
    group_subject,
    misanswer,
    windows,
)
from wasf.sources.evolution.rows import (
    NAME,
    TITLE,
    EvolutionMessage,
    chat_of,
    item_of,
    message,
)
from wasf.sources.pagination import Cursor, read_or_named
from wasf.sources.whatsapp_web import WebAccount, WebChats, is_group

_OVERLAP: Final = timedelta(hours=24)
_DAILY_OVERLAP: Final = timedelta(days=3)
_AHEAD: Final = timedelta(days=1)  # clocks of phones and servers
_EPOCH: Final = datetime(1970, 1, 2, tzinfo=UTC)
_MOST_AT_ONCE: Final = 5_000  # messages that are kept together with how far they were read
_MOST_NAMED: Final = 3

_Reading = ChatReading | Unreadable | Reached


class InstanceWalk:
    """The messages of one instance in one run. `looks_back`: also those of the last days again."""

    def __init__(
        self,
        client: ApiClient,
        instance: Instance,
        recall: Recall,
        options: ReadOptions,
        *,
        looks_back: bool,
    ) -> None:
        self._client = client
        self._instance = instance
        self._options = options
        self._overlap = _DAILY_OVERLAP if looks_back else _OVERLAP
        known = WebAccount.recalled(NAME, instance.account.name, recall)
        account = instance.account.completed(known)
        self._chats = WebChats(NAME, TITLE, account, recall)
        self._name = f"{NAME} read {account.id}"
        self._before = Cursor.recalled(recall, self._name)
        self._cursor = (self._before or Cursor(None, self._begin)).widened(self._begin)
        self._is_held = False
        self._has_messages = False

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of each chat, and how far the table was read."""
        yield Reached(self._chats.account.facts(NAME))
        now = self._options.now.replace(microsecond=0)
        gathered: list[WindowRead] = []
        for one in windows(self._client, self._instance, TableWindow(self._first(), now + _AHEAD)):
            gathered.append(one)
            if sum(len(read.rows) for read in gathered) >= _MOST_AT_ONCE:
                yield from self._gathered(gathered)
                gathered = []
        yield from self._gathered(gathered)
        if not (self._has_messages or self._before):
            yield Unreadable(TITLE, _stores_nothing(self._instance), is_failure=False)

    @property
    def _begin(self) -> datetime | None:
        """From when on messages are read (UTC); None: from the beginning."""
        if self._options.since is not None:
            return self._options.since
        return self._before.since if self._before else None

    def _first(self) -> datetime:
        """Return when the first window begins."""
        before, begin = self._before, self._begin or _EPOCH
        if before is None or before.at is None or self._goes_back(before):
            return begin
        return max(begin, before.at - self._overlap)

    def _goes_back(self, before: Cursor) -> bool:
        """Return whether all is read from `_begin` on, although newer messages are known."""
        since = self._options.since
        if since is None:
            return not before.reaches(self._begin)
        return before.at is None or since <= before.at

    def _gathered(self, found: Sequence[WindowRead]) -> Iterator[_Reading]:
        """Yield the chats of some windows, and how far they reach."""
        read = [read_or_named(message, row) for window in found for row in window.rows]
        good = [one for one in read if not isinstance(one, str)]
        wrong = [one for one in read if isinstance(one, str)]
        wrong += [_NOT_WHOLE for window in found if not window.is_whole]
        self._has_messages |= bool(read)
        for chat, messages in self._by_chat(good, wrong):
            is_wanted = self._options.with_groups or not chat.is_group
            items = self._items(chat, messages, wrong) if is_wanted else []
            facts = self._chats.new_facts()
            yield ChatReading(chat, iter(items), facts=facts, hold=self._hold)
        if wrong:
            self._is_held = True
            yield Unreadable(TITLE, misanswer(f"{self._instance.account.name}: {_named(wrong)}"))
        if found and not self._is_held:
            newest = max((one.at for one in good), default=None)
            yield from self._reached(newest)

    def _hold(self) -> None:
        """Have the next run begin where this one did."""
        self._is_held = True

    def _items(
        self, chat: SourceChat, messages: Sequence[EvolutionMessage], wrong: list[str]
    ) -> list[ChatItem]:
        """Return the items of a chat; name among the `wrong` what cannot be read."""
        found = [read_or_named(partial(item_of, self._chats, chat), one) for one in messages]
        wrong += [one for one in found if isinstance(one, str)]
        return [one for one in found if not isinstance(one, str)]

    def _reached(self, newest: datetime | None) -> Iterator[Reached]:
        """Keep how far the table was read, unless a `--since` has left a gap before it."""
        since, at = self._options.since, self._cursor.at
        if since is not None and at is not None and since > at:
            return
        if newest is not None:
            self._cursor = self._cursor._replace(at=max(at or newest, newest))
        yield Reached({self._name: self._cursor.as_text()})

    def _by_chat(
        self, good: Sequence[EvolutionMessage], wrong: list[str]
    ) -> Iterator[tuple[SourceChat, list[EvolutionMessage]]]:
        """Yield each chat with its messages, the oldest first; each message once.

        Chats are told apart when all ids are known: one message may name a number that the others
        hide.
        """
        first: dict[str, EvolutionMessage] = {}
        for one in sorted(good, key=lambda one: one.at):
            first.setdefault(f"{one.key.uid} {sorted(one.states & _CHANGES)}", one)
        for one in first.values():
            if is_group(one.key.jid):
                self._learn_subject(one.key.jid)
            read_or_named(partial(chat_of, self._chats), one)
        chats: dict[str, SourceChat] = {}
        messages: dict[str, list[EvolutionMessage]] = {}
        for one in first.values():
            chat = read_or_named(partial(chat_of, self._chats), one)
            if isinstance(chat, str):
                wrong.append(chat)
            elif chat is not None:
                chats[chat.native_id] = chat
                messages.setdefault(chat.native_id, []).append(one)
        for native_id, chat in chats.items():
            yield chat, messages[native_id]

    def _learn_subject(self, jid: str) -> None:
        """Ask for the subject of a group that is read, once."""
        if self._options.with_groups and self._chats.group(jid).title == jid:
            self._chats.group(jid, group_subject(self._client, self._instance, jid))


_CHANGES: Final = frozenset({"EDITED", "DELETED"})
_NOT_WHOLE: Final = "not all messages of a second are shown"


def _stores_nothing(instance: Instance) -> WasfError:
    return WasfError(
        f"{TITLE} has no messages of {instance.account.name}.",
        "It may not store them: see DATABASE_SAVE_DATA_NEW_MESSAGE in the server's settings.",
    )


def _named(wrong: Sequence[str]) -> str:
    """Return what is wrong, for people: the first few, and how many more there are."""
    more = len(wrong) - _MOST_NAMED
    named = ", ".join(wrong[:_MOST_NAMED])
    return f"{named} and {more:,} more" if more > 0 else named
