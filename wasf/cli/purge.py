"""`wasf purge`. It reads and changes this machine only, and asks Salesforce nothing."""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.completion import complete_chat
from wasf.cli.inbox import drop_bodies
from wasf.cli.link import candidates_shown
from wasf.cli.options import DryRunOnly, Json, OrgName, Yes, app_for, require_confirmation
from wasf.commands.privacy import PurgeOptions
from wasf.commands.privacy import purge as purge_messages
from wasf.console import purge_json, purge_text
from wasf.core.moments import parse_since
from wasf.store.settings import Settings

Before = Annotated[
    str | None,
    typer.Option("--before", metavar="WHEN", help="What was written before: 2026-01-01, 90d."),
]
OfChat = Annotated[
    str | None,
    typer.Option(
        "--chat",
        metavar="CHAT",
        help="Of one chat, by its id, title or number.",
        autocompletion=complete_chat,
    ),
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
    """Remove what this machine still knows of logged messages.

    Their keys stay, so that nothing is logged twice.
    """
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
        app.stop.held_back(),
        console.progress(shown=not json) as progress,
    ):
        purged = purge_messages(options, ledger, settings.default_region, progress)
        webhooks = _purge_webhooks(app, settings, options)
    place = app.ledger_place(app.known_org(settings, remember=False).org_id)
    text = purge_text(
        options, purged, webhooks, is_shared=bool(settings.ledger), old_file=place.old_file
    )
    console.result(text, purge_json(options, purged, webhooks), json=json)
    if require_confirmation("the same with --yes", agreed=yes or dry_run, json=json):
        purge(ctx, before, chat, everything, waiting, yes=True, org_name=org_name)


def _purge_webhooks(app: App, settings: Settings, options: PurgeOptions) -> int:
    """Remove the webhooks that are kept, if everything goes; return how many there are."""
    if not (options.everything and options.waiting):
        return 0
    place = app.ledger_place(app.known_org(settings).org_id)
    if not place.has_inbox:
        return 0
    with place.inbox() as inbox:
        kept = [one.number for one in inbox.set_aside()]
        return drop_bodies(inbox, kept, dry_run=options.dry_run)
