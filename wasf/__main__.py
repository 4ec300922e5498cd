"""`python -m wasf`, and the `wasf` command."""

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import Final

from wasf import __version__

_MANY_OBJECTS: Final = 50_000


def run() -> None:
    """Run the command line. `--version` is answered without loading it."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        with suppress(OSError):  # the command line says that it cannot be written
            # Not through `sys.stdout`: what it cannot write it keeps, and fails with once more.
            os.write(1, f"wasf {__version__}\n".encode())
            return
    _collect_seldom()
    # heavy: loaded for everything but --version
    from wasf.cli.main import main

    sys.exit(main())


def _collect_seldom() -> None:
    """Let the garbage collector leave alone what is loaded: that takes a quarter of an idle run.

    What is loaded has no end before the program has, and nothing of it has to be found then.
    """
    gc.set_threshold(_MANY_OBJECTS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)


if __name__ == "__main__":
    run()
