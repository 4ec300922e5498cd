"""How records are gathered into batches of one call each: as few as possible, in order.

Calls of Tasks go out several at once, but never two for one record (T9). So batches that follow
each other are of different chats, as far as there are enough: `lanes` fills several batches at a
time, each from a chat of its own. What is left in the end goes into as few batches as possible.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import cycle
from typing import Final, Generic, Protocol, TypeVar

from wasf.core.policy import LARGEST_BATCH

_LANES: Final = 8
"""As many as calls are under way at most."""


class HasTasks(Protocol):
    """Tasks that are written or deleted together, or not at all."""

    @property
    def tasks(self) -> Sized:
        """All of them."""
        ...


_T = TypeVar("_T")
_U = TypeVar("_U", bound=HasTasks)


def batches(records: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield slices of at most `LARGEST_BATCH` records."""
    starts = range(0, len(records), LARGEST_BATCH)
    return (records[start : start + LARGEST_BATCH] for start in starts)


def pack(units: Iterable[_U], size: int = LARGEST_BATCH) -> Iterator[list[_U]]:
    """Yield groups of whole units that have at most `size` Tasks, or one unit that has more."""
    lane = _Lane(iter([iter(units)]))
    while group := lane.fill(size):
        yield group


def lanes(chats: Iterable[Iterator[_U]], size: Callable[[], int]) -> Iterator[list[_U]]:
    """Yield groups as `pack`, from several chats in turn; the units of a chat stay in order.

    `size` is asked before each group.
    """
    source = iter(chats)
    filled = [_Lane[_U](source) for _ in range(_LANES)]
    for lane in cycle(filled):
        group = lane.fill(size())
        if lane.is_at_end:
            break
        yield group
    rest = _Lane(iter([iter(group), *(lane.rest() for lane in filled)]))
    while group := rest.fill(size()):
        yield group


class _Lane(Generic[_U]):
    """The units of one chat after the other; when a chat is at its end, the next one is taken."""

    def __init__(self, chats: Iterator[Iterator[_U]]) -> None:
        self._chats = chats
        self._units: Iterator[_U] = iter(())
        self._next: _U | None = None

    @property
    def is_at_end(self) -> bool:
        """Whether no unit is left, and no chat."""
        return self._peek() is None

    def fill(self, size: int) -> list[_U]:
        """Take the next units that have at most `size` Tasks, or one that has more."""
        group: list[_U] = []
        left = size
        while left > 0 and (unit := self._peek()) is not None:
            if group and len(unit.tasks) > left:
                break
            group.append(unit)
            left -= len(unit.tasks)
            self._next = None
        return group

    def rest(self) -> Iterator[_U]:
        """Take what is left of the chat at hand."""
        if self._next is not None:
            yield self._next
        yield from self._units

    def _peek(self) -> _U | None:
        while self._next is None:
            self._next = next(self._units, None)
            if self._next is None:
                chat = next(self._chats, None)
                if chat is None:
                    return None
                self._units = chat
        return self._next
