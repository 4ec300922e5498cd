"""The lists of an account of Chatwoot: conversations and messages, each to its end.

Conversations are listed from the oldest on, so that none moves while they are read; or those that
were changed lately, in one answer. A list ends with an empty page, and not before. A message is
found by its id, which only grows; but a server cuts an answer by the times of messages, and those
of imported ones run otherwise. So messages are read by windows of ids, and a window whose answer
may be cut is read again in halves.
"""

from collections.abc import Iterator
from typing import Final

from wasf.interfaces import Json
from wasf.sources.api_client import ApiClient, TooMuch
from wasf.sources.api_errors import repeats_itself
from wasf.sources.chatwoot.model import TITLE, items_of
from wasf.sources.lenient_json import as_object
from wasf.values import dataclass

_ON_A_PAGE: Final = 25
_CUT: Final = frozenset({20, 100, 1000})  # as many rows as a server gives at most
_LARGEST_SMALL: Final = (1 << 31) - 1  # ids are numbers of 32 bits, unless one is larger
_LARGEST: Final = (1 << 63) - 1
_MOST_WINDOWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class AccountApi:
    """The lists of one account. Each method raises as the client, and `UnexpectedResponse`."""

    client: ApiClient
    account_id: str

    def get(self, path: str, **query: str | int) -> Json:
        """Return what is at a path below the account."""
        return self.client.get(f"/api/v1/accounts/{self.account_id}{path}", **query)

    def all_conversations(self, inbox_id: str, first_page: int = 1) -> Iterator[list[Json]]:
        """Yield the pages of an inbox's conversations, oldest first, until one is empty.

        An empty page right after a full one is asked for twice: a server that starts shows none.
        """

        def page(number: int) -> list[Json]:
            return self._page(sort_by="created_at_asc", inbox_id=inbox_id, page=number)

        number, is_full = first_page, False
        while rows := page(number) or (is_full and page(number)):
            yield rows
            number, is_full = number + 1, len(rows) >= _ON_A_PAGE

    def changed_conversations(self, inbox_id: str, seconds: int) -> Iterator[list[Json]]:
        """Yield the conversations that were changed in the last seconds, in one page or more.

        `inbox_id` "" is all inboxes. One answer has them all; a server that gives pages all the
        same, or more than wasf takes at once, is asked for one page after the other.
        """
        try:
            page = self._page(updated_within=seconds, inbox_id=inbox_id)
        except TooMuch:
            page = []
        else:
            yield page
            if not page or len(page) % _ON_A_PAGE:
                return
        number = 2 if page else 1
        narrowed = {"updated_within": seconds} if page else {"sort_by": "last_activity_at_desc"}
        while page := self._page(**narrowed, inbox_id=inbox_id, page=number):
            yield page
            number += 1

    def messages(self, conversation_id: str, after: int, newest: int) -> Iterator[list[Json]]:
        """Yield the messages of a conversation from the id `after` on, by ascending windows.

        `newest` is an id that it has, to tell how large ids are there.
        """
        path = f"/conversations/{conversation_id}/messages"
        is_small = max(after, newest) < _LARGEST_SMALL
        waiting, windows = [(after, _LARGEST_SMALL if is_small else _LARGEST)], 0
        while waiting:
            begin, end = waiting.pop()
            rows = items_of(self.get(path, after=begin, before=end), "payload")
            ids = sorted({one for one in map(_id, rows) if begin <= one < end})
            windows += 1
            if len(rows) not in _CUT or len(ids) < 2:
                yield rows
            elif windows >= _MOST_WINDOWS:
                raise repeats_itself(TITLE)
            else:
                middle = ids[len(ids) // 2]
                waiting += [(middle, end), (begin, middle)]

    def _page(self, **query: str | int) -> list[Json]:
        found = self.get("/conversations", status="all", **query)
        return items_of(found, "data", "payload")


def _id(row: Json) -> int:
    value = as_object(row).get("id")
    return value if isinstance(value, int) else -1
