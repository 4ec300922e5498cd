"""Lets pytest explain failures inside the contract, and runs contracts over both engines."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.servers.postgres import Cluster
from wasf.store.ledger import Ledger, LedgerFiles, SharedLedgerPlace

pytest.register_assert_rewrite("tests.store.ledger.contract")

_SCHEMAS = count()


@pytest.fixture
def tmp_path(memory_path: Path) -> Path:
    return memory_path


@pytest.fixture
def schema() -> str:
    """The name of a schema that no other test has."""
    return f"test_{next(_SCHEMAS)}"


def shared_place(cluster: Cluster, org_id: str, home: Path) -> SharedLedgerPlace:
    """Return the place of an org's ledger in a cluster, for a machine with this home."""
    files = LedgerFiles(home / "ledger.sqlite3", home / "inbox.sqlite3", home / "lock")
    return SharedLedgerPlace(cluster.address, org_id, files)


@pytest.fixture
def place(postgres: Cluster, schema: str, tmp_path: Path) -> SharedLedgerPlace:
    """The place of a shared ledger."""
    return shared_place(postgres, schema, tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Ledger]]:
    """Opens the same ledger with either engine, again and again; closed at the test's end."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path / "org" / "ledger.sqlite3"
            yield lambda: stack.enter_context(Ledger.open(path))
        else:
            cluster, schema = (request.getfixturevalue(name) for name in ("postgres", "schema"))
            yield lambda: stack.enter_context(shared_place(cluster, schema, tmp_path).open())
