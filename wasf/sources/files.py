"""Chats in files of every kind: finds the files, and gives each to the source that reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from wasf.core.chats import Attachment
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports import (
    EXPORT,
    ExportOptions,
    ExportSource,
    check_phone,
    find_exports,
    read_attached_file,
)

_JSON = ".json"


@dataclass(frozen=True, slots=True)
class FileSource:
    """Chats from exported files, from WhatsApp-Chat-Exporter's JSON files, and folders of both.

    Of the JSON files in a folder only those count that look like exports.
    """

    paths: Sequence[Path]
    options: ExportOptions

    @property
    def kind(self) -> str:
        """Return `export`: files of either kind are remembered as exports."""
        return EXPORT

    def read(self) -> Iterator[ChatReading | Unreadable]:
        """Yield every chat, or why a file is none. Raise errors as `ExportSource.read` does."""
        files = find_exports(self.paths, also=_is_json_export)
        check_phone(self.options.phone, files)
        return chain.from_iterable(self._readings(files))

    def _readings(self, files: Sequence[Path]) -> Iterator[Iterator[ChatReading | Unreadable]]:
        exports = [file for file in files if not _is_json(file)]
        others = [file for file in files if _is_json(file)]
        if exports:
            yield ExportSource(exports, self.options).read()
        if others:
            # Loaded late: most runs read no JSON file.
            from wasf.sources.chat_exporter import ChatExporterSource

            yield ChatExporterSource(others, self.options).read()


def read_attachment(attachment: Attachment, limit: int) -> bytes:
    """Return the bytes of an attached file, at most `limit`.

    Raise `MissingFile` or `UnreadableFile`.
    """
    if _is_json(Path(attachment.archive)):
        # Loaded late: most runs read no JSON file.
        from wasf.sources.chat_exporter import read_media

        return read_media(attachment.archive, attachment.member, limit)
    return read_attached_file(attachment.archive, attachment.member, limit)


def _is_json_export(path: Path) -> bool:
    if not _is_json(path):
        return False
    # Loaded late: most runs read no JSON file.
    from wasf.sources.chat_exporter import looks_like_export

    return looks_like_export(path)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == _JSON
