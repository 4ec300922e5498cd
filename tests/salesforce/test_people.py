"""Finding people: in few calls, to the last page, through merges and conversions."""

from datetime import UTC, datetime

import pytest

from tests.salesforce.worlds import (
    ADA,
    BEN,
    adapter,
)
from tests.servers.salesforce import LocalOrg
from wasf.core.chats import Phone
from wasf.core.records import PeopleQuery, RecordId


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
