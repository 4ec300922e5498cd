"""Where chats come from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wasf.core.chats import ChatItem, SourceChat
from wasf.errors import WasfError

# --- source


@dataclass(frozen=True, slots=True)
class ChatReading:
    """A chat that a source found, and its items in the order of the source.

    `items` can be taken once; it may raise a `WasfError` on the way (the file is cut, a limit of
    safety is reached), after which nothing of this reading counts. `again` takes the same items
    from the beginning; a source whose messages all have ids of its own need not offer it. `facts`
    are kept in the ledger together with the messages: how far the chat is read with them.
    """

    chat: SourceChat
    items: Iterator[ChatItem]
    again: Callable[[], Iterator[ChatItem]] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything that was yielded before is read in full; `facts` say how far that is."""

    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something a source was given and could not read as a chat; the others go on."""

    origin: str
    error: WasfError


Recall = Callable[[str], str]
"""What the ledger keeps under a name for a source, "" if nothing: see `Ledger.recall`."""


class Source(Protocol):
    """Where chats come from. Knows nothing of Salesforce.

    Yields every chat it has, whole and unaltered; what it cannot read it yields as `Unreadable`,
    never silently passes over. Reading again yields the same, less what the ledger's facts say was
    read before.
    """

    @property
    def kind(self) -> str:
        """What it is: `export`, `timelines`; as in its chats' `source`."""
        ...

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield the chats, one after the other; take a reading's items before the next one."""
        ...


# --- progress
# Who is told how far a run is.


class Progress(Protocol):
    """Told how far a run is. Never decides anything."""

    def reading(self, origin: str) -> None:
        """A file or chat is being read."""
        ...

    def read(self, messages: int) -> None:
        """So many more messages were read."""
        ...

    def writing(self, messages: int) -> None:
        """So many messages are going to be logged."""
        ...

    def wrote(self, messages: int, tasks: int) -> None:
        """So many more messages were logged, in so many Tasks."""
        ...


class NoProgress:
    """Progress that is shown to nobody."""

    def reading(self, origin: str) -> None:
        """Say nothing."""

    def read(self, messages: int) -> None:
        """Say nothing."""

    def writing(self, messages: int) -> None:
        """Say nothing."""

    def wrote(self, messages: int, tasks: int) -> None:
        """Say nothing."""
