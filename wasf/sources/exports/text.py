r"""Cuts a chat's bytes into blocks of lines: at `\n` only, with caps; memory does not grow."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

from wasf.errors import UnreadableFile

# --- text


EXPORT_AGAIN = "Export the chat again from WhatsApp (More > Export chat) and give that file."
MAX_TEXT = 256 << 20
MAX_LINE = 1 << 20
# Not more than a header takes up: behind it stands what somebody sent.
SNIFFED = 32
_ZERO_SHARE = 3
# So many bytes are some 500 messages: with more, the garbage collector has to run for each block.
_BLOCK = 48 << 10
_LONE = re.compile(rb"\r(?!\n)").search


class Stream(Protocol):
    """Bytes to be read to their end; a read may give fewer than asked for."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


def sniff(head: bytes) -> None:
    """Refuse by its first bytes what cannot be a chat's text.

    Only what begins with many zero bytes: one by itself may stand in any text.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(
            "This file is a text in UTF-16; WhatsApp writes UTF-8.",
            "Some editor saved it anew. Save it as UTF-8, or export the chat again.",
        )
    if head.count(b"\0") * _ZERO_SHARE > len(head):
        raise no_text()


def blocks_of(stream: Stream) -> Iterator[bytes]:
    """Cut a stream into blocks of whole lines, each line behind its `\\n`.

    At `\\n` only: chat text holds every other kind of line end. The file's first line gets a `\\n`
    in front; a block does not end in one, nor in the `\\r` of a line's end.
    """
    rest, total = b"\n", 0
    while chunk := stream.read(_BLOCK):
        if not total:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        total += len(chunk)
        if total > MAX_TEXT:
            raise too_large()
        rest += chunk
        end = rest.rfind(b"\n")
        if end > 0:
            yield rest[:end].removesuffix(b"\r")
            rest = rest[end:]
        elif len(rest) > MAX_LINE:
            raise UnreadableFile("This file has a line longer than 1 MiB.", EXPORT_AGAIN)
    if len(rest) > 1:
        yield rest.removesuffix(b"\r")


def lines_of(block: bytes) -> list[str]:
    """The lines of a block, readable also where they are damaged."""
    return with_newlines(block).decode(errors="replace").split("\n")[1:]


def with_newlines(data: bytes) -> bytes:
    """With `\\n` for the `\\r\\n` that iPhones write; any other `\\r` is part of a text."""
    if b"\r" not in data:
        return data
    # Where none stands alone, to delete them all takes half the time of a replacement.
    return data.replace(b"\r\n", b"\n") if _LONE(data) else data.translate(None, b"\r")


def mended(data: bytes) -> bytes:
    """With U+FFFD in the place of what is not UTF-8."""
    return data.decode(errors="replace").encode()


def damaged_lines(block: bytes, first: int) -> Iterator[int]:
    """The numbers of lines that are not UTF-8; the block's first line has the number `first`."""
    for number, line in enumerate(block.split(b"\n")[1:], first):
        try:
            line.decode()
        except UnicodeDecodeError:
            yield number


def too_large() -> UnreadableFile:
    """The error for a text beyond the cap."""
    return UnreadableFile(f"This file's text is larger than {MAX_TEXT >> 20} MiB.", EXPORT_AGAIN)


def no_text() -> UnreadableFile:
    """The error for a file that is no text."""
    return UnreadableFile("This file is not a text file.", EXPORT_AGAIN)


# --- marks
# The invisible marks in exports: those around headers, and those before WhatsApp's own words.


ANY_MARK = "\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""All that may stand around a header, as the members of a set in a pattern."""

MARKS = ("\u200e", "\u200f")
"""What an iPhone puts before a body that WhatsApp wrote, and before the header of a file."""

MARKS_IN_BYTES = tuple(map(str.encode, MARKS))

_INVISIBLE = re.compile(f"[{ANY_MARK}]+")


def without_marks(text: str) -> str:
    """A text without the invisible marks that WhatsApp puts around its own words."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


@lru_cache(512)
def fold_phrase(text: str) -> str:
    """A phrase as it is compared: no marks, no case, no full stop, blanks as one."""
    plain = unicodedata.normalize("NFC", without_marks(text))
    return " ".join(plain.split()).rstrip(".。।۔ ").casefold()
