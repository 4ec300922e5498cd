"""`wasf purge`. It reads and changes this machine only, and asks Salesforce nothing."""

from typing import Annotated

import typer

from wasf.cli.link import candidates_shown
from wasf.cli.options import DryRunOnly, Json, OrgName, Yes, app_for, require_confirmation
from wasf.commands.privacy import PurgeOptions
from wasf.commands.privacy import purge as purge_messages
from wasf.console import purge_json, purge_text
from wasf.core.moments import parse_since

Before = Annotated[
    str | None,
    typer.Option("--before", metavar="WHEN", help="What was written before: 2026-01-01, 90d."),
]
OfChat = Annotated[
    str | None,
    typer.Option("--chat", metavar="CHAT", help="Of one chat, by its id, title or number."),
]
Everything = Annotated[bool, typer.Option("--all", help="Of all chats and all times.")]
Waiting = Annotated[
    bool, typer.Option("--waiting", help="Drop messages that wait, too; they are never logged.")
]


def purge(
    ctx: typer.Context,
    before: Before = None,
    chat: OfChat = None,
    everything: Everything = False,
    waiting: Waiting = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Remove what this machine still knows of logged messages, but their keys."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    options = PurgeOptions(
        chat=chat or "",
        before=parse_since(before, app.now(), settings.zone) if before else None,
        everything=everything,
        waiting=waiting,
        dry_run=dry_run or not yes,
    )
    with (
        candidates_shown(json=json) as console,
        app.locked_ledger(settings, dry_run=options.dry_run) as ledger,
    ):
        purged = purge_messages(options, ledger, settings.default_region)
    console.result(purge_text(options, purged), purge_json(options, purged), json=json)
    require_confirmation("the same with --yes", agreed=yes or dry_run)
