"""Which message is which: the keys of messages and Tasks.

The properties P5 to P13 are promises about exports of one chat.
"""

import random
from base64 import b32encode
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.message_strategies import TEXTS, spellings_of, true_chats
from tests.fakes_sources import a_source_chat, says
from wasf.core.chat_identity import identify_chat
from wasf.core.chats import Attachment, Chat, ChatId, Message, MessageKind, Phone
from wasf.core.keys import (
    changed_fields,
    content_digest,
    further_text,
    has_further,
    key_bytes,
    keyed,
    only_message,
    phone_key,
    task_key,
)
from wasf.core.records import MessageKey, TaskContent
from wasf.core.text import comparable, fold_name
from wasf.store.ledger import Ledger

ADA = Phone("+491713920012")
QUICK = settings(max_examples=60, deadline=None)


@cache
def a_ledger() -> Ledger:
    """The ledger of all tests here: to make one takes much longer than to count in it."""
    return Ledger.scratch(Path("there-is-no-ledger-here"))


def keys_of(messages: list[Message]) -> list[MessageKey]:
    """The keys in a transaction of its own, with which the ledger forgets what it counted."""
    with a_ledger().transaction():
        batches = list(keyed(ChatId("chat"), messages, a_ledger().count_earlier))
    return [key for batch in batches for key in batch.keys]


@pytest.mark.parametrize("count", [1, 2, 3, 499, 500, 501, 1203])
def test_p5_equal_lines_of_one_minute_have_as_many_keys(count):
    keys = keys_of([says("ok")] * count)
    assert len(set(keys)) == count
    assert keys_of([says("ok")] * (count + 1))[:count] == keys


ORDERS = {
    "backwards": lambda lines: lines[::-1],
    "the same time twice, as in autumn": lambda lines: lines[::2] + lines[1::2],
    "any": lambda lines: random.Random(7).sample(lines, len(lines)),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_p7_lines_have_the_same_keys_in_any_order(order):
    """Also where a minute comes back long after it was left."""
    lines = [says("ok", minute) for minute in range(1500) for _ in range(1 + minute % 3)]
    assert sorted(keys_of(order(lines))) == sorted(keys_of(lines))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(says(author="Ada"), says(author="Ada Example 🌷"), id="P8: she was renamed"),
        pytest.param(
            says("<Media omitted>", kind=MessageKind.MEDIA),
            says(
                "",
                kind=MessageKind.MEDIA,
                attachment=Attachment("IMG-1.jpg", "/a.zip", "IMG-1.jpg"),
            ),
            id="P8: exported with media",
        ),
        pytest.param(
            says("This message was deleted", kind=MessageKind.DELETED),
            says("Diese Nachricht wurde gelöscht", kind=MessageKind.DELETED),
            id="P8: the phone speaks another language",
        ),
        pytest.param(
            says("POLL: 1 vote", kind=MessageKind.POLL),
            says("POLL: 2 votes", kind=MessageKind.POLL),
            id="P8: somebody voted",
        ),
        pytest.param(says(minute=0), says(minute=0.75), id="P13: one phone shows seconds"),
        pytest.param(
            says("one", native_id="wamid.1"),
            says("two", 90, native_id="wamid.1"),
            id="the source's own id says so",
        ),
    ],
)
def test_messages_that_are_one(before, after):
    assert keys_of([before]) == keys_of([after])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(says("ok"), says("OK"), id="case"),
        pytest.param(says("ok"), says(" ok"), id="a blank in front"),
        pytest.param(says("ok"), says("ok", outgoing=True), id="side"),
        pytest.param(says("ok"), says("ok", 1), id="minute"),
        pytest.param(says("ok", 0.99), says("ok", 1), id="minute, a second apart"),
        pytest.param(says("", kind=MessageKind.MEDIA), says("", kind=MessageKind.CALL), id="kind"),
        pytest.param(says("a\nb"), says("a b"), id="line break"),
        pytest.param(
            says("ok", kind=MessageKind.UNKNOWN), says("no", kind=MessageKind.UNKNOWN), id="unknown"
        ),
        pytest.param(says(native_id="1"), says(native_id="2"), id="the source's own ids"),
    ],
)
def test_messages_that_are_two(one, other):
    assert keys_of([one]) != keys_of([other])


@given(lines=true_chats)
@QUICK
def test_different_lines_never_share_a_key(lines):
    assert len(set(keys_of(lines))) == len(lines)


def test_keys_are_the_same_on_every_machine():
    """They stand on Tasks in people's orgs: whoever changes these values logs everything again."""
    keys = keys_of([says("ok"), says("ok"), says("Grüße\n🌷", 1, outgoing=True)])
    assert [key.hex() for key in keys] == [
        "6d1469c1ea5fc4bcbd0088eb0a90a0ac",
        "e8fc251ac7755d34687957fd79e60935",
        "0bb0f0fec4ab5aa45d1b0a66cb9bea0b",
    ]
    chat = identify_chat(a_source_chat(), [])
    assert isinstance(chat, Chat)
    assert chat.id == "goxxb2jek47n5vrf"
    assert task_key(keys[:1]) == "nukgtqpkl7clzpiardvqvefavq"
    assert task_key(keys) == "3t5adensar5j7blhbz7otbviai"
    assert task_key(keys[:1], part=2) == "wcctegbup7yefsz6xnymubhheq"
    assert task_key(keys[:1], about=phone_key(ADA)) == "4e43ffsjiotbb7rtqpvkx5bisu"


# --- P10: what does not show -------------------------------------------------------------------


@given(data=st.data(), text=st.sampled_from(TEXTS))
@settings(max_examples=200, deadline=None)
def test_p10_marks_blanks_line_ends_and_composition_make_no_new_message(data, text):
    spelled = data.draw(spellings_of(text))
    assert keys_of([says(spelled)]) == keys_of([says(text)])
    assert keys_of([says(spelled), says(text)]) == keys_of([says(text)] * 2)


@given(text=st.text(max_size=20))
@example(text="e\u200e\u0301")
@example(text="a\r")
@example(text="\ud83d")
def test_what_is_comparable_stays_as_it_is(text):
    assert comparable(comparable(text)) == comparable(text)
    assert fold_name(fold_name(text)) == fold_name(text)


# --- Tasks -------------------------------------------------------------------------------------


@given(st.binary(min_size=16, max_size=16))
def test_a_task_of_one_message_has_its_key_in_base_32(key):
    written = task_key([key])
    assert written == b32encode(key).decode().rstrip("=").lower()
    assert only_message(written) == key_bytes(written) == key


@pytest.mark.parametrize("key", ["", "a" * 25, "a" * 27, "8" * 26, "a" * 25 + "_", "a" * 25 + "\n"])
def test_no_message_has_what_is_no_key(key):
    assert only_message(key) is None


@given(
    tasks=st.lists(
        st.tuples(
            st.lists(st.sampled_from(keys_of([says("ok")] * 4)), min_size=1, max_size=3),
            st.integers(1, 3),
            st.sampled_from(["", "+491713920012", "ben beispiel"]),
        ),
        unique_by=lambda task: (tuple(task[0]), task[1], task[2]),
        max_size=8,
    )
)
@QUICK
def test_task_keys_differ_and_are_lower_case_base_32(tasks):
    keys = [task_key(*task) for task in tasks]
    assert len(set(keys)) == len(keys)
    assert all(
        len(key) == 26 and set(key) <= set("abcdefghijklmnopqrstuvwxyz234567") for key in keys
    )


def test_a_participant_is_one_however_the_number_is_spelled():
    assert phone_key(Phone("+541155501001")) == phone_key(Phone("+5491155501001"))


# --- What was written into a Task --------------------------------------------------------------

CONTENT = TaskContent("Hi", "10:00\n  Hi you", "005a", "003a", "", "Completed", "2026-03-14")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"subject": "hi"}, ["Subject"]),
        ({"description": "10:00\n  Hi, you"}, ["Description"]),
        ({"description": "10:00\n  Hi you \U0001f600"}, ["Description"]),
        ({"description": ""}, ["Description"]),
        ({"who_id": "003b", "owner_id": "005b"}, ["OwnerId", "WhoId"]),
        ({"who_id": ""}, ["WhoId"]),
        ({"what_id": "006a"}, []),
        ({"status": "Deferred"}, ["Status"]),
        ({"activity_date": "2026-03-15"}, ["ActivityDate"]),
        ({"description": " 10:00\r\n\tHi you\n\n"}, []),
        ({"subject": "\u2400Hi\ufffd\x07"}, []),
    ],
)
def test_w5_a_changed_field_is_told_by_its_digest(changes: dict, fields: list[str]) -> None:
    """Blanks do not count, nor what Salesforce cannot store, nor a field that was left empty."""
    digest = content_digest(CONTENT)
    assert not has_further(digest)
    assert changed_fields(digest, CONTENT._replace(**changes)) == fields
    assert len(digest) == 21


@pytest.mark.parametrize(
    ("written", "stored", "fields"),
    [
        ("WhatsApp", "WhatsApp", []),
        ("WhatsApp", "Call", ["task.fields"]),
        ("WhatsApp", None, ["task.fields"]),
        (True, True, []),
        (False, True, ["task.fields"]),
        (3, 3.0, []),
        (2.5, 2.5, []),
        ("2026-03-14T09:00:00Z", "2026-03-14T09:00:00.000+0000", []),
        ("2026-03-14T10:00:00+01:00", "2026-03-14T09:00:00.000+0000", []),
        ("2026-03-14T10:00:00+01:00", "2026-03-14T10:00:00.000+0000", ["task.fields"]),
        ("2026-03-14", "2026-03-14", []),
    ],
)
def test_w5_a_changed_field_of_the_setting_is_told(written, stored, fields) -> None:
    before = CONTENT._replace(further=further_text([("A__c", written), ("B__c", "x")]))
    after = CONTENT._replace(further=further_text([("B__c", "x"), ("A__c", stored), ("C", None)]))
    digest = content_digest(before)
    assert (changed_fields(digest, after), has_further(digest)) == (fields, True)
