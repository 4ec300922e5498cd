"""Lets pytest explain failures inside the contract, and runs contracts over both engines."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.servers.postgres import Cluster, running_cluster
from wasf.store.ledger import Ledger

pytest.register_assert_rewrite("tests.store.ledger.contract")

_SCHEMAS = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of its own on a loopback port; skips where there is no PostgreSQL."""
    with running_cluster() as cluster:
        if cluster is None:
            pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
        yield cluster


@pytest.fixture
def schema() -> str:
    """The name of a schema that no other test has."""
    return f"test_{next(_SCHEMAS)}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Ledger]]:
    """Opens the same ledger with either engine, again and again; closed at the test's end."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path / "org" / "ledger.sqlite3"
            yield lambda: stack.enter_context(Ledger.open(path))
        else:
            cluster, schema = (request.getfixturevalue(name) for name in ("postgres", "schema"))
            yield lambda: stack.enter_context(Ledger.connect(cluster.address, schema))
