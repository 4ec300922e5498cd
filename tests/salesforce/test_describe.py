"""What is asked of an org before anything is decided, and which rights it takes."""

import pytest

from tests.salesforce.worlds import (
    adapter,
)
from tests.servers.salesforce import LocalOrg
from wasf.errors import (
    BadSetting,
    PermissionMissing,
)
from wasf.interfaces import KeyField
from wasf.salesforce.describe import WantedFields


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        yield org


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
    "Tasks cannot be seen": ({"hidden_sobjects": ["Task"]}, "read Tasks"),
    "Leads cannot be seen": ({"hidden_sobjects": ["Lead"]}, "read Leads"),
    "Contacts cannot be seen": ({"hidden_sobjects": ["Contact"]}, "read Contacts"),
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
        WantedFields(link_field="Name FROM User--")
    with pytest.raises(BadSetting):
        WantedFields(key_field="")
