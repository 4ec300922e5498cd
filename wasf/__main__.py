"""`python -m wasf`, and the `wasf` command."""

import sys
from contextlib import suppress

from wasf import __version__


def run() -> None:
    """Run the command line. `--version` is answered without loading it."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        with suppress(OSError):  # the command line says that it cannot be written
            sys.stdout.write(f"wasf {__version__}\n")
            sys.stdout.flush()
            return
    # heavy: loaded for everything but --version
    from wasf.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    run()
