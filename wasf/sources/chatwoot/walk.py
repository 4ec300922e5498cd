"""One walk through the conversations of an account: what is new of each, and what came late.

An inbox is read from its oldest conversation on, twice where something shifted meanwhile. From then
on the server is asked for the conversations that changed since the last run began, and once a day
for those of three days; every message that is new or changed moves its conversation there. What was
written into the server's tables moves nothing: so each day some conversations that look unchanged
are read on as well, and after them some others, until all had their turn.

How far a conversation is read is an id of its messages, kept together with them. It lies some
messages back, because a message may get an earlier id and yet appear later; ids keep them from
counting twice. A conversation or message that is not as the API promises is named, and the rest
goes on (W6); such a conversation is read again by the next runs, until it can be read. One that
does not show the message that the list shows as its last is read once more by the next run.
"""

import json
import math
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final, NamedTuple, Self

from wasf.errors import PermissionMissing, WasfError
from wasf.interfaces import ChatReading, Json, Reached, ReadOptions, Recall, Unreadable
from wasf.sources.api_client import Gone
from wasf.sources.api_errors import (
    error_of_one,
    read_or_named,
    shows_nothing,
    some_of,
    unexpected_response,
)
from wasf.sources.chatwoot.lists import AccountApi
from wasf.sources.chatwoot.messages import ConversationEntry, UnreadableMessage, entry
from wasf.sources.chatwoot.model import (
    NAME,
    TITLE,
    AccountFacts,
    ChatMaker,
    Conversation,
)
from wasf.sources.lenient_json import as_object, text
from wasf.sources.pagination import Walk, is_daily_due

_OVERLAP: Final = timedelta(hours=1)
_DAILY_OVERLAP: Final = timedelta(days=3)
_PASSES: Final = 5
_MORE_PAGES: Final = 100  # than the first time, for conversations that begin meanwhile
_SLOW_CALLS: Final = 200  # a day, for conversations that look unchanged
_BACK: Final = 20  # messages before the last one that are read again
_MOST_AT_ONCE: Final = 5_000  # messages that are kept together with how far they were read

_Reading = ChatReading | Unreadable | Reached


class ReadUpTo(NamedTuple):
    """How far a conversation was read: all from `since` on (UTC; None: the beginning).

    The next reading begins at the message id `next`. `shown` is what the list showed of it then, ""
    if it has to be read again. `uuid` is the conversation's.
    """

    next: int = 0
    shown: str = ""
    since: datetime | None = None
    uuid: str = ""

    @classmethod
    def recalled(cls, recall: Recall, name: str) -> Self | None:
        """Return what is kept under a name, None if there is nothing."""
        kept = recall(name)
        if not kept:
            return None
        next_id, shown, since, *uuid = json.loads(kept)
        return cls(next_id, shown, datetime.fromisoformat(since) if since else None, *uuid)

    def as_text(self) -> str:
        """Return it as the ledger keeps it."""
        since = self.since.isoformat() if self.since else ""
        return json.dumps([self.next, self.shown, since, self.uuid])

    def reaches(self, since: datetime | None) -> bool:
        """Return whether all from `since` on was read."""
        return self.since is None or (since is not None and self.since <= since)


class ConversationWalk:
    """The conversations of WhatsApp's inboxes in one run."""

    def __init__(
        self, api: AccountApi, account: AccountFacts, recall: Recall, options: ReadOptions
    ) -> None:
        self._api = api
        self._account = account
        self._recall = recall
        self._options = options
        self._place = f"{NAME} {api.client.url} {api.account_id}"
        kept = recall(f"{self._place} again")
        self._again_before: list[str] = json.loads(kept) if kept else []
        self._again: list[str] = []
        self._met: set[str] = set()
        self._was_read: set[str] = set()
        self._unreadable: list[WasfError] = []
        self._calls = 0
        self._is_new_server = False
        self._looks_back = is_daily_due(recall(f"{self._place} looked back"), options.now)

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of each chat, and in the end how far the lists were read."""
        full = [one for one in self._account.inboxes if self._is_read_in_full(one)]
        rest = [one for one in self._account.inboxes if one not in full]
        for inbox_id in full:
            is_empty = True
            for chat in self._whole_list(inbox_id):
                is_empty = False
                yield from self._bulkhead(chat)
            if not is_empty:  # a server that starts shows nothing
                yield self._list_was_read(inbox_id)
        for chat in self._changed(rest):
            yield from self._bulkhead(chat)
        yield from map(self._list_was_read, rest)
        yield from self._left_over()
        if self._looks_back:
            yield from self._slow_walk(rest)
            yield Reached({f"{self._place} looked back": self._options.now.isoformat()})
        yield Reached({f"{self._place} again": json.dumps(self._again) if self._again else ""})
        for error in self._unreadable:
            yield Unreadable(TITLE, error)

    # Lists

    def _list_of(self, inbox_id: str) -> ReadUpTo | None:
        """Return how far an inbox's list was read; `shown` is when the last run began."""
        return ReadUpTo.recalled(self._recall, f"{self._place} inbox {inbox_id}")

    def _list_was_read(self, inbox_id: str) -> Reached:
        before, begin = self._list_of(inbox_id), self._begin(inbox_id)
        since = before.since if before and before.reaches(begin) else begin
        read = ReadUpTo(0, self._options.now.isoformat(), since)
        return Reached({f"{self._place} inbox {inbox_id}": read.as_text()})

    def _is_read_in_full(self, inbox_id: str) -> bool:
        return self._options.since is not None or self._list_of(inbox_id) is None

    def _begin(self, inbox_id: str) -> datetime | None:
        """Return from when on messages are read (UTC); None: from the beginning."""
        before = self._list_of(inbox_id)
        return self._options.since or (before.since if before else None)

    def _whole_list(self, inbox_id: str) -> Iterator[Conversation]:
        """Yield all conversations of an inbox.

        Where one was deleted meanwhile others moved one place, maybe past a page that was read. So
        the list is walked through again, until that brings nothing new.
        """
        walk, pages = Walk(TITLE), 0
        for _, new in walk.new(self._api.all_conversations(inbox_id), _key):
            pages += 1
            yield from self._readable(new)
        found = pages > 1
        for _ in range(_PASSES):
            if not found:
                return
            found, is_empty = False, True
            for page in islice(self._api.all_conversations(inbox_id), pages + _MORE_PAGES):
                new, is_empty = walk.unmet(page, _key), False
                found = found or bool(new)
                yield from self._readable(new)
            if is_empty:
                raise shows_nothing(TITLE)

    def _changed(self, inboxes: Sequence[str]) -> Iterator[Conversation]:
        """Yield the conversations that changed since the last run began."""
        now = self._options.now
        lists = [one for one in map(self._list_of, inboxes) if one is not None]
        if not lists:
            return
        begun = min(datetime.fromisoformat(one.shown) for one in lists)
        overlap = _DAILY_OVERLAP if self._looks_back else _OVERLAP
        seconds = math.ceil((max(now - begun, timedelta(0)) + overlap).total_seconds())
        oldest = (now - timedelta(seconds=seconds)).timestamp()
        only = inboxes[0] if len(inboxes) == 1 else ""
        walk = Walk(TITLE)
        for page, new in walk.new(self._api.changed_conversations(only, seconds), _key):
            found = list(self._readable(new))
            yield from (one for one in found if one.inbox_id in inboxes)
            is_old = found and all(0 < one.last_activity < oldest for one in found)
            if page and (not new or is_old):
                return

    def _readable(self, rows: Sequence[Json]) -> Iterator[Conversation]:
        for row in rows:
            try:
                chat = Conversation.of(row)
            except Exception as error:  # whatever it is, the other conversations are read (W6)
                self._unreadable.append(error_of_one(error))
            else:
                yield chat

    def _left_over(self) -> Iterator[ChatReading | Unreadable]:
        """Yield what is new of conversations that could not be read before, and did not change."""
        for number in self._again_before:
            if number in self._met:
                continue
            try:
                chat = Conversation.of(self._api.get(f"/conversations/{number}"))
            except (Gone, PermissionMissing):
                continue
            except Exception as error:  # whatever it is, the other conversations are read
                told = error_of_one(error)
                self._again.append(number)
                yield Unreadable(TITLE, told)
            else:
                yield from self._bulkhead(chat)

    def _slow_walk(self, inboxes: Sequence[str]) -> Iterator[_Reading]:
        """Yield conversations that look unchanged: rows of them may have come past the program.

        Each day goes on with the page on which the calls of the day before ended.
        """
        name = f"{self._place} slow"
        inbox_id, _, page = self._recall(name).partition(" ")
        start = inboxes.index(inbox_id) if inbox_id in inboxes else 0
        first = int(page) if inbox_id in inboxes and page.isdecimal() else 1
        self._calls = 0
        for turn in inboxes[start:]:
            for number, rows in enumerate(self._api.all_conversations(turn, first), first):
                self._calls += 1
                for chat in self._readable(rows):
                    if chat.id not in self._was_read:
                        yield from self._bulkhead(chat, is_slow=True)
                if self._calls >= _SLOW_CALLS:
                    yield Reached({name: f"{turn} {number + 1}"})
                    return
            first = 1
        yield Reached({name: ""})

    # One conversation

    def _bulkhead(
        self, chat: Conversation, *, is_slow: bool = False
    ) -> Iterator[ChatReading | Unreadable]:
        """Yield what is new of a conversation; its errors do not end the walk (W6)."""
        self._met.add(chat.id)
        try:
            yield from self._chat(chat, self._begin(chat.inbox_id), is_slow=is_slow)
        except PermissionMissing as error:
            yield Unreadable(TITLE, error)
        except Gone:
            told = f"The conversation {chat.id} of {TITLE} is no longer there."
            yield Unreadable(TITLE, WasfError(told), is_failure=False)
        except Exception as error:  # whatever it is, the other conversations are read
            why = error_of_one(error)
            self._again.append(chat.id)
            yield Unreadable(TITLE, why)

    def _chat(
        self, chat: Conversation, begin: datetime | None, *, is_slow: bool
    ) -> Iterator[ChatReading | Unreadable]:
        if chat.contact.is_group and not self._options.with_groups:
            maker = ChatMaker(self._account, self._recall)
            yield ChatReading(maker.chat(chat), iter(()))
            return
        known = ReadUpTo.recalled(self._recall, self._name(chat))
        if known and known.uuid and chat.uuid and known.uuid != chat.uuid:
            known, is_told = None, self._is_new_server
            self._is_new_server = True
            if not is_told:
                yield Unreadable(TITLE, _new_server(self._api.client.url), is_failure=False)
        is_old = begin is not None and 0 < chat.last_activity < begin.timestamp()
        if known is None or not known.reaches(begin):
            if not is_old:
                yield from self._readings(chat, begin, ReadUpTo(0, "", begin))
        elif self._options.since is not None and not is_old:  # history may have been imported
            yield from self._readings(chat, begin, known._replace(next=0))
        elif is_slow or chat.shown != known.shown or chat.id in self._again_before:
            yield from self._readings(chat, known.since, known)

    def _name(self, chat: Conversation) -> str:
        return f"{self._place} conversation {chat.id}"

    def _readings(
        self, chat: Conversation, begin: datetime | None, read: ReadUpTo
    ) -> Iterator[ChatReading | Unreadable]:
        """Yield what a conversation has from `begin` on, and say what of it cannot be read."""
        self._was_read.add(chat.id)
        wrong: list[UnreadableMessage] = []
        last: deque[int] = deque(maxlen=_BACK)
        read = read._replace(uuid=chat.uuid or read.uuid)
        gathered: list[ConversationEntry] = []
        newest = chat.newest_id
        met: set[int] = set()
        for rows in self._api.messages(chat.id, read.next, newest):
            self._calls += 1
            found = [_entry(row, in_group=chat.contact.is_group) for row in rows]
            met.update(one.id for one in found)
            bad = [one for one in found if isinstance(one, UnreadableMessage)]
            good = sorted(
                (o for o in found if isinstance(o, ConversationEntry)), key=lambda one: one.id
            )
            if not wrong:
                last.extend(_up_to([one.id for one in good], bad))
            wrong += bad
            gathered += good
            if len(gathered) >= _MOST_AT_ONCE:
                read = read._replace(next=last[0] if last else read.next, shown="")
                yield self._reading(chat, begin, read, gathered)
                if chat.id in self._again:  # what follows would hide what could not be imported
                    return
                gathered = []
        next_id = last[0] if last else read.next
        if wrong:
            next_id = min([next_id, *(one.id for one in wrong)])
        is_short = newest > 0 and newest not in met and chat.id not in self._again_before
        read = read._replace(next=next_id, shown="" if wrong or is_short else chat.shown)
        yield self._reading(chat, begin, read, gathered)
        if wrong or is_short:
            self._again.append(chat.id)
        if wrong:
            why = some_of([f"{one.reason} ({one.id})" for one in wrong])
            yield Unreadable(TITLE, unexpected_response(TITLE, f"conversation {chat.id}: {why}"))

    def _reading(
        self,
        chat: Conversation,
        begin: datetime | None,
        read: ReadUpTo,
        found: Sequence[ConversationEntry],
    ) -> ChatReading:
        maker = ChatMaker(self._account, self._recall)
        maker.wrote(chat, (one.author for one in found))
        messages = (message for one in found for message in one.messages)
        wanted = [one for one in messages if begin is None or one.sent_at >= begin]
        facts = {self._name(chat): read.as_text(), **maker.facts}
        hold = partial(self._again.append, chat.id)
        return ChatReading(maker.chat(chat), iter(wanted), facts=facts, hold=hold)


def _entry(row: Json, *, in_group: bool) -> ConversationEntry | UnreadableMessage:
    read = read_or_named(partial(entry, in_group=in_group), row)
    if not isinstance(read, str):
        return read
    number = as_object(row).get("id")
    return UnreadableMessage(number if isinstance(number, int) else 0, read)


def _new_server(url: str) -> WasfError:
    return WasfError(
        f"{TITLE} at {url} was installed anew: its conversations are others than before.",
        "They are read from their beginning. A message that has the number of an older one of the"
        " same person counts as logged already: compare the first messages of these chats.",
    )


def _up_to(ids: Sequence[int], bad: Sequence[UnreadableMessage]) -> list[int]:
    """Return the ids before the first message that cannot be read."""
    first = min((one.id for one in bad), default=None)
    return [one for one in ids if first is None or one < first]


def _key(row: Json) -> str:
    """Return what tells a conversation from others on a list, also one that cannot be read."""
    return text(as_object(row), "id") or json.dumps(row, sort_keys=True)
