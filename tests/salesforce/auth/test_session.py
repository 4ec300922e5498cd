"""Tokens that Salesforce no longer accepts are renewed: once, kept before use, by one at a time."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.servers.salesforce import ConnectedApp, LocalOrg
from tests.signed_in import rotating_app, tokens_from, web_profile
from wasf.cli.main import StopRequests
from wasf.core.auth import Profile, Secret, Tokens
from wasf.core.policy import Reserve
from wasf.errors import ExitCode, NotConnected, Stopped, StoreUnusable, WasfError
from wasf.salesforce.api.client import RETRY, ApiBudget, RestClient
from wasf.salesforce.api.errors import RequestFailed
from wasf.salesforce.auth import oauth
from wasf.salesforce.auth.session import Session, fresh_session, kept_session
from wasf.salesforce.connection import Access, Connection
from wasf.store.credentials.token_stores import FileStore
from wasf.store.files import brief_lock

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def org() -> Iterator[LocalOrg]:
    with LocalOrg.start() as running:
        yield running


@pytest.fixture
def app(org: LocalOrg) -> ConnectedApp:
    return rotating_app(org)


@pytest.fixture
def profile(org: LocalOrg, app: ConnectedApp) -> Profile:
    return web_profile(org, app)


@pytest.fixture
def store(org: LocalOrg, app: ConnectedApp, profile: Profile, tmp_path: Path) -> FileStore:
    store = FileStore(tmp_path / "tokens")
    store.write(profile.name, tokens_from(org, app))
    return store


@pytest.fixture
def session(profile: Profile, store: FileStore, tmp_path: Path) -> Session:
    return new_session(profile, store, tmp_path)


def new_session(profile: Profile, store: FileStore, folder: Path) -> Session:
    lock = partial(brief_lock, folder / "token.lock", 30, "is signing in")
    return kept_session(profile, store, partial(oauth.refresh, profile), lock)


def client(access: Access) -> RestClient:
    return RestClient(access, ApiBudget(Reserve()), replace(RETRY, attempts=1))


def refreshes(org: LocalOrg) -> int:
    return sum(grant.refreshes for grant in org.oauth.grants)


def refused(access: Access) -> WasfError:
    with pytest.raises(RequestFailed) as caught:
        client(access).read("limits")
    return caught.value.error


def kept(store: FileStore) -> Tokens:
    tokens = store.read("acme")
    assert tokens is not None
    return tokens


def test_a_good_token_is_not_renewed(org: LocalOrg, session: Session):
    client(session).read("limits")
    assert refreshes(org) == 0


def test_a_token_that_ended_is_renewed_and_kept(org: LocalOrg, session: Session, store: FileStore):
    before = kept(store)
    for _ in range(3):
        org.oauth.expire_access()
        client(session).read("limits")
    assert refreshes(org) == 3
    assert kept(store).refresh_token != before.refresh_token
    assert kept(store).access_token == session.current().token


def test_a_write_is_sent_once_more_and_executed_once(org: LocalOrg, session: Session):
    org.oauth.expire_access()
    client(session).write("sobjects/Lead", {"LastName": "Example", "Company": "Example"})
    assert len(org.rows("Lead", LastName="Example")) == 1
    assert refreshes(org) == 1


def test_a_client_that_is_open_takes_what_another_one_renewed(org: LocalOrg, session: Session):
    first, second = client(session), client(session)
    org.oauth.expire_access()
    first.read("limits")
    calls = len(org.requests)
    second.read("limits")
    assert refreshes(org) == 1
    assert len(org.requests) == calls + 1


def test_many_threads_renew_once(org: LocalOrg, session: Session):
    clients = [client(session) for _ in range(6)]
    org.oauth.expire_access()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda each: each.read("limits"), clients))
    assert refreshes(org) == 1


def test_what_another_process_renewed_is_read_and_not_renewed_again(
    org: LocalOrg, session: Session, profile: Profile, store: FileStore, tmp_path: Path
):
    session.current()
    org.oauth.expire_access()
    client(new_session(profile, store, tmp_path)).read("limits")
    client(session).read("limits")
    assert refreshes(org) == 1


def test_an_org_that_moved(org: LocalOrg, session: Session, store: FileStore):
    client(session).read("limits")
    moved = org.base_url.replace("127.0.0.1", "localhost")
    org.oauth.move_instance(moved)
    client(session).read("limits")
    assert session.current().instance_url == kept(store).instance_url == moved


def test_a_sign_in_that_ended(org: LocalOrg, session: Session, store: FileStore):
    before = kept(store)
    org.oauth.revoke_grants()
    for _ in range(3):
        error = refused(session)
        assert error.exit_code is ExitCode.NOT_CONNECTED
        assert "wasf connect" in error.hint
    asked = [seen for seen in org.requests if seen.path.endswith("/oauth2/token")]
    assert len(asked) == 2  # the sign-in itself, and one try
    assert kept(store) == before


def test_an_org_that_refuses_every_token_is_asked_twice(org: LocalOrg, profile: Profile):
    tokens = iter(range(1_000))
    access = fresh_session(
        lambda: Tokens(Secret(f"bad{next(tokens)}"), None, None, org.base_url, NOW)
    )
    assert isinstance(refused(access), NotConnected)
    assert next(tokens) == 2


def test_a_token_that_comes_again_is_not_sent_again(org: LocalOrg):
    access = fresh_session(lambda: Tokens(Secret("bad"), None, None, org.base_url, NOW))
    assert isinstance(refused(access), NotConnected)
    assert len([seen for seen in org.requests if seen.path.endswith("/limits")]) == 1


def test_a_connection_by_itself_cannot_be_renewed(org: LocalOrg):
    assert isinstance(refused(Connection(org.base_url, Secret("bad"))), NotConnected)


def test_nobody_is_signed_in(session: Session, store: FileStore):
    store.delete("acme")
    with pytest.raises(NotConnected, match="acme"):
        session.current()


class _Failing(FileStore):
    """A store on a disk that fills up at a call of one kind."""

    def __init__(self, store: FileStore, folder: Path, call: str) -> None:
        super().__init__(folder)
        setattr(self, call, self._fail)

    def _fail(self, *_: object) -> None:
        raise StoreUnusable("no space left", "make some")


def test_the_old_tokens_are_not_spent_where_new_ones_cannot_be_kept(
    org: LocalOrg, profile: Profile, store: FileStore, tmp_path: Path
):
    session = new_session(profile, _Failing(store, tmp_path / "tokens", "check"), tmp_path)
    session.current()
    org.oauth.expire_access()
    assert isinstance(refused(session), StoreUnusable)
    assert refreshes(org) == 0
    client(new_session(profile, store, tmp_path)).read("limits")


def test_new_tokens_that_cannot_be_kept_are_not_used(
    org: LocalOrg, profile: Profile, store: FileStore, tmp_path: Path
):
    session = new_session(profile, _Failing(store, tmp_path / "tokens", "write"), tmp_path)
    session.current()
    org.oauth.expire_access()
    calls = len(org.requests)
    assert isinstance(refused(session), StoreUnusable)
    assert [seen.path.rpartition("/")[2] for seen in org.requests[calls:]] == ["limits", "token"]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signals")
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_does_not_lose_a_token_that_has_arrived(
    profile: Profile, store: FileStore, times: int
):
    def renewal(tokens: Tokens) -> Tokens:
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
        return Tokens(Secret("new"), Secret("newer"), None, tokens.instance_url, NOW)

    others = set(threading.enumerate())
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    hangup = signal.getsignal(signal.SIGHUP)
    StopRequests().install()
    try:
        session = kept_session(profile, store, renewal, nullcontext)
        with pytest.raises(Stopped):
            session.renew(session.current())
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
        signal.signal(signal.SIGHUP, hangup)
    for thread in set(threading.enumerate()) - others:
        thread.join()  # as at the end of the program, if the second signal came while it ended
    assert kept(store).refresh_token == Secret("newer")


@pytest.mark.parametrize("what", ["token", "address"])
def test_tokens_that_cannot_be_sent_are_refused(store: FileStore, profile: Profile, what: str):
    good = kept(store)
    bad: dict[str, Callable[[], Tokens]] = {
        "token": lambda: Tokens(Secret("two words"), None, None, good.instance_url, NOW),
        "address": lambda: Tokens(Secret("x"), None, None, "http://example.com", NOW),
    }
    with pytest.raises(WasfError):
        fresh_session(bad[what]).current()
