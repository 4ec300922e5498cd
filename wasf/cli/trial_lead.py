"""`wasf test-lead`."""

from typing import Annotated

import typer

from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.trial_lead import delete_trial_lead, make_trial_lead
from wasf.console import (
    Console,
    trial_lead_deleted_json,
    trial_lead_deleted_text,
    trial_lead_json,
    trial_lead_text,
)


def trial_lead(
    ctx: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Remove the test Lead again.")] = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Create a test Lead with a test message; print its address."""
    app = app_for(ctx, org_name)
    shown = Console().progress(shown=not json)
    with app.open_context(app.settings()) as context, shown as progress:
        progress.step("Deleting the test Lead" if delete else "Making a test Lead")
        if delete:
            deleted = delete_trial_lead(context)
            told = (
                trial_lead_deleted_text(deleted=deleted),
                trial_lead_deleted_json(deleted=deleted),
            )
        else:
            trial = make_trial_lead(context)
            told = trial_lead_text(trial), trial_lead_json(trial)
    Console().result(*told, json=json)
