"""What `wasf connect` does with its arguments: which org and app, which way in, what to show."""

import sys
from typing import TYPE_CHECKING

from wasf.app import App
from wasf.cli.connect_request import ConnectRequest, Target
from wasf.cli.token_stores import chosen_store
from wasf.core.auth import DEFAULT_NAME, Profile, SignInKind, profile_name
from wasf.errors import ExitCode, NotConnected, WasfError, WrongUsage
from wasf.salesforce.auth.callback import redirect_uri
from wasf.salesforce.auth.hosts import PRODUCTION, SANDBOX, login_url

if TYPE_CHECKING:
    from wasf.commands.sign_in import Connected

_LONGEST_CLIENT_ID = 512


def run_connect(app: App, request: ConnectRequest) -> ExitCode:
    """Sign in, keep it, show it; return the exit code."""
    try:
        _show(app, _connect(app, request), as_json=request.json)
    except WasfError as error:
        if not request.json:
            raise
        from wasf.commands.sync.report import error_as_json
        from wasf.console import Console

        failure = {"schema": 1, "event": "failed", "error": error_as_json(error)}
        Console().json(failure, one_line=True)
        Console().error(error)
        return error.exit_code
    return ExitCode.DONE


def _connect(app: App, request: ConnectRequest) -> "Connected":
    target = _target(app, request)
    if target.kind is SignInKind.WEB:
        from wasf.cli.web_sign_in import sign_in_by_browser

        return sign_in_by_browser(app, request, target)
    from wasf.cli.unattended_sign_in import sign_in_unattended

    return sign_in_unattended(app, request, target)


def _target(app: App, request: ConnectRequest) -> Target:
    kind = request.kind
    named = "" if request.name is None else profile_name(request.name)
    known = app.sign_ins.profiles.get(named)
    name = named or (known.name if known else DEFAULT_NAME)
    login = _login_url(request, known)
    client_id = ""
    if kind is not SignInKind.SF_CLI:
        client_id = _client_id(app, request, known, login)
    store = chosen_store(request.token_store, known.token_store if known else None)
    return Target(name, kind, login, client_id, store)


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
    """The app to sign in with: as given, as last time, or as the person now says."""
    found = request.client_id or app.environment.get("WASF_CLIENT_ID", "")
    if not found and known and known.login_url == login:
        found = known.client_id
    found = found or app.sign_ins.profiles.client_id(login) or _explained(request)
    if not _is_client_id(found):
        raise WrongUsage(
            "That cannot be a client id.", "Copy the app's Consumer Key: wasf help app"
        )
    return found


def _is_client_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_CLIENT_ID and all(
        sign.isascii() and (sign.isalnum() or sign in "._-") for sign in text
    )


def _explained(request: ConnectRequest) -> str:
    """What somebody types who was told how to get a client id."""
    from wasf.cli.pasting import may_prompt
    from wasf.commands.app_setup import app_steps

    if not request.json:
        steps = app_steps([redirect_uri(port) for port in request.ports])
        sys.stdout.write(f"{steps}\n\n")
        if may_prompt():
            sys.stdout.write("Paste the Consumer Key here, or press Enter to stop: ")
            sys.stdout.flush()
            if typed := sys.stdin.readline().strip():
                return typed
    raise NotConnected(
        "wasf does not know which app to sign in with.",
        "wasf connect --client-id CONSUMER_KEY; how to get one: wasf help app",
    )


def _show(app: App, connected: "Connected", *, as_json: bool) -> None:
    from wasf.commands.sign_in import connected_as_json, connected_lines
    from wasf.console import Console
    from wasf.salesforce.auth.hosts import TOKEN_VARIABLE

    console = Console()
    if as_json:
        settings = {line.name: line.value for line in app.settings().explain()}
        console.json(connected_as_json(connected, settings), one_line=True)
        return
    console.tell(connected_lines(connected))
    if app.environment.get(TOKEN_VARIABLE):
        console.remark(f"! {TOKEN_VARIABLE} is set, and wins over every sign-in.")
    rows = [(line.name, line.value, line.origin) for line in app.settings().explain()]
    console.table("Settings (change them: wasf config set NAME VALUE)", _COLUMNS, rows)
    console.say("Next: wasf test-lead makes a test Lead, so that you see how a message will look.")


_COLUMNS = ("setting", "value", "from")
