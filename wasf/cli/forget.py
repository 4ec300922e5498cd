"""`wasf forget`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import DryRunOnly, Json, OrgName, Yes, app_for, open_org_and_ledger
from wasf.commands.forget import ForgetTools, Forgotten, number_in
from wasf.commands.forget import forget as forget_person
from wasf.console import Console
from wasf.core.chats import Phone
from wasf.sources.webhooks.source import forget_bodies
from wasf.store.ledger import Ledger, WebhookInbox

# --- forget


Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The person's phone number.")]
Lift = Annotated[
    bool, typer.Option("--lift", help="Let the person's chats in again; nothing comes back.")
]
Chats = Annotated[
    list[str] | None,
    typer.Option(
        "--chat",
        metavar="CHAT",
        help="A chat that is the person's too, though nothing tells; may be repeated.",
    ),
]


def forget(
    ctx: typer.Context,
    number: Number,
    chats: Chats = None,
    lift: Lift = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Remove all that this machine holds about a person; Salesforce keeps what it has."""
    from wasf.cli.link import show
    from wasf.cli.options import require_confirmation
    from wasf.commands.forget import forgotten_as_json, forgotten_lines

    app = app_for(ctx, org_name)
    if lift:
        let_in(app, number, json=json)
        return
    with show(json=json) as console:
        done = forgotten(app, number, chats or (), dry_run=dry_run or not yes)
    console.result(forgotten_lines(done), forgotten_as_json(done), json=json)
    require_confirmation("the same with --yes", agreed=yes or dry_run)
    raise typer.Exit(done.exit_code)


# --- forgetting
# What `wasf forget` does with its arguments.


def forgotten(app: App, number: str, chats: Sequence[str], *, dry_run: bool) -> Forgotten:
    """Forget the person, or say what would be forgotten."""
    settings = app.settings()
    phone = number_in(number, settings.default_region)
    org_id = app.known_org(settings, remember=not dry_run).org_id
    with open_org_and_ledger(app, settings, dry_run=dry_run) as (org, ledger):
        tools = ForgetTools(
            org=org,
            ledger=ledger,
            rules=settings.rules(),
            forget_bodies=lambda one: _forget_bodies(app, org_id, one, ledger, dry_run=dry_run),
            elsewhere=len(app.folders.other_ledgers(org_id)),
            dry_run=dry_run,
        )
        return forget_person(phone, tools, chats)


def _forget_bodies(app: App, org_id: str, phone: Phone, ledger: Ledger, *, dry_run: bool) -> int:
    path = app.folders.inbox(org_id)
    if not path.exists():
        return 0
    opened = WebhookInbox.scratch(path) if dry_run else WebhookInbox.open(path)
    with opened as inbox:
        about = forget_bodies(inbox, phone, ledger.is_forgotten)
        if not dry_run:
            inbox.rewrite_file()
    return len(about)


def let_in(app: App, number: str, *, json: bool) -> None:
    """Lift the ban on the person's chats."""
    settings = app.settings()
    phone = number_in(number, settings.default_region)
    with app.locked_ledger(settings) as ledger:
        was_kept_out = ledger.lift_ban(phone)
    Console().result([_LIFTED[was_kept_out]], {"schema": 1, "lifted": was_kept_out}, json=json)


_LIFTED = {
    True: "Chats with this number are let in again; the next export of one brings what is new.",
    False: "Nobody with this number was forgotten.",
}
