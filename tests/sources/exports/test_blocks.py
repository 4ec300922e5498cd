"""What was not understood is reported with its lines, wherever the blocks end."""

from pathlib import Path

from tests.exports_builder import write_txt
from tests.sources.exports.reader import read_one
from wasf.core.chats import NotUnderstood

_START = "28/11/2024, 09:05 - "
_MANY = 60_000  # characters are more than a block


def _notes(folder: Path, lines: list[bytes]) -> list[NotUnderstood]:
    path = write_txt(folder, "WhatsApp Chat with Ada Example", "")
    path.write_bytes(b"\n".join(lines) + b"\n")
    _, items = read_one(path)
    return [item for item in items if isinstance(item, NotUnderstood)]


def _said(count: int) -> list[bytes]:
    names = ("Ada Example", "Support")
    return [f"{_START}{names[n % 2]}: {n} {'x' * 80}".encode() for n in range(count)]


def test_what_follows_a_notice_over_blocks(tmp_path: Path) -> None:
    """Its lines are counted when it ends."""
    notice = _START.encode() + b"Your security code with Ada changed."
    more = [b"x" * 99] * (2 * _MANY // 99)
    lines = [*_said(1500), notice, *more, *_said(5)]

    assert _notes(tmp_path, lines) == [NotUnderstood(1502, 1501 + len(more), "after a notice")]
