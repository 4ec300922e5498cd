"""Calls that insert Tasks: which go into the next one, and what its answer means for each of them.

They go in order, and none to a record that another call is at work on (T9). A call that fails as a
whole comes back as two halves, which go first, until a single Task is refused (W7). Two halves that
pass tell that the call was too large for a trigger, so later calls are as small; one half that
fails tells of a row in it, and the size stays. Bounds keep an org whose trigger refuses everything
from costing a call for each Task: after `_MOST_ON_RECORD` single refusals on a record on which
nothing passed, no more goes there; after `_MOST_IN_ALL` in a row in a run in which nothing passed
at all, nothing more is sent.

Rows that met a lock are sent again after a pause, and nothing else is. Tasks whose owner may not
own them are written for the connected user (O3).
"""

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Final, NamedTuple, Self

from wasf.core.auth import UserId
from wasf.core.policy import LARGEST_BATCH
from wasf.core.records import RecordId, Task, TaskKey
from wasf.core.refusals import NO_ACCESS, RecordRefusal
from wasf.interfaces import (
    NOT_SEEN,
    KeyField,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    ApiError,
    Execution,
    Inserted,
    Object,
    Rejected,
    RequestFailed,
    RestClient,
    full_id,
    insert_records,
    is_locked,
    refusal_of,
    refusal_of_request,
)
from wasf.salesforce.objects import TASK_FIELDS, further_fields, record_body
from wasf.values import dataclass

_TASK_ID: Final = re.compile(r"\b00T[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?\b")
_MOST_ON_RECORD: Final = 5
_MOST_IN_ALL: Final = 16
_GOOD_CALLS: Final = 10


@dataclass(frozen=True, slots=True)
class BatchSize:
    """The size of calls: `size` now, `most` if the org allows it.

    After `needed` good calls of the whole size the double is tried. Each time that fails, twice as
    many good calls are needed.
    """

    most: int = LARGEST_BATCH
    size: int = LARGEST_BATCH
    good: int = 0
    needed: int = _GOOD_CALLS

    @classmethod
    def starting_at(cls, size: int, most: int) -> Self:
        """Return the size to start with; `size` 0: nothing is known of the org."""
        return cls(most, min(size or most, most))

    @property
    def is_limited(self) -> bool:
        """Whether calls are smaller than they might be."""
        return self.size < self.most

    def worked(self, rows: int) -> "BatchSize":
        """Return the size after a call of so many rows that did not fail as a whole."""
        if rows < self.size or not self.is_limited:
            return self
        if self.good + 1 < self.needed:
            return replace(self, good=self.good + 1)
        return replace(self, size=min(2 * self.size, self.most), good=0)

    def too_many(self, rows: int) -> "BatchSize":
        """Return the size after a call of so many rows failed and both its halves passed."""
        half = max(1, rows // 2)
        if half >= self.size:
            return self
        return replace(self, size=half, good=0, needed=2 * self.needed)


class TaskCall(NamedTuple):
    """Tasks that go into one call. `half_of` is the number of the call that was halved.

    `has_waited`: a lock that failed the whole call was waited for.
    """

    number: int
    tasks: tuple[Task, ...]
    half_of: int | None = None
    has_waited: bool = False

    @property
    def records(self) -> frozenset[RecordId]:
        """The records that its Tasks stand on."""
        return frozenset(
            record for task in self.tasks for record in (task.who_id, task.what_id) if record
        )


class TaskCalls:
    """The Tasks of one run that wait for their call. For one thread.

    While it `is_probing`, one Task is sent; if it is refused with its call, that stops the rest.

    `size` is what was learned of the size of calls, `limit` the refusal from which it was learned,
    `stopped` the refusal after which nothing more is sent.
    """

    def __init__(self, size: BatchSize, *, is_probing: bool = False) -> None:
        self.size = size
        self._is_probing = is_probing
        self.limit: RecordRefusal | None = None
        self.stopped: RecordRefusal | None = None
        self.has_passed = False
        self._waiting: list[TaskCall] = []
        self._busy: Counter[RecordId] = Counter()
        self._numbers = count(1)
        self._halved: dict[int, tuple[int, RecordRefusal]] = {}
        self._good_halves: Counter[int] = Counter()
        self._refused_alone = 0
        self._refused_on: Counter[RecordId] = Counter()
        self._passed_on: set[RecordId] = set()
        self._blocked: dict[RecordId, RecordRefusal] = {}

    @property
    def count(self) -> int:
        """How many calls wait."""
        return len(self._waiting)

    def add(self, tasks: Sequence[Task]) -> None:
        """Put further Tasks behind those that wait."""
        if tasks:
            self._waiting.append(TaskCall(next(self._numbers), tuple(tasks)))

    def take(self) -> TaskCall | None:
        """Return the first call that may be sent now.

        None if a call in flight writes to a record of each one that waits.
        """
        taken = frozenset(record for record, calls in self._busy.items() if calls)
        for place, call in enumerate(self._waiting):
            if not call.records & taken:
                del self._waiting[place]
                call = self._cut(call, place)
                self._busy.update(call.records)
                return call
            taken |= call.records
        return None

    def passed(self, call: TaskCall, tasks: Sequence[Task]) -> None:
        """Take note of a call that did not fail as a whole, and of the Tasks that are written."""
        self._free(call)
        self._is_probing = False
        self.size = self.size.worked(len(call.tasks))
        if tasks:
            self.has_passed = True
            self._refused_alone = 0
            self._passed_on.update(task.record for task in tasks)
        if call.half_of in self._halved:
            self._good_halves[call.half_of] += 1
            if self._good_halves[call.half_of] == 2:
                rows, self.limit = self._halved[call.half_of]
                self.size = self.size.too_many(rows)

    def failed_whole(
        self,
        call: TaskCall,
        tasks: Sequence[Task],
        refusal: RecordRefusal,
        *,
        by_lock: bool = False,
    ) -> bool:
        """Take note that Tasks failed with their call; return whether they are sent again.

        A single Task is not: it is refused. A lock says nothing of the size of calls.
        """
        self._free(call)
        if len(tasks) > 1:
            half = (len(tasks) + 1) // 2
            if not by_lock:
                self._halved[call.number] = len(tasks), refusal
            parts = (tuple(tasks[:half]), tuple(tasks[half:]))
            self._waiting[:0] = [
                TaskCall(next(self._numbers), one, call.number, by_lock) for one in parts
            ]
            return True
        self._note_single(tasks[0], refusal)
        return False

    def stop(self, refusal: RecordRefusal) -> None:
        """Send nothing more in this run."""
        self.stopped = self.stopped or refusal

    def lost(self, call: TaskCall) -> None:
        """Take note of a call without an answer."""
        self._free(call)

    def drop_unsent(self) -> list[tuple[Task, RecordRefusal]]:
        """Take out the Tasks that are not to be sent in this run: others like them were refused."""
        if self.stopped is None and not self._blocked:
            return []
        unsent: list[tuple[Task, RecordRefusal]] = []
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            left = []
            for task in call.tasks:
                refusal = self.stopped or self._blocked.get(task.record)
                if refusal is None:
                    left.append(task)
                else:
                    unsent.append((task, refusal))
            if left:
                half_of = call.half_of if len(left) == len(call.tasks) else None
                self._waiting.append(TaskCall(call.number, tuple(left), half_of))
        return unsent

    def drop_all(self) -> list[Task]:
        """Take out all Tasks that wait."""
        waiting, self._waiting = self._waiting, []
        return [task for call in waiting for task in call.tasks]

    def _cut(self, call: TaskCall, place: int) -> TaskCall:
        """Return the call, or its first part if it is too large now; the rest waits."""
        size = 1 if self._is_probing else self.size.size
        if len(call.tasks) <= size:
            return call
        first, rest = call.tasks[:size], call.tasks[size:]
        self._waiting.insert(place, TaskCall(next(self._numbers), rest))
        return TaskCall(next(self._numbers), first)

    def _free(self, call: TaskCall) -> None:
        self._busy.subtract(call.records)

    def _note_single(self, task: Task, refusal: RecordRefusal) -> None:
        record = task.record
        self._refused_alone += 1
        self._refused_on[record] += 1
        if record not in self._passed_on and self._refused_on[record] >= _MOST_ON_RECORD:
            self._blocked[record] = refusal
        if self._is_probing or (not self.has_passed and self._refused_alone >= _MOST_IN_ALL):
            self.stopped = refusal


# --- Sending --------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """What Salesforce said of the Tasks of a call, by their keys, and whose they are now.

    `failed` is the error of a request without an answer: no result is there of the Tasks in it.
    `for_user` are the Tasks that were written for the connected user, because their owner may not
    own them (O3). `seconds` is how long it all took.
    """

    results: Mapping[TaskKey, Inserted | Rejected]
    failed: RequestFailed | None = None
    for_user: frozenset[TaskKey] = frozenset()
    seconds: float = 0.0


def send_call(
    client: RestClient,
    retry: RetryPolicy | None,
    tasks: Sequence[Task],
    key_field: KeyField,
    user_id: UserId,
) -> Answer:
    """Insert at most 200 Tasks, as `_send` does, and measure how long that takes."""
    begins = time.monotonic()
    answer = _send(client, retry, tasks, key_field, user_id)
    return answer._replace(seconds=time.monotonic() - begins)


def _send(
    client: RestClient,
    retry: RetryPolicy | None,
    tasks: Sequence[Task],
    key_field: KeyField,
    user_id: UserId,
) -> Answer:
    """Insert at most 200 Tasks. Those that met a lock are tried again, no others.

    Those whose owner may not own them are written for the connected user.
    """
    results: dict[TaskKey, Inserted | Rejected] = {}
    for_user: set[TaskKey] = set()
    waiting = list(tasks)
    tries = 1
    while waiting:
        bodies = [task_body(task, key_field) for task in waiting]
        try:
            answers = insert_records(client, "Task", bodies)
        except RequestFailed as failed:
            left = {task.key for task in waiting}
            known = {key: one for key, one in results.items() if key not in left}
            return Answer(known, failed, frozenset(for_user))
        results |= {task.key: one for task, one in zip(waiting, answers, strict=True)}
        locked = [task for task in waiting if is_locked(results[task.key])]
        waiting = [
            replace(task, owner_id=user_id)
            for task in waiting
            if task.owner_id != user_id and _lacks_access(results[task.key])
        ]
        for_user |= {task.key for task in waiting}
        if locked and retry is not None and tries < retry.attempts:
            retry.wait(tries)
            tries += 1
            waiting += locked
    return Answer(results, for_user=frozenset(for_user))


def task_body(task: Task, key_field: KeyField) -> Object:
    """Return a Task as Salesforce takes it (T4)."""
    further = further_fields(task.fields)
    return further | record_body(TASK_FIELDS, task, **{key_field.name: task.key})


def _lacks_access(result: Inserted | Rejected) -> bool:
    return isinstance(result, Rejected) and result.code == NO_ACCESS


def lost(task: Task, failed: RequestFailed) -> TaskOutcome:
    """Return the outcome of a Task whose request failed."""
    if failed.execution is Execution.NOT_EXECUTED:
        return TaskNotSent(task.key)
    return TaskInDoubt(task.key)


def refusal_of_call(failed: RequestFailed, call: TaskCall) -> RecordRefusal | None:
    """Return why Salesforce refused a request because of what is in it, None for other errors."""
    if not failed.is_refused_content or (failed.is_too_slow and len(call.tasks) == 1):
        return None
    return refusal_of_request(failed, texts_of(call.tasks))


def texts_of(tasks: Sequence[Task]) -> list[str]:
    """Return the texts of Tasks that Salesforce may repeat in a message."""
    return [text for task in tasks for text in (task.subject, task.description)]


def outcome(task: Task, answer: Answer, key_field: KeyField) -> TaskOutcome:
    """Return the outcome of a Task of a call that was answered."""
    result = answer.results[task.key]
    if isinstance(result, Inserted):
        lacking = task.owner_id if task.key in answer.for_user else None
        return TaskLogged(task.key, result.id, lacking)
    return outcome_of_rejected(task.key, result, texts_of([task]), key_field)


def outcome_of_rejected(
    key: TaskKey, result: Rejected, withheld: Sequence[str], key_field: KeyField
) -> TaskLogged | TaskRefused:
    """Return what a refusal says of a Task: its key may be there already.

    What the refusal repeats of the texts `withheld` is left out of its words.
    """
    for error in result.errors:
        if key_field.is_unique and is_key_duplicate(error, key_field):
            return TaskLogged(key, _named_task(error) or NOT_SEEN)
    return TaskRefused(key, refusal_of(result, withheld))


def is_key_duplicate(error: ApiError, key_field: KeyField) -> bool:
    """Return whether the key is there already; a duplicate in another field is a refusal."""
    if error.code != "DUPLICATE_VALUE":
        return False
    words = re.findall(r"\w+", error.message)
    return key_field.name in words or key_field.name in error.fields


def _named_task(error: ApiError) -> RecordId | None:
    found = _TASK_ID.search(error.message)
    return full_id(found[0]) if found else None
