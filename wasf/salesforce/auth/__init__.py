"""Gets the tokens that requests to Salesforce need. Four ways to sign in:

* Browser (OAuth 2.0 with PKCE): `open_loopback` takes a port of this machine, and
  `AuthorizationRequest` makes the address to sign in at, with a random state and verifier.
  Salesforce sends the browser back to that port, where `Callback` accepts only the answer with that
  state (`answer_pasted`: the same by hand). `OAuth.exchange_code` turns the code and the verifier
  into an access token and a refresh token.
* JWT: `OAuth.jwt_bearer` signs an assertion with a private key; an admin has approved the user.
* Client credentials: `OAuth.client_credentials` sends the app's own secret.
* Salesforce CLI: `sf_tokens` asks `sf` for the token of an org that it is signed in to.

`access_for` gives the tokens of a profile to a run, and renews them. A refresh token may work only
once (rotation), so one process renews at a time: it takes a lock, reads the store again, and asks
Salesforce only if no other process has renewed the tokens. New tokens are kept, then used.
`whoami` tells whose tokens they are; `oauth` puts Salesforce's refusals into words, too.

The names are loaded when they are used: `wasf connect` shows the address before anything slow is
loaded, and needs `authorize` for it.
"""

from typing import TYPE_CHECKING

from wasf import late_names
from wasf.salesforce.connection import PRODUCTION, SANDBOX

if TYPE_CHECKING:
    from wasf.salesforce.auth.authorize import (
        PORTS,
        AuthorizationRequest,
        LoopbackSocket,
        answer_pasted,
        login_url,
        open_loopback,
        redirect_uri,
    )
    from wasf.salesforce.auth.callback import Callback
    from wasf.salesforce.auth.oauth import OAuth
    from wasf.salesforce.auth.session import (
        ORGANIZATION,
        SessionContext,
        access_for,
        fresh_session,
        read_identity,
        sf_tokens,
        user_by_id,
        whoami,
    )

__all__ = [
    "ORGANIZATION", "PORTS", "PRODUCTION", "SANDBOX", "AuthorizationRequest", "Callback",
    "LoopbackSocket", "OAuth", "SessionContext", "access_for", "answer_pasted", "fresh_session",
    "login_url", "open_loopback", "read_identity", "redirect_uri", "sf_tokens", "user_by_id",
    "whoami",
]  # fmt: skip

if not TYPE_CHECKING:
    __getattr__ = late_names(
        __name__,
        {
            "authorize": (
                "PORTS", "AuthorizationRequest", "LoopbackSocket",
                "answer_pasted", "login_url", "open_loopback", "redirect_uri",
            ),
            "callback": ("Callback",),
            "oauth": ("OAuth",),
            "session": (
                "ORGANIZATION", "SessionContext", "access_for", "fresh_session", "read_identity",
                "sf_tokens", "user_by_id", "whoami",
            ),
        },
    )  # fmt: skip
