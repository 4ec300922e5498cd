"""Loads all that a run of wasf needs, once: a process that is copied for each run starts warm."""

import gc
import importlib
import pkgutil

import wasf

_LAZY = (
    "encodings.idna", "encodings.utf_16_le", "filelock", "keyring.core",
    "phonenumbers.data.region_DE", "phonenumbers.data.region_GB", "secretstorage",
    "simple_salesforce", "time_machine", "typer.rich_utils",
)  # fmt: skip


def warm_up() -> None:
    """Load every module of the program, and what its libraries load late."""
    modules = [module.name for module in pkgutil.walk_packages(wasf.__path__, "wasf.")]
    ours = [name for name in modules if not name.startswith(("wasf.demo.", "wasf.__main__"))]
    for name in (*ours, *_LAZY):
        importlib.import_module(name)
    keep()


def keep() -> None:
    """Let collections leave alone what is there now: a copy of the process then shares it."""
    gc.collect()
    gc.freeze()
