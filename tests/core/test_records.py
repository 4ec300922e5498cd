"""W5: what counts as touched, and which chats a word means."""

from datetime import timedelta

import pytest

from tests.store.ledger.builders import NOON, chat
from wasf.core.chat_identity import chats_meant
from wasf.core.chats import ChatId, Phone
from wasf.core.records import Trace, was_touched

US, OTHER = "005000000000001AAA", "005000000000002AAA"


@pytest.mark.parametrize(
    ("seconds", "who", "touched"),
    [(0, US, False), (60, US, False), (61, US, True), (0, OTHER, True), (86_400, OTHER, True)],
)
def test_w5_what_counts_as_touched(seconds, who, touched):
    now = Trace(NOON + timedelta(seconds=seconds), who)
    assert was_touched(Trace(NOON, US), now) is touched


ADA = chat(ChatId("abc2345"), title="Ada Example", phone=Phone("+491713920012"))
ADA_TOO = chat(ChatId("abd2345"), title="Ada Example", phone=Phone("+447700900123"))
BEN = chat(ChatId("xyz2345"), title="Ben Beispiel")
ABC = chat(ChatId("qrs2345"), title="abc2345 and more")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("abc2345", [ADA]),
        ("ABC2345", [ADA]),
        ("+49 171 3920012", [ADA]),
        ("0171 3920012", [ADA]),
        ("ada example", [ADA, ADA_TOO]),
        ("ben", [BEN]),
        ("xyz", [BEN]),
        ("abc", [ADA, ABC]),
        ("be", []),
        ("", []),
        ("nobody", []),
        ("+44 7700 900999", []),
    ],
)
def test_m10_which_chats_a_word_means(word, meant):
    assert chats_meant(word, [ADA, ADA_TOO, BEN, ABC], "DE") == meant
