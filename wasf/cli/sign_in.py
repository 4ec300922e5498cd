"""Signs in by the browser: the address first, then everything that takes time."""

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from wasf.app import App
from wasf.cli.sign_in_request import may_prompt, pass_on_lines
from wasf.errors import TryLater, WasfError
from wasf.salesforce.auth.authorize import AuthorizationRequest
from wasf.salesforce.auth.callback import LoopbackSocket, open_door, redirect_uri

if TYPE_CHECKING:
    import queue

    from wasf.commands.sign_in import Connected
    from wasf.core.auth import Answer, Secret
from typing import TYPE_CHECKING

from wasf.cli.sign_in_request import ConnectRequest, SignInTarget
from wasf.core.auth import SignInKind, Tokens
from wasf.errors import WrongUsage
from wasf.salesforce.auth import oauth, sf_cli
from wasf.store.credentials.external import secret_file

if TYPE_CHECKING:
    from wasf.commands.sign_in import Connected
import contextlib

from wasf.commands.sign_in import keep_sign_in
from wasf.core.auth import Identity, Profile
from wasf.core.records import UserId
from wasf.salesforce.api.connection import Connection
from wasf.salesforce.auth.identity import whoami

if TYPE_CHECKING:
    from wasf.cli.sign_in_request import SignInTarget
    from wasf.commands.sign_in import Connected

# --- web_sign_in


def sign_in_by_browser(app: App, request: "ConnectRequest", target: "SignInTarget") -> "Connected":
    """Show the address, wait for the answer by browser or paste, keep the sign-in."""
    prompting = may_prompt() and not request.json
    door = _door(request, prompting=prompting)
    uri = redirect_uri(door.port if door else request.ports[0])
    attempt = AuthorizationRequest.begin(target.login_url, target.client_id, uri)
    with ExitStack() as stack:
        _show_address(attempt, as_json=request.json)  # before anything slow is loaded
        from queue import SimpleQueue

        from wasf.cli.browser import open_browser
        from wasf.salesforce.auth.authorize import answer_pasted
        from wasf.salesforce.auth.callback import Callback

        inbox: SimpleQueue[Answer] = SimpleQueue()
        callback = stack.enter_context(Callback(door, attempt, inbox)) if door else None
        app.token_store(target.store).check()
        if request.browser:
            open_browser(attempt.address, app.environment)
        if prompting:
            pass_on_lines(lambda line: inbox.put(answer_pasted(line, attempt)))
        _say_how_to_go_on(door, request, prompting=prompting)
        connected = _finish(app, request, target, attempt, inbox)
        if callback:
            callback.resolve(connected=True)
    return connected


def _door(request: "ConnectRequest", *, prompting: bool) -> LoopbackSocket | None:
    """The first port that can be had; without one an answer can only be pasted."""
    door = open_door(request.ports)
    if door is None and not prompting:
        ports = ", ".join(map(str, request.ports))
        raise TryLater(
            f"None of the ports for the callback can be had on this machine ({ports}).",
            "End what uses them, or add another callback to the app and name it: --port N",
        )
    return door


def _show_address(attempt: AuthorizationRequest, *, as_json: bool) -> None:
    if as_json:
        # Written by hand, as all of it is plain; what reads JSON is loaded later.
        _write(
            f'{{"schema": 1, "event": "waiting", "authorize_url": "{attempt.address}",'
            f' "redirect_uri": "{attempt.redirect_uri}"}}\n'
        )
        return
    host = urlsplit(attempt.login_url).netloc
    _write(f"Sign in to Salesforce ({host}) at this address:\n\n  {attempt.address}\n\n")


def _say_how_to_go_on(
    door: LoopbackSocket | None, request: "ConnectRequest", *, prompting: bool
) -> None:
    if request.json:
        return
    if door:
        _write(f"Waiting for the answer at localhost:{door.port}. Ctrl-C ends this.\n")
    else:
        _write("No port for the callback is free, so the browser will end on an error page.\n")
    if prompting:
        _write("Signed in on another machine? Paste the address of its last page here.\n> ")


def _write(text: str, stream: TextIO | None = None) -> None:
    to = stream or sys.stdout
    to.write(text)
    to.flush()


def _finish(
    app: App,
    request: "ConnectRequest",
    target: "SignInTarget",
    attempt: AuthorizationRequest,
    inbox: "queue.SimpleQueue[Answer]",
) -> "Connected":
    from wasf.commands.sign_in import Waiting, await_grant
    from wasf.salesforce.auth.oauth import OAuth, as_tokens

    secret = _app_secret(request)
    oauth = OAuth(target.login_url, target.client_id, secret)
    waiting = Waiting(
        next_answer=lambda seconds: _next(inbox, seconds),
        exchange=lambda code: oauth.exchange_code(code, attempt.verifier, attempt.redirect_uri),
        telling=_Telling(quiet=request.json),
        clock=time.monotonic,
        seconds=request.seconds,
    )
    return keep(app, target, as_tokens(await_grant(waiting), secret))


def _app_secret(request: "ConnectRequest") -> "Secret | None":
    from wasf.store.credentials.external import secret_file

    path = request.client_secret_file
    return secret_file(path.expanduser()) if path else None


def _next(inbox: "queue.SimpleQueue[Answer]", seconds: float) -> "Answer | None":
    from queue import Empty

    try:
        return inbox.get(timeout=seconds)
    except Empty:
        return None


class _Telling:
    """Tells a person on standard error, and a program nothing: it asked for JSON only."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def still_waiting(self) -> None:
        """After a while: a wrong set-up ends on a page of Salesforce and never comes back."""
        self._say(
            'Still waiting. If the browser shows an error of Salesforce instead of "Connected",\n'
            "the app is not set up for wasf yet: see wasf help app, or paste the address of that\n"
            "page here, and wasf says what it means."
        )

    def not_an_answer(self, reason: str) -> None:
        """It was pasted, so it can be pasted again."""
        self._say(f"{reason} Paste the whole address of the page that the sign-in ended on.")

    def refused(self, error: WasfError) -> None:
        """What is wrong can be mended while the sign-in waits."""
        self._say(f"{error.message} {error.hint}\nStill waiting.")

    def _say(self, text: str) -> None:
        if not self._quiet:
            _write(f"{text}\n", sys.stderr)


# --- keeping
# Finds out whose tokens these are, and keeps the sign-in.


def keep(
    app: App, target: "SignInTarget", tokens: Tokens, *, jwt_key_file: str = "", sf_alias: str = ""
) -> "Connected":
    """Ask with the tokens who they are for, then keep them under the target's name."""
    who = _who(app, target, tokens)
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
    return keep_sign_in(profile, kept, who, app.sign_ins.tools())


def _who(app: App, target: "SignInTarget", tokens: Tokens) -> Identity:
    try:
        return whoami(Connection(tokens.instance_url, tokens.access_token))
    except WasfError:
        if target.kind is SignInKind.WEB:
            with contextlib.suppress(WasfError):
                app.sign_ins.tools().revoke(target.login_url, tokens.root)
        raise


# --- unattended_sign_in
# Signs in without a person: by a key, by the app's own secret, by the Salesforce CLI.


def sign_in_unattended(app: App, request: ConnectRequest, target: "SignInTarget") -> "Connected":
    """One sign-in of that kind, tried and kept."""
    match target.kind:
        case SignInKind.JWT:
            return _by_key(app, request, target)
        case SignInKind.CLIENT_CREDENTIALS:
            return _by_secret(app, request, target)
        case _:
            return keep(app, target, sf_cli.tokens_of(request.sf_alias), sf_alias=request.sf_alias)


def _by_key(app: App, request: ConnectRequest, target: "SignInTarget") -> "Connected":
    if request.jwt_key is None:
        raise WrongUsage("This way of signing in needs a key.", "--jwt-key FILE --username USER")
    path = request.jwt_key.expanduser().absolute()
    tokens = oauth.jwt_bearer(
        target.login_url, target.client_id, request.username, secret_file(path)
    )
    return keep(app, target, tokens, jwt_key_file=str(path))


def _by_secret(app: App, request: ConnectRequest, target: "SignInTarget") -> "Connected":
    if request.client_secret_file is None:
        raise WrongUsage(
            "This way of signing in needs the app's secret.", "--client-secret-file FILE"
        )
    secret = secret_file(request.client_secret_file.expanduser())
    app.token_store(target.store).check()
    tokens: Tokens = oauth.client_credentials(target.login_url, target.client_id, secret)
    return keep(app, target, tokens)
