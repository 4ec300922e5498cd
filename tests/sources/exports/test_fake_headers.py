"""Fake headers, lines that somebody pasted, neither stop the reading nor end a message."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports_builder import ANDROID_GB, IOS_US, SHAPES, Said, Shape, render, write_txt
from tests.sources.exports.reader import (
    NOW,
    THEM,
    US,
    expected,
    read_all,
    read_one,
    refused,
    rows,
)
from wasf.core.chats import ChatItem, NotUnderstood, SystemLine
from wasf.core.policy import DateOrder
from wasf.interfaces import ChatReading, Unreadable

NAME = f"WhatsApp Chat with {THEM}"
DATE = "a date that cannot be, inside a message"
SENDER = "a line of somebody who is not in the chat, inside a message"
AMERICAN = next(shape for shape in SHAPES if shape.name == "android en-US 24 h")


def _chat(count: int, shape: Shape = ANDROID_GB, *, body: str = "", day: int = 2) -> str:
    """Messages of both sides within one hour, the second of which has this body."""
    at = datetime(2026, 3, day, 10)
    said = [
        Said(at + timedelta(minutes=n % 60), (THEM, US)[n % 2], body if body and n == 1 else f"{n}")
        for n in range(count)
    ]
    return render(said, shape)


def _notes(items: Sequence[ChatItem]) -> list[NotUnderstood]:
    return [item for item in items if isinstance(item, NotUnderstood)]


WRONG_DATES = [
    "99/99/2026, 10:09",
    "00/00/0000, 10:09",
    "12/31/2025, 10:09",
    "02/03/2099, 10:09",
    "02/03/1970, 10:09",
    "02/03/2026, 25:61",
]


@pytest.mark.parametrize("count", [2, 3, 60])
@pytest.mark.parametrize("author", [THEM, "Bob Nobody"])
@pytest.mark.parametrize("stamp", WRONG_DATES)
def test_a_line_with_a_date_that_cannot_be(
    tmp_path: Path, stamp: str, author: str, count: int
) -> None:
    body = f"see\n{stamp} - {author}: x\n\nthe end"
    chat, items = read_one(write_txt(tmp_path, NAME, _chat(count, body=body)))
    assert rows(items)[1][2] == body
    assert len(rows(items)) == count
    assert {at.date() for at, _, _ in rows(items)} == {datetime(2026, 3, 2).date()}
    assert _notes(items) == [NotUnderstood(3, 3, DATE)]
    assert not chat.is_group


def test_whoever_wrote_such_a_line_is_nobody_in_the_chat(tmp_path: Path) -> None:
    body = "see\n99/99/2026, 10:09 - Bob Nobody: x"
    path = write_txt(tmp_path, NAME, _chat(3, body=body))
    chat, items = read_one(path, me=frozenset())
    assert not chat.is_group
    assert rows(items)[1][1:] == (US, body)


def test_several_such_lines_and_the_last_of_the_file(tmp_path: Path) -> None:
    body = "a\n99/99/2026, 10:09 - Ada: x\n12/31/2025, 10:09 - Ada: y"
    text = _chat(30, body=body) + "00/00/0000, 10:09 - Ada: z\nmore\n"
    _, items = read_one(write_txt(tmp_path, NAME, text))
    assert [rows(items)[n][2] for n in (1, -1)] == [
        body,
        "29\n00/00/0000, 10:09 - Ada: z\nmore",
    ]
    assert [note[:2] for note in _notes(items)] == [(3, 3), (4, 4), (33, 33)]


def test_such_a_line_before_all_messages_is_reported_with_what_follows_it(tmp_path: Path) -> None:
    text = "99/99/2026, 10:09 - Ada: x\nmore\n" + _chat(4)
    _, items = read_one(write_txt(tmp_path, NAME, text))
    assert _notes(items)[0] == NotUnderstood(1, 2, "before the first message")
    assert [text for _, _, text in rows(items)] == list("0123")


def test_such_lines_in_every_block_of_a_long_file(tmp_path: Path) -> None:
    pasted = "99/99/2026, 10:09 - Ada: x\n"
    at = datetime(2026, 3, 2, 10)
    said = [Said(at, THEM, f"{n} {'é' * 900}\n{pasted * (n % 100 == 50)}") for n in range(300)]
    _, items = read_one(write_txt(tmp_path, NAME, render(said, ANDROID_GB)))
    assert rows(items) == expected(said, ANDROID_GB)
    assert len(_notes(items)) == 3
    lines = render(said, ANDROID_GB).split("\n")
    assert {lines[note.line - 1] + "\n" for note in _notes(items)} == {pasted}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_lines_do_not_change_the_date_order(tmp_path: Path, count: int) -> None:
    body = "look" + "\n3/25/26, 10:09 - Ada: x" * count
    said = [Said(datetime(2026, 2, d, 10), THEM, f"{d}") for d in range(3, 11) for _ in range(10)]
    said[5] = Said(said[5].at, THEM, body)
    shape = next(shape for shape in SHAPES if shape.name == "android es-AR")
    text = render(said, shape).replace("\n3/25/26, ", "\n3/25/26 ")
    (found,) = read_all(write_txt(tmp_path, NAME, text))
    if isinstance(found, ChatReading):
        assert {at.month for at, _, _ in rows(list(found.items))} == {2}
    else:
        assert "--date-order" in found.error.hint
    _, items = read_one(write_txt(tmp_path, NAME, text), date_order=DateOrder.DMY)
    assert len(_notes(items)) == count
    assert len(rows(items)) == len(said)


def test_one_line_of_a_long_chat_does_not_decide_the_order(tmp_path: Path) -> None:
    path = write_txt(tmp_path, NAME, _chat(100, AMERICAN, body="see\n3/25/26, 10:09 - Ada: x"))
    assert "--date-order" in refused(path).error.hint


@pytest.mark.parametrize("many", [40, 400])
def test_two_exports_in_one_file_are_refused(tmp_path: Path, many: int) -> None:
    text = _chat(many, AMERICAN, day=25) + _chat(many, AMERICAN, day=25).replace("3/25", "25/3")
    assert "no order makes sense" in refused(write_txt(tmp_path, NAME, text)).error.message


def test_messages_that_are_all_still_to_come_are_read(tmp_path: Path) -> None:
    """It is the clock of this machine that is wrong."""
    at = NOW.replace(tzinfo=None) + timedelta(days=49)
    said = [Said(at, THEM, f"{n}") for n in range(9)]
    _, items = read_one(write_txt(tmp_path, NAME, render(said, ANDROID_GB)))
    assert rows(items) == expected(said, ANDROID_GB)


@pytest.mark.parametrize("count", [2, 3, 60])
def test_a_third_sender_where_ours_is_known(tmp_path: Path, count: int) -> None:
    body = "they said\n02/03/2026, 09:00 - Bob: buy\n02/03/2026, 09:01 - Kim: sell"
    chat, items = read_one(write_txt(tmp_path, NAME, _chat(count, body=body)))
    assert not chat.is_group
    assert rows(items)[1][2] == body
    assert _notes(items) == [NotUnderstood(3, 3, SENDER), NotUnderstood(4, 4, SENDER)]


def test_a_third_sender_who_wrote_most_is_a_member_of_a_group(tmp_path: Path) -> None:
    others = "".join(f"02/03/2026, 11:0{n} - Bob: {n}\n" for n in range(3))
    chat, _ = read_one(write_txt(tmp_path, NAME, _chat(2) + others))
    assert chat.is_group


def test_what_follows_a_pasted_notice_is_reported(tmp_path: Path) -> None:
    body = "see\n02/03/2026, 09:00 - Messages and calls are end-to-end encrypted.\nand\nmore"
    _, items = read_one(write_txt(tmp_path, NAME, _chat(20, body=body)))
    assert SystemLine() in items
    assert _notes(items) == [NotUnderstood(4, 5, "after a notice")]


# --- Properties --------------------------------------------------------------------------------

# What can be pasted: headers of the file's own form with any numbers in them.
_numbers = st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([ANDROID_GB, AMERICAN, IOS_US]),
    st.lists(_numbers, min_size=1, max_size=3),
    st.integers(0, 59),
)
def test_pasted_lines_never_change_a_date_or_a_text(
    shape: Shape, pasted: list[tuple[int, int, int]], place: int
) -> None:
    """In a chat whose dates are clear, whatever the lines are that somebody pastes."""
    start = datetime(2024, 2, 17, 10)
    said = [Said(start + timedelta(days=n % 11, hours=n % 7), THEM, f"{n}") for n in range(60)]
    said.sort(key=lambda one: one.at)
    lines = [_line(shape, *numbers) for numbers in pasted]
    said[place] = Said(said[place].at, THEM, "\n".join([f"{said[place].text}", *lines]))
    with TemporaryDirectory() as folder:
        (found,) = read_all(write_txt(Path(folder), NAME, render(said, shape)))
        assert not isinstance(found, Unreadable), found.error.message
        items = list(found.items)
    whole = {text: at for at, _, text in rows(items)}
    # A line with a date that can be is a header to everybody; the others stay where they were.
    for at, _, text in expected([*said[:place], *said[place + 1 :]], shape):
        assert whole[text] == at
    assert {text: at for at, _, text in expected(said, shape)}.keys() - whole.keys() <= {
        said[place].text
    }
    shown = "\n".join(text for _, _, text in rows(items))
    for line, (first, second, _) in zip(lines, pasted, strict=True):
        if max(first, second) > 31 or 0 in (first, second):
            assert line in shown


def _line(shape: Shape, first: int, second: int, third: int) -> str:
    stamp = shape.stamp(datetime(2000, 1, 1, 10, 9))
    date = {
        ANDROID_GB: f"{first:02}/{second:02}/20{third:02}",
        AMERICAN: f"{first}/{second}/{third:02}",
        IOS_US: f"{first}/{second}/{third:02}",
    }[shape]
    return stamp.replace("01/01/2000", date).replace("1/1/00", date) + f"{THEM}: pasted"
