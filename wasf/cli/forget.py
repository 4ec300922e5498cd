"""`wasf forget`."""

from typing import Annotated

import typer

from wasf.cli.options import DryRunOnly, Json, Org, Yes, app_for

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
    org_name: Org = None,
    json: Json = False,
) -> None:
    """Remove all that this machine holds about a person; Salesforce keeps what it has."""
    from wasf.cli.aftercare import unless_agreed
    from wasf.cli.forgetting import forgotten, let_in
    from wasf.cli.linking import show
    from wasf.commands.forget import forgotten_as_json, forgotten_lines

    app = app_for(ctx, org_name)
    if lift:
        let_in(app, number, json=json)
        return
    with show(json=json) as console:
        done = forgotten(app, number, chats or (), dry_run=dry_run or not yes)
    console.result(forgotten_lines(done), forgotten_as_json(done), json=json)
    unless_agreed("the same with --yes", agreed=yes or dry_run)
    raise typer.Exit(done.exit_code)
