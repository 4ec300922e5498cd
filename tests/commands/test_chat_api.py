"""Chat APIs: connected once, opened again, forgotten, with what the environment says first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wasf.commands.chat_api import ChatApis
from wasf.core.auth import KnownWorkspace, Secret, StoreKind
from wasf.core.checks import CheckStatus
from wasf.errors import NotConnected, StoreUnusable, WrongUsage
from wasf.interfaces import ApiAccess, ApiConnection, ApiOption, Provider, Workspace
from wasf.retry import RateLimiter
from wasf.store.credentials.token_stores import FileStore
from wasf.store.profiles import Workspaces

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
TOKEN = Secret("t0ken")
URL = "https://chat.example.com"


@dataclass
class Api:
    """A chat API that knows one token, and where it was reached."""

    connection: ApiConnection

    def workspace(self) -> Workspace:
        if self.connection.token != TOKEN:
            raise NotConnected("Acme does not accept the token.")
        return Workspace("Example")


ACME = Provider(
    "acme",
    "Acme Chat",
    ApiAccess(
        open=Api,  # type: ignore[arg-type]
        where="Acme: Settings",
        revocation="resetting it ends it",
        options=(ApiOption("url", "ADDRESS", "address"), ApiOption("account", "ID", "account")),
    ),
)
HOSTED = Provider("hosted", "Hosted", ApiAccess(Api, "", "", url=URL))  # type: ignore[arg-type]
HOOKS = Provider("hooks", "Hooks Only")


@dataclass
class Machine:
    """A machine with its files, and an environment."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def apis(self, **environment: str) -> ChatApis:
        return ChatApis(
            environment=environment,
            workspaces=Workspaces(self.folder),
            store=lambda kind: FileStore(self.folder / kind),
            limiter=lambda _: RateLimiter(10),
            clock=lambda: NOW,
        )

    def connect(self, **options: str) -> None:
        self.apis().connect(ACME, TOKEN, {"url": URL, **options}, StoreKind.FILE)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def reached(apis: ChatApis, provider: Provider = ACME) -> tuple[str, str, Mapping[str, str]]:
    api = apis.opened(provider)
    assert isinstance(api, Api)
    return api.connection.url, api.connection.token.reveal(), api.connection.options


def test_what_was_connected_is_opened_again(machine: Machine) -> None:
    machine.connect(account="3")
    assert reached(machine.apis()) == (URL, "t0ken", {"account": "3"})
    assert machine.apis().known(ACME) == KnownWorkspace(
        URL, "Example", StoreKind.FILE, {"account": "3"}
    )
    kept = json.loads((machine.folder / "acme.json").read_text())
    assert kept == {"url": URL, "workspace": "Example", "token_store": "file",
                    "options": {"account": "3"}}  # fmt: skip


def test_it_is_opened_once(machine: Machine) -> None:
    machine.connect()
    apis = machine.apis()
    assert apis.opened(ACME) is apis.opened(ACME)


def test_the_environment_wins_and_what_it_leaves_out_is_kept(machine: Machine) -> None:
    machine.connect(account="3")
    apis = machine.apis(WASF_ACME_TOKEN="other", WASF_ACME_URL="https://elsewhere.example.com")
    assert reached(apis) == ("https://elsewhere.example.com", "other", {"account": "3"})
    assert reached(machine.apis(WASF_ACME_ACCOUNT="4"))[2] == {"account": "4"}


def test_connected_again_without_options_it_is_as_before(machine: Machine) -> None:
    machine.connect(account="3")
    machine.apis().connect(ACME, TOKEN, {}, StoreKind.FILE)
    assert reached(machine.apis()) == (URL, "t0ken", {"account": "3"})


def test_the_usual_address_need_not_be_said(machine: Machine) -> None:
    machine.apis().connect(HOSTED, TOKEN, {}, StoreKind.FILE)
    assert reached(machine.apis(), HOSTED) == (URL, "t0ken", {})
    kept = json.loads((machine.folder / "hosted.json").read_text())
    assert kept == {"url": URL, "workspace": "Example", "token_store": "file"}


def test_an_address_that_nobody_knows_is_asked_for(machine: Machine) -> None:
    with pytest.raises(WrongUsage) as told:
        machine.apis().connect(ACME, TOKEN, {}, StoreKind.FILE)
    assert told.value.hint == "wasf connect acme --url ADDRESS"


def test_a_token_that_is_not_accepted_is_not_kept(machine: Machine) -> None:
    with pytest.raises(NotConnected):
        machine.apis().connect(ACME, Secret("wrong"), {"url": URL}, StoreKind.FILE)
    assert list(machine.folder.iterdir()) == []


def test_a_token_moves_to_another_store(machine: Machine) -> None:
    machine.connect()
    machine.apis().connect(ACME, TOKEN, {}, StoreKind.KEYRING)
    assert FileStore(machine.folder / StoreKind.FILE).read("@acme") is None
    assert reached(machine.apis()) == (URL, "t0ken", {"account": ""})


def test_what_is_forgotten_is_gone(machine: Machine) -> None:
    machine.connect()
    assert machine.apis().disconnect(ACME).workspace == "Example"
    assert machine.apis().opened(ACME) is None
    assert FileStore(machine.folder / StoreKind.FILE).read("@acme") is None
    with pytest.raises(NotConnected) as told:
        machine.apis().disconnect(ACME)
    assert told.value.hint == "wasf connect acme"


def test_a_token_that_is_gone_is_told(machine: Machine) -> None:
    machine.connect()
    FileStore(machine.folder / StoreKind.FILE).delete("@acme")
    with pytest.raises(NotConnected, match="The token of Acme Chat is gone"):
        machine.apis().opened(ACME)


def test_a_damaged_file_is_told_with_what_fixes_it(machine: Machine) -> None:
    for text in ("{", "[]", '{"url": "x"}', '{"url": "x", "workspace": "y", "token_store": "z"}'):
        (machine.folder / "acme.json").write_text(text)
        with pytest.raises(StoreUnusable) as told:
            machine.apis().opened(ACME)
        assert told.value.hint == "wasf connect acme"


def test_webhooks_alone_are_nothing_to_connect_to(machine: Machine) -> None:
    assert machine.apis().opened(HOOKS) is None
    with pytest.raises(WrongUsage):
        machine.apis().connect(HOOKS, TOKEN, {}, StoreKind.FILE)


def test_a_check_says_whether_it_answers(machine: Machine) -> None:
    assert machine.apis().check(ACME) is None
    machine.connect()
    found = machine.apis().check(ACME)
    assert found is not None
    assert (found.status, "Example" in found.result) == (CheckStatus.OK, True)
    wrong = machine.apis(WASF_ACME_TOKEN="wrong").check(ACME)
    assert wrong is not None
    assert wrong.status is CheckStatus.FAILED
