"""Certificates and proxies as companies have them, against real TLS and a real proxy."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wasf.errors import BadSetting, ExitCode
from wasf.http import BoundedSession, Cause, NoAuth, NoResponse
from wasf.retry import Timeouts

TIMEOUTS = Timeouts(connect=5, read=5)
NOW = datetime.now(UTC)
A_DAY = timedelta(days=1)
ELSEWHERE = "https://acme.example"  # reached by a proxy only


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY",
                 "ALL_PROXY", "https_proxy", "all_proxy", "NO_PROXY", "no_proxy"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def certificate(folder: Path, begins: datetime, ends: datetime) -> Path:
    """Write a key and a certificate for this machine, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(begins).not_valid_after(ends)
        .add_extension(address, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    own = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(own + made.public_bytes(pem))
    return path


class Answer(BaseHTTPRequestHandler):
    """Answers every request; as a proxy it wants a user and a password."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_CONNECT(self) -> None:
        self.send_response(407, "Proxy Authentication Required")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving(pem: Path | None = None) -> Iterator[str]:
    """Serve at this machine; yield host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def own_authority(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    pem = certificate(tmp_path, NOW - A_DAY, NOW + A_DAY)
    with serving(pem) as address:
        yield f"https://{address}/", pem


def asked(url: str) -> bytes:
    with BoundedSession(TIMEOUTS, NoAuth(), trust_env=True) as session, session.get(url) as answer:
        return session.body(answer)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_the_company_counts(
    variable: str, own_authority: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, pem = own_authority
    monkeypatch.setenv(variable, str(pem))
    assert asked(url) == b"ok"


def test_an_authority_that_nobody_named_does_not(own_authority: tuple[str, Path]) -> None:
    with pytest.raises(NoResponse) as caught:
        asked(own_authority[0])
    assert caught.value.cause is Cause.CERTIFICATE
    error = caught.value.shown("Salesforce")
    assert error.exit_code is ExitCode.BAD_SETTINGS
    assert "SSL_CERT_FILE" in error.hint


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "no PEM"])
def test_a_bundle_that_cannot_be_used_is_named(
    variable: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "authority.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(BadSetting, match=variable) as caught:
        asked(ELSEWHERE)
    assert str(path) in caught.value.message


@pytest.mark.parametrize("days", [(-9, -2), (2, 9)], ids=["not any more", "not yet"])
def test_a_certificate_out_of_its_time_names_the_date_of_the_machine(
    days: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, NOW + days[0] * A_DAY, NOW + days[1] * A_DAY)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(pem) as address, pytest.raises(NoResponse) as caught:
        asked(f"https://{address}/")
    assert caught.value.cause is Cause.CERTIFICATE_DATE
    error = caught.value.shown("Salesforce")
    assert error.exit_code is ExitCode.BAD_SETTINGS
    assert f"{datetime.now(UTC):%Y-%m-%d}" in error.message


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://ada:canary@127.0.0.1:9", "127.0.0.1:9"),
        ("http://ada:canary@proxy.invalid:3128/", "proxy.invalid:3128"),
        ("http://ada:canary@[nonsense", ""),
    ],
    ids=["dead", "unknown", "nonsense"],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_does_not_work_is_named_without_its_password(
    variable: str, proxy: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(NoResponse) as caught:
        asked(ELSEWHERE)
    error = caught.value.shown("Salesforce")
    assert (caught.value.cause, error.exit_code) == (Cause.PROXY, ExitCode.TRY_LATER)
    assert shown in error.message
    assert "canary" not in error.message + error.hint + repr(caught.value)


def test_a_proxy_that_wants_a_password_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        with pytest.raises(NoResponse) as caught:
            asked(ELSEWHERE)
    error = caught.value.shown("Salesforce")
    assert error.exit_code is ExitCode.BAD_SETTINGS
    assert address in error.message
