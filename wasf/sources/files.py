"""Chats in files of every kind: finds the files, and gives each to the source that reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from wasf.core.chats import Attachment
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports import ExportOptions, ExportSource
from wasf.sources.exports.archive import read_member
from wasf.sources.exports.files import check_phone, find_exports
from wasf.sources.exports.source import SOURCE as EXPORTS

if TYPE_CHECKING:
    from wasf.sources.chat_exporter import ChatExporterSource

_JSON = ".json"


@dataclass(frozen=True, slots=True)
class FileSource:
    """Chats from exported files and from WhatsApp-Chat-Exporter's JSON files, and folders of both.

    Of a folder, only such JSON files count as look like one. Raises as `ExportSource` does.
    """

    paths: Sequence[Path]
    options: ExportOptions

    @property
    def kind(self) -> str:
        """Files of either kind are remembered as exports."""
        return EXPORTS

    def read(self) -> Iterator[ChatReading | Unreadable]:
        """Yield every chat, or why a file is none."""
        files = find_exports(self.paths, also=_is_other_export)
        check_phone(self.options.phone, files)
        return chain.from_iterable(source.read() for source in self._sources(files))

    def _sources(self, files: Sequence[Path]) -> "Iterator[ExportSource | ChatExporterSource]":
        exports = [file for file in files if file.suffix.lower() != _JSON]
        others = [file for file in files if file.suffix.lower() == _JSON]
        if exports:
            yield ExportSource(exports, self.options)
        if others:
            from wasf.sources.chat_exporter import ChatExporterSource

            yield ChatExporterSource(others, self.options)


def read_attachment(attachment: Attachment, limit: int) -> bytes:
    """The bytes of an attached file, at most `limit`. Raises `MissingFile`, `UnreadableFile`."""
    if attachment.archive.lower().endswith(_JSON):
        from wasf.sources.chat_exporter.messages import read_media

        return read_media(attachment.archive, attachment.member, limit)
    return read_member(attachment.archive, attachment.member, limit)


def _is_other_export(path: Path) -> bool:
    if path.suffix.lower() != _JSON:
        return False
    from wasf.sources.chat_exporter.json_stream import looks_like_export

    return looks_like_export(path)
