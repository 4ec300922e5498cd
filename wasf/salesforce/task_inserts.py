"""One call that inserts Tasks, or changes one, and what its answer means for each of them.

Rows that met a lock are sent again after a pause, and nothing else is. Tasks whose owner may not
own them are written for the connected user (O3).
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from wasf.core.auth import UserId
from wasf.core.records import Growth, Place, RecordId, RecordType, Task, TaskKey
from wasf.core.refusals import NO_ACCESS, RecordRefusal
from wasf.interfaces import (
    NOT_SEEN,
    KeyField,
    Move,
    TaskChanged,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    GONE,
    NO_ASSIGNMENT,
    ApiError,
    Execution,
    Inserted,
    Object,
    Rejected,
    RequestFailed,
    RestClient,
    full_id,
    http_date,
    insert_records,
    is_locked,
    refusal_of,
    refusal_of_request,
    type_of,
    update_records,
)
from wasf.salesforce.objects import GROWN_TASK_FIELDS, TASK_FIELDS, further_fields, record_body
from wasf.salesforce.task_calls import TaskCall

_TASK_ID: Final = re.compile(r"\b00T[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?\b")


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


def place_body(to: Place, relates: Callable[[], bool]) -> Object:
    """Return the fields that put Tasks at a place; on a Lead nothing else is related (R1).

    `relates` says whether Tasks can be related to records at all; it is asked for Leads only.
    """
    changes: Object = {"WhoId": to.who_id}
    on_lead = to.who_id is not None and type_of(to.who_id) is RecordType.LEAD
    if to.what_id or (on_lead and relates()):
        changes["WhatId"] = to.what_id
    return changes


def change_tasks(client: RestClient, ids: Sequence[RecordId], changes: Object) -> list[Move]:
    """Give 1 to 200 Tasks these values; return the outcomes in order."""
    records: list[Object] = [{"Id": task_id, **changes} for task_id in ids]
    outcomes = update_records(client, "Task", records)
    return [
        Move(task_id, outcome.code if isinstance(outcome, Rejected) else "")
        for task_id, outcome in zip(ids, outcomes, strict=True)
    ]


def grow_task(
    client: RestClient, task: Task, grows: Growth, key_field: KeyField
) -> tuple[TaskOutcome | TaskChanged, RequestFailed | None]:
    """Write what is new in a Task that nobody changed since it was read (T3a).

    Return also the error if the outcome is not known, or if the request was not executed.
    """
    body = record_body(GROWN_TASK_FIELDS, task, **{key_field.name: task.key})
    headers = {"If-Unmodified-Since": http_date(grows.read_at), **NO_ASSIGNMENT}
    path = f"sobjects/Task/{grows.task_id}"
    try:
        client.change(path, further_fields(task.fields) | body, headers)
    except RequestFailed as failed:
        if failed.status == 412 or (failed.status == 404 and failed.code in GONE):
            return TaskChanged(task.key), None
        if failed.is_refused_content:
            return TaskRefused(task.key, refusal_of_request(failed, texts_of([task]))), None
        return lost(task, failed), failed
    return TaskLogged(task.key, grows.task_id), None


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
