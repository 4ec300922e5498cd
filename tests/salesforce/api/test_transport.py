"""The session itself, against a server that keeps what it was sent."""

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.salesforce.worlds import CALM, QUICK
from wasf import __version__
from wasf.core.auth import Secret
from wasf.errors import LedgerUnreachable, NotConnected, Unreachable
from wasf.http import BoundedSession, NoAuth
from wasf.salesforce.api.client import ApiBudget, RestClient
from wasf.salesforce.api.errors import Execution, RequestFailed
from wasf.salesforce.api.transport import Transport
from wasf.salesforce.connection import Connection

TOKEN = "00D5e0000000001!canary"
GOOD = (200, {"Content-Type": "application/json"}, b'{"ok": true}')


class Recorder(ThreadingHTTPServer):
    """Answers what it is told, and keeps method, path, headers and body of what it is sent."""

    daemon_threads = True

    def __init__(self, host="127.0.0.1"):
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), Handler)
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}"
        self.answer = GOOD
        self.seen = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        status, headers, content = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *args):
        pass


@contextmanager
def serving(*host):
    with Recorder(*host) as recorder:
        thread = threading.Thread(target=recorder.serve_forever, args=(0.01,))
        thread.start()
        yield recorder
        recorder.shutdown()
        thread.join()


@pytest.fixture
def server():
    with serving() as recorder:
        yield recorder


def client(server, meter=None):
    return RestClient(Connection(server.url, Secret(TOKEN)), meter or ApiBudget(), QUICK, CALM)


def test_before_each_request_that_may_change_something_it_is_asked_whether_it_may(server):
    asked = []
    access = Connection(server.url, Secret(TOKEN))
    rest = RestClient(access, ApiBudget(), QUICK, CALM, before_write=lambda: asked.append(1))
    rest.read("limits")
    assert asked == []
    rest.write("sobjects/Task", {})
    rest.update("sobjects/Task/1", {})
    rest.delete("sobjects/Task/1")
    assert len(asked) == 3


def test_what_may_not_be_written_any_more_is_not_sent(server):
    def refuse():
        raise LedgerUnreachable("The session has ended.", "again")

    access = Connection(server.url, Secret(TOKEN))
    rest = RestClient(access, ApiBudget(), QUICK, CALM, before_write=refuse)
    with pytest.raises(RequestFailed) as caught:
        rest.write("sobjects/Task", {})
    assert isinstance(caught.value.error, LedgerUnreachable)
    assert caught.value.execution is Execution.NOT_EXECUTED
    assert server.seen == []


def test_what_every_request_carries(server):
    client(server).write("composite/sobjects", {"name": "Zoë"}, {"Sforce-Auto-Assign": "FALSE"})
    [(method, path, headers, body)] = server.seen
    assert (method, path) == ("POST", "/services/data/v67.0/composite/sobjects")
    assert json.loads(body) == {"name": "Zoë"}
    expected = {
        "Authorization": f"Bearer {TOKEN}",
        "Sforce-Call-Options": f"client=wasf/{__version__}",
        "Sforce-Auto-Assign": "FALSE",
        "User-Agent": f"wasf/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
    }
    assert expected.items() <= headers.items()
    assert not {"Cookie", "X-PrettyPrint", "Sforce-Duplicate-Rule-Header"} & headers.keys()


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login ada password secret\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


def test_a_netrc_file_does_not_replace_the_token(server, netrc):
    transport = Transport(Connection(server.url, Secret(TOKEN)), ApiBudget(), CALM)
    transport.trust_env = True  # as for an org that is not on this machine
    transport.get(f"{server.url}/services/data/")
    assert server.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_a_netrc_file_puts_nothing_into_a_sign_in(server, netrc):
    with BoundedSession(CALM, NoAuth(), trust_env=True) as session:
        session.post(f"{server.url}/services/oauth2/token", data={"a": "b"}).close()
    assert "Authorization" not in server.seen[0][2]


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert client(server).read("limits") == {"ok": True}


def test_no_cookie_is_kept(server):
    server.answer = (200, {**GOOD[1], "Set-Cookie": "BrowserId=canary; Path=/"}, GOOD[2])
    one = client(server)
    one.read("limits")
    one.read("limits")
    assert "Cookie" not in server.seen[1][2]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server, status):
    server.answer = (status, {"Location": f"{server.url}/services/data/elsewhere"}, b"")
    with pytest.raises(RequestFailed) as caught:
        client(server).write("composite/sobjects", {})
    assert isinstance(caught.value.error, Unreachable)
    assert caught.value.execution is Execution.UNKNOWN
    assert len(server.seen) == 1


def test_the_token_goes_to_no_other_place(server):
    transport = Transport(Connection(server.url, Secret(TOKEN)), ApiBudget(), CALM)
    for url in (
        "http://127.0.0.1:9/services/data/",
        f"{server.url}.example.com/services/data/",
        f"{server.url}/other/",
    ):
        with pytest.raises((ValueError, requests.RequestException)):
            transport.get(url)
    assert server.seen == []


ANSWERS = {
    "no content type": (200, {}, b"{}"),
    "plain text": (200, {"Content-Type": "text/plain"}, b"{}"),
    "another charset": (200, {"Content-Type": "application/json; charset=utf-16"}, b"{}"),
    "a number": (200, {"Content-Type": "application/json"}, b"1"),
    "accepted": (202, {"Content-Type": "application/json"}, b"{}"),
    "an encoding nobody asked for": (200, {**GOOD[1], "Content-Encoding": "br"}, b"{}"),
    "gzip that is none": (200, {**GOOD[1], "Content-Encoding": "gzip"}, b"{}"),
    "reset content": (205, {}, b""),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_not_salesforces_leaves_the_outcome_unknown(server, answer):
    server.answer = answer
    with pytest.raises(RequestFailed) as caught:
        client(server).write("composite/sobjects", {})
    assert caught.value.execution is Execution.UNKNOWN


REFUSALS = {
    "an object instead of a list": (401, b'{"errorCode": "INVALID_SESSION_ID", "message": "x"}'),
    "a list": (401, b'[{"errorCode": "INVALID_SESSION_ID", "message": "x"}]'),
    "a page": (401, b"<html></html>"),
    "nothing": (401, b""),
}


@pytest.mark.parametrize(("status", "body"), REFUSALS.values(), ids=REFUSALS)
def test_every_form_of_401(server, status, body):
    server.answer = (status, {"Content-Type": "application/json"}, body)
    with pytest.raises(RequestFailed) as caught:
        client(server).write("composite/sobjects", {})
    assert isinstance(caught.value.error, NotConnected)
    assert caught.value.execution is Execution.NOT_EXECUTED
    assert len(server.seen) == 1


def test_204_is_a_success(server):
    server.answer = (204, {}, b"")
    client(server).delete("sobjects/Lead/00Q")


def test_usage_is_read_from_every_answer(server):
    meter = ApiBudget()
    server.answer = (500, {"Sforce-Limit-Info": "api-usage=7/9"}, b"")
    with pytest.raises(RequestFailed):
        client(server, meter).write("composite/sobjects", {})
    assert meter.usage == (7, 9)


def test_an_ipv6_address_works():
    with serving("::1") as server:
        assert client(server).read("limits") == {"ok": True}


def test_a_certificate_that_nobody_vouches_for_gets_nothing(server, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "server.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = server.url.replace("http://", "https://")
    meter = ApiBudget()
    with pytest.raises(RequestFailed, match="certificate") as caught:
        client(server, meter).write("composite/sobjects", {})
    assert caught.value.execution is Execution.NOT_EXECUTED
    assert server.seen == []


def self_signed(path):
    """Writes a key and a certificate for this machine that no authority signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=20_000))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
