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
from tests.folders import MEMORY
from wasf.core.chats import Message, MessageKind, Phone
from wasf.errors import ExitCode

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


HERS = [says("hers", 0), *TOLD]
HIS = [*TOLD, says("his", 20)]
OFTEN_TOLD = [says(f"to all {n}", n, outgoing=True) for n in range(30, 33)]


@pytest.mark.parametrize(
    ("hers", "his"),
    [
        (HERS, HIS),
        (TOLD, HIS),
        (TOLD, TOLD),
        (HERS, [says("his", 5)]),
        (HERS, [says("his", 5000)]),
        (HERS, [*OFTEN_TOLD, says("his", 5000)]),
        ([*HERS, *OFTEN_TOLD], OFTEN_TOLD),
        (OFTEN_TOLD, [*OFTEN_TOLD, says("his", 40)]),
        ([says("hers", 0)], [says("changed", 0, kind=MessageKind.EDITED), says("his", 5)]),
    ],
    ids=[
        *("both told", "she told only", "told only", "of one time", "later", "often later"),
        *("told often", "she told often only", "one may be the other's edited"),
    ],
)
@pytest.mark.parametrize("is_known", [True, False], ids=["he is in the org", "he is new"])
def test_i2_a_namesake_of_whom_a_person_says_the_number_gets_a_chat_of_his_own(
    stage, hers, his, is_known
):
    """Her chat was logged by its name, on a record with her number; his number is another (M13)."""
    ada = stage.org.add_contact(NAME, ADA)
    stage.sync(export(hers))
    if is_known:
        stage.org.add_contact(NAME, BEN)
    report = stage.sync(export(his, BEN), phone_is_given=True)
    assert (report.messages.logged, report.exit_code) == (len(his), ExitCode.DONE)
    [bens] = [*(stage.org.contacts.keys() - {ada.id}), *stage.org.leads]
    assert sorted(stage.texts(bens)) == texts_of(his)
    assert sorted(stage.texts(ada.id)) == texts_of(hers)
    newer = [*his, says("his answer", 6000)]
    assert stage.sync(export(newer, BEN), phone_is_given=True).messages.logged == 1
    assert stage.sync(export(hers, ADA), phone_is_given=True).messages.logged == 0
    assert sorted(stage.texts(bens)) == texts_of(newer)
    assert sorted(stage.texts(ada.id)) == texts_of(hers)


def test_i2_a_chat_is_that_of_its_name_by_what_came_in_though_its_record_has_another_number(stage):
    """The record has the number of her office only."""
    ada = stage.org.add_contact(NAME, BEN)
    stage.sync(export(HERS))
    report = stage.sync(export([*HERS, says("new", 20)], ADA), phone_is_given=True)
    assert (report.messages.already_logged, report.messages.logged) == (2, 1)
    assert sorted(stage.texts(ada.id)) == ["hers", "new", TO_ALL]


def test_i2_a_namesake_of_a_chat_whose_record_has_no_number(stage):
    """An export of another time becomes a chat of its own; else a person has to say more."""
    ada = stage.org.add_contact(NAME)
    stage.sync(export(HERS))
    ben = stage.org.add_contact(NAME, BEN)
    report = stage.sync(export(HIS, BEN), phone_is_given=True)
    [chat] = report.chats
    assert (report.messages.skipped, sorted(stage.texts())) == (2, texts_of(HERS))
    assert "with its own number first (wasf sync FILE --phone NUMBER)" in chat.hint
    later = [says("his", 5000)]
    report = stage.sync(export(later, BEN), phone_is_given=True)
    assert (report.messages.logged, report.exit_code) == (1, ExitCode.DONE)
    assert (stage.texts(ben.id), sorted(stage.texts(ada.id))) == (["his"], texts_of(HERS))


def test_m13_a_namesake_who_is_new_waits_where_the_known_record_has_no_number(stage):
    ada = stage.org.add_contact(NAME)
    stage.sync(export(HERS))
    report = stage.sync(export([says("his", 5000)], BEN), phone_is_given=True)
    [chat] = report.chats
    assert (report.messages.waiting, report.exit_code) == (1, ExitCode.DONE)
    assert "has this name and no number" in chat.reason
    assert sorted(stage.texts()) == sorted(stage.texts(ada.id)) == texts_of(HERS)


def test_i2_a_chat_that_a_person_linked_keeps_exports_of_its_name(stage):
    """Who linked it said whose it is: a number alone does not make it another person's."""
    ada = stage.org.add_contact("Somebody", ADA)
    stage.policy = replace(stage.policy, create_leads=False)
    stage.sync(export(HERS))
    stage.link(NAME, ada.id)
    stage.sync()
    report = stage.sync(export([says("new", 5000)], BEN), phone_is_given=True)
    assert (report.messages.skipped, stage.texts(ada.id)) == (1, ["hers", TO_ALL])


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
    folder = Path(tempfile.mkdtemp(prefix="namesakes-", dir=MEMORY))
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
