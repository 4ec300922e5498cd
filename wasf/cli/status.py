"""`wasf status`."""

import typer

from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.runs import all_runs
from wasf.commands.status import read_status
from wasf.console import Console, status_json
from wasf.store.ledger import inbox_counts
from wasf.store.runs import RunLog


def status(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Show what is connected, when it last synced, what waits and why."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    known = app.known_org(settings)
    inbox = inbox_counts(app.folders.inbox(known.org_id))
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
