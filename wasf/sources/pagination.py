"""Pagination that chat APIs share: walks that always end, cursors, and what a run reads.

An API can show a page twice: its list moves while it is read, or it is at fault. So a walk counts
each thing once, and it ends with an error when page after page brings nothing new, or when there
are more pages than any list has.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self, TypeVar

from wasf.interfaces import ReadOptions, Recall
from wasf.sources.api_errors import repeats_itself, shows_nothing
from wasf.values import dataclass

_Item = TypeVar("_Item")
_MOST_REPEATS: Final = 3
_MOST_PAGES: Final = 20_000
_DAY: Final = timedelta(days=1)
_OVERLAP, _DAILY_OVERLAP = _DAY, timedelta(days=3)


class Walk:
    """Counts what was met on a list, by keys, over one or several walks through it."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._met: set[Hashable] = set()
        self._pages = 0

    def new(
        self, pages: Iterable[Sequence[_Item]], key: Callable[[_Item], Hashable]
    ) -> Iterator[tuple[Sequence[_Item], list[_Item]]]:
        """Yield each page, and what of it was not met before.

        Raise `UnexpectedResponse` when several pages in a row bring nothing new.
        """
        repeats = 0
        for page in pages:
            new = self.unmet(page, key)
            repeats = 0 if new else repeats + 1
            self._pages += 1
            yield page, new
            if repeats == _MOST_REPEATS or self._pages >= _MOST_PAGES:
                raise repeats_itself(self._title)

    def unmet(self, page: Sequence[_Item], key: Callable[[_Item], Hashable]) -> list[_Item]:
        """Return what of a page was not met before; now it is."""
        new = [item for item in page if key(item) not in self._met]
        self._met.update(map(key, new))
        return new


def newest_first(
    title: str,
    pages: Callable[[], Iterable[Sequence[_Item]]],
    key: Callable[[_Item], Hashable],
    is_last: Callable[[Sequence[_Item]], bool],
) -> Iterator[_Item]:
    """Yield what a list shows whose things move to its front while it is read, by keys once each.

    `is_last` says of a page that nothing new stands behind it. In the end the front is read again
    until a page brings nothing new. Raise `UnexpectedResponse` as `Walk.new` does, and if the front
    is empty then: the server has lost what it showed, and pages behind it may be missing.
    """
    walk, count = Walk(title), 0
    for page, new in walk.new(pages(), key):
        count += 1
        yield from new
        if is_last(page):
            break
    if count > 1:
        for _, new in walk.new(pages(), key):
            if not new:
                return
            yield from new
            count = 0
        if count:
            raise shows_nothing(title)


class Cursor(NamedTuple):
    """How far a list was read: all from `since` (None: the beginning) to `at`, both in UTC.

    `uid` is the id of the last message, "" for a list of chats. The ledger keeps it as a small
    fact.
    """

    at: datetime | None = None
    since: datetime | None = None
    uid: str = ""

    @classmethod
    def recalled(cls, recall: Recall, name: str) -> Self | None:
        """Return the cursor that is kept under a name, None if there is none."""
        kept = recall(name)
        if not kept:
            return None
        at, since, uid = json.loads(kept)
        return cls(_moment(at), _moment(since), uid)

    def as_text(self) -> str:
        """Return it as the ledger keeps it."""
        return json.dumps([_shown(self.at), _shown(self.since), self.uid])

    def reaches(self, since: datetime | None) -> bool:
        """Return whether all from `since` on was read; None is the beginning."""
        return self.since is None or (since is not None and self.since <= since)

    def widened(self, since: datetime | None) -> Self:
        """Return the cursor after everything from `since` on was read, too."""
        return self if self.reaches(since) else self._replace(since=since)


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """How far the chats of an API were read, and from when on this run reads them.

    `before` is None if they never were. Messages arrive late when a phone or a server was off: what
    changed is read from a day before its end on; once a day a run `looks_back`, at all of the last
    three days.
    """

    before: Cursor | None
    options: ReadOptions
    looks_back: bool

    @property
    def overlap(self) -> timedelta:
        """How late a message may come."""
        return _DAILY_OVERLAP if self.looks_back else _OVERLAP

    @property
    def begin(self) -> datetime | None:
        """From when on messages are read (UTC); None: from the beginning."""
        if self.options.since is not None:
            return self.options.since
        return self.before.since if self.before else None

    def is_behind(self, last_at: datetime, is_unchanged: Callable[[], bool]) -> bool:
        """Return whether what a list, newest first, shows behind a chat of that time is known."""
        if self.options.since is not None:
            return last_at < self.options.since
        if not self.before or not self.before.at:
            return self.begin is not None and last_at < self.begin
        if self.looks_back:
            return last_at < self.before.at - self.overlap
        return last_at <= self.before.at and is_unchanged()

    def goes_back(self, known: Cursor) -> bool:
        """Return whether all is read from `begin` on, although newer messages are known.

        A `--since` that is given goes back whatever was read, as history may have been imported.
        """
        since = self.options.since
        if since is None:
            return not known.reaches(self.begin)
        return known.at is None or since <= known.at

    def part(
        self, known: Cursor | None, last_at: datetime | None, *, is_changed: bool
    ) -> tuple[datetime | None, Cursor] | None:
        """Return from when on a chat is read, and how far it was; None if it is not read."""
        if known is None:
            return self.begin, Cursor(None, self.begin)
        if self.goes_back(known):
            return self.begin, known.widened(self.begin)
        if is_changed or self._may_have_late_ones(last_at):
            return known.at - self.overlap if known.at else known.since, known
        return None

    def _may_have_late_ones(self, last_at: datetime | None) -> bool:
        is_late = last_at is not None and self.options.now - last_at < self.overlap
        return self.looks_back and is_late

    def reached(self, at: datetime | None) -> Cursor:
        """Return how far the list is read after this run."""
        return (self.before or Cursor(None, self.begin)).widened(self.begin)._replace(at=at)


def is_daily_due(kept: str, now: datetime) -> bool:
    """Return whether it is time for what is done once a day; `kept` is when it was, "" is never."""
    done = _moment(kept)
    return done is None or now - done >= _DAY


def _shown(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _moment(shown: str) -> datetime | None:
    return datetime.fromisoformat(shown) if shown else None
