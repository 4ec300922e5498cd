"""A browser and an app, as plain requests, for the tests of signing in."""

import base64
import hashlib
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.servers.salesforce import PASSWORD, ConnectedApp, LocalOrg

CALLBACK = "http://localhost:17171/callback"
USER = "robin@example.com"
VERIFIER = secrets.token_urlsafe(64)


def challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def login_host(org: LocalOrg) -> str:
    """Return the org's address that plays login.salesforce.com."""
    return org.base_url.replace("127.0.0.1", "localhost")


class Visitor:
    """A person with a browser who signs in for one app."""

    def __init__(self, org: LocalOrg, app: ConnectedApp) -> None:
        self.org, self.app = org, app
        self.session = requests.Session()
        self.base = org.base_url

    def asked(self, **changes: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "response_type": "code", "client_id": self.app.client_id, "redirect_uri": CALLBACK,
            "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256",
            "state": "st ate&=?ü", "scope": "api refresh_token",
        }  # fmt: skip
        return {key: value for key, value in (asked | changes).items() if value is not None}

    def goes(self, path: str, **options: Any) -> requests.Response:
        """Send one request and follow no redirect."""
        method = options.pop("method", "GET")
        address = path if path.startswith("http") else self.base + path
        return self.session.request(method, address, allow_redirects=False, timeout=10, **options)

    def authorize(self, **changes: str | None) -> requests.Response:
        return self.goes("/services/oauth2/authorize", params=self.asked(**changes))

    def begins(self, **changes: str | None) -> str:
        """Return the address of the page that asks for the password or for consent."""
        answer = self.authorize(**changes)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def logs_in(self, page: str, user: str = USER, password: str = PASSWORD) -> requests.Response:
        form = {"un": user, "pw": password, "action": "log in"}
        return self.goes(page, method="POST", data=form)

    def says(self, page: str, action: str) -> dict[str, str]:
        """Return what the app gets after "allow" or "deny"."""
        return heard(self.goes(page, method="POST", data={"action": action}))

    def code(self, **changes: str | None) -> str:
        """Return the code of a whole sign-in, with consent if it is asked for."""
        page = self.begins(**changes)
        if self.logs_in(page).status_code == 303:
            answer = self.goes(page)
            if answer.status_code == 302:
                return heard(answer)["code"]
        return self.says(page, "allow")["code"]

    def tokens(self, **changes: str | None) -> dict[str, str]:
        answer = self.exchange(self.code(**changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def exchange(self, code: str, **changes: str | None) -> requests.Response:
        given: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "client_id": self.app.client_id,
            "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
        }  # fmt: skip
        return self.posts("token", **(given | changes))

    def refresh(self, token: str, **changes: str | None) -> requests.Response:
        given: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": self.app.client_id,
        }
        return self.posts("token", **(given | changes))

    def posts(self, endpoint: str, **form: str | None) -> requests.Response:
        given = {key: value for key, value in form.items() if value is not None}
        return requests.post(f"{self.base}/services/oauth2/{endpoint}", data=given, timeout=10)


def heard(answer: requests.Response) -> dict[str, str]:
    """Return the query that the app's callback gets; fail if the answer does not go there."""
    address = answer.headers.get("Location", "")
    assert answer.status_code == 302, answer.text
    assert address.startswith(CALLBACK + "?"), address
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def shown_error(visitor: Visitor, answer: requests.Response) -> tuple[str, str]:
    """Return error and description of the org's own error page; fail if the app gets them."""
    address = answer.headers.get("Location", "")
    assert urlsplit(address).path == "/setup/secur/RemoteAccessErrorPage.apexp", address
    page = visitor.goes(address)
    found = re.search(r'id="error">([^<]*) : ([^<]*)<', page.text)
    assert found, page.text
    return found[1], found[2].replace("&#x27;", "'")


def refusal(answer: requests.Response) -> tuple[str, str]:
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error", "error_description"}
    return answer.json()["error"], answer.json()["error_description"]


def works(org: LocalOrg, token: str, base: str = "") -> bool:
    """Whether the API takes an access token."""
    return (
        requests.get(
            f"{base or org.base_url}/services/data/v62.0/limits",
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        ).status_code
        == 200
    )
