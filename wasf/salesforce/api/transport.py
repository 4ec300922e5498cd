"""The HTTP session under simple-salesforce: every response is bounded, checked and classified.

simple-salesforce by itself has no timeouts, follows redirects with the token, signs in again
without end and shows addresses and bodies in its exceptions. So it gets plain successes only: this
session raises `RequestFailed` for everything else.
"""

from typing import Final, Generic, TypeVar

import requests
from requests.structures import CaseInsensitiveDict

from wasf import __version__
from wasf.errors import ApiLimitReached
from wasf.http import BearerAuth, BoundedSession, HttpError, body_pieces
from wasf.interfaces import Json
from wasf.retry import Timeouts
from wasf.salesforce.api.client import TABLE, ApiBudget, PackedBody
from wasf.salesforce.api.errors import (
    ApiError,
    Execution,
    RequestFailed,
    failure,
    not_understood,
    unanswered,
)
from wasf.salesforce.api.formats import errors_in, parsed
from wasf.salesforce.connection import Connection

_LARGEST_TABLE: Final = 512 * 1024 * 1024
_TABLE_PATIENCE: Final = 5  # times the patience for other answers

_Value = TypeVar("_Value")


class CheckedResponse(requests.Response, Generic[_Value]):
    """A success that was read to its end and parsed."""

    def __init__(self, status: int, headers: CaseInsensitiveDict[str], value: _Value) -> None:
        super().__init__()
        self.status_code = status
        self.headers = headers
        self._value = value

    def json(self, **_: object) -> _Value:
        """Return what was parsed; simple-salesforce asks for it."""
        return self._value


class Transport(BoundedSession):
    """A session for one org and one thread, that gives `CheckedResponse`s."""

    def __init__(self, connection: Connection, budget: ApiBudget, timeouts: Timeouts) -> None:
        auth = BearerAuth(connection.token.reveal)
        # A proxy cannot reach this machine.
        super().__init__(timeouts, auth, trust_env=not connection.is_loopback)
        self._origin = connection.instance_url
        self._budget = budget
        self.headers["Sforce-Call-Options"] = f"client=wasf/{__version__}"

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        """Send once. Raise `RequestFailed` for whatever is not a whole, understood success."""
        if not (request.url or "").startswith(f"{self._origin}/services/"):
            raise ValueError("a request to another place than the org")
        try:
            self._budget.begin()
        except ApiLimitReached as reached:
            raise RequestFailed(reached, Execution.NOT_EXECUTED) from None
        said: str | None = None
        sent = True
        try:
            response = super().send(request, **options)
            said = response.headers.get("Sforce-Limit-Info")
            with response:
                if request.headers.get("Accept") == TABLE and response.status_code == 200:
                    return self._checked_table(response)
                return checked_response(response, self.body(response))
        except HttpError as error:
            failed = unanswered(error)
            sent = not failed.never_sent
            raise failed from None
        finally:
            self._budget.end(said, sent=sent)

    def _checked_table(self, response: requests.Response) -> CheckedResponse[PackedBody]:
        """Return a table that was read to its end, packed as it came."""
        _check_type(response, TABLE, "it is no table")
        table = PackedBody()
        seconds = _TABLE_PATIENCE * self.timeouts.read
        for piece in body_pieces(response, _LARGEST_TABLE, seconds):
            table.add(piece)
        return CheckedResponse(response.status_code, response.headers, table)


def checked_response(response: requests.Response, body: bytes) -> CheckedResponse[Json]:
    """Return a success as Salesforce gives it. Raise `RequestFailed` for anything else."""
    status = response.status_code
    if status >= 300:
        raise failure(status, _errors(body))
    if status in (201, 204) and not body:
        return CheckedResponse(status, response.headers, {})
    if status not in (200, 201):
        raise not_understood(f"HTTP {status}")
    return CheckedResponse(status, response.headers, _value(response, body))


def _errors(body: bytes) -> tuple[ApiError, ...]:
    try:
        return errors_in(parsed(body))
    except ValueError:
        return ()


def _value(response: requests.Response, body: bytes) -> Json:
    _check_type(response, "application/json", "it is no JSON")
    try:
        value = parsed(body)
    except ValueError:
        raise not_understood("its JSON is damaged") from None
    if not isinstance(value, list | dict):
        raise not_understood("it is neither a list nor an object")
    return value


def _check_type(response: requests.Response, wanted: str, otherwise: str) -> None:
    kind, _, options = response.headers.get("Content-Type", "").lower().partition(";")
    if kind.strip() != wanted:
        raise not_understood("it is a page, not data" if "html" in kind else otherwise)
    charset = options.partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise not_understood("its characters are not in UTF-8")
