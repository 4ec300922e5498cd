"""`MemoryJobs` keeps every promise of `TaskJobs` over a `MemoryOrg`; it fails as it is told to."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from wasf.core.bulk_jobs import JobFile, JobState, JobStatus
from wasf.core.records import RecordId, Task
from wasf.core.refusals import RecordRefusal
from wasf.errors import WasfError
from wasf.interfaces import KeyField, RowFit, TaskLogged, TaskNotSent, TaskOutcome, TaskRefused

WRONG_STATE = RecordRefusal("INVALIDJOBSTATE")


@dataclass
class MemoryJob:
    """A job: its rows, and what became of those that were processed."""

    state: JobState = JobState.OPEN
    tasks: list[Task] | None = None
    outcomes: list[TaskOutcome] = field(default_factory=list)
    words: str = ""
    lost: bool = False

    @property
    def status(self) -> JobStatus:
        refused = sum(isinstance(one, TaskRefused) for one in self.outcomes)
        return JobStatus(self.state, len(self.outcomes), refused, self.words)


class MemoryJobs:
    """Bulk jobs of an org in memory. Each look at one processes `pace` rows; `most` fit into one.

    `insert` writes a Task. `on_look` are what happens to a job instead, look by look. A request by
    the name in `refused` is refused, one in `failing` raises: before it was executed, or after.
    """

    def __init__(self, insert: Callable[[Task], TaskOutcome], calls: list[str]) -> None:
        self._insert, self._calls = insert, calls
        self.jobs: dict[RecordId, MemoryJob] = {}
        self.pace = 1_000_000
        self.most = 1_000_000
        self.unfit: Callable[[Task], bool] = lambda task: False
        self.on_look: deque[Callable[[MemoryJob], None]] = deque()
        self.refused: dict[str, RecordRefusal] = {}
        self.failing: dict[str, tuple[WasfError, bool]] = {}

    def fail(self, name: str, error: WasfError, *, after: bool = False) -> None:
        """The next request of that name raises this."""
        self.failing[name] = error, after

    @property
    def last(self) -> MemoryJob:
        """The job that was made last."""
        return list(self.jobs.values())[-1]

    def rows(self, key_field: KeyField) -> "MemoryRows":
        assert key_field.is_unique
        return MemoryRows(self)

    def create(self) -> RecordId | RecordRefusal:
        job_id = RecordId(f"750Mm0000{len(self.jobs):06d}AAA")

        def make() -> None:
            self.jobs[job_id] = MemoryJob()

        return self.request("create", make) or job_id

    def close(self, job_id: RecordId) -> RecordRefusal | None:
        job = self.jobs[job_id]
        if job.state is not JobState.OPEN or job.tasks is None:
            return WRONG_STATE
        return self.request("close", lambda: setattr(job, "state", JobState.UPLOADED))

    def abort(self, job_id: RecordId) -> RecordRefusal | None:
        job = self.jobs[job_id]
        if job.state.is_over:
            return WRONG_STATE
        return self.request("abort", lambda: setattr(job, "state", JobState.ABORTED))

    def status(self, job_id: RecordId) -> JobStatus | None:
        self.request("status", lambda: None)
        job = self.jobs.get(job_id)
        if job and self.on_look:
            self.on_look.popleft()(job)
        elif job and job.state is JobState.UPLOADED:
            job.state = JobState.AT_WORK
        elif job and job.state is JobState.AT_WORK:
            self.process(job, self.pace)
        return job.status if job_id in self.jobs and job else None

    def process(self, job: MemoryJob, rows: int) -> None:
        """Let Salesforce work on the next rows."""
        assert job.tasks is not None
        begun = len(job.outcomes)
        job.outcomes += [self._insert(task) for task in job.tasks[begun : begun + rows]]
        if len(job.outcomes) == len(job.tasks):
            job.state = JobState.COMPLETE

    def outcomes(
        self, job_id: RecordId, file: JobFile, key_field: KeyField
    ) -> Iterator[Sequence[TaskOutcome]]:
        self.request("outcomes", lambda: None)
        job = self.jobs[job_id]
        kinds = {JobFile.LOGGED: TaskLogged, JobFile.REFUSED: TaskRefused}
        told: list[TaskOutcome] = [
            one for one in job.outcomes if isinstance(one, kinds.get(file, TaskNotSent))
        ]
        if file is JobFile.NOT_PROCESSED:
            told = [TaskNotSent(task.key) for task in (job.tasks or [])[len(job.outcomes) :]]
        if not job.lost:
            yield from (told[at : at + 100][::-1] for at in range(0, len(told), 100))

    def request(self, name: str, work: Callable[[], None]) -> RecordRefusal | None:
        """Execute a request, unless it was told to be refused or to fail."""
        self._calls.append(name)
        error, is_after = self.failing.pop(name, (None, False))
        if error and not is_after:
            raise error
        if refusal := self.refused.get(name):
            return refusal
        work()
        if error:
            raise error
        return None


class MemoryRows:
    """`JobRows` as a list."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs
        self._tasks: list[Task] = []

    def add(self, tasks: Sequence[Task]) -> RowFit:
        if any(map(self._jobs.unfit, tasks)):
            return RowFit.UNFIT
        if self._tasks and len(self._tasks) + len(tasks) > self._jobs.most:
            return RowFit.FULL
        self._tasks += [replace(task) for task in tasks]
        return RowFit.TAKEN

    def following(self) -> "MemoryRows":
        return MemoryRows(self._jobs)

    def upload(self, job_id: RecordId) -> RecordRefusal | None:
        job = self._jobs.jobs[job_id]
        if job.state is not JobState.OPEN:
            return WRONG_STATE
        return self._jobs.request("upload", lambda: setattr(job, "tasks", self._tasks))
