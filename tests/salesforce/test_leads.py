"""Leads made and changed: owners kept, duplicates named, what is lost told as lost."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.salesforce.worlds import ADA, BEN, adapter, make_lead, timeouts_with
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import UserId
from wasf.core.chats import Phone
from wasf.core.records import LeadChange, PeopleQuery, RecordId, RecordType
from wasf.core.refusals import RecordRefusal
from wasf.errors import NotConnected, Unreachable
from wasf.interfaces import LeadDuplicate, LeadInDoubt, LeadNotSent, LeadWritten

CREATE, CHANGE = "composite/sobjects", "/composite$"


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        yield org


@pytest.fixture
def me(local):
    return UserId(local.user_id)


def many_leads(count, owner):
    return [
        make_lead(f"Example {number}", Phone(f"+4477009{number:05d}"), owner)
        for number in range(count)
    ]


def read_at(local, lead):
    [found] = adapter(local).people(PeopleQuery(lead_ids=frozenset({lead}))).leads
    return found.modified_at


def test_o5_no_assignment_rule_takes_a_lead_away(local, me):
    other = local.add_user(LastName="Else", Email="else@example.com")
    local.set(assignment_owner=other)
    adapter(local).create_leads([make_lead("Example", ADA, me)])
    assert [row["OwnerId"] for row in local.rows("Lead")] == [me]


def test_o5_nor_one_that_is_made_after_a_duplicate_was_named(local, me):
    other = local.add_user(LastName="Else", Email="else@example.com")
    local.set(assignment_owner=other)
    local.fail("row-errors", path=CREATE, code="DUPLICATES_DETECTED", message="Use one of these?")
    [outcome] = adapter(local).create_leads([make_lead("Example", ADA, me)])
    assert isinstance(outcome, LeadWritten)
    assert [row["OwnerId"] for row in local.rows("Lead")] == [me]


def test_l1_every_field_of_a_new_lead(local, me):
    link_field = local.add_link_field()
    new = make_lead(
        "Beispiel \ud83d",
        ADA,
        me,
        company="Example\x00 Ltd",
        description="",
        link="https://wa.me/491713920001",
        link_field=link_field,
    )
    [outcome] = adapter(local, link_field=link_field).create_leads([new])
    [row] = local.rows("Lead")
    assert row["Id"] == outcome.id
    kept = ("FirstName", "LastName", "Company", "Phone", "LeadSource", "Description", link_field)
    assert [row[name] for name in kept] == [
        None,
        "Beispiel \ufffd",
        "Example␀ Ltd",
        ADA,
        "WhatsApp",
        None,
        "https://wa.me/491713920001",
    ]


def test_450_leads_take_three_calls(local, me):
    org = adapter(local)
    org.facts(())
    outcomes = org.create_leads(many_leads(450, me))
    assert {type(outcome) for outcome in outcomes} == {LeadWritten}
    assert org.api_calls == 1 + 3
    names = {row["Id"]: row["LastName"] for row in local.rows("Lead")}
    told = [names[outcome.id] for outcome in outcomes]
    assert told == [f"Example {number}" for number in range(450)]


def test_a_refused_lead_names_code_and_fields(local, me):
    local.require_field("Lead", "Region__c")
    [outcome] = adapter(local).create_leads([make_lead("Example", ADA, me)])
    assert outcome == RecordRefusal(
        "REQUIRED_FIELD_MISSING",
        ("Region__c",),
        "Required fields are missing: [Region__c]",
    )


def test_l4_a_lead_can_be_the_duplicate(local, me):
    lead = local.add_lead(LastName="Example", Phone=ADA)
    local.add_duplicate_rule(matching="phone", action="block")
    outcomes = adapter(local).create_leads([make_lead("Example", ADA, me), *many_leads(1, me)])
    named = ((RecordType.LEAD, RecordId(lead)),)
    assert outcomes[0] == LeadDuplicate("Standard_Lead_Duplicate_Rule", named, can_be_saved=False)
    assert isinstance(outcomes[1], LeadWritten)


def namesakes(count, owner):
    """Leads whose names somebody else has, and one whose name looks like a reference."""
    return [
        replace(lead, first_name="Ada", last_name=f"Example {'abcdefghij'[number % 10]}{number}")
        for number, lead in enumerate(many_leads(count, owner))
    ]


def test_m11_60_leads_that_a_rule_blocks_are_named_in_three_calls(local, me):
    new = namesakes(60, me)
    there = local.add_many(
        "Lead", [{"FirstName": one.first_name, "LastName": one.last_name} for one in new]
    )
    local.add_duplicate_rule(name="Same_name", matching="name")
    org = adapter(local)
    org.facts(())
    outcomes = org.create_leads(new)
    assert outcomes == [
        LeadDuplicate("Same_name", ((RecordType.LEAD, RecordId(lead)),), can_be_saved=True)
        for lead in there
    ]
    assert org.api_calls == 1 + 1 + 3
    again = org.create_leads([replace(lead, allow_duplicates=True) for lead in new])
    assert {type(outcome) for outcome in again} == {LeadWritten}
    assert org.api_calls == 1 + 1 + 3 + 1


def test_m11_a_name_that_looks_like_a_reference_is_only_a_name(local, me):
    new = [replace(lead, first_name="@{part0.id}") for lead in namesakes(3, me)]
    for lead in new:
        local.add_lead(FirstName=lead.first_name, LastName=lead.last_name)
    local.add_duplicate_rule(matching="name", action="block")
    outcomes = adapter(local).create_leads(new)
    assert {type(outcome) for outcome in outcomes} == {LeadDuplicate}


def test_m11_a_record_that_the_user_may_not_see_is_not_named(local, me):
    hidden = local.add_lead(FirstName="Ada", LastName="Example")
    local.add_duplicate_rule(name="Same_name", matching="name", enforces_sharing=False)
    local.set(private_records=[hidden])
    [outcome] = adapter(local).create_leads([make_lead("Example", ADA, me, first_name="Ada")])
    assert outcome == LeadDuplicate("Same_name", (), can_be_saved=True)


def test_m11_o5_no_assignment_rule_takes_a_lead_that_is_created_all_the_same(local, me):
    other = local.add_user(LastName="Else", Email="else@example.com")
    local.set(assignment_owner=other)
    local.add_lead(FirstName="Ada", LastName="Example", Phone=BEN)
    local.add_duplicate_rule(matching="name")
    new = make_lead("Example", ADA, me, first_name="Ada")
    [outcome] = adapter(local).create_leads([replace(new, allow_duplicates=True)])
    assert local.rows("Lead", Id=outcome.id)[0]["OwnerId"] == me


NAMING_LOST = {
    "S3 reset after the commit": ("reset-after", LeadInDoubt, 25),
    "S16 signed out": ("unauthorized", LeadNotSent, 0),
    "S27 no JSON": ("nan", LeadInDoubt, 25),
}


@pytest.mark.parametrize(("kind", "outcome", "first"), NAMING_LOST.values(), ids=NAMING_LOST)
def test_m11_blocked_leads_whose_naming_is_lost(local, me, kind, outcome, first):
    new = namesakes(30, me)
    local.add_many(
        "Lead", [{"FirstName": one.first_name, "LastName": one.last_name} for one in new]
    )
    local.add_duplicate_rule(matching="name")
    org = adapter(local)
    org.facts(())
    local.fail(kind, path=CHANGE)
    outcomes = org.create_leads(new)
    assert {type(one) for one in outcomes[:25]} == {outcome}
    assert {type(one) for one in outcomes[25:]} == {LeadDuplicate if first else LeadNotSent}


LOST = {
    "S3 reset after the commit": ("reset-after", LeadInDoubt, 200),
    "S9 hang": ("hang-before", LeadInDoubt, 200),
    "S16 signed out": ("unauthorized", LeadNotSent, 0),
    "S22 maintenance": ("maintenance", LeadNotSent, 0),
    "S24 a result is missing": ("fewer-results", LeadInDoubt, 200),
}


@pytest.mark.parametrize(("kind", "outcome", "first"), LOST.values(), ids=LOST)
def test_leads_whose_creation_is_lost(local, me, kind, outcome, first):
    local.fail(kind, path=CREATE, seconds=3)
    org = adapter(local, timeouts=timeouts_with(kind))
    outcomes = org.create_leads(many_leads(250, me))
    assert {type(one) for one in outcomes[:200]} == {outcome}
    after = LeadWritten if outcome is LeadInDoubt else LeadNotSent
    assert {type(one) for one in outcomes[200:]} == {after}


def test_a_lead_that_was_not_sent_says_why(local, me):
    local.fail("unauthorized", times=0)
    [outcome] = adapter(local).create_leads([make_lead("Example", ADA, me)])
    assert isinstance(outcome.error, NotConnected)


def test_60_changes_take_three_calls_and_keep_the_owner(local):
    other = local.add_user(LastName="Else", Email="else@example.com")
    leads = local.add_many("Lead", [{"LastName": "Example", "OwnerId": other}] * 60)
    local.set(assignment_owner=local.user_id)
    at = read_at(local, leads[0])
    org = adapter(local)
    org.facts(())
    outcomes = org.change_leads(
        [LeadChange(RecordId(lead), at, status="Working - Contacted") for lead in leads]
    )
    assert outcomes == [LeadWritten(RecordId(lead)) for lead in leads]
    assert org.api_calls == 1 + 3
    assert {(row["Status"], row["OwnerId"]) for row in local.rows("Lead")} == {
        ("Working - Contacted", other)
    }


def test_only_what_is_asked_for_changes(local):
    link_field = local.add_link_field()
    lead = RecordId(local.add_lead(LastName="Example", Description="Met", Phone=BEN))
    change = LeadChange(
        lead,
        read_at(local, lead),
        description="Met\nWhatsApp chat: https://wa.me/1\x00",
        link="https://wa.me/1",
        link_field=link_field,
    )
    assert adapter(local).change_leads([change]) == [LeadWritten(lead)]
    [row] = local.rows("Lead")
    assert (row["Status"], row["Phone"]) == ("Open - Not Contacted", BEN)
    assert row["Description"] == "Met\nWhatsApp chat: https://wa.me/1␀"
    assert row[link_field] == "https://wa.me/1"


def test_changes_that_are_refused(local):
    gone = RecordId(local.add_lead(LastName="Gone"))
    ruled = RecordId(local.add_lead(LastName="Ruled"))
    times = {one: read_at(local, one) for one in (gone, ruled)}  # not always the same second
    local.delete(gone)
    local.add_validation_rule("Lead", "Status", "No.", "Working.*")
    outcomes = adapter(local).change_leads(
        [LeadChange(one, at, status="Working - Contacted") for one, at in times.items()]
    )
    assert outcomes == [
        RecordRefusal("ENTITY_IS_DELETED", words="entity is deleted"),
        RecordRefusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", words="No."),
    ]


CHANGES_LOST = {
    "S5 closed after the commit": ("close-after", LeadInDoubt),
    "S18 no call left": ("api-limit", LeadNotSent),
    "S24 parts missing": ("nan", LeadInDoubt),
}


@pytest.mark.parametrize(("kind", "outcome"), CHANGES_LOST.values(), ids=CHANGES_LOST)
def test_changes_that_are_lost(local, kind, outcome):
    lead = RecordId(local.add_lead(LastName="Example"))
    at = datetime(2030, 1, 1, tzinfo=UTC)
    org = adapter(local)
    org.facts(())
    local.fail(kind, path=CHANGE)
    change = LeadChange(lead, at, status="Working - Contacted")
    assert [type(one) for one in org.change_leads([change])] == [outcome]


def test_fields_that_the_user_may_not_fill_are_left_alone(local, me):
    lead = RecordId(local.add_lead(LastName="Example", Description="Met"))
    at = read_at(local, lead)
    local.set(hidden_fields=["Lead.Description"])
    org = adapter(local)
    [created] = org.create_leads([make_lead("Beispiel", ADA, me, description="link")])
    change = LeadChange(lead, at, description="link")
    assert [type(one) for one in org.change_leads([change])] == [LeadWritten]
    local.set(hidden_fields=[])
    rows = {row["Id"]: row for row in local.rows("Lead")}
    assert rows[lead]["Description"] == "Met"
    assert rows[created.id]["Description"] is None


def test_leads_that_cannot_be_created_without_their_phone_are_not_tried(local):
    local.set(hidden_fields=["Lead.Phone"])
    assert not adapter(local).facts(()).can_create_leads


def test_deleting_is_tried_again(local):
    lead = RecordId(local.add_lead(LastName="Example"))
    local.fail("server-error", method="DELETE")
    assert adapter(local).delete_lead(lead)
    assert local.count("Lead") == 0


def test_deleting_that_cannot_be_done_says_so(local):
    lead = RecordId(local.add_lead(LastName="Example"))
    local.fail("maintenance", method="DELETE", times=0)
    with pytest.raises(Unreachable):
        adapter(local).delete_lead(lead)
