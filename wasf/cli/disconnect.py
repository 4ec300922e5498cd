"""`wasf disconnect`."""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import CHAT_API, Json

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
        from wasf.cli.connecting_timelines import run_disconnect_timelines

        raise typer.Exit(run_disconnect_timelines(app, json=json))
    done = disconnect("" if name is None else profile_name(name), app.sign_ins.tools())
    Console().result(disconnected_lines(done), disconnected_as_json(done), json=json)
