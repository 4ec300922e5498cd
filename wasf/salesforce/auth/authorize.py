"""One attempt to sign in by the browser: what it sends out."""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

from wasf.core.auth import Answer, CodeGiven, NotAnAnswer, SaidNo, Secret
from wasf.salesforce.auth.errors import at_sign_in

# --- authorising


SCOPES: Final = ("api", "refresh_token")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What one sign-in sends out, and what only the real answer to it can come back with.

    The verifier (RFC 7636) never leaves this process but to the token endpoint; without it a code
    is worth nothing, whoever sees it.
    """

    login_url: str
    client_id: str
    redirect_uri: str
    verifier: Secret
    state: Secret

    @classmethod
    def begin(cls, login_url: str, client_id: str, redirect_uri: str) -> Self:
        """A fresh attempt, with 512 random bits of verifier and 256 of state."""
        verifier, state = _random_text(64), _random_text(32)
        return cls(login_url, client_id, redirect_uri, Secret(verifier), Secret(state))

    @property
    def address(self) -> str:
        """Where the person signs in; safe to be shown."""
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


def _random_text(size: int) -> str:
    return _base64url(os.urandom(size))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


# --- answering
# Which answers belong to an attempt to sign in, and what they say.


_BARE_CODE: Final = re.compile(r"[A-Za-z0-9._~+/=!-]{8,2000}")
_MOST_PARAMETERS: Final = 20


def answer_in(query: str, attempt: AuthorizationRequest, *, pasted: bool = False) -> Answer:
    """What the query of a callback says to an attempt."""
    values = _single_values(query)
    if values is None:
        return NotAnAnswer("That address names something twice.")
    state = values.get("state", "")
    if not hmac.compare_digest(state.encode(), attempt.state.reveal().encode()):
        return NotAnAnswer("That is the answer to another sign-in.")
    if values.get("error"):
        return _said_no(values, is_final=True)
    if not values.get("code"):
        return NotAnAnswer("That address holds no answer of Salesforce.")
    return CodeGiven(Secret(values["code"]), pasted)


def answer_pasted(text: str, attempt: AuthorizationRequest) -> Answer:
    """What a pasted text says: the address of the last page, its query alone, or the code.

    The address of one of Salesforce's own error pages is understood, too: a wrong set-up ends there
    and never comes back by itself.
    """
    given = text.strip().strip("<>\"'")
    if "?" in given or "code=" in given or "error=" in given:
        return _in_address(given, attempt)
    code = unquote(given)
    if not _BARE_CODE.fullmatch(code) or code.startswith("http"):
        return NotAnAnswer("That is neither the address of a page with an answer nor a code.")
    return CodeGiven(Secret(code), pasted=True)


def _in_address(address: str, attempt: AuthorizationRequest) -> Answer:
    start, has_query, rest = address.partition("?")
    query = (rest if has_query else start).partition("#")[0]
    values = _single_values(query) or {}
    came_back = "://" not in address or address.startswith(attempt.redirect_uri)
    if values.get("error") and not came_back:
        return _said_no(values, is_final=False)
    return answer_in(query, attempt, pasted=True)


def _said_no(values: Mapping[str, str], *, is_final: bool) -> SaidNo:
    error = at_sign_in(values["error"], values.get("error_description", ""))
    return SaidNo(error, is_final)


def _single_values(query: str) -> dict[str, str] | None:
    """The parameters; None if one is there twice, or there are far too many."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return None
    values = dict(pairs)
    return values if len(values) == len(pairs) else None
