"""`wasf orgs` and `wasf disconnect`."""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.connect_timelines import disconnect_timelines
from wasf.cli.options import CHAT_API, Json
from wasf.commands.sign_in import disconnect as end_sign_in
from wasf.console import Console, disconnect_json, disconnect_text, orgs_json
from wasf.core.auth import profile_name

Default = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Let this sign-in count where --org is not given."),
]
SignInName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="Which sign-in, or timelines; else the default one."),
]


def orgs(ctx: typer.Context, default: Default = None, json: Json = False) -> None:
    """List the orgs that wasf is connected to, and choose the default."""
    app: App = ctx.obj
    known = app.sign_ins.profiles
    if default is not None:
        known.set_default(profile_name(default))
    profiles, chosen = known.all(), known.default_name
    console = Console()
    if json:
        console.json(orgs_json(profiles, chosen))
    elif profiles:
        console.orgs(profiles, chosen)
    else:
        console.say("wasf is not connected to any org. Start with: wasf connect")


def disconnect(ctx: typer.Context, name: SignInName = None, json: Json = False) -> None:
    """Revoke a sign-in and forget its tokens; what was synced stays."""
    app: App = ctx.obj
    if name == CHAT_API:
        disconnect_timelines(app, json=json)
        return
    done = end_sign_in("" if name is None else profile_name(name), app.sign_ins.tools())
    Console().result(disconnect_text(done), disconnect_json(done), json=json)
