"""Requests to an org: with the newest token, retries where they are safe, and checked JSON.

`ApiBudget` counts the org's API calls, and how many must be left for others.

A read is repeated if it may succeed in a moment. A write is sent again only if it was certainly not
executed: there was no connection, too many requests ran in the org, or the token was refused. Then
it is sent once more with a new one. `post_form` and `read_versions` carry no token and are not
repeated.
"""

import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from wasf import late_modules
from wasf.core.policy import Reserve
from wasf.errors import ApiLimitReached, WasfError
from wasf.interfaces import ApiUsage, Json
from wasf.retry import RetryPolicy, Timeouts
from wasf.salesforce.api.errors import Execution, RequestFailed, not_understood, unanswered
from wasf.salesforce.api.formats import as_object, as_objects, text
from wasf.salesforce.connection import Access, ApiVersion, Connection, is_loopback

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

    from wasf import http
    from wasf.salesforce.api import transport
else:  # they load requests, which only a request needs
    (http,) = late_modules("wasf", "http")
    (transport,) = late_modules(__package__, "transport")

_RENEWED_AT: Final = (401, 421)  # the token is no longer good, or the org has moved
_COMPOSITE: Final = "composite"
_CROWDED_PAUSE: Final = 4  # times the first pause of other errors
RETRY: Final = RetryPolicy(attempts=4, first_pause=0.5)
TIMEOUTS: Final = Timeouts(connect=10.0, read=120.0)
"""A call may take Salesforce ten minutes; after two it is better to look later what it did."""


_USAGE: Final = re.compile(r"(?:^|[;,\s])api-usage=(\d{1,12})/(\d{1,12})(?![\d/])")

TABLE: Final = "text/csv"
"""The type of a body that is a table and no JSON."""


class PackedBody:
    """A large body, kept packed: made piece by piece, and then read so, as often as is needed."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(level=1)
        self._packed: list[bytes] = []
        self._size = 0
        self._is_whole = False

    def __len__(self) -> int:
        """Return how many bytes it has when it is sent."""
        return self._size

    def add(self, piece: bytes) -> None:
        """Add what follows; nothing can follow after it was read."""
        if self._is_whole:
            raise ValueError("a body that was read already")
        self._size += len(piece)
        if packed := self._packer.compress(piece):
            self._packed.append(packed)

    def __iter__(self) -> Iterator[bytes]:
        if not self._is_whole:
            self._is_whole = True
            self._packed.append(self._packer.flush())
        unpacker = zlib.decompressobj()
        for packed in self._packed:
            if piece := unpacker.decompress(packed):
                yield piece


class _Request(NamedTuple):
    """A request. `once`: it is repeated only if it was certainly not executed."""

    method: str
    path: str
    body: Json | PackedBody = None
    headers: Mapping[str, str] = MappingProxyType({})
    once: bool = False

    def may_be_repeated(self, error: Exception) -> bool:
        """Whether it may be sent again after this error."""
        if not isinstance(error, RequestFailed):
            return False
        return error.never_sent or error.is_crowded if self.once else error.may_be_repeated


_Answer = Json | PackedBody


class FormResponse(NamedTuple):
    """A response to a form. `body` is empty for a redirect and for a server's error."""

    status: int
    body: bytes


class OfferedVersions(NamedTuple):
    """The versions of the API that an address offers, and its Date header, "" without one."""

    versions: frozenset[str]
    date: str


class ApiBudget:
    """Counts calls over all threads, and refuses the call that would use the reserve.

    Salesforce tells the calls used with each answer. So the first call is always allowed, and calls
    under way are added to what Salesforce told last.
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
        """What Salesforce told last; None before the first answer."""
        return self._usage

    def begin(self) -> None:
        """Count a call that is about to be sent; raise `ApiLimitReached` if it is one too many."""
        with self._lock:
            if self._usage is not None:
                self._check(self._usage)
            self._under_way += 1
            self._calls += 1

    def end(self, limit_info: str | None, *, sent: bool = True) -> None:
        """Take note of a call that is over, and of the Sforce-Limit-Info header of its answer."""
        with self._lock:
            self._under_way -= 1
            self._calls -= not sent
            found = _USAGE.search(limit_info or "")
            if found:
                self._learn(ApiUsage(int(found[1]), int(found[2])))

    def _check(self, usage: ApiUsage) -> None:
        if not self._reserve.allows(usage.used + self._under_way, usage.limit):
            kept = self._reserve.of(usage.limit)
            raise ApiLimitReached(
                f"The org has used {usage.used} of the {usage.limit} API calls that it may make in"
                f" 24 hours, and {kept} are kept for others.",
                "What is left is sent by a later sync; the setting api_reserve says how many calls"
                " are kept.",
            )

    def _learn(self, told: ApiUsage) -> None:
        """Keep the higher number while calls are under way: answers can overtake each other."""
        if self._usage and self._under_way and self._usage.limit == told.limit:
            told = max(told, self._usage)
        self._usage = told


class RestClient:
    """An org's REST API for one thread.

    Paths, and the addresses within a composite request, are relative to the version's data
    resource. All methods raise `RequestFailed`.
    """

    def __init__(
        self,
        access: Access,
        budget: ApiBudget,
        retry: RetryPolicy = RETRY,
        timeouts: Timeouts = TIMEOUTS,
        version: ApiVersion | None = None,
        *,
        before_write: Callable[[], None] | None = None,
    ) -> None:
        self._before_write = before_write
        self._access = access
        self._budget = budget
        self._retry = retry
        self._timeouts = timeouts
        self._connection = access.current()
        self._version = version or ApiVersion()
        self._spoken = self._version.number
        self._salesforce: Salesforce | None = None

    @property
    def data_path(self) -> str:
        """The path of the version's data resource, as Salesforce's answers name it."""
        return f"/services/data/v{self._spoken}/"

    def read(self, path: str, body: Json = None) -> Json:
        """Read by GET, or with a body by POST."""
        return self._call(_Request("GET" if body is None else "POST", path, body))

    def read_table(self, path: str) -> PackedBody:
        """Read a table (CSV in UTF-8) by GET; it was read to its end."""
        table = self._answer(_Request("GET", path, headers={"Accept": TABLE}))
        return table if isinstance(table, PackedBody) else PackedBody()

    def write(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Json:
        """Write by POST, once; a request that was certainly not executed is repeated."""
        return self._call(_Request("POST", path, body, headers or {}, once=True))

    def update(self, path: str, body: Json) -> Json:
        """Write the same values by PATCH. It is repeated as a read is: twice is as once."""
        return self._call(_Request("PATCH", path, body))

    def change(self, path: str, body: Json, headers: Mapping[str, str]) -> Json:
        """Write by PATCH, once; a request that was certainly not executed is repeated."""
        return self._call(_Request("PATCH", path, body, headers, once=True))

    def write_table(self, path: str, table: PackedBody) -> None:
        """Write a table by PUT, once; a request that was certainly not executed is repeated."""
        headers = {"Content-Type": f"{TABLE}; charset=UTF-8"}
        self._call(_Request("PUT", path, table, headers, once=True))

    def delete(self, path: str) -> Json:
        """Delete. It is repeated as a read is, because a record is not deleted twice."""
        return self._call(_Request("DELETE", path))

    def _call(self, request: _Request) -> Json:
        answer = self._answer(request)
        if isinstance(answer, PackedBody):
            raise not_understood("it is a table, not data")
        return answer

    def _answer(self, request: _Request) -> _Answer:
        self._use(self._access.current())
        try:
            return self._signed_in(request)
        except RequestFailed as failed:
            if not self._changes_version(failed):
                raise
        self._use(self._connection)
        return self._signed_in(request)

    def _signed_in(self, request: _Request) -> _Answer:
        try:
            return self._repeated(request)
        except RequestFailed as failed:
            if failed.status not in _RENEWED_AT or not self._renew():
                raise
        return self._repeated(request)

    def _repeated(self, request: _Request) -> _Answer:
        return self._retry.call(
            lambda: self._send(request), request.may_be_repeated, self._crowded_pause
        )

    def _crowded_pause(self, error: Exception) -> float | None:
        """Return how many seconds to wait while too many requests run in the org."""
        is_crowded = isinstance(error, RequestFailed) and error.is_crowded
        return _CROWDED_PAUSE * self._retry.first_pause if is_crowded else None

    def _renew(self) -> bool:
        try:
            renewed = self._access.renew(self._connection)
        except WasfError as error:
            raise RequestFailed(error, Execution.NOT_EXECUTED) from None
        if renewed is not None:
            self._use(renewed)
        return renewed is not None

    def _changes_version(self, failed: RequestFailed) -> bool:
        """Return whether the org refused the version, and has another one."""
        if not self._version.may_be_unknown(failed.status):
            return False
        try:
            return self._version.replace(self._spoken, self._offered)
        except RequestFailed as unanswered_question:
            if unanswered_question.status in (404, 410):
                return False  # no org is there
            error = unanswered_question.error
        except WasfError as unusable:
            error = unusable
        raise RequestFailed(error, Execution.NOT_EXECUTED) from None

    def _offered(self) -> frozenset[str]:
        return read_versions(self._connection.instance_url, self._timeouts).versions

    def _use(self, connection: Connection) -> None:
        if (connection, self._version.number) != (self._connection, self._spoken):
            self._connection, self._spoken = connection, self._version.number
            self._salesforce = None

    def _send(self, request: _Request) -> _Answer:
        if self._salesforce is None:
            self._salesforce = self._new_session()
        method, path, body, headers, _ = request
        data = body if isinstance(body, PackedBody) else self._encoded(path, body)
        if method != "GET" and self._before_write is not None:
            self._check(self._before_write)
        answer: _Answer = self._salesforce.restful(
            path.removeprefix(self.data_path), method=method, data=data, headers=dict(headers)
        )
        self._version.confirm()
        return answer

    def _encoded(self, path: str, body: Json) -> bytes | None:
        if body is None:
            return None
        whole = _completed(body, self.data_path) if path == _COMPOSITE else body
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()

    def _check(self, may_write: Callable[[], None]) -> None:
        try:
            may_write()
        except WasfError as error:
            raise RequestFailed(error, Execution.NOT_EXECUTED) from None

    def _new_session(self) -> "Salesforce":
        # It loads zeep, lxml and cryptography: a run that asks Salesforce nothing goes without.
        from simple_salesforce.api import Salesforce

        address = self._connection.instance_url
        salesforce = Salesforce(
            instance_url=address,
            session_id=self._connection.token.reveal(),
            version=self._spoken,
            session=transport.Transport(self._connection, self._budget, self._timeouts),
        )
        # The address that simple-salesforce makes is always https and spoils IPv6.
        salesforce.base_url = address + self.data_path
        salesforce.headers.pop("X-PrettyPrint", None)
        return salesforce


def _completed(body: Json, data_path: str) -> Json:
    """Return the body of a composite request with whole addresses."""
    composite = as_object(body, "a composite request")
    parts = as_objects(composite.get("compositeRequest"), "its requests")
    whole: list[Json] = [{**one, "url": data_path + text(one, "url")} for one in parts]
    return {**composite, "compositeRequest": whole}


def post_form(url: str, form: Mapping[str, str], timeouts: Timeouts) -> FormResponse:
    """Send a form, once.

    The form may hold secrets: they go into the body only, and into no error.
    """
    try:
        with _session(url, timeouts) as session, session.post(url, data=dict(form)) as response:
            status = response.status_code
            is_usable = status < 300 or 400 <= status < 500
            return FormResponse(status, session.body(response) if is_usable else b"")
    except http.HttpError as error:
        raise unanswered(error) from None


def read_versions(instance_url: str, timeouts: Timeouts) -> OfferedVersions:
    """Ask an address which versions of the API it offers. Raise `RequestFailed`."""
    url = f"{instance_url}/services/data/"
    try:
        with _session(url, timeouts) as session, session.get(url) as response:
            checked = transport.checked_response(response, session.body(response))
            offered = as_objects(checked.json(), "the versions")
            versions = frozenset(text(one, "version") for one in offered)
            return OfferedVersions(versions, response.headers.get("Date", ""))
    except http.HttpError as error:
        raise unanswered(error) from None


def _session(url: str, timeouts: Timeouts) -> "http.BoundedSession":
    is_here = is_loopback(urlsplit(url).hostname or "")
    return http.BoundedSession(timeouts, http.NoAuth(), trust_env=not is_here)
