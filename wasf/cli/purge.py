"""`wasf purge`."""

from typing import Annotated, NamedTuple

import typer

from wasf.app import App
from wasf.cli.options import DryRunOnly, Json, OrgName, Yes, app_for
from wasf.commands.purge import PurgeOptions
from wasf.commands.purge import purge as purge_messages
from wasf.core.moments import parse_since
from wasf.store.ledger import Purged

# --- purge


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
    from wasf.cli.link import show
    from wasf.cli.options import require_confirmation
    from wasf.commands.purge import purged_as_json, purged_lines

    request = PurgeRequest(chat or "", before, everything, waiting, dry_run or not yes)
    with show(json=json) as console:
        choices, done = purged(app_for(ctx, org_name), request)
    console.result(purged_lines(choices, done), purged_as_json(choices, done), json=json)
    require_confirmation("the same with --yes", agreed=yes or dry_run)


# --- purging
# What `wasf purge` does with its arguments; nothing of it asks Salesforce.


class PurgeRequest(NamedTuple):
    """The command line of one purge."""

    chat: str
    before: str | None
    everything: bool
    waiting: bool
    dry_run: bool


def purged(app: App, request: PurgeRequest) -> tuple[PurgeOptions, Purged]:
    """Purge, or say what would be purged."""
    settings = app.settings()
    before = request.before
    choices = PurgeOptions(
        chat=request.chat,
        before=parse_since(before, app.now(), settings.zone) if before else None,
        everything=request.everything,
        waiting=request.waiting,
        dry_run=request.dry_run,
    )
    with app.locked_ledger(settings, dry_run=request.dry_run) as ledger:
        return purge_messages(choices, ledger, settings.default_region)
