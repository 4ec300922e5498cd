"""The apps that an admin registered for signing in: what each may do, and what it must send."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from wasf.demo.salesforce.calls import Json

PermittedUsers = Literal["all", "admin_approved"]
Trouble = Literal["", "not_installed", "blocked", "unknown", "approval_error", "ip_restricted"]

SCOPES = ("api", "refresh_token", "offline_access", "openid", "id", "web")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error of the token endpoint or of a page of the sign-in."""

    error: str
    description: str
    status: int = 400

    @property
    def words(self) -> dict[str, str]:
        """The error as an app gets it, in a body or in an address."""
        return {"error": self.error, "error_description": self.description}


class OAuthRefused(Exception):
    """The org refuses a step of a sign-in."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """An External Client App. Users are named by their Username.

    `admitted` may use the app if an admin must approve users. `certificate` is the PEM of the
    certificate or public key for its assertions. `run_as` is the user of the client-credentials
    flow; empty switches it off. `trouble` is what is wrong with its setup.
    """

    client_id: str
    secret: str
    name: str = "wasf"
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES
    require_secret: bool = False
    require_pkce: bool = True
    rotation: bool = False
    permitted_users: PermittedUsers = "all"
    admitted: tuple[str, ...] = ()
    certificate: str = ""
    run_as: str = ""
    trouble: Trouble = ""

    def admits(self, username: str) -> bool:
        """Whether the app's policy permits a user."""
        return self.permitted_users == "all" or username in self.admitted


def new_app(given: Mapping[str, Json]) -> ConnectedApp:
    """Return an app, with a new id and secret unless given. Raise `ValueError` as `changed`."""
    fresh = ConnectedApp(f"3MVG9{secrets.token_urlsafe(48)}", secrets.token_hex(32).upper())
    return changed(fresh, given)


def changed(app: ConnectedApp, given: Mapping[str, Json]) -> ConnectedApp:
    """Return the app with other settings. Raise `ValueError` for a setting that does not exist."""
    if unknown := set(given) - {field.name for field in fields(ConnectedApp)}:
        raise ValueError(f"no such setting of an app: {', '.join(sorted(unknown))}")
    values = {
        name: tuple(map(str, value)) if isinstance(value, list) else value
        for name, value in given.items()
    }
    return replace(app, **values)  # type: ignore[arg-type]  # names checked above


_SET_UP: Mapping[Trouble, Refusal] = {
    "not_installed": Refusal("invalid_client", "app must be installed into org"),
    "blocked": Refusal("OAUTH_APP_BLOCKED", "this app is blocked by admin"),
    "unknown": Refusal(
        "OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org"
    ),
    "approval_error": Refusal(
        "OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred during authentication."
    ),
}
NO_SUCH_APP = Refusal("invalid_client_id", "client identifier invalid")
WRONG_SECRET = Refusal("invalid_client", "invalid client credentials")
WRONG_REDIRECT = Refusal("redirect_uri_mismatch", "redirect_uri must match configuration")
NOT_ADMITTED = Refusal("invalid_app_access", "user is not admin approved to access this app")


def check_set_up(app: ConnectedApp) -> None:
    """Raise `OAuthRefused` if nobody can use the app as it is set up."""
    if refusal := _SET_UP.get(app.trouble):
        raise OAuthRefused(refusal)
