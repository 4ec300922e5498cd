"""I2: exports of two people who have one name, and short chats above all.

We may send one message to everybody, in one minute. An export that shows no number is the known
chat of its name only if what came in tells it; else it is left until a person says whose it is.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands.world import ADA, BEN, Stage
from tests.fakes import UNIQUE_KEY, MemoryOrg
from tests.fakes_sources import Written, a_source_chat, says
from wasf.core.chats import Message, MessageKind, Phone

NAME = "Ada Example"
TO_ALL = "to everybody"
TOLD = [says(TO_ALL, 10, outgoing=True)]


def export(said: Sequence[Message], phone: Phone | None = None) -> Written:
    return Written(a_source_chat(NAME, phone=phone), said)


def texts_of(said: Sequence[Message]) -> list[str]:
    return sorted(one.text or "[deleted message]" for one in said)


# Two people of one name are in the org, so that the name alone tells no record.


def two_people(stage: Stage) -> dict[Phone, str]:
    return {phone: stage.org.add_contact(NAME, phone).id for phone in (ADA, BEN)}


@pytest.mark.parametrize(
    "known",
    [
        TOLD,
        [says("hers", 0), *TOLD],
        [*TOLD, says("hers", 12)],
        [says("our offer", 0, outgoing=True), *TOLD],
        [says("hers", 5), says("hers too", 6), *TOLD],
    ],
    ids=["told", "hers, told", "told, hers", "ours, told", "two of hers, told"],
)
@pytest.mark.parametrize(
    "his",
    [
        [*TOLD, says("his", 15)],
        [says("his", 5), *TOLD],
        [*TOLD, says("our answer", 15, outgoing=True)],
        [says("his", 10), *TOLD],
        [says("his", 5, kind=MessageKind.DELETED), *TOLD, says("his", 15)],
    ],
    ids=["told, his", "his, told", "told, ours", "his of that minute, told", "deleted, told, his"],
)
def test_i2_what_we_told_everybody_does_not_make_a_short_export_the_known_chat(stage, known, his):
    records = two_people(stage)
    stage.sync(export(known, ADA), phone_is_given=True)
    report = stage.sync(export(his))
    [chat] = report.chats
    assert (report.messages.logged, report.messages.skipped) == (0, len(his))
    assert chat.reason.startswith(("nothing that came in tells", "it does not fit"))
    assert "wasf sync FILE --phone NUMBER" in chat.hint
    assert sorted(stage.texts()) == texts_of(known)
    assert stage.sync(export(his, BEN), phone_is_given=True).messages.logged == len(his)
    assert sorted(stage.texts(records[BEN])) == texts_of(his)
    assert sorted(stage.texts(records[ADA])) == texts_of(known)


NEWER = {
    "a text that came in": [says("hers", 0), *TOLD],
    "a text that came in, another one deleted": [
        says("hers", 0), says("", 2, kind=MessageKind.DELETED), *TOLD,
    ],
    "a short text that came in": [says("ok", 0), *TOLD],
    "a photo that came in": [says("photo", 0, kind=MessageKind.MEDIA), *TOLD],
    "three messages that were never answered": [
        says(f"our offer {n}", n, outgoing=True) for n in range(3)
    ],
}  # fmt: skip


@pytest.mark.parametrize("known", NEWER.values(), ids=NEWER)
def test_i2_a_newer_export_of_a_short_chat_is_known_by_what_it_shows(stage, known):
    records = two_people(stage)
    stage.sync(export(known, ADA), phone_is_given=True)
    newer = [*known, says("new", 20)]
    assert stage.sync(export(newer)).messages.logged == 1
    assert sorted(stage.texts(records[ADA])) == texts_of(newer)


def test_i2_the_same_export_is_known_whatever_it_shows(stage):
    two_people(stage)
    stage.sync(export(TOLD, ADA), phone_is_given=True)
    report = stage.sync(export(TOLD))
    assert (report.messages.already_logged, report.messages.skipped) == (1, 0)


@pytest.mark.parametrize("phone", [None, ADA], ids=["by the name", "by the number"])
def test_i2_an_answer_to_our_only_message_is_of_the_chat_whose_record_the_name_told(stage, phone):
    ada = stage.org.add_contact(NAME, ADA)
    stage.sync(export(TOLD))
    newer = [*TOLD, says("her answer", 20)]
    assert stage.sync(export(newer, phone), phone_is_given=bool(phone)).messages.logged == 1
    assert sorted(stage.texts(ada.id)) == texts_of(newer)


def test_i2_a_chat_that_waits_does_not_get_the_number_of_a_namesake(stage):
    records = two_people(stage)
    hers = [says("hers", 0), *TOLD]
    assert stage.sync(export(hers)).messages.waiting == 2
    stage.sync(export([*TOLD, says("his", 20)], BEN), phone_is_given=True)
    assert sorted(stage.texts()) == sorted(stage.texts(records[BEN])) == ["his", TO_ALL]
    stage.sync(export(hers, ADA), phone_is_given=True)
    assert sorted(stage.texts(records[ADA])) == texts_of(hers)


def test_i2_a_namesake_of_a_chat_that_was_logged_by_its_name(stage):
    """Nobody's messages mix, and the hint says how both get their chats."""
    ada, hers = stage.org.add_contact(NAME, ADA), [says("hers", 0), *TOLD]
    stage.sync(export(hers))
    ben, his = stage.org.add_contact(NAME, BEN), [*TOLD, says("his", 20)]
    assert stage.sync(export(his)).messages.skipped == 2
    report = stage.sync(export(his, BEN), phone_is_given=True)
    [chat] = report.chats
    assert (report.messages.skipped, sorted(stage.texts())) == (2, texts_of(hers))
    assert "with its own number first (wasf sync FILE --phone NUMBER)" in chat.hint
    assert stage.sync(export(hers, ADA), phone_is_given=True).messages.logged == 0
    assert stage.sync(export(his, BEN), phone_is_given=True).messages.logged == 2
    assert sorted(stage.texts(ada.id)) == texts_of(hers)
    assert sorted(stage.texts(ben.id)) == texts_of(his)


@st.composite
def _short_chats(draw: st.DrawFn, whose: str) -> list[Message]:
    """One to four lines, one of which we sent to everybody."""
    minutes = draw(st.lists(st.integers(0, 20).filter(lambda n: n != 10), max_size=3))
    said = [
        says(f"{whose} {number}", minute, outgoing=draw(st.booleans()))
        for number, minute in enumerate(sorted(minutes))
    ]
    return sorted([*said, *TOLD], key=lambda one: one.sent_at)


def _from_api(said: Sequence[Message], phone: Phone) -> Written:
    """The same from a chat API, with ids."""
    chat = replace(a_source_chat(NAME, phone=phone, native_id=phone[1:]), source="api")
    return Written(chat, [one._replace(native_id=f"{phone} {one.text}") for one in said])


WAYS = {
    "by name": export,
    "by number": export,
    "api": _from_api,
}


@given(hers=_short_chats("hers"), his=_short_chats("his"), data=st.data())
@settings(max_examples=50, deadline=None)
def test_i2_short_chats_of_two_people_with_one_name_never_mix(hers, his, data):
    """Whichever of them comes first, and how; with the numbers each record has its own messages."""
    folder = Path(tempfile.mkdtemp(prefix="namesakes-"))
    stage = Stage(folder, MemoryOrg(UNIQUE_KEY))
    records = two_people(stage)
    chats = {ADA: hers, BEN: his}

    def read(phone: Phone, way: str) -> None:
        told = None if way == "by name" else phone
        stage.sync(WAYS[way](chats[phone], told), phone_is_given=way == "by number")
        for number, record in records.items():
            assert not set(stage.texts(record)) - set(texts_of(chats[number]))

    steps = st.lists(st.tuples(st.sampled_from([ADA, BEN]), st.sampled_from(sorted(WAYS))))
    try:
        for phone, way in data.draw(steps):
            read(phone, way)
        for phone in data.draw(st.permutations([ADA, BEN])):
            read(phone, "by number")
        for phone, record in records.items():
            assert sorted(stage.texts(record)) == texts_of(chats[phone])
    finally:
        stage.close()
        shutil.rmtree(folder)
