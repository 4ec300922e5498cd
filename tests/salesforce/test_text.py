"""What Salesforce cannot store is replaced, one unit for one; everything else stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.salesforce.api.json import storable

CASES = {
    "plain": ("Hello, wörld", "Hello, wörld"),
    "line ends and tabs stay": ("a\tb\nc\r\nd", "a\tb\nc\r\nd"),
    "NUL becomes its picture": ("a\x00b", "a␀b"),
    "escape becomes its picture": ("\x1b[31m", "␛[31m"),
    "half a character": ("a\ud83db", "a\ufffdb"),
    "two halves that belong together": ("\ud83d\ude00", "😀"),
    "noncharacters": ("\ufffe\uffff", "\ufffd\ufffd"),
    "direction marks stay": ("\u200f\u202eabc", "\u200f\u202eabc"),
    "emoji family stays": ("👨‍👩‍👧", "👨‍👩‍👧"),
    "C1 and DEL stay": ("\x7f\x9b", "\x7f\x9b"),
}


@pytest.mark.parametrize(("given", "stored"), CASES.values(), ids=CASES)
def test_storable(given, stored):
    assert storable(given) == stored


@given(st.text(st.characters()))
def test_any_text_can_be_sent_and_keeps_its_length(text):
    stored = storable(text)
    assert len(stored.encode("utf-16-le")) == len(text.encode("utf-16-le", "surrogatepass"))
    assert all(sign in "\t\n\r" or sign >= " " for sign in stored)
    assert storable(stored) == stored


@given(
    st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"))
)
def test_what_can_be_stored_is_not_altered(text):
    assert storable(text) == text
