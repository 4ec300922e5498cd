"""The token endpoint: an access token for a code, a refresh token, an assertion or a secret."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.types import Options

from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.oauth_apps import (
    NOT_ADMITTED,
    WRONG_REDIRECT,
    WRONG_SECRET,
    ConnectedApp,
    OAuthRefused,
    Refusal,
    check_set_up,
)
from wasf.demo.salesforce.oauth_grants import Grant, SignIns, end, new_access, user_named, username
from wasf.demo.salesforce.org import Org

# --- oauth_asking
# A request for a token: which app and which user it is for, and what keeps either out.


NOT_APPROVED = Refusal("invalid_grant", "user hasn't approved this consumer")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for a token, by its form and the addresses that the org has for the client.

    `base`: where it came in. `my_domain`: the org's own address, whatever the first was.
    """

    form: Mapping[str, str]
    base: str
    my_domain: str

    @property
    def at_login_host(self) -> bool:
        """Whether it came by the address that plays login.salesforce.com."""
        return self.base != self.my_domain


def the_app(
    sign_ins: SignIns, asking: Asking, *, secret_needed: bool | None = None
) -> ConnectedApp:
    """The app that asks, its secret checked where one came or is due. Raises OAuthRefused."""
    app = usable_app(sign_ins, asking.form.get("client_id", ""))
    given = asking.form.get("client_secret")
    due = app.require_secret if secret_needed is None else secret_needed
    if given is None and not due:
        return app
    if not hmac.compare_digest((given or "").encode(), app.secret.encode()):
        raise OAuthRefused(WRONG_SECRET)
    return app


def usable_app(sign_ins: SignIns, client_id: str) -> ConnectedApp:
    """The app, if its set-up lets anybody have a token from here. Raises OAuthRefused."""
    app = sign_ins.app(client_id)
    check_set_up(app)
    if app.trouble == "ip_restricted":
        raise OAuthRefused(Refusal("invalid_grant", "ip restricted"))
    return app


def check_user(org: Org, app: ConnectedApp, user: str) -> None:
    """Raises OAuthRefused for a user who is inactive or whom the app's policy keeps out."""
    if not (org.row(user) or {}).get("IsActive"):
        raise OAuthRefused(Refusal("inactive_user", "user is inactive"))
    if not app.admits(username(org, user)):
        raise OAuthRefused(NOT_ADMITTED)


def without_refresh(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes of a flow that gives no refresh token."""
    return tuple(s for s in scopes if s not in ("refresh_token", "offline_access"))


def basic_credentials(header: str) -> dict[str, str]:
    """Client id and secret from an Authorization header; empty when it holds none."""
    scheme, _, packed = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}


# --- oauth_tokens


JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SIGNING_KEY = secrets.token_bytes(32)

_NO_RUN_AS = Refusal("invalid_grant", "no client credentials user enabled")


def token_reply(org: Org, sign_ins: SignIns, asking: Asking) -> dict[str, Json]:
    """The answer with a token. Raises OAuthRefused."""
    match asking.form.get("grant_type"):
        case "authorization_code":
            grant, rotated = _by_code(org, sign_ins, asking), True
        case "refresh_token":
            grant, rotated = _by_refresh(org, sign_ins, asking)
        case "client_credentials":
            grant, rotated = _by_client(org, sign_ins, asking), False
        case str(kind) if kind == JWT_BEARER:
            grant, rotated = by_assertion(org, sign_ins, asking), False
        case _:
            raise OAuthRefused(Refusal("unsupported_grant_type", "grant type not supported"))
    return _reply(org, sign_ins, asking, grant, with_refresh=rotated)


def _reply(
    org: Org, sign_ins: SignIns, asking: Asking, grant: Grant, *, with_refresh: bool
) -> dict[str, Json]:
    identity = f"{asking.base}/id/{org.org_id}/{grant.user}"
    issued = _milliseconds(org.now())
    sign = hmac.new(_SIGNING_KEY, (identity + issued).encode(), hashlib.sha256).digest()
    reply: dict[str, Json] = {
        "access_token": new_access(org, grant),
        "signature": base64.b64encode(sign).decode(),
        "scope": " ".join(grant.scopes),
        "instance_url": sign_ins.instance_url or asking.my_domain,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }
    if with_refresh and grant.refresh_token:
        reply["refresh_token"] = grant.refresh_token
    return reply


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _by_code(org: Org, sign_ins: SignIns, asking: Asking) -> Grant:
    app = the_app(sign_ins, asking)
    code = sign_ins.take_code(asking.form.get("code", ""), org.now())
    if code.asked.client_id != app.client_id:
        raise OAuthRefused(Refusal("invalid_grant", "invalid authorization code"))
    if asking.form.get("redirect_uri") != code.asked.redirect_uri:
        raise OAuthRefused(WRONG_REDIRECT)
    _check_verifier(code.asked.challenge, asking.form.get("code_verifier", ""))
    check_user(org, app, code.user)
    return sign_ins.open_grant(org, app.client_id, code.user, code.asked.scopes)


def _check_verifier(challenge: str, verifier: str) -> None:
    if challenge and challenge_of(verifier) != challenge:
        raise OAuthRefused(Refusal("invalid_grant", "invalid code verifier"))


def challenge_of(verifier: str) -> str | None:
    """The S256 challenge of a verifier; None for what is none."""
    if not _VERIFIER.fullmatch(verifier):
        return None
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _by_refresh(org: Org, sign_ins: SignIns, asking: Asking) -> tuple[Grant, bool]:
    app = the_app(sign_ins, asking)
    grant = sign_ins.refreshable(org, app, asking.form.get("refresh_token", ""))
    check_user(org, app, grant.user)
    grant.refresh(rotate=app.rotation)
    return grant, app.rotation


def _by_client(org: Org, sign_ins: SignIns, asking: Asking) -> Grant:
    if asking.at_login_host:
        raise OAuthRefused(Refusal("invalid_grant", "request not supported on this domain"))
    app = the_app(sign_ins, asking, secret_needed=True)
    user = user_named(org, app.run_as) if app.run_as else None
    if user is None:
        raise OAuthRefused(_NO_RUN_AS)
    check_user(org, app, user)
    return sign_ins.open_grant(org, app.client_id, user, without_refresh(app.scopes))


# --- oauth_assertion
# The JWT bearer flow: an assertion signed with the key whose certificate the app holds.


LIFE = timedelta(minutes=5)  # an assertion may not end later than that
_CLOCKS = timedelta(seconds=30)  # clocks may differ by that

INVALID = Refusal("invalid_grant", "invalid assertion")
EXPIRED = Refusal("invalid_grant", "expired assertion")
AUDIENCE = Refusal("invalid_grant", "audience is invalid")


def by_assertion(org: Org, sign_ins: SignIns, asking: Asking) -> Grant:
    """A grant without refresh token for the user of a good assertion. Raises OAuthRefused."""
    assertion = asking.form.get("assertion", "")
    app = usable_app(sign_ins, _issuer(assertion))
    claims = _verified(assertion, app)
    _check_times(org, claims)
    if claims.get("aud") not in audiences(org, asking):
        raise OAuthRefused(AUDIENCE)
    user = user_named(org, str(claims.get("sub", "")))
    if user is None:
        raise OAuthRefused(NOT_APPROVED)
    check_user(org, app, user)
    if app.permitted_users == "all" and (app.client_id, user) not in sign_ins.approvals:
        raise OAuthRefused(NOT_APPROVED)
    return sign_ins.open_grant(org, app.client_id, user, without_refresh(app.scopes))


def audiences(org: Org, asking: Asking) -> tuple[str, ...]:
    """Whom an assertion may be meant for: Salesforce's login host, or the org's own address."""
    sandbox = (org.row(org.org_id) or {}).get("IsSandbox")
    host = "test" if sandbox else "login"
    return (f"https://{host}.salesforce.com", asking.my_domain, asking.base)


def _issuer(assertion: str) -> str:
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise OAuthRefused(INVALID) from None
    return str(claims.get("iss", ""))


def _verified(assertion: str, app: ConnectedApp) -> dict[str, object]:
    """The claims of an assertion that this app's key signed; its times are not looked at yet."""
    key = _public_key(app.certificate)
    if key is None:
        raise OAuthRefused(INVALID)
    unchecked: Options = {
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "verify_aud": False,
    }
    try:
        return jwt.decode(assertion, key, algorithms=["RS256"], options=unchecked)
    except jwt.InvalidTokenError:
        raise OAuthRefused(INVALID) from None


def _public_key(pem: str) -> RSAPublicKey | None:
    data = pem.encode()
    try:
        if "BEGIN CERTIFICATE" in pem:
            key = load_pem_x509_certificate(data).public_key()
        else:
            found = load_pem_public_key(data)
            return found if isinstance(found, RSAPublicKey) else None
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _check_times(org: Org, claims: dict[str, object]) -> None:
    """`exp` is needed, in seconds; not past, and not further off than Salesforce takes."""
    ends = claims.get("exp")
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        raise OAuthRefused(INVALID)
    left = ends - org.now().timestamp()
    if left < -_CLOCKS.total_seconds():
        raise OAuthRefused(EXPIRED)
    if left > (LIFE + _CLOCKS).total_seconds():
        raise OAuthRefused(INVALID)


# --- oauth_about
# What the org tells of a token and of who holds it; and the end of a token.


_SESSION = timedelta(hours=2)
_UNKNOWN = Refusal("unsupported_token_type", "this token type is not supported")


def revoke(org: Org, sign_ins: SignIns, token: str) -> None:
    """Ends a token: an access token alone, a refresh token with all that came from it.

    Raises OAuthRefused for what is no living token.
    """
    grant = sign_ins.find_refresh(token)
    if grant is not None and not grant.revoked:
        end(org, grant)
    elif token in org.tokens:
        del org.tokens[token]
    else:
        raise OAuthRefused(_UNKNOWN)


def introspect(org: Org, sign_ins: SignIns, asking: Asking) -> dict[str, Json]:
    """Whether a token of this app is alive, and whose it is. Raises OAuthRefused."""
    app = the_app(sign_ins, asking)
    token = asking.form.get("token", "")
    grant = sign_ins.find_access(token) or sign_ins.find_refresh(token)
    if grant is None or grant.client_id != app.client_id or not _alive(org, grant, token):
        return {"active": False}
    now = int(org.now().timestamp())
    found: dict[str, Json] = {
        "active": True,
        "scope": " ".join(grant.scopes),
        "client_id": grant.client_id,
        "username": username(org, grant.user),
        "sub": f"{asking.base}/id/{org.org_id}/{grant.user}",
        "token_type": "access_token" if token in grant.access_tokens else "refresh_token",
        "iat": now,
        "nbf": now,
    }
    if token in grant.access_tokens:
        found["exp"] = now + int(_SESSION.total_seconds())
    return found


def _alive(org: Org, grant: Grant, token: str) -> bool:
    return token in org.tokens or (token == grant.refresh_token and not grant.revoked)


def identity(org: Org, user: str, base: str) -> dict[str, Json]:
    """Who a user is, as the identity address and userinfo tell together."""
    row = org.row(user) or {}

    def text(name: str) -> str:
        return str(row.get(name) or "")

    address = f"{base}/id/{org.org_id}/{user}"
    data = f"{base}/services/data/v{{version}}"
    return {
        "id": address, "sub": address, "asserted_user": True,
        "user_id": user, "organization_id": org.org_id,
        "username": text("Username"), "preferred_username": text("Username"),
        "nickname": text("Username").partition("@")[0],
        "nick_name": text("Username").partition("@")[0],
        "email": text("Email"), "email_verified": True,
        "display_name": text("Name"), "name": text("Name"),
        "given_name": text("FirstName"), "family_name": text("LastName"),
        "zoneinfo": text("TimeZoneSidKey"), "timezone": text("TimeZoneSidKey"),
        "profile": f"{base}/{user}", "picture": f"{base}/profilephoto/005/F",
        "photos": {"picture": f"{base}/profilephoto/005/F"},
        "urls": {
            "rest": f"{data}/", "sobjects": f"{data}/sobjects/", "search": f"{data}/search/",
            "query": f"{data}/query/", "recent": f"{data}/recent/",
        },
        "active": bool(row.get("IsActive")), "user_type": "STANDARD", "is_app_installed": True,
        "language": text("LanguageLocaleKey"), "locale": text("LocaleSidKey"),
        "utcOffset": 0, "updated_at": text("SystemModstamp"),
    }  # fmt: skip
