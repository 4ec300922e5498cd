"""Exports that overlap in one file are read once; nothing else is taken for an overlap."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.exports_builder import ANDROID_GB, IOS_DE, Said, Shape, render, write_txt
from tests.sources.exports.reader import THEM, read_one
from wasf.core.chats import ChatItem, Message, SkippedMessage

US = "Bob Sales"
NAME = f"WhatsApp Chat with {THEM}"
AT = datetime(2025, 11, 15, 9)


def _said(first: int, last: int) -> list[Said]:
    return [
        Said(AT + timedelta(minutes=n), (US, THEM)[n % 2], f"text {n}") for n in range(first, last)
    ]


def _read(
    folder: Path, said: Sequence[Said], shape: Shape = ANDROID_GB, zone: object = UTC
) -> tuple[list[str], int]:
    """The texts that are left, and how many are repeated."""
    path = write_txt(folder, NAME, render(said, shape))
    items: Sequence[ChatItem] = read_one(path, me=frozenset({US}), zone=zone)[1]
    texts = [item.text for item in items if isinstance(item, Message)]
    repeated = sum(isinstance(item, SkippedMessage) for item in items)
    assert len(texts) + repeated == len(said)
    return texts, repeated


def _texts(said: Sequence[Said]) -> list[str]:
    return [one.text for one in said]


@pytest.mark.parametrize("shape", [ANDROID_GB, IOS_DE], ids=["Android", "iPhone"])
def test_w3_an_overlap_is_read_once(tmp_path: Path, shape: Shape) -> None:
    found = _read(tmp_path, [*_said(0, 8), *_said(4, 10)], shape)
    assert found == (_texts(_said(0, 10)), 4)


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ([(0, 8), (0, 8)], 8),
        ([(0, 8), (5, 12), (3, 14)], 14),
        ([(0, 20), (3, 13)], 20),
        ([(0, 20), (3, 6)], 20),
        ([(0, 5000), (10, 5010)], 5010),
        ([(0, 9000), (8990, 9010), (100, 9020)], 9020),
        ([(0, 8), (20, 28), (0, 8), (20, 30)], 18),
    ],
)
def test_w3_overlaps_of_any_length(
    tmp_path: Path, parts: Sequence[tuple[int, int]], count: int
) -> None:
    said = [one for first, last in parts for one in _said(first, last)]
    texts, _ = _read(tmp_path, said)
    assert len(texts) == len(set(texts)) == count


def test_w3_what_was_edited_deleted_or_added_in_between_breaks_no_overlap(tmp_path: Path) -> None:
    later = _said(2, 24)
    later[8] = replace(later[8], text="text 10 was wrong <This message was edited>")
    later[10] = replace(later[10], text="This message was deleted")
    del later[13]
    texts, repeated = _read(tmp_path, [*_said(0, 20), *later])
    assert texts == _texts(_said(0, 24))
    assert repeated == 17


def test_t1_equal_texts_in_one_minute_stay(tmp_path: Path) -> None:
    said = [Said(AT, THEM, "ok"), Said(AT, THEM, "ok"), Said(AT, THEM, "ok"), *_said(1, 3)]
    assert _read(tmp_path, said) == (_texts(said), 0)


def test_t1_a_few_messages_out_of_order_stay(tmp_path: Path) -> None:
    said = _said(0, 40)
    said[10], said[11] = said[11], said[10]
    said.insert(30, said[25])
    said.insert(31, replace(said[26], text="new"))
    assert _read(tmp_path, said) == (_texts(said), 0)


def test_t1_the_hour_that_comes_twice_loses_nothing(tmp_path: Path) -> None:
    night = datetime(2025, 10, 26, 2)
    said = [
        Said(night + timedelta(minutes=n % 60), (US, THEM)[n % 2], ("ok", "hi", "yes")[n % 3])
        for n in range(0, 120, 7)
    ]
    assert _read(tmp_path, said, zone=ZoneInfo("Europe/Berlin")) == (_texts(said), 0)


def test_w1_a_file_that_goes_back_all_the_time_is_read_in_linear_time(tmp_path: Path) -> None:
    said = _said(0, 30_000)[::-1]
    assert _read(tmp_path, said) == (_texts(said), 0)
