"""`wasf orgs` and `wasf disconnect`, and what `wasf connect` does for a chat API."""

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from wasf.app import App
from wasf.cli.options import NAMES, Json
from wasf.cli.sign_in_request import chosen_store
from wasf.commands.chat_api import ConnectedWorkspace
from wasf.commands.sign_in import disconnect as end_sign_in
from wasf.console import (
    Console,
    disconnect_json,
    disconnect_text,
    orgs_json,
    workspace_disconnected_json,
    workspace_disconnected_text,
    workspace_json,
    workspace_text,
)
from wasf.core.auth import Secret, profile_name
from wasf.errors import WrongUsage
from wasf.interfaces import Provider
from wasf.sources import find_chat_api, is_in_the_open
from wasf.store.credentials import secret_file

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


_LONGEST_TOKEN = 4_096
_USE_TLS = "Give the server an address with https://."


class WorkspaceRequest(NamedTuple):
    """The command line; "" and None for what it leaves out. `options` are the provider's."""

    token_file: Path | None
    token_store: str
    options: Mapping[str, str]
    json: bool


def connect_workspace(app: App, provider: Provider, request: WorkspaceRequest) -> None:
    """Try the token on its workspace, keep it, show what it is for."""
    known = app.chat_apis.known(provider)
    kind = chosen_store(request.token_store, known.token_store if known else None)
    token = _token(app, provider, request)
    connected = app.chat_apis.connect(provider, token, request.options, kind)
    _show(connected, as_json=request.json)


def disconnect_workspace(app: App, provider: Provider, *, json: bool) -> None:
    """Forget the token. It stays valid at the provider."""
    known = app.chat_apis.disconnect(provider)
    revocation = provider.api.revocation if provider.api else ""
    lines = workspace_disconnected_text(known.workspace, revocation)
    Console().result(lines, workspace_disconnected_json(provider.name, known.workspace), json=json)


def _token(app: App, provider: Provider, request: WorkspaceRequest) -> Secret:
    """Return the token of the file, else the environment, else a prompt or standard input."""
    if request.token_file is not None:
        text = secret_file(request.token_file.expanduser()).reveal()
    elif given := app.chat_apis.given_token(provider):
        text = given
    elif sys.stdin.isatty():
        where = provider.api.where if provider.api else ""
        text = getpass.getpass(f"API token ({where}): ")
    else:
        text = sys.stdin.readline(_LONGEST_TOKEN)
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise WrongUsage(
            "That cannot be an API token.",
            f"wasf connect {provider.name} --token-file FILE, or give it on standard input.",
        )
    return Secret(token)


def _show(connected: ConnectedWorkspace, *, as_json: bool) -> None:
    provider, found, place = connected.provider, connected.workspace, connected.place
    console = Console()
    if as_json:
        console.json(workspace_json(provider.name, found, place))
        return
    console.tell(workspace_text(provider, found, place))
    rows = [(one.phone, one.name, one.owner_email, one.status) for one in found.accounts]
    console.table("WhatsApp accounts", ("number", "name", "owner", "status"), rows)
    if is_in_the_open(connected.url):
        console.say(f"Not encrypted: the token and the chats can be read on the way. {_USE_TLS}")
    console.say(f"Next: wasf sync {provider.name}")
