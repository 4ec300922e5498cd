"""`wasf connect`: which org, app and way to sign in.

The address of a sign-in by browser is shown before anything slow is loaded, so this module imports
only what is needed until then.
"""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wasf import late_modules
from wasf.app import App
from wasf.cli.options import A_CHAT_API, NAMES, OF_CHAT_API, ConnectCommand, Json, given_options
from wasf.cli.sign_in_request import (
    ConnectRequest,
    SignInTarget,
    begin_sign_in,
    chosen_store,
    may_prompt,
)
from wasf.core.auth import DEFAULT_NAME, Profile, SignInKind, profile_name
from wasf.core.text import nearest
from wasf.errors import ExitCode, NotConnected, WasfError, WrongUsage
from wasf.salesforce.auth import PRODUCTION, SANDBOX, login_url, redirect_uri
from wasf.sources import CHAT_APIS, find_chat_api

if TYPE_CHECKING:
    from wasf import console
    from wasf.cli import help as topics
    from wasf.cli import sign_in
else:  # loaded after the address is shown, or where there is none to show
    (console,) = late_modules("wasf", "console")
    sign_in, topics = late_modules("wasf.cli", "sign_in", "help")

program = typer.Typer(add_completion=False)

WHICH_ORG, WHICH_APP = "Which org", "Which app"
IN_BROWSER, FOR_CRON = "In the browser", "Without a browser"
"""The groups of the options; `OF_CHAT_API` is the last."""
_which_org, _which_app, _in_browser, _for_cron = (
    partial(typer.Option, rich_help_panel=one)
    for one in (WHICH_ORG, WHICH_APP, IN_BROWSER, FOR_CRON)
)

SignInName = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]",
        help=f"Names the sign-in, where there are several orgs; {NAMES}: {A_CHAT_API}.",
    ),
]
Sandbox = Annotated[bool, _which_org("--sandbox", help="A sandbox: test.salesforce.com.")]
Domain = Annotated[
    str | None, _which_org(metavar="HOST", help="The org's own address (My Domain), such as acme.")
]
ClientId = Annotated[
    str | None,
    _which_app(metavar="ID", help="The app's Consumer Key; remembered. See: wasf help app."),
]
Port = Annotated[
    int | None,
    _in_browser(min=1, max=65535, metavar="N", help="The callback's port, instead of the usual."),
]
NoBrowser = Annotated[
    bool, _in_browser("--no-browser", help="Print the address, and do not open it.")
]
Store = Annotated[
    str | None,
    typer.Option(
        "--token-store",
        metavar="keyring|file",
        help="Where tokens are kept: the system's keyring (default), or a file of yours.",
    ),
]
Timeout = Annotated[
    float, _in_browser(min=1, metavar="S", help="Seconds to wait for somebody to sign in.")
]
JwtKey = Annotated[
    Path | None, _for_cron(metavar="FILE", help="For cron: sign in with this private key (JWT).")
]
Username = Annotated[str | None, _for_cron(metavar="USER", help="Whom to sign in with --jwt-key.")]
ClientCredentials = Annotated[
    bool, _for_cron("--client-credentials", help="For cron: sign in as the app's own user.")
]
SecretFile = Annotated[
    Path | None,
    _which_app(
        "--client-secret-file", metavar="FILE", help="Holds the app's secret, if it asks for one."
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=f"For {NAMES}: holds the API token of the chat API.",
        rich_help_panel=OF_CHAT_API,
    ),
]
FromSf = Annotated[
    str | None, _for_cron(metavar="ALIAS", help="Take over a sign-in of the Salesforce CLI (sf).")
]


@program.command("connect", cls=ConnectCommand)
def connect(
    ctx: typer.Context,
    name: SignInName = None,
    sandbox: Sandbox = False,
    domain: Domain = None,
    client_id: ClientId = None,
    port: Port = None,
    no_browser: NoBrowser = False,
    token_store: Store = None,
    timeout: Timeout = 300.0,
    json: Json = False,
    jwt_key: JwtKey = None,
    username: Username = None,
    client_credentials: ClientCredentials = False,
    client_secret_file: SecretFile = None,
    from_sf: FromSf = None,
    token_file: TokenFile = None,
) -> None:
    """Sign in to Salesforce or to a chat API, and keep the sign-in."""
    app: App = ctx.obj
    store = token_store or app.environment.get("WASF_TOKEN_STORE", "")
    if name and (provider := find_chat_api(name)):
        workspace = sign_in.WorkspaceRequest(token_file, store, given_options(ctx), json)
        sign_in.connect_workspace(app, provider, workspace)
        return
    request = ConnectRequest(
        name=name,
        sandbox=sandbox,
        domain=domain or "",
        client_id=client_id or "",
        port=port,
        browser=not no_browser,
        token_store=store,
        seconds=timeout,
        jwt_key=jwt_key,
        username=username or "",
        client_credentials=client_credentials,
        client_secret_file=client_secret_file,
        sf_alias=from_sf or "",
        json=json,
    )
    raise typer.Exit(run_connect(app, request))


def run_connect(app: App, request: ConnectRequest) -> ExitCode:
    """Sign in, keep it, show it; return the exit code."""
    try:
        _sign_in(app, request)
    except WasfError as error:
        if not request.json:
            raise

        return sign_in.show_failure(error)
    return ExitCode.DONE


def _sign_in(app: App, request: ConnectRequest) -> None:
    target = _target(app, request)
    pending = begin_sign_in(request, target) if target.kind is SignInKind.WEB else None

    if pending:
        connected = sign_in.sign_in_by_browser(app, request, target, pending)
    else:
        connected = sign_in.sign_in_unattended(app, request, target)
    sign_in.show_sign_in(app, connected, as_json=request.json)


def _target(app: App, request: ConnectRequest) -> SignInTarget:
    """Return what to sign in to. What the command line leaves out is as it was the last time."""
    kind = request.kind
    named = "" if request.name is None else profile_name(request.name)
    known = app.sign_ins.profiles.get(named)
    near = "" if known or request.client_id else nearest(named, CHAT_APIS, likeness=0.8)
    if near:
        raise WrongUsage(
            f"There is no chat API {named}.",
            f"Did you mean wasf connect {near}? A sign-in of that name takes --client-id.",
        )
    name = named or (known.name if known else DEFAULT_NAME)
    login = _login_url(request, known)
    client_id = ""
    if kind is not SignInKind.SF_CLI:
        client_id = _client_id(app, request, known, login)
    store = chosen_store(request.token_store, known.token_store if known else None)
    return SignInTarget(name, kind, login, client_id, store)


def _login_url(request: ConnectRequest, known: Profile | None) -> str:
    if request.domain and request.sandbox:
        raise WrongUsage(
            "--sandbox and --domain are two ways to say where to sign in; choose one.",
            "A sandbox's own address says that it is one: --domain acme--dev.sandbox",
        )
    if request.domain:
        return login_url(request.domain)
    if request.sandbox:
        return SANDBOX
    return known.login_url if known and known.kind is not SignInKind.SF_CLI else PRODUCTION


def _client_id(app: App, request: ConnectRequest, known: Profile | None, login: str) -> str:
    """Return the app to sign in with: as given, as the last time, or as a person types it now."""
    found = request.client_id or app.environment.get("WASF_CLIENT_ID", "")
    if not found and known and known.login_url == login:
        found = known.client_id
    found = found or app.sign_ins.profiles.client_id(login) or _typed_client_id(request)
    if not _is_client_id(found):
        raise WrongUsage(
            "That cannot be a client id.", "Copy the app's Consumer Key: wasf help app"
        )
    return found


_LONGEST_CLIENT_ID = 512


def _is_client_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_CLIENT_ID and all(
        sign.isascii() and (sign.isalnum() or sign in "._-") for sign in text
    )


def _typed_client_id(request: ConnectRequest) -> str:
    """Say how to get a client id; return the one that a person types then.

    Raise `NotConnected` if nobody types one.
    """
    if not request.json:
        console.Console().markdown(topics.app_steps([redirect_uri(port) for port in request.ports]))
        sys.stdout.write("\n")
        if may_prompt():
            sys.stdout.write("Paste the Consumer Key here, or press Enter to stop: ")
            sys.stdout.flush()
            if typed := sys.stdin.readline().strip():
                return typed
    raise NotConnected(
        "wasf does not know which app to sign in with.",
        "wasf connect --client-id CONSUMER_KEY; how to get one: wasf help app",
    )
