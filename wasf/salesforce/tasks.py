"""Inserts Tasks: batches of 200, several in flight, with the exact outcome of each Task.

simple-salesforce is not made for threads, so each batch in flight has a client of its own. Batches
are taken and outcomes are given on the caller's thread, so that only one thread uses the ledger.

A request that was certainly not executed (sign-in, limit, permission, no connection) ends the
sending. One whose outcome is unknown does not at once, because the next may succeed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, NamedTuple

from wasf.core.records import RecordId, Task
from wasf.interfaces import (
    KeyField,
    Move,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    MOST_RECORDS,
    ApiError,
    Execution,
    Inserted,
    Object,
    Rejected,
    RequestFailed,
    RestClient,
    full_id,
    insert_records,
    update_records,
)
from wasf.salesforce.objects import TASK_FIELDS, record_body

MOST_DOUBTS: Final = 3
"""Batches in a row with an unknown outcome, after which no further one is sent."""

_LOCK: Final = "UNABLE_TO_LOCK_ROW"
_WRAPPER: Final = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"  # a trigger failed; its text says of what
_TASK_ID: Final = re.compile(r"\b00T[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?\b")


class Sent(NamedTuple):
    """The outcomes of a batch, and the error if its request failed."""

    outcomes: Sequence[TaskOutcome]
    failed: RequestFailed | None = None


class _Trouble:
    """What went wrong so far, and whether sending is stopped."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.stopped = False
        self._doubts = 0

    def note(self, failed: RequestFailed | None) -> None:
        """Take note of a batch that was sent, and of its error."""
        if failed is None:
            self._doubts = 0
            return
        self._doubts += 1
        if failed.execution is Execution.NOT_EXECUTED or self._doubts >= MOST_DOUBTS:
            self.stop(failed.error)
        elif not self.stopped:
            self.error = failed.error

    def stop(self, error: Exception) -> None:
        """Send nothing more. The first error that stops the sending is the one to raise."""
        if not self.stopped:
            self.error = error
        self.stopped = True


class TaskWriter:
    """Sends batches of Tasks. Its clients, and so their connections, outlive a call."""

    def __init__(
        self, new_client: Callable[[], RestClient], retry: RetryPolicy, in_flight: int
    ) -> None:
        self._new_client = new_client
        self._retry = retry
        self._in_flight = in_flight
        self._idle: list[RestClient] = []

    def log(
        self, batches: Iterable[Sequence[Task]], key_field: KeyField
    ) -> Iterator[Sequence[TaskOutcome]]:
        """Send all batches; yield their outcomes. Raise the error after the last outcome."""
        source = iter(batches)
        trouble = _Trouble()
        under_way: dict[Future[Sent], RestClient] = {}
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="wasf-tasks") as pool:
            self._top_up(pool, source, key_field, under_way, trouble)
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                results = [self._collect(future, under_way, trouble) for future in done]
                # The next requests are under way before the caller records these outcomes.
                self._top_up(pool, source, key_field, under_way, trouble)
                yield from (outcomes for outcomes in results if outcomes)
        if trouble.error is not None:
            raise trouble.error

    def _top_up(
        self,
        pool: ThreadPoolExecutor,
        source: Iterator[Sequence[Task]],
        key_field: KeyField,
        under_way: dict[Future[Sent], RestClient],
        trouble: _Trouble,
    ) -> None:
        while len(under_way) < self._in_flight and not trouble.stopped:
            try:
                batch = next(source, None)
            except Exception as error:
                trouble.stop(error)  # raised after the outcomes of everything in flight
                return
            if batch is None:
                return
            if batch:
                client = self._idle.pop() if self._idle else self._new_client()
                future = pool.submit(send_batch, client, self._retry, batch, key_field)
                under_way[future] = client

    def _collect(
        self,
        future: Future[Sent],
        under_way: dict[Future[Sent], RestClient],
        trouble: _Trouble,
    ) -> Sequence[TaskOutcome]:
        self._idle.append(under_way.pop(future))
        bug = future.exception()
        if isinstance(bug, Exception):
            trouble.stop(bug)
            return ()
        sent = future.result()
        trouble.note(sent.failed)
        return sent.outcomes


def send_batch(
    client: RestClient, retry: RetryPolicy, batch: Sequence[Task], key_field: KeyField
) -> Sent:
    """Insert a batch of at most 200 Tasks. Those that met a lock are tried again, no others."""
    if len(batch) > MOST_RECORDS or len({task.key for task in batch}) < len(batch):
        raise ValueError("a batch is at most 200 Tasks with a key each of their own")
    outcomes: list[TaskOutcome] = []
    waiting = list(batch)
    tries = 1
    while True:
        try:
            results = insert_records(
                client, "Task", [task_body(task, key_field) for task in waiting]
            )
        except RequestFailed as failed:
            return Sent([*outcomes, *(_lost(task, failed) for task in waiting)], failed)
        pairs = list(zip(waiting, results, strict=True))
        again = [task for task, result in pairs if tries < retry.attempts and _is_locked(result)]
        outcomes += [
            _outcome(task, result, key_field) for task, result in pairs if task not in again
        ]
        if not again:
            return Sent(outcomes)
        retry.wait(tries)
        waiting, tries = again, tries + 1


def move_tasks(client: RestClient, ids: Sequence[RecordId], who_id: RecordId) -> list[Move]:
    """Name another Contact or Lead in 1 to 200 Tasks; return the outcomes in order."""
    records: list[Object] = [{"Id": task_id, "WhoId": who_id} for task_id in ids]
    outcomes = update_records(client, "Task", records)
    return [
        Move(task_id, outcome.code if isinstance(outcome, Rejected) else "")
        for task_id, outcome in zip(ids, outcomes, strict=True)
    ]


def task_body(task: Task, key_field: KeyField) -> Object:
    """Return a Task as Salesforce takes it (T4)."""
    return record_body(TASK_FIELDS, task, **{key_field.name: task.key})


def _lost(task: Task, failed: RequestFailed) -> TaskOutcome:
    if failed.execution is Execution.NOT_EXECUTED:
        return TaskNotSent(task.key)
    return TaskInDoubt(task.key)


def _is_locked(result: Inserted | Rejected) -> bool:
    return isinstance(result, Rejected) and any(
        error.code == _LOCK or (error.code == _WRAPPER and _LOCK in error.message)
        for error in result.errors
    )


def _outcome(task: Task, result: Inserted | Rejected, key_field: KeyField) -> TaskOutcome:
    if isinstance(result, Inserted):
        return TaskLogged(task.key, result.id)
    for error in result.errors:
        if key_field.is_unique and is_key_duplicate(error, key_field):
            there = _named_task(error)
            return TaskLogged(task.key, there) if there else TaskInDoubt(task.key)
    return TaskRefused(task.key, result.code, result.fields)


def is_key_duplicate(error: ApiError, key_field: KeyField) -> bool:
    """Return whether the key is there already; a duplicate in another field is a refusal."""
    if error.code != "DUPLICATE_VALUE":
        return False
    words = re.findall(r"\w+", error.message)
    return key_field.name in words or key_field.name in error.fields


def _named_task(error: ApiError) -> RecordId | None:
    found = _TASK_ID.search(error.message)
    return full_id(found[0]) if found else None
