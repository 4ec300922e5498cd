"""One attempt to sign in by the browser: what it sends out."""

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urlencode

from wasf.core.auth import Secret

SCOPES: Final = ("api", "refresh_token")


@dataclass(frozen=True, slots=True)
class Attempt:
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
