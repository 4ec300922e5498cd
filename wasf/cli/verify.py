"""`wasf verify`."""

import typer

from wasf.cli.options import Json, OrgName, app_for


def verify(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Compare every Task that was logged with what Salesforce has; change nothing."""
    from wasf.commands.verify import verified_lines, verify, verify_as_json
    from wasf.console import Console

    app = app_for(ctx, org_name)
    with app.locked(app.settings()) as (org, ledger), app.stop.held_back():
        found = verify(org, ledger, app.stop.check)
    Console().result(verified_lines(found), verify_as_json(found), json=json)
    raise typer.Exit(found.exit_code)
