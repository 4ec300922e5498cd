"""Files of logged messages are uploaded and attached to their Tasks, each once (T8).

The time of an upload is committed before the request. If its outcome stays unknown, the file is
looked up in the org, and sent again only after the quarantine.
"""

from collections import Counter
from datetime import datetime

from wasf import log
from wasf.commands.sync.run import SyncContext, SyncResult
from wasf.core.chats import Attachment
from wasf.core.text import counted, local_minute
from wasf.errors import (
    FileHeldBack,
    MissingFile,
    Stopped,
    UnexpectedError,
    Unreachable,
    UnreadableFile,
    UploadRefused,
    WasfError,
)
from wasf.interfaces import FileUpload
from wasf.store.ledger import Ledger, PendingFile


def upload_files(context: SyncContext, result: SyncResult) -> None:
    """Upload the files of logged messages.

    A file whose archive is not where it was waits until it is back, and one on another machine
    until that one syncs. Its Task names it in any case. What cannot be read stops no other (W6).
    """
    elsewhere: Counter[str] = Counter()
    silent: dict[str, str] = {}
    for pending in context.ledger.pending_files():
        context.check_stop()
        if not is_here(pending, context.ledger):
            elsewhere[pending.attachment.machine.partition(" ")[0]] += 1
            continue
        attachment = pending.attachment
        try:
            content = _content(attachment, context, silent)
            upload = FileUpload(attachment.name, content, pending.task_id)
            waits = _upload(upload, pending, context)
        except (MissingFile, FileHeldBack) as error:
            waits = error.message
        except (UnreadableFile, UploadRefused) as error:
            result.notes.append(f"A file was not uploaded: {error.message}")
            context.ledger.file_done(pending)
            continue
        if waits:
            result.notes.append(f"A file waits to be uploaded: {waits}")
            continue
        result.files_uploaded += 1
        context.ledger.file_done(pending)
    for machine, count in elsewhere.items():
        result.notes.append(f"{counted(count, 'file')} to be uploaded by a sync on {machine}")


def is_here(pending: PendingFile, ledger: Ledger) -> bool:
    """Return whether this machine can read a file that waits."""
    return pending.attachment.machine in ("", ledger.machine)


def _content(attachment: Attachment, context: SyncContext, silent: dict[str, str]) -> bytes:
    """Return a file's bytes. Raise `MissingFile` if it waits, `UnreadableFile` if it is given up.

    `silent` says why providers gave no file in this run: they are not asked for more of them.
    """
    if attachment.archive in silent:
        raise MissingFile(silent[attachment.archive])
    try:
        return context.read_file(attachment)
    except (MissingFile, UnreadableFile, Stopped):
        raise
    except WasfError as error:  # the provider is out of reach, or refuses us
        silent[attachment.archive] = error.message
        raise MissingFile(error.message) from error
    except Exception as bug:  # whatever it is, the other files are uploaded
        log.failure(bug)
        raise MissingFile(UnexpectedError.of(bug).message) from bug


def _upload(upload: FileUpload, pending: PendingFile, context: SyncContext) -> str:
    """Upload a file; return why it waits if an earlier upload may still arrive, else ""."""
    until = _doubtful_until(pending, context)
    if until is not None and context.org.find_file(upload) is None:
        return (
            "nobody knows yet whether Salesforce took it; it is looked up again by the first sync"
            f" after {local_minute(until, context.policy.zone)}."
        )
    if until is None:
        context.ledger.record_upload(pending, context.clock())
        try:
            context.org.attach_file(upload)
        except Unreachable:
            raise
        except WasfError:  # what Salesforce certainly did not do leaves no doubt
            context.ledger.resolve_upload(pending)
            raise
    return ""


def _doubtful_until(pending: PendingFile, context: SyncContext) -> datetime | None:
    """Return until when an earlier upload may still arrive (UTC), None if none may."""
    tried_at = context.ledger.upload_intent(pending)
    until = tried_at + context.quarantine if tried_at else None
    return until if until is not None and context.clock() < until else None
