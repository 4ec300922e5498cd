"""What `wasf demo` does: a local org, a home of its own, a sync of the sample chats, a page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from wasf.app import App
from wasf.cli.syncing import SyncRequest, run_sync
from wasf.commands.demo import PEOPLE, SETTINGS, DemoOrg
from wasf.console import Console
from wasf.errors import ExitCode, Stopped


def run_demo(app: App, port: int, *, once: bool) -> ExitCode:
    """Sync the samples to a local org and show where to look."""
    console = Console()
    with app.demo_org(port) as org, _home(app, org) as demo_app, _samples() as samples:
        for person in PEOPLE:
            org.seed(person)
        console.say(
            "A Salesforce-like org runs on this machine; five sample chats are synced to it."
        )
        console.say("")
        code = run_sync(demo_app, SyncRequest(paths=(samples,)), json=False, quiet=False)
        console.say("")
        console.say(f"Look at it as a salesperson would: {org.base_url}/")
        if not once:
            _wait(console, "Ctrl-C ends it. Your own settings and chats are not touched.")
    return code


def serve_org(app: App, port: int) -> ExitCode:
    """Run a local org until somebody stops it."""
    console = Console()
    with app.demo_org(port) as org:
        _wait(
            console,
            f"A Salesforce-like org runs at {org.base_url}/ until Ctrl-C. To use it:",
            "",
            f"export WASF_INSTANCE_URL={org.base_url}",
            f"export WASF_ACCESS_TOKEN='{org.access_token}'",
        )
    return ExitCode.DONE


@contextmanager
def _home(app: App, org: DemoOrg) -> Iterator[App]:
    """The same program in an environment of its own, so that nobody's settings are touched."""
    with TemporaryDirectory(prefix="wasf-demo-") as home:
        others = {k: v for k, v in app.environment.items() if not k.startswith("WASF_")}
        own = {
            "WASF_HOME": home,
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
        }
        yield App(others | SETTINGS | own, app.stop)


@contextmanager
def _samples() -> Iterator[Path]:
    with resources.as_file(resources.files("wasf.samples")) as folder:
        yield folder


def _wait(console: Console, *lines: str) -> None:
    """Say this, then wait for a signal; here it is the way to end the program, so it ends well."""
    with suppress(Stopped):
        for line in lines:
            console.say(line)
        threading.Event().wait()
