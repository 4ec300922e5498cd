"""Chats in files of every kind: finds the files, and gives each to the source that reads it.

WhatsApp's own exports (.txt, .zip, unzipped folders) are read by `exports`. Every other kind of
file is a package whose face has a `FORMAT`, and one line in `FORMATS`.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final

from wasf.core.chats import Attachment
from wasf.errors import UnreadableFile, WrongUsage
from wasf.interfaces import (
    ChatReading,
    ExportOptions,
    FileState,
    FindUnchanged,
    Reached,
    Source,
    Unchanged,
    Unreadable,
)
from wasf.sources import exports
from wasf.sources.exports import CHAT_NAME, EXPORT, FoundFile, FoundFiles, find_exports, watch
from wasf.values import dataclass


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

_TELLING: Final = 64  # bytes
_STREAM: Final = "standard input"  # the folder that errors name
_COARSE: Final = 3.0  # seconds; some file systems tell times by two
_BLOCK: Final = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class FileSource:
    """Chats from files of every kind, and from folders of them.

    Of the files of other kinds in a folder only those count that are recognized. `address_book`
    says what of the address book cannot be read, if anything. `sleep` is given for files that
    nobody named in this run: they may still be being copied, so that young ones are looked at twice
    (I4). `way_out` says of a path how to change the setting that names it, "" if none does.
    `settings` has all that changes how a file is read or what becomes of it. `find_unchanged` is
    given where exported chats that are as they were under the same settings need not be read.
    """

    paths: Sequence[Path]
    options: ExportOptions
    address_book: Unreadable | None = None
    sleep: Callable[[float], None] | None = None
    way_out: Callable[[Path], str] = lambda _: ""
    settings: str = ""
    find_unchanged: FindUnchanged | None = None

    @property
    def kind(self) -> str:
        """Return `export`: files of all kinds are remembered as exports."""
        return EXPORT

    def read(self) -> Iterator[ChatReading | Unreadable | Reached | Unchanged]:
        """Yield every chat, that it is unchanged, or why something is none.

        Raise `WrongUsage` before anything is read, if one number was given for several chats.
        """
        found = find_exports(self.paths, also=_is_recognized, way_out=self.way_out)
        if self.options.phone is not None and len(found.files) > 1:
            raise WrongUsage(
                f"A phone number was given for {len(found.files)} chats; whose is it?",
                "Give --phone together with a single exported chat.",
            )
        return self._read(watch(found, self.options.now, self.sleep) if self.sleep else found)

    def _read(self, found: FoundFiles) -> Iterator[ChatReading | Unreadable | Reached | Unchanged]:
        yield from filter(None, [self.address_book])
        yield from found.unreadable
        by_format: dict[FileFormat | None, list[FoundFile]] = {None: []}
        for file in found.files:
            by_format.setdefault(_format_of(file.path), []).append(file)
        for format_, files in by_format.items():
            if format_:
                yield from format_.source([file.path for file in files], self.options).read()
            else:
                yield from self._read_exports(files)

    def _read_exports(
        self, files: Sequence[FoundFile]
    ) -> Iterator[ChatReading | Unreadable | Unchanged]:
        """Yield the chats of WhatsApp's own exports.

        Unless all are unchanged all are read: one may show the date order of another.
        """
        if self.find_unchanged is not None:
            settings = blake2b(self.settings.encode(errors="surrogatepass"), digest_size=16)
            files = [file._replace(state=self._state(file, settings)) for file in files]
            unchanged = [file.state and self.find_unchanged(file.state) for file in files]
            if all(unchanged):
                yield from filter(None, unchanged)
                return

        yield from exports.ExportSource(files, self.options).read()

    def _state(self, file: FoundFile, settings: blake2b) -> FileState | None:
        """Return what a file is like; None if it may change within one tick of its times."""
        facts = file.facts
        if facts is None:
            return None
        latest = max(facts.st_mtime, facts.st_ctime)
        if abs(self.options.now.timestamp() - latest) < _COARSE:
            return None
        name, times = _with(blake2b(digest_size=16), file.place), _times(facts)
        content = partial(_content_hash, file.path, times, settings)
        return FileState(name, _with(settings, str(times)), facts.st_size, content)


@contextmanager
def keep_stream(stream: BinaryIO) -> Iterator[Path]:
    """Yield a file of what a stream holds, which only its owner can read, until the block ends.

    What comes first tells its kind: an exported chat as text or zip, or JSON. The file's name tells
    no chat's name, as the stream has none.
    """
    # heavy: loaded where standard input is read
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="wasf-") as folder:
        begin = stream.read(_TELLING)
        path = Path(folder, _STREAM, f"{Path(CHAT_NAME).stem}{_suffix(begin)}")
        path.parent.mkdir()
        with path.open("wb") as file:
            file.write(begin)
            shutil.copyfileobj(stream, file)
        yield path


def _suffix(begin: bytes) -> str:
    if begin.startswith(b"PK\x03\x04"):
        return ".zip"
    return ".json" if begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else ".txt"


def read_attachment(attachment: Attachment, limit: int) -> bytes:
    """Return an attached file, at most `limit` bytes. Raise `MissingFile`, `UnreadableFile`."""

    format_ = _format_of(Path(attachment.archive))
    read = format_.read_member if format_ else exports.read_attached_file
    return read(attachment.archive, attachment.member, limit)


def _times(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino


def _content_hash(path: Path, times: tuple[int, ...], settings: blake2b) -> str:
    """Return a hash of a file and the settings, "" if it cannot be read or has other times."""

    made = settings.copy()
    try:
        with exports.open_regular(path) as file:
            while block := file.read(_BLOCK):
                made.update(block)
            is_same = _times(os.fstat(file.fileno())) == times
    except (OSError, UnreadableFile):
        return ""
    return made.hexdigest() if is_same else ""


def _with(begun: blake2b, text: str) -> str:
    """Return a hash of what was hashed before and of this text."""
    made = begun.copy()
    made.update(text.encode(errors="surrogatepass"))
    return made.hexdigest()


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
