r"""Cuts a chat's bytes into blocks of lines: at `\n` only, with caps; memory does not grow."""

import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from wasf.errors import UnreadableFile

EXPORT_AGAIN = "Export the chat again from WhatsApp (More > Export chat) and give that file."
MAX_TEXT = 256 << 20
MAX_LINE = 1 << 20
# Not more than a header takes up: behind it stands what somebody sent.
SNIFFED = 32
_ZERO_SHARE = 3
_BLOCK = 1 << 16
_LONE = re.compile(rb"\r(?!\n)").search


class Block(NamedTuple):
    """Some whole lines of the text, each with a line end in front of it, as they stand.

    `first` is the number of the first, `lines` how many they are.
    """

    first: int
    data: bytes
    lines: int

    def split(self) -> list[str]:
        """The lines, readable also where they are damaged."""
        return with_newlines(self.data).decode(errors="replace").split("\n")[1:]


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


def blocks_of(stream: IO[bytes]) -> Iterator[Block]:
    """Cut a stream into lines, at `\\n` only: chat text holds every other kind of line end."""
    carry, number, total = b"", 1, 0
    while chunk := stream.read(_BLOCK):
        total += len(chunk)
        if total > MAX_TEXT:
            raise too_large()
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            carry += tail
            if len(carry) > MAX_LINE:
                raise UnreadableFile(
                    f"Line {number} of this file is longer than 1 MiB.", EXPORT_AGAIN
                )
            continue
        block = _block(carry + head, number)
        carry = tail
        yield block
        number += block.lines
    if carry:
        yield _block(carry, number)


def _block(data: bytes, number: int) -> Block:
    if number == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    data = b"\n" + data.removesuffix(b"\r")
    return Block(number, data, data.count(b"\n"))


def with_newlines(data: bytes) -> bytes:
    """With `\\n` for the `\\r\\n` that iPhones write; any other `\\r` is part of a text."""
    if b"\r" not in data:
        return data
    # Where none stands alone, to delete them all takes half the time of a replacement.
    return data.replace(b"\r\n", b"\n") if _LONE(data) else data.translate(None, b"\r")


def mended(data: bytes) -> bytes:
    """With U+FFFD in the place of what is not UTF-8."""
    return data.decode(errors="replace").encode()


def damaged_lines(block: Block) -> Iterator[int]:
    """The numbers of lines that are not UTF-8."""
    for number, line in enumerate(block.data.split(b"\n")[1:], block.first):
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
