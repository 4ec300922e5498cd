"""Headers are found in bytes as the layout's pattern finds them in the text, over all blocks.

What was not understood is reported with its lines, wherever the blocks end.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exports_builder import MARK, SHAPES, Said, Shape, render, write_txt
from tests.sources.exports.reader import read_one
from wasf.core.chats import NotUnderstood
from wasf.sources.exports.bodies import PLAIN_START
from wasf.sources.exports.chunks import HeaderSplitter, in_bytes
from wasf.sources.exports.layout import learn_layout

# --- doc26 ---------------------------------------------------------------------------------------


# --- test_chunks ---------------------------------------------------------------------------------

_TEXTS = ("fine", "two\nlines", "", MARK + "image omitted", "a: b", "<Media omitted>", "ends )")
_NAMES = ("Ada Example", "Support", "Ünï: Ö", "é" * 200)


def _chat(shape: Shape, *more: str) -> str:
    at = datetime(2024, 11, 28, 9, 5, 7)
    said = [
        Said(at + timedelta(hours=7 * n), _NAMES[n % 4], text)
        for n, text in enumerate((*_TEXTS, *more))
    ]
    return "\n" + render(said, shape).replace("\r\n", "\n")


def _splitter(shape: Shape, chat: str) -> HeaderSplitter:
    return HeaderSplitter(learn_layout(chat.split("\n")[1:]), PLAIN_START)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_is_found_in_bytes(shape: Shape) -> None:
    chat = _chat(shape)
    splitter, data = _splitter(shape, chat), chat.encode()

    before, chunks = splitter.split(data)

    assert before == b""
    assert len(chunks.dates) == len(_TEXTS)
    assert chunks.dates == splitter.split_without((), data)[1].dates
    assert chunks.clocks == splitter.split_without((), data)[1].clocks


@given(st.sampled_from(SHAPES), st.data())
def test_bytes_give_what_the_pattern_gives(shape: Shape, data: st.DataObject) -> None:
    chat = _chat(shape)
    splitter = _splitter(shape, chat)
    at = data.draw(st.integers(0, len(chat)))
    signs = st.sampled_from([*"0129/.:-,[]() \n\u200e\u202f٢२年APМ–", chat[at : at + 40]])
    broken = chat[:at] + "".join(data.draw(st.lists(signs, max_size=4))) + chat[at:]

    before, chunks = splitter.split(broken.encode())
    expected_before, expected = splitter.split_without((), broken.encode())

    assert before == expected_before
    assert chunks[:3] == expected[:3]
    assert [chunks.start(n) for n in range(len(chunks.dates))] == [
        expected.start(n) for n in range(len(expected.dates))
    ]


def test_a_header_taken_for_text_stays_in_the_chunk_before_it() -> None:
    chat = _chat(SHAPES[0])
    splitter = _splitter(SHAPES[0], chat)
    _, whole = splitter.split(chat.encode())

    before, chunks = splitter.split_without({0, 2}, chat.encode())

    assert before.startswith(b"\n28/11/2024, 09:05 - Ada Example: fine")
    assert chunks.dates == whole.dates[1:2] + whole.dates[3:]
    assert whole.texts[1] + b"\n" + whole.dates[2] in chunks.texts[0]


def test_damage_is_an_error_only_where_more_than_ascii_has_to_be_read() -> None:
    american = next(shape for shape in SHAPES if shape.name == "android en-US 12 h narrow")
    for shape, is_read in ((SHAPES[0], False), (american, True)):
        chat = _chat(shape)
        damaged = chat.encode().replace(b"fine", b"fi\xffne")
        if is_read:
            with pytest.raises(UnicodeDecodeError):
                _splitter(shape, chat).split(damaged)
        else:
            assert _splitter(shape, chat).split(damaged)[1].texts[0] == b"fi\xffne"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[0-9]{1,2}", b"[0-9]{1,2}"),
        (r"\.x", rb"\.x"),
        ("年", "年".encode()),
        ("[^a–]{2,3}", b"[^a]{2,12}"),
        (r"[^\W\d_]", rb"[^\d_]{1,4}"),
        ("[^a]?", b"[^a]{0,4}"),
        ("[ \u00a0]?", rb"(?:\x20(?:)|\xc2(?:\xa0))?"),
    ],
)
def test_a_pattern_becomes_one_for_bytes(pattern: str, expected: bytes) -> None:
    assert in_bytes(pattern) == expected


@pytest.mark.parametrize(
    ("rest", "name"),
    [("Ada: hi", b"Ada"), (f"Ada: {MARK}hi", b"Ada"), ("Ada:", b""), ("10:30: hi", b"")],
    ids=["taken", "not taken", "an empty message", "no blank behind the first"],
)
def test_what_stands_before_a_text_is_its_name(rest: str, name: bytes) -> None:
    chat = f"\n28/11/2024, 09:05 - {rest}\n28/11/2024, 09:06 - Ada: x"

    assert _splitter(SHAPES[0], chat).split(chat.encode())[1].start(0) == name


# --- Across blocks -------------------------------------------------------------------------------

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
