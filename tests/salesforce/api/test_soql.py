"""Queries as values, and the names of fields that may stand in them."""

import pytest

from wasf.errors import BadSetting
from wasf.salesforce.api import soql


def test_halves_ask_the_same_together():
    query = soql.Query("SELECT Id FROM Lead", ("a", "b", "c"))
    first, second = query.halves()
    assert (first.conditions, second.conditions) == (("a",), ("b", "c"))


@pytest.mark.parametrize(
    "name", ["", "1st__c", "Name FROM User--", "Owner.Email", "x" * 81, "Ä__c"]
)
def test_what_is_no_field_name_never_stands_in_a_query(name):
    with pytest.raises(BadSetting):
        soql.api_name(name, "lead.link_field")


@pytest.mark.parametrize("name", ["CallObject", "WhatsApp_Message_Key__c", "acme__Link__c"])
def test_field_names(name):
    assert soql.api_name(name, "key_field") == name
