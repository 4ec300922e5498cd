"""Tasks on Contacts are related to an open Opportunity, Case or the Account (R1, R2)."""

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LocalOrg


@pytest.fixture
def contact(wasf: Wasf, org: LocalOrg) -> str:
    """Ada of Acme, and the order of the setting."""
    assert wasf.run("config", "set", "task.related", "opportunity", "case", "account").code == 0
    account = org.add("Account", Name="Acme")
    return org.add_contact(LastName="Example", Phone=ADA_PHONE, AccountId=account)


def _account(org: LocalOrg) -> str:
    [account] = org.rows("Account")
    return str(account["Id"])


def _related(wasf: Wasf, chats: Chats) -> list[str | None]:
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    return sorted({row["WhatId"] for row in wasf.rows("Task")}, key=str)


def test_r2_the_opportunity_in_which_the_contact_has_a_role(
    wasf: Wasf, org: LocalOrg, chats: Chats, contact: str
) -> None:
    org.add("Opportunity", Name="newer", AccountId=_account(org))
    theirs = org.add("Opportunity", Name="theirs", LastModifiedDate="2025-01-01T00:00:00.000+0000")
    org.add("OpportunityContactRole", OpportunityId=theirs, ContactId=contact)
    assert _related(wasf, chats) == [theirs]


def test_r2_an_opportunity_of_the_account_and_not_a_closed_one(
    wasf: Wasf, org: LocalOrg, chats: Chats, contact: str
) -> None:
    lost = org.add("Opportunity", Name="lost", IsClosed=True)
    org.add("OpportunityContactRole", OpportunityId=lost, ContactId=contact)
    opportunity = org.add("Opportunity", Name="open", AccountId=_account(org))
    assert _related(wasf, chats) == [opportunity]


def test_r1_the_next_object_where_the_first_has_none(
    wasf: Wasf, org: LocalOrg, chats: Chats, contact: str
) -> None:
    case = org.add("Case", Subject="Broken", ContactId=contact)
    assert _related(wasf, chats) == [case]


def test_r1_the_account_is_the_last(wasf: Wasf, org: LocalOrg, chats: Chats, contact: str) -> None:
    assert _related(wasf, chats) == [_account(org)]


def test_r1_a_lead_has_none(wasf: Wasf, org: LocalOrg, chats: Chats, contact: str) -> None:
    org.delete(contact)
    org.add_lead(LastName="Example", Phone=ADA_PHONE)
    assert _related(wasf, chats) == [None]


def test_without_the_setting_nothing_is_related(wasf: Wasf, chats: Chats, contact: str) -> None:
    assert wasf.run("config", "unset", "task.related").code == 0
    assert _related(wasf, chats) == [None]


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_sobjects": ["Opportunity", "OpportunityContactRole", "Case"]},
        {"hidden_fields": ["Task.WhatId"]},
    ],
    ids=["no right to read", "no right to relate"],
)
def test_what_the_user_may_not_use_is_no_obstacle(
    settings: dict[str, list[str]], wasf: Wasf, org: LocalOrg, chats: Chats, contact: str
) -> None:
    org.set(**settings)
    related = _related(wasf, chats)
    assert related == ([None] if "hidden_fields" in settings else [_account(org)])
    assert len(wasf.rows("Task")) == 2


def test_related_records_cost_one_call_for_200_people(
    wasf: Wasf, org: LocalOrg, chats: Chats, contact: str
) -> None:
    for number in range(20):
        phone = f"+44 7700 900{number:03}"
        org.add_contact(LastName=f"No {number}", Phone=phone, AccountId=_account(org))
        chats.ada(f"hi {number}", title=phone)
    with_related = wasf.sync(chats.folder).json["api_calls"]
    for number in range(20):
        chats.ada(f"hi {number}", f"ho {number}", title=f"+44 7700 900{number:03}")
    wasf.run("config", "unset", "task.related")
    without = wasf.sync(chats.folder).json["api_calls"]
    assert with_related <= without + 2
    org.forget_requests()
    wasf.sync(chats.folder)
    assert len(org.requests) <= 2


def test_an_unknown_object_is_refused(wasf: Wasf) -> None:
    result = wasf.run("config", "set", "task.related", "deal")
    assert result.code == 78


def test_x1_a_move_to_a_lead_leaves_no_relation(
    wasf: Wasf, org: LocalOrg, chats: Chats, contact: str
) -> None:
    assert _related(wasf, chats) == [_account(org)]
    lead = org.add_lead(LastName="Else", Phone="+44 7700 900555")
    result = wasf.run("link", "+447700900123", lead, "--move")
    assert result.code == 0, result.err
    assert {(row["WhoId"], row["WhatId"]) for row in wasf.rows("Task")} == {(lead, None)}
    result = wasf.run("link", "+447700900123", contact, "--move")
    assert result.code == 0, result.err
    found = {(row["WhoId"], row["WhatId"]) for row in wasf.rows("Task")}
    assert found == {(contact, _account(org))}
