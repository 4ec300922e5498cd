"""Shares the tests out over the processors, where that is quicker than one process.

Then no test may depend on how much of a processor it gets: no example of a property has a deadline.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


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
