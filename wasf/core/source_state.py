"""How many calls a chat API's workspace may make, and how many it will have made in the end."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

# --- quota


QUOTA_FACT = "timelines quota"
"""Under this name the ledger remembers what was said last."""

_DAY = timedelta(days=1)
_LITTLE = 0.1


class Quota(NamedTuple):
    """Calls of the workspace in its period (UTC), and how many it has."""

    used: int
    total: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SeenQuota:
    """The quota as it was `at` (UTC)."""

    quota: Quota
    at: datetime

    @classmethod
    def from_text(cls, kept: str) -> Self | None:
        """What `as_text` gave; None for ""."""
        if not kept:
            return None
        used, total, start, end, at = json.loads(kept)
        quota = Quota(used, total, datetime.fromisoformat(start), datetime.fromisoformat(end))
        return cls(quota, datetime.fromisoformat(at))

    def as_text(self) -> str:
        """As the ledger keeps it."""
        used, total, start, end = self.quota
        return json.dumps([used, total, start.isoformat(), end.isoformat(), self.at.isoformat()])

    def is_due(self, now: datetime) -> bool:
        """Whether to ask again: after a day, in a new period, when little was left."""
        left = self.quota.total - self.quota.used
        return now - self.at >= _DAY or now >= self.quota.end or left < self.quota.total * _LITTLE

    @property
    def forecast(self) -> int:
        """Calls at the end of the period, if it goes on as it did."""
        passed = (self.at - self.quota.start) / (self.quota.end - self.quota.start)
        return round(self.quota.used / passed) if passed > 0 else self.quota.used


# --- silent
# Our WhatsApp accounts that a chat API hears no more, as the ledger remembers it.
#
# A disconnected account is no error: what was read stays, and nothing new comes. So nobody would
# notice, if nobody said it.


FACTS = ("timelines silent", "timelines silent waba-")
"""Under these names the ledger keeps the numbers: the ordinary ones, the official API's."""


def silent_text(numbers: Collection[str]) -> str:
    """Numbers as the ledger keeps them."""
    return ",".join(sorted(numbers))


def silent_numbers(recall: Callable[[str], str]) -> tuple[str, ...]:
    """All numbers that were disconnected when they were last asked for."""
    return tuple(number for name in FACTS for number in recall(name).split(",") if number)


def silent_line(number: str) -> str:
    """What to tell of such a number."""
    return (
        f"The WhatsApp account {number} is disconnected from TimelinesAI: nothing new of it comes"
        " until somebody connects it there again"
    )
