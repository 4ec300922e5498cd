"""A browser's way through a sign-in: what was asked for, who is logged in, where it goes next."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import urlencode

from tests.servers.salesforce.oauth_apps import (
    WRONG_REDIRECT,
    ConnectedApp,
    OAuthRefused,
    Refusal,
    check_set_up,
)
from tests.servers.salesforce.oauth_grants import PASSWORD, Asked, SignIns, user_named, username
from wasf.demo.salesforce.org import OrgState

MAX_PENDING = 100
NO_CHALLENGE = Refusal("invalid_request", "missing required code challenge")
DENIED = Refusal("access_denied", "end-user denied authorization")
_KEPT_OUT = Refusal("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app")


class SentBack(Exception):
    """The sign-in ends: the browser is sent to the app's address."""

    def __init__(self, address: str) -> None:
        super().__init__("sent back")
        self.address = address


@dataclass(frozen=True, slots=True)
class Pending:
    """One sign-in that has not ended. `fresh`: the user has given the password for it."""

    asked: Asked
    app: ConnectedApp
    fresh: bool = False


class Visits:
    """The sign-ins that have not ended, and the browsers that are logged in."""

    def __init__(self, org: OrgState, sign_ins: SignIns) -> None:
        self.org = org
        self.sign_ins = sign_ins
        self.pending: dict[str, Pending] = {}
        self.sessions: dict[str, str] = {}

    def begin(self, given: Mapping[str, str], session: str) -> str:
        """Check what an app asks for; return the name of the sign-in that begins.

        Raise `OAuthRefused` for an error that the org itself shows, `SentBack` for any other.
        """
        app = self.sign_ins.app(given.get("client_id", ""))
        check_set_up(app)
        if given.get("redirect_uri", "") not in app.redirect_uris:
            raise OAuthRefused(WRONG_REDIRECT)
        asked = _asked(given, app)
        if refusal := _complaint(given, asked, app):
            raise SentBack(back(asked, refusal))
        if not asked.challenge and app.require_pkce:
            raise OAuthRefused(NO_CHALLENGE)
        pending = Pending(asked, app)
        if given.get("immediate") == "true" and not self._may_pass(pending, session):
            raise SentBack(back(asked, Refusal("immediate_unsuccessful", "")))
        name = secrets.token_urlsafe(32)
        self.pending[name] = pending
        while len(self.pending) > MAX_PENDING:
            del self.pending[next(iter(self.pending))]
        return name

    def log_in(self, name: str, given_name: str, password: str) -> str | None:
        """Return a new session for a user with the right password; None for anybody else."""
        user = user_named(self.org, given_name)
        row = self.org.row(user) if user else None
        if user is None or row is None or not row.get("IsActive"):
            return None
        known = self.sign_ins.passwords.get(user, PASSWORD)
        if not secrets.compare_digest(known.encode(), password.encode()):
            return None
        session = secrets.token_urlsafe(32)
        self.sessions[session] = user
        self.pending[name] = replace(self.pending[name], fresh=True)
        return session

    def user(self, name: str, session: str) -> str | None:
        """Return who is logged in; None if this sign-in must ask for the password."""
        pending = self.pending[name]
        if pending.asked.prompt & {"login", "select_account"} and not pending.fresh:
            return None
        return self.sessions.get(session)

    def pass_on(self, name: str, session: str) -> None:
        """Raise `SentBack` if a user need not be asked, or is not permitted to use the app."""
        pending = self.pending[name]
        if not pending.app.admits(username(self.org, self.sessions[session])):
            raise SentBack(self._end(name, _KEPT_OUT))
        if self._may_pass(pending, session) and "consent" not in pending.asked.prompt:
            raise SentBack(self._allowed(name, session))

    def decide(self, name: str, session: str, *, allow: bool) -> str:
        """Return where the browser goes when the user allows or denies."""
        return self._allowed(name, session) if allow else self._end(name, DENIED)

    def _may_pass(self, pending: Pending, session: str) -> bool:
        user = self.sessions.get(session)
        if user is None:
            return False
        match pending.app.permitted_users:
            case "all":
                return (pending.app.client_id, user) in self.sign_ins.approvals
            case "admin_approved":
                return pending.app.admits(username(self.org, user))
            case _:
                assert_never(pending.app.permitted_users)

    def _allowed(self, name: str, session: str) -> str:
        asked = self.pending.pop(name).asked
        code = self.sign_ins.new_code(asked, self.sessions[session], self.org.now())
        return _with(asked.redirect_uri, {"code": code} | _state(asked))

    def _end(self, name: str, refusal: Refusal) -> str:
        return back(self.pending.pop(name).asked, refusal)


def back(asked: Asked, refusal: Refusal) -> str:
    """Return the app's address with an error."""
    return _with(asked.redirect_uri, refusal.words | _state(asked))


def _with(address: str, more: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"


def _state(asked: Asked) -> dict[str, str]:
    return {} if asked.state is None else {"state": asked.state}


def _asked(given: Mapping[str, str], app: ConnectedApp) -> Asked:
    scopes = tuple(given.get("scope", "").split()) or app.scopes
    return Asked(
        app.client_id, given["redirect_uri"], scopes, given.get("state"),
        given.get("code_challenge", ""), frozenset(given.get("prompt", "").split()),
        given.get("login_hint", ""),
    )  # fmt: skip


def _complaint(given: Mapping[str, str], asked: Asked, app: ConnectedApp) -> Refusal | None:
    """Return what is wrong with a request of which the app itself is told."""
    if given.get("response_type") != "code":
        return Refusal("unsupported_response_type", "response type not supported")
    if set(asked.scopes) - set(app.scopes):
        return Refusal("invalid_scope", "the requested scope is not allowed")
    if given.get("code_challenge_method", "S256") != "S256":
        return Refusal("invalid_request", "invalid code challenge method")
    if asked.challenge and len(asked.challenge) != 43:
        return Refusal("invalid_request", "invalid code challenge")
    return None
