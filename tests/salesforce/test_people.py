"""Finding people: in few calls, to the last page, through merges; no value leaves its quotes."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.salesforce.worlds import (
    ADA,
    BEN,
    adapter,
)
from tests.servers.salesforce import LocalOrg
from wasf.core.chats import Phone
from wasf.core.records import PeopleQuery, RecordId, RecordType
from wasf.salesforce import people
from wasf.salesforce.api.formats import LONGEST_QUERY
from wasf.salesforce.objects import PeopleFields


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        yield org


def test_a_hundred_people_take_one_call(local):
    phones = [Phone(f"+4477009{number:05d}") for number in range(100)]
    local.add_many("Contact", [{"LastName": f"C{phone}", "Phone": phone} for phone in phones[:50]])
    local.add_many("Lead", [{"LastName": f"L{phone}", "Phone": phone} for phone in phones[50:]])
    org = adapter(local)
    org.facts(())
    found = org.people(PeopleQuery(phones=frozenset(phones)))
    assert (len(found.contacts), len(found.leads)) == (50, 50)
    assert org.api_calls == 2


def test_1_000_people_are_found_within_the_budget(local):
    phones = [Phone(f"+4477009{number:05d}") for number in range(1_000)]
    local.add_many("Contact", [{"LastName": f"C{phone}", "Phone": phone} for phone in phones])
    org = adapter(local)
    org.facts(())
    assert len(org.people(PeopleQuery(phones=frozenset(phones))).contacts) == 1_000
    assert org.api_calls <= 1_000 / 20 + 8


def test_pages_are_followed_to_the_last(local):
    local.set(page_size=200)
    local.add_many("Contact", [{"LastName": "Example", "Phone": ADA}] * 450)
    org = adapter(local)
    org.facts(())
    assert len(org.people(PeopleQuery(phones=frozenset({ADA}))).contacts) == 450
    assert org.api_calls == 4


def test_numbers_in_fields_that_name_somebody_else_are_not_looked_at(local):
    local.add_contact(LastName="Example", Fax=ADA)
    local.add_contact(LastName="Example", AssistantPhone=ADA)
    mother = local.add_contact(LastName="Example", HomePhone=ADA)
    other = local.add_contact(LastName="Example", OtherPhone=ADA)
    found = adapter(local).people(PeopleQuery(phones=frozenset({ADA})))
    assert {one.id for one in found.contacts} == {mother, other}


def test_hidden_phone_fields_are_not_asked_for(local):
    local.set(hidden_fields=["Contact.HomePhone", "Contact.OtherPhone", "Lead.MobilePhone"])
    contact = local.add_contact(LastName="Example", Phone=ADA)
    lead = local.add_lead(LastName="Example", Phone=BEN)
    found = adapter(local).people(PeopleQuery(phones=frozenset({ADA, BEN})))
    assert [one.id for one in found.contacts] == [contact]
    assert [one.id for one in found.leads] == [lead]


def test_the_link_field_is_read(local):
    link_field = local.add_link_field()
    local.add_lead(LastName="Example", Phone=ADA, **{link_field: "https://wa.me/491713920001"})
    local.add_lead(LastName="Else", Phone=ADA)
    found = adapter(local, link_field=link_field).people(PeopleQuery(phones=frozenset({ADA})))
    assert {one.name: one.link for one in found.leads} == {
        "Example": "https://wa.me/491713920001",
        "Else": "",
    }


def test_a_lead_as_it_stands_in_salesforce(local):
    local.add_lead(
        FirstName="Zoë",
        LastName="Beispiel",
        Phone="0171 3920001",
        MobilePhone="+44 7700 900123",
        Status="Working - Contacted",
        Description="Met\nat the fair",
        LastModifiedDate="2025-03-04T05:06:07.000+0000",
    )
    [lead] = adapter(local).people(PeopleQuery(names=frozenset({"zoë beispiel"}))).leads
    assert lead.name == "Zoë Beispiel"
    assert lead.phones == ("0171 3920001", "+44 7700 900123")
    assert (lead.status, lead.description) == ("Working - Contacted", "Met\nat the fair")
    assert lead.modified_at == datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert lead.owner_id == local.user_id


def test_a_converted_lead_whose_contact_was_merged(local):
    lead = local.add_lead(LastName="Example", Phone=ADA)
    contact = local.convert_lead(lead)
    lives_on = local.add_contact(LastName="Example")
    local.merge(lives_on, contact)
    found = adapter(local).people(PeopleQuery(lead_ids=frozenset({RecordId(lead)})))
    assert [one.id for one in found.leads] == [lead]
    assert [one.id for one in found.contacts] == [lives_on]


# --- Queries as text -----------------------------------------------------------------------------

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
