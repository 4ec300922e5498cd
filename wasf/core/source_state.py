"""What the ledger keeps of sources: calls used, silent accounts, reports, files that are logged."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from wasf.values import dataclass

_DAY = timedelta(days=1)
_LITTLE = 0.1


DISCONNECTED = " silent"
"""What the names have in common under which disconnected accounts stand."""


class ApiFacts(NamedTuple):
    """Under which names the ledger keeps what the chat API `name` said of itself.

    `title` is its name for people. `parts` name the parts of it that keep accounts of their own.
    """

    name: str
    title: str
    parts: tuple[str, ...] = ("",)

    @property
    def quota(self) -> str:
        """The name under which the quota stands."""
        return f"{self.name} quota"

    def disconnected(self, part: str) -> str:
        """Return the name under which the disconnected accounts of a part stand."""
        return f"{self.name}{DISCONNECTED} {part}".rstrip()


# --- Calls -------------------------------------------------------------------------------------


class Quota(NamedTuple):
    """Calls of a workspace in its period (UTC): how many are used, and how many there are."""

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
        """Return what `as_text` was made of; None for ""."""
        if not kept:
            return None
        used, total, start, end, at = json.loads(kept)
        quota = Quota(used, total, datetime.fromisoformat(start), datetime.fromisoformat(end))
        return cls(quota, datetime.fromisoformat(at))

    def as_text(self) -> str:
        """Return it as the ledger keeps it."""
        used, total, start, end = self.quota
        return json.dumps([used, total, start.isoformat(), end.isoformat(), self.at.isoformat()])

    def is_due(self, now: datetime) -> bool:
        """Return whether to ask again: after a day, in a new period, or when little was left."""
        left = self.quota.total - self.quota.used
        return now - self.at >= _DAY or now >= self.quota.end or left < self.quota.total * _LITTLE

    @property
    def forecast(self) -> int:
        """Calls used at the end of the period, if it goes on at the same pace."""
        passed = (self.at - self.quota.start) / (self.quota.end - self.quota.start)
        return round(self.quota.used / passed) if passed > 0 else self.quota.used


# --- Accounts ----------------------------------------------------------------------------------


class DisconnectedAccount(NamedTuple):
    """A number of ours of which the chat API `title` gets nothing any more.

    That is no error: what was read stays, and nothing new comes. So it has to be told.
    """

    number: str
    title: str

    def __str__(self) -> str:
        """Return the sentence for people, without its full stop."""
        return (
            f"The WhatsApp account {self.number} is disconnected from {self.title}: nothing new of"
            " it comes until somebody connects it there again"
        )


KnownApis = Mapping[str, Callable[[], ApiFacts | None]]
"""What the ledger keeps of chat APIs, by their names; None where one cannot be loaded."""


def numbers_text(numbers: Collection[str]) -> str:
    """Return numbers as the ledger keeps them."""
    return ",".join(sorted(numbers))


def disconnected_accounts(
    recall: Callable[[str], str], apis: Iterable[ApiFacts]
) -> tuple[DisconnectedAccount, ...]:
    """Return all accounts that were disconnected when the APIs were last asked."""
    return tuple(
        DisconnectedAccount(number, api.title)
        for api in apis
        for part in api.parts
        for number in recall(api.disconnected(part)).split(",")
        if number
    )


# --- Reports -----------------------------------------------------------------------------------

REPORTS = "source reports"
"""The name under which the ledger keeps the reports of all providers."""

_MOST_REPORTS = 50
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class SourceReport(NamedTuple):
    """What a provider reports that is no message: the account was banned, a part is refused.

    `source` is the provider's title, `subject` our number or a part of the API, "" if it is all of
    it. A `code` that is reported again replaces the earlier report; with the text "" it ends it.
    `at` is in UTC; None: when it came.
    """

    source: str
    subject: str
    code: str
    text: str
    at: datetime | None = None

    def __str__(self) -> str:
        """Return the sentence for people, without its time and its full stop."""
        of = ", ".join(filter(None, [self.source, self.subject]))
        return f"{of} reports {': '.join(filter(None, [self.code, self.text]))}"


def reports_of(kept: str) -> tuple[SourceReport, ...]:
    """Return the reports that the ledger keeps, oldest first."""
    rows = json.loads(kept) if kept else []
    return tuple(
        SourceReport(source, subject, code, text, datetime.fromisoformat(at))
        for source, subject, code, text, at in rows
    )


def reports_text(kept: str, new: Iterable[SourceReport]) -> str:
    """Return the reports as the ledger keeps them, with new ones; "" if none is left."""
    reports = {one[:3]: one for one in reports_of(kept)}
    for one in new:
        reports.pop(one[:3], None)
        if one.text:
            reports[one[:3]] = one
    last = list(reports.values())[-_MOST_REPORTS:]
    rows = [[*one[:4], (one.at or _NEVER).isoformat()] for one in last]
    return json.dumps(rows) if rows else ""


# --- Files -------------------------------------------------------------------------------------

LOGGED_FILES = "logged export files"
"""The name under which the ledger keeps the files of which everything is logged."""


class LoggedFile(NamedTuple):
    """A file of which all messages were logged when it was read `at` (UTC).

    `state`, `content` and `chat` are hashes: of the file's size and times and of what it holds,
    both with the settings, and of its chat in the ledger. `size` is in bytes.
    """

    state: str
    size: int
    content: str
    chat: str
    messages: int
    notices: int
    at: datetime


def logged_files(kept: str) -> dict[str, LoggedFile]:
    """Return what `logged_files_text` was made of; nothing for ""."""
    rows = json.loads(kept) if kept else {}
    return {
        name: LoggedFile(state, size, content, chat, messages, notices, datetime.fromisoformat(at))
        for name, (state, size, content, chat, messages, notices, at) in rows.items()
    }


def logged_files_text(files: Mapping[str, LoggedFile]) -> str:
    """Return files, by the hashes of their places, as the ledger keeps them; "" for none."""
    rows = {name: [*one[:-1], one.at.isoformat()] for name, one in files.items()}
    return json.dumps(rows) if rows else ""
