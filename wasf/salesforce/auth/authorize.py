"""A sign-in by browser (OAuth 2.0 with PKCE): its addresses, its request, and the answer to it.

The browser signs in at a host of Salesforce or of the org, and comes back to a port of this
machine. That is taken before the address to sign in at is shown, because the address names it. So
this module loads nothing that is slow; `callback` answers what comes to the port.
"""

import base64
import errno
import hashlib
import hmac
import os
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from wasf import late_modules
from wasf.core.auth import Answer, CodeGiven, NotAnAnswer, SaidNo, Secret
from wasf.salesforce.connection import checked_url
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.salesforce.auth import oauth
else:  # loaded where Salesforce refuses a sign-in
    (oauth,) = late_modules(__package__, "oauth")

# --- Where to sign in --------------------------------------------------------------------------

_MY_DOMAIN: Final = ".my.salesforce.com"
_PAGES: Final = (".lightning.force.com", ".my.salesforce-setup.com")
"""Hosts of the org's pages and of its Setup; nobody signs in there."""


def login_url(domain: str) -> str:
    """Return the address of a My Domain, in whichever way a person names it.

    `acme`, `acme--dev.sandbox`, `acme.my.salesforce.com` and the address of one of its pages are
    understood. Raise `BadSetting` for anything else.
    """
    text = domain.strip()
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return checked_url(address)  # which says what is wrong with it
    if parts.scheme == "https":
        address = f"https://{_full_host(parts.netloc)}"
    return checked_url(address)


def _full_host(host: str) -> str:
    lowered = host.lower()
    for pages in _PAGES:
        if lowered.endswith(pages):
            return lowered.removesuffix(pages) + _MY_DOMAIN
    if "--" in lowered and "." not in lowered:
        return f"{lowered}.sandbox{_MY_DOMAIN}"
    is_name = "." not in lowered.removesuffix(".sandbox") and ":" not in lowered
    return lowered + _MY_DOMAIN if is_name and lowered else lowered


# --- Where the browser comes back to -----------------------------------------------------------

CALLBACK_PATH: Final = "/callback"

PORTS: Final = (17171, 27171, 37171)
"""Registered in the app, as Salesforce compares the callback address letter by letter.

They are below 49152, as Windows reserves whole blocks above it, and far apart.
"""

_TAKEN: Final = frozenset({errno.EADDRINUSE, errno.EACCES, errno.EPERM, 10013, 10048})


class LoopbackSocket(NamedTuple):
    """A port of this machine, open on IPv4 and, where there is one, on IPv6."""

    port: int
    sockets: tuple[socket.socket, ...]

    def close(self) -> None:
        """Close the port, also while a thread waits at it."""
        for each in self.sockets:
            with suppress(OSError):  # some systems cannot shut a listening socket down
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def redirect_uri(port: int) -> str:
    """Return the callback address for a port, as it has to be registered in the app."""
    return f"http://localhost:{port}{CALLBACK_PATH}"


def open_loopback(ports: Sequence[int]) -> LoopbackSocket | None:
    """Open the first of the ports that is free and allowed; return None if none is."""
    for port in ports:
        if sockets := _listening(port):
            return LoopbackSocket(port, sockets)
    return None


def _listening(port: int) -> tuple[socket.socket, ...]:
    """Return sockets on 127.0.0.1 and ::1, none if the port is taken on either.

    A browser may try ::1 first: another program that listens there would get the code.
    """
    found: list[socket.socket] = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            found.append(_bound(family, host, port))
        except OSError as error:
            if error.errno in _TAKEN:
                for each in found:
                    each.close()
                return ()
    return tuple(found)


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


# --- The request and its answer ----------------------------------------------------------------

SCOPES: Final = ("api", "refresh_token")

_BARE_CODE: Final = re.compile(r"[A-Za-z0-9._~+/=!-]{8,2000}")
_PASTE_MARKS: Final = re.compile(r"\x1b\[20[01]~")
"""What a terminal puts around pasted text (bracketed paste)."""
_MOST_PARAMETERS: Final = 20


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What one sign-in sends, and the state that only its real answer can bring back.

    The verifier (RFC 7636) goes to the token endpoint only. Nobody can use a code without it.
    """

    login_url: str
    client_id: str
    redirect_uri: str
    verifier: Secret
    state: Secret

    @classmethod
    def begin(cls, login_url: str, client_id: str, redirect_uri: str) -> Self:
        """Return a new request, with 512 random bits of verifier and 256 of state."""
        verifier, state = _random_text(64), _random_text(32)
        return cls(login_url, client_id, redirect_uri, Secret(verifier), Secret(state))

    @property
    def address(self) -> str:
        """The address to sign in at; it may be shown."""
        digest = hashlib.sha256(self.verifier.reveal().encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(SCOPES),
            "code_challenge": _base64url(digest),
            "code_challenge_method": "S256",
            "state": self.state.reveal(),
        }
        return f"{self.login_url}/services/oauth2/authorize?{urlencode(query, quote_via=quote)}"


def answer_in(query: str, authorization: AuthorizationRequest, *, pasted: bool = False) -> Answer:
    """Return what the query of a callback answers to an authorization request."""
    values = _single_values(query)
    if values is None:
        return NotAnAnswer("That address names something twice.")
    state = values.get("state", "")
    if not hmac.compare_digest(state.encode(), authorization.state.reveal().encode()):
        return NotAnAnswer("That is the answer to another sign-in.")
    if values.get("error"):
        return _said_no(values, is_final=True)
    if not values.get("code"):
        return NotAnAnswer("That address holds no answer of Salesforce.")
    return CodeGiven(Secret(values["code"]), pasted)


def answer_pasted(text: str, authorization: AuthorizationRequest) -> Answer:
    """Return what a pasted text answers: the address of the last page, its query, or the code.

    The address of one of Salesforce's own error pages counts, too: with a wrong set-up the browser
    stays there. Several lines are one address that a mail or a terminal has wrapped; if that is no
    answer, one of them may be a whole address. A code that is a line among others may be a piece.
    """
    lines = [line.strip() for line in _PASTE_MARKS.sub("", text).splitlines() if line.strip()]
    whole = _answer_in_line("".join(lines), authorization)
    if len(lines) < 2 or not isinstance(whole, NotAnAnswer):
        return whole
    answers = (_in_address(line, authorization) for line in lines if "?" in line)
    return next((one for one in answers if not isinstance(one, NotAnAnswer)), whole)


def _answer_in_line(line: str, authorization: AuthorizationRequest) -> Answer:
    given = line.strip("<>\"'")
    if "?" in given or "code=" in given or "error=" in given:
        return _in_address(given, authorization)
    code = unquote(given)
    if not _BARE_CODE.fullmatch(code) or code.startswith("http"):
        return NotAnAnswer("That is neither the address of a page with an answer nor a code.")
    return CodeGiven(Secret(code), pasted=True)


def _in_address(address: str, authorization: AuthorizationRequest) -> Answer:
    start, has_query, rest = address.partition("?")
    query = (rest if has_query else start).partition("#")[0]
    values = _single_values(query) or {}
    came_back = "://" not in address or address.startswith(authorization.redirect_uri)
    if values.get("error") and not came_back:
        return _said_no(values, is_final=False)
    return answer_in(query, authorization, pasted=True)


def _said_no(values: Mapping[str, str], *, is_final: bool) -> SaidNo:
    error = oauth.at_sign_in(values["error"], values.get("error_description", ""))
    return SaidNo(error, is_final)


def _single_values(query: str) -> dict[str, str] | None:
    """Return the parameters, None if one is there twice or there are too many."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return None
    values = dict(pairs)
    return values if len(values) == len(pairs) else None


def _random_text(size: int) -> str:
    return _base64url(os.urandom(size))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
