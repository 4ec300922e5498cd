"""T5: lengths in UTF-16 units, texts taken apart without tearing a character, times as shown."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.core.text import is_border, shorten, split_text, utf16_length, wall_time

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🇩🇪"
WHOLE = [
    pytest.param("👍🏽", id="T5: a skin tone"),
    pytest.param(FAMILY, id="T5: a family"),
    pytest.param("❤\ufe0f", id="T5: a variation selector"),
    pytest.param(
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", id="T5: a flag of tags"
    ),
    pytest.param(FLAG, id="T5: a flag of two letters"),
    pytest.param("1\ufe0f\u20e3", id="T5: a keycap"),
    pytest.param("e\u0301\u0323", id="T5: a letter with two marks"),
    pytest.param("क्षि", id="T5: a Devanagari conjunct"),
    pytest.param("กำ", id="T5: Thai sara am"),
    pytest.param("\u1112\u1161\u11ab", id="T5: Hangul in parts"),
    pytest.param("하\u11ab", id="T5: a Hangul syllable and its end"),
    pytest.param("\u0600١", id="T5: a sign before a number"),
    pytest.param("\r\n", id="T5: a line break of two"),
    pytest.param("\ud83d\ude00", id="T5: two halves of a pair"),
]


@pytest.mark.parametrize("character", WHOLE)
def test_no_border_within_a_character(character):
    text = f"a{character}b"
    borders = [index for index in range(len(text) + 1) if is_border(text, index)]
    assert borders == [0, 1, len(text) - 1, len(text)]


@pytest.mark.parametrize(
    ("text", "borders"),
    [
        pytest.param(FLAG * 3, [0, 2, 4, 6], id="T5: three flags"),
        pytest.param(FAMILY * 2, [0, 5, 10], id="T5: two families"),
        pytest.param("\n\u0301", [0, 1, 2], id="T5: a mark on its own line"),
        pytest.param("하하", [0, 1, 2], id="T5: two Hangul syllables"),
        pytest.param("\r\r\n\n", [0, 1, 3, 4], id="T5: line breaks"),
        pytest.param("日本", [0, 1, 2], id="T5: two ideographs"),
    ],
)
def test_borders_between_characters(text, borders):
    assert [index for index in range(len(text) + 1) if is_border(text, index)] == borders


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("abc", 3), ("ä", 1), ("😀", 2), ("👨\u200d👩\u200d👧", 8), ("\ud83d", 1)],
)
def test_utf16_length(text, length):
    assert utf16_length(text) == length


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        pytest.param("", 10, [""], id="T5: nothing"),
        pytest.param("short", 10, ["short"], id="T5: fits"),
        pytest.param("exactly 10", 10, ["exactly 10"], id="T5: fits exactly"),
        pytest.param("12345\n789 abc", 10, ["12345\n", "789 abc"], id="T5: at a line break"),
        pytest.param("1\n3456 89ab", 10, ["1\n3456 ", "89ab"], id="T5: a blank; break too early"),
        pytest.param("0123456789ab", 10, ["0123456789", "ab"], id="T5: no blank at all"),
        pytest.param("012345678👍🏽b", 10, ["012345678", "👍🏽b"], id="T5: before an emoji"),
        pytest.param("012345 \u0301789ab", 10, ["012345 \u030178", "9ab"], id="T5: no bare blank"),
        pytest.param(
            "a" + "\u0301" * 11, 6, ["a" + "\u0301" * 5, "\u0301" * 6], id="T5: too many marks"
        ),
    ],
)
def test_pieces(text, limit, pieces):
    assert list(split_text(text, limit)) == pieces


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        pytest.param("Ada", 3, "Ada", id="T5: fits"),
        pytest.param("Ada Example", 8, "Ada Exa…", id="T5: within a word"),
        pytest.param("Ada Example", 5, "Ada…", id="T5: no blank before the ellipsis"),
        pytest.param("Ada 👍🏽👍🏽", 9, "Ada 👍🏽…", id="T5: between emoji"),
        pytest.param("Ada", 1, "…", id="T5: no room at all"),
    ],
)
def test_shorten(text, limit, short):
    assert shorten(text, limit) == short


_CHARACTERS = st.one_of(
    st.sampled_from(
        ["a", " ", "\n", "\r\n", FLAG, "🇩", FAMILY, "👍🏽", "e\u0301", "क्षि", "하", "\ud83d"]
    ),
    st.characters(),
)
_TEXTS = st.lists(_CHARACTERS, max_size=60).map("".join)


@given(_TEXTS, st.integers(2, 40))
def test_pieces_join_to_the_text(text, limit):
    pieces = list(split_text(text, limit))
    assert "".join(pieces) == text
    assert all(utf16_length(piece) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


@given(_TEXTS)
def test_pieces_tear_no_character(text):
    longest = max((utf16_length(cluster) for cluster in _clusters(text)), default=1)
    end = 0
    for piece in split_text(text, max(longest, 2)):
        end += len(piece)
        assert is_border(text, end)


def _clusters(text):
    borders = [index for index in range(len(text) + 1) if is_border(text, index)]
    return [text[start:end] for start, end in pairwise(borders)]


@given(_TEXTS, st.integers(1, 40))
def test_short_texts_fit(text, limit):
    short = shorten(text, limit)
    assert utf16_length(short) <= limit
    assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (timedelta(hours=1), "2024-02-01 15:04 +01:00"),
        (timedelta(hours=-3, minutes=-30), "2024-02-01 15:04 -03:30"),
        (timedelta(hours=5, minutes=53, seconds=28), "2024-02-01 15:04 +05:53"),  # before 1906
        (timedelta(0), "2024-02-01 15:04 +00:00"),
    ],
)
def test_t6_a_time_has_the_offset_of_its_zone(zone, shown):
    at = datetime(2024, 2, 1, 15, 4, tzinfo=timezone(zone))
    assert wall_time(at) == shown
    assert wall_time(at.replace(second=5)) == shown.replace("15:04", "15:04:05")
