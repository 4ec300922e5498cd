"""Bulk jobs: Tasks of a backfill that Salesforce inserts by itself, from one upload.

A backfill of many Tasks goes as jobs, one after the other. A job goes these ways, and each step is
in the ledger before the request after it is sent, so that any machine can go on with it:

    planned ──POST──► created ──PUT──► uploaded ──PATCH──► at work ──► results
       │                 │                 │                  │
    nothing was sent   aborted: nothing   closed again    a job that is gone: its Tasks
                       was started                        are looked up by their keys

`next_step` is what to do with a job, by what the ledger knows and what Salesforce says of it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Final, NamedTuple

from wasf.core.records import RecordId
from wasf.core.refusals import LOCKED, NO_ACCESS, RecordRefusal

PATIENCE: Final = timedelta(minutes=10)
"""How long a run waits for a job that does not go on; the next run takes its results then."""

ASKED_AGAIN: Final = timedelta(seconds=30)
"""How long a run that does not wait leaves a job alone after an earlier one asked for it."""

KEPT: Final = timedelta(days=7)
"""How long Salesforce keeps a job and its results."""

_FIRST_PAUSE, _LONGEST_PAUSE = 2, 30  # seconds


class JobState(StrEnum):
    """The state of a job, in Salesforce's words.

    `HIDDEN`: it is another user's job, which the connected user may not read.
    """

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    AT_WORK = "InProgress"
    COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"
    HIDDEN = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to its Tasks, so that there are results."""
        return self in (JobState.COMPLETE, JobState.FAILED, JobState.ABORTED)


class JobStatus(NamedTuple):
    """What Salesforce says of a job: how many rows it has seen, and how many of them it refused.

    `words` say why a job failed.
    """

    state: JobState
    processed: int = 0
    refused: int = 0
    words: str = ""


class JobFile(StrEnum):
    """The files in which the results of a job are, by their names in addresses."""

    LOGGED = "successfulResults"
    REFUSED = "failedResults"
    NOT_PROCESSED = "unprocessedrecords"


class JobStep(StrEnum):
    """How far wasf is with a job."""

    PLANNED = "planned"
    CREATED = "created"
    UPLOADED = "uploaded"


class BulkJob(NamedTuple):
    """A job as the ledger knows it. `id` is "" until Salesforce has given it one.

    `key_field` is the field that its Tasks have their keys in, `tasks` says how many they are.
    `asked_at` (UTC) is when Salesforce said the `status`, None: it was never asked.
    """

    number: int
    id: RecordId
    step: JobStep
    key_field: str
    tasks: int
    begun_at: datetime
    asked_at: datetime | None = None
    status: JobStatus = JobStatus(JobState.OPEN)

    @property
    def name(self) -> str:
        """Its id, as it is shown to people."""
        return f"bulk job {self.id}" if self.id else "a bulk job"


class NextStep(Enum):
    """What to do with a job.

    `NOT_SENT`: put its Tasks back, nothing of it was or will be written. `LOOK_UP`: find its Tasks
    by their keys. `READ`: take its results, then look up what is in none of them.
    """

    NOT_SENT = auto()
    ABORT = auto()
    CLOSE = auto()
    WAIT = auto()
    READ = auto()
    LOOK_UP = auto()


def next_step(job: BulkJob, status: JobStatus | None, now: datetime) -> NextStep:
    """Return what to do with a job; `status` None: Salesforce has no such job any more.

    A job that was created and not closed has written nothing, and cannot, once it is aborted.
    """
    if not job.id:
        return NextStep.NOT_SENT
    if status is None:
        return NextStep.LOOK_UP
    if status.state is JobState.HIDDEN:
        return NextStep.LOOK_UP if now - job.begun_at > KEPT else NextStep.WAIT
    if status.state is JobState.OPEN:
        return NextStep.CLOSE if job.step is JobStep.UPLOADED else NextStep.ABORT
    if not status.state.is_over:
        return NextStep.WAIT
    if status.state is not JobState.COMPLETE and not status.processed:
        return NextStep.NOT_SENT
    return NextStep.READ


def result_files(status: JobStatus) -> Iterator[JobFile]:
    """Yield the files in which something is, by the counts of a job that is over."""
    if status.processed > status.refused:
        yield JobFile.LOGGED
    if status.refused:
        yield JobFile.REFUSED
    if status.state is not JobState.COMPLETE:
        yield JobFile.NOT_PROCESSED


def is_sent_alone(refusal: RecordRefusal) -> bool:
    """Whether a Task that a job could not write may pass in a smaller call.

    It met a lock, another row failed its chunk, or it can be written for the connected user (O3).
    """
    return refusal.may_be_of_whole_call or refusal.code in (LOCKED, NO_ACCESS)


def pauses() -> Iterator[int]:
    """Yield for how many seconds to wait each time before a job is asked for again."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE)
