"""The chat APIs that wasf is connected to: connect one, open it, check it, forget it.

A connection is an address, a token and the options of the provider. `wasf connect NAME` proves the
token and keeps all of it; the environment (`WASF_NAME_TOKEN`, `WASF_NAME_URL`) wins.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from wasf import late_modules
from wasf.core.auth import KnownWorkspace, Secret, StoreKind, Tokens
from wasf.errors import MissingFile, NotConnected, WasfError, WrongUsage
from wasf.interfaces import (
    ApiAccess,
    ApiConnection,
    ChatApi,
    ChatReading,
    Provider,
    Reached,
    ReadOptions,
    Recall,
    Source,
    TokenStore,
    Unreadable,
    UnusableProvider,
    Workspace,
)
from wasf.retry import RateLimiter
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.core import checks
    from wasf.core.checks import Check
else:  # loaded for `wasf doctor`
    (checks,) = late_modules("wasf.core", "checks")

_URL: Final = "url"


class WorkspaceStore(Protocol):
    """Keeps what is known of connections, without their tokens, by the names of providers."""

    def get(self, name: str) -> KnownWorkspace | None:
        """Return the workspace that is connected, None if there is none."""
        ...

    def put(self, name: str, known: KnownWorkspace) -> None:
        """Keep a workspace."""
        ...

    def remove(self, name: str) -> None:
        """Forget a workspace."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectedWorkspace:
    """A workspace that was connected; `place` says where its token is, `url` is the address."""

    provider: Provider
    workspace: Workspace
    place: str
    url: str


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """A `Source` in the place of a chat API that cannot be read: it says why, the others go on."""

    kind: str
    error: WasfError

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield the error."""
        yield Unreadable(self.kind, self.error)


class OpenedApi(NamedTuple):
    """A chat API that is connected, or why it cannot be read."""

    name: str
    api: ChatApi | WasfError

    def source(self, recall: Recall, options: ReadOptions) -> Source:
        """Return its chats."""
        if isinstance(self.api, WasfError):
            return BrokenSource(self.name, self.api)
        return self.api.source(recall, options)


class ChatApis:
    """The chat APIs in one environment; each is opened once.

    `store` opens the token store of a kind, `limiter` makes the rate limiter of a provider.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        workspaces: WorkspaceStore,
        store: Callable[[StoreKind], TokenStore],
        limiter: Callable[[Provider], RateLimiter],
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._workspaces = workspaces
        self._store = store
        self._limiter = limiter
        self._clock = clock
        self._opened: dict[str, ChatApi] = {}

    def known(self, provider: Provider) -> KnownWorkspace | None:
        """Return the workspace that is kept for a provider, None if there is none."""
        return self._workspaces.get(provider.name)

    def given_token(self, provider: Provider) -> str:
        """Return the token that the environment gives, "" if it gives none."""
        return self._environment.get(provider.variable("token"), "")

    def opened(self, provider: Provider) -> ChatApi | None:
        """Return the API if it is connected, or the environment has its token; else None.

        Raise `NotConnected` if the token that was kept is gone.
        """
        if provider.name not in self._opened:
            api = self._open(provider)
            if api is None:
                return None
            self._opened[provider.name] = api
        return self._opened[provider.name]

    def _open(self, provider: Provider) -> ChatApi | None:
        if provider.api is None:
            return None
        known = self.known(provider)
        if token := self.given_token(provider):
            return provider.api.open(self._connection(provider, Secret(token), {}, known))
        if known is None:
            return None
        kept = self._store(known.token_store).read(_token_name(provider))
        if kept is None:
            raise NotConnected(f"The token of {provider.title} is gone.", _how(provider))
        return provider.api.open(self._connection(provider, kept.access_token, {}, known))

    def connected(
        self, providers: Iterable[Provider | UnusableProvider], *, tolerant: bool = False
    ) -> list[OpenedApi]:
        """Return those that are connected, and those that cannot be loaded.

        Raise as `opened`; if `tolerant`, such an error stands in the place of the API.
        """
        found = []
        for one in providers:
            if isinstance(one, UnusableProvider):
                found.append(OpenedApi(one.name, one.error))
                continue
            try:
                api = self.opened(one)
            except WasfError as error:
                if not tolerant:
                    raise
                found.append(OpenedApi(one.name, error))
            else:
                found += [OpenedApi(one.name, api)] if api else []
        return found

    def read_file(self, provider: Provider, place: str, largest: int) -> bytes:
        """Return the file of a message, see `ChatApi`. Raise `MissingFile` without a connection."""
        api = self.opened(provider)
        if api is None:
            raise MissingFile(f"it is at {provider.title}, and wasf is not connected to it")
        return api.read_file(place, largest)

    def connect(
        self, provider: Provider, token: Secret, options: Mapping[str, str], kind: StoreKind
    ) -> ConnectedWorkspace:
        """Prove a token on its workspace, then keep it in a store of that kind.

        `options` are those of the command line; the environment, what is kept and the provider's
        usual address stand in for those that it leaves out.
        """
        known = self.known(provider)
        connection = self._connection(provider, token, options, known)
        found = _access(provider).open(connection).workspace()
        store, name = self._store(kind), _token_name(provider)
        store.write(name, Tokens(token, None, None, connection.url, self._clock()))
        said = {option: value for option, value in connection.options.items() if value}
        self._workspaces.put(provider.name, KnownWorkspace(connection.url, found.name, kind, said))
        if known is not None and known.token_store is not kind:
            self._store(known.token_store).delete(name)
        return ConnectedWorkspace(provider, found, store.place, connection.url)

    def disconnect(self, provider: Provider) -> KnownWorkspace:
        """Forget a token, and return what it was for. It stays valid at the provider."""
        known = self.known(provider)
        if known is None:
            raise not_connected(provider)
        self._store(known.token_store).delete(_token_name(provider))
        self._workspaces.remove(provider.name)
        return known

    def check(self, provider: Provider) -> "Check | None":
        """Return whether a chat API answers, None if it is not connected."""
        try:
            api = self.opened(provider)
            if api is None:
                return None
            return checks.ok(provider.name, f"{provider.title} answers: {api.workspace().name}.")
        except WasfError as error:
            return checks.failed(provider.name, error)

    def _connection(
        self,
        provider: Provider,
        token: Secret,
        given: Mapping[str, str],
        known: KnownWorkspace | None,
    ) -> ApiConnection:
        access = _access(provider)
        kept = {_URL: known.url, **known.options} if known else {}
        values = {
            name: given.get(name)
            or self._environment.get(provider.variable(name))
            or kept.get(name, "")
            for name in (_URL, *(option.name for option in access.options))
        }
        url = values.pop(_URL) or access.url
        if not url:
            raise WrongUsage(
                f"wasf does not know the address of your {provider.title}.",
                f"wasf connect {provider.name} --url ADDRESS",
            )
        return ApiConnection(url, token, self._limiter(provider), values)


def not_connected(provider: Provider) -> NotConnected:
    """Return the error for a provider that is named and not connected."""
    return NotConnected(f"wasf is not connected to {provider.title}.", _how(provider))


def _how(provider: Provider) -> str:
    return f"wasf connect {provider.name}"


def _token_name(provider: Provider) -> str:
    """Return the name of the token in a store; no sign-in to Salesforce can have it."""
    return f"@{provider.name}"


def _access(provider: Provider) -> ApiAccess:
    if provider.api is None:
        raise WrongUsage(
            f"{provider.title} has nothing to connect to: it delivers webhooks.",
            "wasf listen receives them.",
        )
    return provider.api
