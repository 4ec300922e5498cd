"""How many API calls were made, and how many of the org's are left for others."""

import re
import threading
from typing import Final

from wasf.core.policy import Reserve
from wasf.errors import ApiLimitReached
from wasf.interfaces import ApiUsage

_USAGE: Final = re.compile(r"(?:^|[;,\s])api-usage=(\d{1,12})/(\d{1,12})(?![\d/])")


class ApiBudget:
    """Counts calls over all threads, and stops the one that would eat the reserve.

    What Salesforce says of the calls used comes with its answers, so the first call is always let
    through, and calls that are under way are added to what was said last.
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
        """What Salesforce said last; None before the first answer."""
        return self._usage

    def begin(self) -> None:
        """A call is about to be sent. Raises `ApiLimitReached` if it would eat the reserve."""
        with self._lock:
            if self._usage is not None:
                self._check(self._usage)
            self._under_way += 1
            self._calls += 1

    def end(self, limit_info: str | None, *, sent: bool = True) -> None:
        """A call is over; `limit_info` is the header of its answer, if there was one."""
        with self._lock:
            self._under_way -= 1
            self._calls -= not sent
            found = _USAGE.search(limit_info or "")
            if found:
                self._learn(ApiUsage(int(found[1]), int(found[2])))

    def _check(self, usage: ApiUsage) -> None:
        kept = self._reserve.of(usage.limit)
        if usage.used + self._under_way + 1 > usage.limit - kept:
            raise ApiLimitReached(
                f"The org has used {usage.used} of the {usage.limit} API calls that it may make in"
                f" 24 hours, and {kept} are kept for others.",
                "What is left is sent by a later sync; the setting api_reserve says how many calls"
                " are kept.",
            )

    def _learn(self, said: ApiUsage) -> None:
        """Answers can overtake each other: while others are under way, the higher number holds."""
        if self._usage and self._under_way and self._usage.limit == said.limit:
            said = max(said, self._usage)
        self._usage = said
