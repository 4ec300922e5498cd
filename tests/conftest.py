"""Makes a run the same wherever it is started, and shares it out over the processors.

No test may then depend on how much of a processor it gets: no example of a property has a deadline.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from tests.folders import MEMORY
from tests.servers.postgres import Cluster, running_cluster

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


def pytest_configure() -> None:
    """pytest's own hook. Under nohup SIGHUP is ignored, and what the tests start inherits that.

    What is compiled is kept, for the many processes that tests and gates start.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    hangup = getattr(signal, "SIGHUP", None)
    if hangup and signal.getsignal(hangup) is signal.SIG_IGN:
        signal.signal(hangup, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)  # before xdist looks at its own options
def pytest_cmdline_main(config: pytest.Config) -> None:
    """pytest's own hook. `-n 0` keeps all in one process, as `--pdb` and `-p no:xdist` do.

    So it is with files that are named, for which more processes start too slowly, and with the
    gates, which take all processors by themselves.
    """
    is_share = "PYTEST_XDIST_WORKER" in os.environ  # it has been shared out already
    can = config.pluginmanager.hasplugin("xdist") and config.option.numprocesses is None
    are_files = all(".py" in word for word in config.args)
    are_gates = config.option.markexpr == "gate"
    if can and not (is_share or are_files or are_gates):
        config.option.numprocesses, config.option.dist = "auto", "worksteal"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """xdist's own hook. One more than there are processors, as some tests wait."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """pytest's own hook. Garbage is not looked for among the tests: that costs a tenth of a run."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder in memory where that is possible."""
    with TemporaryDirectory(prefix="wasf-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of its own on a loopback port; skips where there is no PostgreSQL."""
    with running_cluster() as cluster:
        yield cluster
