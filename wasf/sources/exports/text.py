r"""Cuts a chat's bytes into lines: UTF-8, `\n` only, with caps; memory does not grow with it."""

from collections.abc import Iterator
from typing import IO, NamedTuple

from wasf.errors import UnreadableFile

EXPORT_AGAIN = "Export the chat again from WhatsApp (More > Export chat) and give that file."
MAX_TEXT = 256 << 20
MAX_LINE = 1 << 20
SNIFFED = 64
_BLOCK = 1 << 18


class Block(NamedTuple):
    """Some lines of the text. `first` is the number of the first; `damaged` are not UTF-8."""

    first: int
    lines: list[str]
    damaged: frozenset[int] = frozenset()


def sniff(head: bytes, name: str) -> None:
    """Refuse by its first bytes what cannot be a chat's text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(
            f"{name} is a text in UTF-16; WhatsApp writes UTF-8.",
            "Some editor saved it anew. Save it as UTF-8, or export the chat again.",
        )
    if b"\0" in head:
        raise UnreadableFile(f"{name} is not a text file.", EXPORT_AGAIN)


def blocks_of(stream: IO[bytes], origin: str) -> Iterator[Block]:
    """Cut a stream into lines, at `\\n` only: chat text holds every other kind of line end."""
    carry, number, total = b"", 1, 0
    while chunk := stream.read(_BLOCK):
        total += len(chunk)
        if total > MAX_TEXT:
            raise too_large(origin)
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            carry += tail
            if len(carry) > MAX_LINE:
                raise UnreadableFile(
                    f"Line {number} of {origin} is longer than 1 MiB.", EXPORT_AGAIN
                )
            continue
        block = _decoded(carry + head, number)
        carry = tail
        yield block
        number += len(block.lines)
    if carry:
        yield _decoded(carry, number)


def _decoded(data: bytes, number: int) -> Block:
    if number == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return Block(number, _lines(data.decode()))
    except UnicodeDecodeError:
        pass
    lines: list[str] = []
    damaged: list[int] = []
    for at, raw in enumerate(data.split(b"\n"), number):
        line = raw.removesuffix(b"\r").decode(errors="replace")
        lines.append(line)
        if "\ufffd" in line and line.encode() != raw.removesuffix(b"\r"):
            damaged.append(at)
    return Block(number, lines, frozenset(damaged))


def _lines(text: str) -> list[str]:
    """Lines without their ends: iPhones write \\r\\n. Any other \\r is part of a text."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    return text.split("\n")


def too_large(name: str) -> UnreadableFile:
    """The error for a text beyond the cap."""
    return UnreadableFile(f"The text of {name} is larger than {MAX_TEXT >> 20} MiB.", EXPORT_AGAIN)
