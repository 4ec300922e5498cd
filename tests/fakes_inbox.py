"""An inbox in memory that keeps what `Inbox` promises."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from wasf.interfaces import InboxCounts, Received, StoredBody


class FakeInbox:
    """Bodies in a list."""

    def __init__(self) -> None:
        self._kept: list[StoredBody] = []
        self._aside: dict[int, str] = {}
        self._last = 0

    def put(self, bodies: Sequence[Received]) -> None:
        """See `Inbox`."""
        for one in bodies:
            self._last += 1
            self._kept.append(StoredBody(self._last, one.sender, one.body))

    def fresh(self, most: int) -> Sequence[StoredBody]:
        """See `Inbox`."""
        return [one for one in self._kept if one.number not in self._aside][:most]

    def all_kept(self) -> Iterator[StoredBody]:
        """See `Inbox`."""
        return iter(list(self._kept))

    def resolve(self, read: Sequence[int], not_understood: Mapping[int, str]) -> None:
        """See `Inbox`."""
        self._kept = [one for one in self._kept if one.number not in read]
        self._aside |= not_understood

    def counts(self) -> InboxCounts:
        """See `Inbox`."""
        waiting = sum(one.number not in self._aside for one in self._kept)
        return InboxCounts(waiting, dict(sorted(Counter(self._aside.values()).items())))
