"""What a team chose: the part of the settings that more than one place has to know."""

import math
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from enum import StrEnum


class Attachments(StrEnum):
    """What becomes of attached files (T8)."""

    NAMES = "names"
    FILES = "files"


class Groups(StrEnum):
    """What becomes of group chats (T7)."""

    SKIP = "skip"
    PARTICIPANTS = "participants"


class DateOrder(StrEnum):
    """Which of a date's three fields is which; `AUTO` means: find out, or refuse."""

    AUTO = "auto"
    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


@dataclass(frozen=True, slots=True)
class Reserve:
    """The part of the org's daily calls that is left to others: a share (0.1), or a number."""

    share: float = 0.0
    calls: int = 0

    def of(self, limit: int) -> int:
        """How many calls that is."""
        return max(self.calls, math.ceil(limit * self.share))

    def __str__(self) -> str:
        return str(self.calls) if self.calls else f"{self.share * 100:g}%"


@dataclass(frozen=True, slots=True)
class SyncPolicy:
    """What a team chose.

    `frequency` is the length of a window, None for real-time (T1, T2). `zone` is where windows
    start at midnight and where a message's day is counted. `default_region` (`DE`) says how to read
    a number without a country code, "" if nobody said. `closed_statuses` None means: those that say
    so themselves (M6); `reopen_status` and `link_field` "" mean the org's default and the
    description.
    """

    zone: tzinfo
    frequency: timedelta | None = None
    default_region: str = ""
    create_leads: bool = True
    lead_company: str = "[not provided]"
    reopen_status: str = ""
    closed_statuses: frozenset[str] | None = None
    link_field: str = ""
    attachments: Attachments = Attachments.NAMES
    groups: Groups = Groups.SKIP
    flush: bool = False
