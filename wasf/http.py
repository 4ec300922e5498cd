"""Bounded HTTP for both APIs: a session that follows, keeps and adds nothing, and capped bodies.

A request is sent once, see `wasf.retry` for more. No redirect is followed, no cookie is kept, no
~/.netrc is read. A body is read whole, up to a size (unpacked) and a time. What goes wrong is a
`NoResponse` or an `UnusableBody`; neither holds anything of the request or of the response.

Certificates are checked against the authorities of the operating system and those of certifi, so
that a company's own authority counts; where REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names a file, it
alone counts. Proxies are those of HTTPS_PROXY, ALL_PROXY and NO_PROXY.
"""

import os
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum, auto
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import requests
import truststore  # the operating system's own check of certificates, as pip uses it
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import select_proxy
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from wasf import __version__, log
from wasf.errors import BadSetting, CertificateRejected, Unreachable, WasfError
from wasf.retry import Timeouts

LARGEST_BODY: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_UNPACKED: Final = 1024 * 1024
_FAULTS: Final = (
    urllib3.exceptions.HTTPError,
    requests.RequestException,
    HTTPException,
    OSError,
)
_NEVER_CONNECTED: Final = (
    urllib3.exceptions.NewConnectionError,  # refused, unreachable, or the name is unknown
    urllib3.exceptions.ConnectTimeoutError,
    requests.exceptions.ConnectTimeout,
)
_PROXY_FAULTS: Final = (
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.ProxySchemeUnknown,
    urllib3.exceptions.LocationParseError,
    requests.exceptions.InvalidProxyURL,
)
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_NOT_VALID_YET, _NOT_VALID_ANY_MORE = 9, 10  # X509_V_ERR_… of OpenSSL


class HttpError(Exception):
    """A request without a usable response."""


class UnusableBody(HttpError):
    """A body that cannot be used; the text says why in a few words."""


class TooLarge(UnusableBody):
    """A body of more bytes than allowed."""


class TooSlow(UnusableBody):
    """A body that did not arrive whole in the time allowed."""


class PrivateAddress(HttpError):
    """A name that should be public leads to a private address; nothing was sent there."""


class Cause(Enum):
    """Why there is no response. Only after `BROKEN` the request may have been received."""

    CERTIFICATE = auto()
    CERTIFICATE_DATE = auto()
    PROXY = auto()
    PROXY_PASSWORD = auto()
    NOT_CONNECTED = auto()
    BROKEN = auto()


class NoResponse(HttpError):
    """No response came, or it broke off. `proxy` is the host and port of one in between, or ""."""

    def __init__(self, cause: Cause, proxy: str = "") -> None:
        super().__init__(cause.name)
        self.cause = cause
        self.proxy = proxy

    def shown(self, title: str) -> WasfError:
        """Return the error for a person, with the name of the service that was asked."""
        match self.cause:
            case Cause.CERTIFICATE:
                return CertificateRejected(
                    f"The certificate of {title}'s address could not be verified.",
                    "Where your company signs certificates itself: SSL_CERT_FILE=FILE names the"
                    " authority's certificate (PEM), or add it to this system's certificates.",
                )
            case Cause.CERTIFICATE_DATE:
                return CertificateRejected(
                    f"The certificate of {title}'s address is not valid at this machine's date,"
                    f" {datetime.now(UTC):%Y-%m-%d}.",
                    "Set the machine's clock. If it is right, the server needs a new certificate.",
                )
            case Cause.PROXY:
                return Unreachable(
                    f"The proxy {self.proxy} cannot be reached, or refuses the connection.",
                    "Check HTTPS_PROXY; NO_PROXY names hosts that are reached without a proxy.",
                )
            case Cause.PROXY_PASSWORD:
                return BadSetting(
                    f"The proxy {self.proxy} wants a user and a password.",
                    "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT",
                )
            case Cause.NOT_CONNECTED:
                return Unreachable(
                    f"No connection to {title} could be made.",
                    "Check the network and the address.",
                )
            case Cause.BROKEN:
                return Unreachable(
                    f"The connection to {title} broke, or no answer came in time.",
                    "Check the network and try again.",
                )


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


class HeaderAuth(NoAuth):
    """Puts a secret into one header of each request; `reveal` gives its text."""

    def __init__(self, header: str, reveal: Callable[[], str]) -> None:
        self._header = header
        self._reveal = reveal

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._reveal()
        return request


class BoundedSession(requests.Session):
    """A session for one thread.

    `trust_env` says whether the environment may name a proxy and a bundle of certificates. Raise
    `BadSetting` if that bundle is no file of certificates. With `public_only` it connects, where no
    proxy stands in between, to public addresses only.
    """

    def __init__(
        self, timeouts: Timeouts, auth: AuthBase, *, trust_env: bool, public_only: bool = False
    ) -> None:
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
        named = _check_bundles() if trust_env else False
        secure = _adapter() if named else _adapter(_SystemTrust)
        if public_only:
            secure.poolmanager.pool_classes_by_scheme = _PUBLIC_POOLS
        self.mount("https://", secure)
        self.mount("http://", _adapter())

    # requests gives send() more options than matter here; this session decides on all of them.
    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        """Send once; the body is not read yet. Raise `NoResponse`, `PrivateAddress`."""
        proxies, bundle = options.get("proxies"), options.get("verify")
        begun = time.monotonic()
        status: int | None = None
        try:
            response = super().send(
                request,
                stream=True,
                timeout=(self.timeouts.connect, self.timeouts.read),
                allow_redirects=False,
                proxies=proxies if isinstance(proxies, dict) else {},
                verify=bundle if isinstance(bundle, str) else True,  # REQUESTS_CA_BUNDLE
            )
            status = response.status_code
            return response
        except requests.exceptions.InvalidSchema:  # requests lacks a package for such proxies
            raise BadSetting(
                "A SOCKS proxy needs another package.", "pip install 'requests[socks]'"
            ) from None
        except _FAULTS as fault:
            proxy = select_proxy(request.url or "", proxies if isinstance(proxies, dict) else {})
            raise NoResponse(_cause(fault), _host_and_port(proxy or "")) from None
        finally:
            log.request(request.method, request.url, status, time.monotonic() - begun)

    def send_with_environment(self, request: requests.Request) -> requests.Response:
        """Send a request as `send` does, by the proxy and the bundle that the environment names."""
        prepared = self.prepare_request(request)
        named = self.merge_environment_settings(prepared.url, {}, None, None, None)
        return self.send(prepared, proxies=named["proxies"], verify=named["verify"])

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No response leads anywhere else: requests would read a redirect's body unbounded."""

    def body(self, response: requests.Response, largest: int = LARGEST_BODY) -> bytes:
        """Return the whole body of a response of this session, see `whole_body`."""
        return whole_body(response, largest, self.timeouts.read)


class _SystemTrust(HTTPAdapter):
    """Trusts the authorities of the operating system besides those of certifi."""

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - as requests has it
        **options: object,
    ) -> None:
        """Make the pool of connections to servers."""
        super().init_poolmanager(connections, maxsize, block, **options, ssl_context=_trust())

    def proxy_manager_for(self, proxy: str, **options: object) -> urllib3.ProxyManager:
        """Make the pool of connections through a proxy."""
        manager: urllib3.ProxyManager
        manager = super().proxy_manager_for(proxy, **options, ssl_context=_trust())
        return manager


class _PublicConnection(HTTPSConnection):
    """A connection that is closed before anything is sent if it does not lead to the public."""

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()
        if not ip_address(made.getpeername()[0].partition("%")[0]).is_global:
            made.close()
            raise PrivateAddress
        return made


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


_PUBLIC_POOLS: Final = {"https": _PublicPool}


def _trust() -> ssl.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _adapter(kind: type[HTTPAdapter] = HTTPAdapter) -> HTTPAdapter:
    return kind(pool_connections=1, pool_maxsize=1, max_retries=0)


def _check_bundles() -> bool:
    """Return whether the environment names a bundle that alone counts; check what it names."""
    for variable in (*_BUNDLES, "SSL_CERT_FILE"):
        if (name := os.environ.get(variable)) and not Path(name).is_dir():
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(name)
            except (OSError, ssl.SSLError):
                raise BadSetting(
                    f"{variable} is {name}, which is no file of certificates (PEM).",
                    f"Correct it, or take it out of the environment: unset {variable}",
                ) from None
    return any(os.environ.get(variable) for variable in _BUNDLES)


def _host_and_port(proxy: str) -> str:
    """Return a proxy's host and port, without a user and a password."""
    return proxy.rpartition("@")[2].rpartition("//")[2].rstrip("/")


def whole_body(response: requests.Response, largest: int, seconds: float) -> bytes:
    """Return the whole body, unpacked: at most `largest` bytes, read in at most so many seconds.

    Raise `TooLarge`, `TooSlow`, another `UnusableBody` if it is damaged, and `NoResponse` if the
    connection breaks.
    """
    return b"".join(body_pieces(response, largest, seconds))


def body_pieces(response: requests.Response, largest: int, seconds: float) -> Iterator[bytes]:
    """Yield the body as `whole_body` returns it, piece by piece; it is whole if nothing raises."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", ""):
        raise UnusableBody("its encoding was not asked for")
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    received = size = 0
    for piece in _pieces(response, time.monotonic() + seconds):
        received += len(piece)
        for content in _unpacked(unpack, piece) if unpack else (piece,):
            size += len(content)
            if size > largest:
                raise TooLarge("it is too large")
            yield content
    promised = response.headers.get("Content-Length")
    if (promised and promised != str(received)) or (unpack and received and not unpack.eof):
        raise UnusableBody("it is cut off")


def _unpacked(unpack: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """Yield what a piece becomes, little by little: a small one can become very large."""
    try:
        while content := unpack.decompress(piece, _UNPACKED):
            yield content
            piece = unpack.unconsumed_tail
    except zlib.error:
        raise UnusableBody("it is damaged") from None


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
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            is_date = cause.verify_code in (_NOT_VALID_YET, _NOT_VALID_ANY_MORE)
            return Cause.CERTIFICATE_DATE if is_date else Cause.CERTIFICATE
    if any(isinstance(cause, _PROXY_FAULTS) for cause in causes):
        is_locked = any(" 407 " in str(cause) for cause in causes)
        return Cause.PROXY_PASSWORD if is_locked else Cause.PROXY
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
