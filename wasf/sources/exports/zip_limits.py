"""Looks at a zip's directory before zipfile builds it in memory: 300,000 entries cost 175 MB."""

import struct
from pathlib import Path

from wasf.errors import UnreadableFile
from wasf.sources.exports.text import EXPORT_AGAIN

MAX_ENTRIES = 20_000
MAX_DIRECTORY = 8 << 20

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_ENTRY_SIGNATURE = b"PK\x01\x02"
_ZIP64_LOCATOR = b"PK\x06\x07"
_LOCATOR_SIZE = 20
_MAX_COMMENT = (1 << 16) - 1


def check_directory(path: Path) -> None:
    """Refuse (`UnreadableFile`) what no phone writes: many entries, zip64, several disks."""
    tail = _tail(path)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) < at + _END.size:
        raise UnreadableFile("This file is damaged or no zip file.", EXPORT_AGAIN)
    _, disk, start_disk, _, entries, size, _, _ = _END.unpack_from(tail, at)
    has_zip64 = tail[max(0, at - _LOCATOR_SIZE) :].startswith(_ZIP64_LOCATOR)
    if has_zip64 or disk or start_disk:
        raise UnreadableFile("This zip is of a kind that WhatsApp does not write.", EXPORT_AGAIN)
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY or _entries_in(path, size) > MAX_ENTRIES:
        raise UnreadableFile(f"This zip holds more than {MAX_ENTRIES:,} files.", EXPORT_AGAIN)


def _entries_in(path: Path, size: int) -> int:
    """How many entries the directory has, which need not be what its end says."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - size - _END.size - _MAX_COMMENT))
        return file.read().count(_ENTRY_SIGNATURE)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - _END.size - _MAX_COMMENT - _LOCATOR_SIZE))
        return file.read()
