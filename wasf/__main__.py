"""`python -m wasf`, and the `wasf` command."""

import sys

from wasf import __version__


def run() -> None:
    """Answer `--version` without loading anything, else hand over to the command line."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"wasf {__version__}\n")
        return
    from wasf.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    run()
