"""The tokens of a sign-in for a run: renewed when Salesforce refuses them, and whose they are.

With rotation the old refresh token is invalid as soon as there is a new one, and using it again
ends the whole sign-in. So one process renews at a time: it first looks whether another one has just
done so, and it uses new tokens only after they were kept and read back.

The installed Salesforce CLI is asked for its tokens; its files are never read. Who is signed in is
asked with the token itself, as a sync uses it.
"""

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from wasf import late_modules
from wasf.core.auth import Identity, Profile, Secret, SignInKind, Tokens, without_secrets
from wasf.errors import NotConnected, TryLater
from wasf.interfaces import Json, TokenStore
from wasf.salesforce.api import (
    ApiBudget,
    Object,
    Query,
    RequestFailed,
    RestClient,
    as_object,
    condition,
    flag,
    identity_in,
    only_our_errors,
    parsed,
    run_queries,
    select,
    text,
)
from wasf.salesforce.connection import Connection, checked_url
from wasf.values import dataclass

if TYPE_CHECKING:
    import shutil
    import subprocess

    from wasf.salesforce.auth import oauth
else:  # a run with a token from the environment needs none of them
    (oauth,) = late_modules(__package__, "oauth")
    shutil, subprocess = late_modules("", "shutil", "subprocess")

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
            return fresh_session(lambda: sf_tokens(profile.sf_alias))
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


# --- The Salesforce CLI ---------------------------------------------------------------------------


_SECONDS: Final = 120.0
_QUIET: Final = {
    "NO_COLOR": "1",
    "SF_AUTOUPDATE_DISABLE": "true",
    "SF_DISABLE_TELEMETRY": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
}


def sf_tokens(alias: str) -> Tokens:
    """Return the tokens of an org that the Salesforce CLI is signed in to; the CLI renews them.

    Raise `NotConnected` if there is no such CLI or sign-in, `TryLater` if it takes over 120 s.
    """
    found = _asked(["org", "display", "--target-org", alias, "--json"])
    token = _text(found, "accessToken")
    if "!" not in token:  # newer releases leave it out here, and say so in its place
        shown = _asked(["org", "auth", "show-access-token", "--target-org", alias, "--json"])
        token = _text(shown, "accessToken")
    instance_url = _text(found, "instanceUrl")
    if not token or not instance_url:
        raise _no_sign_in()
    return Tokens(Secret(token), None, None, checked_url(instance_url), datetime.now(UTC))


def _asked(arguments: Sequence[str]) -> Object:
    """Return the `result` that the CLI prints."""
    program = shutil.which("sf")
    if program is None:
        raise NotConnected(
            "The Salesforce CLI (sf) is not installed, or not on the PATH.",
            "Sign in by the browser instead: wasf connect",
        )
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env=without_secrets(os.environ) | _QUIET,
        )
    except subprocess.TimeoutExpired:
        raise TryLater("The Salesforce CLI (sf) does not end.", "Try it by itself.") from None
    except OSError:
        raise _no_sign_in() from None
    if done.returncode != 0:
        raise _no_sign_in()
    return _result(done.stdout)


def _result(printed: bytes) -> Object:
    try:
        answer: Json = parsed(printed)
        return as_object(as_object(answer, "the answer").get("result"), "its result")
    except (ValueError, RequestFailed):
        raise _no_sign_in() from None


def _text(holder: Object, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _no_sign_in() -> NotConnected:
    return NotConnected(
        "The Salesforce CLI (sf) has no valid sign-in under that name.",
        "See what it has: sf org list. Sign in there: sf org login web --alias NAME",
    )


# --- Who is signed in -----------------------------------------------------------------------------


ORGANIZATION: Final = Query(select(("Name", "IsSandbox"), "Organization"))


def whoami(connection: Connection) -> Identity:
    """Return the user and the org, in three calls. Raise a `WasfError` if the token may not ask."""
    with only_our_errors():
        return read_identity(RestClient(connection, ApiBudget()))


def read_identity(client: RestClient) -> Identity:
    """Return the same by an existing client. Raise `RequestFailed` or a `WasfError`."""
    org_id, user_id = identity_in(client.read(""))
    user = _the_row(run_queries(client, [user_by_id(user_id)]))
    org = _the_row(run_queries(client, [ORGANIZATION]))
    return Identity(
        username=text(user, "Username"),
        name=text(user, "Name"),
        user_id=user_id,
        org_id=org_id,
        org_name=text(org, "Name"),
        is_sandbox=flag(org, "IsSandbox"),
    )


def user_by_id(user_id: str) -> Query:
    """Return the query for one user's names."""
    return Query(select(("Username", "Name"), "User"), (condition("Id", "=", user_id),))


def _the_row(rows: list[Object]) -> Object:
    if not rows:
        raise NotConnected(
            "Salesforce does not say who signed in.",
            "Ask an administrator whether this user may see users and the company's information.",
        )
    return rows[0]
