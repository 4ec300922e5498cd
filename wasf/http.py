"""Bounded HTTP for both APIs: a session that follows, keeps and adds nothing, and capped bodies.

A request is sent once, see `wasf.retry` for more. No redirect is followed, no cookie is kept, no
~/.netrc is read. A body is read whole, up to a size (unpacked) and a time. What goes wrong is a
`NoResponse` or an `UnusableBody`; neither holds anything of the request or of the response.
"""

import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from enum import Enum, auto
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from wasf import __version__
from wasf.retry import Timeouts

LARGEST_BODY: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_FAULTS: Final = (
    urllib3.exceptions.HTTPError,
    requests.RequestException,
    HTTPException,
    OSError,
)
_NEVER_CONNECTED: Final = (
    urllib3.exceptions.NewConnectionError,  # refused, unreachable, or the name is unknown
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
    requests.exceptions.ConnectTimeout,
)


class HttpError(Exception):
    """A request without a usable response."""


class UnusableBody(HttpError):
    """A body that cannot be used; the text says why in a few words."""


class TooLarge(UnusableBody):
    """A body of more bytes than allowed."""


class TooSlow(UnusableBody):
    """A body that did not arrive whole in the time allowed."""


class Cause(Enum):
    """Why there is no response. Only after `BROKEN` the request may have been received."""

    CERTIFICATE = auto()
    NOT_CONNECTED = auto()
    BROKEN = auto()


class NoResponse(HttpError):
    """No response came, or it broke off."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.name)
        self.cause = cause


class NoAuth(AuthBase):
    """Puts nothing into a request; without it requests would look into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class BearerAuth(NoAuth):
    """Puts a token into each request; `reveal` gives its text."""

    def __init__(self, reveal: Callable[[], str]) -> None:
        self._reveal = reveal

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._reveal()}"
        return request


class BoundedSession(requests.Session):
    """A session for one thread.

    `trust_env` says whether the environment may name a proxy and a bundle of certificates.
    """

    def __init__(self, timeouts: Timeouts, auth: AuthBase, *, trust_env: bool) -> None:
        super().__init__()
        self.timeouts = timeouts
        self.auth = auth
        self.trust_env = trust_env
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
        """Send once; the body is not read yet. Raise `NoResponse`."""
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
            raise NoResponse(_cause(fault)) from None

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No response leads anywhere else: requests would read a redirect's body unbounded."""

    def body(self, response: requests.Response, largest: int = LARGEST_BODY) -> bytes:
        """Return the whole body of a response of this session, see `whole_body`."""
        return whole_body(response, largest, self.timeouts.read)


def whole_body(response: requests.Response, largest: int, seconds: float) -> bytes:
    """Return the whole body, unpacked: at most `largest` bytes, read in at most so many seconds.

    Raise `TooLarge`, `TooSlow`, another `UnusableBody` if it is damaged, and `NoResponse` if the
    connection breaks.
    """
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", ""):
        raise UnusableBody("its encoding was not asked for")
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    pieces: list[bytes] = []
    received = size = 0
    for piece in _pieces(response, time.monotonic() + seconds):
        received += len(piece)
        try:
            content = unpack.decompress(piece, largest + 1 - size) if unpack else piece
        except zlib.error:
            raise UnusableBody("it is damaged") from None
        pieces.append(content)
        size += len(content)
        if size > largest or (unpack and unpack.unconsumed_tail):
            raise TooLarge("it is too large")
    promised = response.headers.get("Content-Length")
    if (promised and promised != str(received)) or (unpack and received and not unpack.eof):
        raise UnusableBody("it is cut off")
    return b"".join(pieces)


def _pieces(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """Yield each piece as it arrives: a server that sends a byte a second must not hold us."""
    try:
        while piece := response.raw.read1(_PIECE):
            yield piece
            if time.monotonic() > deadline:
                raise TooSlow("it came too slowly")
    except _FAULTS as fault:
        raise NoResponse(_cause(fault)) from None


def _cause(fault: Exception) -> Cause:
    causes = list(_causes(fault))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Cause.CERTIFICATE
    if any(isinstance(cause, _NEVER_CONNECTED) for cause in causes):
        return Cause.NOT_CONNECTED
    return Cause.BROKEN


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """Yield the fault and whatever libraries wrapped into it."""
    waiting: list[object] = [fault]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
