"""Every possible outcome of what is written to a Salesforce org: Tasks, Leads, rows of a job."""

from enum import Enum, auto
from typing import Final, NamedTuple

from wasf.core.auth import UserId
from wasf.core.records import RecordId, RecordType, TaskKey
from wasf.core.refusals import RecordRefusal
from wasf.core.text import counted
from wasf.errors import WasfError

NOT_SEEN: Final = RecordId("")
"""The id of a Task that is there, and that the connected user may not see."""


class TaskLogged(NamedTuple):
    """The Task is in Salesforce: written now, or already there (`NOT_SEEN`: not visible).

    `instead_of`: the owner for whom it could not be written; it is the connected user's now (O3).
    """

    key: TaskKey
    task_id: RecordId
    instead_of: UserId | None = None


class TaskRefused(NamedTuple):
    """Salesforce refused the Task; nothing was written."""

    key: TaskKey
    refusal: RecordRefusal


class TaskNotSent(NamedTuple):
    """It was certainly not sent: others were refused (`refusal`), or an error ended the run."""

    key: TaskKey
    refusal: RecordRefusal | None = None


class BatchLimit(NamedTuple):
    """How many Tasks the org takes in one call, if fewer than it may; `words` say why."""

    size: int
    words: str = ""

    @property
    def message(self) -> str:
        """What people are told, without its full stop."""
        why = f" ({self.words})" if self.words else ""
        return f"The org takes {counted(self.size, 'Task')} at once{why}"


class TaskInDoubt(NamedTuple):
    """The request may have been executed; only a search by key can tell."""

    key: TaskKey


class TaskChanged(NamedTuple):
    """Somebody changed or deleted the Task that was to grow; nothing was written."""

    key: TaskKey


TaskOutcome = TaskLogged | TaskRefused | TaskNotSent | TaskInDoubt


class LeadWritten(NamedTuple):
    """The Lead was created or changed; `tasks` are those that were written together with it."""

    id: RecordId
    tasks: tuple[TaskLogged, ...] = ()


class LeadTaken(NamedTuple):
    """A Task of the new Lead is there already: another request made the Lead. Nothing was written.

    `tasks` are those that are there; `record` is the person that they stand on, if that was looked
    up.
    """

    tasks: tuple[TaskLogged, ...]
    record: RecordId | None = None


class LeadDuplicate(NamedTuple):
    """A duplicate rule blocked the Lead; nothing was written (M11).

    `rule` is the rule's API name, or "". `named` are the Contacts and Leads that the user may see,
    `others` counts records of other objects. `can_be_saved`: see `NewLead`.
    """

    rule: str
    named: tuple[tuple[RecordType, RecordId], ...]
    can_be_saved: bool
    others: int = 0


class LeadNotSent(NamedTuple):
    """The request was certainly not executed; `error` says why."""

    error: WasfError


class LeadInDoubt(NamedTuple):
    """The request may have been executed."""


class LeadChangedMeanwhile(NamedTuple):
    """Somebody changed the Lead after it was read; nothing was written."""


LeadOutcome = (
    LeadWritten
    | RecordRefusal
    | LeadDuplicate
    | LeadNotSent
    | LeadInDoubt
    | LeadChangedMeanwhile
    | LeadTaken
)


class WriteOutcome(NamedTuple):
    """What became of a write to one record: done, unless `refused` is Salesforce's errorCode.

    A deletion is done, too, if the record was gone before.
    """

    id: RecordId
    refused: str = ""


class RowFit(Enum):
    """Whether Tasks went into the rows of a job.

    `FULL`: they go into the next job. `UNFIT`: no table can carry them, they go another way.
    """

    TAKEN = auto()
    FULL = auto()
    UNFIT = auto()
