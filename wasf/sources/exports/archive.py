"""Opens an exported chat safely: a .txt, a .zip or an unzipped folder. Nothing is written to disk.

Other people choose what is in an archive, so all sizes are limited and a file is opened only by a
name that WhatsApp gives or that the zip itself lists.
"""

import errno
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from wasf import late_modules
from wasf.core.text import composed
from wasf.errors import FileChanging, FileHeldBack, MissingFile, UnreadableFile
from wasf.sources.exports.names import is_unnamed
from wasf.sources.exports.text import (
    EXPORT_AGAIN,
    MAX_TEXT,
    SNIFFED,
    ByteStream,
    blocks_of,
    check_start,
    lines_of,
    too_large,
)
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.sources.exports import zip as zips
else:  # loaded with the first zip
    (zips,) = late_modules(__package__, "zip")

# What zipfile raises for a damaged zip, also for odd names and offsets in it.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)

# Anything may lie beside a loose .txt, and a sender chooses what name a message shows, so only
# names that WhatsApp itself gives are opened there.
_OWN_NAME = re.compile(r"(?:[A-Z]{3}-\d{8}-WA\d+|\d{8}-)[^/\\]*")

ListFilesBeside = Callable[[Path], Mapping[str, str]]
"""A function like `files_beside`."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An export that can be read.

    `member` is the chat's name inside a zip, "" for a file. `stem` is the name that may tell whose
    chat it is. `holder` is the zip or folder with the attached files; `members` maps their names as
    messages show them to the names inside. `written_at` is a local time. `is_open_ended`: the text
    does not end with a line end, so that it may be cut. Only lines from `first` to `last` (counted
    from 1, 0 for the end) are read.
    """

    path: Path
    origin: str
    stem: str
    member: str = ""
    holder: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    written_at: datetime | None = None
    fingerprint: tuple[int, int] = (0, 0)
    is_open_ended: bool = False
    first: int = 1
    last: int = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield the text in blocks of lines, see `blocks_of`.

        Raise `UnreadableFile`, or `FileChanging` if the file is another than when it was opened
        (I4). That shows at the end at the latest, before anything of the file counts.
        """
        with _typed_errors(check=self._check):
            self._check()
            with closing(self._open()) as stream:
                blocks = blocks_of(stream)
                yield from blocks if (self.first, self.last) == (1, 0) else self._within(blocks)
            self._check()

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text, see `blocks`."""
        for block in self.blocks():
            yield from lines_of(block)

    def _within(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Cut blocks to the lines of this part."""
        number = 0
        for block in blocks:
            before, number = number, number + block.count(b"\n")
            if number < self.first:
                continue
            if self.last and before >= self.last:
                return
            start = max(0, self.first - 1 - before)
            end = self.last - before if self.last and self.last < number else None
            if start or end is not None:
                lines = block.split(b"\n")[1:][start:end]
                block = b"".join(b"\n" + line for line in lines).removesuffix(b"\r")
            yield block

    def _check(self) -> None:
        if _fingerprint(self.path.stat()) != self.fingerprint:
            raise file_changing()

    def _open(self) -> ByteStream:
        if self.member:
            with zipfile.ZipFile(self.path) as file:
                return zips.CheckedEntry(file, file.getinfo(self.member))
        return open_regular(self.path)


def file_changing() -> FileChanging:
    """Return the error for a file that something writes while it is read."""
    return FileChanging(
        "This file changed while it was read; nothing of it was taken.",
        "Sync it again when nothing writes to it.",
    )


def origin_of(path: Path) -> str:
    """Return what a person would call a file: its name, for an unnamed one with its folder's."""
    is_known = path.suffix.lower() == ".zip" or not is_unnamed(path.stem)
    return path.name if is_known else f"{path.absolute().parent.name}/{path.name}"


def files_beside(folder: Path) -> Mapping[str, str]:
    """Return the files in a folder that messages may show: name as shown -> name on disk."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if _OWN_NAME.fullmatch(entry.name)]
    return {composed(name): name for name in names}


def open_archive(path: Path, list_beside: ListFilesBeside = files_beside) -> Archive:
    """Open a .txt or a .zip. Raise `UnreadableFile` if it cannot be an export.

    `list_beside` replaces `files_beside` for a caller that remembers its results.
    """
    with _typed_errors():
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFile("This is not a file.", EXPORT_AGAIN)
        if not facts.st_size:
            raise UnreadableFile("This file is empty.", EXPORT_AGAIN)
        match path.suffix.lower():
            case ".zip":
                return _open_zip(path, facts)
            case ".txt":
                return _open_text(path, facts, list_beside)
            case _:
                raise UnreadableFile("This file is no .txt, .zip or .json file.", EXPORT_AGAIN)


def _open_text(path: Path, facts: os.stat_result, list_beside: ListFilesBeside) -> Archive:
    if facts.st_size > MAX_TEXT:
        raise too_large()
    absolute = path.absolute()
    with open_regular(absolute) as stream:
        check_start(stream.read(SNIFFED))
        stream.seek(-1, os.SEEK_END)
        is_open_ended = stream.read(1) != b"\n"
    return Archive(
        path=absolute,
        origin=origin_of(path),
        stem=absolute.parent.name if is_unnamed(path.stem) else path.stem,
        holder=str(absolute.parent),
        members=list_beside(absolute.parent),
        written_at=_local_time(facts),
        fingerprint=_fingerprint(facts),
        is_open_ended=is_open_ended,
    )


def _open_zip(path: Path, facts: os.stat_result) -> Archive:
    zips.check_directory(path)
    with zipfile.ZipFile(path) as file:
        infos = zips.entries_of(file)
        chat = zips.find_chat_entry(infos, path)
        zips.check_chat_entry(chat, facts.st_size)
        with file.open(chat) as stream:
            check_start(stream.read(SNIFFED))
    inner = Path(zips.entry_name(chat)).stem
    return Archive(
        path=path.absolute(),
        origin=path.name,
        stem=path.stem if is_unnamed(inner) else inner,
        member=chat.filename,
        holder=str(path.absolute()),
        members=zips.attachments_among(infos),
        written_at=zips.written_at(chat),
        fingerprint=_fingerprint(facts),
    )


def read_attached_file(archive: str, member: str, limit: int) -> bytes:
    """Return the bytes of an attached file, at most `limit`.

    `archive` and `member` are those of an `Attachment`. Raise `MissingFile` or `UnreadableFile`.
    """
    path = Path(archive)
    with _typed_errors(path.name):
        stream = _open_in_folder(path, member) if path.is_dir() else _open_in_zip(path, member)
        with closing(stream):
            content = stream.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFile(
            f"An attached file in {path.name} is larger than {limit >> 20} MiB.",
            "It cannot be uploaded; its message is logged with the file's name.",
        )
    return content


def _open_in_zip(path: Path, member: str) -> IO[bytes]:
    zips.check_directory(path)
    with zipfile.ZipFile(path) as file:
        try:
            return file.open(member)
        except KeyError:
            raise _missing(path) from None


def _open_in_folder(folder: Path, member: str) -> IO[bytes]:
    if not _OWN_NAME.fullmatch(member):
        raise _missing(folder)
    return open_regular(folder / member, follows_links=False)


def open_regular(path: Path, *, follows_links: bool = True) -> IO[bytes]:
    """Open a regular file to read, at once.

    Raise `UnreadableFile` for a pipe or a device, which could wait for ever, and `OSError` as
    `open` does, also for a link where `follows_links` is False.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    if not follows_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags)
    except ValueError:  # no file has such a name
        raise UnreadableFile("This is not a file.", EXPORT_AGAIN) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableFile("This is not a file.", EXPORT_AGAIN)
    return os.fdopen(handle, "rb")


def _missing(path: Path) -> MissingFile:
    return MissingFile(f"An attached file is not in {path.name} any more.", EXPORT_AGAIN)


@contextmanager
def _typed_errors(
    name: str = "This file", check: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Turn what zipfile and the system raise into errors with a message and a hint.

    `check` raises `FileChanging` where the file is not damaged but changed.
    """
    try:
        yield
    except FileNotFoundError:
        raise MissingFile(f"{name} is not there any more.", EXPORT_AGAIN) from None
    except _BROKEN_ZIP:
        check()
        raise UnreadableFile(f"{name} is damaged or no zip file.", EXPORT_AGAIN) from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # a zip with an offset before its start
            raise UnreadableFile(f"{name} is damaged or no zip file.", EXPORT_AGAIN) from None
        why = error.strerror or "unknown reason"
        raise FileHeldBack(f"{name} cannot be read: {why}.", "Check the file.") from None


def _local_time(facts: os.stat_result) -> datetime:
    return datetime.fromtimestamp(facts.st_mtime)  # noqa: DTZ006  (compared with local times)


def _fingerprint(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_size, facts.st_mtime_ns
