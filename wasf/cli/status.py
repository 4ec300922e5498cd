"""`wasf status`."""

import typer

from wasf.cli.options import Json, Org, app_for


def status(ctx: typer.Context, org_name: Org = None, json: Json = False) -> None:
    """Show what is connected, when it was last synced, and what waits and why."""
    from wasf.commands.status import read_status, status_as_json
    from wasf.console import Console

    app = app_for(ctx, org_name)
    settings = app.settings()
    known = app.known_org(settings)
    with app.ledger(known.org_id) as ledger:
        found = read_status(ledger, known.instance_url, known.username)
    console = Console()
    console.json(status_as_json(found)) if json else console.status(found, settings.zone)
