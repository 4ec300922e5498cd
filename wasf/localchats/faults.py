"""What the API can be told to do wrong, and when."""

from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    """How an answer goes wrong."""

    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    MAINTENANCE = "503"
    TOO_MANY = "429"
    THROTTLED = "403 without a word, as too many requests on one connection meet it"
    UNAUTHORISED = "401"
    QUOTA_SPENT = "the month's calls are used up"
    NOT_JSON = "a page instead of data"
    CUT = "an answer that breaks off"
    SLAM = "a connection that is reset"


@dataclass(frozen=True, slots=True)
class Fault:
    """The requests `first` to `last`, counted from 1 since the start, go wrong.

    `retry_after` seconds are said with it; None says nothing.
    """

    kind: FaultKind
    first: int
    last: int
    retry_after: int | None = None
