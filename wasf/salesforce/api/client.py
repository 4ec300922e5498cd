"""One REST request to an org: the newest token, retries where they are safe, checked JSON.

A read is repeated if it may succeed in a moment. A write is sent again only if it was certainly not
sent before. A request whose token is refused was not executed: it is sent once more with a new one.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from wasf.errors import WasfError
from wasf.retry import RetryPolicy, Timeouts
from wasf.salesforce.api.budget import ApiBudget
from wasf.salesforce.api.errors import API_VERSION, Execution, RequestFailed
from wasf.salesforce.api.json import Json
from wasf.salesforce.connection import Access, Connection

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

_RENEWED_AT: Final = (401, 421)  # the token is no longer good, or the org has moved
DATA_PATH: Final = f"/services/data/v{API_VERSION}/"
RETRY: Final = RetryPolicy(attempts=4, first_pause=0.5)
TIMEOUTS: Final = Timeouts(connect=10.0, read=120.0)
"""A call may take Salesforce ten minutes; after two it is better to look later what it did."""


class _Request(NamedTuple):
    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = MappingProxyType({})


class RestClient:
    """An org's REST API for one thread. Paths are relative to the version's data resource.

    All methods raise `RequestFailed`.
    """

    def __init__(
        self,
        access: Access,
        budget: ApiBudget,
        retry: RetryPolicy = RETRY,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._access = access
        self._budget = budget
        self._retry = retry
        self._timeouts = timeouts
        self._connection = access.current()
        self._salesforce: Salesforce | None = None

    def read(self, path: str, body: Json = None) -> Json:
        """Read by GET, or with a body by POST."""
        request = _Request("GET" if body is None else "POST", path, body)
        return self._call(request, lambda failed: failed.may_be_repeated)

    def write(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Json:
        """Write by POST, once."""
        request = _Request("POST", path, body, headers or {})
        return self._call(request, lambda failed: failed.never_sent)

    def delete(self, path: str) -> Json:
        """Delete. It is repeated as a read is, because a record is not deleted twice."""
        return self._call(_Request("DELETE", path), lambda failed: failed.may_be_repeated)

    def _call(self, request: _Request, may_repeat: Callable[[RequestFailed], bool]) -> Json:
        self._use(self._access.current())
        try:
            return self._repeated(request, may_repeat)
        except RequestFailed as failed:
            if failed.status not in _RENEWED_AT or not self._renew():
                raise
        return self._repeated(request, may_repeat)

    def _repeated(self, request: _Request, may_repeat: Callable[[RequestFailed], bool]) -> Json:
        return self._retry.call(
            lambda: self._send(*request),
            lambda error: isinstance(error, RequestFailed) and may_repeat(error),
        )

    def _renew(self) -> bool:
        try:
            renewed = self._access.renew(self._connection)
        except WasfError as error:
            raise RequestFailed(error, Execution.NOT_EXECUTED) from None
        if renewed is not None:
            self._use(renewed)
        return renewed is not None

    def _use(self, connection: Connection) -> None:
        if connection != self._connection:
            self._connection = connection
            self._salesforce = None

    def _send(self, method: str, path: str, body: Json, headers: Mapping[str, str]) -> Json:
        if self._salesforce is None:
            self._salesforce = _salesforce(self._connection, self._budget, self._timeouts)
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        answer: Json = self._salesforce.restful(
            path.removeprefix(DATA_PATH), method=method, data=data, headers=dict(headers)
        )
        return answer


def _salesforce(connection: Connection, budget: ApiBudget, timeouts: Timeouts) -> "Salesforce":
    # Loads zeep, lxml and cryptography: a run that asks Salesforce nothing goes without.
    from simple_salesforce.api import Salesforce

    from wasf.salesforce.api.transport import Transport

    salesforce = Salesforce(
        instance_url=connection.instance_url,
        session_id=connection.token.reveal(),
        version=API_VERSION,
        session=Transport(connection, budget, timeouts),
    )
    # The address that simple-salesforce makes is always https and spoils IPv6.
    salesforce.base_url = connection.instance_url + DATA_PATH
    salesforce.headers.pop("X-PrettyPrint", None)
    return salesforce
