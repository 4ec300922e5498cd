"""One request to a sign-in address: bounded, never redirected, its answer checked."""

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from wasf import __version__
from wasf.errors import Unreachable
from wasf.salesforce.answers import Json, parsed
from wasf.salesforce.connection import is_loopback
from wasf.salesforce.faults import RequestFailed
from wasf.salesforce.transport import Timeouts, unanswered, whole_body

TIMEOUTS: Final = Timeouts(connect=10.0, read=30.0)


class Said(NamedTuple):
    """An answer: its HTTP status and its JSON, None where it has none."""

    status: int
    value: Json


def post_form(url: str, form: Mapping[str, str], timeouts: Timeouts = TIMEOUTS) -> Said:
    """Send a form, once. Raises `Unreachable` if no whole answer came.

    The form holds secrets: they go into the body only, and into no error.
    """
    try:
        with _session(url) as session:
            return _posted(session, url, form, timeouts)
    except RequestFailed as failed:
        raise failed.error from None


def _posted(
    session: requests.Session, url: str, form: Mapping[str, str], timeouts: Timeouts
) -> Said:
    try:
        response = session.post(
            url,
            data=dict(form),
            stream=True,
            timeout=(timeouts.connect, timeouts.read),
            allow_redirects=False,
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
        raise unanswered(fault) from None
    with response:
        status = response.status_code
        if status >= 500 or 300 <= status < 400:
            raise Unreachable(
                f"Salesforce cannot sign anybody in at the moment (HTTP {status}).",
                "It may be in maintenance, or a proxy answered. Try again later.",
            )
        return Said(status, _json(whole_body(response, timeouts.read)))


def _json(body: bytes) -> Json:
    try:
        return parsed(body)
    except ValueError:
        return None


class _Plain(requests.Session):
    """A session that follows nothing, keeps nothing and adds nothing."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer leads anywhere else."""


def _session(url: str) -> requests.Session:
    session = _Plain()
    session.auth = _unchanged  # else a ~/.netrc could put its own in
    session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {
            "User-Agent": f"wasf/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
    )
    session.mount("https://", HTTPAdapter(max_retries=0))
    session.mount("http://", HTTPAdapter(max_retries=0))
    return session


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
