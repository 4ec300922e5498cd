"""The token endpoint: an access token for a code, a refresh token, an assertion or a secret."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wasf.localorg.errors import Json
from wasf.localorg.oauth_apps import (
    NOT_ADMITTED,
    WRONG_REDIRECT,
    WRONG_SECRET,
    App,
    OAuthRefused,
    Refusal,
    check_set_up,
)
from wasf.localorg.oauth_grants import Grant, SignIns, new_access, user_named, username
from wasf.localorg.org import Org

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SIGNING_KEY = secrets.token_bytes(32)

NOT_APPROVED = Refusal("invalid_grant", "user hasn't approved this consumer")
_NO_RUN_AS = Refusal("invalid_grant", "no client credentials user enabled")


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
            from wasf.localorg.oauth_assertion import by_assertion  # here: loads cryptography

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


def the_app(sign_ins: SignIns, asking: Asking, *, secret_needed: bool | None = None) -> App:
    """The app that asks, its secret checked where one came or is due. Raises OAuthRefused."""
    app = usable_app(sign_ins, asking.form.get("client_id", ""))
    given = asking.form.get("client_secret")
    due = app.require_secret if secret_needed is None else secret_needed
    if given is None and not due:
        return app
    if not hmac.compare_digest((given or "").encode(), app.secret.encode()):
        raise OAuthRefused(WRONG_SECRET)
    return app


def usable_app(sign_ins: SignIns, client_id: str) -> App:
    """The app, if its set-up lets anybody have a token from here. Raises OAuthRefused."""
    app = sign_ins.app(client_id)
    check_set_up(app)
    if app.trouble == "ip_restricted":
        raise OAuthRefused(Refusal("invalid_grant", "ip restricted"))
    return app


def check_user(org: Org, app: App, user: str) -> None:
    """Raises OAuthRefused for a user who is inactive or whom the app's policy keeps out."""
    if not (org.row(user) or {}).get("IsActive"):
        raise OAuthRefused(Refusal("inactive_user", "user is inactive"))
    if not app.admits(username(org, user)):
        raise OAuthRefused(NOT_ADMITTED)


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
