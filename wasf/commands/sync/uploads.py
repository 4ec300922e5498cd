"""Files of messages are uploaded once their Tasks are there (T8).

That a file is about to be sent is committed before the request, as for Tasks: if nobody learns what
became of it, it is looked for, and sent again only after the quarantine.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

from wasf.commands.sync.run import SyncContext, SyncResult
from wasf.core.chats import Attachment
from wasf.errors import (
    FileHeldBack,
    MissingFile,
    Unreachable,
    UnreadableFile,
    UploadRefused,
    WasfError,
)
from wasf.interfaces import FileUpload
from wasf.store.ledger.model import PendingFile

ReadFile = Callable[[Attachment], bytes]
"""Reads an attached file's bytes.

Raises `MissingFile` if it is gone, `FileHeldBack` if it cannot be had now, and `UnreadableFile` if
it cannot be read safely.
"""


def upload_files(post: SyncContext, read_file: ReadFile, course: SyncResult) -> None:
    """Upload the files of messages that are logged, each once (T8).

    One whose archive is not where it was waits until it is back; its Task names it in any case.
    """
    for pending in post.ledger.pending_files():
        post.check_stop()
        attachment = pending.attachment
        try:
            upload = FileUpload(attachment.name, read_file(attachment), pending.task_id)
            waits = _send(upload, pending, post)
        except (MissingFile, FileHeldBack) as error:
            waits = error.message
        except (UnreadableFile, UploadRefused) as error:
            course.notes.append(f"A file was not uploaded: {error.message}")
            _settle(pending, post)
            continue
        if waits:
            course.notes.append(f"A file waits to be uploaded: {waits}")
            continue
        course.files_uploaded += 1
        _settle(pending, post)


def _send(upload: FileUpload, pending: PendingFile, post: SyncContext) -> str:
    """Upload a file, unless it may still arrive by itself: then why it waits."""
    until = _doubtful_until(pending, post)
    if until is not None and post.org.find_file(upload) is None:
        local = until.astimezone(post.rules.zone)
        return (
            "nobody knows yet whether Salesforce took it; it is looked up again by the first sync"
            f" after {local:%Y-%m-%d %H:%M}."
        )
    if until is None:
        post.ledger.remember(_mark(pending), post.clock().isoformat())
        try:
            post.org.attach_file(upload)
        except Unreachable:
            raise
        except WasfError:  # what Salesforce certainly did not do leaves no doubt
            post.ledger.remember(_mark(pending), "")
            raise
    return ""


def _doubtful_until(pending: PendingFile, post: SyncContext) -> datetime | None:
    """Until when an earlier upload may still arrive (UTC)."""
    tried_at = post.ledger.recall(_mark(pending))
    until = datetime.fromisoformat(tried_at) + post.quarantine if tried_at else None
    return until if until is not None and post.clock() < until else None


def _settle(pending: PendingFile, post: SyncContext) -> None:
    with post.ledger.transaction():
        post.ledger.file_done(pending)
        post.ledger.remember(_mark(pending), "")


def _mark(pending: PendingFile) -> str:
    """The name under which the ledger remembers when an upload was tried."""
    member = blake2b(pending.attachment.member.encode("utf-8", "surrogatepass"), digest_size=8)
    return f"upload {pending.task_id} {pending.message.hex()} {member.hexdigest()}"
