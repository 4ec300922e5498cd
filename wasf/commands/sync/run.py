"""What happens on the way of a plan to Salesforce: where it goes, and what became of it so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from wasf.core.chats import ChatId
from wasf.core.plan import Target
from wasf.core.policy import SyncPolicy
from wasf.interfaces import Org, OrgFacts, Progress
from wasf.store.ledger.model import Ledger

NEXT_SYNC = "tried again at the next sync"


class Reason(NamedTuple):
    """Reason a chat waits, and what settles it."""

    reason: str
    hint: str = NEXT_SYNC


def refused_by_salesforce(what: str, code: str, fields: Sequence[str]) -> str:
    """A reason: Salesforce's code and the fields that it named, never a value."""
    named = f" ({', '.join(fields)})" if fields else ""
    return f"Salesforce refused {what}: {code}{named}"


@dataclass(slots=True)
class SyncResult:
    """What happened so far; delivery adds to it, the report is made from it.

    The one value here that changes: it has to tell the truth also when a run ends in the middle.
    """

    tasks_created: int = 0
    leads_created: int = 0
    leads_reopened: int = 0
    files_uploaded: int = 0
    refused: int = 0
    why: dict[ChatId, Reason] = field(default_factory=dict)
    targets: dict[ChatId, Target] = field(default_factory=dict)
    tasks: dict[ChatId, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: dict[ChatId, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyncContext:
    """Where a delivery goes, and what it needs on the way.

    `quarantine` is how long an outcome that nobody knows is left alone where keys are not unique.
    """

    org: Org
    ledger: Ledger
    facts: OrgFacts
    task_status: str
    rules: SyncPolicy
    quarantine: timedelta
    clock: Callable[[], datetime]
    progress: Progress
    check_stop: Callable[[], None]
