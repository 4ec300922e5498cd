"""Secrets as canaries: after a sign-in none of them is in any output, log, file or process list."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import requests

from tests.end_to_end.sign_in_process import USER, Connecting, Office, Person, query
from tests.end_to_end.test_sign_in_ways import KEY, _certified, _private, key_file
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import CodeGiven, Secret, Tokens
from wasf.salesforce.auth.authorize import AuthorizationRequest
from wasf.salesforce.auth.oauth import OAuth

__all__ = ["key_file"]

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_LOUD = """
import logging, sys, warnings
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
logging.captureWarnings(True)
warnings.simplefilter("always")
"""
_SECRET_FIELDS = {
    "code", "code_verifier", "client_secret", "refresh_token", "assertion", "token",
    "access_token", "id_token", "signature",
}  # fmt: skip


class Overheard:
    """What went over the wire to the token endpoint, and what processes were seen meanwhile."""

    def __init__(self, org: LocalOrg, answer: str) -> None:
        self.org = org
        self.answer = answer
        self.secrets: set[str] = set()
        self.processes = ""
        self.url = ""

    def take(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Forward one request, or answer it badly with every secret in the answer."""
        form = dict(parse_qsl(body.decode()))
        self.secrets |= {text for name, text in form.items() if name in _SECRET_FIELDS}
        self.processes += subprocess.run(
            ["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True
        ).stdout
        if self.answer:
            text = self.answer.replace("CANARY", " ".join(self.secrets))
            return 400, "application/json", text.encode()
        said = requests.post(self.org.base_url + path, data=form, timeout=30)
        if said.content:
            given = said.json()
            self.secrets |= {text for name, text in given.items() if name in _SECRET_FIELDS}
        return said.status_code, said.headers.get("Content-Type", "text/plain"), said.content


@contextmanager
def _overhearing(org: LocalOrg, answer: str = "") -> Iterator[Overheard]:
    overheard = Overheard(org, answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, content = overheard.take(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    overheard.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield overheard
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def office(org: LocalOrg, tmp_path: Path) -> Office:
    loud = tmp_path / "loud"
    loud.mkdir()
    (loud / "sitecustomize.py").write_text(_LOUD)
    office = Office(org, tmp_path / "home")
    office.environment |= {"PYTHONPATH": str(loud), "PYTHONDEVMODE": "1"}
    return office


def _connect(office: Office, overheard: Overheard, code: int) -> str:
    arguments = ["--domain", overheard.url, "--client-id", office.app.client_id, "--port",
                 str(office.port), "--no-browser", "--token-store", "file"]  # fmt: skip
    with Connecting(office, arguments) as connecting:
        address = connecting.address.replace(overheard.url, office.org.base_url)
        person = Person()
        answer = person.answer(address)
        overheard.secrets.add(query(answer)["code"])
        person.session.get(answer, timeout=30)
        return connecting.ends(code)


def _nothing_seen(overheard: Overheard, printed: str, home: Path, secrets: int) -> None:
    assert len(overheard.secrets) >= secrets
    kept = [path for path in home.rglob("*") if path.is_file() and path.name != "tokens.json"]
    for secret in overheard.secrets:
        assert len(secret) > 20
        assert secret not in printed
        assert secret not in overheard.processes
        for path in kept:
            assert secret.encode() not in path.read_bytes()


def test_a_sign_in_a_refresh_and_a_revocation(office: Office) -> None:
    with _overhearing(office.org) as overheard:
        printed = _connect(office, overheard, 0)
        office.org.oauth.expire_access()
        for command in (["test-lead"], ["status"], ["orgs"], ["config"], ["disconnect"]):
            done = office.run(*command)
            printed += done.stdout + done.stderr

    assert "DEBUG" in printed, "as loud as it gets"
    _nothing_seen(overheard, printed, office.home, 5)


ANSWERS = {
    "an error that repeats it": '{"error": "CANARY", "error_description": "CANARY"}',
    "a known error": '{"error": "invalid_grant", "error_description": "expired CANARY"}',
    "no JSON": "<p>CANARY</p>",
    "another JSON": '["CANARY"]',
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_refusal_that_repeats_what_was_sent(office: Office, answer: str) -> None:
    with _overhearing(office.org, answer) as overheard:
        printed = _connect(office, overheard, 75 if answer[0] in "<[" else 4)

    _nothing_seen(overheard, printed, office.home, 2)
    assert not list(office.home.rglob("tokens.json"))


def test_an_assertion_and_a_secret(office: Office, key_file: Path, tmp_path: Path) -> None:
    _certified(office)
    secret = _private(tmp_path / "secret", office.app.secret)
    with _overhearing(office.org) as overheard:
        office.org.oauth.change_app(office.app.client_id, run_as=USER)
        where = ["--domain", overheard.url, "--client-id", office.app.client_id]
        key = ["--jwt-key", key_file, "--username", USER]
        by_key = office.run("connect", "robot", *where, *key, code=78)
        by_secret = office.run(
            "connect", "app", *where, "--client-credentials", "--client-secret-file", secret,
            "--token-store", "file",
        )  # fmt: skip
        printed = by_key.stdout + by_key.stderr + by_secret.stdout + by_secret.stderr

    _nothing_seen(overheard, printed, office.home, 3)
    numbers = KEY.private_numbers()
    assert str(numbers.d) not in printed


def test_values_do_not_show_what_they_hold() -> None:
    secret = Secret("canary")
    attempt = AuthorizationRequest("https://login.salesforce.com", "id", "uri", secret, secret)
    tokens = Tokens(secret, secret, secret, "https://acme.my.salesforce.com", _NOON)
    for value in (attempt, tokens, CodeGiven(secret, pasted=True), OAuth("u", "i", secret)):
        assert "canary" not in repr(value)
        assert "canary" not in f"{value}"


def test_cassettes_hold_no_secret() -> None:
    for cassette in Path(__file__).parents[1].rglob("cassettes/*"):
        text = json.dumps(json.loads(cassette.read_text()))
        assert not re.search(r"00D\w{12,15}!\w{20}|5Aep\w{20}|eyJ\w{20}|refresh_token=", text)
        assert not re.search(r"Bearer (?!\*|REDACTED|redacted)\S{12}", text)
