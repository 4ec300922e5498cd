"""One walk through the chats of a part of TimelinesAI's API: what is new of each, and late ones.

Chats are listed newest first, a chat's messages oldest first. Chats move to the front while their
list is read. So each counts once as it is shown, and in the end the front is read again until a
page brings nothing new.

How far it came is yielded with what was read, so that the ledger keeps both together. Messages that
arrive late stand before the last one that was read. So a chat that changed is read again from some
hours before that one. Once a day the chats of the last days that look unchanged are read again too,
and after them some of all the others, from their beginning, as far as the day's calls allow; the
next day goes on there. The messages' own ids keep them from counting twice.

A chat or message that is not as the API promises is named, and the rest goes on (W6). Such a chat
is read again by the next runs, from before that message, until it can be read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final

from wasf.core.chats import Message, SourceChat
from wasf.core.phones import parse_phone
from wasf.core.source_state import ApiFacts, numbers_text
from wasf.errors import PermissionMissing, WasfError
from wasf.interfaces import (
    ChatReading,
    Json,
    Reached,
    ReadOptions,
    Recall,
    Unreadable,
    WhatsAppAccount,
)
from wasf.sources.api_client import ApiClient, Gone
from wasf.sources.api_errors import (
    UnexpectedResponse,
    error_of_one,
    read_or_named,
    repeats_itself,
    some_of,
    unexpected_response,
)
from wasf.sources.customers import phone_of
from wasf.sources.pagination import Cursor, ReadProgress, newest_first
from wasf.sources.timelines.model import (
    NAME,
    TITLE,
    ChatInfo,
    Entry,
    Family,
    UnreadableEntry,
    chat_info,
    entry,
    is_disconnected,
    members_fact,
    message,
    page_of,
    participants_of,
    whatsapp_account,
)

_FACTS: Final = ApiFacts(NAME, TITLE)
_MOST_AT_ONCE: Final = 5_000  # messages that are kept together with how far they were read
_ON_A_PAGE: Final = 50

_Reading = ChatReading | Unreadable | Reached


class ChatWalk:
    """The chats of one part of the API in one run.

    With `slow_calls` the walk looks back: it reads what came late, asks for our accounts, and
    spends so many calls on chats that look unchanged. With None it does none of that.
    """

    def __init__(
        self,
        client: ApiClient,
        family: Family,
        recall: Recall,
        options: ReadOptions,
        slow_calls: int | None,
    ) -> None:
        self._client = client
        self._family = family
        self._recall = recall
        self._options = options
        self._slow_calls = slow_calls or 0
        self._list = ChatList(client, family)
        self._accounts: dict[str, WhatsAppAccount] | None = None
        self._list_name = f"{NAME} list {family.mark}".strip()
        self._again_name = f"{NAME} again {family.mark}".strip()
        self._slow_name = f"{NAME} slow {family.mark}".strip()
        before = Cursor.recalled(recall, self._list_name)
        self._progress = ReadProgress(before, options, slow_calls is not None)
        kept = recall(self._again_name)
        self._again_before: dict[str, str] = json.loads(kept) if kept else {}
        self._again: dict[str, str] = {}
        self._met: set[int] = set()
        self._read_whole: set[int] = set()
        self._calls = 0

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of each chat, and in the end how far the list was read."""
        for chat in self._list.chats(self._is_last):
            self._met.add(chat.id)
            if chat.is_person and (chat.last_at is not None or chat.last_uid):
                yield from self._bulkhead(chat, self._chat(chat))
        if self._list.newest is not None:
            yield Reached({self._list_name: self._progress.reached(self._list.newest).as_text()})
        yield Reached({self._again_name: json.dumps(self._again) if self._again else ""})
        for error in self._list.unreadable:
            yield Unreadable(TITLE, error)
        if self._progress.looks_back:
            yield from self._slow_walk()
        yield from self._disconnected()

    # The list

    def _is_last(self, page: Sequence[ChatInfo]) -> bool:
        """Return whether nothing new stands behind a page; chats without a message say nothing."""
        last = next((one for one in reversed(page) if one.last_at is not None), None)
        if last is None or last.last_at is None or self._is_before_again(last.last_at):
            return False
        return self._progress.is_behind(last.last_at, partial(self._is_unchanged, last))

    def _is_before_again(self, at: datetime) -> bool:
        """Return whether a chat that has to be read again may stand behind one of that time."""
        left = [kept for name, kept in self._again_before.items() if int(name) not in self._met]
        return any(not kept or datetime.fromisoformat(kept) <= at for kept in left)

    def _disconnected(self) -> Iterator[Reached]:
        """Say which of our numbers bring nothing any more; ask for them at least once a day."""
        if self._accounts is None and self._progress.looks_back and self._list.newest is not None:
            with suppress(UnexpectedResponse, Gone, PermissionMissing):
                self._accounts = accounts_of(self._client, self._family)
        if self._accounts is not None:
            lost = {one.phone for one in self._accounts.values() if is_disconnected(one)}
            yield Reached({_FACTS.disconnected(self._family.mark): numbers_text(lost)})

    # One chat

    def _is_unchanged(self, chat: ChatInfo) -> bool:
        known = self._cursor(chat)
        return known is not None and known.uid == chat.last_uid

    def _cursor(self, chat: ChatInfo) -> Cursor | None:
        return Cursor.recalled(self._recall, self._cursor_name(chat))

    def _cursor_name(self, chat: ChatInfo) -> str:
        return f"{NAME} chat {self._family.native_id(chat)}"

    def _bulkhead(
        self, chat: ChatInfo, readings: Iterator[ChatReading | Unreadable]
    ) -> Iterator[ChatReading | Unreadable]:
        """Yield what is read of a chat; an error of this chat alone does not end the walk (W6)."""
        try:
            yield from readings
        except Exception as error:  # whatever it is, the other chats are read
            told = error_of_one(error, Gone)
            self._read_again(chat)
            yield Unreadable(TITLE, told)

    def _read_again(self, chat: ChatInfo) -> None:
        """Have the next run read a chat again, however far down the list it is then."""
        self._again[str(chat.id)] = chat.last_at.isoformat() if chat.last_at else ""

    def _chat(self, chat: ChatInfo) -> Iterator[ChatReading | Unreadable]:
        if chat.is_group and not self._options.with_groups:
            yield ChatReading(self._source_chat(chat), iter(()))
            return
        known = self._cursor(chat)
        is_changed = known is None or known.uid != chat.last_uid
        part = self._progress.part(known, chat.last_at, is_changed=is_changed)
        if known is None:
            self._read_whole.add(chat.id)
        if part is not None:
            yield from self._readings(chat, *part)

    def _readings(
        self, chat: ChatInfo, begin: datetime | None, cursor: Cursor
    ) -> Iterator[ChatReading | Unreadable]:
        """Yield what a chat has from `begin` on, and what of it cannot be read."""
        found = entries(self._client, self._family.chat_path(chat), begin)
        wrong: list[UnreadableEntry] = []
        while rows := list(islice(found, _MOST_AT_ONCE)):
            is_end = len(rows) < _MOST_AT_ONCE
            self._calls += 1 + len(rows) // _ON_A_PAGE
            messages: list[Message] = []
            batch = [self._taken(one, messages) for one in rows]
            if not wrong:
                cursor = _advanced(cursor, batch)
            wrong += [one for one in batch if isinstance(one, UnreadableEntry)]
            cursor = cursor._replace(uid=chat.last_uid if is_end and not wrong else "")
            found_chat = self._source_chat(chat)
            facts = {self._cursor_name(chat): cursor.as_text(), **members_fact(found_chat)}
            hold = partial(self._read_again, chat)
            yield ChatReading(found_chat, iter(messages), facts=facts, hold=hold)
            if str(chat.id) in self._again:  # what follows would hide what could not be imported
                return
        if wrong:
            self._read_again(chat)
            yield Unreadable(
                TITLE,
                unexpected_response(
                    TITLE, f"chat {chat.id}: {some_of([one.reason for one in wrong])}"
                ),
            )

    def _taken(
        self, one: Entry | UnreadableEntry, messages: list[Message]
    ) -> Entry | UnreadableEntry:
        """Add the message of an entry, if it is one; return the entry, or that it is unreadable."""
        if isinstance(one, UnreadableEntry):
            return one
        read = read_or_named(partial(message, place=self._family.message_path), one)
        if isinstance(read, str):
            return UnreadableEntry(one.uid, read)
        if read is not None:
            messages.append(read)
        return one

    def _slow_walk(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield chats that look unchanged, from their beginning: messages may have come late.

        Each day goes on with the page on which the calls of the day before ended.
        """
        kept = self._recall(self._slow_name)
        number = int(kept) if kept.isdecimal() else 1
        self._calls = 0
        pages = self._list.pages(number) if self._slow_calls > 0 else ()
        for page in pages:
            self._calls += 1
            for chat in page:
                known = None if chat.id in self._read_whole else self._cursor(chat)
                if known is not None and self._calls < self._slow_calls:
                    yield from self._bulkhead(chat, self._readings(chat, known.since, known))
            if self._calls >= self._slow_calls:
                break
            number += 1
        else:
            number = 1
        if pages:
            yield Reached({self._slow_name: str(number)})

    def _source_chat(self, chat: ChatInfo) -> SourceChat:
        ours = self._account(chat.whatsapp_account)
        return SourceChat(
            source=NAME,
            origin=TITLE,
            title=chat.name or chat.phone,
            name="" if parse_phone(chat.name, "") else chat.name,
            phone=phone_of(chat.phone),
            is_group=chat.is_group,
            owner_email=chat.responsible_email,
            whatsapp_account=ours.phone if ours else "",
            account_email=ours.owner_email if ours else "",
            url=chat.url,
            native_id=self._family.native_id(chat),
            participants=participants_of(chat.members),
        )

    def _account(self, number: str) -> WhatsAppAccount | None:
        """Return one of our numbers; they are asked for when the first chat needs one.

        Where the token may not see them, chats are read without them.
        """
        if self._accounts is None:
            try:
                self._accounts = accounts_of(self._client, self._family)
            except (PermissionMissing, Gone):
                self._accounts = {}
        return self._accounts.get(number)


def _advanced(cursor: Cursor, batch: Sequence[Entry | UnreadableEntry]) -> Cursor:
    """Return how far a chat is read after a batch: up to the first entry that cannot be read."""
    times = []
    for one in batch:
        if isinstance(one, UnreadableEntry):
            break
        times.append(one.at)
    newest = max(times, default=None)
    return cursor if newest is None else cursor._replace(at=max(cursor.at or newest, newest))


# --- Lists ---------------------------------------------------------------------------------------


def accounts_of(client: ApiClient, family: Family) -> dict[str, WhatsAppAccount]:
    """Return the numbers of a part of the API, by their ids."""
    page = page_of(client.get(family.accounts_path), family.accounts_name)
    found = map(whatsapp_account, page.items)
    return {account.id: account for account in found}


class ChatList:
    """One list of chats. `newest` is the time of the latest message once the walk has begun.

    `unreadable` are errors of single chats that the API shows otherwise than it promises.
    """

    def __init__(self, client: ApiClient, family: Family) -> None:
        self._client = client
        self._family = family
        self.newest: datetime | None = None
        self.unreadable: list[WasfError] = []

    def chats(self, is_last: Callable[[Sequence[ChatInfo]], bool]) -> Iterator[ChatInfo]:
        """Return the chats; `is_last` says of a page that nothing new stands behind it.

        Raise as `ApiClient.get`, and `UnexpectedResponse`.
        """
        return newest_first(TITLE, self.pages, _as_shown, is_last)

    def pages(self, first: int = 1) -> Iterator[list[ChatInfo]]:
        """Yield the list's pages from `first` on; each is asked for when it is needed."""
        has_more, number = True, first - 1
        while has_more:
            number += 1
            found = self._client.get(f"{self._family.start}/chats", page=number)
            items, has_more = page_of(found, "chats")
            page = list(self._readable(items))
            if self.newest is None and first == 1:
                self.newest = next((one.last_at for one in page if one.last_at), None)
            yield page

    def _readable(self, items: Iterable[Json]) -> Iterator[ChatInfo]:
        for item in items:
            try:
                yield chat_info(item)
            except Exception as error:  # whatever it is, the other chats are read (W6)
                self.unreadable.append(error_of_one(error))


def _as_shown(chat: ChatInfo) -> tuple[int, str]:
    """A chat with another last message is shown anew."""
    return chat.id, chat.last_uid


# The API does not say in which zone it reads a time without one: this is early enough in all.
_ANY_ZONE: Final = timedelta(hours=12)


def entries(
    client: ApiClient, path: str, begin: datetime | None
) -> Iterator[Entry | UnreadableEntry]:
    """Yield the entries of the chat at `path` from `begin` (UTC) on, oldest first, each once.

    `begin` None: from the chat's beginning. Raise as `ApiClient.get`, and `UnexpectedResponse`.
    """
    seen: set[str] = set()
    query = _from(begin)
    last: datetime | None = None
    while True:
        try:
            page, has_more = _entries_at(client, path, query)
        except Gone:  # the message to go on behind was deleted meanwhile
            if last is None:
                raise
            page, has_more = _entries_at(client, path, _from(last))
        new = [one for one in page if one.uid not in seen]
        yield from new
        if not has_more:
            return
        after = next((one.uid for one in reversed(new) if one.uid), "")
        if not after:
            raise repeats_itself(TITLE)
        seen.update(one.uid for one in new)
        query = {"after_message": after}
        last = next((one.at for one in reversed(new) if isinstance(one, Entry)), last)


def _entries_at(
    client: ApiClient, path: str, query: dict[str, str]
) -> tuple[list[Entry | UnreadableEntry], bool]:
    page = page_of(client.get(path, sorting_order="asc", **query), "messages")
    return list(map(entry, page.items)), page.has_more


def _from(moment: datetime | None) -> dict[str, str]:
    return {} if moment is None else {"after": f"{moment - _ANY_ZONE:%Y-%m-%d %H:%M}"}
