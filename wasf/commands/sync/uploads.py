"""Files of messages are uploaded after their Tasks were logged, each once (T8).

The time of an upload is committed before the request. If its outcome stays unknown, the file is
looked up in the org, and sent again only after the quarantine.
"""

from datetime import datetime
from hashlib import blake2b

from wasf.commands.sync.run import SyncContext, SyncResult
from wasf.core.text import local_minute
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


def upload_files(context: SyncContext, result: SyncResult) -> None:
    """Upload the files of logged messages.

    A file whose archive is not where it was waits until it is back. Its Task names it in any case.
    """
    for pending in context.ledger.pending_files():
        context.check_stop()
        attachment = pending.attachment
        try:
            upload = FileUpload(attachment.name, context.read_file(attachment), pending.task_id)
            waits = _send(upload, pending, context)
        except (MissingFile, FileHeldBack) as error:
            waits = error.message
        except (UnreadableFile, UploadRefused) as error:
            result.notes.append(f"A file was not uploaded: {error.message}")
            _finish(pending, context)
            continue
        if waits:
            result.notes.append(f"A file waits to be uploaded: {waits}")
            continue
        result.files_uploaded += 1
        _finish(pending, context)


def _send(upload: FileUpload, pending: PendingFile, context: SyncContext) -> str:
    """Upload a file; return why it waits if an earlier upload may still arrive, else ""."""
    until = _doubtful_until(pending, context)
    if until is not None and context.org.find_file(upload) is None:
        return (
            "nobody knows yet whether Salesforce took it; it is looked up again by the first sync"
            f" after {local_minute(until, context.policy.zone)}."
        )
    if until is None:
        context.ledger.remember(_upload_key(pending), context.clock().isoformat())
        try:
            context.org.attach_file(upload)
        except Unreachable:
            raise
        except WasfError:  # what Salesforce certainly did not do leaves no doubt
            context.ledger.remember(_upload_key(pending), "")
            raise
    return ""


def _doubtful_until(pending: PendingFile, context: SyncContext) -> datetime | None:
    """Return until when an earlier upload may still arrive (UTC), None if none may."""
    tried_at = context.ledger.recall(_upload_key(pending))
    until = datetime.fromisoformat(tried_at) + context.quarantine if tried_at else None
    return until if until is not None and context.clock() < until else None


def _finish(pending: PendingFile, context: SyncContext) -> None:
    with context.ledger.transaction():
        context.ledger.file_done(pending)
        context.ledger.remember(_upload_key(pending), "")


def _upload_key(pending: PendingFile) -> str:
    """Return the name under which the ledger remembers when an upload was tried."""
    member = blake2b(pending.attachment.member.encode("utf-8", "surrogatepass"), digest_size=8)
    return f"upload {pending.task_id} {pending.message.hex()} {member.hexdigest()}"
