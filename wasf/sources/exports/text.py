r"""Cuts a chat's bytes into lines: UTF-8, `\n` only, with caps; memory does not grow with it."""

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


class Block(NamedTuple):
    """Some whole lines of the text, each with a line end in front of it.

    `first` is the number of the first; `damaged` are the numbers of those that are not UTF-8.
    """

    first: int
    text: str
    damaged: frozenset[int] = frozenset()


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
        block = _decoded(carry + head, number)
        carry = tail
        yield block
        number += block.text.count("\n")
    if carry:
        yield _decoded(carry, number)


def _decoded(data: bytes, number: int) -> Block:
    if number == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    # iPhones write \r\n; any other \r is part of a text.
    data = b"\n" + data.removesuffix(b"\r").replace(b"\r\n", b"\n")
    try:
        return Block(number, data.decode())
    except UnicodeDecodeError:
        return _damaged(data, number)


def _damaged(data: bytes, number: int) -> Block:
    lines = data.split(b"\n")[1:]
    damaged = (at for at, line in enumerate(lines, number) if not _is_utf8(line))
    return Block(number, data.decode(errors="replace"), frozenset(damaged))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def too_large() -> UnreadableFile:
    """The error for a text beyond the cap."""
    return UnreadableFile(f"This file's text is larger than {MAX_TEXT >> 20} MiB.", EXPORT_AGAIN)


def no_text() -> UnreadableFile:
    """The error for a file that is no text."""
    return UnreadableFile("This file is not a text file.", EXPORT_AGAIN)
