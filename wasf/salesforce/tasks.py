"""How Tasks are sent: batches of 200, several in flight, the outcome of each Task told exactly.

simple-salesforce is not made for threads, so each batch in flight has a client of its own. Batches
are taken and outcomes are given on the caller's thread, so that the ledger is used by one thread.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, NamedTuple

from wasf.core.records import RecordId, Task
from wasf.interfaces import (
    Deletion,
    KeyField,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.retry import RetryPolicy
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.errors import ApiError, Execution, RequestFailed, not_understood
from wasf.salesforce.api.json import (
    Json,
    Object,
    as_list,
    as_object,
    errors_in,
    full_id,
    record_id,
    storable,
)

# --- inserting
# Inserting up to 200 records in one call, and what became of each.


MOST_RECORDS: Final = 200
NO_ASSIGNMENT: Final = {"Sforce-Auto-Assign": "FALSE"}
"""Without it an assignment rule may give a Lead to somebody else (O5)."""


class Inserted(NamedTuple):
    """The record is there."""

    id: RecordId


class Rejected(NamedTuple):
    """Salesforce said no to this record, and wrote nothing of it."""

    errors: tuple[ApiError, ...]

    @property
    def code(self) -> str:
        """The first errorCode."""
        return self.errors[0].code

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that Salesforce named."""
        return tuple(name for error in self.errors for name in error.fields)


def insert(
    client: RestClient, kind: str, prefix: str, records: Sequence[Object]
) -> list[Inserted | Rejected]:
    """Insert records of one kind, each for itself; what became of them, in order.

    Raises `RequestFailed` if the answer does not tell of each record exactly once: then all of them
    may have been written.
    """
    body: Object = {
        "allOrNone": False,
        "records": [{"attributes": {"type": kind}, **record} for record in records],
    }
    rows = as_list(client.write("composite/sobjects", body, NO_ASSIGNMENT), "the answer")
    if len(rows) != len(records):
        raise not_understood("it does not tell of every record")
    results = [_result(row, prefix) for row in rows]
    ids = [result.id for result in results if isinstance(result, Inserted)]
    if len(set(ids)) != len(ids):
        raise not_understood("it names one record twice")
    return results


def _result(value: Json, prefix: str) -> Inserted | Rejected:
    row = as_object(value, "a row")
    if row.get("success") is True:
        return Inserted(_id_of(row, prefix))
    errors = errors_in(row.get("errors"))
    if row.get("success") is not False or not errors:
        raise not_understood("a row neither succeeded nor failed")
    return Rejected(errors)


def _id_of(row: Object, prefix: str) -> RecordId:
    found = record_id(row, "id")
    if not found.startswith(prefix):
        raise not_understood("it names records of another kind")
    return found


# --- writing


MOST_DOUBTS: Final = 3
"""So many batches in a row whose outcome nobody knows, and no further one is sent."""

_LOCK: Final = "UNABLE_TO_LOCK_ROW"
_WRAPPER: Final = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"  # a trigger failed; its text says of what
_TASK_ID: Final = re.compile(r"\b00T[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?\b")


class Sent(NamedTuple):
    """What became of a batch, and why if its request failed."""

    outcomes: Sequence[TaskOutcome]
    failed: RequestFailed | None = None


class _Trouble:
    """What went wrong so far, and whether going on makes sense.

    A request that was certainly not executed (sign-in, limit, permission, no connection) ends the
    sending. One whose outcome is unknown need not: the next may go well.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.stopped = False
        self._doubts = 0

    def note(self, failed: RequestFailed | None) -> None:
        if failed is None:
            self._doubts = 0
            return
        self._doubts += 1
        if failed.execution is Execution.NOT_EXECUTED or self._doubts >= MOST_DOUBTS:
            self.stop(failed.error)
        elif not self.stopped:
            self.error = failed.error

    def stop(self, error: Exception) -> None:
        """Send nothing more; the first reason to stop is the one that is told."""
        if not self.stopped:
            self.error = error
        self.stopped = True


class TaskWriter:
    """Sends batches of Tasks; keeps its clients, and so their connections, between calls."""

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
        """Send all batches. Raises what went wrong after the last outcome was given."""
        source = iter(batches)
        trouble = _Trouble()
        under_way: dict[Future[Sent], RestClient] = {}
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="wasf-tasks") as pool:
            self._top_up(pool, source, key_field, under_way, trouble)
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                results = [self._collect(future, under_way, trouble) for future in done]
                # The next requests are on their way before the caller settles these.
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
                trouble.stop(error)  # raised once everything in flight has been told
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
    """Insert a batch. Rows that met a lock are tried again; nothing else is."""
    if len(batch) > MOST_RECORDS or len({task.key for task in batch}) < len(batch):
        raise ValueError("a batch is at most 200 Tasks with a key each of their own")
    outcomes: list[TaskOutcome] = []
    waiting = list(batch)
    tries = 1
    while True:
        try:
            results = insert(
                client, "Task", "00T", [task_record(task, key_field) for task in waiting]
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


def task_record(task: Task, key_field: KeyField) -> Object:
    """A Task as Salesforce takes it (T4). Priority is the org's own default."""
    return {
        "WhoId": task.who_id,
        "OwnerId": task.owner_id,
        "Subject": storable(task.subject),
        "Description": storable(task.description),
        "ActivityDate": task.activity_date.isoformat(),
        "Status": task.status,
        key_field.name: task.key,
    }


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
        if key_field.is_unique and is_our_duplicate(error, key_field):
            there = _named_task(error)
            return TaskLogged(task.key, there) if there else TaskInDoubt(task.key)
    return TaskRefused(task.key, result.code, result.fields)


def is_our_duplicate(error: ApiError, key_field: KeyField) -> bool:
    """Whether the key is there already. Other unique fields are a real refusal."""
    if error.code != "DUPLICATE_VALUE":
        return False
    words = re.findall(r"\w+", error.message)
    return key_field.name in words or key_field.name in error.fields


def _named_task(error: ApiError) -> RecordId | None:
    found = _TASK_ID.search(error.message)
    return full_id(found[0]) if found else None


# --- deleting
# Deleting Tasks, 200 in a call.


GONE: Final = ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY")
"""What Salesforce says of a record that was deleted before."""


def delete_tasks(client: RestClient, ids: Sequence[RecordId]) -> list[Deletion]:
    """Delete each for itself; asking again is safe.

    Raises `RequestFailed` if the answer does not tell of each: then all of them may be gone.
    """
    if not 0 < len(ids) <= MOST_RECORDS:
        raise ValueError("one call deletes 1 to 200 records")
    answer = client.delete(f"composite/sobjects?ids={','.join(ids)}&allOrNone=false")
    rows = as_list(answer, "the answer")
    if len(rows) != len(ids):
        raise not_understood("it does not tell of every record")
    return [_deletion(asked, row) for asked, row in zip(ids, rows, strict=True)]


def _deletion(asked: RecordId, value: Json) -> Deletion:
    row = as_object(value, "a row")
    if row.get("success") is True:
        return Deletion(asked)
    errors = errors_in(row.get("errors"))
    if not errors:
        raise not_understood("a row neither succeeded nor failed")
    return Deletion(asked, "" if errors[0].code in GONE else errors[0].code)
