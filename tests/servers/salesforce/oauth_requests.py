"""A request for a token: which app and which user it is for, and why either may be refused."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from tests.servers.salesforce.oauth_apps import (
    NOT_ADMITTED,
    WRONG_SECRET,
    ConnectedApp,
    OAuthRefused,
    Refusal,
    check_set_up,
)
from tests.servers.salesforce.oauth_grants import SignIns, username
from wasf.demo.salesforce.org import OrgState

NOT_APPROVED = Refusal("invalid_grant", "user hasn't approved this consumer")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token, by its form and the addresses that the org has for the client.

    `base` is the address it was sent to, `my_domain` the org's own address.
    """

    form: Mapping[str, str]
    base: str
    my_domain: str

    @property
    def at_login_host(self) -> bool:
        """Whether it was sent to the address that plays login.salesforce.com."""
        return self.base != self.my_domain


def the_app(
    sign_ins: SignIns, request: TokenRequest, *, secret_needed: bool | None = None
) -> ConnectedApp:
    """Return the app of a request, with its secret checked if one is given or needed.

    Raise `OAuthRefused` if it may not have a token.
    """
    app = usable_app(sign_ins, request.form.get("client_id", ""))
    given = request.form.get("client_secret")
    due = app.require_secret if secret_needed is None else secret_needed
    if given is None and not due:
        return app
    if not hmac.compare_digest((given or "").encode(), app.secret.encode()):
        raise OAuthRefused(WRONG_SECRET)
    return app


def usable_app(sign_ins: SignIns, client_id: str) -> ConnectedApp:
    """Return an app that can be used. Raise `OAuthRefused` if its setup does not allow it."""
    app = sign_ins.app(client_id)
    check_set_up(app)
    if app.trouble == "ip_restricted":
        raise OAuthRefused(Refusal("invalid_grant", "ip restricted"))
    return app


def check_user(org: OrgState, app: ConnectedApp, user: str) -> None:
    """Raise `OAuthRefused` if a user is inactive or not permitted by the app's policy."""
    if not (org.row(user) or {}).get("IsActive"):
        raise OAuthRefused(Refusal("inactive_user", "user is inactive"))
    if not app.admits(username(org, user)):
        raise OAuthRefused(NOT_ADMITTED)


def without_refresh(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes of a flow that gives no refresh token."""
    return tuple(s for s in scopes if s not in ("refresh_token", "offline_access"))


def basic_credentials(header: str) -> dict[str, str]:
    """Return client id and secret of an Authorization header; empty if it has none."""
    scheme, _, packed = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}
