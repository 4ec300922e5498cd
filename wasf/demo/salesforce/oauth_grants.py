"""Who gave which app what: codes, approvals, access and refresh tokens, and their end."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wasf.demo.salesforce.oauth_apps import NO_SUCH_APP, ConnectedApp, OAuthRefused, Refusal
from wasf.demo.salesforce.org import Org

CODE_LIFE = timedelta(minutes=15)
GRANTS_PER_USER_AND_APP = 5
PASSWORD = "example"  # noqa: S105 (everybody's in this org, and written on the page)

EXPIRED_TOKEN = Refusal("invalid_grant", "expired access/refresh token")
EXPIRED_CODE = Refusal("invalid_grant", "expired authorization code")


@dataclass(frozen=True, slots=True)
class Asked:
    """A sign-in that was asked for at the authorize address and has passed its checks."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    challenge: str = ""
    prompt: frozenset[str] = frozenset()
    login_hint: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that can be exchanged once."""

    asked: Asked
    user: str
    given: datetime
    used: bool = False

    def aged(self, given: datetime) -> "Code":
        """The code as if it had been given at another time."""
        return replace(self, given=given)


class Grant:
    """One approval: the refresh token that stands for it, those before it, its access tokens."""

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
        """Notes a use of the refresh token, and replaces it by a new one if it rotates."""
        self.refreshes += 1
        if rotate:
            self.spent.add(self.refresh_token)
            self.refresh_token = _new_refresh_token()


class SignIns:
    """All that the org remembers about signing in. Whoever works on it holds the org's lock.

    `approvals`: pairs of app and user. `instance_url`: where the API has moved to; empty: where
    it always was.
    """

    def __init__(self) -> None:
        self.apps: dict[str, ConnectedApp] = {}
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.approvals: set[tuple[str, str]] = set()
        self.passwords: dict[str, str] = {}
        self.instance_url = ""

    def app(self, client_id: str) -> ConnectedApp:
        """The registered app. Raises OAuthRefused."""
        app = self.apps.get(client_id)
        if app is None:
            raise OAuthRefused(NO_SUCH_APP)
        return app

    def new_code(self, asked: Asked, user: str, now: datetime) -> str:
        """A code for a user who said yes."""
        self.approvals.add((asked.client_id, user))
        code = f"aPrx{secrets.token_urlsafe(60)}"
        self.codes[code] = Code(asked, user, now)
        return code

    def take_code(self, text: str, now: datetime) -> Code:
        """Uses a code up. Raises OAuthRefused for one that is unknown, used or too old."""
        code = self.codes.get(text)
        if code is None:
            raise OAuthRefused(Refusal("invalid_grant", "invalid authorization code"))
        self.codes[text] = replace(code, used=True)
        if code.used or now - code.given > CODE_LIFE:
            raise OAuthRefused(EXPIRED_CODE)
        return code

    def open_grant(self, org: Org, client_id: str, user: str, scopes: tuple[str, ...]) -> Grant:
        """A new approval; the oldest of more than five for a user and app is revoked."""
        grant = Grant(client_id, user, scopes)
        if {"refresh_token", "offline_access"} & set(scopes):
            grant.refresh_token = _new_refresh_token()
            others = [g for g in self._living(client_id, user) if g.refresh_token]
            for oldest in others[: max(0, len(others) + 1 - GRANTS_PER_USER_AND_APP)]:
                end(org, oldest)
        self.grants.append(grant)
        return grant

    def refreshable(self, org: Org, app: ConnectedApp, refresh_token: str) -> Grant:
        """The living grant of a refresh token. Raises OAuthRefused.

        A token that was rotated out and comes again ends the whole grant.
        """
        grant = self.find_refresh(refresh_token)
        if grant is None or grant.revoked or grant.client_id != app.client_id:
            raise OAuthRefused(EXPIRED_TOKEN)
        if refresh_token in grant.spent:
            end(org, grant)
            raise OAuthRefused(EXPIRED_TOKEN)
        return grant

    def find_refresh(self, token: str) -> Grant | None:
        """The grant that a refresh token belongs, or belonged, to."""
        return next(
            (g for g in self.grants if token and (token == g.refresh_token or token in g.spent)),
            None,
        )

    def find_access(self, token: str) -> Grant | None:
        """The grant that an access token came from."""
        return next((g for g in self.grants if token in g.access_tokens), None)

    def _living(self, client_id: str, user: str) -> Iterator[Grant]:
        return (
            g for g in self.grants if (g.client_id, g.user, g.revoked) == (client_id, user, False)
        )


def new_access(org: Org, grant: Grant) -> str:
    """A further access token of a grant."""
    token = org.new_token(grant.user)
    grant.access_tokens.add(token)
    return token


def end(org: Org, grant: Grant) -> None:
    """Revokes a grant with all its tokens."""
    grant.revoked = True
    for token in grant.access_tokens:
        org.tokens.pop(token, None)


def user_named(org: Org, username: str) -> str | None:
    """The id of the user with this Username, in any case of letters, active or not."""
    rows = org.storage.tuples(
        'SELECT "Id" FROM "User" WHERE lower("Username") = ?', [username.strip().lower()]
    )
    return str(rows[0][0]) if rows else None


def username(org: Org, user: str) -> str:
    """The Username of a user's id; empty for nobody."""
    return str((org.row(user) or {}).get("Username") or "")


def _new_refresh_token() -> str:
    return f"5Aep861{secrets.token_urlsafe(60)}"
