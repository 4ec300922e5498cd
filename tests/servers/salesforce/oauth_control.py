"""What an admin, a user or time does to apps, approvals and tokens: operations on plain JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from tests.servers.salesforce.gateway import ScriptedGateway
from tests.servers.salesforce.oauth_apps import changed, new_app
from tests.servers.salesforce.oauth_grants import CODE_LIFE, end, user_named, username
from wasf.demo.salesforce.calls import Json

Arguments = Mapping[str, Json]


class OAuthControl:
    """The operations on signing in, a part of `Control`."""

    def __init__(self, gateway: ScriptedGateway) -> None:
        self._gateway = gateway
        self._org = gateway.configured
        self._sign_ins = gateway.sign_ins

    def do_add_app(self, arguments: Arguments) -> Json:
        """Register an app with the attributes of `ConnectedApp`; return the whole app."""
        app = new_app(arguments)
        self._sign_ins.apps[app.client_id] = app
        return {name: _json(value) for name, value in asdict(app).items()}

    def do_change_app(self, arguments: Arguments) -> Json:
        """Change settings of the app with a `client_id`."""
        client_id = str(arguments["client_id"])
        self._sign_ins.apps[client_id] = changed(self._sign_ins.apps[client_id], arguments)
        return None

    def do_approve(self, arguments: Arguments) -> Json:
        """Let a user (`username`) have approved an app (`client_id`)."""
        user = self._user(str(arguments["username"]))
        self._sign_ins.approvals.add((str(arguments["client_id"]), user))
        return None

    def do_set_password(self, arguments: Arguments) -> Json:
        """Give a user (`username`) another `password`."""
        self._sign_ins.passwords[self._user(str(arguments["username"]))] = str(
            arguments["password"]
        )
        return None

    def do_grants(self, _: Arguments) -> Json:
        """Return all approvals so far, without their tokens."""
        return [
            {
                "client_id": grant.client_id, "username": username(self._org, grant.user),
                "scopes": list(grant.scopes), "revoked": grant.revoked,
                "refreshes": grant.refreshes,
            }
            for grant in self._sign_ins.grants
        ]  # fmt: skip

    def do_revoke_grants(self, _: Arguments) -> Json:
        """Revoke all approvals, with all tokens."""
        for grant in self._sign_ins.grants:
            end(self._org, grant)
        self._sign_ins.approvals.clear()
        return None

    def do_expire_access(self, _: Arguments) -> Json:
        """End the access tokens of all approvals, as after the time of a session."""
        for grant in self._sign_ins.grants:
            for token in grant.access_tokens:
                self._org.tokens.pop(token, None)
        return None

    def do_expire_codes(self, _: Arguments) -> Json:
        """Let all codes that were not exchanged yet end."""
        codes = self._sign_ins.codes
        past = self._org.now() - CODE_LIFE - timedelta(seconds=1)
        for text, code in list(codes.items()):
            codes[text] = code.aged(past)
        return None

    def do_move_instance(self, arguments: Arguments) -> Json:
        """Move the API to another `url`: tokens end, and the old address takes no new ones."""
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
