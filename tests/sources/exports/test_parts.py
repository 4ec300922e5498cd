"""A file that holds several exports: each part is read rightly, or the file is refused by line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.exports_builder import ANDROID_GB, IOS_DE, SHAPES, Said, Shape, render, write_txt
from tests.sources.exports.reader import THEM, read_one, refused
from wasf.core.chats import ChatItem, Direction, Message, NotUnderstood, SkippedMessage
from wasf.errors import ExitCode
from wasf.sources.exports.parts import OTHER_FORM

US = "Bob Sales"
ME = {"me": frozenset({US}), "zone": UTC}
NAME = f"WhatsApp Chat with {THEM}"
AT = datetime(2026, 3, 16, 9)
AMERICAN = next(shape for shape in SHAPES if shape.name == "android en-US 12 h")
FULL_YEAR = next(shape for shape in SHAPES if shape.name == "android ru")
SHORT_YEAR = next(shape for shape in SHAPES if shape.name == "android de")
WEB = Shape("WhatsApp Web", "[{HH}:{M}, {d}/{m}/{y}] ")


def _said(
    first: int, count: int, *, step: int = 700, names: Sequence[str] = (US, THEM)
) -> list[Said]:
    return [
        Said(AT + timedelta(minutes=step * n), names[n % 2], f"text {n}")
        for n in range(first, first + count)
    ]


def _texts(items: Sequence[ChatItem]) -> list[tuple[datetime, str, Direction, str]]:
    return [
        (m.sent_at.replace(tzinfo=None, second=0), m.author, m.direction, m.text)
        for m in items
        if isinstance(m, Message)
    ]


def _expected(said: Sequence[Said]) -> list[tuple[datetime, str, Direction, str]]:
    sides = {US: Direction.OUTGOING, THEM: Direction.INCOMING}
    return [(s.at, s.author, sides[s.author], s.text) for s in said]


def _read(folder: Path, text: str) -> list[ChatItem]:
    return read_one(write_txt(folder, NAME, text), **ME)[1]


PAIRS = {
    "iPhone, then Android with another order": (IOS_DE, AMERICAN),
    "Android, then iPhone": (ANDROID_GB, IOS_DE),
    "12 hours, then 24": (AMERICAN, SHORT_YEAR),
    "24 hours, then 12": (SHORT_YEAR, AMERICAN),
    "a short year, then a full one": (SHORT_YEAR, FULL_YEAR),
    "copied from WhatsApp Web": (ANDROID_GB, WEB),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_w1_a_later_export_in_another_form_is_a_part_of_its_own(tmp_path: Path, pair: str) -> None:
    old, new = PAIRS[pair]
    text = render(_said(0, 6), old) + render(_said(6, 50), new)
    assert _texts(_read(tmp_path, text)) == _expected(_said(0, 56))


def test_w1_three_forms_the_first_of_which_comes_again(tmp_path: Path) -> None:
    text = (
        render(_said(0, 6), IOS_DE) + render(_said(6, 6), AMERICAN) + render(_said(12, 6), IOS_DE)
    )
    assert _texts(_read(tmp_path, text)) == _expected(_said(0, 18))


def test_w3_parts_in_two_forms_that_overlap_are_read_once(tmp_path: Path) -> None:
    text = render(_said(0, 10), IOS_DE) + render(_said(4, 10), ANDROID_GB)
    items = _read(tmp_path, text)
    assert _texts(items) == _expected(_said(0, 14))
    assert len([item for item in items if isinstance(item, SkippedMessage)]) == 6


def test_w1_line_numbers_of_a_part_are_those_of_the_file(tmp_path: Path) -> None:
    part = render(_said(6, 6), ANDROID_GB).replace("text 8", "text 8\n31/02/2026, 09:00 - Ada: x")
    items = _read(tmp_path, render(_said(0, 6), IOS_DE) + part)
    notes = [item for item in items if isinstance(item, NotUnderstood)]
    assert notes == [NotUnderstood(10, 10, "a date that cannot be, inside a message")]


EXCERPTS = {
    "of another chat": render(_said(0, 4, names=("Cy", "Dora")), AMERICAN),
    "of this chat": render(_said(0, 4), AMERICAN),
    "from WhatsApp Web": render(_said(0, 4), WEB),
    "of two lines, later": render(_said(30, 2), AMERICAN),
}


@pytest.mark.parametrize("kind", EXCERPTS)
def test_w1_an_excerpt_that_somebody_pasted_stays_in_its_message_and_is_reported(
    tmp_path: Path, kind: str
) -> None:
    said = _said(10, 6)
    pasted = f"look:\n{EXCERPTS[kind]}what now?"
    said[3] = Said(said[3].at, said[3].author, pasted)
    items = _read(tmp_path, render(said, ANDROID_GB))
    assert _texts(items) == _expected(said)
    notes = [item for item in items if isinstance(item, NotUnderstood)]
    assert notes == [NotUnderstood(5 + n, 5 + n, OTHER_FORM) for n in range(pasted.count("text"))]


def test_w1_an_excerpt_of_another_chat_may_be_the_last_message(tmp_path: Path) -> None:
    said = _said(10, 6)
    said[-1] = Said(said[-1].at, THEM, f"look:\n{EXCERPTS['of another chat']}")
    assert len(_texts(_read(tmp_path, render(said, ANDROID_GB)))) == 6


REFUSED = {
    "of another chat": render(_said(20, 5, names=("Cy", "Dora")), AMERICAN),
    "older, to the end": render(_said(0, 5), AMERICAN),
    "longer than any message": render(_said(0, 4000, step=0, names=("Cy", "Dora")), AMERICAN),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_w1_what_may_be_another_export_is_refused_by_line(tmp_path: Path, kind: str) -> None:
    text = render(_said(10, 6), ANDROID_GB) + REFUSED[kind]
    found = refused(write_txt(tmp_path, NAME, text), **ME)
    assert found.error.exit_code is ExitCode.BAD_DATA
    assert found.error.message.startswith("Another export begins in line 7 of this file")
    assert "Cut the file before line 7" in found.error.hint


def test_w1_a_second_export_of_many_megabytes_is_read(tmp_path: Path) -> None:
    new = [Said(s.at, s.author, f"{s.text} {'x' * 4000}") for s in _said(6, 1500)]
    text = render(_said(0, 6), IOS_DE) + render(new, ANDROID_GB)
    now = datetime(2030, 1, 1, tzinfo=UTC)
    _, items = read_one(write_txt(tmp_path, NAME, text), **ME, now=now)
    assert len(_texts(items)) == 1506


def test_w1_a_word_at_the_time_that_is_unknown_is_named_by_its_line(tmp_path: Path) -> None:
    chinese = next(shape for shape in SHAPES if "上午" in shape.stamp(AT))
    french = next(shape for shape in SHAPES if " à " in shape.stamp(AT))
    text = render(_said(0, 6), chinese) + render(_said(6, 6), french)
    found = refused(write_txt(tmp_path, NAME, text), **ME)
    assert found.error.exit_code is ExitCode.BAD_DATA
    assert "line 7 " in found.error.message
    assert "cut the file before that line" in found.error.hint
