"""The pages of a sign-in: log in, allow or deny, and errors that an admin must fix."""

import re
from urllib.parse import urlsplit

from starlette.responses import Response

from tests.servers.salesforce.oauth_apps import Refusal
from tests.servers.salesforce.oauth_grants import PASSWORD
from tests.servers.salesforce.oauth_visits import Pending
from wasf.demo.salesforce import html
from wasf.demo.salesforce.html import Child, Html, tag
from wasf.demo.salesforce.org import OrgState

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")

_MEANING = {
    "api": "Manage your data through APIs",
    "refresh_token": "Do so at any time, without you",
    "offline_access": "Do so at any time, without you",
    "openid": "Know who you are",
    "id": "Read your name and mail address",
    "web": "Use the browser in your name",
}


def log_in(org: OrgState, pending: Pending, hint: str, *, failed: bool) -> Response:
    """Return the page that asks for user name and password."""
    wrong = None
    if failed:
        words = "Please check your username and password, or ask your Salesforce administrator."
        wrong = tag("p", words, class_="wrong", id="error", role="alert")
    form = _form(
        _input("Username", "username", "un", value=hint, autocomplete="username"),
        _input("Password", "password", "pw", type_="password", autocomplete="current-password"),
        tag("button", "Log in", type_="submit", name="action", value="log in", id="Login"),
        tag("p", f"This org runs on your machine; its password is {PASSWORD}.", class_="quiet"),
    )
    return _page(org, pending, "Log in", tag("h1", "Log in"), wrong, form)


def consent(org: OrgState, pending: Pending, username: str) -> Response:
    """Return the page that asks whether the app may have the scopes it asks for."""
    meanings = dict.fromkeys(_MEANING.get(scope, scope) for scope in pending.asked.scopes)
    form = _form(
        tag("button", "Deny", type_="submit", name="action", value="deny", id="oadeny",
            class_="second"),
        tag("button", "Allow", type_="submit", name="action", value="allow", id="oaapprove"),
    )  # fmt: skip
    return _page(
        org, pending, "Allow access?",
        tag("h1", "Allow access?"),
        tag("p", tag("b", pending.app.name), " asks to:"),
        tag("ul", [tag("li", meaning) for meaning in meanings]),
        tag("p", f"You are logged in as {username}."), form,
    )  # fmt: skip


def error(org: OrgState, refusal: Refusal) -> Response:
    """Return the page for mistakes in an app's setup, which the app is not told of."""
    words = "We can't authorize you because of an OAuth error. Ask your Salesforce administrator."
    return html.page(
        org, "OAuth error",
        _box(tag("h1", "Something is not set up yet"), tag("p", words),
             tag("p", tag("code", f"{refusal.error} : {refusal.description}", id="error"))),
    )  # fmt: skip


def over(org: OrgState) -> Response:
    """Return the page for a sign-in that has ended or is unknown."""
    words = "This sign-in has ended. Go back to the app and begin again."
    return html.page(org, "Sign-in ended", _box(tag("h1", "Sign-in ended"), tag("p", words)),
                      status=400)  # fmt: skip


def _page(org: OrgState, pending: Pending, title: str, *body: Child) -> Response:
    response = html.page(org, title, _box(*body))
    # Browsers check where a form's answer sends them, too: the app's address must be named.
    policy = html.HEADERS["Content-Security-Policy"]
    allowed = f"form-action 'self'{_origin(pending.asked.redirect_uri)}"
    response.headers["Content-Security-Policy"] = policy.replace("form-action 'none'", allowed)
    return response


def _origin(address: str) -> str:
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    return f" {origin}" if _ORIGIN.fullmatch(origin) else ""


def _box(*body: Child) -> Html:
    return tag("section", tag("div", *body, class_="sign-in"), class_="card narrow")


def _form(*body: Child) -> Html:
    return tag("form", *body, method="post")


def _input(label: str, name: str, field: str, **attributes: str) -> Html:
    fields = {"type_": "text", **attributes}
    return tag("label", label, tag("input", id=name, name=field, **fields))
