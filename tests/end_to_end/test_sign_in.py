"""Signing in with a browser: whatever else knocks, the sign-in that a person makes completes."""

import http.client
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.end_to_end.program import eventually
from tests.end_to_end.sign_in_process import (
    PORTS,
    USER,
    Connecting,
    Office,
    Person,
    callback,
    query,
)
from tests.ports import turn_at
from tests.samples import one_in


@pytest.fixture
def connecting(office: Office) -> Iterator[Connecting]:
    with office.connect("--no-browser") as running:
        yield running


def _get(address: str, **options: object) -> int:
    return requests.get(address, timeout=10, allow_redirects=False, **options).status_code  # type: ignore[arg-type]


# --- The good end ------------------------------------------------------------------------------


def test_who_which_org_where_and_what_next(office: Office) -> None:
    printed = office.signed_in().printed

    for fact in (USER, office.org.org_id, "production", office.org.base_url, "the default"):
        assert fact in printed
    assert f"files in {office.home / 'tokens'}" in printed
    assert "lead.auto_create" in printed
    assert printed.rstrip().splitlines()[-1].startswith("Next: wasf test-lead")


def test_the_sign_in_can_be_used_at_once(office: Office) -> None:
    office.signed_in()

    assert "A test Lead" in office.run("test-lead").stdout
    assert USER in office.run("status").stdout


def test_the_browser_ends_on_a_clean_page(connecting: Connecting, office: Office) -> None:
    page = Person().signs_in(connecting.address)

    assert page.url == f"http://localhost:{office.port}/connected"
    assert "<h1>Connected</h1>" in page.text
    assert [each.status_code for each in page.history] == [303]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    connecting.ends(0)


def test_the_client_id_is_remembered(office: Office) -> None:
    office.signed_in("first")
    with Connecting(office, ["first", "--port", str(office.port), "--no-browser"]) as again:
        Person().signs_in(again.address)
        again.ends(0)


def test_the_browser_is_opened_at_the_address(office: Office, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    opener = tmp_path / "opener"
    opener.write_text(
        f'#!/bin/sh\nenv > {seen}.env; printf %s "$1" > {seen}.part; mv {seen}.part {seen}\n'
    )
    opener.chmod(0o700)
    secrets = dict.fromkeys(("WASF_TIMELINES_TOKEN", "WASF_META_APP_SECRET"), "a secret of ours")
    office.environment |= {"BROWSER": str(opener), **secrets}
    with office.connect() as connecting:
        address = connecting.address
        Person().signs_in(address)
        connecting.ends(0)

    eventually(seen.exists)  # nobody waits for a browser
    assert seen.read_text() == address
    environment = (tmp_path / "seen.env").read_text()
    assert "WASF_HOME" in environment
    assert "a secret of ours" not in environment


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is this machine's own")
def test_the_callback_listens_at_one_address_only(connecting: Connecting, office: Office) -> None:
    assert connecting.address
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.1", office.port)) == 0
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", office.port)) != 0


# --- What else knocks --------------------------------------------------------------------------


def _wrong_state(port: int, given: dict[str, str]) -> None:
    assert _get(f"{callback(port)}?code={given['code']}&state={'x' * 43}") == 400


def _forged(port: int, given: dict[str, str]) -> None:
    assert _get(f"{callback(port)}?code=forged") == 400


def _forged_refusal(port: int, given: dict[str, str]) -> None:
    assert _get(f"{callback(port)}?error=access_denied&state=guess") == 400


def _twice(port: int, given: dict[str, str]) -> None:
    assert _get(f"{callback(port)}?code=a&code=b&state={given['state']}") == 400


def _empty(port: int, given: dict[str, str]) -> None:
    assert _get(f"{callback(port)}?state={given['state']}") == 400


def _favicon(port: int, given: dict[str, str]) -> None:
    assert _get(f"http://localhost:{port}/favicon.ico") == 404


def _too_early(port: int, given: dict[str, str]) -> None:
    assert _get(f"http://localhost:{port}/connected") == 404


def _preflight(port: int, given: dict[str, str]) -> None:
    asked = {"Origin": "https://login.salesforce.com", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Private-Network": "true"}  # fmt: skip
    answer = requests.options(callback(port), headers=asked, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
    assert "Access-Control-Allow-Origin" not in answer.headers


def _post(port: int, given: dict[str, str]) -> None:
    assert requests.post(callback(port), data=given, timeout=10).status_code == 405


def _head(port: int, given: dict[str, str]) -> None:
    """A checker of links must not use the code up."""
    assert requests.head(callback(port), params=given, timeout=10).status_code == 405


def _rebound(port: int, given: dict[str, str]) -> None:
    """A name of the attacker's that leads to this machine."""
    asked = {"Host": f"evil.example:{port}"}
    assert _get(f"{callback(port)}?code=x&state={given['state']}", headers=asked) == 403


def _garbage(port: int, given: dict[str, str]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 400")


def _too_large(port: int, given: dict[str, str]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000)
            assert line.recv(100) == b""
        except ConnectionError:
            pass


def _hung_up(port: int, given: dict[str, str]) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=10).close()


STRAYS: dict[str, Callable[[int, dict[str, str]], None]] = {
    "a wrong state": _wrong_state,
    "a forged code": _forged,
    "a forged refusal": _forged_refusal,
    "a parameter twice": _twice,
    "no code": _empty,
    "a favicon": _favicon,
    "the last page too early": _too_early,
    "a preflight": _preflight,
    "a form": _post,
    "a checker of links": _head,
    "a rebound name": _rebound,
    "no HTTP at all": _garbage,
    "a request without end": _too_large,
    "somebody who hangs up": _hung_up,
}


@pytest.mark.parametrize("name", one_in(3, STRAYS))
def test_a_stray_request_is_answered_and_does_not_end_the_sign_in(
    name: str, connecting: Connecting, office: Office
) -> None:
    person = Person()
    answer = person.answer(connecting.address)
    STRAYS[name](office.port, query(answer))

    page = person.session.get(answer, timeout=30)

    assert "<h1>Connected</h1>" in page.text
    assert "Connected as" in connecting.ends(0)


def test_idle_connections_do_not_block(connecting: Connecting, office: Office) -> None:
    address = connecting.address
    idle = [socket.create_connection(("127.0.0.1", office.port)) for _ in range(20)]
    idle[0].sendall(b"GET /callback?")

    assert "<h1>Connected</h1>" in Person().signs_in(address).text
    connecting.ends(0)
    for each in idle:
        each.close()


def test_both_families_are_served(connecting: Connecting, office: Office) -> None:
    assert connecting.address
    for host in ("127.0.0.1", "::1"):
        line = http.client.HTTPConnection(host, office.port, timeout=10)
        line.request("GET", "/", headers={"Host": f"localhost:{office.port}"})
        assert line.getresponse().status == 404
        line.close()


def test_a_second_tab_sees_the_same_end(connecting: Connecting, office: Office) -> None:
    tabs = Person(), Person()
    answers = [tab.answer(connecting.address) for tab in tabs]

    ends = [
        tab.session.get(answer, timeout=30, allow_redirects=False).headers["Location"]
        for tab, answer in zip(tabs, answers, strict=True)
    ]

    assert ends == ["/connected", "/connected"]
    assert tabs[0].session.get(f"http://localhost:{office.port}/connected", timeout=10).ok
    connecting.ends(0)


def test_a_reload_of_the_callback_sees_the_same_end(connecting: Connecting) -> None:
    person = Person()
    answer = person.answer(connecting.address)
    first = person.session.get(answer, timeout=30, allow_redirects=False)
    again = person.session.get(answer, timeout=30, allow_redirects=False)

    assert (first.headers["Location"], again.headers["Location"]) == ("/connected", "/connected")
    connecting.ends(0)


# --- The other ends ----------------------------------------------------------------------------


def test_denial_ends_it(connecting: Connecting) -> None:
    person = Person()
    page = person.session.get(person.answer(connecting.address, "deny"), timeout=30)

    assert "<h1>Not connected</h1>" in page.text
    assert "declined" in connecting.ends(4)


def test_whoever_steals_a_code_cannot_use_it(connecting: Connecting, office: Office) -> None:
    """The verifier never left wasf; that Salesforce then takes no more of this code is all."""
    person = Person()
    answer = person.answer(connecting.address)
    form = {"grant_type": "authorization_code", "code": query(answer)["code"],
            "client_id": office.app.client_id, "redirect_uri": callback(office.port)}  # fmt: skip
    url = f"{office.org.base_url}/services/oauth2/token"
    for verifier in ({}, {"code_verifier": "v" * 43}):
        assert requests.post(url, data=form | verifier, timeout=10).status_code == 400

    page = person.session.get(answer, timeout=30)
    assert "<h1>Not connected</h1>" in page.text
    assert "came too late" in connecting.ends(4)


def test_a_replayed_answer_cannot_start_anything(office: Office) -> None:
    """The answer to an earlier sign-in, kept in a browser's history."""
    with office.connect("--no-browser") as first:
        person = Person()
        old = person.answer(first.address)
        person.session.get(old, timeout=30)
        first.ends(0)
    with office.connect("--no-browser") as second:
        address = second.address
        assert _get(old) == 400
        assert "<h1>Connected</h1>" in Person().signs_in(address).text
        second.ends(0)


def test_an_expired_code_ends_it(connecting: Connecting, office: Office) -> None:
    person = Person()
    answer = person.answer(connecting.address)
    office.org.oauth.expire_codes()
    page = person.session.get(answer, timeout=30)

    assert "<h1>Not connected</h1>" in page.text
    assert "came too late" in connecting.ends(4)
    assert not list(office.home.rglob("tokens.json"))


def test_nobody_comes(office: Office) -> None:
    with office.connect("--no-browser", "--timeout", 1) as connecting:
        assert "Nobody signed in within 1 seconds" in connecting.ends(4)


def test_ctrl_c(connecting: Connecting) -> None:
    assert connecting.address
    connecting.process.send_signal(signal.SIGINT)

    assert "stopped" in connecting.ends(130)


def test_a_set_up_error_never_comes_back(office: Office) -> None:
    office.org.oauth.change_app(office.app.client_id, redirect_uris=["http://localhost:1/other"])
    with office.connect("--no-browser", "--timeout", 1) as connecting:
        page = Person().session.get(connecting.address, timeout=10)
        assert "RemoteAccessErrorPage" in page.url
        assert "wasf help app" in connecting.ends(4)


# --- Ports -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")],
    ids=["busy", "busy on IPv6"],
)  # fmt: skip
def test_a_busy_port_moves_to_the_next(
    office: Office, family: socket.AddressFamily, host: str
) -> None:
    with turn_at(PORTS[0]), socket.socket(family) as other:
        try:
            other.bind((host, PORTS[0]))
            other.listen()
        except OSError:
            pass  # busy already, which is as good
        with office.connect("--no-browser", own_port=False) as connecting:
            assert query(connecting.address)["redirect_uri"] in map(callback, PORTS[1:])
            assert "<h1>Connected</h1>" in Person().signs_in(connecting.address).text
            connecting.ends(0)


@contextmanager
def _taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


def test_no_port_and_no_terminal(office: Office) -> None:
    with _taken(office.port), office.connect("--no-browser") as connecting:
        assert f"({office.port})" in connecting.ends(75)


# --- Pasting -----------------------------------------------------------------------------------


def test_a_pasted_address_wins(office: Office) -> None:
    with office.connect("--no-browser", terminal=True) as connecting:
        connecting.waits_for("> ")
        connecting.types("https://example.com/?code=abc&state=wrong")
        connecting.waits_for("another sign-in")
        connecting.types("hello")
        connecting.waits_for("neither the address")
        connecting.types("aPrxWrongCodeOfSomebodyElse==")
        connecting.waits_for("Still waiting")
        given = Person().answer(connecting.address)
        wrapped = "\n".join(given[at : at + 40] for at in range(0, len(given), 40))
        connecting.types(f"\x1b[200~{wrapped}\x1b[201~")
        assert f"Connected as {USER}" in connecting.ends(0)


def test_without_a_port_pasting_still_works(office: Office) -> None:
    with _taken(office.port), office.connect("--no-browser", terminal=True) as connecting:
        printed = connecting.waits_for("> ")
        address = next(word for word in printed.split() if "authorize?" in word)
        connecting.types(Person().answer(address))
        assert "Connected as" in connecting.ends(0)


def test_salesforces_own_error_page_is_explained(office: Office) -> None:
    uris = list(office.app.redirect_uris)
    office.org.oauth.change_app(office.app.client_id, redirect_uris=["http://localhost:1/other"])
    with office.connect("--no-browser", terminal=True) as connecting:
        address = connecting.address
        connecting.waits_for("> ")
        connecting.types(Person().session.get(address, timeout=10).url)
        connecting.waits_for("does not know the callback address")
        office.org.oauth.change_app(office.app.client_id, redirect_uris=uris)
        Person().signs_in(address)
        connecting.ends(0)


def test_without_a_terminal_nothing_is_asked(connecting: Connecting) -> None:
    assert connecting.address
    assert "Paste" not in connecting.printed
