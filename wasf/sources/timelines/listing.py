"""Walks a list of chats, the latest first, as far back as there may be something new.

Chats move to the front while the list is walked. So each counts once as it is shown, and in the end
the front is looked at again until a page brings nothing new.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from wasf.sources.timelines import answers
from wasf.sources.timelines.answers import ChatInfo, WhatsAppAccount
from wasf.sources.timelines.client import Client


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


class Listing:
    """One list of chats. `newest` is the latest message's time once the walk has begun."""

    def __init__(self, client: Client, family: Family) -> None:
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
