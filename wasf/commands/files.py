"""Files of messages are uploaded once their Tasks are there (T8)."""

from collections.abc import Callable

from wasf.commands.course import Course, Post
from wasf.core.chats import Attachment
from wasf.errors import FileHeldBack, MissingFile, UnreadableFile, UploadRefused
from wasf.interfaces import FileUpload

ReadFile = Callable[[Attachment], bytes]
"""Reads an attached file's bytes.

Raises `MissingFile` if it is gone, `FileHeldBack` if it cannot be had now, and `UnreadableFile` if
it cannot be read safely.
"""


def upload_files(post: Post, read_file: ReadFile, course: Course) -> None:
    """Upload the files of messages that are logged, each once (T8).

    One whose archive is not where it was, or cannot be had now, waits until it can; its Task names
    it in any case.
    """
    for pending in post.ledger.pending_files():
        post.check_stop()
        attachment = pending.attachment
        try:
            upload = FileUpload(attachment.name, read_file(attachment), pending.task_id)
            post.org.attach_file(upload)
        except (MissingFile, FileHeldBack) as error:
            course.notes.append(f"A file waits to be uploaded: {error.sentence}")
            continue
        except (UnreadableFile, UploadRefused) as error:
            course.notes.append(f"A file was not uploaded: {error.sentence}")
        else:
            course.files_uploaded += 1
        post.ledger.file_done(pending)
