"""Attaching a file to a Task, once (T8)."""

from base64 import b64encode
from typing import Final

from wasf.core.records import RecordId
from wasf.errors import Unreachable, UnreadableFile, UploadRefused, WasfError
from wasf.interfaces import FileUpload
from wasf.salesforce.api import (
    Query,
    RequestFailed,
    RestClient,
    as_object,
    condition,
    record_id,
    run_queries,
    select,
    storable,
    text,
)
from wasf.salesforce.objects import WrittenField, record_body

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
