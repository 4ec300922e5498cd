"""A process that signs in and renews again and again, told when by its standard input."""

import os
import sys

from wasf.app import App
from wasf.cli.main import StopRequests
from wasf.errors import WasfError


def once() -> str:
    """What one run of wasf does first: read the tokens, ask the org, renew what has ended."""
    app = App(os.environ, StopRequests())
    settings = app.settings()
    try:
        app.org(settings, app.known_org(settings)).facts(())
    except WasfError as error:
        return f"{type(error).__name__}: {error.message}"
    return "good"


if __name__ == "__main__":
    print("ready", flush=True)
    for _ in sys.stdin:
        print(once(), flush=True)
