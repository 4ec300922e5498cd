"""The HTTP session under simple-salesforce: every answer is bounded, checked and classified.

simple-salesforce by itself has no timeouts, follows redirects with the token, signs in again
without end and shows addresses and bodies in its exceptions. So no answer that is not a plain
success reaches it: this session raises `RequestFailed` before.
"""

import re
import threading
from typing import Final

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from wasf import __version__
from wasf.core.auth import Secret
from wasf.core.policy import Reserve
from wasf.errors import ApiLimitReached
from wasf.interfaces import ApiUsage
from wasf.salesforce.api.errors import ApiError, Execution, RequestFailed, failure, not_understood
from wasf.salesforce.api.http import PlainSession, Timeouts, whole_body
from wasf.salesforce.api.json import Json, errors_in, parsed
from wasf.salesforce.auth.hosts import Connection

# --- budget
# How many API calls were made, and how many of the org's are left for others.


_USAGE: Final = re.compile(r"(?:^|[;,\s])api-usage=(\d{1,12})/(\d{1,12})(?![\d/])")


class ApiBudget:
    """Counts calls over all threads, and stops the one that would eat the reserve.

    What Salesforce says of the calls used comes with its answers, so the first call is always let
    through, and calls that are under way are added to what was said last.
    """

    def __init__(self, reserve: Reserve | None = None) -> None:
        self._reserve = reserve or Reserve()
        self._lock = threading.Lock()
        self._calls = 0
        self._under_way = 0
        self._usage: ApiUsage | None = None

    @property
    def calls(self) -> int:
        """Calls made so far."""
        return self._calls

    @property
    def usage(self) -> ApiUsage | None:
        """What Salesforce said last; None before the first answer."""
        return self._usage

    def begin(self) -> None:
        """A call is about to be sent. Raises `ApiLimitReached` if it would eat the reserve."""
        with self._lock:
            if self._usage is not None:
                self._check(self._usage)
            self._under_way += 1
            self._calls += 1

    def end(self, limit_info: str | None, *, sent: bool = True) -> None:
        """A call is over; `limit_info` is the header of its answer, if there was one."""
        with self._lock:
            self._under_way -= 1
            self._calls -= not sent
            found = _USAGE.search(limit_info or "")
            if found:
                self._learn(ApiUsage(int(found[1]), int(found[2])))

    def _check(self, usage: ApiUsage) -> None:
        kept = self._reserve.of(usage.limit)
        if usage.used + self._under_way + 1 > usage.limit - kept:
            raise ApiLimitReached(
                f"The org has used {usage.used} of the {usage.limit} API calls that it may make in"
                f" 24 hours, and {kept} are kept for others.",
                "What is left is sent by a later sync; the setting api_reserve says how many calls"
                " are kept.",
            )

    def _learn(self, said: ApiUsage) -> None:
        """Answers can overtake each other: while others are under way, the higher number holds."""
        if self._usage and self._under_way and self._usage.limit == said.limit:
            said = max(said, self._usage)
        self._usage = said


# --- transport


class CheckedResponse(requests.Response):
    """A success that was read to its end and whose JSON is parsed already."""

    def __init__(self, status: int, headers: CaseInsensitiveDict[str], value: Json) -> None:
        super().__init__()
        self.status_code = status
        self.headers = headers
        self._value = value

    def json(self, **_: object) -> Json:
        """What `transport` parsed; simple-salesforce asks for it once more."""
        return self._value


class _Bearer(AuthBase):
    """Puts the token into each request, so that no ~/.netrc can put in another."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class Transport(PlainSession):
    """A session for one org and one thread. Gives `CheckedResponse`s, raises `RequestFailed`."""

    def __init__(self, connection: Connection, meter: ApiBudget, timeouts: Timeouts) -> None:
        super().__init__(timeouts, _Bearer(connection.token), is_loopback=connection.is_loopback)
        self._origin = connection.instance_url
        self._meter = meter
        self.headers["Sforce-Call-Options"] = f"client=wasf/{__version__}"

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        """Send once. Raises `RequestFailed` for whatever is not a whole, understood success."""
        if not (request.url or "").startswith(f"{self._origin}/services/"):
            raise ValueError("a request to another place than the org")
        try:
            self._meter.begin()
        except ApiLimitReached as reached:
            raise RequestFailed(reached, Execution.NOT_EXECUTED) from None
        said: str | None = None
        sent = True
        try:
            response = super().send(request, **options)
            said = response.headers.get("Sforce-Limit-Info")
            with response:
                return _checked(response, whole_body(response, self.timeouts.read))
        except RequestFailed as failed:
            sent = not failed.refused
            raise
        finally:
            self._meter.end(said, sent=sent)


def _checked(response: requests.Response, body: bytes) -> CheckedResponse:
    """The answer, if it is a success as Salesforce gives it; else raises what it means."""
    status = response.status_code
    if status >= 300:
        raise failure(status, _errors(body))
    if status == 204 and not body:
        return CheckedResponse(status, response.headers, None)
    if status not in (200, 201):
        raise not_understood(f"HTTP {status}")
    return CheckedResponse(status, response.headers, _value(response, body))


def _errors(body: bytes) -> tuple[ApiError, ...]:
    try:
        return errors_in(parsed(body))
    except ValueError:
        return ()


def _value(response: requests.Response, body: bytes) -> Json:
    kind, _, options = response.headers.get("Content-Type", "").lower().partition(";")
    if kind.strip() != "application/json":
        raise not_understood("it is a page, not data" if "html" in kind else "it is no JSON")
    charset = options.partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise not_understood("its characters are not in UTF-8")
    try:
        value = parsed(body)
    except ValueError:
        raise not_understood("its JSON is damaged") from None
    if not isinstance(value, list | dict):
        raise not_understood("it is neither a list nor an object")
    return value
