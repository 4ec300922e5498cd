"""`python -m wasf`, and the `wasf` command."""

import sys

from wasf import __version__


def run() -> None:
    """Run the command line. `--version` is answered without loading it."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"wasf {__version__}\n")
        return
    # heavy: loaded for everything but --version
    from wasf.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    run()
