"""Salesforce's token endpoint: a code, a key or a secret in, tokens out; and their revocation."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from wasf.core.auth import Profile, Secret, Tokens
from wasf.errors import BadSetting, NotConnected, Unreachable, WasfError, WrongUsage
from wasf.interfaces import Json
from wasf.retry import Timeouts
from wasf.salesforce.api import only_our_errors, parsed
from wasf.salesforce.api import post_form as send_form
from wasf.salesforce.auth.authorize import is_shared, org_url
from wasf.salesforce.auth.errors import at_sign_in
from wasf.values import dataclass

TIMEOUTS: Final = Timeouts(connect=10.0, read=30.0)

_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFE: Final = timedelta(minutes=3)  # Salesforce takes five at most; clocks differ
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,8192}")
_IDENTITY: Final = re.compile(r"https?://[^/?#\s]+/id/[A-Za-z0-9]{15,18}/[A-Za-z0-9]{15,18}")


@dataclass(frozen=True, slots=True)
class OAuth:
    """The token endpoint of one login host, for one app. All methods raise a `WasfError`:

    `NotConnected` if the person or Salesforce says no, `BadSetting` if the app or what it was asked
    with is wrong, `Unreachable` if no usable answer came.
    """

    login_url: str
    client_id: str
    client_secret: Secret | None = None
    timeouts: Timeouts = TIMEOUTS

    def exchange_code(self, code: Secret, verifier: Secret, redirect_uri: str) -> Tokens:
        """Return the tokens for the code that the browser brought. A code can be used once."""
        return self._tokens(
            grant_type="authorization_code",
            code=code.reveal(),
            code_verifier=verifier.reveal(),
            redirect_uri=redirect_uri,
        )

    def refresh(self, refresh_token: Secret) -> Tokens:
        """Return a new access token.

        With rotation there is a new refresh token, too, and the old one is invalid; else it is None
        and the old one stays valid.
        """
        return self._tokens(grant_type="refresh_token", refresh_token=refresh_token.reveal())

    def jwt_bearer(self, username: str, key: Secret) -> Tokens:
        """Return tokens for a user who approved the app beforehand; `key` is PEM."""
        assertion = _signed(self.client_id, username, self.login_url, key)
        return self._ask({"grant_type": _JWT_GRANT, "assertion": assertion})

    def client_credentials(self) -> Tokens:
        """Return tokens for the user that the app runs as; only at an org's own address."""
        if self.client_secret is None:
            raise WrongUsage(
                "This way of signing in needs the app's secret.", "--client-secret-file FILE"
            )
        if is_shared(self.login_url):
            raise WrongUsage(
                "This way of signing in works only at the org's own address.",
                "--domain YOURS.my.salesforce.com",
            )
        return self._tokens(grant_type="client_credentials")

    def revoke(self, token: Secret) -> bool:
        """Make a token invalid; with a refresh token, its access tokens too.

        Return whether Salesforce knew it.
        """
        response = post_form(self._url("revoke"), {"token": token.reveal()}, self.timeouts)
        return response.status == 200

    def _tokens(self, **form: str) -> Tokens:
        own = {"client_id": self.client_id}
        if self.client_secret is not None:
            own["client_secret"] = self.client_secret.reveal()
        return replace(self._ask(form | own), client_secret=self.client_secret)

    def _ask(self, form: Mapping[str, str]) -> Tokens:
        response = post_form(self._url("token"), form, self.timeouts)
        if response.status != 200:
            raise _refused(response)
        return _read_tokens(response.value, self.login_url)

    def _url(self, name: str) -> str:
        return f"{self.login_url}/services/oauth2/{name}"


def refresh(profile: Profile, tokens: Tokens) -> Tokens:
    """Return the tokens that follow a profile's; what Salesforce does not replace stays.

    Raise `NotConnected` if there is no refresh token, else as `OAuth` does.
    """
    if tokens.refresh_token is None:
        raise at_sign_in("invalid_grant", "expired access/refresh token")
    oauth = OAuth(profile.login_url, profile.client_id, tokens.client_secret)
    new = oauth.refresh(tokens.refresh_token)
    return replace(new, refresh_token=new.refresh_token or tokens.refresh_token)


class EndpointResponse(NamedTuple):
    """The HTTP status and the JSON of an answer; None where it has none."""

    status: int
    value: Json


def post_form(url: str, form: Mapping[str, str], timeouts: Timeouts) -> EndpointResponse:
    """Send a form to a sign-in address, once; a redirect is not followed.

    Raise `Unreachable` if no whole answer came.
    """
    with only_our_errors():
        status, body = send_form(url, form, timeouts)
    if status >= 500 or 300 <= status < 400:
        raise Unreachable(
            f"Salesforce cannot sign anybody in at the moment (HTTP {status}).",
            "Check the address; a proxy or maintenance may have answered. Try again later.",
        )
    try:
        return EndpointResponse(status, parsed(body))
    except ValueError:
        return EndpointResponse(status, None)


def _signed(client_id: str, username: str, audience: str, key: Secret) -> str:
    """Return the assertion (RFC 7523), signed with RS256."""
    import jwt  # loads cryptography, which only this way to sign in needs

    expires = datetime.now(UTC) + _JWT_LIFE
    claims = {"iss": client_id, "sub": username, "aud": audience, "exp": expires}
    try:
        return jwt.encode(claims, key.reveal(), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise BadSetting(
            "The key file holds no private RSA key that can be read.",
            "It begins with -----BEGIN PRIVATE KEY----- and has no password.",
        ) from None


def _refused(response: EndpointResponse) -> WasfError:
    value = response.value if isinstance(response.value, dict) else {}
    error, description = value.get("error"), value.get("error_description")
    if response.status == 429:
        return at_sign_in("rate_limit_exceeded", "")
    if not isinstance(error, str):
        return _not_understood()
    return at_sign_in(error, description if isinstance(description, str) else "")


def _read_tokens(value: Json, login_url: str) -> Tokens:
    """Return the tokens in an answer. Raise `Unreachable` if Salesforce does not answer so."""
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
    issued = _issued(texts.get("issued_at", ""))
    return Tokens(Secret(access), Secret(refresh) if refresh else None, None, instance_url, issued)


def _issued(milliseconds: str) -> datetime:
    """Return the time of issue in UTC; now, if the answer has none."""
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def _not_understood() -> Unreachable:
    return Unreachable(
        "The sign-in address gave an answer that is not as Salesforce answers.",
        "Check the address; a proxy or maintenance may have answered. Try again later.",
    )
