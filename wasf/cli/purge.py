"""`wasf purge`."""

from typing import Annotated

import typer

from wasf.cli.options import DryRunOnly, Json, Org, Yes, app_for

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
    org_name: Org = None,
    json: Json = False,
) -> None:
    """Remove what this machine still knows of logged messages, but their keys."""
    from wasf.cli.aftercare import unless_agreed
    from wasf.cli.linking import show
    from wasf.cli.purging import PurgeRequest, purged
    from wasf.commands.purge import purged_as_json, purged_lines

    request = PurgeRequest(chat or "", before, everything, waiting, dry_run or not yes)
    with show(json=json) as console:
        choices, done = purged(app_for(ctx, org_name), request)
    console.result(purged_lines(choices, done), purged_as_json(choices, done), json=json)
    unless_agreed("the same with --yes", agreed=yes or dry_run)
