"""`wasf ledger`: where wasf remembers what it logged, and who writes there now.

The ledger of an org is a file of this machine, or a schema of the PostgreSQL database that the
setting `ledger` names. See `wasf help servers`.
"""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, Yes, app_for, require_confirmation
from wasf.console import (
    Console,
    ledger_json,
    ledger_move_json,
    ledger_move_text,
    ledger_text,
    ledger_to_move_text,
)
from wasf.errors import BadSetting, WrongUsage
from wasf.store.ledger import LedgerFiles, LedgerTransfer, SharedLedgerPlace
from wasf.store.paths import check_ledger_address

program = typer.Typer(
    help="Show where the ledger is, or move it into a shared database.",
    no_args_is_help=True,
    add_completion=False,
)

To = Annotated[
    str,
    typer.Option(
        "--to", metavar="ADDRESS", help="The database: postgresql://HOST/DATABASE, no password."
    ),
]


@program.callback()
def ledger() -> None:
    """Show where the ledger is, or move it into a shared database."""


@program.command("status")
def status(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Show engine, place and size of the ledger, who writes now, and how far a standby is."""
    app = app_for(ctx, org_name)
    facts = app.ledger_place(app.known_org(app.settings()).org_id).facts()
    Console().result(ledger_text(facts), ledger_json(facts), json=json)


@program.command("move")
def move(
    ctx: typer.Context, to: To, yes: Yes = False, org_name: OrgName = None, json: Json = False
) -> None:
    """Bring the ledger from its file here into a database, for several machines to share.

    The file is put aside. After a break the same command goes on.
    """
    app = app_for(ctx, org_name)
    address = _address(app, to)
    org_id = app.known_org(app.settings()).org_id
    place = SharedLedgerPlace(address, org_id, LedgerFiles.of(app.folders, org_id))
    transfer = LedgerTransfer(place)
    if not yes:
        facts = transfer.facts()
        Console().result(ledger_to_move_text(facts), ledger_json(facts), json=json)
        if require_confirmation("the same with --yes", agreed=False, json=json):
            move(ctx, to, yes=True, org_name=org_name)
        return
    with app.stop.held_back():
        done = transfer.run(app.stop.check)
        app.settings_file().set("ledger", address)
    Console().result(ledger_move_text(done), ledger_move_json(done), json=json)


def _address(app: App, to: str) -> str:
    """Return the address to move to. Raise `BadSetting` if another one is in use."""
    address, in_use = check_ledger_address(to), app.settings().ledger
    if not address:
        raise WrongUsage("--to needs an address", "such as postgresql://wasf@127.0.0.1/wasf")
    if in_use not in ("", address):
        raise BadSetting(
            "The setting ledger names another shared ledger already",
            "only a ledger in a file can be moved; to go back to the file first: wasf config unset "
            "ledger",
        )
    return address
