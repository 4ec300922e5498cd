"""The first pass finds everything, also on its fast path, which looks at few lines only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.exports_builder import MARK, SHAPES, Said, Shape, render, write_txt
from tests.samples import one_in
from tests.sources.exports.reader import messages, read_one
from wasf.sources.exports.archive import open_archive
from wasf.sources.exports.chunks import Chunks
from wasf.sources.exports.export_facts import MANY_LINES, ExportFacts
from wasf.sources.exports.first_pass import FirstPass

AT = datetime(2024, 2, 17, 10, 0, 5)
NAMES = ("Ada Example", "Support", "~ Kim", "Ünï")
ODD = (
    "{us}: x", "?: yes", MARK + "image omitted", "", " ", "two\nlines", "a\n1/2/24, 10:00 - b",
    MARK + "Kim changed the group name", "next", "right", "<Media omitted>", "\r", "ends :",
)  # fmt: skip


def _nothing(_: Chunks) -> dict[int, str]:
    return {}


def _long_chat(seed: int, *, count: int = 1500, late: Sequence[Said] = ()) -> list[Said]:
    """A chat of some blocks: at first two people and plain texts, later anything."""
    random = Random(seed)
    said = [Said(AT, NAMES[0], "Messages and calls are end-to-end encrypted.", notice=True)]
    for number in range(count):
        is_odd = number > count // 2 and random.random() < 0.1
        author = random.choice(NAMES if is_odd else NAMES[:2])
        text = random.choice(ODD).format(us="Support") if is_odd else f"text {number} " + "x" * 60
        said.append(
            Said(AT + timedelta(minutes=7 * number), author, text, marked=text.startswith(MARK))
        )
    return said + list(late)


def _comparable(facts: ExportFacts) -> tuple[object, ...]:
    """The facts, without the counts that the fast path does not go on with."""
    return (
        facts.dates,
        facts.wrong_clocks,
        {
            name: "many" if counts.lines > MANY_LINES else (counts.lines, counts.notices)
            for name, counts in facts.senders.items()
        },
        facts.announced,
        {one for one in facts.notices if not one[0] or facts.senders[one[0]].lines <= MANY_LINES},
        facts.all_marked,
        facts.headers,
    )


@pytest.mark.parametrize("shape", one_in(3, SHAPES, lambda shape: shape.name))
def test_the_fast_path_collects_what_reading_all_lines_collects(
    tmp_path: Path, shape: Shape
) -> None:
    for seed in range(2):
        path = write_txt(
            tmp_path, "WhatsApp Chat with Ada Example", render(_long_chat(seed), shape)
        )
        first_pass = FirstPass(open_archive(path), lambda _: False)

        fast = first_pass.read()
        whole = first_pass.collect(fast.layout, _nothing)

        assert _comparable(fast) == _comparable(whole)
        assert fast.headers > 1500


def test_the_fast_path_is_taken(tmp_path: Path) -> None:
    """It does not count the lines of a known sender any more."""
    path = write_txt(tmp_path, "WhatsApp Chat with Ada Example", render(_long_chat(1), SHAPES[0]))

    fast = FirstPass(open_archive(path), lambda _: False).read()

    assert MANY_LINES < fast.senders["Support"].lines < 600


def test_the_start_of_another_name_is_no_known_sender(tmp_path: Path) -> None:
    """Ada wrote much before Ada: Work came, for whom the chat is called."""
    late = [Said(AT + timedelta(days=60 + n), "Ada: Work", f"late {n}") for n in range(9)]
    said = [
        Said(one.at, "Ada" if one.author == NAMES[0] else one.author, one.text)
        for one in _long_chat(2)
        if one.author in NAMES[:2] and not one.notice
    ]
    path = write_txt(tmp_path, "WhatsApp Chat with Ada_ Work", render([*said, *late], SHAPES[0]))

    found = messages(path)

    assert [m.text for m in found if m.author == "Ada: Work"] == [f"late {n}" for n in range(9)]
    assert len(found) == len(said) + len(late)


def test_somebody_new_after_many_lines_is_in_the_chat(tmp_path: Path) -> None:
    late = [Said(AT + timedelta(days=60 + n), "~ Late", f"late {n}") for n in range(60)]
    path = write_txt(
        tmp_path, "WhatsApp Chat with Ada Example", render(_long_chat(3, late=late), SHAPES[0])
    )

    chat, _ = read_one(path)

    assert chat.is_group
    assert "Late" in {participant.author for participant in chat.participants}


def test_a_wrong_clock_after_many_lines_is_found(tmp_path: Path) -> None:
    text = render(_long_chat(4), SHAPES[0]) + "31/12/2024, 25:61 - Support: pasted\n"
    path = write_txt(tmp_path, "WhatsApp Chat with Ada Example", text)

    fast = FirstPass(open_archive(path), lambda _: False).read()

    assert fast.wrong_clocks == 1


def test_an_iphones_notice_under_a_known_senders_name_is_found(tmp_path: Path) -> None:
    plain = [one for one in _long_chat(5) if one.author in NAMES[:2] and not one.notice][:900]
    notice = Said(AT + timedelta(days=60), NAMES[0], "Ada Example added you", notice=True)
    iphone = next(shape for shape in SHAPES if shape.ios)
    path = write_txt(tmp_path, "WhatsApp Chat - Ada Example", render([*plain, notice], iphone))

    found = FirstPass(open_archive(path), lambda _: False).read().notices
    assert (NAMES[0], f"{MARK}Ada Example added you") in found


def test_a_wrong_clock_among_those_that_were_seen_first_makes_none_right(tmp_path: Path) -> None:
    """Its word is that of no part of the day, wherever it comes back."""
    american = next(shape for shape in SHAPES if shape.name == "android en-US 12 h narrow")
    lines = render(_long_chat(6), american).split("\n")
    wrong = "2/18/24, 3:04\u202fQM - Support: pasted"
    for at in (200, 1200):
        lines.insert(at, wrong)
    path = write_txt(tmp_path, "WhatsApp Chat with Ada Example", "\n".join(lines))

    assert FirstPass(open_archive(path), lambda _: False).read().wrong_clocks == 2
    assert sum("QM - Support: pasted" in m.text for m in messages(path)) == 2
