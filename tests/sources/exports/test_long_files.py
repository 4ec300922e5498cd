"""A long file, which gets patterns of its own, is read as exactly as a short one."""

from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.exports_builder import SHAPES, Said, Shape, render, write_txt
from tests.samples import one_in
from tests.sources.exports.reader import THEM, US, expected, read_one, rows
from wasf.core.chats import SystemLine

_COUNT = 21_000
_SAYINGS = (
    (THEM, "first: with a colon"),
    (US, "ho"),
    (US, "two\n\nlines 🙂 नमस्ते"),
    (THEM, "a line of the file's own form\n31/12, 10:00 - Ada Example: is none of it"),
    (THEM, "Ada Example: said so"),
    (US, "https://example.com/price?of=1: two"),
    (THEM, "Deleted"),
)


def _chat() -> list[Said]:
    """Messages of two years, all by day: at night some times do not exist."""
    start = datetime(2021, 1, 1, 8, 0, 5)
    said = [
        Said(start + timedelta(days=number // 30, minutes=23 * (number % 30)), author, text)
        for number, (author, text) in enumerate(islice(cycle(_SAYINGS), _COUNT))
    ]
    for number in range(9, _COUNT, 1000):
        said[number] = Said(
            said[number].at, THEM, "Your security code with Ada changed.", notice=True
        )
    return said


@pytest.mark.parametrize("shape", one_in(3, SHAPES[::6], lambda shape: shape.name))
def test_a_long_file(tmp_path: Path, shape: Shape) -> None:
    said = _chat()
    path = write_txt(tmp_path, f"WhatsApp Chat with {THEM}", render(said, shape))

    _, items = read_one(path)

    assert rows(items) == expected(said, shape)
    notices = sum(one.notice for one in said)
    assert sum(isinstance(item, SystemLine) for item in items) == notices
