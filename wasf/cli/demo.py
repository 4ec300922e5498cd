"""`wasf demo`: the whole job with no Salesforce account."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from wasf.app import App
from wasf.cli.options import CHAT_API
from wasf.cli.sync import SyncRequest, run_sync
from wasf.console import Console
from wasf.demo.seeds import PEOPLE, SETTINGS, USER_EMAIL, DemoOrg, Seeded
from wasf.errors import ExitCode, MissingExtra, Stopped, TryLater

if TYPE_CHECKING:
    from wasf.demo.salesforce import LocalOrg

# --- demo


def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End by itself after the report.")] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only run the local org, and say how to use it.")
    ] = False,
    api: Annotated[
        bool, typer.Option("--api", help="Chats of a local chat API instead of files.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 takes a free one.")] = 0,
) -> None:
    """Show the whole job on this machine: a local org, sample chats, a page to look at."""

    app: App = ctx.obj
    raise typer.Exit(serve_org(port) if serve else run_demo(app, port, once=once, api=api))


# --- demo
# Builds what the demo shows: an org and a chat API on this machine.


@contextmanager
def demo_org(port: int) -> Iterator[DemoOrg]:
    """A Salesforce-like org. Raises `MissingExtra` without the extra `demo`."""
    try:
        from wasf.demo.salesforce import LocalOrg
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "The demo needs a small web server that is not installed.",
            "pip install 'wasf[demo]'",
        ) from error
    try:
        started = LocalOrg.start(port=port)
    except OSError as error:
        raise TryLater(
            f"The port {port} cannot be had on this machine.",
            "Name another one with --port, or none: then a free one is taken.",
        ) from error
    with started as org:
        yield _SeededOrg(org)


@contextmanager
def demo_chats(owner_email: str, now: datetime) -> Iterator[dict[str, str]]:
    """A chat API with some chats of the last day; the environment that connects wasf to it."""
    from wasf.demo.seeds import sample_workspace
    from wasf.demo.timelines import LocalChatApi

    with LocalChatApi.start(sample_workspace(owner_email, now)) as api:
        yield {
            "WASF_TIMELINES_URL": api.base_url,
            "WASF_TIMELINES_TOKEN": api.token,
            "WASF_TIMELINES_PER_SECOND": "30",  # it serves nobody else, who could have to wait
        }


class _SeededOrg:
    """The local org as the demo sees it."""

    def __init__(self, org: "LocalOrg") -> None:
        self._org = org
        self.base_url = org.base_url
        self.access_token = org.access_token

    def seed(self, record: Seeded) -> None:
        """Put a record in."""
        self._org.add(record.type, **record.fields)


# --- demonstrating
# What `wasf demo` does: a local org, a home of its own, a sync of the sample chats, a page.


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
