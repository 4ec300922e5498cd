"""Answers are read only as far as their shape is right; errors are found in all their forms."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.demo.salesforce.recordings import FOLDER, needs_recordings
from wasf.core.records import RecordType
from wasf.errors import BadSetting
from wasf.salesforce.api import formats
from wasf.salesforce.api.errors import DuplicateResult, Execution, RequestFailed, failure
from wasf.salesforce.api.formats import full_id, storable

REFUSED = {
    "cut": b'[{"id": "00T',
    "Latin-1": '["é"]'.encode("latin-1"),
    "byte order mark": b'\xef\xbb\xbf["a"]',
    "NaN": b"[NaN]",
    "infinity": b"[-Infinity]",
    "a page": b"<html></html>",
    "empty": b"",
    "nested without end": b"[" * 100_000,
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_no_json(body):
    with pytest.raises(ValueError):
        formats.parsed(body)


SHAPES = {
    "object": lambda: formats.as_object([], "it"),
    "list": lambda: formats.as_list({}, "it"),
    "objects": lambda: list(formats.as_objects([1], "it")),
    "text": lambda: formats.text({"Name": 1}, "Name"),
    "id": lambda: formats.record_id({"Id": "short"}, "Id"),
    "no id": lambda: formats.record_id({}, "Id"),
}


@pytest.mark.parametrize("read", SHAPES.values(), ids=SHAPES)
def test_a_wrong_shape_leaves_the_outcome_unknown(read):
    with pytest.raises(RequestFailed) as caught:
        read()
    assert caught.value.execution is Execution.UNKNOWN


DUPLICATE = {
    "duplicateResut": {
        "allowSave": True,
        "duplicateRule": "Standard_Lead_Duplicate_Rule",
        "matchResults": [
            {"matchRecords": [{"record": {"Id": "0035e0000000001AAA"}}, {"record": {}}]},
            {"matchRecords": [{"record": {"Id": "0035e0000000001"}}]},
            {"matchRecords": [{"record": {"Id": "0015e0000000001AAA"}}]},
            {"matchRecords": [{"record": {"Id": "00Q5e0000000001AAA"}}]},
        ],
    },
    "errorCode": "DUPLICATES_DETECTED",
    "message": "Use one of these records?",
}


def test_m11_duplicates_are_those_that_a_chat_can_belong_to():
    [error] = formats.errors_in([DUPLICATE])
    assert error.duplicate == DuplicateResult(
        "Standard_Lead_Duplicate_Rule",
        (
            (RecordType.CONTACT, full_id("0035e0000000001AAA")),
            (RecordType.LEAD, full_id("00Q5e0000000001AAA")),
        ),
        allow_save=True,
        others=1,
    )


ODD_RESULTS = {
    "nothing is found": {"matchResults": []},
    "another name than Salesforce gives": {"duplicateRule": "<b>rule</b>"},
    "no name": {"duplicateRule": 7, "allowSave": "true"},
    "no lists": {"matchResults": 7},
    "no records": {
        "matchResults": [7, {"matchRecords": [7, {"record": 7}, {"record": {"Id": 7}}]}]
    },
}


@pytest.mark.parametrize("result", ODD_RESULTS.values(), ids=ODD_RESULTS)
def test_m11_an_odd_result_names_and_allows_nothing(result):
    [error] = formats.errors_in([{"errorCode": "X", "duplicateResult": result}])
    assert error.duplicate == DuplicateResult("", (), allow_save=False)


def test_m11_without_a_result_nothing_is_known():
    for body in ({"errorCode": "X"}, {"statusCode": "X", "duplicateResult": None}):
        assert formats.errors_in([body])[0].duplicate is None


def test_what_salesforce_said_does_not_show():
    [error] = formats.errors_in([{"errorCode": "STRING_TOO_LONG", "message": "canary"}])
    assert "canary" not in repr(error)
    assert "canary" not in str(failure(400, (error,)))


@needs_recordings
def test_every_recorded_error_is_read():
    recorded = json.loads((FOLDER / "public-code/errors.json").read_text())
    for one in recorded:
        body = one.get("body")
        named = isinstance(body, dict) or (isinstance(body, list) and "errorCode" in str(body))
        if named and "errorCode" in body[0] if isinstance(body, list) else named:
            assert formats.errors_in(body)[0].code.isupper()


IDS = {
    "15 become 18": ("001D000000IRFma", "001D000000IRFmaIAH"),
    "18 stay": ("001D000000IRFmaIAH", "001D000000IRFmaIAH"),
    "too short": ("001D000000IRFm", None),
    "other signs": ("001D000000IRF/a", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("given", "whole"), IDS.values(), ids=IDS)
def test_full_id(given, whole):
    assert full_id(given) == whole


STORED = {
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


@pytest.mark.parametrize(("given", "stored"), STORED.values(), ids=STORED)
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


# --- Queries as values, and the names of fields that may stand in them ---------------------------


def test_halves_ask_the_same_together():
    query = formats.Query("SELECT Id FROM Lead", ("a", "b", "c"))
    first, second = query.halves()
    assert (first.conditions, second.conditions) == (("a",), ("b", "c"))


@pytest.mark.parametrize(
    "name", ["", "1st__c", "Name FROM User--", "Owner.Email", "x" * 81, "Ä__c"]
)
def test_what_is_no_field_name_never_stands_in_a_query(name):
    with pytest.raises(BadSetting):
        formats.api_name(name, "lead.link_field")


@pytest.mark.parametrize("name", ["CallObject", "WhatsApp_Message_Key__c", "acme__Link__c"])
def test_field_names(name):
    assert formats.api_name(name, "key_field") == name
