"""Plain HTTP: a session that follows, keeps and adds nothing, and answers that are read whole."""

import ssl
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from wasf import __version__
from wasf.errors import Unreachable
from wasf.salesforce.api.errors import Execution, RequestFailed, not_understood

LARGEST_ANSWER: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_FAULTS: Final = (
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


class NoAuth(AuthBase):
    """Puts nothing into a request; without it a ~/.netrc could put something in."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class PlainSession(requests.Session):
    """A session for one thread. Each request is sent once; raises `RequestFailed`."""

    def __init__(self, timeouts: Timeouts, auth: AuthBase, *, is_loopback: bool) -> None:
        super().__init__()
        self.timeouts = timeouts
        self.auth = auth
        self.trust_env = not is_loopback  # a proxy cannot reach this machine
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update(
            {
                "User-Agent": f"wasf/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))

    # requests gives send() more options than matter here; this session decides on all of them.
    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        """Send once; the answer's body is not read yet."""
        proxies, bundle = options.get("proxies"), options.get("verify")
        try:
            return super().send(
                request,
                stream=True,
                timeout=(self.timeouts.connect, self.timeouts.read),
                allow_redirects=False,
                proxies=proxies if isinstance(proxies, dict) else {},
                verify=bundle if isinstance(bundle, str) else True,  # REQUESTS_CA_BUNDLE
            )
        except _FAULTS as fault:
            raise _unanswered(fault) from None

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer leads anywhere else: requests would read a redirect's body unbounded."""


def _unanswered(fault: Exception) -> RequestFailed:
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
            "Check the network and try again.",
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
    except _FAULTS as fault:
        raise _unanswered(fault) from None
