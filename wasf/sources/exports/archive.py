"""Opens an exported chat safely: a .txt, a .zip or an unzipped folder, never written to disk.

A sender chooses what is in an archive, so everything has a cap and nothing is extracted by name.
"""

import errno
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from wasf.errors import FileHeldBack, MissingFile, UnreadableFile
from wasf.sources.exports.files import is_unnamed
from wasf.sources.exports.text import (
    EXPORT_AGAIN,
    MAX_TEXT,
    SNIFFED,
    Stream,
    blocks_of,
    sniff,
    too_large,
)
from wasf.sources.exports.zip import (
    CheckedEntry,
    chat_among,
    check_chat,
    check_directory,
    entries_of,
    entry_name,
    members_among,
    time_of,
)

# What zipfile raises for a damaged zip, also where it trips over names and places in it.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)

# Beside a loose .txt may lie anything, and a sender chooses what name a message shows: only names
# that WhatsApp itself gives are taken from there.
_OWN_NAME = re.compile(r"(?:[A-Z]{3}-\d{8}-WA\d+|\d{8}-)[^/\\]*")

FilesBeside = Callable[[Path], Mapping[str, str]]
"""See `files_beside`."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An export that can be read.

    `member` is the chat's name inside a zip, "" for a file; `stem` is the name that may tell whose
    chat it is; `holder` and `members` say where attached files are (name shown -> name inside).
    """

    path: Path
    origin: str
    stem: str
    member: str = ""
    holder: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    written_at: datetime | None = None
    fingerprint: tuple[int, int] = (0, 0)

    def blocks(self) -> Iterator[bytes]:
        """The text in blocks of lines, as `blocks_of` gives them. Raises `UnreadableFile`."""
        with _readable(), closing(self._open()) as stream:
            yield from blocks_of(stream)

    def _open(self) -> Stream:
        if _fingerprint(self.path.stat()) != self.fingerprint:
            raise UnreadableFile("This file changed while it was being read.", "Run it again.")
        if self.member:
            with zipfile.ZipFile(self.path) as file:
                return CheckedEntry(file, file.getinfo(self.member))
        return self.path.open("rb")


def files_beside(folder: Path) -> Mapping[str, str]:
    """The files of an unzipped export that messages may show: name as shown -> name on disk."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if _OWN_NAME.fullmatch(entry.name)]
    return {unicodedata.normalize("NFC", name): name for name in names}


def open_archive(path: Path, look_beside: FilesBeside = files_beside) -> Archive:
    """Look at a .txt or a .zip. Raises `UnreadableFile` if it cannot be an export.

    `look_beside` stands in for `files_beside`, for a caller who remembers what that found.
    """
    with _readable():
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFile("This is not a file.", EXPORT_AGAIN)
        if not facts.st_size:
            raise UnreadableFile("This file is empty.", EXPORT_AGAIN)
        match path.suffix.lower():
            case ".zip":
                return _open_zip(path, facts)
            case ".txt":
                return _open_text(path, facts, look_beside)
            case _:
                raise UnreadableFile("This file is no .txt, .zip or .json file.", EXPORT_AGAIN)


def read_member(archive: str, member: str, limit: int) -> bytes:
    """The bytes of an attached file, at most `limit`. Raises `MissingFile`, `UnreadableFile`."""
    path = Path(archive)
    with _readable(path.name):
        stream = _open_beside(path, member) if path.is_dir() else _open_inside(path, member)
        with closing(stream):
            content = stream.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFile(
            f"An attached file in {path.name} is larger than {limit >> 20} MiB.",
            "It cannot be uploaded; its message is logged with the file's name.",
        )
    return content


# --- Text --------------------------------------------------------------------------------------


def _open_text(path: Path, facts: os.stat_result, look_beside: FilesBeside) -> Archive:
    if facts.st_size > MAX_TEXT:
        raise too_large()
    absolute = path.absolute()
    with absolute.open("rb") as stream:
        sniff(stream.read(SNIFFED))
    has_no_name = is_unnamed(path.stem)
    return Archive(
        path=absolute,
        origin=f"{absolute.parent.name}/{path.name}" if has_no_name else path.name,
        stem=absolute.parent.name if has_no_name else path.stem,
        holder=str(absolute.parent),
        members=look_beside(absolute.parent),
        written_at=_local(facts),
        fingerprint=_fingerprint(facts),
    )


# --- Zip ---------------------------------------------------------------------------------------


def _open_zip(path: Path, facts: os.stat_result) -> Archive:
    check_directory(path)
    with zipfile.ZipFile(path) as file:
        infos = entries_of(file)
        chat = chat_among(infos, path)
        check_chat(chat, facts.st_size)
        with file.open(chat) as stream:
            sniff(stream.read(SNIFFED))
    inner = Path(entry_name(chat)).stem
    return Archive(
        path=path.absolute(),
        origin=path.name,
        stem=path.stem if is_unnamed(inner) else inner,
        member=chat.filename,
        holder=str(path.absolute()),
        members=members_among(infos),
        written_at=time_of(chat),
        fingerprint=_fingerprint(facts),
    )


# --- Both --------------------------------------------------------------------------------------


def _open_inside(path: Path, member: str) -> IO[bytes]:
    check_directory(path)
    with zipfile.ZipFile(path) as file:
        try:
            return file.open(member)
        except KeyError:
            raise _gone(path) from None


def _open_beside(folder: Path, member: str) -> IO[bytes]:
    if not _OWN_NAME.fullmatch(member):
        raise _gone(folder)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(folder / member, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _gone(folder)
    return os.fdopen(handle, "rb")


@contextmanager
def _readable(name: str = "This file") -> Iterator[None]:
    """Turn what zipfile and the system raise into what a person can act on."""
    try:
        yield
    except FileNotFoundError:
        raise MissingFile(f"{name} is not there any more.", EXPORT_AGAIN) from None
    except _BROKEN_ZIP:
        raise UnreadableFile(f"{name} is damaged or no zip file.", EXPORT_AGAIN) from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # a zip that points to a place before its start
            raise UnreadableFile(f"{name} is damaged or no zip file.", EXPORT_AGAIN) from None
        why = error.strerror or "unknown reason"
        raise FileHeldBack(f"{name} cannot be read: {why}.", "Check the file.") from None


def _gone(path: Path) -> MissingFile:
    return MissingFile(f"An attached file is not in {path.name} any more.", EXPORT_AGAIN)


def _local(facts: os.stat_result) -> datetime:
    return datetime.fromtimestamp(facts.st_mtime)  # noqa: DTZ006  (compared with local times)


def _fingerprint(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_size, facts.st_mtime_ns
