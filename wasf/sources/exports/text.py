r"""A chat's bytes as blocks of whole lines, and the invisible marks in its text.

Blocks end at `\n` only, since messages contain every other kind of line end. Sizes are limited, so
that memory does not grow with the file.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Protocol

from wasf.core.text import composed
from wasf.errors import UnreadableFile

EXPORT_AGAIN = "Export the chat again from WhatsApp (More > Export chat) and give that file."
MAX_TEXT = 256 << 20
MAX_LINE = 1 << 20
SNIFFED = 32
"""Bytes that `check_start` needs: not more than a header, because people's words follow it."""

ANY_MARK = "\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""The marks that may stand around a header, as the members of a set in a pattern."""

MARKS = ("\u200e", "\u200f")
"""The marks that an iPhone puts before a body that WhatsApp wrote, and before a file's header."""

FULL_STOPS = ".。।۔ "
"""What may end a phrase, and may be missing."""

# Editors put a byte order mark before it.
_MARKS_IN_BYTES = tuple(f"{order}{mark}".encode() for order in ("", "\ufeff") for mark in MARKS)

SAVE_AS_UTF8 = "Some editor saved it anew. Save it as UTF-8, or export the chat again."

_LONGEST_CHARACTER = 4
EAST_ASIAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
"""A letter of Chinese, Japanese or Korean."""

_MAX_ZERO_SHARE = 3
# About 500 messages. With more, the garbage collector runs for every block.
_BLOCK = 48 << 10
_LONE_RETURN = re.compile(rb"\r(?!\n)").search
_ANY_MARKS = re.compile(f"[{ANY_MARK}]+")
_INVISIBLE_IN_NAMES = re.compile(f"[{ANY_MARK}\u200b]+")


class ByteStream(Protocol):
    """Bytes that are read from start to end; `read` may return fewer than asked for."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


def check_start(head: bytes) -> None:
    """Raise `UnreadableFile` for first bytes that no chat begins with.

    One zero byte may stand in any text, so only many of them are refused.
    """
    even, odd = head[::2].count(0), head[1::2].count(0)
    has_zeros_between = (even == 0) != (odd == 0)
    has_many_zeros = (even + odd) * _MAX_ZERO_SHARE > len(head)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or (has_zeros_between and has_many_zeros):
        raise UnreadableFile("This file is a text in UTF-16; WhatsApp writes UTF-8.", SAVE_AS_UTF8)
    if has_many_zeros:
        raise not_a_text()


def blocks_of(stream: ByteStream) -> Iterator[bytes]:
    r"""Yield a stream as blocks of whole lines, each line with its `\n` in front.

    The first line of the file gets a `\n` too. A block does not end in `\n`, nor in the `\r` of a
    line end. Raise `UnreadableFile` for a text or a line that is too large.
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
    rest = _without_cut_character(rest)
    if len(rest) > 1:
        yield rest.removesuffix(b"\r")


def _without_cut_character(end: bytes) -> bytes:
    """Remove the first bytes of a character of which the rest is missing: the file was cut."""
    try:
        end.decode()
    except UnicodeDecodeError as error:
        if error.end == len(end) and len(end) - error.start < _LONGEST_CHARACTER:
            return end[: error.start]
    return end


def check_utf8(blocks: Iterable[bytes], first_line: int) -> None:
    """Raise `UnreadableFile` if a line is not UTF-8, naming the first such line (T5)."""
    line = first_line
    for block in blocks:
        for number in invalid_lines(block, line):
            raise _not_utf8(number, block.split(b"\n")[1 + number - line])
        line += block.count(b"\n")


def _not_utf8(number: int, line: bytes) -> UnreadableFile:
    """Return the error for a line; a text in a code page has no letters that are valid in UTF-8."""
    is_code_page = line.decode(errors="ignore").isascii()
    shown = line.decode("cp1252", errors="ignore") if is_code_page else ""
    if any(char.isalpha() and not char.isascii() for char in shown):
        what = "is in Windows-1252 or a code page like it; WhatsApp writes UTF-8"
        return UnreadableFile(f"Line {number:,} of this file {what}.", SAVE_AS_UTF8)
    return UnreadableFile(
        f"Line {number:,} of this file has bytes that are no text in UTF-8.", SAVE_AS_UTF8
    )


def lines_of(block: bytes) -> list[str]:
    """Return the lines of a block; bytes that are not UTF-8 become U+FFFD."""
    return with_newlines(block).decode(errors="replace").split("\n")[1:]


def with_newlines(data: bytes) -> bytes:
    r"""Replace the `\r\n` that iPhones write by `\n`. Any other `\r` is part of a text."""
    if b"\r" not in data:
        return data
    # If no `\r` stands alone, deleting them all takes half the time of a replacement.
    return data.replace(b"\r\n", b"\n") if _LONE_RETURN(data) else data.translate(None, b"\r")


def as_valid_utf8(data: bytes) -> bytes:
    """Replace what is not UTF-8 by U+FFFD."""
    return data.decode(errors="replace").encode()


def invalid_lines(block: bytes, first: int) -> Iterator[int]:
    """Yield the numbers of lines that are not UTF-8; the block begins with line `first`."""
    for number, line in enumerate(block.split(b"\n")[1:], first):
        try:
            line.decode()
        except UnicodeDecodeError:
            yield number


def has_mark(header: bytes) -> bool:
    """Return whether one of `MARKS` begins a header."""
    return header.startswith(_MARKS_IN_BYTES)


def without_marks(text: str) -> str:
    """Remove the invisible marks that WhatsApp puts around its own words."""
    return text if text.isascii() else _ANY_MARKS.sub("", text)


def tidy_name(name: str) -> str:
    """Return a name as people see it: composed, no invisible marks, single blanks."""
    return " ".join(_INVISIBLE_IN_NAMES.sub("", composed(name)).split())


@lru_cache(512)
def fold_phrase(text: str) -> str:
    """Return a phrase for comparison: no marks, no case, no full stop, single blanks."""
    plain = composed(without_marks(text))
    return " ".join(plain.split()).rstrip(FULL_STOPS).casefold()


def too_large() -> UnreadableFile:
    """Return the error for a text beyond the limit."""
    return UnreadableFile(f"This file's text is larger than {MAX_TEXT >> 20} MiB.", EXPORT_AGAIN)


def not_a_text() -> UnreadableFile:
    """Return the error for a file that is not a text."""
    return UnreadableFile("This file is not a text file.", EXPORT_AGAIN)
