"""A request for a token: which app and which user it is for, and what keeps either out."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from wasf.localorg.oauth_apps import (
    NOT_ADMITTED,
    WRONG_SECRET,
    App,
    OAuthRefused,
    Refusal,
    check_set_up,
)
from wasf.localorg.oauth_grants import SignIns, username
from wasf.localorg.org import Org

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
