"""The org's sign-in side as tests, demo and benchmarks hold it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from wasf.localorg.errors import Json
from wasf.localorg.oauth_apps import App, changed


@dataclass(frozen=True, slots=True)
class GrantSeen:
    """One approval of an app by a user, without its tokens."""

    client_id: str
    username: str
    scopes: tuple[str, ...]
    revoked: bool
    refreshes: int


class OAuthSide:
    """Registered apps, approvals and tokens of one org. Users are named by their Username."""

    def __init__(self, run: Callable[[str, Mapping[str, Json]], Json]) -> None:
        self._run = run

    def add_app(self, **settings: Json) -> App:
        """Registers an External Client App; settings are the fields of `App`."""
        given = cast("dict[str, Json]", self._run("add_app", settings))
        return changed(App("", ""), given)

    def change_app(self, client_id: str, **settings: Json) -> None:
        """Changes an app's settings."""
        self._run("change_app", {"client_id": client_id, **settings})

    def approve(self, client_id: str, username: str) -> None:
        """As if the user had allowed the app some time ago."""
        self._run("approve", {"client_id": client_id, "username": username})

    def set_password(self, username: str, password: str) -> None:
        """Gives a user a password other than the one that all have."""
        self._run("set_password", {"username": username, "password": password})

    @property
    def grants(self) -> list[GrantSeen]:
        """All approvals so far, oldest first."""
        found = cast("list[dict[str, Json]]", self._run("grants", {}))
        return [
            GrantSeen(
                str(each["client_id"]), str(each["username"]),
                tuple(cast("list[str]", each["scopes"])), bool(each["revoked"]),
                int(str(each["refreshes"])),
            )
            for each in found
        ]  # fmt: skip

    def revoke_grants(self) -> None:
        """Revokes every approval with all its tokens, as an admin does."""
        self._run("revoke_grants", {})

    def expire_access(self) -> None:
        """Ends the access tokens of all approvals; refresh tokens stay."""
        self._run("expire_access", {})

    def expire_codes(self) -> None:
        """Makes codes that were not exchanged yet too old."""
        self._run("expire_codes", {})

    def move_instance(self, url: str) -> None:
        """Moves the API to another of the org's addresses; all access tokens end."""
        self._run("move_instance", {"url": url})
