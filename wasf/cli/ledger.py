"""`wasf ledger`: where wasf remembers what it logged, and who writes there now.

The ledger of an org is a file of this machine, or a schema of the PostgreSQL database that the
setting `ledger` names. See `wasf help servers`.
"""

import typer

from wasf.cli.options import Json, OrgName, app_for
from wasf.console import Console, ledger_json, ledger_text

program = typer.Typer(
    help="Show where the ledger is: a file here, or a shared database.",
    no_args_is_help=True,
    add_completion=False,
)


@program.callback()
def ledger() -> None:
    """Show where the ledger is: a file here, or a shared database."""


@program.command("status")
def status(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Show engine, place and size of the ledger, who writes now, and how far a standby is."""
    app = app_for(ctx, org_name)
    facts = app.ledger_place(app.known_org(app.settings()).org_id).facts()
    Console().result(ledger_text(facts), ledger_json(facts), json=json)
