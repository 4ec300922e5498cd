"""Salesforce's token endpoint: a code, a key or a secret in, tokens out; and their revocation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from wasf.core.auth import Grant, Profile, Secret, Tokens
from wasf.errors import BadSetting, NotConnected, Unreachable, WasfError, WrongUsage
from wasf.interfaces import Json
from wasf.retry import Timeouts
from wasf.salesforce.api import only_our_errors, parsed
from wasf.salesforce.api import post_form as send_form
from wasf.salesforce.auth.errors import at_sign_in
from wasf.salesforce.auth.hosts import is_shared, org_url

# --- endpoint
# One request to a sign-in address: bounded, never redirected, its answer checked.


TIMEOUTS: Final = Timeouts(connect=10.0, read=30.0)


class Said(NamedTuple):
    """An answer: its HTTP status and its JSON, None where it has none."""

    status: int
    value: Json


def post_form(url: str, form: Mapping[str, str], timeouts: Timeouts = TIMEOUTS) -> Said:
    """Send a form, once. Raises `Unreachable` if no whole answer came."""
    with only_our_errors():
        status, body = send_form(url, form, timeouts)
    if status >= 500 or 300 <= status < 400:
        raise Unreachable(
            f"Salesforce cannot sign anybody in at the moment (HTTP {status}).",
            "Check the address; a proxy or maintenance may have answered. Try again later.",
        )
    return Said(status, _json(body))


def _json(body: bytes) -> Json:
    try:
        return parsed(body)
    except ValueError:
        return None


# --- oauth


_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFE: Final = timedelta(minutes=3)  # Salesforce takes five at most; clocks differ
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,8192}")
_IDENTITY: Final = re.compile(r"https?://[^/?#\s]+/id/[A-Za-z0-9]{15,18}/[A-Za-z0-9]{15,18}")


@dataclass(frozen=True, slots=True)
class OAuth:
    """The token endpoint of one login host, for one app. All calls raise a `WasfError`:

    `NotConnected` if the person or Salesforce says no, `BadSetting` if the app or what it was asked
    with is wrong, `Unreachable` if no usable answer came.
    """

    login_url: str
    client_id: str
    client_secret: Secret | None = None
    timeouts: Timeouts = TIMEOUTS

    def exchange_code(self, code: Secret, verifier: Secret, redirect_uri: str) -> Grant:
        """Tokens for the code that came back from the browser. A code can be used once."""
        return self._granted(
            {
                "grant_type": "authorization_code",
                "code": code.reveal(),
                "code_verifier": verifier.reveal(),
                "redirect_uri": redirect_uri,
            }
        )

    def refresh(self, refresh_token: Secret) -> Grant:
        """A new access token; with rotation a new refresh token, too, and the old one is dead."""
        return self._granted(
            {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        )

    def jwt_bearer(self, username: str, key: Secret) -> Grant:
        """Tokens for a user who approved the app beforehand; `key` is the private key as PEM."""
        assertion = _signed(self.client_id, username, self.login_url, key)
        form = {"grant_type": _JWT_GRANT, "assertion": assertion}
        return self._asked("token", form, with_client=False)

    def client_credentials(self) -> Grant:
        """Tokens for the user that the app runs as; only at an org's own address."""
        if self.client_secret is None:
            raise WrongUsage(
                "This way of signing in needs the app's secret.", "--client-secret-file FILE"
            )
        if is_shared(self.login_url):
            raise WrongUsage(
                "This way of signing in works only at the org's own address.",
                "--domain YOURS.my.salesforce.com",
            )
        return self._granted({"grant_type": "client_credentials"})

    def revoke(self, token: Secret) -> bool:
        """Make a token worthless; a refresh token takes its access tokens along.

        False if Salesforce did not know it (any more).
        """
        said = post_form(self._url("revoke"), {"token": token.reveal()}, self.timeouts)
        return said.status == 200

    def _granted(self, form: Mapping[str, str]) -> Grant:
        return self._asked("token", form, with_client=True)

    def _asked(self, name: str, form: Mapping[str, str], *, with_client: bool) -> Grant:
        own = {"client_id": self.client_id} if with_client else {}
        if with_client and self.client_secret is not None:
            own["client_secret"] = self.client_secret.reveal()
        said = post_form(self._url(name), {**form, **own}, self.timeouts)
        if said.status != 200:
            raise _refused(said)
        return _grant(said.value, self.login_url)

    def _url(self, name: str) -> str:
        return f"{self.login_url}/services/oauth2/{name}"


def refresh(profile: Profile, tokens: Tokens) -> Tokens:
    """What a profile's refresh token gives; it and the app's secret stay unless they are replaced.

    Raises `NotConnected` if there is no refresh token, else as `OAuth` does.
    """
    if tokens.refresh_token is None:
        raise at_sign_in("invalid_grant", "expired access/refresh token")
    oauth = OAuth(profile.login_url, profile.client_id, tokens.client_secret)
    return as_tokens(
        oauth.refresh(tokens.refresh_token), tokens.client_secret, tokens.refresh_token
    )


def jwt_bearer(login_url: str, client_id: str, username: str, key_pem: Secret) -> Tokens:
    """Tokens by a signed assertion, see `OAuth.jwt_bearer`."""
    return as_tokens(OAuth(login_url, client_id).jwt_bearer(username, key_pem))


def client_credentials(login_url: str, client_id: str, client_secret: Secret) -> Tokens:
    """Tokens by the app's own secret, see `OAuth.client_credentials`."""
    return as_tokens(OAuth(login_url, client_id, client_secret).client_credentials(), client_secret)


def as_tokens(
    grant: Grant, client_secret: Secret | None = None, refresh_token: Secret | None = None
) -> Tokens:
    """What is to be kept of a grant; `refresh_token` is the one that holds if it brought none."""
    return Tokens(
        access_token=grant.access_token,
        refresh_token=grant.refresh_token or refresh_token,
        client_secret=client_secret,
        instance_url=grant.instance_url,
        issued_at=grant.issued_at,
    )


def _signed(client_id: str, username: str, audience: str, key: Secret) -> str:
    """The assertion (RFC 7523), signed with RS256."""
    import jwt  # loads cryptography

    expires = datetime.now(UTC) + _JWT_LIFE
    claims = {"iss": client_id, "sub": username, "aud": audience, "exp": expires}
    try:
        return jwt.encode(claims, key.reveal(), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise BadSetting(
            "The key file holds no private RSA key that can be read.",
            "It begins with -----BEGIN PRIVATE KEY----- and has no password.",
        ) from None


def _refused(said: Said) -> WasfError:
    value = said.value if isinstance(said.value, dict) else {}
    error, description = value.get("error"), value.get("error_description")
    if said.status == 429:
        return at_sign_in("rate_limit_exceeded", "")
    if not isinstance(error, str):
        return _not_understood()
    return at_sign_in(error, description if isinstance(description, str) else "")


def _grant(value: Json, login_url: str) -> Grant:
    """The tokens in an answer. Raises `Unreachable` if it is not as Salesforce answers."""
    if not isinstance(value, dict):
        raise _not_understood()
    texts = {name: text for name, text in value.items() if isinstance(text, str)}
    access, refresh = texts.get("access_token", ""), texts.get("refresh_token", "")
    identity = texts.get("id", "")
    if not _TOKEN.fullmatch(access) or (refresh and not _TOKEN.fullmatch(refresh)):
        raise _not_understood()
    if identity and not _IDENTITY.fullmatch(identity):
        raise _not_understood()
    try:
        instance_url = org_url(texts.get("instance_url", ""), login_url)
    except ValueError:
        raise NotConnected(
            "The sign-in came back with an org's address that is not Salesforce's.",
            "Check the address you sign in at, and whether a proxy stands in between.",
        ) from None
    return Grant(
        access_token=Secret(access),
        refresh_token=Secret(refresh) if refresh else None,
        instance_url=instance_url,
        issued_at=_issued(texts.get("issued_at", "")),
    )


def _issued(milliseconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def _not_understood() -> Unreachable:
    return Unreachable(
        "The sign-in address gave an answer that is not as Salesforce answers.",
        "Check the address; a proxy or maintenance may have answered. Try again later.",
    )
