"""Takes the token of the chat API, proves it, keeps it, shows what it is for; or forgets it."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wasf.app import App
from wasf.cli.options import CHAT_API
from wasf.cli.sign_in_request import chosen_store
from wasf.core.auth import Secret, Tokens
from wasf.errors import ExitCode, NotConnected, WrongUsage
from wasf.store.credentials.external import secret_file
from wasf.store.profiles import API_URL, TOKEN_NAME, TOKEN_VARIABLE, URL_VARIABLE, ChatApi

if TYPE_CHECKING:
    from wasf.sources.timelines.workspace import About

_LONGEST_TOKEN = 4_096


class TimelinesRequest(NamedTuple):
    """The command line; "" and None where nothing was said."""

    token_file: Path | None
    token_store: str
    json: bool


def run_connect_timelines(app: App, request: TimelinesRequest) -> ExitCode:
    """Connect the workspace; return the exit code."""
    from wasf.sources.timelines.workspace import about

    known = app.chat_api.file.get()
    url = app.environment.get(URL_VARIABLE, "") or (known.url if known else API_URL)
    kind = chosen_store(request.token_store, known.token_store if known else None)
    token = _token(app, request)
    found = about(app.chat_api.client(url, token, app.settings()))
    store = app.token_store(kind)
    store.write(TOKEN_NAME, Tokens(token, None, None, url, app.now()))
    app.chat_api.file.put(ChatApi(url, found.name, kind))
    if known is not None and known.token_store is not kind:
        app.token_store(known.token_store).delete(TOKEN_NAME)
    _show(found, store.place, as_json=request.json)
    return ExitCode.DONE


def run_disconnect_timelines(app: App, *, json: bool) -> ExitCode:
    """Forget the token; the workspace's owner makes it worthless by making a new one."""
    from wasf.console import Console

    known = app.chat_api.file.get()
    if known is None:
        raise NotConnected("wasf is not connected to TimelinesAI.", "wasf connect timelines")
    app.token_store(known.token_store).delete(TOKEN_NAME)
    app.chat_api.file.remove()
    lines = [
        f"Forgot the API token of {known.workspace}. What was synced stays.",
        "It is still valid: a new one in TimelinesAI (Integrations, Public API) ends it.",
    ]
    value = {"schema": 1, "disconnected": CHAT_API, "workspace": known.workspace}
    Console().result(lines, value, json=json)
    return ExitCode.DONE


def _token(app: App, request: TimelinesRequest) -> Secret:
    """The token from the file, the environment, a prompt or standard input, in this order."""
    if request.token_file is not None:
        text = secret_file(request.token_file.expanduser()).reveal()
    elif given := app.environment.get(TOKEN_VARIABLE, ""):
        text = given
    elif sys.stdin.isatty():
        text = getpass.getpass("API token (TimelinesAI: Integrations, Public API): ")
    else:
        text = sys.stdin.readline(_LONGEST_TOKEN)
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise WrongUsage(
            "That cannot be an API token.",
            "wasf connect timelines --token-file FILE, or give it on standard input.",
        )
    return Secret(token)


def _show(found: "About", place: str, *, as_json: bool) -> None:
    from wasf.console import Console

    quota = found.quota
    if as_json:
        accounts = [
            {"phone": one.phone, "name": one.name, "owner": one.owner_email, "status": one.status}
            for one in found.accounts
        ]
        calls = {"used": quota.used, "total": quota.total} if quota else None
        shown = {"workspace": found.name, "whatsapp_accounts": accounts, "api_calls": calls}
        Console().json({"schema": 1, "connected": CHAT_API, "tokens_in": place, **shown})
        return
    lines = [f"Connected to the TimelinesAI workspace {found.name}.", f"  Token   {place}"]
    if quota:
        lines.append(f"  Calls   {quota.used:,} of {quota.total:,} of this month are used")
    Console().tell(lines)
    rows = [(one.phone, one.name, one.owner_email, one.status) for one in found.accounts]
    Console().table("WhatsApp accounts", ("number", "name", "owner", "status"), rows)
    Console().say("Next: wasf sync timelines")
