"""The org's API calls: how many were made, and how many must be left for others."""

import re
import threading
from typing import Final

from wasf.core.policy import Reserve
from wasf.errors import ApiLimitReached
from wasf.interfaces import ApiUsage

_USAGE: Final = re.compile(r"(?:^|[;,\s])api-usage=(\d{1,12})/(\d{1,12})(?![\d/])")


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
