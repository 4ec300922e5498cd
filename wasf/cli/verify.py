"""`wasf verify`."""

from dataclasses import replace
from typing import Annotated

import typer

from wasf.cli.options import DryRunOnly, Json, OrgName, Yes, app_for, require_confirmation
from wasf.commands.verify import verify as verify_tasks
from wasf.console import Console, verify_json, verify_text
from wasf.errors import WrongUsage

RemoveDoubles = Annotated[
    bool,
    typer.Option(
        "--remove-doubles",
        help="Delete the younger of two Tasks on one record that hold one message of two chats.",
    ),
]


def verify(
    ctx: typer.Context,
    remove_doubles: RemoveDoubles = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Compare every Task that was logged with what Salesforce has.

    It changes nothing unless --remove-doubles says so.
    """
    if yes and not remove_doubles:
        raise WrongUsage("--yes belongs to --remove-doubles", "wasf verify --remove-doubles --yes")
    app = app_for(ctx, org_name)
    real = not remove_doubles or (yes and not dry_run)
    opened = app.open_context(app.settings(), dry_run=not real)
    console = Console()
    shown = console.progress(shown=not json)
    with opened as context, app.stop.held_back(), shown as progress:
        report = verify_tasks(replace(context, progress=progress), remove=remove_doubles)
    console.result(verify_text(report), verify_json(report), json=json)
    is_empty = report.removed is None or not report.removed.tasks
    agreed = real or dry_run or is_empty
    if require_confirmation("wasf verify --remove-doubles --yes", agreed=agreed, json=json):
        verify(ctx, remove_doubles=True, yes=True, org_name=org_name)
    raise typer.Exit(report.exit_code)
