"""Codes, approvals, access and refresh tokens: who gave which app what, and when it ends."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.servers.salesforce.oauth_apps import NO_SUCH_APP, ConnectedApp, OAuthRefused, Refusal
from wasf.demo.salesforce.org import OrgState

CODE_LIFE = timedelta(minutes=15)
GRANTS_PER_USER_AND_APP = 5
PASSWORD = "example"  # of all users of this org; the page of the sign-in shows it

EXPIRED_TOKEN = Refusal("invalid_grant", "expired access/refresh token")
EXPIRED_CODE = Refusal("invalid_grant", "expired authorization code")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request at the authorize address that has passed its checks."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    challenge: str = ""
    prompt: frozenset[str] = frozenset()
    login_hint: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code; it can be exchanged once."""

    asked: Asked
    user: str
    given: datetime
    used: bool = False

    def aged(self, given: datetime) -> "Code":
        """Return the code as if it was given at another time."""
        return replace(self, given=given)


class Grant:
    """One approval, with its refresh token, those before it (`spent`) and its access tokens."""

    def __init__(self, client_id: str, user: str, scopes: tuple[str, ...]) -> None:
        self.client_id = client_id
        self.user = user
        self.scopes = scopes
        self.refresh_token = ""
        self.spent: set[str] = set()
        self.access_tokens: set[str] = set()
        self.revoked = False
        self.refreshes = 0

    def refresh(self, *, rotate: bool) -> None:
        """Count a use of the refresh token, and replace the token if it rotates."""
        self.refreshes += 1
        if rotate:
            self.spent.add(self.refresh_token)
            self.refresh_token = _new_refresh_token()


class SignIns:
    """All that the org knows about signing in. A caller holds the lock of the org.

    `approvals` are pairs of app and user. `instance_url` is where the API has moved to, or "".
    """

    def __init__(self) -> None:
        self.apps: dict[str, ConnectedApp] = {}
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.approvals: set[tuple[str, str]] = set()
        self.passwords: dict[str, str] = {}
        self.instance_url = ""

    def app(self, client_id: str) -> ConnectedApp:
        """Return a registered app. Raise `OAuthRefused` if there is none."""
        app = self.apps.get(client_id)
        if app is None:
            raise OAuthRefused(NO_SUCH_APP)
        return app

    def new_code(self, asked: Asked, user: str, now: datetime) -> str:
        """Return a code for a user who allowed the app."""
        self.approvals.add((asked.client_id, user))
        code = f"aPrx{secrets.token_urlsafe(60)}"
        self.codes[code] = Code(asked, user, now)
        return code

    def take_code(self, text: str, now: datetime) -> Code:
        """Use a code up. Raise `OAuthRefused` if it is unknown, used or too old."""
        code = self.codes.get(text)
        if code is None:
            raise OAuthRefused(Refusal("invalid_grant", "invalid authorization code"))
        self.codes[text] = replace(code, used=True)
        if code.used or now - code.given > CODE_LIFE:
            raise OAuthRefused(EXPIRED_CODE)
        return code

    def open_grant(
        self, org: OrgState, client_id: str, user: str, scopes: tuple[str, ...]
    ) -> Grant:
        """Return a new approval. If a user and app have more than five, the oldest is revoked."""
        grant = Grant(client_id, user, scopes)
        if {"refresh_token", "offline_access"} & set(scopes):
            grant.refresh_token = _new_refresh_token()
            others = [g for g in self._living(client_id, user) if g.refresh_token]
            for oldest in others[: max(0, len(others) + 1 - GRANTS_PER_USER_AND_APP)]:
                end(org, oldest)
        self.grants.append(grant)
        return grant

    def refreshable(self, org: OrgState, app: ConnectedApp, refresh_token: str) -> Grant:
        """Return the valid grant of a refresh token. Raise `OAuthRefused` if there is none.

        A token that was replaced and is used again ends the whole grant.
        """
        grant = self.find_refresh(refresh_token)
        if grant is None or grant.revoked or grant.client_id != app.client_id:
            raise OAuthRefused(EXPIRED_TOKEN)
        if refresh_token in grant.spent:
            end(org, grant)
            raise OAuthRefused(EXPIRED_TOKEN)
        return grant

    def find_refresh(self, token: str) -> Grant | None:
        """Return the grant that a refresh token belongs to, or did before it was replaced."""
        return next(
            (g for g in self.grants if token and (token == g.refresh_token or token in g.spent)),
            None,
        )

    def find_access(self, token: str) -> Grant | None:
        """Return the grant of an access token."""
        return next((g for g in self.grants if token in g.access_tokens), None)

    def _living(self, client_id: str, user: str) -> Iterator[Grant]:
        return (
            g for g in self.grants if (g.client_id, g.user, g.revoked) == (client_id, user, False)
        )


def new_access(org: OrgState, grant: Grant) -> str:
    """Return a further access token of a grant."""
    token = org.new_token(grant.user)
    grant.access_tokens.add(token)
    return token


def end(org: OrgState, grant: Grant) -> None:
    """Revoke a grant with all its tokens."""
    grant.revoked = True
    for token in grant.access_tokens:
        org.tokens.pop(token, None)


def user_named(org: OrgState, username: str) -> str | None:
    """Return the id of the user with a Username (in any case), active or not."""
    rows = org.storage.tuples(
        'SELECT "Id" FROM "User" WHERE lower("Username") = ?', [username.strip().lower()]
    )
    return str(rows[0][0]) if rows else None


def username(org: OrgState, user: str) -> str:
    """Return the Username of a user's id; "" for nobody."""
    return str((org.row(user) or {}).get("Username") or "")


def _new_refresh_token() -> str:
    return f"5Aep861{secrets.token_urlsafe(60)}"
