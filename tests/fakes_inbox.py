"""An inbox in memory that keeps what `Inbox` promises, and secrets of a listener."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from wasf.core.auth import Secret
from wasf.interfaces import InboxCounts, Received, StoredBody


class FakeInbox:
    """Bodies in a list."""

    def __init__(self) -> None:
        self._kept: list[StoredBody] = []
        self._aside: dict[int, str] = {}
        self._tried: dict[int, str] = {}
        self._last = 0

    def put(self, bodies: Sequence[Received]) -> None:
        """See `Inbox`."""
        for one in bodies:
            self._last += 1
            self._kept.append(StoredBody(self._last, one.sender, one.body, one.at))

    def fresh(self, most: int) -> Sequence[StoredBody]:
        """See `Inbox`."""
        waiting = [one for one in self._kept if one.number not in self._aside][:most]
        return [one._replace(kinds=self._tried.get(one.number, "")) for one in waiting]

    def all_kept(self) -> Iterator[StoredBody]:
        """See `Inbox`."""
        return iter(list(self._kept))

    def resolve(self, read: Sequence[int], not_understood: Mapping[int, str]) -> None:
        """See `Inbox`."""
        self._kept = [one for one in self._kept if one.number not in read]
        self._aside = {n: kinds for n, kinds in self._aside.items() if n not in read}
        self._aside |= not_understood
        self._tried |= not_understood

    def retry(self, kind: str = "", received_before: datetime | None = None) -> int:
        """See `Inbox`."""
        times = {one.number: one.at for one in self._kept}
        again = [
            number
            for number, kinds in self._aside.items()
            if (not kind or kind in kinds.split(", "))
            and (received_before is None or times[number] < received_before)
        ]
        for number in again:
            del self._aside[number]
        return len(again)

    def counts(self) -> InboxCounts:
        """See `Inbox`."""
        waiting = sum(one.number not in self._aside for one in self._kept)
        return InboxCounts(waiting, dict(sorted(Counter(self._aside.values()).items())))


class FakeHookSecrets:
    """See `HookSecrets`: the listener's own secret, those that are given, and those kept here."""

    def __init__(self, own: str = "", **given: str) -> None:
        self._own, self._given = own, given
        self._kept: dict[str, Secret] = {}

    def given(self, variable: str) -> Secret | None:
        return Secret(self._given[variable]) if variable in self._given else None

    def named(self, prefix: str) -> dict[str, Secret]:
        given = self._given.items()
        return {name[len(prefix) :]: Secret(t) for name, t in given if name.startswith(prefix)}

    def own(self) -> Secret:
        assert self._own, "it has secrets of its own"
        return Secret(self._own)

    def kept(self, name: str) -> Secret | None:
        return self._kept.get(name)

    def keep(self, name: str, secret: Secret) -> None:
        self._kept[name] = secret
