"""The token endpoint: an access token for a code, a refresh token, an assertion or a secret."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

from tests.servers.salesforce.oauth_apps import WRONG_REDIRECT, OAuthRefused, Refusal
from tests.servers.salesforce.oauth_assertion import by_assertion
from tests.servers.salesforce.oauth_grants import Grant, SignIns, new_access, user_named
from tests.servers.salesforce.oauth_requests import (
    TokenRequest,
    check_user,
    the_app,
    without_refresh,
)
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.org import OrgState

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SIGNING_KEY = secrets.token_bytes(32)
_NO_RUN_AS = Refusal("invalid_grant", "no client credentials user enabled")


def token_reply(org: OrgState, sign_ins: SignIns, request: TokenRequest) -> dict[str, Json]:
    """Return the answer with a token. Raise `OAuthRefused`."""
    match request.form.get("grant_type"):
        case "authorization_code":
            grant, rotated = _by_code(org, sign_ins, request), True
        case "refresh_token":
            grant, rotated = _by_refresh(org, sign_ins, request)
        case "client_credentials":
            grant, rotated = _by_client(org, sign_ins, request), False
        case str(kind) if kind == JWT_BEARER:
            grant, rotated = by_assertion(org, sign_ins, request), False
        case _:
            raise OAuthRefused(Refusal("unsupported_grant_type", "grant type not supported"))
    return _reply(org, sign_ins, request, grant, with_refresh=rotated)


def _reply(
    org: OrgState, sign_ins: SignIns, request: TokenRequest, grant: Grant, *, with_refresh: bool
) -> dict[str, Json]:
    identity = f"{request.base}/id/{org.org_id}/{grant.user}"
    issued = _milliseconds(org.now())
    sign = hmac.new(_SIGNING_KEY, (identity + issued).encode(), hashlib.sha256).digest()
    reply: dict[str, Json] = {
        "access_token": new_access(org, grant),
        "signature": base64.b64encode(sign).decode(),
        "scope": " ".join(grant.scopes),
        "instance_url": sign_ins.instance_url or request.my_domain,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }
    if with_refresh and grant.refresh_token:
        reply["refresh_token"] = grant.refresh_token
    return reply


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _by_code(org: OrgState, sign_ins: SignIns, request: TokenRequest) -> Grant:
    app = the_app(sign_ins, request)
    code = sign_ins.take_code(request.form.get("code", ""), org.now())
    if code.asked.client_id != app.client_id:
        raise OAuthRefused(Refusal("invalid_grant", "invalid authorization code"))
    if request.form.get("redirect_uri") != code.asked.redirect_uri:
        raise OAuthRefused(WRONG_REDIRECT)
    _check_verifier(code.asked.challenge, request.form.get("code_verifier", ""))
    check_user(org, app, code.user)
    return sign_ins.open_grant(org, app.client_id, code.user, code.asked.scopes)


def _check_verifier(challenge: str, verifier: str) -> None:
    if challenge and challenge_of(verifier) != challenge:
        raise OAuthRefused(Refusal("invalid_grant", "invalid code verifier"))


def challenge_of(verifier: str) -> str | None:
    """Return the S256 challenge of a verifier; None if the verifier is malformed."""
    if not _VERIFIER.fullmatch(verifier):
        return None
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _by_refresh(org: OrgState, sign_ins: SignIns, request: TokenRequest) -> tuple[Grant, bool]:
    app = the_app(sign_ins, request)
    grant = sign_ins.refreshable(org, app, request.form.get("refresh_token", ""))
    check_user(org, app, grant.user)
    grant.refresh(rotate=app.rotation)
    return grant, app.rotation


def _by_client(org: OrgState, sign_ins: SignIns, request: TokenRequest) -> Grant:
    if request.at_login_host:
        raise OAuthRefused(Refusal("invalid_grant", "request not supported on this domain"))
    app = the_app(sign_ins, request, secret_needed=True)
    user = user_named(org, app.run_as) if app.run_as else None
    if user is None:
        raise OAuthRefused(_NO_RUN_AS)
    check_user(org, app, user)
    return sign_ins.open_grant(org, app.client_id, user, without_refresh(app.scopes))
