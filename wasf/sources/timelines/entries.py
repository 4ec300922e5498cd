"""A chat's entries from a moment on, oldest first, page by page behind the last one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from wasf.sources.timelines import answers
from wasf.sources.timelines.answers import Entry
from wasf.sources.timelines.client import Client, Gone

# Nobody says in which zone the API reads a time without one: this is early enough in all of them.
_ANY_ZONE = timedelta(hours=12)


class Entries:
    """The entries of the chat at `path`; `begin` (UTC) None: from its beginning."""

    def __init__(self, client: Client, path: str, begin: datetime | None) -> None:
        self._client = client
        self._path = path
        self._begin = begin

    def __iter__(self) -> Iterator[Entry]:
        """Yield each entry once. Raises as `Client.get`, and `NotAnswered`."""
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
