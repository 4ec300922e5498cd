"""`wasf runs`, and the ids of runs for the shell to complete. Nothing here needs a sign-in."""

import os
from contextlib import ExitStack
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.runs import all_runs, undoable
from wasf.console import Console, runs_json, runs_text
from wasf.core.runs import RecordedRun
from wasf.errors import WasfError
from wasf.store.paths import Folders
from wasf.store.runs import RunLog

Last = Annotated[
    int | None,
    typer.Option("--last", metavar="N", min=1, help="Only the last N.", show_default=False),
]


def runs(
    ctx: typer.Context, last: Last = None, org_name: OrgName = None, json: Json = False
) -> None:
    """List the runs: when, how each ended, what it logged."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    found = known_runs(app)
    if org_name is not None:
        org_id = app.known_org(settings).org_id
        found = [run for run in found if run.org_id in ("", org_id)]
    found = found[:last]
    console = Console()
    if json:
        console.json(runs_json(found))
    elif found:
        console.tell(runs_text(found, settings.zone))
    else:
        console.say("No sync has been run.")


def known_runs(app: App) -> list[RecordedRun]:
    """Return the runs of all orgs, newest first."""
    with ExitStack() as stack:
        ids = app.folders.org_ids()
        ledgers = {org_id: stack.enter_context(app.ledger(org_id)) for org_id in ids}
        return all_runs(RunLog(app.folders.run_log).runs(), ledgers)


def complete_run(incomplete: str) -> list[str]:
    """Return the ids of runs that begin so, newest first, for the shell to complete."""
    try:
        found = RunLog(Folders.from_environment(os.environ).run_log).runs()
    except WasfError:
        return []
    return [run for run in undoable(found) if run.startswith(incomplete)]
