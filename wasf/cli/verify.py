"""`wasf verify`."""

import typer

from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.verify import verify as verify_tasks
from wasf.console import Console, verify_json, verify_text


def verify(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Compare every Task that was logged with what Salesforce has; change nothing."""
    app = app_for(ctx, org_name)
    with app.open_context(app.settings()) as context, app.stop.held_back():
        report = verify_tasks(context)
    Console().result(verify_text(report), verify_json(report), json=json)
    raise typer.Exit(report.exit_code)
