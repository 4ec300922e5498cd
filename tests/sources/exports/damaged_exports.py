"""Damaged exports, and files that are none, for tests of the reader."""

import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from itertools import cycle
from random import Random

from tests.exports_builder import SHAPES, Said, render
from tests.sources.exports.phones import PHONES
from tests.sources.exports.reader import THEM, US

_AT = datetime(2024, 2, 28, 23, 58, 50)
_SAID = [
    Said(_AT, THEM, "Messages and calls are end-to-end encrypted.", notice=True),
    Said(_AT + timedelta(minutes=1), THEM, "first: with a colon"),
    Said(_AT + timedelta(minutes=2), US, "two\n\nlines 🙂 नमस्ते"),
    Said(_AT + timedelta(minutes=3), THEM, "look", file="00000001-PHOTO-2024-02-29-00-01-50.jpg"),
    Said(_AT + timedelta(days=3), US, "location: https://maps.google.com/?q=52.5,13.4"),
]
_CHATS = tuple(render(_SAID, phone).encode() for phone in (*SHAPES, *PHONES[::5]))


def _zipped(text: bytes, method: int) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(zipfile.ZipInfo("_chat.txt"), text, method)
        file.writestr(zipfile.ZipInfo("00000001-PHOTO-2024-02-29-00-01-50.jpg"), b"jpeg")
    return held.getvalue()


_OTHERS = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Example\r\nTEL:+49 171 3920012\r\nEND:VCARD\r\n",
    b"Name,Phone 1 - Value\nAda Example,+49 171 3920012\n",
    b'{"1@s.whatsapp.net": {"name": "Ada", "messages": {"1": {"data": "hi"}}}}',
    b"<!DOCTYPE html><html><body>13/02/2024, 10:00 - Ada: hi</body></html>",
    b"2024-02-13 10:00:01 INFO Ada: started\n2024-02-13 10:00:02 INFO Ada: done\n",
    b"[2024-02-13 10:00:01] ERROR Ada: failed\n" * 3,
    b"%PDF-1.7\n1 0 obj << >> endobj\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"SQLite format 3\0",
    b"\xff\xfe1\x003\x00/\x002\x00", b"\xfe\xff\x001\x003", b"", b"\n" * 50, b"\0" * 50, b": " * 99,
    b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"[" * 99, b"1/1/1, 1:11 - " * 20,
)  # fmt: skip
_ZIPS = tuple(
    _zipped(chat, method)
    for chat, method in zip(
        _CHATS[:8], cycle((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)), strict=False
    )
)
_BASES = (*_CHATS, *_ZIPS, *_OTHERS)
_BITS = (
    b"\n", b"\r", b": ", b":", b" - ", b"[", b"] ", b"/", b"\xe2\x80\x8e", b"\xef\xbb\xbf", b"\0",
    b"\xff", b"<", b">", b" (file attached)", b"99", b"\xd9\xa1", b"(", b"\\", b"\xe2\x80\xaf",
    b"PM", b"\xf0\x9f", b"\xc2\x85", b"%s", b"{0}",
)  # fmt: skip


def _cut_off(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _cut_in(random: Random, data: bytes) -> bytes:
    return data[random.randrange(len(data) + 1) :]


def _splice(random: Random, data: bytes) -> bytes:
    return _cut_off(random, data) + _cut_in(random, random.choice(_BASES))


def _noise(random: Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(random.randrange(1, 6) if found else 0):
        found[random.randrange(len(found))] = random.randrange(256)
    return bytes(found)


def _insert(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(_BITS) * random.choice((1, 1, 2, 50)) + data[at:]


def _drop(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + data[at + random.randrange(1, 20) :]


def _shuffle(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    random.shuffle(lines)
    return b"\n".join(lines)


def _random(random: Random, data: bytes) -> bytes:
    return random.randbytes(len(data))


def _repeat(random: Random, data: bytes) -> bytes:
    return data * random.randrange(2, 4)


_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _cut_off, _cut_in, _splice, _noise, _noise, _insert, _insert, _drop, _shuffle, _random, _repeat,
)  # fmt: skip


def damaged_export(number: int) -> bytes:
    """The damaged file of that number, always the same."""
    random = Random(number)
    data = random.choice(_CHATS if random.random() < 0.7 else _BASES)
    for _ in range(random.choice((1, 1, 2, 3))):
        data = random.choice(_CHANGES)(random, data)
    return data
