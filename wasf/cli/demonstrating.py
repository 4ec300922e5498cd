"""What `wasf demo` does: a local org, a home of its own, a sync of the sample chats, a page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from wasf.app import App
from wasf.app.demo import demo_chats, demo_org
from wasf.cli.options import CHAT_API
from wasf.cli.syncing import SyncRequest, run_sync
from wasf.console import Console
from wasf.demo.seeds import PEOPLE, SETTINGS, USER_EMAIL, DemoOrg
from wasf.errors import ExitCode, Stopped


def run_demo(app: App, port: int, *, once: bool, api: bool) -> ExitCode:
    """Sync samples to a local org, files or the chats of an API, and show where to look."""
    console = Console()
    with (
        demo_org(port) as org,
        _chats(app, from_api=api) as (path, settings, what),
        _home(app, org, settings) as demo_app,
    ):
        for person in PEOPLE:
            org.seed(person)
        console.say(f"A Salesforce-like org runs on this machine; {what} are synced to it.")
        console.say("")
        code = run_sync(demo_app, SyncRequest(paths=(path,)), json=False, quiet=False)
        console.say("")
        console.say(f"Look at it as a salesperson would: {org.base_url}/")
        if not once:
            _wait(console, "Ctrl-C ends it. Your own settings and chats are not touched.")
    return code


@contextmanager
def _chats(app: App, *, from_api: bool) -> Iterator[tuple[Path, dict[str, str], str]]:
    """What to sync, the settings that it needs, what to call it."""
    if from_api:
        with demo_chats(USER_EMAIL, app.now()) as connection:
            yield Path(CHAT_API), connection, "the chats of a local chat API"
        return
    with resources.as_file(resources.files("wasf.samples")) as folder:
        yield folder, {}, "five sample chats"


def serve_org(port: int) -> ExitCode:
    """Run a local org until somebody stops it."""
    console = Console()
    with demo_org(port) as org:
        _wait(
            console,
            f"A Salesforce-like org runs at {org.base_url}/ until Ctrl-C. To use it:",
            "",
            f"export WASF_INSTANCE_URL={org.base_url}",
            f"export WASF_ACCESS_TOKEN='{org.access_token}'",
        )
    return ExitCode.DONE


@contextmanager
def _home(app: App, org: DemoOrg, settings: dict[str, str]) -> Iterator[App]:
    """The same program in an environment of its own, so that nobody's settings are touched."""
    with TemporaryDirectory(prefix="wasf-demo-") as home:
        others = {k: v for k, v in app.environment.items() if not k.startswith("WASF_")}
        own = {
            "WASF_HOME": home,
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
        }
        yield App(others | SETTINGS | own | settings, app.stop)


def _wait(console: Console, *lines: str) -> None:
    """Say this, then wait for a signal; here it is the way to end the program, so it ends well."""
    with suppress(Stopped):
        for line in lines:
            console.say(line)
        threading.Event().wait()
