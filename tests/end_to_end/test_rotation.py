"""An org that ends the whole sign-in when a refresh token is used twice: never locked out."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf
from tests.secret_service import Session, needs_secret_service, user_session
from tests.servers.salesforce import ConnectedApp, LocalOrg
from tests.signed_in import folders_of, rotating_app, sign_in
from wasf.core.auth import StoreKind, Tokens
from wasf.interfaces import TokenStore
from wasf.store.credentials import open_token_store

REPOSITORY = Path(__file__).parents[2]
POINTS_AT_MOST = 20_000


@pytest.fixture
def app(org: LocalOrg) -> ConnectedApp:
    return rotating_app(org)


@pytest.fixture
def wasf(org: LocalOrg, tmp_path: Path) -> Wasf:
    """Signed in by a profile, not by the environment."""
    wasf = Wasf(org, tmp_path / "home")
    del wasf.environment["WASF_INSTANCE_URL"], wasf.environment["WASF_ACCESS_TOKEN"]
    return wasf


class Place(NamedTuple):
    """Where tokens are kept. `unlock_anew` says whether it had died and had to be unlocked."""

    store: TokenStore
    unlock_anew: Callable[[], bool]


KEYRING = pytest.param("keyring", marks=[needs_secret_service, pytest.mark.gate])


@pytest.fixture(params=["file", KEYRING])
def place(
    request: pytest.FixtureRequest, wasf: Wasf, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    kind = StoreKind(request.param)
    store = open_token_store(kind, folders_of(wasf.home), interactive=False, seconds=30.0)
    if kind is StoreKind.FILE:
        yield Place(store, lambda: False)
        return
    with (
        tempfile.TemporaryDirectory(prefix="wasf", ignore_cleanup_errors=True) as home,
        user_session(Path(home)) as session,
    ):
        session.unlock()
        for name, value in session.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
        wasf.environment |= session.environment
        yield Place(store, _watched(session, store))


def _watched(session: Session, store: TokenStore) -> Callable[[], bool]:
    """What a person does at a desktop whose keyring is another one than the one she unlocked."""
    store.check()  # it answers from then on
    unlocked = {session.process()}

    def unlock_anew() -> bool:
        if session.process() in unlocked:
            return False
        session.unlock_anew()
        store.check()
        unlocked.add(session.process())
        return True

    return unlock_anew


@pytest.fixture
def store(place: Place) -> TokenStore:
    return place.store


class Worker:
    """A helper process that does one thing for each line that it is told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert self.heard() == "ready"

    def told(self, line: object = "") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def heard(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


@contextmanager
def worker(module: str, environment: Mapping[str, str]) -> Iterator[Worker]:
    with subprocess.Popen(
        [sys.executable, "-m", module],
        env={"PATH": "/usr/bin:/bin", **environment},
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Worker(process)
        finally:
            process.communicate()


# --- Two at once -------------------------------------------------------------------------------


def renew_at_once(wasf: Wasf, store: TokenStore, app: ConnectedApp, rounds: int) -> None:
    sign_in(wasf.org, app, wasf.home, store)
    module = "tests.end_to_end.token_renewals"
    with worker(module, wasf.environment) as one, worker(module, wasf.environment) as two:
        for number in range(1, rounds + 1):
            wasf.org.oauth.expire_access()
            one.told()
            two.told()
            assert [one.heard(), two.heard()] == ["good", "good"], f"round {number}"
            [grant] = wasf.org.oauth.grants
            assert (grant.revoked, grant.refreshes) == (False, number)


def test_two_processes_that_renew_at_once(wasf: Wasf, store: TokenStore, app: ConnectedApp) -> None:
    renew_at_once(wasf, store, app, rounds=5)


@pytest.mark.gate
def test_two_processes_that_renew_at_once_200_times(
    wasf: Wasf, store: TokenStore, app: ConnectedApp
) -> None:
    renew_at_once(wasf, store, app, rounds=200)


# --- Killed ------------------------------------------------------------------------------------


class Kills:
    """Kills a sync at points between a token's arrival and its use, and looks what is left."""

    def __init__(self, wasf: Wasf, place: Place, app: ConnectedApp, chats: Chats) -> None:
        self.wasf, self.place, self.app, self.chats = wasf, place, app, chats
        self.signed_in_again = self.unlocked_anew = 0
        self.said = ["the first"]

    def sign_in(self) -> Tokens:
        sign_in(self.wasf.org, self.app, self.wasf.home, self.place.store)
        tokens = self.place.store.read("acme")
        assert tokens is not None
        return tokens

    def some_points(self, process: Worker, most: int) -> None:
        self.sign_in()
        self.wasf.org.oauth.expire_access()
        process.told(f"{POINTS_AT_MOST} {self.chats.ada(*self.said)}")
        points = int(process.heard())
        assert points > 20, "nothing is counted"
        for point in range(1, points, -(-points // most)):
            self.at(point, process)

    def at(self, point: int, process: Worker) -> None:
        text = f"the message at {point}"
        self.said.append(text)
        chat = self.chats.ada(*self.said)
        self.wasf.org.oauth.expire_access()
        process.told(f"{point} {chat}")
        heard = process.heard()
        if heard in ("exit 4", "exit 75") and self.place.unlock_anew():  # it died a moment later
            self.unlocked_anew += 1
            process.told(f"{point} {chat}")
            heard = process.heard()
        assert heard == "killed"
        self.no_token_elsewhere()
        result = self.wasf.run("sync", chat, "--json")
        if result.code in (4, 75) and self.place.unlock_anew():
            self.unlocked_anew += 1
            result = self.wasf.run("sync", chat, "--json")
        if result.code == 4:
            assert "wasf connect" in result.err
            self.sign_in()
            self.signed_in_again += 1
            result = self.wasf.run("sync", chat, "--json")
        assert result.code == 0, result.err
        assert [each for each in self.wasf.texts() if text in each] == [text]

    def no_token_elsewhere(self) -> None:
        """Tokens begin like this, at Salesforce and here, and stand in no file of another kind."""
        for path, content in self.wasf.kept().items():
            if re.search(rb"5Aep861|00D[0-9A-Za-z]{12}!", content):
                assert Path(path).is_relative_to(self.wasf.home / "tokens"), path


def killed_on_the_way(kills: Kills, most: int) -> None:
    with worker("tests.end_to_end.token_kills", kills.wasf.environment) as process:
        kills.some_points(process, most)


@pytest.fixture
def kills(wasf: Wasf, place: Place, app: ConnectedApp, chats: Chats) -> Kills:
    wasf.org.add("Contact", FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    return Kills(wasf, place, app, chats)


def test_a_kill_between_a_tokens_arrival_and_its_use(kills: Kills) -> None:
    killed_on_the_way(kills, most=5)
    assert kills.signed_in_again


@pytest.mark.gate
def test_a_kill_at_every_point_between_a_tokens_arrival_and_its_use(kills: Kills) -> None:
    killed_on_the_way(kills, most=POINTS_AT_MOST)
    print(
        f"kills from a token's arrival to its use: signed in again {kills.signed_in_again} times,"
        f" the keyring died {kills.unlocked_anew} times"
    )
