"""Zips that somebody made to do harm, or that are damaged, each with the reason to refuse it."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from tests.exports_builder import IOS_DE, Said, render_ios

CHAT = "_chat.txt"
PHOTO = "00000002-PHOTO-2024-02-17-10-00-06.jpg"
TEXT = render_ios(
    [
        Said(datetime(2024, 2, 17, 10, 0, 5), "Ada Example", "hi"),
        Said(datetime(2024, 2, 17, 10, 0, 6), "Ada Example", file=PHOTO),
        Said(datetime(2024, 2, 17, 10, 0, 7), "Support", "ho"),
    ],
    IOS_DE,
)

_LOCAL, _ENTRY, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MIB = 1 << 20
_LINE = "[17.02.24, 10:00:05] Ada Example: {}\r\n"


class Hostile(NamedTuple):
    """A zip: what makes its bytes, and words of the reason. `is_big` takes a second to make."""

    make: Callable[[], bytes]
    words: str
    is_big: bool = False


def packed(
    *entries: tuple[str | zipfile.ZipInfo, str | bytes],
    method: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
) -> bytes:
    """A zip with these entries, even with two of one name."""
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", method) as file:
        for name, content in entries:
            file.writestr(name, content, method)
        file.comment = comment
    return stream.getvalue()


def real() -> bytes:
    """The zip of a short chat with a photo, as an iPhone writes it; more than 2,000 bytes."""
    photo = bytes((n * n + n // 7) % 251 for n in range(1900))
    return packed((CHAT, TEXT), (PHOTO, photo))


def _patched(*changes: Callable[[bytearray], None]) -> Callable[[], bytes]:
    def make() -> bytes:
        raw = bytearray(packed((CHAT, TEXT)))
        for change in changes:
            change(raw)
        return bytes(raw)

    return make


def _put(signature: bytes, offset: int, form: str, *values: int) -> Callable[[bytearray], None]:
    def change(raw: bytearray) -> None:
        struct.pack_into("<" + form, raw, raw.index(signature) + offset, *values)

    return change


def _both(local: int, entry: int, form: str, value: int) -> Callable[[], bytes]:
    """A field that stands in the entry's own header and in the directory."""
    return _patched(_put(_LOCAL, local, form, value), _put(_ENTRY, entry, form, value))


def _directory(offset: int, form: str, value: int) -> Callable[[], bytes]:
    return _patched(_put(_ENTRY, offset, form, value))


def _end(offset: int, form: str, *values: int) -> Callable[[], bytes]:
    return _patched(_put(_END, offset, form, *values))


def _of_kind(mode: int) -> Callable[[], bytes]:
    def make() -> bytes:
        info = zipfile.ZipInfo(CHAT)
        info.external_attr = (mode | 0o644) << 16
        return packed((info, "/etc/passwd"))

    return make


def _replaced(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: packed((CHAT, TEXT), ("x.jpg", b"x")).replace(old, new)


def _many(count: int, claimed: int | None = None) -> Callable[[], bytes]:
    """A zip of empty entries, written by hand: zipfile would take a minute."""

    def make() -> bytes:
        body = packed((CHAT, TEXT))
        at = body.index(_ENTRY)
        end = bytearray(body[body.index(_END) :])
        directory = bytearray(body[at : body.index(_END)])
        entry = struct.Struct("<4s6H3L5H2L")
        for n in range(count):
            name = b"%07d" % n
            directory += entry.pack(_ENTRY, 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0,
                                    0, 0) + name  # fmt: skip
        told = min(count + 1 if claimed is None else claimed, 0xFFFF)
        struct.pack_into("<2H2L", end, 8, told, told, len(directory), at)
        return body[:at] + bytes(directory) + bytes(end)

    return make


def _bomb(size: int, *, name: str = CHAT, text: str = TEXT) -> Callable[[], bytes]:
    return lambda: packed((name, text + _LINE.format("a" * 1000) * (size // 1040)))


def _lying_bomb(told: int) -> Callable[[], bytes]:
    """Unpacks to far more than it says."""

    def make() -> bytes:
        raw = bytearray(packed((CHAT, TEXT + _LINE.format("a" * 1000) * 9000)))
        for signature, offset in ((_LOCAL, 22), (_ENTRY, 24)):
            struct.pack_into("<L", raw, raw.index(signature) + offset, told)
        return bytes(raw)

    return make


def _layers(depth: int) -> Callable[[], bytes]:
    def make() -> bytes:
        content = packed((CHAT, TEXT))
        for n in range(depth):
            content = packed((f"{n}.zip", content))
        return content

    return make


DAMAGED, KIND, MANY, TEXTS = "damaged", "of a kind", "more than 20,000 files", "texts; which"
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd",
            95: "xz", 97: "wavpack", 98: "ppmd", 99: "AES", 0xFFFF: "nobody's"}  # fmt: skip
_NO_ZIPS = {
    "nothing but a start": _LOCAL, "nothing but an end": _END + bytes(17), "text": b"hello" * 99,
    "gzip": b"\x1f\x8b\x08" + bytes(99), "7z": b"7z\xbc\xaf\x27\x1c" + bytes(99),
    "rar": b"Rar!\x1a\x07\x01\x00" + bytes(99), "pdf": b"%PDF-1.7" + bytes(99),
    "zeros": bytes(9999), "a page": b"<!DOCTYPE html><html>" + b" " * 999, "one byte": b"P",
    "ends without end": _END * 4096, "all ones": b"\xff" * 4096,
}  # fmt: skip
_TWO_CHATS = [
    ("a.txt", "b.txt"), ("a/_chat.txt", "b/_chat.txt"), ("A.TXT", "a.txt"),
    ("WhatsApp Chat with Ada.txt", "WhatsApp Chat with Bob.txt"), ("_chat.txt", "x/_chat.txt"),
    ("_chat.txt", "_chat (1).txt.txt", "y/_chat.txt"),
]  # fmt: skip
_ODD_KINDS = {"link": stat.S_IFLNK, "device": stat.S_IFCHR, "disk": stat.S_IFBLK,
              "pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK, "folder": stat.S_IFDIR}  # fmt: skip
_ODD_NAMES = ["_chat\0.txt", "\0_chat.txt", "_chat.txt\0.jpg", "a\0b.jpg"]


def _cases() -> Iterator[tuple[str, Hostile]]:
    yield from _bombs()
    yield from _lies()
    for name, content in _NO_ZIPS.items():
        yield f"no zip: {name}", Hostile(lambda content=content: content, DAMAGED)
    for number, name in _METHODS.items():
        yield f"method {name}", Hostile(_both(8, 10, "H", number), "in a way")
    for names in _TWO_CHATS:
        entries = tuple((name, TEXT) for name in names)
        make = lambda entries=entries: packed(*entries)  # noqa: E731
        yield f"two chats: {', '.join(names)}", Hostile(make, TEXTS)
    for name in (CHAT, PHOTO, "x/y.jpg"):
        make = lambda name=name: packed((CHAT, TEXT), (name, "1"), (name, "2"))  # noqa: E731
        yield f"twice {name}", Hostile(make, "two files of one name")
    for name in _ODD_NAMES:
        placeholder = name.replace("\0", "!")
        make = lambda old=placeholder, new=name: packed(  # noqa: E731
            ("chat.txt", TEXT), (old, TEXT)
        ).replace(old.encode(), new.encode())
        yield f"a name with NUL: {name!r}", Hostile(make, "name cannot be one")
    for name, mode in _ODD_KINDS.items():
        yield f"the chat is a {name}", Hostile(_of_kind(mode), "is a link")
    for depth in (1, 2, 9):
        yield f"{depth} zips within", Hostile(_layers(depth), "holds zip files")


def _bombs() -> Iterator[tuple[str, Hostile]]:
    far, large = "far more", "larger than 256 MiB"
    yield "bomb of 4 MiB", Hostile(_bomb(4 * _MIB), far)
    yield "bomb of 64 MiB", Hostile(_bomb(64 * _MIB), far, is_big=True)
    yield "bomb of 300 MiB", Hostile(_bomb(300 * _MIB), large, is_big=True)
    yield "bomb of zeros", Hostile(lambda: packed((CHAT, bytes(64 * _MIB))), far)
    yield "one line", Hostile(lambda: packed((CHAT, TEXT + "a" * (3 * _MIB))), far)
    yield (
        "one stored line",
        Hostile(
            lambda: packed((CHAT, TEXT + "a" * (3 * _MIB)), method=zipfile.ZIP_STORED), "1 MiB"
        ),
    )
    for told in (1, 400, 4096, _MIB):
        yield f"bomb that says {told} bytes", Hostile(_lying_bomb(told), DAMAGED)
    for count in (20_000, 60_000, 65_535, 100_000):
        yield f"{count:,} entries", Hostile(_many(count), MANY)
    yield "300,000 entries", Hostile(_many(300_000), MANY, is_big=True)
    for count, claimed in ((25_000, 5), (140_000, 5), (140_000, 0), (300_000, 1)):
        yield f"{count:,} entries that say {claimed}", Hostile(_many(count, claimed), MANY)


_LIES: list[tuple[str, str, Callable[[int], Callable[[], bytes]], tuple[int, ...]]] = [
    ("flags", "encrypted", lambda n: _both(6, 8, "H", n), (1, 1 | 1 << 6)),
    ("flags of", DAMAGED, lambda n: _both(6, 8, "H", n), (1 << 5, 1 << 6)),
    ("a size of", "larger than", lambda n: _directory(24, "L", n),
     (257 * _MIB, 1 << 31, (1 << 32) - 2)),
    ("a size of", "is empty", lambda n: _directory(24, "L", n), (0,)),
    ("a size of", "far more", lambda n: _directory(24, "L", n), (100 * _MIB,)),
    ("a packed size of", DAMAGED, lambda n: _directory(20, "L", n),
     (1, 10, 1 << 20, (1 << 32) - 2)),
    ("a wrong checksum", DAMAGED, lambda n: _directory(16, "L", n), (0, 1, 0xFFFFFFFF)),
    ("an entry at", DAMAGED, lambda n: _directory(42, "L", n), (1, 30, 5000, 0xFFFFFFFE)),
    ("a name of", DAMAGED, lambda n: _directory(28, "H", n), (1,)),
    ("a directory of", "no chat", lambda n: _end(12, "L", n), (0,)),
    ("a directory of", DAMAGED, lambda n: _end(12, "L", n), (1, 5000, 0x7FFFFF)),
    ("a directory of", MANY, lambda n: _end(12, "L", n), (1 << 24, (1 << 32) - 1)),
    ("a directory at", DAMAGED, lambda n: _end(16, "L", n), (1, 5000, 0x7FFFFFFF)),
    ("disks", KIND, lambda n: _end(4, "2H", n, n), (1, 99)),
    ("for unzip version", DAMAGED, lambda n: _directory(6, "H", n), (99,)),
]  # fmt: skip


def _lies() -> Iterator[tuple[str, Hostile]]:
    for what, words, make, values in _LIES:
        for value in values:
            yield f"{what} {value}", Hostile(make(value), words)
    yield "zip64", Hostile(_zip64, KIND)
    yield (
        "another name before the chat",
        Hostile(lambda: real().replace(CHAT.encode(), b"_CHAT.txt", 1), DAMAGED),
    )
    yield "a chat that is where the photo is", Hostile(_overlapping_chats, DAMAGED)
    yield "a name that is no UTF-8", Hostile(_no_utf8, DAMAGED)
    yield "an empty chat", Hostile(lambda: packed((CHAT, "")), "is empty")
    yield "no chat", Hostile(lambda: packed((PHOTO, b"jpeg")), "no chat")
    yield "nothing in it", Hostile(packed, "no chat")
    yield "folders only", Hostile(lambda: packed(("x/", ""), ("_chat.txt/", "")), "no chat")
    yield "a picture for a chat", Hostile(lambda: packed((CHAT, b"\xff\xd8\0\0" * 9)), "not a text")
    yield "UTF-16", Hostile(lambda: packed((CHAT, TEXT.encode("utf-16"))), "UTF-16")
    yield "prose for a chat", Hostile(lambda: packed((CHAT, "Dear diary,\n" * 99)), "no exported")


def _zip64() -> bytes:
    raw = bytearray(packed((CHAT, TEXT)))
    raw[raw.index(_END) : raw.index(_END)] = b"PK\x06\x07" + bytes(16)
    return bytes(raw)


def _overlapping_chats() -> bytes:
    """The directory says that the chat is where the photo is."""
    raw = bytearray(real())
    struct.pack_into("<L", raw, raw.index(_ENTRY) + 42, raw.index(_LOCAL, 4))
    return bytes(raw)


def _no_utf8() -> bytes:
    raw = bytearray(packed((CHAT, TEXT), ("é.jpg", b"x")))
    return bytes(raw.replace("é".encode(), b"\xc3\x28"))


HOSTILE: dict[str, Hostile] = dict(_cases())


# Odd zips that do no harm: the chat is read, everything else is not touched.
HARMLESS: dict[str, Callable[[], bytes]] = {
    "a photo that is a bomb": lambda: packed((CHAT, TEXT), (PHOTO, bytes(300 * _MIB))),
    "places outside": lambda: packed(
        (CHAT, TEXT), ("../../evil.jpg", b"x"), ("/tmp/evil.jpg", b"x"), ("C:\\evil.jpg", b"x")
    ),
    "a long name": lambda: packed((CHAT, TEXT), ("a" * 60_000 + ".jpg", b"x")),
    "a zip beside the chat": lambda: packed((CHAT, TEXT), ("x.zip", packed((CHAT, TEXT)))),
    "something before it": lambda: b"#!/bin/sh\n" * 99 + real(),
    "a comment": lambda: packed((CHAT, TEXT), comment=b"x" * 65_535),
    "a last name that says it is longer": _directory(28, "H", 0xFFFF),
    "an extra field that is not there": _directory(30, "H", 0xFFFF),
    "a comment that ends a zip": lambda: packed((CHAT, TEXT), comment=b"x" * 9),
}


def cuts(raw: bytes) -> Sequence[bytes]:
    """The zip, cut at every byte."""
    return [raw[:length] for length in range(1, len(raw))]
