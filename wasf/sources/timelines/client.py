"""What an answer of TimelinesAI means: its envelope, and its own codes for what went wrong."""

from typing import Final

from wasf.errors import NotConnected, PermissionMissing, QuotaSpent
from wasf.http import BearerAuth
from wasf.interfaces import ApiConnection, Json
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.lenient_json import as_object, plain_word, text
from wasf.sources.timelines.model import TITLE

_QUOTA: Final = "quota_exceeded"
_UNKNOWN: Final = frozenset({404, 400})


def timelines_client(connection: ApiConnection) -> ApiClient:
    """Return the client of a workspace. Its methods return what `data` of an answer holds.

    They raise `NotConnected` for a token that is not accepted, `QuotaSpent` when the month's calls
    are used up, `PermissionMissing`, `Gone`, and `Unreachable` if trying again did not help.
    """
    auth = BearerAuth(connection.token.reveal)
    return ApiClient(TITLE, connection.url, auth, connection.limiter, _data)


def _data(answer: ApiAnswer) -> Json:
    body = as_object(answer.body)
    if answer.status in (200, 201) and body.get("status") == "ok":
        return body.get("data")
    raise refusal(answer)


def refusal(answer: ApiAnswer) -> Refusal:
    """Return what an answer means that is no success; the API's code counts before its status."""
    code = text(as_object(answer.body), "error_code")
    if code == _QUOTA:
        return Refusal(quota_spent(""), may_pass=False)
    if answer.status == 401:
        told = f"{TITLE} does not accept the API token; somebody may have made a new one."
        return Refusal(NotConnected(told, "wasf connect timelines"), may_pass=False)
    if answer.status == 403 and code:
        error = PermissionMissing(
            f"{TITLE} refuses to answer ({plain_word(code, '?')}).",
            "Its token, or your plan, does not allow what a sync reads.",
        )
        return Refusal(error, may_pass=False)
    if answer.status in _UNKNOWN:
        gone = Gone(f"{TITLE} does not know what was asked for (HTTP {answer.status}).")
        return Refusal(gone, may_pass=False)
    return unusable(TITLE, answer)


def quota_spent(until: str) -> QuotaSpent:
    """Return the error for a month whose calls are used up.

    `until` says when new ones begin, "" if that is not known.
    """
    return QuotaSpent(
        "The workspace's API calls of this month are used up.",
        f"The next sync after {until} goes on." if until else "The next month's sync goes on.",
    )
