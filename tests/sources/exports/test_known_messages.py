"""Every header of a generated file comes back as a message, a notice or a reported line (T6, W1).

The files are of every locale and platform, with every kind of body, of notice and of group event.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.exports_builder import MARK, SHAPES, Said, Shape, render, write_txt
from tests.sources.exports.known_chats import KINDS, known_chat
from tests.sources.exports.phones import Phone, any_phone
from tests.sources.exports.reader import BERLIN, THEM, US, read_all
from tests.sources.exports.shares import shared_out
from tests.sources.exports.test_groups import NOTICES
from tests.sources.exports.test_locales import is_unknown
from wasf.core.chats import ChatItem, Message, NotUnderstood, SkippedMessage, SystemLine
from wasf.core.policy import DateOrder
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports import phrases
from wasf.sources.exports.phrases import CHAT_NOTICES, SENDER_NOTICES

FILES = int(os.environ.get("WASF_KNOWN_FILES", "3000"))
_SHARE = 250
_MOST_LINES = 60
_GROUP, _ASSISTANT = "Team Nord", "Meta AI"
_MEMBERS = (THEM, US, "Cy Sample", "+44 7700 900123", "日本 太郎")
_PLACES = (
    "https://maps.google.com/?q=51.5,-0.1", "Café (1 High Street): https://foursquare.com/v/4b058",
    "POLL:\nWhen?\nOPTION: now (1 vote)\nOPTION: later (2 votes)", "null", "",
    "and I changed my mind <This message was edited>", "offer <not sent>", "x: y: z",
)  # fmt: skip
_MARKED = (
    *phrases.MEDIA_LEFT_OUT, *phrases.CARD_LEFT_OUT, *phrases.CALLS, *phrases.DELETED,
    *phrases.VIEW_ONCE, *phrases.WAITING, *phrases.LIVE_LOCATION,
    "Voice call, \u200e5 min", "EVENT: Fitting, Monday 10:00", "You sent £20.00", "zzz yyy xxx",
)  # fmt: skip
_FILES = (
    "IMG-{0:%Y%m%d}-WA0001.jpg", "00000042-PHOTO-{0:%Y-%m-%d-%H-%M-%S}.jpg", "Cy.vcf", "a b.pdf"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One generated file: what it holds, in whose form, and whether it is of a group."""

    said: Sequence[Said]
    phone: Phone | Shape
    is_group: bool


def _body(random: Random, one: Said, *, ios: bool) -> Said:
    """Return the line as it is, or with another kind of body."""
    kind = random.randrange(9)
    if kind == 0:
        return replace(one, text=random.choice(_PLACES))
    if kind == 1:
        return replace(one, text=random.choice(_MARKED), marked=ios)
    if kind == 2:
        return replace(one, text="", file=random.choice(_FILES).format(one.at))
    if kind == 3:
        return replace(one, text=f"<{random.choice(phrases.MEDIA_OMITTED)}>")
    if kind == 4:
        return replace(one, text=random.choice((MARK, "\u200f")) + one.text)
    return one


def _notices(random: Random, *, is_group: bool) -> tuple[str, str]:
    """Return a notice, and under whose name an iPhone writes it."""
    if is_group and random.random() < 0.7:
        a, b = random.sample(_MEMBERS, 2)
        language = random.choice(list(NOTICES.values()))
        return random.choice(language).format(a=a, b=b, t=_GROUP), _GROUP
    text = random.choice((*CHAT_NOTICES, *SENDER_NOTICES))
    return text.replace("%@", "24 hours").replace("%s", THEM), THEM


def case_of(seed: str) -> Case:
    """Return a file of known messages."""
    random = Random(seed)
    is_group = random.random() < 0.3
    phone = random.choice(SHAPES) if random.random() < 0.2 else any_phone(random)
    said = known_chat(random, random.choice(list(KINDS)), ios=phone.ios)[:_MOST_LINES]
    if is_group:
        said = [replace(one, author=random.choice(_MEMBERS)) for one in said]
    said = [_body(random, one, ios=phone.ios) for one in said]
    for _ in range(random.choice((0, 1, 2, 5))):
        at = random.randrange(len(said))
        text, name = _notices(random, is_group=is_group)
        said.insert(at, Said(said[at].at, name, text, notice=True))
    if random.random() < 0.1:
        said.append(Said(said[-1].at, _ASSISTANT, "an answer"))
    if is_group:
        created = f'{THEM} created group "{_GROUP}"'
        said.insert(0, Said(said[0].at, _GROUP, created, notice=True))
    return Case(said, phone, is_group)


def _is_right(item: ChatItem, one: Said, phone: Phone | Shape) -> bool:
    """Return whether an item is what a line must become."""
    if one.notice:
        return item == SystemLine()
    if one.author == _ASSISTANT:
        return isinstance(item, SkippedMessage)
    if not isinstance(item, Message) or item.author != one.author:
        return False
    at = one.at if phone.seconds else one.at.replace(second=0)
    return item.sent_at.astimezone(BERLIN).replace(tzinfo=None) == at


def _fault(reading: ChatReading, case: Case) -> str:
    """Return what is wrong with the items of a file, "" if nothing is."""
    items = [item for item in reading.items if not isinstance(item, NotUnderstood)]
    if len(items) != len(case.said):
        return f"{len(items)} items of {len(case.said)} headers"
    if reading.chat.is_group != case.is_group:
        return "a group is a chat of two, or the other way round"
    for item, one in zip(items, case.said, strict=True):
        if not _is_right(item, one, case.phone):
            return f"{one} became {item}"
    return ""


def _outcome(folder: Path, seed: str) -> str:
    """Return `exact`, `refused`, or what is wrong, with and without --date-order."""
    case = case_of(seed)
    title = _GROUP if case.is_group else THEM
    text = getattr(case.phone, "file_mark", "") + render(case.said, case.phone)
    path = write_txt(folder, f"WhatsApp Chat with {title}", text)
    (asked,) = read_all(path, date_order=DateOrder(case.phone.order))
    if isinstance(asked, Unreadable):
        return "refused" if is_unknown(case.phone) else f"WRONG: {asked.error.message}"
    if fault := _fault(asked, case):
        return f"WRONG: {fault}"
    (found,) = read_all(path)
    if isinstance(found, Unreadable):
        return "refused" if "--date-order" in found.error.hint else f"WRONG: {found.error.message}"
    fault = _fault(found, case)
    return f"WRONG without --date-order: {fault}" if fault else "exact"


def _outcomes(first: int) -> tuple[Counter[str], int]:
    """Return the outcomes of some files from `first` on, and how many headers they have."""
    outcomes: Counter[str] = Counter()
    headers = 0
    with TemporaryDirectory() as folder:
        for number in range(first, first + _SHARE):
            outcome = _outcome(Path(folder), f"file {number}")
            if outcome.startswith("WRONG"):
                outcome = f"_outcome(folder, 'file {number}'): {outcome}"
            outcomes[outcome] += 1
            headers += len(case_of(f"file {number}").said)
    return outcomes, headers


@pytest.mark.parametrize("seed", range(100))
def test_w1_every_header_is_a_message_or_a_notice(tmp_path: Path, seed: int) -> None:
    assert _outcome(tmp_path, f"some {seed}") in {"exact", "refused"}


@pytest.mark.gate
def test_w1_every_header_of_many_files_is_a_message_or_a_notice() -> None:
    parts = shared_out(_outcomes, FILES, _SHARE)
    outcomes = sum((found for found, _ in parts), Counter[str]())
    headers = sum(count for _, count in parts)
    wrong = [outcome for outcome in outcomes if outcome not in {"exact", "refused"}]
    print(
        f"{outcomes.total()} files with {headers} headers: {outcomes['exact']} exact, "
        f"{outcomes['refused']} refused (exact with --date-order), {len(wrong)} wrong"
    )
    for outcome in wrong[:20]:
        print(outcome)
    assert not wrong
