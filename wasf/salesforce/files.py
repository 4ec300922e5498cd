"""Attaching a file to a Task, once (T8)."""

from base64 import b64encode
from typing import Final

from wasf.core.records import RecordId
from wasf.errors import Unreachable, UnreadableFile, UploadRefused, WasfError
from wasf.interfaces import FileUpload
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.composite import run_queries
from wasf.salesforce.api.errors import RequestFailed
from wasf.salesforce.api.json import Object, as_object, record_id, storable, text
from wasf.salesforce.api.soql import files_of

LARGEST_FILE: Final = 37_000_000
"""Bytes. Salesforce takes 50 MB of JSON, in which a file is a third larger than it is."""

_LONGEST_TITLE: Final = 255
_REFUSED: Final = (400, 404)
_PASSING: Final = frozenset({"UNABLE_TO_LOCK_ROW", "NOT_FOUND"})
"""Somebody is at work on the Task just now, or the address itself is not there."""


def attach(client: RestClient, upload: FileUpload) -> RecordId:
    """The id of the file's version, there already or uploaded now.

    Raises `UnreadableFile` for a file that is too large, `UploadRefused` for one that Salesforce
    will never take on this Task, `RequestFailed` if it may not be there;
    asking again is safe, because the Task is always looked at first.
    """
    size = len(upload.content)
    if size > LARGEST_FILE:
        raise UnreadableFile(
            f"An attached file is {size / 1_000_000:.0f} MB large;"
            f" Salesforce takes at most {LARGEST_FILE // 1_000_000} MB.",
            'Its Task is logged and names it. The setting attachments = "names" uploads no files.',
        )
    return find(client, upload) or _upload(client, upload)


def file_title(name: str) -> str:
    """The file's name as its title: the end is cut, never inside a character."""
    units = storable(name).encode("utf-16-le")[: 2 * _LONGEST_TITLE]
    return units.decode("utf-16-le", "ignore")


def find(client: RestClient, upload: FileUpload) -> RecordId | None:
    """The version of a file of that name and size that hangs on the Task."""
    title, size = file_title(upload.name), len(upload.content)
    for row in run_queries(client, [files_of(upload.task_id)]):
        document = as_object(row.get("ContentDocument"), "a file")
        if text(document, "Title") == title and document.get("ContentSize") == size:
            return record_id(document, "LatestPublishedVersionId")
    return None


def _upload(client: RestClient, upload: FileUpload) -> RecordId:
    title = file_title(upload.name)
    version: Object = {
        "Title": title,
        "PathOnClient": title,
        "FirstPublishLocationId": upload.task_id,
        "VersionData": b64encode(upload.content).decode("ascii"),
    }
    try:
        answer = client.write("sobjects/ContentVersion", version)
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
