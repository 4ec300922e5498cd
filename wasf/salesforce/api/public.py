"""Requests that carry no token: a form for a sign-in address, and what an org tells anybody.

Neither function is repeated. Both raise `RequestFailed` where no usable response came.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from wasf.retry import Timeouts
from wasf.salesforce.api.errors import unanswered
from wasf.salesforce.api.json import Json
from wasf.salesforce.connection import is_loopback

if TYPE_CHECKING:
    from wasf.http import BoundedSession


class FormResponse(NamedTuple):
    """A response to a form. `body` is empty for a redirect and for a server's error."""

    status: int
    body: bytes


class PublicResponse(NamedTuple):
    """A successful response: its JSON, and its Date header, "" without one."""

    value: Json
    date: str


def post_form(url: str, form: Mapping[str, str], timeouts: Timeouts) -> FormResponse:
    """Send a form, once.

    The form may hold secrets: they go into the body only, and into no error.
    """
    from wasf.http import HttpError  # loads requests, which only a request needs

    try:
        with _session(url, timeouts) as session, session.post(url, data=dict(form)) as response:
            status = response.status_code
            is_usable = status < 300 or 400 <= status < 500
            return FormResponse(status, session.body(response) if is_usable else b"")
    except HttpError as error:
        raise unanswered(error) from None


def read_versions(instance_url: str, timeouts: Timeouts) -> PublicResponse:
    """Return the versions of the API that an address offers."""
    # Load requests, which only a request needs.
    from wasf.http import HttpError
    from wasf.salesforce.api.transport import checked_response

    url = f"{instance_url}/services/data/"
    try:
        with _session(url, timeouts) as session, session.get(url) as response:
            checked = checked_response(response, session.body(response))
            return PublicResponse(checked.json(), response.headers.get("Date", ""))
    except HttpError as error:
        raise unanswered(error) from None


def _session(url: str, timeouts: Timeouts) -> "BoundedSession":
    from wasf.http import BoundedSession, NoAuth  # loads requests, which only a request needs

    is_here = is_loopback(urlsplit(url).hostname or "")
    return BoundedSession(timeouts, NoAuth(), trust_env=not is_here)
