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
    from wasf.commands.disconnect import (
        Forgetting,
        disconnect,
        disconnected_as_json,
        disconnected_lines,
    )
    from wasf.console import Console
    from wasf.core.signin import profile_name
    from wasf.salesforce.oauth import OAuth

    app: App = ctx.obj
    if name == CHAT_API:
        from wasf.cli.connecting_timelines import run_disconnect_timelines

        raise typer.Exit(run_disconnect_timelines(app, json=json))
    forgetting = Forgetting(
        app.profiles,
        app.token_store,
        app.token_lock,
        lambda login_url, token: OAuth(login_url, "").revoke(token),
    )
    done = disconnect(profile_name(name) if name else "", forgetting)
    console = Console()
    console.json(disconnected_as_json(done)) if json else console.tell(disconnected_lines(done))
