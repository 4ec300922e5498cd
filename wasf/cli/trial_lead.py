"""`wasf test-lead`."""

from typing import Annotated

import typer

from wasf.cli.options import Json, OrgName, app_for


def trial_lead(
    ctx: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Remove the test Lead again.")] = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Create a test Lead with a test message on it, and print its address."""
    from wasf.commands.trial_lead import delete_trial_lead, make_trial_lead
    from wasf.console import Console

    app = app_for(ctx, org_name)
    settings = app.settings()
    with app.locked(settings) as (org, ledger):
        if delete:
            deleted = delete_trial_lead(org, ledger)
            Console().result([_DELETED[deleted]], {"schema": 1, "deleted": deleted}, json=json)
            return
        trial = make_trial_lead(org, ledger, settings.rules(), app.now)
    lines = [_CREATED[trial.is_new], f"  {trial.url}", "To remove it: wasf test-lead --delete"]
    answer = {"schema": 1, "id": trial.lead_id, "url": trial.url, "created": trial.is_new}
    Console().result(lines, answer, json=json)


_DELETED = {
    True: "The test Lead and its message are deleted.",
    False: "There is no test Lead.",
}
_CREATED = {
    True: "A test Lead with a test message is in Salesforce:",
    False: "The test Lead from an earlier run is still there:",
}
