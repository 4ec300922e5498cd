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
from wasf.cli.sync import SyncRequest, run_sync
from wasf.console import Console, report_page
from wasf.core.report import GroupedBy, ReportQuestion, make_report
from wasf.errors import ExitCode, MissingExtra, Stopped, TryLater
from wasf.salesforce import TOKEN_VARIABLE, URL_VARIABLE

if TYPE_CHECKING:
    from wasf.demo.salesforce import DemoOrg


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
    """Show the whole job on this machine: a local org, sample chats."""
    app: App = ctx.obj
    raise typer.Exit(serve_org(port) if serve else run_demo(app, port, once=once, api=api))


def run_demo(app: App, port: int, *, once: bool, api: bool) -> ExitCode:
    """Sync samples to a local org, files or the chats of an API, and show where to look."""
    console = Console()
    with (
        _local_org(port, with_people=True) as (server, org),
        _chats(app, from_api=api) as (path, connection, what),
        _separate_home(app, org | connection) as demo_app,
    ):
        console.say(f"A Salesforce-like org runs on this machine; {what} are synced to it.")
        console.say("")
        code = run_sync(demo_app, SyncRequest(paths=(path,)), json=False, quiet=False)
        console.say("")
        if not once:
            _show_result(server, demo_app)
            console.say(f"Look at it as a salesperson would: {org[URL_VARIABLE]}/")
            _wait(console, "Ctrl-C ends it. Your own settings and chats are not touched.")
    if once:
        console.say("The local org has ended: its addresses do not answer any more.")
        console.say("To look at it in the browser, as a salesperson would: wasf demo")
    return code


def _show_result(server: "DemoOrg", app: App) -> None:
    """Let the org's pages show what the sync did, and its report."""
    from wasf.demo.salesforce import Shown  # optional: needs the extra `demo`

    settings = app.settings()
    known = app.known_org(settings)
    with app.ledger(known.org_id) as ledger:
        runs = ledger.runs()
        leads = ledger.leads_of(runs[-1]) if runs else ()
        chats = ledger.chats()
        report = make_report(
            ledger.report_rows.chats(), ReportQuestion(app.now(), settings.zone, GroupedBy.CHAT)
        )
        unknown = ledger.report_rows.unknown()
    server.show(
        Shown(
            {one.id: "New" if one.is_created else "Reopened" for one in leads},
            [(one.chat.title, one.reason) for one in chats if one.queued],
            report_page(report, unknown, known.instance_url),
        )
    )


def serve_org(port: int) -> ExitCode:
    """Run a local org until somebody stops it."""
    console = Console()
    with _local_org(port, with_people=False) as (_, org):
        _wait(
            console,
            f"A Salesforce-like org runs at {org[URL_VARIABLE]}/ until Ctrl-C. To use it:",
            "",
            f"export {URL_VARIABLE}={org[URL_VARIABLE]}",
            f"export {TOKEN_VARIABLE}='{org[TOKEN_VARIABLE]}'",
        )
    return ExitCode.DONE


@contextmanager
def _local_org(port: int, *, with_people: bool) -> Iterator[tuple["DemoOrg", dict[str, str]]]:
    """Run a Salesforce-like org; yield it, and the environment that connects wasf to it.

    Raise `MissingExtra` without the extra `demo`, `TryLater` if the port is taken.
    """
    try:
        # optional: needs the extra `demo`
        from wasf.demo.salesforce import DemoOrg
        from wasf.demo.seeds import PEOPLE, SETTINGS
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "The demo needs a small web server that is not installed.",
            "pip install 'wasf[demo]'",
        ) from error
    try:
        started = DemoOrg(port, is_playground=not with_people)
    except OSError as error:
        raise TryLater(
            f"The port {port} cannot be had on this machine.",
            "Name another one with --port, or none: then a free one is taken.",
        ) from error
    with started as org:
        for person in PEOPLE if with_people else ():
            org.add(person.sobject, **person.fields)
        yield org, {**SETTINGS, URL_VARIABLE: org.base_url, TOKEN_VARIABLE: org.access_token}


@contextmanager
def _chats(app: App, *, from_api: bool) -> Iterator[tuple[Path, dict[str, str], str]]:
    """Yield what to sync, the environment that it needs, and what to call it."""
    if from_api:
        with _local_chat_api(app.now()) as connection:
            yield Path("timelines"), connection, "the chats of a local chat API"
        return
    with resources.as_file(resources.files("wasf.samples")) as folder:
        yield folder, {}, "five sample chats"


@contextmanager
def _local_chat_api(now: datetime) -> Iterator[dict[str, str]]:
    """Run a chat API with chats of the last day; yield the environment that connects wasf to it."""
    # optional: needs the extra `demo`
    from wasf.demo.seeds import USER_EMAIL, sample_workspace
    from wasf.demo.timelines import DemoChatApi

    with DemoChatApi(sample_workspace(USER_EMAIL, now)) as api:
        yield {
            "WASF_TIMELINES_URL": api.base_url,
            "WASF_TIMELINES_TOKEN": api.token,
            "WASF_TIMELINES_PER_SECOND": "30",  # nobody else uses it
        }


@contextmanager
def _separate_home(app: App, environment: dict[str, str]) -> Iterator[App]:
    """Yield the same program with a folder and an environment of its own.

    So the settings and chats of the person who runs the demo are not touched.
    """
    with TemporaryDirectory(prefix="wasf-demo-") as home:
        others = {k: v for k, v in app.environment.items() if not k.startswith("WASF_")}
        yield App(others | {"WASF_HOME": home} | environment, app.stop)


def _wait(console: Console, *lines: str) -> None:
    """Show the lines, then wait for Ctrl-C, which is the normal end here."""
    with suppress(Stopped):
        for line in lines:
            console.value(line)
        threading.Event().wait()
