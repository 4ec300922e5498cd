"""Files of messages are uploaded once their Tasks are there (T8)."""

from collections.abc import Callable

from wasf.commands.course import Course, Post
from wasf.core.chats import Attachment
from wasf.errors import WasfError
from wasf.interfaces import FileUpload

ReadFile = Callable[[Attachment], bytes]
"""Reads an attached file's bytes; raises a `WasfError` if it is gone or cannot be read safely."""


def upload_files(post: Post, read_file: ReadFile, course: Course) -> None:
    """Upload the files of messages that are logged, each once (T8)."""
    for pending in post.ledger.pending_files():
        post.check_stop()
        try:
            content = read_file(pending.attachment)
        except WasfError as error:
            course.notes.append(f"A file was not uploaded: {error.sentence}")
        else:
            post.org.attach_file(FileUpload(pending.attachment.name, content, pending.task_id))
            course.files_uploaded += 1
        post.ledger.file_done(pending)
