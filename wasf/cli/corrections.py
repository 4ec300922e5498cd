"""`wasf undo` deletes what a sync created, `wasf verify` compares it with what Salesforce has."""

from dataclasses import replace
from typing import Annotated

import typer

from wasf.cli.link import candidates_shown
from wasf.cli.options import (
    DryRunOnly,
    Json,
    OrgName,
    Yes,
    app_for,
    complete_chat,
    complete_run,
    require_confirmation,
)
from wasf.commands.undo import undo as undo_run
from wasf.commands.undo import undo_chat
from wasf.commands.verify import verify as verify_tasks
from wasf.console import Console, undo_json, undo_text, verify_json, verify_text
from wasf.errors import WrongUsage

Run = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="The id of a run, or how it begins; without it the last one that wrote anything.",
        show_default=False,
        autocompletion=complete_run,
    ),
]


OfChat = Annotated[
    str | None,
    typer.Option(
        "--chat",
        metavar="CHAT",
        help="Only what was logged of one chat (id, title or number), by all runs without RUN.",
        autocompletion=complete_chat,
    ),
]


def undo(
    ctx: typer.Context,
    run: Run = None,
    chat: OfChat = None,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Delete what a sync created, except what people touched since."""
    app = app_for(ctx, org_name)
    real = yes and not dry_run
    opened = app.open_context(app.settings(), dry_run=not real)
    with (
        candidates_shown(json=json) as console,
        opened as context,
        app.stop.held_back(),
        console.progress(shown=not json) as progress,
    ):
        context = replace(context, progress=progress)
        report = (
            undo_run(run or "", context) if chat is None else undo_chat(chat, run or "", context)
        )
    console.result(undo_text(report), undo_json(report), json=json)
    command = f"wasf undo {report.run} --yes" if chat is None else "the same with --yes"
    agreed = real or dry_run or report.is_empty
    if require_confirmation(command, agreed=agreed, json=json):
        undo(ctx, report.run if chat is None else run, chat, yes=True, org_name=org_name)
    raise typer.Exit(report.exit_code)


RemoveDoubles = Annotated[
    bool,
    typer.Option(
        "--remove-doubles",
        help="Delete the younger of two Tasks on one record that hold one message of two chats.",
    ),
]


def verify(
    ctx: typer.Context,
    remove_doubles: RemoveDoubles = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Compare every Task that was logged with what Salesforce has.

    It changes nothing unless --remove-doubles says so.
    """
    if yes and not remove_doubles:
        raise WrongUsage("--yes belongs to --remove-doubles", "wasf verify --remove-doubles --yes")
    app = app_for(ctx, org_name)
    real = not remove_doubles or (yes and not dry_run)
    opened = app.open_context(app.settings(), dry_run=not real)
    console = Console()
    shown = console.progress(shown=not json)
    with opened as context, app.stop.held_back(), shown as progress:
        report = verify_tasks(replace(context, progress=progress), remove=remove_doubles)
    console.result(verify_text(report), verify_json(report), json=json)
    is_empty = report.removed is None or not report.removed.tasks
    agreed = real or dry_run or is_empty
    if require_confirmation("wasf verify --remove-doubles --yes", agreed=agreed, json=json):
        verify(ctx, remove_doubles=True, yes=True, org_name=org_name)
    raise typer.Exit(report.exit_code)
