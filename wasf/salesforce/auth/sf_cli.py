"""The tokens of the installed Salesforce CLI: the CLI is asked, its files are never read."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from wasf.core.auth import Secret, Tokens, without_secrets
from wasf.errors import NotConnected, TryLater
from wasf.interfaces import Json
from wasf.salesforce.api import Object, RequestFailed, as_object, parsed
from wasf.salesforce.connection import checked_url

_SECONDS: Final = 120.0
_QUIET: Final = {
    "NO_COLOR": "1",
    "SF_AUTOUPDATE_DISABLE": "true",
    "SF_DISABLE_TELEMETRY": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
}


def sf_tokens(alias: str) -> Tokens:
    """Return the tokens of an org that the Salesforce CLI is signed in to; the CLI renews them.

    Raise `NotConnected` if there is no such CLI or sign-in, `TryLater` if it takes over 120 s.
    """
    found = _asked(["org", "display", "--target-org", alias, "--json"])
    token = _text(found, "accessToken")
    if "!" not in token:  # newer releases leave it out here, and say so in its place
        shown = _asked(["org", "auth", "show-access-token", "--target-org", alias, "--json"])
        token = _text(shown, "accessToken")
    instance_url = _text(found, "instanceUrl")
    if not token or not instance_url:
        raise _no_sign_in()
    return Tokens(Secret(token), None, None, checked_url(instance_url), datetime.now(UTC))


def _asked(arguments: Sequence[str]) -> Object:
    """Return the `result` that the CLI prints."""
    program = shutil.which("sf")
    if program is None:
        raise NotConnected(
            "The Salesforce CLI (sf) is not installed, or not on the PATH.",
            "Sign in by the browser instead: wasf connect",
        )
    try:
        done = subprocess.run(  # noqa: S603 - the user's own program, arguments as a list
            [program, *arguments],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env=without_secrets(os.environ) | _QUIET,
        )
    except subprocess.TimeoutExpired:
        raise TryLater("The Salesforce CLI (sf) does not end.", "Try it by itself.") from None
    except OSError:
        raise _no_sign_in() from None
    if done.returncode != 0:
        raise _no_sign_in()
    return _result(done.stdout)


def _result(printed: bytes) -> Object:
    try:
        answer: Json = parsed(printed)
        return as_object(as_object(answer, "the answer").get("result"), "its result")
    except (ValueError, RequestFailed):
        raise _no_sign_in() from None


def _text(holder: Object, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _no_sign_in() -> NotConnected:
    return NotConnected(
        "The Salesforce CLI (sf) has no valid sign-in under that name.",
        "See what it has: sf org list. Sign in there: sf org login web --alias NAME",
    )
