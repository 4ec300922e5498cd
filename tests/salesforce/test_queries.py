"""Queries as text: what is asked, that no value breaks out, and that none is too long."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.core.chats import Phone
from wasf.core.records import RecordId, RecordType, TaskKey
from wasf.salesforce import people, stored_records
from wasf.salesforce.api.formats import LONGEST_QUERY
from wasf.salesforce.objects import PeopleFields

TAILS = {
    "Germany mobile": ("+491713920012", "13920012"),
    "Britain": ("+447700900123", "00900123"),
    "USA": ("+12025550123", "25550123"),
    "Brazil with the ninth digit": ("+5511955501001", "55501001"),
    "Brazil without it": ("+551155501001", "55501001"),
    "Mexico with the old 1": ("+5215555501001", "55501001"),
    "Argentina with the 9": ("+5491155501001", "55501001"),
    "Italy keeps its zero": ("+390655501", "0655501"),
    "short national number": ("+35312345", "12345"),
    "no known country": ("+99955501001", "55501001"),
}


@pytest.mark.parametrize(("phone", "tail"), TAILS.values(), ids=TAILS)
def test_numbers_are_searched_by_digits_that_every_spelling_has(phone, tail):
    assert people.telling_digits(Phone(phone)) == tail


def test_people_are_searched_in_the_fields_that_may_be_read():
    [query] = people.people_queries(
        RecordType.CONTACT,
        PeopleFields(("Id", "Name", "Phone", "HomePhone"), like=("Phone", "HomePhone")),
        {Phone("+491713920012")},
        {"Ada O'Example"},
    )
    assert query.text == (
        "SELECT Id, Name, Phone, HomePhone FROM Contact WHERE"
        " (Phone LIKE '%1%3%9%2%0%0%1%2%' OR HomePhone LIKE '%1%3%9%2%0%0%1%2%')"
        " OR Name = 'Ada O\\'Example'"
    )


def test_hidden_phone_fields_leave_only_the_names():
    [query] = people.people_queries(
        RecordType.LEAD, PeopleFields(("Id", "Name")), {Phone("+491713920012")}, {"Ada"}
    )
    assert query.text == "SELECT Id, Name FROM Lead WHERE Name = 'Ada'"


def test_nothing_to_look_for_is_no_query():
    assert people.people_queries(RecordType.LEAD, PeopleFields(("Id", "Phone")), (), ()) == []
    assert people.people_by_id(RecordType.LEAD, ("Id",), ()) == []


def test_half_a_character_of_a_name_is_asked_for_as_none():
    [query] = people.people_queries(RecordType.LEAD, PeopleFields(("Id",)), (), {"Ada \udcff"})
    assert query.path.endswith("Ada%20%EF%BF%BD%27")


def test_records_are_looked_for_among_deleted_ones_too():
    [query] = people.people_by_id(RecordType.LEAD, ("Id",), {RecordId("00Q5e0000000001EAA")})
    assert query.path.startswith("queryAll?q=SELECT%20Id%2C%20IsDeleted%2C%20MasterRecordId%20FROM")


def test_a_name_is_asked_for_in_both_its_codings():
    [query] = people.people_queries(RecordType.LEAD, PeopleFields(("Id",)), (), {"Zoe\u0308"})
    assert "'Zoe\u0308'" in query.text
    assert "'Zo\u00eb'" in query.text


@given(st.lists(st.text(max_size=300), max_size=400))
def test_no_query_is_too_long_and_no_value_is_lost(names):
    found = people.people_queries(RecordType.LEAD, PeopleFields(("Id", "Name")), (), names)
    assert all(len(query.text) <= LONGEST_QUERY for query in found)
    assert all(len(query.conditions) <= people.MOST_CONDITIONS for query in found)
    asked = [_read(condition) for query in found for condition in query.conditions]
    assert set(names) - {""} <= set(asked)


@given(st.text())
def test_no_value_breaks_out_of_its_quotes(name):
    [query] = people.people_queries(RecordType.CONTACT, PeopleFields(("Id",)), (), {name + "x"})[:1]
    assert _read(query.conditions[0]) in (name + "x", _nfc(name + "x"))


def test_10_000_keys_are_asked_for_in_few_queries():
    keys = [TaskKey(f"{number:026d}") for number in range(10_000)]
    found = stored_records.task_ids("CallObject", keys)
    assert len(found) <= 7
    assert all(len(query.text) <= LONGEST_QUERY and query.deleted_too for query in found)


ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _nfc(text):
    return unicodedata.normalize("NFC", text)


def _read(condition):
    """Reads `Name = '…'` as Salesforce does; anything after the closing quote is a break-out."""
    whole = re.fullmatch(r"Name = '((?:[^'\\]|\\.)*)'", condition, re.DOTALL)
    assert whole, "a value broke out of its quotes"
    return re.sub(
        r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), whole[1], flags=re.DOTALL
    )
