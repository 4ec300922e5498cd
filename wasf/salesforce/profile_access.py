"""How each kind of sign-in gets its tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from wasf.core.auth import Profile, Secret, SignInKind
from wasf.interfaces import TokenStore
from wasf.salesforce.session import Lock, Session, fresh_session, kept_session


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept on this machine for a profile; each is asked for only if its kind needs it.

    `key` gives the private key that assertions are signed with, `client_secret` the app's secret.
    """

    store: Callable[[], TokenStore]
    lock: Lock
    key: Callable[[], Secret]
    client_secret: Callable[[], Secret]


def access_for(profile: Profile, keeping: Keeping) -> Session:
    """The profile's `Access`. Nothing is asked or read before its first use."""
    from wasf.salesforce import oauth, sf_cli

    match profile.kind:
        case SignInKind.WEB:
            renewal = partial(oauth.refresh, profile)
            return kept_session(profile, keeping.store(), renewal, keeping.lock)
        case SignInKind.JWT:
            return fresh_session(
                lambda: oauth.jwt_bearer(
                    profile.login_url, profile.client_id, profile.username, keeping.key()
                )
            )
        case SignInKind.CLIENT_CREDENTIALS:
            return fresh_session(
                lambda: oauth.client_credentials(
                    profile.login_url, profile.client_id, keeping.client_secret()
                )
            )
        case SignInKind.SF_CLI:
            return fresh_session(lambda: sf_cli.tokens_of(profile.sf_alias))
        case _:
            assert_never(profile.kind)
