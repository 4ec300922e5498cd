"""Chats in files of every kind: finds the files, and gives each to the source that reads it.

WhatsApp's own exports (.txt, .zip, unzipped folders) are read by `exports`. Every other kind of
file is a package whose face has a `FORMAT`, and one line in `FORMATS`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Final

from wasf.core.chats import Attachment
from wasf.interfaces import ChatReading, Reached, Source, Unreadable
from wasf.sources.exports import (
    EXPORT,
    ExportOptions,
    ExportSource,
    check_phone,
    find_exports,
    read_attached_file,
)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A kind of file with chats. All functions get files with its suffix only.

    `recognizes` reads little and returns whether a file is of this kind. `read_member` returns the
    file of a message, at most so many bytes, by the file with chats and a name in it.
    """

    recognizes: Callable[[Path], bool]
    source: Callable[[Sequence[Path], ExportOptions], Source]
    read_member: Callable[[str, str, int], bytes]


FORMATS: Final = (  # one a line
    (".json", "wasf.sources.chat_exporter"),
)
"""Suffix of files, and the package that reads them, which is loaded when there is such a file."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """Chats from files of every kind, and from folders of them.

    Of the files of other kinds in a folder only those count that are recognized.
    """

    paths: Sequence[Path]
    options: ExportOptions

    @property
    def kind(self) -> str:
        """Return `export`: files of all kinds are remembered as exports."""
        return EXPORT

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield every chat, or why a file has none. Raise errors as `ExportSource.read` does."""
        files = find_exports(self.paths, also=_is_recognized)
        check_phone(self.options.phone, files)
        return chain.from_iterable(source.read() for source in self._sources(files))

    def _sources(self, files: Sequence[Path]) -> Iterator[Source]:
        by_format: dict[FileFormat | None, list[Path]] = {None: []}
        for file in files:
            by_format.setdefault(_format_of(file), []).append(file)
        for format_, found in by_format.items():
            if format_:
                yield format_.source(found, self.options)
            elif found:
                yield ExportSource(found, self.options)


def read_attachment(attachment: Attachment, limit: int) -> bytes:
    """Return an attached file, at most `limit` bytes. Raise `MissingFile`, `UnreadableFile`."""
    format_ = _format_of(Path(attachment.archive))
    read = format_.read_member if format_ else read_attached_file
    return read(attachment.archive, attachment.member, limit)


def _is_recognized(path: Path) -> bool:
    return any(each.recognizes(path) for each in _formats_for(path))


def _format_of(path: Path) -> FileFormat | None:
    """Return the format of a file, None for WhatsApp's own.

    A file that none recognizes is of the first format with its suffix, which says what is wrong.
    """
    formats = _formats_for(path)
    if len(formats) > 1:
        formats.sort(key=lambda each: not each.recognizes(path))
    return formats[0] if formats else None


def _formats_for(path: Path) -> list[FileFormat]:
    """Return the formats of files with such a name."""
    suffix = path.suffix.lower()
    packages = [package for ending, package in FORMATS if ending == suffix]
    return [import_module(package).FORMAT for package in packages]
