"""`wasf ledger` and `wasf inbox`: what wasf keeps of an org, and where.

The ledger is a file of this machine, or a schema of the PostgreSQL database that the setting
`ledger` names (`wasf help servers`). The inbox keeps webhooks that were not understood, or wait for
others. They hold what people wrote, so they can be listed, without their text, read again after an
update of wasf, and removed, by hand or by age.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import DryRunOnly, Json, OrgName, Yes, app_for, require_confirmation
from wasf.console import (
    Console,
    inbox_drop_json,
    inbox_drop_text,
    inbox_json,
    inbox_retry_json,
    inbox_retry_text,
    inbox_table,
    ledger_json,
    ledger_move_json,
    ledger_move_text,
    ledger_text,
    ledger_to_move_text,
)
from wasf.core.moments import parse_since
from wasf.errors import BadSetting, WrongUsage
from wasf.interfaces import SetAside
from wasf.store.files import check_ledger_address
from wasf.store.ledger import (
    LedgerFiles,
    LedgerPlace,
    LedgerTransfer,
    SharedLedgerPlace,
    WebhookInbox,
)

# --- Ledger --------------------------------------------------------------------------------------

ledger_commands = typer.Typer(no_args_is_help=True, add_completion=False)

To = Annotated[
    str,
    typer.Option(
        "--to", metavar="ADDRESS", help="The database: postgresql://HOST/DATABASE, no password."
    ),
]


@ledger_commands.callback()
def ledger() -> None:
    """Show where the ledger is, or move it into a shared database."""


@ledger_commands.command("status")
def status(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Show engine, place and size of the ledger, who writes now, and how far a standby is."""
    app = app_for(ctx, org_name)
    facts = app.ledger_place(app.known_org(app.settings()).org_id).facts()
    Console().result(ledger_text(facts), ledger_json(facts), json=json)


@ledger_commands.command("move")
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


# --- Inbox ---------------------------------------------------------------------------------------

inbox_commands = typer.Typer(invoke_without_command=True, add_completion=False)

Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="[NUMBER]...", help="Webhooks, as wasf inbox lists them."),
]
Before = Annotated[
    str | None,
    typer.Option("--before", metavar="WHEN", help="What came before: 2026-01-01, 90d."),
]
Everything = Annotated[bool, typer.Option("--all", help="All that are kept.")]


@inbox_commands.callback()
def show(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """List the webhooks that were not understood; retry or drop them."""
    if ctx.invoked_subcommand is not None:
        return
    app = app_for(ctx, org_name)
    kept = _kept(app)
    console = Console()
    if json:
        console.json(inbox_json(kept))
    elif kept:
        console.table("", *inbox_table(kept, app.settings().zone))
        console.say("To read them again: wasf inbox retry; to remove them: wasf inbox drop")
    else:
        console.say("No webhook is kept.")


@inbox_commands.command("retry")
def retry(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Read what is kept again at the next sync of wasf listen, such as after an update."""
    app = app_for(ctx, org_name)
    count = 0
    if _kept(app):
        with _opened(app) as inbox:
            count = inbox.retry()
    Console().result(inbox_retry_text(count), inbox_retry_json(count), json=json)


@inbox_commands.command("drop")
def drop(
    ctx: typer.Context,
    numbers: Numbers = None,
    before: Before = None,
    everything: Everything = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Remove webhooks that are kept, by their numbers, by age, or all; what they bring is lost."""
    app = app_for(ctx, org_name)
    if not (numbers or before or everything):
        raise WrongUsage("nothing is named to be removed", "wasf inbox drop NUMBER, or --all")
    until = parse_since(before, app.now(), app.settings().zone) if before else None
    named = None if everything and not numbers else frozenset(numbers or ())
    chosen = [one.number for one in _kept(app) if _is_meant(one, named, until)]
    is_trial = dry_run or not yes
    if chosen and not is_trial:
        with _opened(app) as inbox:
            inbox.drop(chosen)
    told = inbox_drop_text(len(chosen), dry_run=is_trial)
    Console().result(told, inbox_drop_json(len(chosen), dry_run=is_trial), json=json)
    if require_confirmation("the same with --yes", agreed=yes or dry_run, json=json):
        drop(ctx, numbers, before, everything, yes=True, org_name=org_name)


def _is_meant(one: SetAside, numbers: frozenset[int] | None, before: datetime | None) -> bool:
    """Return whether a webhook is among the named ones (None: all) and came before a time.

    A time alone names all that are older.
    """
    is_named = numbers is None or one.number in numbers or (not numbers and before is not None)
    return is_named and (before is None or one.at < before)


def _kept(app: App) -> Sequence[SetAside]:
    """Return the webhooks that are kept, none if no inbox was ever made."""
    if not _place(app).has_inbox:
        return ()
    with _opened(app) as inbox:
        return inbox.set_aside()


def _opened(app: App) -> WebhookInbox:
    return _place(app).inbox()


def _place(app: App) -> LedgerPlace:
    return app.ledger_place(app.known_org(app.settings()).org_id)
