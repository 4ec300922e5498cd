"""The sign-in side of an org as tests hold it: its apps, approvals and tokens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from tests.servers.salesforce.oauth_apps import ConnectedApp, changed
from wasf.demo.salesforce.calls import Json


@dataclass(frozen=True, slots=True)
class GrantState:
    """One approval of an app by a user, without its tokens."""

    client_id: str
    username: str
    scopes: tuple[str, ...]
    revoked: bool
    refreshes: int


class OAuthAdmin:
    """Registered apps, approvals and tokens of one org. Users are named by their Username."""

    def __init__(self, run: Callable[[str, Mapping[str, Json]], Json]) -> None:
        self._run = run

    def add_app(self, **settings: Json) -> ConnectedApp:
        """Register an External Client App; settings are the fields of `ConnectedApp`."""
        given = cast("dict[str, Json]", self._run("add_app", settings))
        return changed(ConnectedApp("", ""), given)

    def change_app(self, client_id: str, **settings: Json) -> None:
        """Change settings of an app."""
        self._run("change_app", {"client_id": client_id, **settings})

    def approve(self, client_id: str, username: str) -> None:
        """Let a user have allowed the app before."""
        self._run("approve", {"client_id": client_id, "username": username})

    def set_password(self, username: str, password: str) -> None:
        """Give a user another password than all have."""
        self._run("set_password", {"username": username, "password": password})

    @property
    def grants(self) -> list[GrantState]:
        """All approvals so far; the oldest comes first."""
        found = cast("list[dict[str, Json]]", self._run("grants", {}))
        return [
            GrantState(
                str(each["client_id"]), str(each["username"]),
                tuple(cast("list[str]", each["scopes"])), bool(each["revoked"]),
                int(str(each["refreshes"])),
            )
            for each in found
        ]  # fmt: skip

    def revoke_grants(self) -> None:
        """Revoke all approvals with their tokens, as an admin does."""
        self._run("revoke_grants", {})

    def expire_access(self) -> None:
        """End the access tokens of all approvals; refresh tokens stay."""
        self._run("expire_access", {})

    def expire_codes(self) -> None:
        """Let the codes that were not exchanged yet end."""
        self._run("expire_codes", {})

    def move_instance(self, url: str) -> None:
        """Move the API to another address of the org; all access tokens end."""
        self._run("move_instance", {"url": url})
