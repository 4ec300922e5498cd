"""An org, a home folder and the program for every test."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine

pytest.register_assert_rewrite("tests.end_to_end.program")  # before it is imported

from tests.end_to_end import suite_over_postgres  # noqa: E402
from tests.end_to_end.program import ADA_PHONE, PRIVATE, Chats, Wasf  # noqa: E402
from tests.servers.salesforce import LocalOrg  # noqa: E402

if TYPE_CHECKING:
    from tests.end_to_end.sign_in_process import Office


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest's own hook. Over PostgreSQL some tests have nothing to say."""
    if not suite_over_postgres.IS_ON:
        return
    for item in items:
        if reason := suite_over_postgres.reason_to_skip(item.nodeid):
            item.add_marker(pytest.mark.skip(reason))


@pytest.fixture(scope="session")
def databases() -> Iterator[suite_over_postgres.Databases | None]:
    """The databases of the homes; None where their ledgers are files."""
    if not suite_over_postgres.IS_ON:
        yield None
        return
    with suite_over_postgres.server() as cluster:
        yield suite_over_postgres.Databases(cluster)


@pytest.fixture(autouse=True)
def _ledgers(
    databases: suite_over_postgres.Databases | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    if databases is None:
        yield
        return
    monkeypatch.setattr(Wasf, "ledger_of", databases.address)
    with databases.of_one_test():
        yield


@pytest.fixture
def org_without_rules(request: pytest.FixtureRequest) -> Iterator[LocalOrg]:
    """An org in which no duplicate rule is active."""
    with LocalOrg.start() as running:
        if suite_over_postgres.needs_key_field(request.node.nodeid):
            running.add_key_field()
        yield running


@pytest.fixture
def org(org_without_rules: LocalOrg) -> LocalOrg:
    """An org with the duplicate rule that is active in every new org."""
    org_without_rules.add_duplicate_rule()
    return org_without_rules


@pytest.fixture
def home(memory_path: Path) -> Path:
    return memory_path / "home"


@pytest.fixture
def wasf(org: LocalOrg, home: Path) -> Wasf:
    return Wasf(org, home)


@pytest.fixture
def two_minutes_later() -> Iterator[None]:
    """The clock is ahead of the files' times: for young files a sync waits two seconds (I4)."""
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        yield


@pytest.fixture
def office(org: LocalOrg, tmp_path: Path) -> "Office":
    from tests.end_to_end.sign_in_process import Office  # it needs a terminal as Windows has none

    return Office(org, tmp_path / "home")


@pytest.fixture
def chats(tmp_path: Path) -> Chats:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Chats(folder)


@pytest.fixture
def chat(chats: Chats) -> Path:
    """A chat of two messages whose text and number nobody may see on standard error."""
    return chats.ada(PRIVATE, f"{PRIVATE}, call {ADA_PHONE}", title="+44 7700 900123")
