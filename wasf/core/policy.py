"""SyncPolicy: the settings that decisions depend on."""

import math
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import timedelta, tzinfo
from enum import StrEnum
from typing import Final, Self

from wasf.values import dataclass

LARGEST_BATCH: Final = 200
"""How many records Salesforce takes in one call."""

MOST_CALLS_IN_FLIGHT: Final = 8
"""How many calls with Tasks are under way at once, at most."""


class Attachments(StrEnum):
    """What wasf does with attached files (T8)."""

    NAMES = "names"
    FILES = "files"


class Groups(StrEnum):
    """What wasf does with group chats (T7)."""

    SKIP = "skip"
    PARTICIPANTS = "participants"


class NewChats(StrEnum):
    """What wasf does with a chat that it never read before (X2)."""

    LOG = "log"
    ASK = "ask"


class SameName(StrEnum):
    """What wasf does where one record has the chat's name and no number at all (M13)."""

    WAIT = "wait"
    LEAD = "lead"
    USE = "use"


class AccountNumber(StrEnum):
    """What wasf does with a chat whose number stands on a business Account only (M12)."""

    LEAD = "lead"
    WAIT = "wait"
    LOG = "log"


class PhoneSearch(StrEnum):
    """How numbers are searched: by their digits in any spelling, or by the usual spellings (M8)."""

    FULL = "full"
    USUAL = "usual"


class RelatedObject(StrEnum):
    """The objects to which a Task can be related (R1)."""

    OPPORTUNITY = "opportunity"
    CASE = "case"
    ACCOUNT = "account"


class CreatedDate(StrEnum):
    """Which time the CreatedDate of a Task is (T9)."""

    WRITTEN = "written"
    MESSAGE = "message"


class Language(StrEnum):
    """The language of wasf's own words in Tasks, by its code in ISO 639-1 (T11)."""

    ENGLISH = "en"
    HINDI = "hi"
    SPANISH = "es"
    PORTUGUESE = "pt"
    FRENCH = "fr"
    GERMAN = "de"
    ITALIAN = "it"
    INDONESIAN = "id"
    ARABIC = "ar"
    TURKISH = "tr"
    RUSSIAN = "ru"


class GroupWrite(StrEnum):
    """When the Task of a window is written: when it is over, or with its first message (T3a)."""

    CLOSED = "closed"
    OPEN = "open"


class DateOrder(StrEnum):
    """The order of day, month and year in dates; `AUTO`: decide it, or refuse the file."""

    AUTO = "auto"
    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


@dataclass(frozen=True, slots=True)
class Reserve:
    """The part of the org's daily API calls that wasf leaves to others: a share or a number."""

    share: float = 0.0
    calls: int = 0

    def of(self, limit: int) -> int:
        """Return the number of reserved calls for a daily limit."""
        return max(self.calls, math.ceil(limit * self.share))

    def allows(self, used: int, limit: int) -> bool:
        """Return whether one more call may be made after so many of a daily limit."""
        return used + 1 <= limit - self.of(limit)

    def __str__(self) -> str:
        return str(self.calls) if self.calls else f"{self.share * 100:g}%"


@dataclass(frozen=True, slots=True)
class SyncPolicy:
    """The settings that decisions depend on.

    `frequency` is the length of a window, None for real-time (T1, T2). `zone` is the time zone of
    windows and of a message's day. `default_region` (`DE`) is the country of numbers without a
    country code, or "". `lead_company`, `lead_source` and the template `task_subject` may be "".
    `closed_statuses` None: statuses that begin with "Closed" (M6). An empty `reopen_status` is the
    org's default status, an empty `link_field` the Description. `bulk_from` is how many Tasks go in
    bulk jobs, None: never. `related` is the order of objects
    to which Tasks are related (R1). `account_owners` are the e-mails of the owners of our WhatsApp
    accounts, by name or number (O2). `group_write`: T3a; `flush` writes windows that are open (T3).
    `report_fields`: Leads and Contacts tell of the last messages. `report_task`: how long a chat
    waits for an answer until its owner gets a Task; None: no Task.
    """

    zone: tzinfo
    frequency: timedelta | None = None
    default_region: str = ""
    create_leads: bool = True
    same_name: SameName = SameName.WAIT
    accounts: AccountNumber = AccountNumber.LEAD
    batch_size: int = LARGEST_BATCH
    bulk_from: int | None = 50_000
    lead_company: str = "[not provided]"
    lead_source: str = "WhatsApp"
    task_subject: str = ""
    task_language: Language = Language.ENGLISH
    related: tuple[RelatedObject, ...] = ()
    created_date: CreatedDate = CreatedDate.WRITTEN
    reopen_status: str = ""
    closed_statuses: tuple[str, ...] | None = None
    link_field: str = ""
    attachments: Attachments = Attachments.NAMES
    groups: Groups = Groups.SKIP
    new_chats: NewChats = NewChats.LOG
    account_owners: Mapping[str, str] = field(default_factory=dict)
    group_write: GroupWrite = GroupWrite.CLOSED
    report_fields: bool = False
    report_task: timedelta | None = None
    flush: bool = False

    def grows(self, *, is_group: bool) -> bool:
        """Return whether a chat's Tasks are written at once and grow; those of a group do not."""
        return bool(self.frequency) and self.group_write is GroupWrite.OPEN and not is_group

    def for_chat(self, *, is_group: bool) -> Self:
        """Return the settings for a chat: where its Tasks grow, open windows are written, too."""
        return replace(self, flush=True) if self.grows(is_group=is_group) else self
