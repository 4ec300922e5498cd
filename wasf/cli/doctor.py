"""`wasf doctor`."""

import typer

from wasf.cli.options import Json, Org, app_for


def doctor(ctx: typer.Context, org_name: Org = None, json: Json = False) -> None:
    """Check all that a sync needs, and say how to mend what is missing."""
    from wasf.cli.examining import Examination
    from wasf.commands.doctor import checks_as_json, diagnose, exit_code
    from wasf.console import Console

    look = Examination(app_for(ctx, org_name))
    checks = diagnose(look.org, look.machine())
    console = Console()
    console.json(checks_as_json(checks)) if json else console.checks(checks)
    raise typer.Exit(exit_code(checks))
