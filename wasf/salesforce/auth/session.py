"""The tokens of a sign-in, renewed when Salesforce no longer accepts them.

With rotation the old refresh token is invalid as soon as there is a new one, and using it again
ends the whole sign-in. So one process renews at a time: it first looks whether another one has just
done so, and it uses new tokens only after they were kept and read back.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, assert_never

from wasf import late_modules
from wasf.core.auth import Profile, Secret, SignInKind, Tokens
from wasf.errors import NotConnected
from wasf.interfaces import TokenStore
from wasf.salesforce.connection import Connection
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.salesforce.auth import oauth, sf_cli
else:  # a run with a token from the environment needs neither
    oauth, sf_cli = late_modules(__package__, "oauth", "sf_cli")

Renewal = Callable[[Tokens], Tokens]
"""Asks Salesforce for the tokens that follow the kept ones. Raise a `WasfError`."""

Lock = Callable[[], AbstractContextManager[None]]
"""Keeps other processes from renewing the same tokens."""


class Session:
    """An `Access` with tokens: `first` returns those to begin with, `following` their successors.

    A sign-in that has ended is not tried again for every request.
    """

    def __init__(self, first: Callable[[], Tokens], following: Callable[[Tokens], Tokens]) -> None:
        self._first = first
        self._following = following
        self._threads = threading.Lock()
        self._tokens: Tokens | None = None
        self._ended: NotConnected | None = None

    def current(self) -> Connection:
        with self._threads:
            return _connection(self._known())

    def renew(self, refused: Connection) -> Connection | None:
        """See `Access`; None if the very same token comes again."""
        with self._threads:
            tokens = self._known()
            if _connection(tokens) == refused:
                self._tokens = tokens = self._followed(tokens)
            renewed = _connection(tokens)
        return None if renewed == refused else renewed

    def _known(self) -> Tokens:
        if self._tokens is None:
            self._tokens = self._first()
        return self._tokens

    def _followed(self, tokens: Tokens) -> Tokens:
        if self._ended is not None:
            raise self._ended
        try:
            return self._following(tokens)
        except NotConnected as error:
            self._ended = error
            raise


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What this machine keeps for a profile. Only what its kind of sign-in needs is read.

    `key` returns the private key that signs assertions, `client_secret` the app's secret.
    """

    store: Callable[[], TokenStore]
    lock: Lock
    key: Callable[[], Secret]
    client_secret: Callable[[], Secret]


def access_for(profile: Profile, context: SessionContext) -> Session:
    """Return the profile's `Access`. Nothing is asked or read before its first use."""
    # They load subprocess and more, which a run with a token from the environment does not need.

    match profile.kind:
        case SignInKind.WEB:
            renewal = partial(oauth.refresh, profile)
            return kept_session(profile, context.store(), renewal, context.lock)
        case SignInKind.JWT:
            return fresh_session(
                lambda: oauth.OAuth(profile.login_url, profile.client_id).jwt_bearer(
                    profile.username, context.key()
                )
            )
        case SignInKind.CLIENT_CREDENTIALS:
            return fresh_session(
                lambda: oauth.OAuth(
                    profile.login_url, profile.client_id, context.client_secret()
                ).client_credentials()
            )
        case SignInKind.SF_CLI:
            return fresh_session(lambda: sf_cli.sf_tokens(profile.sf_alias))
        case _:
            assert_never(profile.kind)


def fresh_session(obtain: Callable[[], Tokens]) -> Session:
    """Return a session whose tokens are asked for in each run and kept nowhere."""
    return Session(obtain, lambda _: obtain())


def kept_session(profile: Profile, store: TokenStore, renewal: Renewal, lock: Lock) -> Session:

    def kept() -> Tokens:
        tokens = store.read(profile.name)
        if tokens is None:
            raise NotConnected(
                f"The tokens of the sign-in {profile.name} are not here any more.",
                f"Sign in again: wasf connect {profile.name}. What waits is kept.",
            )
        return tokens

    def renewed(refused: Tokens) -> Tokens:
        with lock():
            tokens = kept()
            if _connection(tokens) != _connection(refused):
                return tokens  # another run has just renewed them
            store.check()  # before the old ones are spent
            new = renewal(tokens)
            store.write(profile.name, new)
            return new

    return Session(kept, lambda refused: _to_its_end(lambda: renewed(refused)))


def _to_its_end(work: Callable[[], Tokens]) -> Tokens:
    """Call `work` in another thread: no signal interrupts it between the answer and the store."""
    # heavy: loaded when tokens are renewed
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()


def _connection(tokens: Tokens) -> Connection:
    return Connection(tokens.instance_url, tokens.access_token)
