"""Exports that were appended or pasted into one file are read rightly or refused by line (W1)."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.exports_builder import SHAPES, Said, Shape, render, write_txt
from tests.samples import one_in
from tests.sources.exports.reader import THEM, read_all
from tests.sources.exports.shares import shared_out
from wasf.core.chats import Direction, Message
from wasf.core.policy import DateOrder
from wasf.interfaces import Unreadable
from wasf.sources.exports.layout import layout_of

FILES = int(os.environ.get("WASF_APPENDED_FILES", "5000"))
_SHARE = 250
US = "Bob Sales"
_AT = datetime(2024, 2, 17, 9)
_STRANGERS = ("Cy Sample", "Dora Sample")
_WEB = Shape("WhatsApp Web", "[{HH}:{M}, {d}/{m}/{y}] ")
_FORMS = (*(s for s in SHAPES if s.order == "dmy" and "{be}" not in s.header), _WEB)
_RIGHT = {"read", "refused by line", "skipped as a group"}
_LINE = re.compile(r"line ([\d,]+)")


@dataclass(frozen=True, slots=True)
class Case:
    """One generated file: its text, what must be read, and the lines where exports begin."""

    text: str
    said: Sequence[Said]
    starts: frozenset[int]


def _talk(random: Random, first: int, count: int, names: Sequence[str] = (US, THEM)) -> list[Said]:
    return [
        Said(
            _AT + timedelta(hours=7 * number),
            names[number % 2],
            f"text {number}{random.choice(('', ': x', chr(10) + 'two lines', ' 10:30'))}",
        )
        for number in range(first, first + count)
    ]


def _looks_like(one: Shape, other: Shape) -> bool:
    """Return whether headers of the one form have the other, too: nothing tells them then."""
    layout = layout_of(f"{other.stamp(_AT)}Ada: x")
    assert layout is not None
    return layout.pattern.match(f"{one.stamp(_AT)}Ada: x") is not None


def _appended(random: Random) -> Case:
    """Two or three exports of one chat, each later, with an overlap or a gap."""
    text, said, starts, end = "", [], set(), 0
    for number in range(random.choice((2, 2, 3))):
        first = max(0, end - random.choice((0, 0, 5, 8)))
        count = random.randrange(9, 30)
        part = _talk(Random(f"texts {first}"), first, count)
        if number:
            part = [next((one for one in said if one.at == new.at), new) for new in part]
            starts.add(text.count("\n") + 1)
        shape = random.choice(_FORMS[:-1] if not number else _FORMS)
        text += render(part, shape).replace("\r\n", "\n")
        said += [one for one in part if one not in said]
        end = max(end, first + count)
    return Case(text, said, frozenset(starts))


def _pasted(random: Random) -> Case:
    """One export; somebody pasted some lines of another chat, or of this one, into a message."""
    said = _talk(random, 40, random.randrange(12, 30))
    names = random.choice((_STRANGERS, (US, THEM)))
    shape = random.choice(_FORMS[:-1])
    other = random.choice([form for form in _FORMS if not _looks_like(form, shape)])
    lines = render(_talk(random, 0, random.randrange(1, 6), names), other)
    at = random.randrange(2, len(said) - 1)
    pasted = f"look:\n{lines}".replace("\r\n", "\n").rstrip("\n")
    said[at] = replace(said[at], text=pasted)
    text = render(said, shape).replace("\r\n", "\n")
    start = text[: text.index("look:\n")].count("\n") + 2
    return Case(text, said, frozenset({start}))


def _of_another_chat(random: Random) -> Case:
    """An export to which one of another chat was appended: never readable as one."""
    own = _talk(random, 0, random.randrange(9, 30))
    shape, other = random.sample(_FORMS[:-1], 2)
    text = render(own, shape).replace("\r\n", "\n")
    start = text.count("\n") + 1
    foreign = _talk(random, 60, random.randrange(9, 30), _STRANGERS)
    return Case(text + render(foreign, other).replace("\r\n", "\n"), (), frozenset({start}))


KINDS = {"appended": _appended, "pasted": _pasted, "of another chat": _of_another_chat}


def _rows(said: Sequence[Said]) -> list[tuple[datetime, str, str]]:
    return [(one.at, one.author, one.text) for one in said]


def _outcome(folder: Path, kind: str, seed: str) -> str:
    """Return `read`, `refused by line`, `skipped as a group`, or what is wrong."""
    case = KINDS[kind](Random(seed))
    path = write_txt(folder, f"WhatsApp Chat with {THEM}", case.text)
    (found,) = read_all(path, me=frozenset({US}), zone=UTC, date_order=DateOrder.DMY)
    if isinstance(found, Unreadable):
        lines = {int(shown.replace(",", "")) for shown in _LINE.findall(found.error.message)}
        return "refused by line" if lines & case.starts else f"WRONG: {found.error.message}"
    if found.chat.is_group and not case.said:
        return "skipped as a group"  # the second one has the same form, so there are four writers
    messages = [item for item in found.items if isinstance(item, Message)]
    got = [(m.sent_at.replace(tzinfo=None, second=0), m.author, m.text) for m in messages]
    if got != _rows(case.said):
        return f"WRONG: {len(got)} messages of {len(case.said)}, group {found.chat.is_group}"
    is_right = all((m.direction is Direction.OUTGOING) == (m.author == US) for m in messages)
    return "read" if is_right else "WRONG: sides"


def _outcomes(first: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for number in range(first, first + _SHARE):
            kind = list(KINDS)[number % len(KINDS)]
            outcome = _outcome(Path(folder), kind, f"file {number}")
            is_wrong = outcome.startswith("WRONG")
            shown = f"_outcome(folder, {kind!r}, 'file {number}'): " if is_wrong else f"{kind}: "
            outcomes[shown + outcome] += 1
    return outcomes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", one_in(2, range(40)))
def test_w1_an_appended_export_is_read_or_refused(tmp_path: Path, kind: str, seed: int) -> None:
    assert _outcome(tmp_path, kind, f"some {seed}") in _RIGHT


@pytest.mark.gate
def test_w1_many_appended_exports_are_read_or_refused() -> None:
    outcomes = sum(shared_out(_outcomes, FILES, _SHARE), Counter[str]())
    wrong = [outcome for outcome in outcomes if "WRONG" in outcome]
    right = {outcome: count for outcome, count in outcomes.items() if outcome not in wrong}
    print(f"{outcomes.total()} files: {right}, {len(wrong)} wrong")
    for outcome in wrong[:20]:
        print(outcome)
    assert not wrong
