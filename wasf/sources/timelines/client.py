"""One request to the chat API: paced, patient, its answer checked, its error a type.

Each request has a connection of its own: after about a hundred on one, the servers in front of the
API begin to refuse them. Nothing is followed, nothing unbounded is read, and no error holds
anything of an answer but its code.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import requests

from wasf.core.auth import Secret
from wasf.errors import NotConnected, PermissionMissing, QuotaSpent, Unreachable, WasfError
from wasf.http import BearerAuth, BoundedSession, HttpError
from wasf.retry import RateLimiter, RetryPolicy, Timeouts
from wasf.sources.lenient_json import Json

_TIMEOUTS: Final = Timeouts(connect=10.0, read=60.0)
_RETRY: Final = RetryPolicy(attempts=8, first_pause=1.5, longest_pause=30.0, jitter=0.0)
_LONGEST_ASKED: Final = 60.0
_QUOTA: Final = "quota_exceeded"
_UNKNOWN: Final = frozenset({404, 400})


class Gone(WasfError):
    """What was asked for is not there, or the API does not know such a cursor."""


class _Trouble(Exception):
    """An answer that is none: what to raise if it lasts, and whether trying again may help.

    `pause` is how many seconds the server asked for, None if it did not.
    """

    def __init__(self, error: WasfError, *, may_pass: bool, pause: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.may_pass = may_pass
        self.pause = pause


class TimelinesClient:
    """The API of one workspace."""

    def __init__(self, base_url: str, token: Secret, limiter: RateLimiter) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._limiter = limiter
        self._retry = replace(_RETRY, sleep=limiter.sleep)
        self.calls = 0

    def get(self, path: str, **query: str | int) -> Json:
        """What `data` of the answer holds.

        Raises `NotConnected` for a token that is not accepted, `QuotaSpent` when the month's calls
        are used up, `PermissionMissing`, `Gone`, and `Unreachable` if trying again did not help.
        """
        asked = {name: str(value) for name, value in query.items() if value != ""}
        return self._call(requests.Request("GET", self._base_url + path, params=asked))

    def post(self, path: str, value: Mapping[str, Json]) -> Json:
        """Send a value that may be sent twice; raises as `get`."""
        return self._call(requests.Request("POST", self._base_url + path, json=value))

    def _call(self, request: requests.Request) -> Json:
        try:
            return self._retry.call(lambda: self._ask(request), _may_pass, _pause)
        except _Trouble as trouble:
            raise trouble.error from None

    def _ask(self, request: requests.Request) -> Json:
        self._limiter.wait()
        self.calls += 1
        try:
            with BoundedSession(
                _TIMEOUTS, BearerAuth(self._token.reveal), trust_env=False
            ) as session:
                session.headers["Connection"] = "close"
                with session.send(session.prepare_request(request)) as response:
                    return _understood(response, session.body(response))
        except (HttpError, requests.RequestException):
            raise _Trouble(_unreachable("did not answer, or not in time"), may_pass=True) from None


def _may_pass(error: Exception) -> bool:
    return isinstance(error, _Trouble) and error.may_pass


def _pause(error: Exception) -> float | None:
    return error.pause if isinstance(error, _Trouble) else None


def _understood(response: requests.Response, body: bytes) -> Json:
    value = _parsed(body)
    status = response.status_code
    if status in (200, 201) and isinstance(value, dict) and value.get("status") == "ok":
        return value.get("data")
    code = value.get("error_code") if isinstance(value, dict) else None
    raise _trouble(status, str(code or ""), response.headers)


def _parsed(body: bytes) -> Json:
    try:
        value: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def _trouble(status: int, code: str, headers: Mapping[str, str]) -> _Trouble:
    """What an answer means that is no success; codes of the API count before its status."""
    if code == _QUOTA:
        return _Trouble(quota_spent(""), may_pass=False)
    if status == 401:
        return _Trouble(
            NotConnected(
                "TimelinesAI does not accept the API token; somebody may have made a new one.",
                "wasf connect timelines",
            ),
            may_pass=False,
        )
    if status == 403 and code:
        return _Trouble(
            PermissionMissing(
                f"TimelinesAI refuses to answer ({_word(code)}).",
                "Its token, or your plan, does not allow what a sync reads.",
            ),
            may_pass=False,
        )
    if status in _UNKNOWN:
        gone = Gone(f"TimelinesAI does not know what was asked for (HTTP {status}).")
        return _Trouble(gone, may_pass=False)
    may_pass = status in (403, 429) or status >= 500 or status < 300
    error = _unreachable(f"gave no usable answer (HTTP {status})")
    return _Trouble(error, may_pass=may_pass, pause=_asked_pause(headers))


def quota_spent(until: str) -> QuotaSpent:
    """The month's calls are used up; `until` says when new ones begin, "" if nobody knows."""
    return QuotaSpent(
        "The workspace's API calls of this month are used up.",
        f"The next sync after {until} goes on." if until else "The next month's sync goes on.",
    )


def _unreachable(how: str) -> Unreachable:
    return Unreachable(
        f"TimelinesAI {how}.", "Check the network; the next sync goes on where this one ended."
    )


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_ASKED) if asked.isdecimal() else None


def _word(code: str) -> str:
    """A code of the API's as it may be shown."""
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 64 else "?"
