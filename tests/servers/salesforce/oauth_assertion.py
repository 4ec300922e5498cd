"""The JWT bearer flow: an assertion signed with the key whose certificate the app holds."""

from datetime import timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.types import Options

from tests.servers.salesforce.oauth_apps import ConnectedApp, OAuthRefused, Refusal
from tests.servers.salesforce.oauth_grants import Grant, SignIns, user_named
from tests.servers.salesforce.oauth_requests import (
    NOT_APPROVED,
    TokenRequest,
    check_user,
    usable_app,
    without_refresh,
)
from wasf.demo.salesforce.org import OrgState

LIFE = timedelta(minutes=5)  # the longest life of an assertion
_CLOCKS = timedelta(seconds=30)  # how much clocks may differ

INVALID = Refusal("invalid_grant", "invalid assertion")
EXPIRED = Refusal("invalid_grant", "expired assertion")
AUDIENCE = Refusal("invalid_grant", "audience is invalid")


def by_assertion(org: OrgState, sign_ins: SignIns, request: TokenRequest) -> Grant:
    """Return a grant without refresh token for the user of an assertion. Raise `OAuthRefused`."""
    assertion = request.form.get("assertion", "")
    app = usable_app(sign_ins, _issuer(assertion))
    claims = _verified(assertion, app)
    _check_times(org, claims)
    if claims.get("aud") not in audiences(org, request):
        raise OAuthRefused(AUDIENCE)
    user = user_named(org, str(claims.get("sub", "")))
    if user is None:
        raise OAuthRefused(NOT_APPROVED)
    check_user(org, app, user)
    if app.permitted_users == "all" and (app.client_id, user) not in sign_ins.approvals:
        raise OAuthRefused(NOT_APPROVED)
    return sign_ins.open_grant(org, app.client_id, user, without_refresh(app.scopes))


def audiences(org: OrgState, request: TokenRequest) -> tuple[str, ...]:
    """Return the audiences that are accepted: Salesforce's login host, the org's addresses."""
    sandbox = (org.row(org.org_id) or {}).get("IsSandbox")
    host = "test" if sandbox else "login"
    return (f"https://{host}.salesforce.com", request.my_domain, request.base)


def _issuer(assertion: str) -> str:
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise OAuthRefused(INVALID) from None
    return str(claims.get("iss", ""))


def _verified(assertion: str, app: ConnectedApp) -> dict[str, object]:
    """Return the claims of an assertion signed with the app's key; times are checked later."""
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


def _check_times(org: OrgState, claims: dict[str, object]) -> None:
    """Refuse an assertion without `exp` (seconds), or that has ended, or ends too late."""
    ends = claims.get("exp")
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        raise OAuthRefused(INVALID)
    left = ends - org.now().timestamp()
    if left < -_CLOCKS.total_seconds():
        raise OAuthRefused(EXPIRED)
    if left > (LIFE + _CLOCKS).total_seconds():
        raise OAuthRefused(INVALID)
