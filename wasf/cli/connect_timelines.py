"""Connects the chat API: take its token, try it, keep it, show what it is for. Or forgets it."""

import getpass
import sys
from pathlib import Path
from typing import NamedTuple

from wasf.app import App
from wasf.cli.options import CHAT_API
from wasf.cli.sign_in_request import chosen_store
from wasf.console import (
    Console,
    workspace_disconnected_json,
    workspace_disconnected_text,
    workspace_json,
    workspace_text,
)
from wasf.core.auth import Secret, Tokens
from wasf.errors import NotConnected, WrongUsage
from wasf.interfaces import Workspace
from wasf.sources.timelines import PROVIDER
from wasf.store.credentials.external import secret_file
from wasf.store.profiles import API_URL, TOKEN_NAME, TOKEN_VARIABLE, URL_VARIABLE, ChatApi

_LONGEST_TOKEN = 4_096


class TimelinesRequest(NamedTuple):
    """The command line; "" and None for what it leaves out."""

    token_file: Path | None
    token_store: str
    json: bool


def connect_timelines(app: App, request: TimelinesRequest) -> None:
    """Try the token on its workspace, keep it, show what it is for."""
    known = app.chat_api.file.get()
    url = app.environment.get(URL_VARIABLE, "") or (known.url if known else API_URL)
    kind = chosen_store(request.token_store, known.token_store if known else None)
    token = _token(app, request)
    found = app.chat_api.client(url, token, app.settings()).workspace()
    store = app.token_store(kind)
    store.write(TOKEN_NAME, Tokens(token, None, None, url, app.now()))
    app.chat_api.file.put(ChatApi(url, found.name, kind))
    if known is not None and known.token_store is not kind:
        app.token_store(known.token_store).delete(TOKEN_NAME)
    _show(found, store.place, as_json=request.json)


def disconnect_timelines(app: App, *, json: bool) -> None:
    """Forget the token. It stays valid until the workspace's owner makes a new one."""
    known = app.chat_api.file.get()
    if known is None:
        raise NotConnected("wasf is not connected to TimelinesAI.", "wasf connect timelines")
    app.token_store(known.token_store).delete(TOKEN_NAME)
    app.chat_api.file.remove()
    assert PROVIDER.api  # noqa: S101
    lines = workspace_disconnected_text(known.workspace, PROVIDER.api.revocation)
    value = workspace_disconnected_json(CHAT_API, known.workspace)
    Console().result(lines, value, json=json)


def _token(app: App, request: TimelinesRequest) -> Secret:
    """Return the token of the file, else the environment, else a prompt or standard input."""
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


def _show(found: Workspace, place: str, *, as_json: bool) -> None:
    if as_json:
        Console().json(workspace_json(CHAT_API, found, place))
        return
    Console().tell(workspace_text(PROVIDER, found, place))
    rows = [(one.phone, one.name, one.owner_email, one.status) for one in found.accounts]
    Console().table("WhatsApp accounts", ("number", "name", "owner", "status"), rows)
    Console().say("Next: wasf sync timelines")
