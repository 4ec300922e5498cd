"""One request to a sign-in address: bounded, never redirected, its answer checked."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from wasf.errors import Unreachable
from wasf.salesforce.answers import Json, parsed
from wasf.salesforce.connection import is_loopback
from wasf.salesforce.faults import RequestFailed
from wasf.salesforce.plain_http import NoAuth, PlainSession, Timeouts, whole_body

TIMEOUTS: Final = Timeouts(connect=10.0, read=30.0)


class Said(NamedTuple):
    """An answer: its HTTP status and its JSON, None where it has none."""

    status: int
    value: Json


def post_form(url: str, form: Mapping[str, str], timeouts: Timeouts = TIMEOUTS) -> Said:
    """Send a form, once. Raises `Unreachable` if no whole answer came.

    The form holds secrets: they go into the body only, and into no error.
    """
    is_here = is_loopback(urlsplit(url).hostname or "")
    try:
        with PlainSession(timeouts, NoAuth(), is_loopback=is_here) as session:
            return _posted(session, url, form)
    except RequestFailed as failed:
        raise failed.error from None


def _posted(session: PlainSession, url: str, form: Mapping[str, str]) -> Said:
    with session.post(url, data=dict(form)) as response:
        status = response.status_code
        if status >= 500 or 300 <= status < 400:
            raise Unreachable(
                f"Salesforce cannot sign anybody in at the moment (HTTP {status}).",
                "Check the address; a proxy or maintenance may have answered. Try again later.",
            )
        return Said(status, _json(whole_body(response, session.timeouts.read)))


def _json(body: bytes) -> Json:
    try:
        return parsed(body)
    except ValueError:
        return None
