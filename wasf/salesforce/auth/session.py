"""A sign-in whose tokens are renewed when Salesforce no longer accepts them.

With rotation the old refresh token dies as the new one is made, and showing the dead one again ends
the whole sign-in. So only one process renews at a time, it first looks whether another one has just
done so, and new tokens are used only after they were kept and read back.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from wasf.core.auth import Profile, Secret, SignInKind, Tokens
from wasf.errors import NotConnected
from wasf.interfaces import TokenStore
from wasf.salesforce.connection import Connection

# --- session


Renewal = Callable[[Tokens], Tokens]
"""Asks Salesforce for new tokens with the help of those that are kept. Raises a `WasfError`."""

Lock = Callable[[], AbstractContextManager[None]]
"""Keeps other processes from renewing the same tokens."""


class Session:
    """An `Access` with tokens: `first` gives those to begin with, `following` their successors.

    A sign-in that ended stays ended: it is not tried again for every request.
    """

    def __init__(self, first: Callable[[], Tokens], following: Callable[[Tokens], Tokens]) -> None:
        self._first = first
        self._following = following
        self._threads = threading.Lock()
        self._tokens: Tokens | None = None
        self._ended: NotConnected | None = None

    def current(self) -> Connection:
        """See `Access`."""
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


def fresh_session(obtain: Callable[[], Tokens]) -> Session:
    """Tokens that are asked for anew in each run and kept nowhere."""
    return Session(obtain, lambda _: obtain())


def kept_session(profile: Profile, store: TokenStore, renewal: Renewal, lock: Lock) -> Session:
    """Tokens that are kept in a store and renewed there."""

    def kept() -> Tokens:
        tokens = store.read(profile.name)
        if tokens is None:
            raise _signed_out(profile.name)
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
    """Do it in another thread, where no signal can cut it off between the answer and the store."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()


def _connection(tokens: Tokens) -> Connection:
    return Connection(tokens.instance_url, tokens.access_token)


def _signed_out(profile: str) -> NotConnected:
    return NotConnected(
        f"The tokens of the sign-in {profile} are not here any more.",
        f"Sign in again: wasf connect {profile}. What waits is kept.",
    )


# --- profile_access
# How each kind of sign-in gets its tokens.


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What is kept on this machine for a profile; each is asked for only if its kind needs it.

    `key` gives the private key that assertions are signed with, `client_secret` the app's secret.
    """

    store: Callable[[], TokenStore]
    lock: Lock
    key: Callable[[], Secret]
    client_secret: Callable[[], Secret]


def access_for(profile: Profile, context: SessionContext) -> Session:
    """The profile's `Access`. Nothing is asked or read before its first use."""
    from wasf.salesforce.auth import oauth, sf_cli

    match profile.kind:
        case SignInKind.WEB:
            renewal = partial(oauth.refresh, profile)
            return kept_session(profile, context.store(), renewal, context.lock)
        case SignInKind.JWT:
            return fresh_session(
                lambda: oauth.jwt_bearer(
                    profile.login_url, profile.client_id, profile.username, context.key()
                )
            )
        case SignInKind.CLIENT_CREDENTIALS:
            return fresh_session(
                lambda: oauth.client_credentials(
                    profile.login_url, profile.client_id, context.client_secret()
                )
            )
        case SignInKind.SF_CLI:
            return fresh_session(lambda: sf_cli.sf_tokens(profile.sf_alias))
        case _:
            assert_never(profile.kind)
