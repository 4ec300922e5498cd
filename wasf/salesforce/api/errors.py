"""What a failed request means: which `WasfError` it is, and whether it may have been executed.

Three ways lead to a `RequestFailed`: no usable response came (`unanswered`), a response is not as
Salesforce answers (`not_understood`), or Salesforce answered with an error (`failure`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from wasf import late_modules
from wasf.core.records import RecordId, RecordType
from wasf.errors import (
    ApiLimitReached,
    NotConnected,
    PermissionMissing,
    TooManyAtOnce,
    Unreachable,
    WasfError,
)
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf import http
    from wasf.http import HttpError
else:  # loads requests: whoever has such an error has it
    (http,) = late_modules("wasf", "http")

_PERMISSION_CODES: Final = frozenset(
    {
        "API_CURRENTLY_DISABLED",
        "API_DISABLED_FOR_ORG",
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "TXN_SECURITY_NO_ACCESS",
    }
)
_HIDDEN_CODES: Final = frozenset({"INVALID_FIELD", "INVALID_TYPE"})
"""Salesforce says this of what a user may not see; wasf asks for nothing that no org has."""


_CROWDED: Final = "Concurrent"
"""Begins what Salesforce says of too many requests at once: `ConcurrentRequests …`."""


class Execution(Enum):
    """What is known of a request without a successful answer."""

    NOT_EXECUTED = auto()
    UNKNOWN = auto()


class DuplicateResult(NamedTuple):
    """What a duplicate rule found.

    `rule` is its API name, "" if there is none. `named` are Contacts and Leads, `others` counts
    records of other objects. `allow_save`: the record may be saved all the same.
    """

    rule: str
    named: tuple[tuple[RecordType, RecordId], ...]
    allow_save: bool
    others: int = 0


@dataclass(frozen=True, slots=True)
class ApiError:
    """One error that Salesforce gave.

    `message` may hold values, so it is never shown. `duplicate` is there if a duplicate rule is the
    reason and the answer has its result, which answers to collections have not.
    """

    code: str
    message: str = field(default="", repr=False)
    fields: tuple[str, ...] = ()
    duplicate: DuplicateResult | None = None


class RequestFailed(Exception):
    """A request without a usable answer. It never leaves wasf.salesforce; its `error` does.

    `execution` says whether it may have been executed. `status` is the HTTP status, 0 without one.
    `errors` are those that Salesforce named. `never_sent` means that there was no connection, so
    that sending again is safe.
    """

    def __init__(
        self,
        error: WasfError,
        execution: Execution,
        *,
        status: int = 0,
        errors: tuple[ApiError, ...] = (),
        never_sent: bool = False,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.execution = execution
        self.status = status
        self.errors = errors
        self.never_sent = never_sent

    @property
    def code(self) -> str:
        """The first errorCode, or the HTTP status as text."""
        return self.errors[0].code if self.errors else f"HTTP_{self.status}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that Salesforce named."""
        return tuple(name for error in self.errors for name in error.fields)

    @property
    def is_too_slow(self) -> bool:
        """Whether Salesforce ended the request because it took too long."""
        return self.code == "REQUEST_RUNNING_TOO_LONG"

    @property
    def is_refused_content(self) -> bool:
        """Whether Salesforce did nothing because of what was in the request."""
        is_refused = self.status == 400 and type(self.error) is WasfError
        return bool(self.errors) and (is_refused or self.is_too_slow)

    @property
    def is_crowded(self) -> bool:
        """Whether too many requests were at work in the org at once; nothing was executed."""
        return isinstance(self.error, TooManyAtOnce)

    @property
    def may_be_repeated(self) -> bool:
        """Whether the same read may succeed in a moment."""
        return self.is_crowded or (
            isinstance(self.error, Unreachable) and not 300 <= self.status < 400
        )


@contextmanager
def only_our_errors() -> Iterator[None]:
    """Raise the `WasfError` of a `RequestFailed` instead of it, without what Salesforce said."""
    try:
        yield
    except RequestFailed as failed:
        raise failed.error from None


def not_understood(what: str) -> RequestFailed:
    """Return the error of an answer that is not as Salesforce answers."""
    return RequestFailed(
        Unreachable(
            f"Salesforce gave an answer that cannot be used: {what}.",
            "A proxy, a login page or maintenance may have answered. Try again later.",
        ),
        Execution.UNKNOWN,
        status=200,
    )


def failure(status: int, errors: tuple[ApiError, ...]) -> RequestFailed:
    """Return the error of an HTTP status of 300 and more, with the errors that its body named."""
    error, execution = _meaning(status, errors)
    return RequestFailed(error, execution, status=status, errors=errors)


def unanswered(error: "HttpError") -> RequestFailed:
    """Return the error of a request without a usable response.

    Only without a connection it is certain that nothing was executed.
    """

    if not isinstance(error, http.NoResponse):
        return not_understood(str(error))
    is_unknown = error.cause is http.Cause.BROKEN
    return RequestFailed(
        error.shown("Salesforce"),
        Execution.UNKNOWN if is_unknown else Execution.NOT_EXECUTED,
        never_sent=error.cause in (http.Cause.NOT_CONNECTED, http.Cause.PROXY),
    )


def _meaning(status: int, errors: tuple[ApiError, ...]) -> tuple[WasfError, Execution]:
    codes = {error.code for error in errors}
    if status < 400:
        return _redirected(), Execution.UNKNOWN
    if status >= 500 and status != 503:
        return _overloaded(status), Execution.UNKNOWN
    if status == 403 and "REQUEST_LIMIT_EXCEEDED" in codes:
        return _limit_reached(errors), Execution.NOT_EXECUTED
    return _refused(status, codes), Execution.NOT_EXECUTED


def _refused(status: int, codes: set[str]) -> WasfError:
    """Return the error of a request that Salesforce did not execute."""
    match status:
        case 401:
            return NotConnected(
                "Salesforce no longer accepts the sign-in.",
                "Sign in again by wasf connect, or set WASF_ACCESS_TOKEN to a new token.",
            )
        case 503 | 429 | 420:
            return _overloaded(status)
        case 404 | 410 if not codes or codes & {"NOT_FOUND", "UNSUPPORTED_API_VERSION"}:
            return _not_there(status)
        case 421:
            return NotConnected(
                "The org has moved to another address.",
                "Sign in again by wasf connect, or set WASF_INSTANCE_URL to the org's new address.",
            )
    if status == 400 and codes & _HIDDEN_CODES:
        return _hidden(codes)
    if status == 403 or codes & _PERMISSION_CODES:
        return _forbidden(codes)
    return WasfError(
        f"Salesforce refused a request ({_named(codes) or f'HTTP {status}'}).",
        "If this comes again, please report it with this code.",
    )


def _limit_reached(errors: tuple[ApiError, ...]) -> WasfError:
    """Return the error of a limit: one code stands for the day's and for that of a moment."""
    if any(_CROWDED in error.message for error in errors):
        return TooManyAtOnce(
            "Too many long requests run in the org at once, of all its users and apps.",
            "This passes in minutes. What is left is kept and sent by the next sync.",
        )
    return ApiLimitReached(
        "The org's limit of API calls is reached.",
        "What is left is kept and sent by the next sync. Try again in a few hours.",
    )


def _forbidden(codes: set[str]) -> PermissionMissing:
    return PermissionMissing(
        f"Salesforce does not allow this user to do that ({_named(codes) or 'HTTP 403'}).",
        "Ask an administrator for the permission API Enabled, and for read and create rights"
        " on Tasks, Leads and Contacts.",
    )


def _hidden(codes: set[str]) -> PermissionMissing:
    return PermissionMissing(
        f"Salesforce does not let this user see an object or a field that is needed"
        f" ({_named(codes)}).",
        "wasf doctor says which. An administrator grants it in a permission set.",
    )


def _named(codes: set[str]) -> str:
    return ", ".join(sorted(codes))


def _redirected() -> Unreachable:
    return Unreachable(
        "Salesforce answered with another address instead of data.",
        "Check the org's address; a login page or a proxy may stand in between.",
    )


def _overloaded(status: int) -> Unreachable:
    return Unreachable(
        f"Salesforce cannot answer at the moment (HTTP {status}).",
        "It may be overloaded or in maintenance (https://status.salesforce.com). Try again later.",
    )


def _not_there(status: int) -> WasfError:
    if status == 410:
        return WasfError(
            "This org no longer offers a version of Salesforce's API that wasf speaks.",
            "Update wasf to its newest version.",
        )
    return WasfError(
        "This address offers no version of Salesforce's API that wasf speaks (HTTP 404).",
        "Check that the address is that of the org, and update wasf to its newest version.",
    )
