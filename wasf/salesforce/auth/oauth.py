"""Salesforce's token endpoint: a code, a key or a secret in, tokens out; revocation and refusals.

Salesforce gives an error code and a description. The description tells causes apart; it is read
here and never shown.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from wasf.core.auth import Profile, Secret, Tokens
from wasf.errors import BadSetting, NotConnected, TryLater, Unreachable, WasfError, WrongUsage
from wasf.interfaces import Json
from wasf.retry import Timeouts
from wasf.salesforce.api import only_our_errors, parsed
from wasf.salesforce.api import post_form as send_form
from wasf.salesforce.connection import is_shared, org_url
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


# --- Refusals -------------------------------------------------------------------------------------


_SHOWN: Final = re.compile(r"[A-Za-z_]{1,40}")
_WAIT: Final = "A new app, or a change to one, takes Salesforce about ten minutes."
_AGAIN: Final = "Sign in again: wasf connect. What waits stays here until then."


class _Meaning(NamedTuple):
    """Any of `words` (lower case) in the code or the description means `kind` with this text."""

    words: str
    kind: Callable[[str, str], WasfError]
    message: str
    hint: str


_MEANINGS: Final = (
    _Meaning(
        "redirect_uri",
        BadSetting,
        "The app in Salesforce does not know the callback address that wasf used.",
        "Add all callback addresses that `wasf help app` names, letter by letter.",
    ),
    _Meaning(
        "access_denied access-denied",
        NotConnected,
        "The sign-in was declined in the browser.",
        "Run wasf connect again and choose Allow.",
    ),
    _Meaning(
        "invalid_client_id client_identifier_invalid oauth_invalid_client_id",
        BadSetting,
        "Salesforce does not know this client id here.",
        f"Check the Consumer Key, and whether the app lives in this org (a sandbox has its own:"
        f" --sandbox or --domain). {_WAIT}",
    ),
    _Meaning(
        "must_be_installed not_installed oauth_ec_app_not_found approval_error_generic",
        NotConnected,
        "The app is not installed in this org, or not for this user.",
        "An administrator installs it, or makes one in this org: wasf help app.",
    ),
    _Meaning(
        "app_blocked blocked_by_admin",
        NotConnected,
        "An administrator has blocked the app.",
        "Ask an administrator to unblock it: Setup, Connected Apps OAuth Usage.",
    ),
    _Meaning(
        "no_client_credentials_user",
        NotConnected,
        "The app has no user to run as.",
        "An administrator sets one: the app's Policies, Client Credentials Flow, Run As.",
    ),
    _Meaning(
        "hasn't_approved",
        NotConnected,
        "This user has not approved the app.",
        "An administrator sets the app's Permitted Users to 'Admin approved users are"
        " pre-authorized' and adds the user's profile or permission set.",
    ),
    _Meaning(
        "not_admin_approved invalid_app_access",
        NotConnected,
        "This user may not use the app.",
        "An administrator adds the user's profile or a permission set to the app's Policies.",
    ),
    _Meaning(
        "audience",
        BadSetting,
        "Salesforce did not accept the address that the assertion is for.",
        "Name the org's own address: wasf connect --domain YOURS.my.salesforce.com.",
    ),
    _Meaning(
        "ip_restricted",
        NotConnected,
        "Salesforce does not allow a sign-in from this machine's network.",
        "An administrator relaxes the app's IP restrictions or adds this network.",
    ),
    _Meaning(
        "inactive_user",
        NotConnected,
        "The Salesforce user is not active.",
        "Ask an administrator, or connect as another user: wasf connect.",
    ),
    _Meaning(
        "inactive_org org_is_not_active",
        NotConnected,
        "This org is not active: it is locked, or has ended.",
        "Ask an administrator of the org.",
    ),
    _Meaning(
        "rate_limit login_rate", TryLater, "Too many sign-ins in a short time.", "Try again later."
    ),
    _Meaning(
        "retry_your_request",
        TryLater,
        "Salesforce cannot sign anybody in at the moment.",
        "Try again in a few minutes; the sign-in stays.",
    ),
    _Meaning(
        "refresh_token_flow_not_enabled",
        NotConnected,
        "The app does not let a sign-in last.",
        "An administrator adds to the app's OAuth scopes: Perform requests at any time"
        " (refresh_token, offline_access). See wasf help app. Then: wasf connect.",
    ),
    _Meaning(
        "unsupported_grant_type",
        NotConnected,
        "The app does not allow this way to sign in.",
        "An administrator switches it on in the app: wasf help app.",
    ),
    _Meaning(
        "expired_authorization_code",
        NotConnected,
        "The code had been used already, or came too late.",
        "Start again: wasf connect.",
    ),
    _Meaning(
        "expired_access/refresh_token",
        NotConnected,
        "The sign-in is no longer valid: it was revoked, was idle too long, or was replaced.",
        _AGAIN,
    ),
    _Meaning(
        "assertion",
        BadSetting,
        "Salesforce did not accept the signed assertion.",
        "Check that the key belongs to the certificate in the app, and this machine's clock.",
    ),
    _Meaning(
        "code_verifier code_challenge",
        NotConnected,
        "The code belongs to another sign-in.",
        "Start again: wasf connect.",
    ),
    _Meaning(
        "invalid_scope",
        BadSetting,
        "The app does not allow the scopes api and refresh_token.",
        "An administrator adds both to the app's OAuth scopes.",
    ),
    _Meaning(
        "invalid_client",
        BadSetting,
        "Salesforce wants the app's secret, or another one than it was given.",
        "Give it with --client-secret-file FILE, or switch 'Require secret' off in the app.",
    ),
    _Meaning("invalid_grant", NotConnected, "Salesforce refused the sign-in.", _AGAIN),
)


def at_sign_in(error: str, description: str) -> WasfError:
    """Return what an error of the callback, of an error page or of the token endpoint means."""
    said = re.sub(r"[\s+]+", "_", f"{error} {description}".lower())
    for words, kind, message, hint in _MEANINGS:
        if any(word in said for word in words.split(" ")):
            return kind(message, hint)
    named = f" ({error})" if _SHOWN.fullmatch(error) else ""
    return NotConnected(f"Salesforce refused the sign-in{named}.", "Start again: wasf connect.")
