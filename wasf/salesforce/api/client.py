"""REST calls to one org from one thread: reads are repeated if they may be, writes are not."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from simple_salesforce.api import Salesforce

from wasf.errors import WasfError
from wasf.salesforce.api.errors import API_VERSION, Execution, RequestFailed
from wasf.salesforce.api.http import Timeouts
from wasf.salesforce.api.json import Json
from wasf.salesforce.api.transport import ApiBudget, Transport
from wasf.salesforce.auth.hosts import Access, Connection

_RENEWED_AT: Final = (401, 421)  # the token is no longer good, or the org has moved
DATA_PATH: Final = f"/services/data/v{API_VERSION}/"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how often to try again.

    `attempts` is the number of tries in all; between them about `pause` seconds, doubled each time
    and spread by chance, so that several clients do not come back at the same moment.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    attempts: int = 4
    pause: float = 0.5
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def rest(self, tries: int) -> None:
        """Wait before the next try."""
        self.sleep(self.pause * 2 ** (tries - 1) * (0.5 + self.chance()))


class _Request(NamedTuple):
    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = MappingProxyType({})


class RestClient:
    """simple-salesforce over our transport. Not to be shared between threads.

    Paths are relative to the version's data resource. All calls raise `RequestFailed`.
    """

    def __init__(self, access: Access, meter: ApiBudget, patience: Patience) -> None:
        self._access = access
        self._meter = meter
        self._patience = patience
        self._use(access.current())

    def read(self, path: str, body: Json = None) -> Json:
        """Ask; with a body by POST. Repeated a few times if the org did not answer properly."""
        request = _Request("GET" if body is None else "POST", path, body)
        return self._patiently(request, lambda failed: failed.may_be_repeated)

    def write(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Json:
        """Write by POST, once: sent again only if no connection came about."""
        request = _Request("POST", path, body, headers or {})
        return self._patiently(request, lambda failed: failed.refused)

    def delete(self, path: str) -> Json:
        """Delete. Repeated as a read is: a record is not deleted twice."""
        return self._patiently(_Request("DELETE", path), lambda failed: failed.may_be_repeated)

    def _patiently(self, request: _Request, again: Callable[[RequestFailed], bool]) -> Json:
        """Send with the newest token; if that is refused, once more with its successor.

        A request whose token is refused was not executed, so this holds for writes too.
        """
        if self._connection != (newest := self._access.current()):
            self._use(newest)
        try:
            return self._repeatedly(request, again)
        except RequestFailed as failed:
            if failed.status not in _RENEWED_AT or not self._renew():
                raise
        return self._repeatedly(request, again)

    def _repeatedly(self, request: _Request, again: Callable[[RequestFailed], bool]) -> Json:
        tries = 1
        while True:
            try:
                return self._send(*request)
            except RequestFailed as failed:
                if tries >= self._patience.attempts or not again(failed):
                    raise
            self._patience.rest(tries)
            tries += 1

    def _renew(self) -> bool:
        try:
            renewed = self._access.renew(self._connection)
        except WasfError as error:
            raise RequestFailed(error, Execution.NOT_EXECUTED) from None
        if renewed is not None:
            self._use(renewed)
        return renewed is not None

    def _use(self, connection: Connection) -> None:
        self._connection = connection
        self._salesforce = Salesforce(
            instance_url=connection.instance_url,
            session_id=connection.token.reveal(),
            version=API_VERSION,
            session=Transport(connection, self._meter, self._patience.timeouts),
        )
        # The address that simple-salesforce makes is always https and spoils IPv6.
        self._salesforce.base_url = connection.instance_url + DATA_PATH
        self._salesforce.headers.pop("X-PrettyPrint", None)

    def _send(self, method: str, path: str, body: Json, headers: Mapping[str, str]) -> Json:
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        answer: Json = self._salesforce.restful(
            path.removeprefix(DATA_PATH), method=method, data=data, headers=dict(headers)
        )
        return answer
