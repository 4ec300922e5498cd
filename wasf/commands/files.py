"""Files of messages are uploaded once their Tasks are there (T8)."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

from wasf.commands.course import Course, Post
from wasf.core.chats import Attachment
from wasf.errors import (
    FileHeldBack,
    MissingFile,
    Unreachable,
    UnreadableFile,
    UploadRefused,
    WasfError,
)
from wasf.interfaces import FileUpload, PendingFile

ReadFile = Callable[[Attachment], bytes]
"""Reads an attached file's bytes.

Raises `MissingFile` if it is gone, `FileHeldBack` if it cannot be had now, and `UnreadableFile` if
it cannot be read safely.
"""


def upload_files(post: Post, read_file: ReadFile, course: Course) -> None:
    """Upload the files of messages that are logged, each once (T8).

    One whose archive is not where it was, or cannot be had now, waits until it can; its Task names
    it in any case. One that was on its way when a run ended or no answer came may still arrive, and
    a file has no key that would be refused twice: it is left alone for the time of the quarantine.
    """
    for pending in post.ledger.pending_files():
        post.check_stop()
        if _is_in_doubt(pending, post):
            course.notes.append("A file waits: nobody knows yet whether Salesforce took it.")
            continue
        attachment = pending.attachment
        try:
            content = read_file(attachment)
            _upload(pending, content, post)
        except (MissingFile, FileHeldBack) as error:
            course.notes.append(f"A file waits to be uploaded: {error.sentence}")
            continue
        except (UnreadableFile, UploadRefused) as error:
            course.notes.append(f"A file was not uploaded: {error.sentence}")
        else:
            course.files_uploaded += 1
        with post.ledger.transaction():
            post.ledger.file_done(pending)
            post.ledger.remember(_doubt(pending), "")


def _upload(pending: PendingFile, content: bytes, post: Post) -> None:
    """Note the doubt, upload; what Salesforce certainly did not do leaves none behind."""
    post.ledger.remember(_doubt(pending), post.clock().isoformat())
    try:
        post.org.attach_file(FileUpload(pending.attachment.name, content, pending.task_id))
    except Unreachable:
        raise
    except WasfError:
        post.ledger.remember(_doubt(pending), "")
        raise


def _is_in_doubt(pending: PendingFile, post: Post) -> bool:
    at = post.ledger.recall(_doubt(pending))
    return bool(at) and post.clock() - datetime.fromisoformat(at) < post.quarantine


def _doubt(pending: PendingFile) -> str:
    """The name under which the ledger remembers when an upload was tried."""
    member = blake2b(pending.attachment.member.encode("utf-8", "surrogatepass"), digest_size=8)
    return f"upload {pending.task_id} {pending.message.hex()} {member.hexdigest()}"
