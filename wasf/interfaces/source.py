"""Where chats come from, and who is told of progress."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime, tzinfo
from typing import NamedTuple, Protocol

from wasf.core.chats import ChatId, ChatItem, Phone, SourceChat
from wasf.core.policy import DateOrder
from wasf.errors import WasfError
from wasf.values import dataclass


class FileState(NamedTuple):
    """A file, and hashes that tell whether it has to be read again.

    `name` is a hash of its path. `state` is one of its size, its times and all settings: where it
    is the same, the file reads the same. `content` returns a hash of its bytes and the settings,
    for a file that was written again. It is "" if the file has changed since `state` was made, or
    cannot be read. `size` is in bytes.
    """

    name: str
    state: str
    size: int
    content: Callable[[], str]


class Unchanged(NamedTuple):
    """A file that was not read, as it is as it was when all of its messages were logged.

    `file` is given if it was written again since, with the same bytes.
    """

    chat_id: ChatId
    title: str
    messages: int
    notices: int
    file: FileState | None = None


@dataclass(frozen=True, slots=True)
class ChatReading:
    """A chat that a source found, and its items in the order of the source.

    `items` can be read once. It may raise a `WasfError` on the way (the file is cut off, a safety
    limit is reached); then nothing of this reading counts. `again` reads the same items from the
    beginning; a source whose messages all have ids of its own need not offer it. `facts` say how
    far the chat is read; the ledger keeps them together with the messages. `zone` is the time zone
    in which local times were read, None if the source tells times in UTC. `hold` is called if the
    chat could not be imported: the source yields what this holds again in the next run, and goes on
    with the others. A source that cannot do so, None, is left then. `file` is the file that has all
    of this chat and nothing else; None if there is none, or if it may change unnoticed.
    """

    chat: SourceChat
    items: Iterator[ChatItem]
    again: Callable[[], Iterator[ChatItem]] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    hold: Callable[[], None] | None = None
    file: FileState | None = None


def comes_again() -> None:
    """Do nothing: the `hold` of a source that yields everything in each run, as files do."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything that was yielded before is read in full; `facts` say how far that is."""

    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read as a chat, or not be imported. The others go on.

    `is_failure` is false for what nobody named and what is no chat: it is told, and the run did
    what it should (W6).
    """

    origin: str
    error: WasfError
    is_failure: bool = True


class NumberBook(Protocol):
    """An address book: the numbers of names."""

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """Return the one number of a name, or None and why it is in doubt ("" if unknown)."""
        ...


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What files with exported chats do not say.

    `zone` is where the phone was: exports hold local times. `now` (with a zone) is the latest time
    that a message can be of. `me` are names of our side as chats show them. `phone` is the other
    party's number, for a single chat. `owner_email`, `whatsapp_account` and `account_email` go
    into every chat (O6).
    """

    zone: tzinfo
    now: datetime
    default_region: str = ""
    me: frozenset[str] = frozenset()
    phone: Phone | None = None
    address_book: NumberBook | None = None
    whatsapp_account: str = ""
    owner_email: str = ""
    account_email: str = ""
    date_order: DateOrder = DateOrder.AUTO


@dataclass(frozen=True, slots=True)
class AddressBookState:
    """The address book of today; no value is set if nobody gave one.

    `unreadable` says why the one that was given cannot be used. Then a chat that has no number
    waits: the book might name another person than the one record with that name. `partly` says
    which lines of a book that can be used were not read.
    """

    book: NumberBook | None = None
    unreadable: Unreadable | None = None
    partly: Unreadable | None = None


FindUnchanged = Callable[[FileState], Unchanged | None]
"""Returns what the ledger knows of a file that need not be read again; None: it has to be."""

Recall = Callable[[str], str]
"""Returns what the ledger keeps for a source under a name, "" if nothing: `Facts.source_fact`."""


class Source(Protocol):
    """Where chats come from. A source knows nothing of Salesforce.

    It yields every chat, whole and unaltered, and an `Unreadable` for each thing that it cannot
    read. Reading again yields the same, without what was read before by the ledger's facts.
    """

    @property
    def kind(self) -> str:
        """The kind of the source, as in its chats' `source`: `export`, a chat API's name."""
        ...

    def read(self) -> Iterator[ChatReading | Unreadable | Reached | Unchanged]:
        """Yield the chats. Read the items of one before you take the next one."""
        ...


class Stop(Protocol):
    """Tells whether somebody asked the run to end, by Ctrl-C or a signal."""

    def check(self) -> None:
        """Raise if somebody asked."""
        ...

    def held_back(self) -> AbstractContextManager[None]:
        """Raise in `check` only, not wherever the signal comes."""
        ...


class Progress(Protocol):
    """Is told how far a run is: a sync by messages, other commands by steps."""

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

    def step(self, what: str, total: int | None = None) -> None:
        """A step begins: what is done, as "Deleting", and to how many, None if nobody knows."""
        ...

    def done(self, count: int) -> None:
        """So many more are done in this step."""
        ...

    def pause(self) -> None:
        """Somebody is asked a question now; the next step shows progress again."""
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

    def step(self, what: str, total: int | None = None) -> None:
        """Say nothing."""

    def done(self, count: int) -> None:
        """Say nothing."""

    def pause(self) -> None:
        """Say nothing."""
