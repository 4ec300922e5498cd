"""`wasf help TOPIC`: the exit codes, and what an administrator sets up in Salesforce."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, assert_never

import typer

from wasf.console import Console
from wasf.salesforce.auth import PORTS, redirect_uri


class Topic(StrEnum):
    """What can be explained."""

    EXIT_CODES = "exit-codes"
    APP = "app"


def help_topic(
    topic: Annotated[
        Topic, typer.Argument(metavar="TOPIC", help="What to explain.")
    ] = Topic.EXIT_CODES,
) -> None:
    """Explain what belongs to no single command: exit-codes, app (what an admin sets up)."""
    match topic:
        case Topic.EXIT_CODES:
            Console().exit_codes()
        case Topic.APP:
            Console().say(app_steps([redirect_uri(port) for port in PORTS]))
        case _:
            assert_never(topic)


def app_steps(callbacks: Sequence[str]) -> str:
    """Return the numbered steps that an administrator takes once, with these callback addresses."""
    lines = "\n".join(f"       {callback}" for callback in callbacks)
    return _STEPS.format(callbacks=lines)


_STEPS = """\
wasf signs in through an app that belongs to your own org. An administrator makes it once:

  1. In Salesforce: Setup, search for "External Client App Manager", New External Client App.
  2. Basic Information: name it wasf, give your e-mail, Distribution State: Local.
  3. API (Enable OAuth Settings): tick Enable OAuth. As Callback URL enter these lines, each as
     it stands here, letter by letter:
{callbacks}
  4. OAuth Scopes: add exactly these two:
       Manage user data via APIs (api)
       Perform requests at any time (refresh_token, offline_access)
  5. Security:
       on   Require Proof Key for Code Exchange (PKCE)
       off  Require secret for Web Server Flow
       off  Require secret for Refresh Token Flow
     Enable Refresh Token Rotation may be on or off. If your company wants the secrets on, give
     the secret to wasf with --client-secret-file FILE.
  6. Create. Then the tab Policies, Edit: who may use the app (Permitted Users), and how long a
     sign-in lasts (Refresh Token Policy: until revoked, or until idle for some days).
  7. The tab Settings, OAuth Settings, Consumer Key and Secret: copy the Consumer Key. That is
     the client id; it is no secret.
  8. Wait ten minutes: so long a new app may take. Then, once:
       wasf connect --client-id CONSUMER_KEY

For a sandbox make the app in the sandbox, and add --sandbox. If your org allows sign-in only at
its own address, add --domain YOURS instead.

For machines without a keyring or a person (cron on a server), the same app can have one of:
  - JWT: under Flow Enablement tick Enable JWT Bearer Flow and upload a certificate; Permitted
    Users: Admin approved users are pre-authorized; add the user's profile. Then:
       wasf connect --client-id CONSUMER_KEY --jwt-key key.pem --username USER
  - Client credentials: tick Enable Client Credentials Flow and set Run As in Policies. Then:
       wasf connect --client-id CONSUMER_KEY --client-credentials --client-secret-file FILE \\
         --domain YOURS"""
