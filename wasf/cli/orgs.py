"""`wasf orgs`."""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import CHAT_API, Json

# --- orgs


Default = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Let this sign-in count where --org is not given."),
]


def orgs(ctx: typer.Context, default: Default = None, json: Json = False) -> None:
    """List the orgs that wasf is connected to, and choose the default."""
    from wasf.commands.sign_in import COLUMNS, orgs_as_json, orgs_as_rows
    from wasf.console import Console
    from wasf.core.auth import profile_name

    app: App = ctx.obj
    if default is not None:
        app.sign_ins.profiles.set_default(profile_name(default))
    profiles, chosen = app.sign_ins.profiles.all(), app.sign_ins.profiles.default_name
    console = Console()
    if json:
        console.json(orgs_as_json(profiles, chosen))
    elif profiles:
        console.table("", COLUMNS, orgs_as_rows(profiles, chosen))
    else:
        console.say("wasf is not connected to any org. Start with: wasf connect")


# --- disconnect
# `wasf disconnect`.


OrgName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="Which sign-in, or timelines; else the default one."),
]


def disconnect(ctx: typer.Context, name: OrgName = None, json: Json = False) -> None:
    """Revoke a sign-in and forget its tokens; what was synced stays."""
    from wasf.commands.sign_in import disconnect, disconnected_as_json, disconnected_lines
    from wasf.console import Console
    from wasf.core.auth import profile_name

    app: App = ctx.obj
    if name == CHAT_API:
        from wasf.cli.connect_timelines import run_disconnect_timelines

        raise typer.Exit(run_disconnect_timelines(app, json=json))
    done = disconnect("" if name is None else profile_name(name), app.sign_ins.tools())
    Console().result(disconnected_lines(done), disconnected_as_json(done), json=json)
