"""`wasf connect`."""

from pathlib import Path
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import CHAT_API, Json
from wasf.errors import ExitCode

OrgName = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]",
        help="Names the sign-in, where there are several orgs; timelines: the chat API.",
    ),
]
Sandbox = Annotated[bool, typer.Option("--sandbox", help="A sandbox: test.salesforce.com.")]
Domain = Annotated[
    str | None,
    typer.Option(metavar="HOST", help="The org's own address (My Domain), such as acme."),
]
ClientId = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The app's Consumer Key; remembered. See: wasf help app."),
]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, metavar="N", help="The callback's port, instead of the usual."),
]
NoBrowser = Annotated[
    bool, typer.Option("--no-browser", help="Print the address, and do not open it.")
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
    float, typer.Option(min=1, metavar="S", help="Seconds to wait for somebody to sign in.")
]
JwtKey = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="For cron: sign in with this private key (JWT)."),
]
Username = Annotated[
    str | None, typer.Option(metavar="USER", help="Whom to sign in with --jwt-key.")
]
ClientCredentials = Annotated[
    bool, typer.Option("--client-credentials", help="For cron: sign in as the app's own user.")
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--client-secret-file", metavar="FILE", help="Holds the app's secret, if it asks for one."
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="For timelines: holds the API token of the chat API."),
]
FromSf = Annotated[
    str | None,
    typer.Option(metavar="ALIAS", help="Take over a sign-in of the Salesforce CLI (sf)."),
]


def connect(
    ctx: typer.Context,
    name: OrgName = None,
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
    """Sign in to Salesforce, in the browser or for cron, or to a chat API; keep the sign-in."""
    app: App = ctx.obj
    store = token_store or app.environment.get("WASF_TOKEN_STORE", "")
    if name == CHAT_API:
        raise typer.Exit(_connect_chat_api(app, token_file, store, json=json))
    from wasf.cli.connect_request import ConnectRequest
    from wasf.cli.connecting import run_connect

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


def _connect_chat_api(app: App, token_file: Path | None, store: str, *, json: bool) -> ExitCode:
    from wasf.cli.connecting_timelines import TimelinesRequest, run_connect_timelines

    return run_connect_timelines(app, TimelinesRequest(token_file, store, json))
