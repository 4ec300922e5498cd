"""One request to the chat API: paced, patient, its answer checked, its error a type.

Each request has a connection of its own: after about a hundred on one, the servers in front of the
API begin to refuse them. Nothing is followed, nothing unbounded is read, and no error holds
anything of an answer but its code.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3.exceptions

from wasf import __version__
from wasf.core.auth import Secret
from wasf.errors import NotConnected, PermissionMissing, QuotaSpent, Unreachable, WasfError
from wasf.http import whole_body
from wasf.sources.lenient_json import Json

LARGEST_ANSWER: Final = 16 << 20  # bytes; a page of fifty messages has some kilobytes
_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 60.0
_TRIES: Final = 8
_FIRST_PAUSE: Final = 1.5  # seconds, then twice as long each time
_LONGEST_PAUSE: Final = 30.0
_LONGEST_ASKED: Final = 60.0
_QUOTA: Final = "quota_exceeded"
_UNKNOWN: Final = frozenset({404, 400})
_FAULTS: Final = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Pace:
    """Keeps requests apart: at most `per_second` begin in a second.

    `rest` waits so many seconds and may raise if somebody wants the run to end; `clock` is steady.
    """

    def __init__(
        self,
        per_second: float,
        rest: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_second = per_second
        self.rest = rest
        self.clock = clock
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next request may begin."""
        now = self.clock()
        if self._next > now:
            self.rest(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second


class Gone(WasfError):
    """What was asked for is not there, or the API does not know such a cursor."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """An answer that is none: what to raise if it lasts, and whether trying again may help.

    `pause` is how many seconds the server asked for, None if it did not.
    """

    error: WasfError
    may_pass: bool
    pause: float | None = None


class TimelinesClient:
    """The API of one workspace."""

    def __init__(self, base_url: str, token: Secret, pace: Pace) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._pace = pace
        self.calls = 0

    def get(self, path: str, **query: str | int) -> Json:
        """What `data` of the answer holds.

        Raises `NotConnected` for a token that is not accepted, `QuotaSpent` when the month's calls
        are used up, `PermissionMissing`, `Gone`, and `Unreachable` if trying again did not help.
        """
        asked = {name: str(value) for name, value in query.items() if value != ""}
        return self._patiently(lambda session: _send(session, "GET", self._base_url + path, asked))

    def post(self, path: str, value: Mapping[str, Json]) -> Json:
        """Send a value that may be sent twice; raises as `get`."""
        return self._patiently(
            lambda session: _send(session, "POST", self._base_url + path, {}, value)
        )

    def _patiently(self, send: "_Sending") -> Json:
        for attempt in range(_TRIES):
            self._pace.wait()
            answer = self._ask(send)
            if not isinstance(answer, _Trouble):
                return answer
            if not answer.may_pass or attempt + 1 == _TRIES:
                raise answer.error
            usual = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
            self._pace.rest(usual if answer.pause is None else answer.pause)
        raise AssertionError  # the last attempt returns or raises

    def _ask(self, send: "_Sending") -> "Json | _Trouble":
        self.calls += 1
        try:
            with _session(self._token) as session, send(session) as response:
                return _understood(response, whole_body(response, LARGEST_ANSWER, _READ_SECONDS))
        except _FAULTS:
            return _Trouble(_unreachable("did not answer, or not in time"), may_pass=True)


_Sending = Callable[[requests.Session], requests.Response]


def _send(
    session: requests.Session,
    method: str,
    url: str,
    query: Mapping[str, str],
    value: Mapping[str, Json] | None = None,
) -> requests.Response:
    return session.request(
        method,
        url,
        params=dict(query),
        json=value,
        stream=True,
        timeout=(_CONNECT_SECONDS, _READ_SECONDS),
        allow_redirects=False,
    )


def _session(token: Secret) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a .netrc would replace the token
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {
            "User-Agent": f"wasf/{__version__}",
            "Accept": "application/json",
            "Connection": "close",
            "Authorization": f"Bearer {token.reveal()}",
        }
    )
    return session


def _understood(response: requests.Response, body: bytes) -> "Json | _Trouble":
    value = _parsed(body)
    status = response.status_code
    if status in (200, 201) and isinstance(value, dict) and value.get("status") == "ok":
        return value.get("data")
    code = value.get("error_code") if isinstance(value, dict) else None
    return _trouble(status, str(code or ""), response.headers)


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
    return _Trouble(error, may_pass, _asked_pause(headers))


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
