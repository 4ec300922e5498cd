"""The authorization request of a sign-in by browser (OAuth 2.0 with PKCE), and its answer."""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

from wasf.core.auth import Answer, CodeGiven, NotAnAnswer, SaidNo, Secret
from wasf.salesforce.auth.errors import at_sign_in
from wasf.values import dataclass

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
    error = at_sign_in(values["error"], values.get("error_description", ""))
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
