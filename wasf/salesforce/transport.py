"""The HTTP session under simple-salesforce: every answer is bounded, checked and classified.

simple-salesforce by itself has no timeouts, follows redirects with the token, signs in again
without end and shows addresses and bodies in its exceptions. So no answer that is not a plain
success reaches it: this session raises `RequestFailed` before.
"""

import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from wasf import __version__
from wasf.core.secrets import Secret
from wasf.errors import ApiLimitReached, Unreachable
from wasf.salesforce.answers import Json, errors_in, parsed
from wasf.salesforce.budget import Meter
from wasf.salesforce.connection import Connection
from wasf.salesforce.faults import (
    ApiError,
    Execution,
    RequestFailed,
    failure,
    not_understood,
)

LARGEST_ANSWER: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_READ_FAULTS: Final = (
    urllib3.exceptions.HTTPError,
    requests.RequestException,
    HTTPException,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a connection, and for an answer; the answer's body gets the same again.

    A call may take Salesforce ten minutes, but one that takes two is better looked for later.
    """

    connect: float = 10.0
    read: float = 120.0


class Answer(requests.Response):
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


class Transport(requests.Session):
    """A session for one org and one thread. Gives `Answer`s, raises `RequestFailed`."""

    def __init__(self, connection: Connection, meter: Meter, timeouts: Timeouts) -> None:
        super().__init__()
        self._origin = connection.instance_url
        self._meter = meter
        self._timeouts = timeouts
        self.auth = _Bearer(connection.token)
        self.trust_env = not connection.is_loopback  # a proxy cannot reach this machine
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update(
            {
                "User-Agent": f"wasf/{__version__}",
                "Sforce-Call-Options": f"client=wasf/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        self.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
        self.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))

    # requests gives send() more options than matter here; this session decides on all of them.
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
            response = self._exchange(request, options)
            said = response.headers.get("Sforce-Limit-Info")
            with response:
                return _checked(response, whole_body(response, self._timeouts.read))
        except RequestFailed as failed:
            sent = not failed.refused
            raise
        finally:
            self._meter.end(said, sent=sent)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer leads anywhere else: requests would read a redirect's body unbounded."""

    def _exchange(
        self, request: requests.PreparedRequest, options: Mapping[str, object]
    ) -> requests.Response:
        proxies, bundle = options.get("proxies"), options.get("verify")
        try:
            return super().send(
                request,
                stream=True,
                timeout=(self._timeouts.connect, self._timeouts.read),
                allow_redirects=False,
                proxies=proxies if isinstance(proxies, dict) else {},
                verify=bundle if isinstance(bundle, str) else True,  # REQUESTS_CA_BUNDLE
            )
        except _READ_FAULTS as fault:
            raise unanswered(fault) from None


def unanswered(fault: Exception) -> RequestFailed:
    """What it means that no answer came: only a connection that never was is certain."""
    causes = list(_causes(fault))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return RequestFailed(
            Unreachable(
                "The certificate of Salesforce's address could not be verified.",
                "Check the address, this machine's clock, and whether a proxy stands in between.",
            ),
            Execution.NOT_EXECUTED,
        )
    if any(isinstance(cause, _NEVER_CONNECTED) for cause in causes):
        return RequestFailed(
            Unreachable(
                "No connection to Salesforce could be made.",
                "Check the network and the org's address.",
            ),
            Execution.NOT_EXECUTED,
            refused=True,
        )
    return RequestFailed(
        Unreachable(
            "The connection to Salesforce broke, or no answer came in time.",
            "Check the network. The next sync looks first what has arrived.",
        ),
        Execution.UNKNOWN,
    )


_NEVER_CONNECTED: Final = (
    urllib3.exceptions.NewConnectionError,  # refused, unreachable, or the name is unknown
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
    requests.exceptions.ConnectTimeout,
)


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """The fault and whatever libraries wrapped into it."""
    waiting: list[object] = [fault]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def whole_body(response: requests.Response, seconds: float) -> bytes:
    """The whole body, unpacked, at most `LARGEST_ANSWER` bytes and in at most so many seconds."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", ""):
        raise not_understood("its encoding was not asked for")
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    pieces: list[bytes] = []
    received = size = 0
    for piece in _pieces(response, time.monotonic() + seconds):
        received += len(piece)
        try:
            content = unpack.decompress(piece, LARGEST_ANSWER + 1 - size) if unpack else piece
        except zlib.error:
            raise not_understood("it is damaged") from None
        pieces.append(content)
        size += len(content)
        if size > LARGEST_ANSWER or (unpack and unpack.unconsumed_tail):
            raise not_understood("it is too large")
    promised = response.headers.get("Content-Length")
    if (promised and promised != str(received)) or (unpack and received and not unpack.eof):
        raise not_understood("it is cut off")
    return b"".join(pieces)


def _pieces(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """Each piece as it arrives: a server that sends a byte a second must not hold us for ever."""
    try:
        while piece := response.raw.read1(_PIECE):
            yield piece
            if time.monotonic() > deadline:
                raise not_understood("it came too slowly")
    except _READ_FAULTS as fault:
        raise unanswered(fault) from None


def _checked(response: requests.Response, body: bytes) -> Answer:
    """The answer, if it is a success as Salesforce gives it; else raises what it means."""
    status = response.status_code
    if status >= 300:
        raise failure(status, _errors(body))
    if status == 204 and not body:
        return Answer(status, response.headers, None)
    if status not in (200, 201):
        raise not_understood(f"HTTP {status}")
    return Answer(status, response.headers, _value(response, body))


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
