"""`wasf orgs` and `wasf disconnect`."""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.connect_chat_api import disconnect_workspace
from wasf.cli.options import NAMES, Json
from wasf.commands.sign_in import disconnect as end_sign_in
from wasf.console import Console, disconnect_json, disconnect_text, orgs_json
from wasf.core.auth import profile_name
from wasf.sources import find_chat_api

Default = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Let this sign-in count where --org is not given."),
]
SignInName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help=f"Which sign-in, or {NAMES}; else the default one."),
]


def orgs(ctx: typer.Context, default: Default = None, json: Json = False) -> None:
    """List the orgs that wasf is connected to; choose the default."""
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
    if name and (provider := find_chat_api(name)):
        disconnect_workspace(app, provider, json=json)
        return
    done = end_sign_in("" if name is None else profile_name(name), app.sign_ins.context())
    Console().result(disconnect_text(done), disconnect_json(done), json=json)
