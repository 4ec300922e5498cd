"""Exports of phones in all locales are read exactly or refused with --date-order, never wrongly."""

import os
import re
from collections import Counter
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports_builder import SHAPES, Said, Shape, render, write_txt
from tests.samples import one_in
from tests.sources.exports.known_chats import AMBIGUOUS, KINDS, known_chat
from tests.sources.exports.locales import LOCALES, WRITTEN_BY, as_babel_has_them, names
from tests.sources.exports.phones import HABITS, PHONES, UNKNOWN, Habit, Phone, any_phone
from tests.sources.exports.reader import THEM, US, expected, read_all, read_one, rows
from tests.sources.exports.shares import shared_out
from wasf.core.chats import Direction, Message
from wasf.core.policy import DateOrder
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports.timestamps import period_of

NAME = f"WhatsApp Chat with {THEM}"
CHATS = int(os.environ.get("WASF_LOCALE_CHATS", "5000"))
AMBIGUOUS_CHATS = int(os.environ.get("WASF_AMBIGUOUS_CHATS", "1500"))
_SHARE = 250
FORMS: tuple[Phone | Shape, ...] = (*PHONES, *SHAPES)


def _written(folder: Path, said: list[Said], phone: Phone | Shape) -> Path:
    return write_txt(folder, NAME, getattr(phone, "file_mark", "") + render(said, phone))


def is_unknown(phone: Phone | Shape) -> bool:
    """Whether wasf knows no form or no word of this phone; none is of a language of WhatsApp."""
    if isinstance(phone, Shape):
        return False
    shows_words = "a" in re.sub("'[^']*'", "", phone.time)
    has_words = all(map(period_of, phone.words))
    return phone.locale in UNKNOWN or (shows_words and not has_words)


def test_there_are_all_locales() -> None:
    assert len(names()) > 1_000
    assert version("babel") != WRITTEN_BY or as_babel_has_them() == LOCALES
    assert {phone.order for phone in PHONES} == {"dmy", "mdy", "ymd"}
    unknown = {phone.locale for phone in PHONES if is_unknown(phone)}
    assert len(LOCALES) > 20 * len(unknown)


@pytest.mark.parametrize("phone", [p for p in PHONES if is_unknown(p)], ids=lambda p: p.name)
@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_form_is_never_half_read(tmp_path: Path, phone: Phone, kind: str) -> None:
    said = known_chat(Random(phone.name), kind, ios=phone.ios)
    (found,) = read_all(_written(tmp_path, said, phone))
    assert isinstance(found, Unreadable) or rows(list(found.items)) == expected(said, phone)


KNOWN = [phone for phone in FORMS if not is_unknown(phone)]


@pytest.mark.parametrize("phone", one_in(12, KNOWN, lambda phone: phone.name))
def test_a_chat_of_some_weeks_is_read_exactly(tmp_path: Path, phone: Phone | Shape) -> None:
    said = known_chat(Random(phone.name), "weeks", ios=phone.ios)
    chat, items = read_one(_written(tmp_path, said, phone))
    assert rows(items) == expected(said, phone)
    assert (chat.title, chat.is_group) == (THEM, False)
    assert [m.direction for m in items if isinstance(m, Message)] == [
        Direction.OUTGOING if one.author == US else Direction.INCOMING for one in said
    ]


def _outcome(folder: Path, said: list[Said], phone: Phone | Shape) -> str:
    """How an export is read without and with --date-order: `exact`, `refused`, or what is wrong."""
    path, want = _written(folder, said, phone), expected(said, phone)
    (found,) = read_all(path)
    (asked,) = read_all(path, date_order=DateOrder(phone.order))
    if isinstance(asked, Unreadable) and isinstance(found, Unreadable) and is_unknown(phone):
        return "refused"
    if not isinstance(asked, ChatReading) or rows(list(asked.items)) != want:
        return "wrong with --date-order"
    if isinstance(found, ChatReading):
        return "exact" if rows(list(found.items)) == want else "wrong"
    return "refused" if _offers_both_readings(found, phone) else "refused without a way out"


def _offers_both_readings(found: Unreadable, phone: Phone | Shape) -> bool:
    readings = found.error.message.count("the first message is of")
    return (
        readings == found.error.hint.count("--date-order") >= 2
        and f"--date-order {phone.order}" in found.error.hint
    )


def _case(seed: str) -> tuple[str, list[Said], Phone | Shape]:
    random = Random(seed)
    kind = random.choice(list(KINDS))
    phone = random.choice(SHAPES) if random.random() < 0.2 else any_phone(random)
    return kind, known_chat(random, kind, ios=phone.ios), phone


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_any_phone_is_read_exactly_or_refused(seed: int) -> None:
    _, said, phone = _case(str(seed))
    with TemporaryDirectory() as folder:
        assert _outcome(Path(folder), said, phone) in {"exact", "refused"}, phone.name


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__qualname__.strip("_"))
@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_every_habit_of_a_phone_is_read(tmp_path: Path, habit: Habit, kind: str) -> None:
    random = Random(kind)
    for phone in map(habit, random.sample(PHONES, 4)):
        said = known_chat(random, kind, ios=phone.ios)
        assert _outcome(tmp_path, said, phone) in {"exact", "refused"}, phone.name


_SHORT_YEAR = [p for p in PHONES if re.search("yy(?!y)", p.date) and not is_unknown(p)]


def _ambiguous_case(seed: str) -> tuple[str, list[Said], Phone]:
    """Return a chat of ambiguous dates, mostly of a phone that shows two digits of the year."""
    random = Random(seed)
    kind = random.choice(list(AMBIGUOUS))
    phone = random.choice(_SHORT_YEAR) if random.random() < 0.6 else any_phone(random)
    if phone.ios and random.random() < 0.5:
        region = random.choice([p for p in _SHORT_YEAR if p.order != "ymd"])
        phone = replace(phone, date=region.date, name=f"{phone.name} in {region.name}")
    return kind, known_chat(random, kind, ios=phone.ios), phone


def _ambiguous_outcomes(first: int) -> tuple[Counter[str], list[str]]:
    """Return how chats of ambiguous dates from `first` on are read, and which are wrong."""
    total: Counter[str] = Counter()
    wrong: list[str] = []
    with TemporaryDirectory() as folder:
        for number in range(first, first + _SHARE):
            kind, said, phone = _ambiguous_case(f"ambiguous {number}")
            outcome = _outcome(Path(folder), said, phone)
            if outcome not in {"exact", "refused"}:
                wrong.append(f"{outcome}: ambiguous {number}, {phone.name}, {kind}")
            total[outcome] += 1
    return total, wrong


@pytest.mark.parametrize("seed", range(100))
def test_dates_that_could_be_other_dates_are_read_exactly_or_refused(
    tmp_path: Path, seed: int
) -> None:
    _, said, phone = _ambiguous_case(str(seed))
    assert _outcome(tmp_path, said, phone) in {"exact", "refused"}, phone.name


@pytest.mark.gate
def test_many_dates_that_could_be_other_dates() -> None:
    parts = shared_out(_ambiguous_outcomes, AMBIGUOUS_CHATS, _SHARE)
    total = sum((found for found, _ in parts), Counter[str]())
    wrong = [one for _, ones in parts for one in ones]
    print(
        f"{total.total()} chats of ambiguous dates: {total['exact']} exact,"
        f" {total['refused']} refused, {len(wrong)} wrong"
    )
    for one in wrong[:20]:
        print(one)
    assert not wrong


@pytest.mark.gate
def test_many_chats_of_all_phones() -> None:
    total: Counter[str] = Counter()
    weeks: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for number in range(CHATS):
            kind, said, phone = _case(f"chat {number}")
            outcome = _outcome(Path(folder), said, phone)
            if outcome not in {"exact", "refused"}:
                print(f"{outcome}: _case('chat {number}'), {phone.name}, {kind}")
            total[outcome] += 1
            weeks[outcome] += kind == "weeks" and not is_unknown(phone)
    wrong = total.total() - total["exact"] - total["refused"]
    print(
        f"{len(LOCALES)} locales, {len(FORMS)} forms, {len(HABITS)} habits, {CHATS} chats:"
        f" {total['exact']} exact, {total['refused']} refused, {wrong} wrong;"
        f" of {weeks.total()} chats of weeks in known forms {weeks['refused']} refused"
    )
    assert wrong == 0
    assert weeks["refused"] * 100 <= weeks.total()
