"""Providers: what a chat API tells wasf about itself, how wasf signs in, reads and listens.

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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import NamedTuple, Protocol

from wasf.core.auth import Secret
from wasf.core.chats import Message, SourceChat
from wasf.core.source_state import ApiFacts, Quota, SourceReport
from wasf.errors import WasfError
from wasf.interfaces.source import Recall, Source
from wasf.retry import RateLimiter
from wasf.values import dataclass

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

    def register(self, url: str, secrets: "HookSecrets") -> int:
        """Have webhooks sent to the endpoint below `url`; return how many. Doing it twice is safe.

        What else is told there about webhooks stays as it is.
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
    """What `wasf connect` asks for besides the token; `--account ID` is named `account`.

    Several providers may have one of the same name; the help of the first one is shown.
    """

    name: str
    metavar: str
    help: str


SERVER_URL = ApiOption("url", "ADDRESS", "the address of your server")
"""The option of a provider whose users have servers of their own, see `sources.addresses`."""


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


class WebhookMessage(NamedTuple):
    """A message and the chat that it belongs to."""

    chat: SourceChat
    message: Message


class Provisional(NamedTuple):
    """A message that another body may say more about; `kind` is what it is kept as until then."""

    kind: str
    message: WebhookMessage


@dataclass(frozen=True, slots=True)
class WebhookContent:
    """What the body of one webhook brings, in its order.

    `unknown` names the kinds of what was not understood; such a body is kept. The ledger keeps
    `facts` together with the messages. `provisional` messages are taken if nothing more comes of
    them within a day; `resolves` is the kind of those that this body says more about. `failed` says
    why messages of ours, by their ids, were not delivered. `reports` are of the provider itself.
    """

    messages: tuple[WebhookMessage, ...] = ()
    unknown: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    provisional: tuple[Provisional, ...] = ()
    resolves: str = ""
    failed: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[SourceReport, ...] = ()


HookReader = Callable[[Json, Recall], WebhookContent]
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
    question. Without it such a question gets 404. `cleaned` returns a body as it may be kept,
    where the sender puts secrets of its own into it.
    """

    path: str
    proof: Proof | None = None
    challenge: Callable[[Mapping[str, str]], str | None] | None = None
    cleaned: Callable[[bytes], bytes] | None = None


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

    def kept(self, name: str) -> Secret | None:
        """Return the secret that a provider gave when webhooks were registered, None without."""
        ...

    def keep(self, name: str, secret: Secret) -> None:
        """Keep a secret that the provider of that name gave, with the tokens."""
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
        return variable_name(self.name, option)


def variable_name(provider: str, option: str) -> str:
    """Return the name of a provider's option in the environment."""
    return f"WASF_{provider}_{option}".upper()


class UnusableProvider(NamedTuple):
    """A provider of another distribution that cannot be loaded, and why."""

    name: str
    error: WasfError
