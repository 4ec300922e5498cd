"""Sign-ins: carried out and kept, listed by `wasf orgs`, ended by `wasf disconnect`.

To Salesforce by browser, JWT, client credentials or the Salesforce CLI, and to a chat API by its
token. The first step of a sign-in by browser is in `sign_in_request`.
"""

import contextlib
import getpass
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from wasf import late_modules
from wasf.app import App
from wasf.cli.options import NAMES, Json
from wasf.cli.sign_in_request import (
    ConnectRequest,
    PendingSignIn,
    SignInTarget,
    chosen_store,
    open_browser,
    pass_on_pastes,
)
from wasf.commands.chat_api import ConnectedWorkspace
from wasf.commands.sign_in import Connected, SignInWait, await_tokens, keep_sign_in
from wasf.commands.sign_in import disconnect as end_sign_in
from wasf.console import (
    Console,
    connect_error_json,
    connect_json,
    connect_text,
    disconnect_json,
    disconnect_text,
    orgs_json,
    workspace_disconnected_json,
    workspace_disconnected_text,
    workspace_json,
    workspace_text,
)
from wasf.core.auth import (
    Answer,
    Identity,
    Profile,
    Secret,
    SignInKind,
    Tokens,
    UserId,
    profile_name,
)
from wasf.core.text import counted
from wasf.errors import ExitCode, WasfError, WrongUsage
from wasf.interfaces import Provider
from wasf.salesforce import TOKEN_VARIABLE, Connection
from wasf.sources import find_chat_api, is_in_the_open
from wasf.store.credentials import secret_file

if TYPE_CHECKING:
    from wasf.salesforce import auth
else:  # loaded where somebody signs in
    (auth,) = late_modules("wasf.salesforce", "auth")

# --- To Salesforce -------------------------------------------------------------------------------

_MINUTE = 60  # seconds
_UNITS = ("second", "minute")

# By browser


def sign_in_by_browser(
    app: App, request: ConnectRequest, target: SignInTarget, pending: PendingSignIn
) -> Connected:
    """Wait for the answer, by the browser or pasted; keep the sign-in."""
    inbox: SimpleQueue[Answer] = SimpleQueue()
    authorization, socket, prompting = pending
    with contextlib.ExitStack() as stack:
        callback = None
        if socket:
            callback = stack.enter_context(auth.Callback(socket, authorization, inbox))
        app.token_store(target.store).check()
        if request.browser:
            open_browser(authorization.address, app.environment)
        if prompting:
            pass_on_pastes(lambda text: inbox.put(auth.answer_pasted(text, authorization)))
        if not request.json:
            _say_how_to_go_on(pending, request.seconds)
        tokens = _await_tokens(request, target, pending, inbox)
        connected = _keep(app, target, tokens)
        if callback:
            callback.resolve(connected=True)
    return connected


def _say_how_to_go_on(pending: PendingSignIn, seconds: float) -> None:
    console = Console()
    if pending.socket:
        is_long = seconds >= _MINUTE
        most = counted(round(seconds / _MINUTE if is_long else seconds), _UNITS[is_long])
        where = f"localhost:{pending.socket.port}"
        console.say(f"Waiting for the answer at {where}, {most} at most. Ctrl-C ends this.")
    else:
        console.say("No port for the callback is free, so the browser will end on an error page.")
    if pending.prompting:
        console.say("Signed in on another machine? Paste the address of its last page here.")
        sys.stdout.write("> ")
        sys.stdout.flush()


def _await_tokens(
    request: ConnectRequest,
    target: SignInTarget,
    pending: PendingSignIn,
    inbox: SimpleQueue[Answer],
) -> Tokens:
    """Return the tokens for the first answer in `inbox` that can be exchanged for some."""
    authorization, path = pending.authorization, request.client_secret_file
    secret = secret_file(path.expanduser()) if path else None
    client = auth.OAuth(target.login_url, target.client_id, secret)
    waiting = SignInWait(
        next_answer=lambda seconds: _next(inbox, seconds),
        exchange=lambda code: client.exchange_code(
            code, authorization.verifier, authorization.redirect_uri
        ),
        prompter=_SignInPrompter(quiet=request.json),
        clock=time.monotonic,
        seconds=request.seconds,
    )
    return await_tokens(waiting)


def _next(inbox: SimpleQueue[Answer], seconds: float) -> Answer | None:
    try:
        return inbox.get(timeout=seconds)
    except Empty:
        return None


class _SignInPrompter:
    """Tells a person on standard error what goes on; with `quiet` (for JSON) it says nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def still_waiting(self) -> None:
        """Say what may be wrong: an app that is not set up ends on a page of Salesforce."""
        self._say(
            'Still waiting. If the browser shows an error of Salesforce instead of "Connected", '
            "the app is not set up for wasf yet: see wasf help app, or paste the address of that "
            "page here, and wasf says what it means."
        )

    def not_an_answer(self, reason: str) -> None:
        """Say why a pasted text is no answer. It can be pasted again."""
        self._say(f"{reason} Paste the whole address of the page that the sign-in ended on.")

    def refused(self, error: WasfError) -> None:
        """Say what Salesforce refused. It can be set right while the sign-in waits."""
        self._say(f"{error.message} {error.hint}\nStill waiting.")

    def _say(self, text: str) -> None:
        if not self._quiet:
            console = Console()
            for line in text.split("\n"):
                console.remark(line)


# Without a person


def sign_in_unattended(app: App, request: ConnectRequest, target: SignInTarget) -> Connected:
    """Sign in by a key, by the app's own secret or by the Salesforce CLI; keep the sign-in."""
    match target.kind:
        case SignInKind.JWT:
            return _sign_in_by_key(app, request, target)
        case SignInKind.CLIENT_CREDENTIALS:
            return _sign_in_by_secret(app, request, target)
        case _:
            tokens = auth.sf_tokens(request.sf_alias)
            return _keep(app, target, tokens, sf_alias=request.sf_alias)


def _sign_in_by_key(app: App, request: ConnectRequest, target: SignInTarget) -> Connected:
    if request.jwt_key is None:
        raise WrongUsage("This way of signing in needs a key.", "--jwt-key FILE --username USER")
    path = request.jwt_key.expanduser().absolute()
    oauth = auth.OAuth(target.login_url, target.client_id)
    tokens = oauth.jwt_bearer(request.username, secret_file(path))
    return _keep(app, target, tokens, jwt_key_file=str(path))


def _sign_in_by_secret(app: App, request: ConnectRequest, target: SignInTarget) -> Connected:
    if request.client_secret_file is None:
        raise WrongUsage(
            "This way of signing in needs the app's secret.", "--client-secret-file FILE"
        )
    secret = secret_file(request.client_secret_file.expanduser())
    app.token_store(target.store).check()
    oauth = auth.OAuth(target.login_url, target.client_id, secret)
    return _keep(app, target, oauth.client_credentials())


# The result


def _keep(
    app: App, target: SignInTarget, tokens: Tokens, *, jwt_key_file: str = "", sf_alias: str = ""
) -> Connected:
    """Ask Salesforce whose tokens these are, then keep them under the target's name."""
    who = _identity(app, target, tokens)
    profile = Profile(
        name=target.name,
        kind=target.kind,
        login_url=tokens.instance_url if target.kind is SignInKind.SF_CLI else target.login_url,
        client_id=target.client_id,
        instance_url=tokens.instance_url,
        org_id=who.org_id,
        user_id=UserId(who.user_id),
        username=who.username,
        is_sandbox=who.is_sandbox,
        token_store=target.store,
        jwt_key_file=jwt_key_file,
        sf_alias=sf_alias,
    )
    kept = tokens if target.kind.keeps_tokens else None
    return keep_sign_in(profile, kept, who, app.sign_ins.context())


def _identity(app: App, target: SignInTarget, tokens: Tokens) -> Identity:
    """Return whose tokens these are. If Salesforce does not say it, revoke those of a browser."""
    try:
        return auth.whoami(Connection(tokens.instance_url, tokens.access_token))
    except WasfError:
        if target.kind is SignInKind.WEB:
            with contextlib.suppress(WasfError):
                app.sign_ins.context().revoke(target.login_url, tokens.root)
        raise


def show_sign_in(app: App, connected: Connected, *, as_json: bool) -> None:
    """Show who signed in where, and the settings."""
    console, settings = Console(), app.explain_settings()
    if as_json:
        console.json(connect_json(connected, settings), one_line=True)
        return
    console.tell(connect_text(connected))
    if app.environment.get(TOKEN_VARIABLE):
        console.remark(f"! {TOKEN_VARIABLE} is set, and wins over every sign-in.")
    rows = [(line.name, line.value, line.origin) for line in settings]
    console.table("Settings (change them: wasf config set NAME VALUE)", _COLUMNS, rows)
    console.say("Next: wasf test-lead makes a test Lead, so that you see how a message will look.")


_COLUMNS = ("setting", "value", "from")


def show_failure(error: WasfError) -> ExitCode:
    """Show the error to the program that asked for JSON, and to people; return its exit code."""
    Console().json(connect_error_json(error), one_line=True)
    Console().error(error)
    return error.exit_code


# --- To a chat API -------------------------------------------------------------------------------

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


# --- List and end --------------------------------------------------------------------------------

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
