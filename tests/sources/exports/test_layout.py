"""Every form of header is read, and lines in other forms stay in the texts."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports_builder import ANDROID_GB, IOS_DE, SHAPES, Said, Shape, render, write_txt
from tests.sources.exports.locales import LOCALES, Locale
from tests.sources.exports.phones import UNKNOWN
from tests.sources.exports.reader import (
    BERLIN,
    THEM,
    US,
    expected,
    messages,
    read_all,
    read_one,
    refused,
    rows,
)
from wasf.core.chats import Direction
from wasf.core.policy import DateOrder
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports.timestamps import period_of

NAME = f"WhatsApp Chat with {THEM}"
LONG = [
    Said(datetime(2024, 1, 28, 23, 59, 7), THEM, "first: with a colon"),
    Said(datetime(2024, 1, 29, 0, 0, 8), US, "several\n\nlines\n with  blanks "),
    Said(datetime(2024, 2, 1, 12, 30, 9), THEM, "noon 🙂 \u200d नमस्ते"),
    Said(datetime(2024, 2, 13, 0, 5, 10), US, "a\u2028b\u0085c\x0bd\x1ce"),
    Said(datetime(2024, 12, 31, 13, 0, 11), THEM, "1/2/2024"),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_is_read(tmp_path: Path, shape: Shape) -> None:
    path = write_txt(tmp_path, NAME, render(LONG, shape))
    chat, items = read_one(path)
    assert rows(items) == expected(LONG, shape)
    assert (chat.title, chat.is_group) == (THEM, False)
    assert [m.direction for m in items] == [
        Direction.OUTGOING if said.author == US else Direction.INCOMING for said in LONG
    ]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_headers_of_other_shapes_stay_in_the_body(tmp_path: Path, shape: Shape) -> None:
    own = render(LONG[:1], shape)[:4]
    pasted = "\n".join(
        other.stamp(datetime(2024, 5, 17, 10, 11, 12)) + "Bob: pasted"
        for other in SHAPES
        if other.ios != shape.ios and other.stamp(LONG[0].at)[:4] != own
    )
    said = [*LONG, Said(datetime(2025, 1, 1, 10, 0, 0), THEM, f"look:\n{pasted}")]
    _, items = read_one(write_txt(tmp_path, NAME, render(said, shape)))
    assert rows(items) == expected(said, shape)


@pytest.mark.parametrize("mark", ["\ufeff", "\u200e", "\u200f"], ids=["BOM", "LRM", "RLM"])
@pytest.mark.parametrize("shape", [ANDROID_GB, IOS_DE], ids=lambda shape: shape.name)
def test_marks_before_every_header(tmp_path: Path, shape: Shape, mark: str) -> None:
    lines = [mark + render([said], shape) for said in LONG]
    _, items = read_one(write_txt(tmp_path, NAME, "".join(lines)))
    assert rows(items) == expected(LONG, shape)


WORDS = [
    ("12:12 a.m.", "00:12"), ("12:30 p.m.", "12:30"), ("00:23 AM", "00:23"), ("23:59 PM", "23:59"),
    ("1:05\u00a0p.\u00a0m.", "13:05"), ("11:00\u202fPM", "23:00"), ("下午1:05", "13:05"),
    ("凌晨2:00", "02:00"), ("中午12:30", "12:30"), ("晚上11:00", "23:00"), ("오후 3:04", "15:04"),
    ("3:04 ب.ظ.", "15:04"), ("3:04 אחה״צ", "15:04"), ("3:04 du.", "15:04"), ("3:04 ip.", "15:04"),
    ("12:01 ص", "00:01"), ("9:00 nachm.", "21:00"), ("12:00 nachts", "00:00"), ("7:15 ÖS", "19:15"),
]  # fmt: skip


@pytest.mark.parametrize(("clock", "want"), WORDS, ids=[clock for clock, _ in WORDS])
def test_words_for_parts_of_the_day(tmp_path: Path, clock: str, want: str) -> None:
    path = write_txt(tmp_path, NAME, f"17.02.2024, {clock} - {THEM}: hi\n")
    assert [f"{at:%H:%M}" for at, _, _ in rows(read_one(path)[1])] == [want]


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name)
def test_every_locales_words_for_before_and_after_noon(tmp_path: Path, locale: Locale) -> None:
    clocks = [f"{hour}:07 {word}" for word in (locale.am, locale.pm) for hour in (12, 9, 11)]
    text = "".join(f"17.02.2024, {clock} - {THEM}: hi\n" for clock in clocks)
    path = write_txt(tmp_path, NAME, text)
    if period_of(locale.am) and period_of(locale.pm):
        found = rows(read_one(path)[1])
        assert [at.hour for at, _, _ in found] == [0, 9, 11, 12, 21, 23]
    else:
        assert "a" not in locale.time or locale.name in UNKNOWN | {"ee_TG"}
        assert "no exported" in (message := refused(path).error.message) or "form" in message


OTHER_WORDS = [
    ("förmiddag", 9), ("eftermiddag", 21), ("e paradites", 9), ("pasdite", 21), ("ก่อนเที่ยง", 9),
    ("หลังเที่ยง", 21), ("صباحًا", 9), ("مساءً", 21), ("לפנה״צ", 9), ("אחה״צ", 21), ("πμ", 9),
    ("μμ", 21), ("пр.об.", 9), ("сл.об.", 21), ("ق‌ظ", 9), ("بعدازظهر", 21), ("సా", 21), ("vm.", 9),
    ("nm.", 21),
]  # fmt: skip


@pytest.mark.parametrize(("word", "hour"), OTHER_WORDS, ids=[word for word, _ in OTHER_WORDS])
def test_longer_and_shorter_words(tmp_path: Path, word: str, hour: int) -> None:
    path = write_txt(tmp_path, NAME, f"17.02.2024, 9:07 {word} - {THEM}: hi\n")
    assert [at.hour for at, _, _ in rows(read_one(path)[1])] == [hour]


YEARS = [
    "17/2/2567", "17/2/67", "17/02/24", "2024/2/17", "R6/2/17", "17/2/R6", "17.2.24",
]  # fmt: skip


@pytest.mark.parametrize("shown", YEARS)
def test_years_in_every_count(tmp_path: Path, shown: str) -> None:
    path = write_txt(tmp_path, NAME, f"{shown}, 10:00 - {THEM}: hi\n")
    assert [at.date() for at, _, _ in rows(read_one(path)[1])] == [date(2024, 2, 17)]


THAI = f"13/11/25 09:05 น. - {THEM}: สวัสดี\n25/11/25 15:04 น. - {US}: สวัสดี\n"
SHORT = (
    f"13/11/2025 9:5 - {THEM}: one\n13/11/2025 15:40 - {US}: two\n"
    f"14/11/2025 9:7 - {THEM}: three\n14/11/2025 15:50 - {US}: four\n"
)
FOUR = [(13, 9, 5), (13, 15, 40), (14, 9, 7), (14, 15, 50)]
LATER_SHORT = SHORT.partition("\n")[2] + SHORT


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (THAI, [(13, 9, 5), (25, 15, 4)]),
        (SHORT, FOUR),
        (
            LATER_SHORT,
            [(13, 15, 40), (14, 9, 7), (14, 15, 50), *FOUR],
        ),
        (
            f"[13/11/2025 9:15:07] {THEM}: a\n[13/11/2025 9:5:7] {THEM}: b\n",
            [(13, 9, 15), (13, 9, 5)],
        ),
        (
            f"13/11/2025 8:13 - {THEM}: a\n" * 30 + f"13/11/2025 16:7 - {US}: b\n",
            [*[(13, 8, 13)] * 30, (13, 16, 7)],
        ),
    ],
    ids=["Thai", "minutes of one digit", "after one of two digits", "and seconds", "one of many"],
)
def test_rare_forms_are_read_as_a_whole(
    tmp_path: Path, text: str, want: list[tuple[int, int, int]]
) -> None:
    found = rows(read_one(write_txt(tmp_path, NAME, text))[1])
    assert [(at.day, at.hour, at.minute) for at, _, _ in found] == want


HALF_KNOWN = {
    "the first": f"1.2.2025 3:04 AM - {THEM}: a\n1.2.2025 4:04 foo - {THEM}: b\n",
    "the second": f"1.2.2025 4:04 foo - {THEM}: b\n1.2.2025 3:04 AM - {THEM}: a\n",
    "all but a pasted line": f"1.2.2025 4:04 foo - {THEM}: a\n" * 9
    + f"[1.2.2025, 10:00:00] {THEM}: b\n" * 3,
}


@pytest.mark.parametrize("text", HALF_KNOWN.values(), ids=HALF_KNOWN)
def test_words_of_which_some_are_unknown_refuse_the_file(tmp_path: Path, text: str) -> None:
    error = refused(write_txt(tmp_path, NAME, text)).error
    assert "form" in error.message or "no exported" in error.message


def test_another_calendar_is_refused(tmp_path: Path) -> None:
    path = write_txt(tmp_path, NAME, f"1402/11/27, 10:00 - {THEM}: hi\n")
    assert "calendar" in refused(path).error.message


TIMES = [
    ("31/03/2024, 02:30", "2024-03-31T01:30"),
    ("31/03/2024, 03:30", "2024-03-31T01:30"),
    ("27/10/2024, 02:30", "2024-10-27T00:30"),
    ("27/10/2024, 03:30", "2024-10-27T02:30"),
    ("27/10/2024, 23:30", "2024-10-27T22:30"),
    ("15/07/2024, 00:00", "2024-07-14T22:00"),
]


@pytest.mark.parametrize(("shown", "utc"), TIMES, ids=[shown for shown, _ in TIMES])
def test_local_time_becomes_utc(tmp_path: Path, shown: str, utc: str) -> None:
    (message,) = messages(write_txt(tmp_path, NAME, f"{shown} - {THEM}: hi\n"))
    assert message.sent_at.isoformat().startswith(utc)


# What people type: anything but a line end of its own (\r) and what only WhatsApp writes.
_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u200e\u200f<>\ufeff"),
    max_size=40,
).map(lambda text: f"x{text}y")
_bodies = st.lists(_text, min_size=1, max_size=3).map("\n".join)
_steps = st.timedeltas(timedelta(0), timedelta(days=40))


@st.composite
def _chats(draw: st.DrawFn) -> list[Said]:
    at = draw(st.datetimes(datetime(2012, 1, 1), datetime(2023, 1, 1)))
    said = []
    for step, author, body in draw(
        st.lists(st.tuples(_steps, st.sampled_from([THEM, US]), _bodies), min_size=1, max_size=8)
    ):
        at = (at + step).replace(microsecond=0)
        there = at.replace(tzinfo=BERLIN)
        if there.astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None) == at:
            said.append(Said(at, author, body))
    return said or [Said(datetime(2022, 5, 5, 5, 5, 5), THEM, "x")]


@settings(max_examples=250, deadline=None)
@given(_chats(), st.sampled_from(SHAPES))
def test_reading_gives_back_what_was_rendered_or_refuses(said: list[Said], shape: Shape) -> None:
    with TemporaryDirectory() as folder:
        path = write_txt(Path(folder), NAME, render(said, shape))
        (found,) = read_all(path)
        if isinstance(found, Unreadable):
            assert "--date-order" in found.error.hint
            assert "/" in shape.header
            (found,) = read_all(path, date_order=DateOrder(shape.order))
        assert isinstance(found, ChatReading), found
        assert rows(list(found.items)) == expected(said, shape)
