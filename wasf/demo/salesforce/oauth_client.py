"""The org's sign-in side as tests, demo and benchmarks hold it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import cast

from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.gate import Gate
from wasf.demo.salesforce.oauth_apps import ConnectedApp, changed, new_app
from wasf.demo.salesforce.oauth_grants import CODE_LIFE, end, user_named, username

# --- oauth_client


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

    def add_app(self, **settings: Json) -> ConnectedApp:
        """Registers an External Client App; settings are the fields of `ConnectedApp`."""
        given = cast("dict[str, Json]", self._run("add_app", settings))
        return changed(ConnectedApp("", ""), given)

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


# --- oauth_control
# What an admin, a user or time does to apps, approvals and tokens: operations on plain JSON.


Arguments = Mapping[str, Json]


class OAuthControl:
    """The operations on signing in, a part of `Control`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._org = gate.org
        self._sign_ins = gate.sign_ins

    def do_add_app(self, arguments: Arguments) -> Json:
        """Registers an app; the arguments are those of `ConnectedApp`; answers the whole app."""
        app = new_app(arguments)
        self._sign_ins.apps[app.client_id] = app
        return {name: _json(value) for name, value in asdict(app).items()}

    def do_change_app(self, arguments: Arguments) -> Json:
        """Changes settings of the app of a `client_id`."""
        client_id = str(arguments["client_id"])
        self._sign_ins.apps[client_id] = changed(self._sign_ins.apps[client_id], arguments)
        return None

    def do_approve(self, arguments: Arguments) -> Json:
        """A user (`username`) has approved an app (`client_id`) before."""
        user = self._user(str(arguments["username"]))
        self._sign_ins.approvals.add((str(arguments["client_id"]), user))
        return None

    def do_set_password(self, arguments: Arguments) -> Json:
        """A user (`username`) takes another `password`."""
        self._sign_ins.passwords[self._user(str(arguments["username"]))] = str(
            arguments["password"]
        )
        return None

    def do_grants(self, _: Arguments) -> Json:
        """All approvals so far: app, user, whether revoked, how often refreshed; no token."""
        return [
            {
                "client_id": grant.client_id, "username": username(self._org, grant.user),
                "scopes": list(grant.scopes), "revoked": grant.revoked,
                "refreshes": grant.refreshes,
            }
            for grant in self._sign_ins.grants
        ]  # fmt: skip

    def do_revoke_grants(self, _: Arguments) -> Json:
        """An admin revokes every approval, with all tokens."""
        for grant in self._sign_ins.grants:
            end(self._org, grant)
        self._sign_ins.approvals.clear()
        return None

    def do_expire_access(self, _: Arguments) -> Json:
        """The access tokens of all approvals end, as after the session's time."""
        for grant in self._sign_ins.grants:
            for token in grant.access_tokens:
                self._org.tokens.pop(token, None)
        return None

    def do_expire_codes(self, _: Arguments) -> Json:
        """All codes that were not exchanged yet become too old."""
        codes = self._sign_ins.codes
        past = self._org.now() - CODE_LIFE - timedelta(seconds=1)
        for text, code in list(codes.items()):
            codes[text] = code.aged(past)
        return None

    def do_move_instance(self, arguments: Arguments) -> Json:
        """The API moves to another `url`: tokens end, and the old address takes no new ones."""
        self._sign_ins.instance_url = str(arguments["url"])
        self._org.tokens.clear()
        return None

    def _user(self, name: str) -> str:
        user = user_named(self._org, name)
        if user is None:
            raise KeyError("username")
        return user


def _json(value: object) -> Json:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return value if isinstance(value, bool | str) else None
