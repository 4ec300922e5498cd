"""Asking: transient faults are sat out, lasting ones become our errors, and nothing leaks."""

import traceback
from datetime import UTC, datetime

import pytest

from tests.salesforce.worlds import (
    ADA,
    BEN,
    CALM,
    QUICK,
    adapter,
    connection,
    make_task,
    timeouts_with,
)
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import Secret
from wasf.core.chats import Phone
from wasf.core.records import PeopleQuery, RecordId
from wasf.errors import (
    ApiLimitReached,
    BadSetting,
    ExitCode,
    NotConnected,
    PermissionMissing,
    Unreachable,
    WasfError,
)
from wasf.interfaces import KeyField
from wasf.salesforce.api.connection import Connection
from wasf.salesforce.org import OrgOptions, SalesforceOrg

TRANSIENT = {
    "S2 reset": ("reset-before", {}),
    "S5 closed": ("close-after", {}),
    "S6 truncated": ("truncated", {}),
    "S7 chunked cut": ("chunked-cut", {}),
    "S8 slow": ("slow-answer", {"seconds": 0.1}),
    "S9 hang": ("hang-before", {"seconds": 3}),
    "S12 login page": ("html", {}),
    "S19 too many": ("too-many-requests", {}),
    "S20 error": ("server-error", {}),
    "S21 gateway": ("gateway-after", {}),
    "S22 maintenance": ("maintenance", {}),
    "S27 NaN": ("nan", {}),
    "S29 bomb": ("gzip-bomb", {"megabytes": 17}),
}
LASTING = {
    "S14 redirect": ("redirect", Unreachable, ExitCode.TRY_LATER),
    "S16 signed out": ("unauthorized", NotConnected, ExitCode.NOT_CONNECTED),
    "S17 signed out, as a page": ("unauthorized-html", NotConnected, ExitCode.NOT_CONNECTED),
    "S18 no call left": ("api-limit", ApiLimitReached, ExitCode.TRY_LATER),
    "S20 error": ("server-error", Unreachable, ExitCode.TRY_LATER),
    "S22 maintenance": ("maintenance", Unreachable, ExitCode.TRY_LATER),
    "S30 moved": ("moved", WasfError, ExitCode.FAILED),
    "S32 version gone": ("version-gone", WasfError, ExitCode.FAILED),
}

OPTIONS = OrgOptions(retry=QUICK, timeouts=CALM)


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        yield org


@pytest.mark.parametrize(("kind", "options"), TRANSIENT.values(), ids=TRANSIENT)
def test_a_read_that_fails_once_is_asked_again(local, kind, options):
    local.fail(kind, **options)
    org = adapter(local, timeouts=timeouts_with(kind))
    assert org.facts(()).user_id == local.user_id


@pytest.mark.parametrize(("kind", "raised", "code"), LASTING.values(), ids=LASTING)
def test_a_read_that_cannot_be_answered_says_so_and_ends(local, kind, raised, code):
    local.fail(kind, times=0)
    org = adapter(local)
    with pytest.raises(WasfError) as caught:
        org.facts(())
    assert type(caught.value) is raised
    assert caught.value.exit_code is code
    assert caught.value.hint
    assert org.api_calls <= QUICK.attempts


def test_a_sign_in_that_ended_is_asked_about_once(local):
    """simple-salesforce alone would sign in again hundreds of times."""
    stale = adapter(local)
    local.expire_tokens()
    with pytest.raises(NotConnected):
        stale.facts(())
    assert stale.api_calls == 1


def test_what_went_wrong_never_shows_what_was_asked_or_said(local):
    name = "Can" + "ary"  # a traceback shows the lines of this test
    local.add_lead(LastName=name, Phone=ADA)
    for kind in ("server-error", "truncated", "html-after", "reset-before", "moved", "nan"):
        local.heal()
        org = adapter(local)
        org.facts(())
        local.fail(kind, times=0)
        with pytest.raises(WasfError) as caught:
            org.people(PeopleQuery(phones=frozenset({ADA}), names=frozenset({name})))
        told = "".join(traceback.format_exception(caught.value))
        for secret in (name, "3920001", "%1%3", "SELECT", local.access_token, "/services"):
            assert secret not in told


def test_usage_is_read_from_refusals_too(local):
    local.use_api_calls(15_000)
    org = adapter(local)
    with pytest.raises(ApiLimitReached):
        org.facts(())
    assert org.usage is not None
    assert org.usage.limit == 15_000


# Who is signed in


def test_identity_takes_one_call(local):
    org = SalesforceOrg(connection(local), OPTIONS)
    identity = org.identity()
    assert (identity.org_id, identity.user_id) == (local.org_id, local.user_id)
    assert org.identity() == identity
    assert org.api_calls == 1


def test_a_wrong_token_is_no_connection(local):
    org = SalesforceOrg(Connection(local.base_url, Secret("wrong")), OPTIONS)
    with pytest.raises(NotConnected):
        org.identity()
    assert org.api_calls == 1


def test_tls_that_fails_is_unreachable(local):
    address = local.base_url.replace("http://", "https://")
    org = SalesforceOrg(Connection(address, Secret("token")), OPTIONS)
    with pytest.raises(Unreachable):
        org.identity()


# Facts


def test_facts_take_one_call(local):
    org = adapter(local)
    org.facts(["robin@example.com", *(f"user{number}@example.com" for number in range(500))])
    assert org.api_calls == 1


def test_without_the_key_field_the_call_objects_name_serves(local):
    org = adapter(local, key_field="Other_Key__c")
    assert org.facts(()).key_field == KeyField("CallObject", is_unique=False)


KEY_FIELDS = {
    "not unique": ({"length": 64}, KeyField("Own__c", is_unique=False)),
    "unique": ({"length": 26, "unique": True}, KeyField("Own__c", is_unique=True)),
    "too short": ({"length": 25, "unique": True}, KeyField("CallObject", is_unique=False)),
    "not writable": (
        {"length": 64, "createable": False},
        KeyField("CallObject", is_unique=False),
    ),
    "not filterable": (
        {"length": 64, "filterable": False},
        KeyField("CallObject", is_unique=False),
    ),
}


@pytest.mark.parametrize(("flags", "chosen"), KEY_FIELDS.values(), ids=KEY_FIELDS)
def test_a_key_field_must_be_able_to_hold_a_key(local, flags, chosen):
    local.add_field("Task", "Own__c", **flags)
    assert adapter(local, key_field="Own__c").facts(()).key_field == chosen


MISSING = {
    "Tasks cannot be created": ({"no_create": ["Task"]}, "create Tasks"),
    "Tasks cannot be seen": ({"hidden_kinds": ["Task"]}, "read Tasks"),
    "Leads cannot be seen": ({"hidden_kinds": ["Lead"]}, "read Leads"),
    "Contacts cannot be seen": ({"hidden_kinds": ["Contact"]}, "read Contacts"),
    "no field for the key": (
        {"hidden_fields": ["Task.CallObject", "Task.WhatsApp_Message_Key__c"]},
        "no field on Tasks",
    ),
    "the description is hidden": ({"hidden_fields": ["Task.Description"]}, "Description"),
}


@pytest.mark.parametrize(("switches", "named"), MISSING.values(), ids=MISSING)
def test_a_missing_permission_is_named_with_what_an_admin_does(local, switches, named):
    local.set(**switches)
    with pytest.raises(PermissionMissing, match=named) as caught:
        adapter(local).facts(())
    assert "dministrator" in caught.value.hint


def test_without_the_right_to_create_leads_the_facts_say_so(local):
    local.set(no_create=["Lead"])
    assert not adapter(local).facts(()).can_create_leads


def test_a_link_field_that_is_not_there_is_a_wrong_setting(local):
    with pytest.raises(BadSetting, match="link_field"):
        adapter(local, link_field="No_Such__c").facts(())


def test_field_names_are_checked_before_anything_is_asked():
    with pytest.raises(BadSetting):
        OrgOptions(link_field="Name FROM User--")
    with pytest.raises(BadSetting):
        OrgOptions(key_field="")


# People


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


# Tasks by key


def test_archived_and_deleted_tasks_are_found(local):
    who = local.add_contact(LastName="Example")
    keys = [f"{number:026d}" for number in range(3)]
    made = local.add_many(
        "Task", [{"WhoId": who, "Subject": "x", "WhatsApp_Message_Key__c": key} for key in keys]
    )
    local.edit(made[1], IsArchived=True)
    local.delete(made[2])
    found = adapter(local).find_tasks(keys, KeyField("WhatsApp_Message_Key__c", is_unique=True))
    assert found == dict(zip(keys, made, strict=True))


def test_10_000_keys_take_few_calls(local):
    who = local.add_contact(LastName="Example")
    keys = [f"{number:026d}" for number in range(10_000)]
    local.add_many("Task", [{"WhoId": who, "CallObject": key} for key in keys[:3_000]])
    org = adapter(local)
    found = org.find_tasks(keys, KeyField("CallObject", is_unique=False))
    assert len(found) == 3_000
    assert org.api_calls <= 4


# The budget of a whole sync


def test_a_sync_stays_within_its_budget_and_counts_as_salesforce_does(local):
    """At most ceil(n/200) + ceil(p/20) + 8 calls for n messages of p people."""
    phones = [Phone(f"+4477009{number:05d}") for number in range(40)]
    local.add_many("Contact", [{"LastName": f"C{phone}", "Phone": phone} for phone in phones])
    org = SalesforceOrg(connection(local), OrgOptions())
    facts = org.facts(["robin@example.com"])
    found = org.people(PeopleQuery(phones=frozenset(phones)))
    tasks = [
        make_task(number, found.contacts[number % 40].id, facts.user_id) for number in range(2_000)
    ]
    batches = [tasks[start : start + 200] for start in range(0, 2_000, 200)]
    assert sum(len(told) for told in org.log_tasks(batches, facts.key_field)) == 2_000
    assert org.api_calls == local.api_calls == 13
    assert org.api_calls <= 2_000 / 200 + 40 / 20 + 8
