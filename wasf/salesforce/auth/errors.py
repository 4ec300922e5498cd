"""What Salesforce's refusals of a sign-in mean, and what a person can do about each.

Salesforce gives an error code and a description. The description tells causes apart; it is read
here and never shown.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from wasf.errors import BadSetting, NotConnected, TryLater, WasfError

_SHOWN: Final = re.compile(r"[A-Za-z_]{1,40}")
_WAIT: Final = "A new app, or a change to one, takes Salesforce about ten minutes."
_AGAIN: Final = "Sign in again: wasf connect. What waits stays here until then."


class _Meaning(NamedTuple):
    """Any of `words` (lower case) in the code or the description means `kind` with this text."""

    words: str
    kind: Callable[[str, str], WasfError]
    message: str
    hint: str


_MEANINGS: Final = (
    _Meaning(
        "redirect_uri",
        BadSetting,
        "The app in Salesforce does not know the callback address that wasf used.",
        "Add all callback addresses that `wasf help app` names, letter by letter.",
    ),
    _Meaning(
        "access_denied access-denied",
        NotConnected,
        "The sign-in was declined in the browser.",
        "Run wasf connect again and choose Allow.",
    ),
    _Meaning(
        "invalid_client_id client_identifier_invalid oauth_invalid_client_id",
        BadSetting,
        "Salesforce does not know this client id here.",
        f"Check the Consumer Key, and whether the app lives in this org (a sandbox has its own:"
        f" --sandbox or --domain). {_WAIT}",
    ),
    _Meaning(
        "must_be_installed not_installed oauth_ec_app_not_found approval_error_generic",
        NotConnected,
        "The app is not installed in this org, or not for this user.",
        "An administrator installs it, or makes one in this org: wasf help app.",
    ),
    _Meaning(
        "app_blocked blocked_by_admin",
        NotConnected,
        "An administrator has blocked the app.",
        "Ask an administrator to unblock it: Setup, Connected Apps OAuth Usage.",
    ),
    _Meaning(
        "no_client_credentials_user",
        NotConnected,
        "The app has no user to run as.",
        "An administrator sets one: the app's Policies, Client Credentials Flow, Run As.",
    ),
    _Meaning(
        "hasn't_approved",
        NotConnected,
        "This user has not approved the app.",
        "An administrator sets the app's Permitted Users to 'Admin approved users are"
        " pre-authorized' and adds the user's profile or permission set.",
    ),
    _Meaning(
        "not_admin_approved invalid_app_access",
        NotConnected,
        "This user may not use the app.",
        "An administrator adds the user's profile or a permission set to the app's Policies.",
    ),
    _Meaning(
        "audience",
        BadSetting,
        "Salesforce did not accept the address that the assertion is for.",
        "Name the org's own address: wasf connect --domain YOURS.my.salesforce.com.",
    ),
    _Meaning(
        "ip_restricted",
        NotConnected,
        "Salesforce does not allow a sign-in from this machine's network.",
        "An administrator relaxes the app's IP restrictions or adds this network.",
    ),
    _Meaning(
        "inactive_user",
        NotConnected,
        "The Salesforce user is not active.",
        "Ask an administrator, or connect as another user: wasf connect.",
    ),
    _Meaning(
        "inactive_org org_is_not_active",
        NotConnected,
        "This org is not active: it is locked, or has ended.",
        "Ask an administrator of the org.",
    ),
    _Meaning(
        "rate_limit login_rate", TryLater, "Too many sign-ins in a short time.", "Try again later."
    ),
    _Meaning(
        "retry_your_request",
        TryLater,
        "Salesforce cannot sign anybody in at the moment.",
        "Try again in a few minutes; the sign-in stays.",
    ),
    _Meaning(
        "refresh_token_flow_not_enabled",
        NotConnected,
        "The app does not let a sign-in last.",
        "An administrator adds to the app's OAuth scopes: Perform requests at any time"
        " (refresh_token, offline_access). See wasf help app. Then: wasf connect.",
    ),
    _Meaning(
        "unsupported_grant_type",
        NotConnected,
        "The app does not allow this way to sign in.",
        "An administrator switches it on in the app: wasf help app.",
    ),
    _Meaning(
        "expired_authorization_code",
        NotConnected,
        "The code had been used already, or came too late.",
        "Start again: wasf connect.",
    ),
    _Meaning(
        "expired_access/refresh_token",
        NotConnected,
        "The sign-in is no longer valid: it was revoked, was idle too long, or was replaced.",
        _AGAIN,
    ),
    _Meaning(
        "assertion",
        BadSetting,
        "Salesforce did not accept the signed assertion.",
        "Check that the key belongs to the certificate in the app, and this machine's clock.",
    ),
    _Meaning(
        "code_verifier code_challenge",
        NotConnected,
        "The code belongs to another sign-in.",
        "Start again: wasf connect.",
    ),
    _Meaning(
        "invalid_scope",
        BadSetting,
        "The app does not allow the scopes api and refresh_token.",
        "An administrator adds both to the app's OAuth scopes.",
    ),
    _Meaning(
        "invalid_client",
        BadSetting,
        "Salesforce wants the app's secret, or another one than it was given.",
        "Give it with --client-secret-file FILE, or switch 'Require secret' off in the app.",
    ),
    _Meaning("invalid_grant", NotConnected, "Salesforce refused the sign-in.", _AGAIN),
)


def at_sign_in(error: str, description: str) -> WasfError:
    """Return what an error of the callback, of an error page or of the token endpoint means."""
    said = re.sub(r"[\s+]+", "_", f"{error} {description}".lower())
    for words, kind, message, hint in _MEANINGS:
        if any(word in said for word in words.split(" ")):
            return kind(message, hint)
    named = f" ({error})" if _SHOWN.fullmatch(error) else ""
    return NotConnected(f"Salesforce refused the sign-in{named}.", "Start again: wasf connect.")
