"""What a team chose: the part of the settings that decisions depend on."""

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


@dataclass(frozen=True, slots=True)
class Rules:
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
