"""Changes of Tasks that are there: they are moved, get another status, grow, and get files (T8)."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Final

from wasf.core.records import Growth, Place, RecordId, RecordType, Task
from wasf.errors import Unreachable, UnreadableFile, UploadRefused, WasfError
from wasf.interfaces import (
    FileUpload,
    KeyField,
    Move,
    TaskChanged,
    TaskLogged,
    TaskOutcome,
    TaskRefused,
)
from wasf.salesforce.api import (
    GONE,
    NO_ASSIGNMENT,
    Object,
    Query,
    Rejected,
    RequestFailed,
    RestClient,
    as_object,
    condition,
    http_date,
    record_id,
    refusal_of_request,
    run_queries,
    select,
    storable,
    text,
    type_of,
    update_records,
)
from wasf.salesforce.objects import (
    GROWN_TASK_FIELDS,
    WrittenField,
    further_fields,
    record_body,
)
from wasf.salesforce.task_calls import lost, texts_of

LARGEST_FILE: Final = 37_000_000
"""Bytes. Salesforce takes 50 MB of JSON, in which a file is a third larger than it is."""

_LONGEST_TITLE: Final = 255
_FILES: Final = select(
    (
        "ContentDocument.Title",
        "ContentDocument.ContentSize",
        "ContentDocument.LatestPublishedVersionId",
    ),
    "ContentDocumentLink",
)
_REFUSED: Final = (400, 404)
_PASSING: Final = frozenset({"UNABLE_TO_LOCK_ROW", "NOT_FOUND"})
"""Somebody else is changing the Task just now, or the address itself is not there."""


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


# --- Files ----------------------------------------------------------------------------------------


def attach(client: RestClient, upload: FileUpload) -> RecordId:
    """Return the id of the file's version, which is there already or is uploaded now.

    Raise `UnreadableFile` for a file that is too large, `UploadRefused` for one that Salesforce
    will never take on this Task, and `RequestFailed` if it may not be there. Asking again is safe,
    because the Task's files are always read first.
    """
    size = len(upload.content)
    if size > LARGEST_FILE:
        raise UnreadableFile(
            f"An attached file is {size / 1_000_000:.0f} MB large;"
            f" Salesforce takes at most {LARGEST_FILE // 1_000_000} MB.",
            'Its Task is logged and names it. The setting attachments = "names" uploads no files.',
        )
    return find(client, upload) or _upload(client, upload)


def find(client: RestClient, upload: FileUpload) -> RecordId | None:
    """Return the version of a file of that name and size that hangs on the Task."""
    title, size = file_title(upload.name), len(upload.content)
    on_task = condition("LinkedEntityId", "=", upload.task_id)
    for row in run_queries(client, [Query(_FILES, (on_task,))]):
        document = as_object(row.get("ContentDocument"), "a file")
        if text(document, "Title") == title and document.get("ContentSize") == size:
            return record_id(document, "LatestPublishedVersionId")
    return None


def file_title(name: str) -> str:
    """Return the file's name as its title: the end is cut, never inside a character."""
    units = storable(name).encode("utf-16-le")[: 2 * _LONGEST_TITLE]
    return units.decode("utf-16-le", "ignore")


def _upload(client: RestClient, upload: FileUpload) -> RecordId:
    try:
        answer = client.write("sobjects/ContentVersion", record_body(_VERSION_FIELDS, upload))
    except RequestFailed as failed:
        if failed.code in _PASSING:
            raise RequestFailed(
                Unreachable(
                    f"Salesforce could not take an attached file just now ({failed.code}).",
                    "The next sync uploads it.",
                ),
                failed.execution,
                status=failed.status,
            ) from failed
        if failed.status in _REFUSED and failed.errors and type(failed.error) is WasfError:
            raise UploadRefused(
                f"Salesforce refused an attached file ({failed.code}).",
                "Its Task is logged and names it, if nobody deleted it.",
            ) from failed
        raise
    return record_id(as_object(answer, "the answer"), "id")


_VERSION_FIELDS: Final[tuple[WrittenField[FileUpload], ...]] = (
    WrittenField("Title", lambda upload: file_title(upload.name)),
    WrittenField("PathOnClient", lambda upload: file_title(upload.name)),
    WrittenField("FirstPublishLocationId", lambda upload: upload.task_id),
    WrittenField("VersionData", lambda upload: b64encode(upload.content).decode("ascii")),
)
