"""Where chats come from, what a chat API tells wasf about itself, and who is told of progress.

A provider is a package whose face has a `PROVIDER`, and one line in `wasf.sources`. Another
distribution may bring one by an entry point of the group `wasf.providers`, under its name.

```
Provider   its name and title
  ApiAccess    how wasf signs in and reads: `wasf connect`, `config`, `sync`, `doctor`
    ChatApi      a workspace that answers: its chats, its files, the registering of webhooks
  Webhooks     how wasf listens: `wasf listen`, and `forget` for what waits to be read
    Endpoint     an address, and the proof that a request to it needs
```

A `PROVIDER` is loaded to show settings and help. So its module loads no HTTP client: the functions
that it names load what they need when they are called.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple, Protocol

from wasf.core.auth import Secret
from wasf.core.chats import ChatItem, Message, Phone, SourceChat
from wasf.core.source_state import ApiFacts, Quota, SourceReport
from wasf.errors import WasfError
from wasf.retry import RateLimiter

# --- Sources ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChatReading:
    """A chat that a source found, and its items in the order of the source.

    `items` can be read once. It may raise a `WasfError` on the way (the file is cut off, a safety
    limit is reached); then nothing of this reading counts. `again` reads the same items from the
    beginning; a source whose messages all have ids of its own need not offer it. `facts` say how
    far the chat is read; the ledger keeps them together with the messages. `zone` is the time zone
    in which local times were read, None if the source tells times in UTC. `comes_again` says that
    the source yields the chat in the next run too, whatever becomes of it now, as a file does.
    """

    chat: SourceChat
    items: Iterator[ChatItem]
    again: Callable[[], Iterator[ChatItem]] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    comes_again: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything that was yielded before is read in full; `facts` say how far that is."""

    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that a source could not read as a chat. The source goes on with the others.

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
class AddressBookState:
    """The address book of today; no value is set if nobody gave one.

    `unreadable` says why the one that was given cannot be used. Then a chat that has no number
    waits: the book might name another person than the one record with that name. `partly` says
    which lines of a book that can be used were not read.
    """

    book: NumberBook | None = None
    unreadable: Unreadable | None = None
    partly: Unreadable | None = None


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

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield the chats. Read the items of one before you take the next one."""
        ...


class Progress(Protocol):
    """Is told how far a run is."""

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


# --- Chat APIs -------------------------------------------------------------------------------

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""A value that JSON can hold."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a run at `now` reads: nothing before `since` (both UTC); None: all that is new.

    Messages of groups are read only `with_groups`.
    """

    now: datetime
    since: datetime | None = None
    with_groups: bool = False


class WhatsAppAccount(NamedTuple):
    """A number of ours at a chat API: its id there, and its state in the API's own word."""

    id: str
    phone: str
    name: str
    owner_email: str
    status: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a token gives access to. `quota` is None where calls are not counted."""

    name: str
    quota: Quota | None = None
    accounts: tuple[WhatsAppAccount, ...] = ()


class ChatApi(Protocol):
    """A chat API that wasf is connected to.

    Each method raises a `WasfError` if the API refuses or does not answer.
    """

    def workspace(self) -> Workspace:
        """Return what the token gives access to. Ask the API: this proves the token."""
        ...

    def source(self, recall: Recall, options: ReadOptions) -> Source:
        """Return the chats as a source; `recall` gives what the ledger keeps of earlier runs."""
        ...

    def read_file(self, place: str, largest: int) -> bytes:
        """Return a message's file, at most `largest` bytes; `place` is the attachment's `member`.

        Raise `UnreadableFile` if it is gone for good, `MissingFile` if it cannot be had now.
        """
        ...

    def register(self, url: str, secret: Secret) -> int:
        """Have webhooks sent to the endpoint below `url`; return how many. Doing it twice is safe.

        `secret` is the one that `HookSecrets.own` gives.
        """
        ...


@dataclass(frozen=True, slots=True)
class ApiConnection:
    """How to reach a chat API: what the person said at `wasf connect`, and how fast to ask."""

    url: str
    token: Secret
    limiter: RateLimiter
    options: Mapping[str, str] = field(default_factory=dict)


class ApiOption(NamedTuple):
    """What `wasf connect` asks for besides the token; `--account ID` is named `account`."""

    name: str
    metavar: str
    help: str


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """How wasf signs in to a chat API and reads it.

    `where` says where a person finds the token, `revocation` how it is made invalid. `url` is the
    address if all users have the same one; else `options` has one named `url`. `parts` name the
    parts of the API that keep accounts of their own.
    """

    open: Callable[[ApiConnection], ChatApi]
    where: str
    revocation: str
    url: str = ""
    options: tuple[ApiOption, ...] = ()
    per_second: int = 2
    parts: tuple[str, ...] = ("",)


# --- Listening ---------------------------------------------------------------------------------


class Delivered(NamedTuple):
    """A message and the chat that it belongs to."""

    chat: SourceChat
    message: Message


class Provisional(NamedTuple):
    """A message that another body may say more about; `kind` is what it is kept as until then."""

    kind: str
    delivered: Delivered


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the body of one webhook brings, in its order.

    `unknown` names the kinds of what was not understood; such a body is kept. The ledger keeps
    `facts` together with the messages. `provisional` messages are taken if nothing more comes of
    them within a day; `settles` is the kind of those that this body says more about. `failed` says
    why messages of ours, by their ids, were not delivered. `reports` are of the provider itself.
    """

    messages: tuple[Delivered, ...] = ()
    unknown: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    provisional: tuple[Provisional, ...] = ()
    settles: str = ""
    failed: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[SourceReport, ...] = ()


HookReader = Callable[[Json, Recall], Delivery]
"""Reads a body that was proved, parsed as JSON, with what the ledger keeps."""


class RequestHead(NamedTuple):
    """The query and the headers of a request, as pairs in their order; names are in lower case."""

    query: Sequence[tuple[str, str]]
    headers: Sequence[tuple[bytes, bytes]]


class Proof(Protocol):
    """Decides whether a request was made by somebody who knows a secret, in constant time."""

    @property
    def refusal(self) -> int:
        """The HTTP status for everybody else."""
        ...

    def may_read(self, head: RequestHead) -> bool:
        """Return whether the head is in order, so that the body is read."""
        ...

    def accepts(self, head: RequestHead, body: bytes) -> bool:
        """Return whether the request is proved."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that webhooks are sent to, without its first slash.

    Without a `proof` it is closed, because its secrets are not given. `challenge` answers the
    question by which a sender checks the address (GET): the text to answer with, None for a wrong
    question. Without it such a question gets 404.
    """

    path: str
    proof: Proof | None = None
    challenge: Callable[[Mapping[str, str]], str | None] | None = None


class HookSecrets(Protocol):
    """Where the secrets of endpoints come from."""

    def given(self, variable: str) -> Secret | None:
        """Return the secret of that name from the environment or from systemd, None without one."""
        ...

    def named(self, prefix: str) -> Mapping[str, Secret]:
        """Return the secrets whose variables begin so, by the rest of their names."""
        ...

    def own(self) -> Secret:
        """Return the secret of this listener, which wasf makes once and keeps with the tokens."""
        ...


class HookFile(NamedTuple):
    """A file that a webhook named: `place` is its attachment's `member`, `now` the time (UTC)."""

    place: str
    largest: int
    now: datetime
    limiter: RateLimiter


ReadHookFile = Callable[[HookSecrets, HookFile], bytes]
"""Returns a file, at most `largest` bytes. Raises `UnreadableFile` or `MissingFile`."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How wasf listens to a chat API; `endpoints` raises `BadSetting` for half of their secrets.

    `read_file` gets files that only webhooks name, with the secret of the variable `file_token`.
    """

    endpoints: Callable[[HookSecrets], Iterable[Endpoint]]
    read: HookReader
    read_file: ReadHookFile | None = None
    file_token: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A chat API. `title` is its name for people.

    `name` stands in commands (`wasf sync NAME`), settings (`NAME.per_second`), the environment
    (`WASF_NAME_TOKEN`), addresses (`/NAME`), attachments and files. It never changes.
    """

    name: str
    title: str
    api: ApiAccess | None = None
    webhooks: Webhooks | None = None

    @property
    def facts(self) -> ApiFacts:
        """Under which names the ledger keeps what the API says of itself."""
        return ApiFacts(self.name, self.title, self.api.parts if self.api else ())

    def variable(self, option: str) -> str:
        """Return the name of an option (or `url`, `token`) in the environment."""
        return f"WASF_{self.name}_{option}".upper()


class UnusableProvider(NamedTuple):
    """A provider of another distribution that cannot be loaded, and why."""

    name: str
    error: WasfError
