"""The first step of a sign-in by browser: take a port for the answer, show the address to open.

It runs before anything slow is loaded, so that the address is there at once.
"""

import sys
from typing import NamedTuple
from urllib.parse import urlsplit

from wasf.cli.sign_in_request import ConnectRequest, SignInTarget, may_prompt
from wasf.errors import TryLater
from wasf.salesforce.auth import (
    AuthorizationRequest,
    LoopbackSocket,
    open_loopback,
    redirect_uri,
)


class PendingSignIn(NamedTuple):
    """A sign-in whose address a person has seen.

    `socket` is None if no port was free; then the answer can only be pasted. `prompting` says
    whether somebody can paste it.
    """

    authorization: AuthorizationRequest
    socket: LoopbackSocket | None
    prompting: bool


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
        # The console is slow to load; people see the address without it.
        from wasf.console import Console, sign_in_address_json

        value = sign_in_address_json(authorization.address, authorization.redirect_uri)
        Console().json(value, one_line=True)
        return
    host = urlsplit(authorization.login_url).netloc
    address = f"Sign in to Salesforce ({host}) at this address:\n\n  {authorization.address}\n\n"
    sys.stdout.write(address)
    sys.stdout.flush()
