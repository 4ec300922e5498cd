"""Evidence decides which number of a date is the day; dates that stay undecided are refused."""

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.exports_builder import ANDROID_GB, Said, write_android, write_txt
from tests.sources.exports.reader import THEM, expected, read_all, read_one, refused, rows
from wasf.core.policy import DateOrder
from wasf.interfaces import ChatReading, Unreadable

NAME = f"WhatsApp Chat with {THEM}"


def _slashes(*stamps: str, end: str = "") -> str:
    return "".join(f"{stamp} - {THEM}: hi{end}\n" for stamp in stamps)


IPHONE_FILE = (
    f"[2/1/24, 10:00:00] {THEM}: \u200e<attached: 00000001-PHOTO-2024-02-01-10-00-00.jpg>\n"
)
_FRENCH = (
    "01/02/2024 09:00 - Les messages et les appels sont chiffrés de bout en bout. Aucun tiers, "
    "pas même WhatsApp, ne peut les lire ni les écouter.\n"
)
DECIDED = [
    ("a value beyond 12", _slashes("1/2/24, 10:00", "13/2/24, 10:00"), "dmy"),
    ("a second value beyond 12", _slashes("1/2/24, 10:00", "1/13/24, 10:00"), "mdy"),
    ("dots", _slashes("1.2.24, 10:00"), "dmy"),
    ("dashes", _slashes("01-02-2024 10:00"), "dmy"),
    ("year first", _slashes("2024/1/2, 10:00"), "ymd"),
    ("an iPhone's file", IPHONE_FILE, "mdy"),
    ("an Android's file", f"1/2/24, 10:00 - {THEM}: IMG-20240201-WA0001.jpg (file attached)\n",
     "dmy"),
    ("after the export", _slashes("1/2/26, 10:00", "2/12/26, 10:00"), "mdy"),
    ("back in time", _slashes("1/1/24, 9:00", "1/5/24, 9:00", "2/4/24, 9:00"), "mdy"),
    ("many messages on some days of a month",
     _slashes(*[f"{d}/2/24, 9:00" for d in (1, 2, 5, 6) for _ in range(10)]), "dmy"),
    ("very many on days in a row",
     _slashes(*[f"{d}/2/24, 9:00" for d in (1, 2, 3, 4) for _ in range(20)]), "dmy"),
    ("Arabic", _slashes("1\u200f/2\u200f/2024، 10:00"), "dmy"),
    ("words of a language that does not begin with the month",
     _slashes("1/2/24, 3:04\u202fμ.μ."), "dmy"),
    ("Basque", f"24/2/12 (10:00) - {THEM}: hi\n", "ymd"),
    ("Serbian", f"12.2.24. 10:00 - {THEM}: hi\n", "dmy"),
    ("Korean", f"24. 2. 12. 오후 3:04 - {THEM}: hi\n", "ymd"),
    ("a Korean iPhone, by the days of the month",
     f"[24. 2. 7. 오후 3:04:05] {THEM}: hi\n[24. 2. 12. 오후 3:04:05] {THEM}: hi\n", "ymd"),
    ("a Korean iPhone in Bosnia, by days after the export",
     f"[26. 10. 22. 오전 6:13:04] {THEM}: hi\n[26. 10. 24. 오후 4:15:32] {THEM}: hi\n", "dmy"),
    ("Bosnian", f"13. 11. 25. 09:05 - {THEM}: hi\n27. 11. 25. 09:05 - {THEM}: hi\n", "dmy"),
    ("Cantonese in Bosnia", _slashes("29. 1. 22. 上晝9:00", "6. 4. 24. 上晝9:00"), "dmy"),
    ("padded, so not Nepali", _slashes("17/02/24, 10:00"), "dmy"),
    ("padded, long year, Android", _slashes("01/02/2024, 10:00"), "dmy"),
    ("French", _FRENCH + _slashes("01/02/2024 10:00"), "dmy"),
    ("Inuktitut by its first header",
     _slashes("03/20/2018 09:00", *["04/08/2023 09:00"] * 3), "mdy"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "order"), [d[1:] for d in DECIDED], ids=[d[0] for d in DECIDED])
def test_evidence_decides_the_order(tmp_path: Path, text: str, order: str) -> None:
    path = write_txt(tmp_path, NAME, text)
    assert rows(read_one(path)[1]) == rows(read_one(path, date_order=DateOrder(order))[1])
    if order != "ymd" and "/" in text[:3] and "\u200f" not in text:
        other = DateOrder.MDY if order == "dmy" else DateOrder.DMY
        found = read_all(path, date_order=other)[0]
        assert isinstance(found, Unreadable) or rows(list(found.items)) != rows(read_one(path)[1])


UNDECIDED = {
    "the same day of some months": _slashes(*[f"{d}/2/24, 9:00" for d in (1, 2, 3, 4)] * 8),
    "the same day of some months, with gaps": _slashes(
        *[f"1/{m}/24, 9:00" for m in (1, 2, 4, 5) for _ in range(8)]
    ),
    "the same day of some years, with gaps": _slashes(
        *[f"16/11/{y} 08:43" for y in (16, 17, 18, 23) for _ in range(8)]
    ),
    "Korean, or Bosnian on an iPhone in Korean": f"[22. 10. 15. 오전 6:13:04] {THEM}: hi\n",
    "narrow blanks, but no American comma": _slashes("1/2/24 3:04\u202fPM"),
    "American, or Khmer by a clock of 12 hours": _slashes("1/2/24, 3:04\u202fPM"),
    "two digits of the year may come first": _slashes("24/2/12 15:04"),
    "two digits of the year may come first, with a comma": _slashes("24/11/13, 09:05"),
    "Bosnian or Korean": _slashes("24. 2. 12. 10:00"),
    "the same in a language with digits of its own": _slashes("२४/२/१२, १५:०४"),
    "one day": _slashes("1/2/24, 10:00", "1/2/24, 11:00"),
    "an old iPhone in a language of Nigeria": f"20/10/25 12:20:00 PM: {THEM}: hi\n",
    "French or Inuktitut": _slashes("01/02/2024 10:00"),
    "an iPhone's region is not its language's": f"[01/02/2024, 10:00:00] {THEM}: hi\n",
}


@pytest.mark.parametrize("text", UNDECIDED.values(), ids=UNDECIDED)
def test_what_two_orders_may_be_is_refused(tmp_path: Path, text: str) -> None:
    error = refused(write_txt(tmp_path, NAME, text)).error
    assert error.message.count("the first message is of") == 2
    assert error.hint.count("--date-order") == 2


def test_a_bosnian_date_is_never_read_as_a_korean_one(tmp_path: Path) -> None:
    days = ("13. 11. 25. 09:05", "14. 11. 25. 15:04", "16. 11. 25. 10:30")
    path = write_txt(tmp_path, NAME, _slashes(*days))
    assert "--date-order dmy" in refused(path).error.hint
    found = rows(read_one(path, date_order=DateOrder.DMY)[1])
    assert [at.date() for at, _, _ in found] == [date(2025, 11, day) for day in (13, 14, 16)]


@pytest.mark.parametrize(
    "name", ["Chat WhatsApp con Ada Example", NAME], ids=["the file's name", "a notice"]
)
def test_the_language_of_the_app_excludes_dates_that_begin_with_the_year(
    tmp_path: Path, name: str
) -> None:
    notice = "14/11/25, 9:04 - I messaggi e le chiamate sono crittografati end-to-end.\n"
    text = _slashes("14/11/25, 9:05")
    path = write_txt(tmp_path, name, notice + text if name == NAME else text)
    assert [at.date() for at, _, _ in rows(read_one(path)[1])] == [date(2025, 11, 14)]


def test_an_undecidable_order_is_refused_with_both_readings(tmp_path: Path) -> None:
    path = write_txt(tmp_path, NAME, _slashes("1/2/24, 10:00", "1/3/24, 10:00"))
    error = refused(path).error
    for said in ("1 February 2024", "2 January 2024", "1 March 2024", "3 January 2024"):
        assert said in error.message
    assert "--date-order dmy" in error.hint
    assert "--date-order mdy" in error.hint
    assert rows(read_one(path, date_order=DateOrder.MDY)[1])[1][0].date() == date(2024, 1, 3)


def test_dates_that_the_asked_order_cannot_be_are_refused(tmp_path: Path) -> None:
    path = write_txt(tmp_path, NAME, _slashes("13/2/24, 10:00"))
    assert "mdy" in refused(path, date_order=DateOrder.MDY).error.message


def test_dates_that_every_order_reads_the_same_are_read_and_decide_for_no_other_chat(
    tmp_path: Path,
) -> None:
    path = write_txt(tmp_path, NAME, _slashes("5/5/24, 10:00", "6/6/24, 10:00"))
    unclear = write_txt(tmp_path, "WhatsApp Chat with Bob", "1/2/24, 10:00 - Bob: hi\n")
    (first, second) = read_all(path, unclear)
    assert isinstance(first, ChatReading)
    assert [at.date() for at, _, _ in rows(list(first.items))] == [
        date(2024, 5, 5),
        date(2024, 6, 6),
    ]
    assert isinstance(second, Unreadable)


def test_another_chat_of_the_phone_decides_the_order(tmp_path: Path) -> None:
    clear = write_txt(tmp_path, "WhatsApp Chat with Bob", "27/2/24, 10:00 - Bob: hi\n")
    unclear = write_txt(tmp_path, NAME, _slashes("1/2/24, 10:00"))
    (first, second) = read_all(unclear, clear)
    assert isinstance(first, ChatReading)
    assert isinstance(second, ChatReading)
    assert (first.chat.title, second.chat.title) == ("Bob", THEM)
    assert rows(list(second.items))[0][0].date() == date(2024, 2, 1)


def test_a_pasted_line_with_an_impossible_date_stays_in_the_body(tmp_path: Path) -> None:
    said = [Said(datetime(2024, 3, d, 10), THEM, f"day {d}") for d in range(1, 30)]
    said[5] = Said(said[5].at, THEM, "see\n12/25/2023, 10:00 - Bob: ho")
    said[6] = Said(said[6].at, THEM, "see\n25/12/2023, 99:00 - Bob: ho")
    _, items = read_one(write_android(tmp_path, THEM, said))
    assert rows(items) == expected(said, ANDROID_GB)
