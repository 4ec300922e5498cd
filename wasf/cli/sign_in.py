"""Carries a sign-in out (browser, JWT, client credentials, Salesforce CLI), keeps it, shows it.

The first step of a sign-in by browser is in `sign_in_request`.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from wasf.app import App
from wasf.cli.sign_in_request import ConnectRequest, PendingSignIn, SignInTarget, pass_on_pastes
from wasf.commands.sign_in import Connected, SignInWait, await_tokens, keep_sign_in
from wasf.console import Console, connect_error_json, connect_json, connect_text
from wasf.core.auth import Answer, Identity, Profile, SignInKind, Tokens, UserId, without_secrets
from wasf.core.text import counted
from wasf.errors import ExitCode, WasfError, WrongUsage
from wasf.salesforce import TOKEN_VARIABLE, Connection
from wasf.salesforce.auth import Callback, OAuth, answer_pasted, sf_tokens, whoami
from wasf.store.credentials import secret_file

# --- The browser -----------------------------------------------------------------------------

_IN_THE_TERMINAL = frozenset({"www-browser", "lynx", "links", "links2", "elinks", "w3m"})
_PLACE = "%s"


def open_browser(address: str, env: Mapping[str, str]) -> bool:
    """Start a browser at the address; return whether a program was started.

    Nobody can tell whether it shows the page. `BROWSER` wins: an editor that works on another
    machine sets it to reach the browser in front of the person.
    """
    if commands := _browser_commands(env.get("BROWSER", ""), address):
        return any(map(_start, commands))
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return False
    if sys.platform == "win32":
        return _open_by_windows(address)
    if sys.platform == "darwin":
        return _start(["open", address])
    if _is_wsl(env):
        return _start(["wslview", address]) or _start([*_POWERSHELL, f"Start-Process '{address}'"])
    has_display = env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")
    return bool(has_display) and _start(["xdg-open", address])


# The address is percent-encoded: no quote in it can end the quoted text.
_POWERSHELL = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")


def _browser_commands(browser: str, address: str) -> list[list[str]]:
    """Return the commands in `BROWSER`, a list; those that take over the terminal are left out.

    The address replaces each `%s`, and is the last word where there is none. What names an existing
    program is one word, also with blanks.
    """
    entries = [browser] if shutil.which(browser) else browser.split(os.pathsep)
    commands = [_with_address(words, address) for entry in entries if (words := _words(entry))]
    return [words for words in commands if Path(words[0]).name not in _IN_THE_TERMINAL]


def _words(entry: str) -> list[str]:
    if shutil.which(entry):
        return [entry]
    try:
        # Windows writes paths with backslashes.
        return [word.strip('"') for word in shlex.split(entry, posix=os.name != "nt")]
    except ValueError:
        return []


def _with_address(words: Sequence[str], address: str) -> list[str]:
    if not any(_PLACE in word for word in words):
        return [*words, address]
    return [word.replace(_PLACE, address) for word in words]


def _open_by_windows(address: str) -> bool:
    try:
        # How Windows opens addresses. Other systems have no such function.
        vars(os)["startfile"](address)
    except OSError:  # nothing is set up to open addresses
        return False
    return True


def _is_wsl(env: Mapping[str, str]) -> bool:
    return bool(env.get("WSL_DISTRO_NAME") or env.get("WSL_INTEROP"))


def _start(command: Sequence[str]) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    try:
        subprocess.Popen(  # noqa: S603 - the person's own browser, and no shell
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_secrets(os.environ),  # a browser lives long and has extensions
            start_new_session=True,
        )
    except OSError:
        return False
    return True


# --- The sign-in -----------------------------------------------------------------------------

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
            callback = stack.enter_context(Callback(socket, authorization, inbox))
        app.token_store(target.store).check()
        if request.browser:
            open_browser(authorization.address, app.environment)
        if prompting:
            pass_on_pastes(lambda text: inbox.put(answer_pasted(text, authorization)))
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
    client = OAuth(target.login_url, target.client_id, secret)
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
            tokens = sf_tokens(request.sf_alias)
            return _keep(app, target, tokens, sf_alias=request.sf_alias)


def _sign_in_by_key(app: App, request: ConnectRequest, target: SignInTarget) -> Connected:
    if request.jwt_key is None:
        raise WrongUsage("This way of signing in needs a key.", "--jwt-key FILE --username USER")
    path = request.jwt_key.expanduser().absolute()
    oauth = OAuth(target.login_url, target.client_id)
    tokens = oauth.jwt_bearer(request.username, secret_file(path))
    return _keep(app, target, tokens, jwt_key_file=str(path))


def _sign_in_by_secret(app: App, request: ConnectRequest, target: SignInTarget) -> Connected:
    if request.client_secret_file is None:
        raise WrongUsage(
            "This way of signing in needs the app's secret.", "--client-secret-file FILE"
        )
    secret = secret_file(request.client_secret_file.expanduser())
    app.token_store(target.store).check()
    oauth = OAuth(target.login_url, target.client_id, secret)
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
        return whoami(Connection(tokens.instance_url, tokens.access_token))
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
