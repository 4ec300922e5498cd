"""What a person asked of `wasf connect`, and which sign-in that is going to be."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from wasf.core.auth import SignInKind, StoreKind
from wasf.errors import WrongUsage
from wasf.salesforce.auth.callback import PORTS

# --- connect_request


class ConnectRequest(NamedTuple):
    """The command line of one `wasf connect`; "" and None where nothing was said."""

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
        """The way in that was chosen. Raises `WrongUsage` for two at once."""
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
        """The callback's ports to try."""
        return (self.port,) if self.port else PORTS


class SignInTarget(NamedTuple):
    """Which sign-in this is going to be: its name, where, with which app, kept where."""

    name: str
    kind: SignInKind
    login_url: str
    client_id: str
    store: StoreKind


# --- token_stores
# Where tokens are to be kept, as a command line says it.


def chosen_store(named: str, before: StoreKind | None) -> StoreKind:
    """The store of that name; "" means the one of `before`, or the keyring.

    Raises `WrongUsage` for a name that is none.
    """
    if not named:
        return before or StoreKind.KEYRING
    try:
        return StoreKind(named)
    except ValueError:
        raise WrongUsage(
            "There is no such token store.", "--token-store keyring or --token-store file"
        ) from None


# --- pasting
# Takes what a person pastes while something else is waited for. Only `wasf connect` does this.


_LONGEST_LINE = 8192


def may_prompt() -> bool:
    """Whether a person sits at this terminal, and this process may read what they type."""
    try:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return False
        if sys.platform == "win32":
            return True
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def pass_on_lines(take: Callable[[str], None]) -> None:
    """Give every line that is typed from now on to `take`, on a thread that ends with the program.

    Reads past Python's own buffer, whose lock a waiting thread would hold when the program ends.
    """
    threading.Thread(target=_read_lines, args=(sys.stdin.fileno(), take), daemon=True).start()


def _read_lines(terminal: int, take: Callable[[str], None]) -> None:
    waiting = b""
    while len(waiting) <= _LONGEST_LINE:
        try:
            piece = os.read(terminal, _LONGEST_LINE)
        except OSError:
            return
        if not piece:
            return  # Ctrl-D: nothing more is pasted, the browser may still come
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            if text := line.decode("utf-8", "replace").strip():
                take(text)
