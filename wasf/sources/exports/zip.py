"""The entries of a zip: which is the chat, which are its files, and what is refused.

Anybody can make a zip, so its directory is checked before `zipfile` reads it, and the chat's entry
before and while it is unpacked.
"""

import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from pathlib import Path

from wasf.core.text import composed
from wasf.errors import UnreadableFile
from wasf.sources.exports.names import CHAT_NAME, without_copy_number
from wasf.sources.exports.text import EXPORT_AGAIN, MAX_TEXT, too_large

MAX_ENTRIES = 20_000
MAX_DIRECTORY = 8 << 20

_MAX_RATIO = 200
_ANY_RATIO_BELOW = 1 << 20
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_ENTRY_SIGNATURE = b"PK\x01\x02"
_ZIP64_LOCATOR = b"PK\x06\x07"
_LOCATOR_SIZE = 20
_MAX_COMMENT = (1 << 16) - 1


def check_directory(path: Path) -> None:
    """Raise `UnreadableFile` for what no phone writes: many entries, zip64, several disks.

    `zipfile` would build all entries in memory, and 300,000 of them take 175 MB.
    """
    tail = _tail(path, _END.size + _MAX_COMMENT + _LOCATOR_SIZE)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) < at + _END.size:
        raise UnreadableFile("This file is damaged or no zip file.", EXPORT_AGAIN)
    _, disk, start_disk, _, entries, size, _, _ = _END.unpack_from(tail, at)
    has_zip64 = tail[max(0, at - _LOCATOR_SIZE) :].startswith(_ZIP64_LOCATOR)
    if has_zip64 or disk or start_disk:
        raise UnreadableFile("This zip is of a kind that WhatsApp does not write.", EXPORT_AGAIN)
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY or _real_entries(path, size) > MAX_ENTRIES:
        raise UnreadableFile(f"This zip holds more than {MAX_ENTRIES:,} files.", EXPORT_AGAIN)


def _real_entries(path: Path, size: int) -> int:
    """Count the entries of a directory of that size; its end may give another number."""
    return _tail(path, size + _END.size + _MAX_COMMENT).count(_ENTRY_SIGNATURE)


def _tail(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - size))
        return file.read()


def entries_of(file: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return all entries but folders and what systems add.

    Raise `UnreadableFile` for a NUL in a name and for two entries of one name.
    """
    infos = [info for info in file.infolist() if not _is_clutter(info.filename)]
    if any("\0" in info.orig_filename for info in infos):
        raise UnreadableFile("This zip holds a file whose name cannot be one.", EXPORT_AGAIN)
    if len({info.filename for info in infos}) < len(infos):
        raise UnreadableFile("This zip holds two files of one name.", EXPORT_AGAIN)
    return infos


def _is_clutter(name: str) -> bool:
    return name.endswith("/") or name.startswith("__MACOSX/") or "/._" in f"/{name}"


def find_chat_entry(infos: Sequence[zipfile.ZipInfo], path: Path) -> zipfile.ZipInfo:
    """Return the text that is the chat; other texts are documents that somebody sent.

    Raise `UnreadableFile` if there is none, or if several may be it.
    """
    texts = [info for info in infos if info.filename.lower().endswith(".txt")]
    stem = without_copy_number(composed(path.stem))
    for wanted in (Path(CHAT_NAME).stem, composed(path.stem), stem):
        named = [info for info in texts if Path(entry_name(info)).stem == wanted]
        if len(named) == 1:
            return named[0]
    if len(texts) == 1:
        return texts[0]
    if texts:
        raise UnreadableFile(f"This zip holds {len(texts)} texts; which is the chat?", EXPORT_AGAIN)
    if any(info.filename.lower().endswith(".zip") for info in infos):
        raise UnreadableFile(
            "This zip holds zip files, and no chat.", "Unzip it and give the folder."
        )
    raise UnreadableFile("This zip holds no chat (no .txt file).", EXPORT_AGAIN)


def check_chat_entry(info: zipfile.ZipInfo, zip_size: int) -> None:
    """Raise `UnreadableFile` or `BadZipFile` for a chat that is not what a phone writes."""
    if not _is_plain(info):
        raise UnreadableFile("The chat in this zip is a link, not a file.", EXPORT_AGAIN)
    if info.flag_bits & 0x1:
        raise UnreadableFile("This zip is encrypted.", "Unzip it with its password first.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFile(
            "This zip is compressed in a way that WhatsApp does not use.", EXPORT_AGAIN
        )
    if not info.file_size:
        raise UnreadableFile("The chat in this zip is empty.", EXPORT_AGAIN)
    if info.file_size > MAX_TEXT:
        raise too_large()
    if info.header_offset + info.compress_size > zip_size:
        raise zipfile.BadZipFile
    if info.file_size > _ANY_RATIO_BELOW and info.file_size > _MAX_RATIO * info.compress_size:
        raise UnreadableFile("This zip unpacks to far more than a chat can hold.", EXPORT_AGAIN)


def _is_plain(info: zipfile.ZipInfo) -> bool:
    """Return whether it is a file, not a link or a device; many zips do not say."""
    return stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)


class CheckedEntry:
    """An entry of a zip as a stream of its bytes, read once from its beginning.

    `zipfile` cuts off an entry that is longer than the zip says, and accepts one that is shorter.
    A phone writes neither, so both are refused here.
    """

    def __init__(self, file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        one_more = copy(entry)
        one_more.file_size += 1
        self._stream = file.open(one_more)
        self._left = entry.file_size

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end.

        Raise `zipfile.BadZipFile`, `zlib.error` or `EOFError` for what is not as the zip says.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0 or (self._left and not data):
            raise zipfile.BadZipFile
        return data

    def close(self) -> None:
        """Close the entry, and with it the zip if that is closed already."""
        self._stream.close()


def entry_name(info: zipfile.ZipInfo) -> str:
    """Return the name as its writer meant it: some write UTF-8 without the flag for it."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = info.filename
    return composed(name)


def attachments_among(infos: Sequence[zipfile.ZipInfo]) -> dict[str, str]:
    """Return the files that messages may show: name as shown -> name inside."""
    plain = [info for info in infos if _is_plain(info)]
    names = [(entry_name(info).rpartition("/")[2], info.filename) for info in plain]
    counts = Counter(shown for shown, _ in names)
    return {shown: inside for shown, inside in names if counts[shown] == 1}


def written_at(info: zipfile.ZipInfo) -> datetime | None:
    """Return when the entry was written, by the clock of the phone; None if it does not say."""
    try:
        return datetime(*info.date_time)  # noqa: DTZ001  (a zip's times are local and have no zone)
    except ValueError:
        return None
