"""Faults on order: which request goes wrong, and in which way. `fault_answers` carries them out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from wasf.demo.salesforce.calls import ErrorDetail

FaultKind = Literal[
    "refuse",  # S1: the port is closed for `seconds`
    "reset-before",  # S2: RST before the request is looked at
    "reset-after",  # S3: RST after the commit
    "reset-mid-answer",  # S4: half an answer, then RST
    "close-after",  # S5: end without an answer after the commit
    "truncated",  # S6: JSON cut short under a right Content-Length
    "chunked-cut",  # S7: a chunked answer that never ends
    "slow-answer",  # S8: a byte every `seconds`
    "hang-before",  # S9: no answer for `seconds`, nothing done
    "hang-after",  # S10: no answer for `seconds`, but committed
    "late-commit",  # S11: RST now, committed `seconds` later, or when a `held` one is let go
    "html",  # S12: 200 with a login page, nothing done
    "html-after",  # S13: 200 with a login page after the commit
    "redirect",  # S14: 302 to a login page
    "unauthorized",  # S15, S16: 401 INVALID_SESSION_ID
    "unauthorized-html",  # S17: 401 with a page
    "api-limit",  # S18: 403 REQUEST_LIMIT_EXCEEDED, for the day unless `message` says else
    "too-many-requests",  # S19: 429, with `retry_after` or without
    "server-error",  # S20: 500, or `status`
    "gateway-after",  # S21: 502, or `status`, after the commit
    "maintenance",  # S22: 503 with a page
    "row-errors",  # S23: the rows in `rows` fail with `code`
    "fewer-results",  # S24: the last result is missing
    "other-ids",  # S25: results have ids of other records
    "multiple",  # S26: 300 with addresses
    "wrong-charset",  # S27: UTF-8 that calls itself Latin-1 ...
    "bom",  # ... that begins with a byte order mark ...
    "nan",  # ... that holds NaN
    "huge",  # S28: an answer of `megabytes`
    "gzip-bomb",  # S29: the same, packed small
    "moved",  # S30: 404, or `status`, because the instance moved
    "version-gone",  # S32: 410
]
_NUMBERS = {
    "S1": "refuse", "S2": "reset-before", "S3": "reset-after", "S4": "reset-mid-answer",
    "S5": "close-after", "S6": "truncated", "S7": "chunked-cut", "S8": "slow-answer",
    "S9": "hang-before", "S10": "hang-after", "S11": "late-commit", "S12": "html",
    "S13": "html-after", "S14": "redirect", "S15": "unauthorized", "S16": "unauthorized",
    "S17": "unauthorized-html", "S18": "api-limit", "S19": "too-many-requests",
    "S20": "server-error", "S21": "gateway-after", "S22": "maintenance", "S23": "row-errors",
    "S24": "fewer-results", "S25": "other-ids", "S26": "multiple", "S27": "wrong-charset",
    "S28": "huge", "S29": "gzip-bomb", "S30": "moved", "S32": "version-gone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and with which requests.

    `number` is the number of a request in the org's list of requests, `path` a regular expression
    that is searched for in its path. `skip` requests that fit go well first; `times` 0 is for ever.
    """

    kind: FaultKind
    number: int | None = None
    path: str | None = None
    method: str | None = None
    skip: int = 0
    times: int = 1
    seconds: float = 0.0
    held: bool = False
    status: int = 0
    retry_after: int | None = None
    rows: tuple[int, ...] = (0,)
    code: str = "UNABLE_TO_LOCK_ROW"
    message: str = ""
    megabytes: int = 50

    def fits(self, number: int, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return (
            self.number in (None, number)
            and self.method in (None, method)
            and (self.path is None or re.search(self.path, path) is not None)
        )

    def row_errors(self) -> dict[int, ErrorDetail]:
        """Return the errors of records, by their place in the request."""
        if self.kind != "row-errors":
            return {}
        words = self.message or _ROW_MESSAGES.get(self.code, "an error of this record")
        fields = ("Description",) if self.code == "STRING_TOO_LONG" else ()
        return {row: ErrorDetail(self.code, words, fields) for row in self.rows}


_ROW_MESSAGES = {
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "Not in this org",
    "STRING_TOO_LONG": "Description: data value too large: ... (max length=32000)",
    "DUPLICATE_VALUE": "duplicate value found: Other__c duplicates value on record with id: "
    "00T5e0000000zzzEAA",
}


def parse_kind(name: str) -> FaultKind:
    """Return a kind by its name or its number (S1 to S32). Raise `ValueError` for others."""
    wanted = _NUMBERS.get(name, name)
    for known in get_args(FaultKind):
        if known == wanted:
            return known  # type: ignore[no-any-return]  # get_args is untyped
    raise ValueError(f"no such fault: {name}")


class FaultScript:
    """The faults that wait for their request, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._held: list[Callable[[], object]] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self._waiting.append(fault)

    def hold(self, work: Callable[[], object]) -> None:
        """Keep what is to be committed later, until `land`."""
        self._held.append(work)

    def land(self) -> int:
        """Commit what was kept, in order; return how many requests it was."""
        held, self._held = self._held, []
        for work in held:
            work()
        return len(held)

    def clear(self) -> None:
        """Remove all faults."""
        self._waiting.clear()

    def take(self, number: int, method: str, path: str) -> Fault | None:
        """Return the fault for this request, which uses it up; None if the request goes well."""
        for place, fault in enumerate(self._waiting):
            if not fault.fits(number, method, path):
                continue
            if fault.skip:
                self._waiting[place] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.times == 1:
                del self._waiting[place]
            elif fault.times:
                self._waiting[place] = replace(fault, times=fault.times - 1)
            return fault
        return None
