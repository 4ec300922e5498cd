"""The first step of `wasf connect`: the command line as a value, the address, browser and prompt.

All of it runs before anything slow is loaded, so that the address of a sign-in is there at once.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from wasf import late_modules
from wasf.core.auth import SignInKind, StoreKind, without_secrets
from wasf.errors import TryLater, WrongUsage
from wasf.salesforce.auth import (
    PORTS,
    AuthorizationRequest,
    LoopbackSocket,
    open_loopback,
    redirect_uri,
)

if TYPE_CHECKING:
    import shlex
else:  # loaded after the address is shown
    (shlex,) = late_modules("", "shlex")


class ConnectRequest(NamedTuple):
    """The command line of one `wasf connect`; "" and None for what it leaves out."""

    name: str | None
    sandbox: bool
    domain: str
    client_id: str
    port: int | None
    browser: bool
    token_store: str
    seconds: float
    jwt_key: Path | None
    username: str
    client_credentials: bool
    client_secret_file: Path | None
    sf_alias: str
    json: bool

    @property
    def kind(self) -> SignInKind:
        """The way to sign in that was chosen. Raise `WrongUsage` for two at once."""
        chosen = [
            kind
            for kind, wanted in (
                (SignInKind.JWT, self.jwt_key is not None),
                (SignInKind.CLIENT_CREDENTIALS, self.client_credentials),
                (SignInKind.SF_CLI, bool(self.sf_alias)),
            )
            if wanted
        ]
        if len(chosen) > 1:
            raise WrongUsage(
                "--jwt-key, --client-credentials and --from-sf are three ways; choose one."
            )
        if (self.jwt_key is None) != (not self.username):
            raise WrongUsage("--jwt-key and --username belong together.")
        return chosen[0] if chosen else SignInKind.WEB

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports to try for the callback, in this order."""
        return (self.port,) if self.port else PORTS


class SignInTarget(NamedTuple):
    """What to sign in to: the sign-in's name and kind, the login host, the app, the token store."""

    name: str
    kind: SignInKind
    login_url: str
    client_id: str
    store: StoreKind


class PendingSignIn(NamedTuple):
    """A sign-in whose address a person has seen.

    `socket` is None if no port was free; then the answer can only be pasted. `prompting` says
    whether somebody can paste it.
    """

    authorization: AuthorizationRequest
    socket: LoopbackSocket | None
    prompting: bool


def chosen_store(named: str, before: StoreKind | None) -> StoreKind:
    """Return the token store of that name; "" means the one of `before`, else the keyring.

    Raise `WrongUsage` for an unknown name.
    """
    if not named:
        return before or StoreKind.KEYRING
    try:
        return StoreKind(named)
    except ValueError:
        raise WrongUsage(
            "There is no such token store.", "--token-store keyring or --token-store file"
        ) from None


def begin_sign_in(request: ConnectRequest, target: SignInTarget) -> PendingSignIn:
    """Take the first free port and show the address to sign in at.

    Raise `TryLater` if no port is free and nobody can paste the answer.
    """
    prompting = may_prompt() and not request.json
    socket = open_loopback(request.ports)
    if socket is None and not prompting:
        ports = ", ".join(map(str, request.ports))
        raise TryLater(
            f"None of the ports for the callback can be had on this machine ({ports}).",
            "End what uses them, or add another callback to the app and name it: --port N",
        )
    uri = redirect_uri(socket.port if socket else request.ports[0])
    authorization = AuthorizationRequest.begin(target.login_url, target.client_id, uri)
    _show_address(authorization, as_json=request.json)
    return PendingSignIn(authorization, socket, prompting)


def _show_address(authorization: AuthorizationRequest, *, as_json: bool) -> None:
    if as_json:
        # heavy: loaded for --json only; people see the address without it
        from wasf.console import Console, sign_in_address_json

        value = sign_in_address_json(authorization.address, authorization.redirect_uri)
        Console().json(value, one_line=True)
        return
    sys.stdout.write(f"Sign in to Salesforce at this address:\n\n  {authorization.address}\n\n")
    sys.stdout.flush()


# --- The browser -----------------------------------------------------------------------------

_IN_THE_TERMINAL = frozenset({"www-browser", "lynx", "links", "links2", "elinks", "w3m"})
_PLACE = "%s"


def open_browser(address: str, env: Mapping[str, str]) -> bool:
    """Start a browser at the address; return whether a program was started.

    Nobody can tell whether it shows the page. `BROWSER` wins: an editor that works on another
    machine sets it to reach the browser in front of the person.
    """
    chosen = env.get("BROWSER", "")
    if chosen and (commands := _browser_commands(chosen, address)):
        return any(map(_start, commands))
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return False
    if sys.platform == "win32":
        return _open_by_windows(address)
    if sys.platform == "darwin":
        return _start(["open", address])
    if env.get("WSL_DISTRO_NAME") or env.get("WSL_INTEROP"):
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


# --- The prompt ----------------------------------------------------------------------------------

_LONGEST_LINE = 8192
_MOMENT = 0.5
"""Seconds within which lines that follow each other were pasted together."""


def may_prompt() -> bool:
    """Return whether a person sits at this terminal, and this process may read what they type."""
    try:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return False
        if sys.platform == "win32":
            return True
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def pass_on_pastes(take: Callable[[str], None]) -> None:
    """Give what is typed from now on to `take`, on threads that end with the program.

    Lines that follow each other within a moment are given together, with line ends between them. It
    reads past Python's own buffer, whose lock a waiting thread would hold when the program ends.
    """
    lines: SimpleQueue[str | None] = SimpleQueue()
    for work in (lambda: _read_lines(sys.stdin.fileno(), lines.put), lambda: _join(lines, take)):
        threading.Thread(target=work, daemon=True).start()


def _join(lines: "SimpleQueue[str | None]", take: Callable[[str], None]) -> None:
    """Give lines that belong together to `take`, until a None ends them."""
    line = lines.get()
    while line is not None:
        pasted = [line]
        with suppress(Empty):
            while (line := lines.get(timeout=_MOMENT)) is not None:
                pasted.append(line)
        take("\n".join(pasted))
        line = lines.get() if line is not None else None


def _read_lines(terminal: int, take: Callable[[str | None], None]) -> None:
    """Give each line to `take`, and None at the end."""
    waiting = b""
    while len(waiting) <= _LONGEST_LINE:
        try:
            piece = os.read(terminal, _LONGEST_LINE)
        except OSError:
            break
        if not piece:
            break  # Ctrl-D: nothing more is pasted, the browser may still come
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            if text := line.decode("utf-8", "replace").strip():
                take(text)
    take(None)
