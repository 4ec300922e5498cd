"""The client of wasf at an OAuth 2 server that others wrote: nothing of ours judges what it sends.

The local org was written together with the client; what both got wrong alike is seen only here.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.end_to_end.foreign_sign_in import ForeignHost, Visitor, foreign_host
from tests.end_to_end.program import Chats
from tests.end_to_end.sign_in_process import Office, callback, query
from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.oauth_visitor import works
from tests.signed_in import folders_of
from wasf.core.auth import Secret, StoreKind, Tokens
from wasf.errors import BadSetting, NotConnected, WasfError
from wasf.salesforce.auth.authorize import AuthorizationRequest
from wasf.salesforce.auth.oauth import OAuth
from wasf.store.credentials import open_token_store

GARBLED = Secret("A" * 86)


@pytest.fixture(scope="module")
def org() -> Iterator[LocalOrg]:
    with LocalOrg.start() as running:
        yield running


@pytest.fixture(scope="module")
def host(org: LocalOrg, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignHost]:
    """It takes seconds to start; each test makes sign-ins of its own there."""
    folder = tmp_path_factory.mktemp("toolkit")
    with foreign_host(org, folder) as running:
        yield running


@pytest.fixture
def office(org: LocalOrg, host: ForeignHost, tmp_path: Path) -> Office:
    office = Office(org, tmp_path / "home")
    office.login_host, office.client_id, office.port = host.address, host.client_id, host.port
    return office


def _kept(office: Office) -> Tokens:
    store = open_token_store(StoreKind.FILE, folders_of(office.home), interactive=False)
    tokens = store.read("default")
    assert tokens is not None
    return tokens


def test_from_the_first_page_to_the_revocation(
    office: Office, host: ForeignHost, chats: Chats
) -> None:
    with office.connect("--no-browser") as connecting:
        page = requests.get(Visitor().answer(connecting.address), timeout=30)
        printed = connecting.ends(0)
    assert "<h1>Connected</h1>" in page.text
    assert office.org.org_id in printed
    first = _kept(office)

    office.run("sync", chats.ada("Hello", title="+44 7700 900123"))
    assert _kept(office) == first, "nothing had to be renewed"

    host.expire_access()
    office.run("sync", chats.ada("Hello", "again", title="+44 7700 900123"))
    second = _kept(office)
    host.expire_access()
    office.run("sync", chats.ada("Hello", "again", "and again", title="+44 7700 900123"))
    last = _kept(office)
    assert len({tokens.root for tokens in (first, second, last)}) == 3, "each was used once"
    assert len(office.org.rows("Task")) == 3

    assert works(office.org, last.access_token.reveal(), host.address)
    assert "revoked at Salesforce" in office.run("disconnect").stdout
    assert not works(office.org, last.access_token.reveal(), host.address)
    with pytest.raises(NotConnected):
        OAuth(host.address, host.client_id).refresh(last.root)


def test_somebody_says_no(office: Office) -> None:
    with office.connect("--no-browser") as connecting:
        page = requests.get(Visitor().answer(connecting.address, allow=False), timeout=30)
        printed = connecting.ends(4)

    assert "declined in the browser" in printed
    assert "<h1>Connected</h1>" not in page.text


def test_several_that_renew_at_once_use_a_token_once(office: Office, host: ForeignHost) -> None:
    """A second use would end the sign-in there."""
    with office.connect("--no-browser") as connecting:
        requests.get(Visitor().answer(connecting.address), timeout=30)
        connecting.ends(0)
    given = host.refresh_tokens()
    host.expire_access()
    host.slow_down(3)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(office.run, "doctor") for _ in range(3)]:
            assert f"{office.org.rows('Organization')[0]['Name']}" in done.result().stdout

    assert host.refresh_tokens() == given + 1
    host.slow_down(0)
    host.expire_access()
    office.run("doctor")


# --- What that server refuses ------------------------------------------------------------------

Asking = Callable[[OAuth, AuthorizationRequest, Secret], object]


def _wrong_verifier(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    oauth.exchange_code(code, GARBLED, attempt.redirect_uri)


def _another_way_back(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    oauth.exchange_code(code, attempt.verifier, f"{attempt.redirect_uri}/there")


def _a_code_that_was_guessed(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    oauth.exchange_code(GARBLED, attempt.verifier, attempt.redirect_uri)


def _a_code_used_twice(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    oauth.exchange_code(code, attempt.verifier, attempt.redirect_uri)
    oauth.exchange_code(code, attempt.verifier, attempt.redirect_uri)


def _a_refresh_token_used_twice(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    first = oauth.exchange_code(code, attempt.verifier, attempt.redirect_uri)
    oauth.refresh(first.root)
    oauth.refresh(first.root)


def _a_sign_in_that_was_revoked(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    tokens = oauth.exchange_code(code, attempt.verifier, attempt.redirect_uri)
    assert abs((tokens.issued_at - datetime.now(UTC)).total_seconds()) < 60
    assert oauth.revoke(tokens.root)
    oauth.refresh(tokens.root)


def _another_app(oauth: OAuth, attempt: AuthorizationRequest, code: Secret) -> None:
    OAuth(oauth.login_url, "unknown-there").exchange_code(
        code, attempt.verifier, attempt.redirect_uri
    )


REFUSED: dict[Asking, type[WasfError]] = {
    _wrong_verifier: NotConnected,
    _another_way_back: BadSetting,
    _a_code_that_was_guessed: NotConnected,
    _a_code_used_twice: NotConnected,
    _a_refresh_token_used_twice: NotConnected,
    _a_sign_in_that_was_revoked: NotConnected,
    _another_app: BadSetting,
}


@pytest.mark.parametrize(
    ("asked", "kind"), REFUSED.items(), ids=[each.__name__ for each in REFUSED]
)
def test_what_it_refuses(host: ForeignHost, asked: Asking, kind: type[WasfError]) -> None:
    attempt = AuthorizationRequest.begin(host.address, host.client_id, callback(host.port))
    code = Secret(query(Visitor().answer(attempt.address))["code"])

    with pytest.raises(kind) as raised:
        asked(OAuth(host.address, host.client_id), attempt, code)

    assert code.reveal() not in f"{raised.value} {raised.value.hint}"
