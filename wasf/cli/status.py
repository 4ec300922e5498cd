"""`wasf status` and `wasf runs`: what wasf did. `wasf runs` needs no sign-in."""

from contextlib import ExitStack
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for, org_ids
from wasf.commands.status import all_runs, read_status
from wasf.console import Console, runs_json, runs_text, status_json
from wasf.core.runs import RecordedRun
from wasf.store.ledger import inbox_counts
from wasf.store.runs import RunLog


def status(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Show what is connected, when it last synced, what waits and why."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    known = app.known_org(settings)
    inbox = inbox_counts(app.ledger_place(known.org_id))
    logged = [run for run in RunLog(app.folders.run_log).runs() if run.org_id in ("", known.org_id)]
    with app.ledger(known.org_id) as ledger:
        runs = all_runs(logged, {known.org_id: ledger}, with_counts=False)
        found = read_status(
            ledger,
            known.instance_url,
            known.username,
            settings.policy(),
            inbox,
            app.api_facts(),
            runs,
        )
    console = Console()
    if json:
        console.json(status_json(found))
    else:
        console.status(found, settings.zone)
        if found.last_failure is not None and app.folders.log.exists():
            console.say(f"  What the runs did is in {app.folders.log}")


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
        ids = org_ids(app)
        ledgers = {org_id: stack.enter_context(app.ledger(org_id)) for org_id in ids}
        return all_runs(RunLog(app.folders.run_log).runs(), ledgers)
