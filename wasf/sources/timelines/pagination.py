"""Walks a list of chats, the latest first, as far back as there may be something new.

Chats move to the front while the list is walked. So each counts once as it is shown, and in the end
the front is looked at again until a page brings nothing new.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from wasf.interfaces import Recall
from wasf.sources.timelines import model as answers
from wasf.sources.timelines.client import Gone, TimelinesClient
from wasf.sources.timelines.model import ChatInfo, Entry, WhatsAppAccount

# --- listing


class Family(NamedTuple):
    """The ordinary numbers' part of the API, or the official API's: neither shows the other's."""

    start: str
    accounts_path: str
    accounts_name: str
    mark: str

    def chat_path(self, chat: ChatInfo) -> str:
        """Where a chat's messages are."""
        return f"{self.start}/chats/{chat.id}/messages"

    @property
    def message_path(self) -> str:
        """Where single messages are."""
        return f"{self.start}/messages"

    def native_id(self, chat: ChatInfo) -> str:
        """What tells a chat from all others of the workspace."""
        return f"{self.mark}{chat.id}"


FAMILIES = (
    Family("", "/whatsapp_accounts", "whatsapp_accounts", ""),
    Family("/waba", "/waba/accounts", "waba_accounts", "waba-"),
)


_HEARD = frozenset({"", "active", "connected"})


def is_silent(account: WhatsAppAccount) -> bool:
    """Whether nothing comes from a number any more: disconnected, suspended, banned, disabled."""
    return account.status not in _HEARD


class ChatListing:
    """One list of chats. `newest` is the latest message's time once the walk has begun."""

    def __init__(self, client: TimelinesClient, family: Family) -> None:
        self._client = client
        self._family = family
        self._seen: set[tuple[int, str]] = set()
        self.newest: datetime | None = None

    def chats(self, is_last: Callable[[Sequence[ChatInfo]], bool]) -> Iterator[ChatInfo]:
        """Yield the chats; `is_last` says of a page that nothing new stands behind it."""
        walked = 0
        for page in self._pages():
            walked += 1
            yield from self._new(page)
            if is_last(page):
                break
        if walked > 1:
            for page in self._pages():
                new = self._new(page)
                if not new:
                    return
                yield from new

    def _pages(self) -> Iterator[list[ChatInfo]]:
        """The list's pages, each asked for when it is wanted."""
        has_more, number = True, 0
        while has_more:
            number += 1
            items, has_more = answers.page_of(
                self._client.get(f"{self._family.start}/chats", page=number), "chats"
            )
            page = [answers.chat(item) for item in items]
            if self.newest is None and page:
                self.newest = page[0].last_at
            yield page

    def _new(self, page: Sequence[ChatInfo]) -> list[ChatInfo]:
        """Those that were not shown yet with this last message."""
        new = [chat for chat in page if (chat.id, chat.last_uid) not in self._seen]
        self._seen.update((chat.id, chat.last_uid) for chat in new)
        return new

    def accounts(self) -> dict[str, WhatsAppAccount]:
        """The numbers of this family by their ids."""
        page = answers.page_of(
            self._client.get(self._family.accounts_path), self._family.accounts_name
        )
        found = map(answers.whatsapp_account, page.items)
        return {account.id: account for account in found}


# --- entries
# A chat's entries from a moment on, oldest first, page by page behind the last one.


# Nobody says in which zone the API reads a time without one: this is early enough in all of them.
_ANY_ZONE = timedelta(hours=12)


class Entries:
    """The entries of the chat at `path`; `begin` (UTC) None: from its beginning."""

    def __init__(self, client: TimelinesClient, path: str, begin: datetime | None) -> None:
        self._client = client
        self._path = path
        self._begin = begin

    def __iter__(self) -> Iterator[Entry]:
        """Yield each entry once. Raises as `TimelinesClient.get`, and `NotAnswered`."""
        seen: set[str] = set()
        query = _from(self._begin)
        last: datetime | None = None
        while True:
            try:
                page, has_more = self._page(query)
            except Gone:  # the message we were behind was deleted meanwhile
                if last is None:
                    raise
                page, has_more = self._page(_from(last))
            new = [entry for entry in page if entry.uid not in seen]
            yield from new
            if not has_more:
                return
            if not new:
                raise answers.NotAnswered(
                    "TimelinesAI shows the same messages again and again.",
                    "The next sync tries again.",
                )
            seen.update(entry.uid for entry in new)
            query, last = {"after_message": new[-1].uid}, new[-1].at

    def _page(self, query: dict[str, str]) -> tuple[list[Entry], bool]:
        page = answers.page_of(
            self._client.get(self._path, sorting_order="asc", **query), "messages"
        )
        return [answers.entry(item) for item in page.items], page.has_more


def _from(moment: datetime | None) -> dict[str, str]:
    return {} if moment is None else {"after": f"{moment - _ANY_ZONE:%Y-%m-%d %H:%M}"}


# --- cursors
# How far each chat and each list of chats was read, as small facts that the ledger keeps.


class Cursor(NamedTuple):
    """Everything from `since` (None: the beginning) to `at` was read; `uid` is the last message's.

    Of a list of chats `uid` is "". Times are in UTC.
    """

    at: datetime | None = None
    since: datetime | None = None
    uid: str = ""

    @classmethod
    def recalled(cls, recall: Recall, name: str) -> Self | None:
        """The cursor under that name, None if there is none."""
        kept = recall(name)
        if not kept:
            return None
        at, since, uid = json.loads(kept)
        return cls(_moment(at), _moment(since), uid)

    def as_text(self) -> str:
        """As the ledger keeps it."""
        return json.dumps([_shown(self.at), _shown(self.since), self.uid])

    def reaches(self, since: datetime | None) -> bool:
        """Whether nothing older than what was read is asked for; None asks for nothing older."""
        return since is None or self.since is None or self.since <= since


def _shown(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _moment(shown: str) -> datetime | None:
    return datetime.fromisoformat(shown) if shown else None
