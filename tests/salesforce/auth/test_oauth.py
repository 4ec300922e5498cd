"""Salesforce's token endpoint: what is taken from an answer, and what is not."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.oauth_visitor import CALLBACK, USER, VERIFIER, Visitor, works
from wasf.core.auth import Profile, Secret, SignInKind, StoreKind, Tokens, UserId
from wasf.errors import NotConnected, Unreachable, WasfError, WrongUsage
from wasf.retry import Timeouts
from wasf.salesforce.auth.oauth import OAuth, refresh
from wasf.salesforce.auth.session import whoami
from wasf.salesforce.connection import Connection

ID = "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA"
GOOD = {
    "access_token": "00D000000000001!AQcanary", "refresh_token": "5Aepcanary", "id": ID,
    "instance_url": "http://127.0.0.1:9", "issued_at": "1772445600000", "token_type": "Bearer",
}  # fmt: skip


@contextmanager
def _answering(status: int, content: bytes, **headers: str) -> Iterator[str]:
    """A sign-in host that always gives this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _asks(url: str) -> OAuth:
    return OAuth(url, "3MVG9.client", timeouts=Timeouts(2, 2))


@pytest.fixture
def org() -> Iterator[LocalOrg]:
    with LocalOrg.start() as running:
        yield running


def _profile(login_url: str, client_id: str) -> Profile:
    return Profile(
        "default", SignInKind.WEB, login_url, client_id, "", "", UserId(""), "",
        is_sandbox=False, token_store=StoreKind.FILE,
    )  # fmt: skip


# --- With the local org ------------------------------------------------------------------------


def test_a_code_a_refresh_and_a_revocation(org: LocalOrg) -> None:
    visitor = Visitor(org, org.oauth.add_app(redirect_uris=[CALLBACK]))
    oauth = OAuth(org.base_url, visitor.app.client_id)
    grant = oauth.exchange_code(Secret(visitor.code()), Secret(VERIFIER), CALLBACK)
    assert grant.refresh_token is not None
    assert grant.instance_url == org.base_url
    assert abs((grant.issued_at - datetime.now(UTC)).total_seconds()) < 60
    who = whoami(Connection(grant.instance_url, grant.access_token))
    assert (who.username, who.org_id, who.is_sandbox) == (USER, org.org_id, False)

    renewed = oauth.refresh(grant.refresh_token)
    assert renewed.refresh_token is None, "no rotation"
    assert works(org, renewed.access_token.reveal())

    assert oauth.revoke(grant.refresh_token)
    assert not works(org, renewed.access_token.reveal())
    assert not oauth.revoke(Secret("5Aep861unknown"))
    with pytest.raises(NotConnected, match="no longer valid"):
        oauth.refresh(grant.refresh_token)


def test_a_code_works_once(org: LocalOrg) -> None:
    visitor = Visitor(org, org.oauth.add_app(redirect_uris=[CALLBACK]))
    oauth, code = OAuth(org.base_url, visitor.app.client_id), Secret(visitor.code())
    oauth.exchange_code(code, Secret(VERIFIER), CALLBACK)

    with pytest.raises(NotConnected, match="came too late"):
        oauth.exchange_code(code, Secret(VERIFIER), CALLBACK)


def test_a_code_of_another_sign_in(org: LocalOrg) -> None:
    visitor = Visitor(org, org.oauth.add_app(redirect_uris=[CALLBACK]))

    with pytest.raises(NotConnected, match="another sign-in"):
        OAuth(org.base_url, visitor.app.client_id).exchange_code(
            Secret(visitor.code()), Secret("v" * 64), CALLBACK
        )


@pytest.mark.parametrize("rotation", [False, True], ids=["kept", "rotated"])
def test_what_is_kept_after_a_refresh(org: LocalOrg, *, rotation: bool) -> None:
    app = org.oauth.add_app(redirect_uris=[CALLBACK], rotation=rotation)
    given = Visitor(org, app).tokens()
    old = Tokens(
        Secret(given["access_token"]), Secret(given["refresh_token"]), None, "", datetime.now(UTC)
    )
    new = refresh(_profile(org.base_url, app.client_id), old)

    assert new.access_token != old.access_token
    assert (new.refresh_token == old.refresh_token) is not rotation
    assert new.instance_url == org.base_url


def test_without_a_refresh_token_there_is_no_refresh() -> None:
    tokens = Tokens(Secret("00D!x"), None, None, "", datetime.now(UTC))

    with pytest.raises(NotConnected, match="no longer valid"):
        refresh(_profile("https://login.salesforce.com", "id"), tokens)


# --- Answers as Salesforce does not give them --------------------------------------------------


def test_a_good_answer() -> None:
    with _answering(200, json.dumps(GOOD).encode()) as url:
        grant = _asks(url).refresh(Secret("5Aep861"))

    assert grant.access_token.reveal() == GOOD["access_token"]
    assert grant.issued_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


BAD = {
    "no token": GOOD | {"access_token": ""},
    "a token with a line end": GOOD | {"access_token": "00D000!x\r\nX-Evil: 1"},
    "a token that is a number": GOOD | {"access_token": 12345678},
    "a refresh token with blanks": GOOD | {"refresh_token": "a b c d e f"},
    "an identity elsewhere": GOOD | {"id": "https://x/id/../.."},
    "a list": [GOOD],
    "a text": "token",
}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_a_bad_answer(value: object) -> None:
    with _answering(200, json.dumps(value).encode()) as url, pytest.raises(Unreachable) as raised:
        _asks(url).refresh(Secret("5Aep861"))

    assert "canary" not in str(raised.value) + raised.value.hint
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "instance", ["https://evil.example", "http://acme.my.salesforce.com", "", "javascript:1"]
)
def test_an_instance_that_is_not_salesforces(instance: str) -> None:
    answer = json.dumps(GOOD | {"instance_url": instance}).encode()
    with _answering(200, answer) as url, pytest.raises(NotConnected, match="not Salesforce's"):
        _asks(url).refresh(Secret("5Aep861"))


STATUSES: dict[str, tuple[int, bytes, dict[str, str], type[WasfError]]] = {
    "maintenance": (503, b"<html>down</html>", {}, Unreachable),
    "a redirect": (302, b"", {"Location": "http://127.0.0.1:1/steal"}, Unreachable),
    "a redirect that keeps the body": (307, b"", {"Location": "http://127.0.0.1:1/"}, Unreachable),
    "a page": (200, b"<html>captive portal</html>", {}, Unreachable),
    "an error without a name": (400, b"{}", {}, Unreachable),
    "cut off": (200, b"{", {"Content-Length": "100"}, Unreachable),
    "not UTF-8": (200, b'{"a": "\xff"}', {}, Unreachable),
}


@pytest.mark.parametrize(("status", "body", "headers", "kind"), STATUSES.values(), ids=STATUSES)
def test_an_answer_that_is_none(
    status: int, body: bytes, headers: dict[str, str], kind: type[WasfError]
) -> None:
    with _answering(status, body, **headers) as url, pytest.raises(kind) as raised:
        _asks(url).refresh(Secret("5Aep861canary"))

    assert "canary" not in str(raised.value) + raised.value.hint


def test_nobody_there() -> None:
    with pytest.raises(Unreachable, match="No connection"):
        _asks("http://127.0.0.1:9").refresh(Secret("5Aep861"))


def test_an_answer_that_is_too_large() -> None:
    with _answering(200, b" " * (17 << 20)) as url, pytest.raises(Unreachable, match="too large"):
        _asks(url).refresh(Secret("5Aep861"))


def test_client_credentials_want_the_orgs_own_address() -> None:
    oauth = OAuth("https://login.salesforce.com", "id", Secret("s"))

    with pytest.raises(WrongUsage, match="own address"):
        oauth.client_credentials()
