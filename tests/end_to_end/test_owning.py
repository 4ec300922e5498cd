"""Who owns what is written, seen through the whole program (rules O)."""

from typing import Any

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Result, Wasf
from tests.servers.salesforce import LocalOrg

EMAIL = "sam@example.com"


def _sync(wasf: Wasf, chats: Chats, *options: str) -> Result:
    return wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE, *options)


def _owners(wasf: Wasf) -> set[str]:
    """Who owns the new Lead and the Task on it."""
    [task] = wasf.rows("Task")
    return {task["OwnerId"], wasf.the_lead()["OwnerId"]}


def test_o1_the_user_with_the_e_mail_of_the_responsible_person(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    sam = org.add_user(LastName="Seller", Email="Sam@Example.com")
    _sync(wasf, chats, "--owner", EMAIL)
    assert _owners(wasf) == {sam}


def test_o2_nobody_responsible_the_whatsapp_accounts_owner(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    sam = org.add_user(LastName="Seller", Email=EMAIL)
    wasf.set(whatsapp_accounts=f"Shop={EMAIL}, Service=robin@example.com")
    _sync(wasf, chats, "--account", "Shop")
    assert _owners(wasf) == {sam}


def test_o3_no_such_user_whoever_connected_wasf(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    _sync(wasf, chats, "--owner", EMAIL)
    assert _owners(wasf) == {org.user_id}


# Users with the e-mail, in the order of their ids; "yes" is to own the Lead and the Task.
CANDIDATES: dict[str, list[dict[str, Any]]] = {
    "O4 not an inactive one": [
        {"LastName": "no", "IsActive": False},
        {"LastName": "yes"},
    ],
    "O4 not one of another type": [
        {"LastName": "no", "UserType": "CsnOnly"},
        {"LastName": "yes"},
    ],
    "O4 the one whose Username is the e-mail": [
        {"LastName": "no", "Username": "sam@example.com.sandbox"},
        {"LastName": "yes", "Username": EMAIL},
    ],
    "O4 the lowest id": [
        {"LastName": "yes", "Username": "one@example.com"},
        {"LastName": "no", "Username": "two@example.com"},
    ],
}


@pytest.mark.parametrize("users", CANDIDATES.values(), ids=CANDIDATES)
def test_o4_which_users_count(
    users: list[dict[str, Any]], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    ids = {user["LastName"]: org.add_user(Email=EMAIL, **user) for user in users}
    result = _sync(wasf, chats, "--owner", EMAIL)
    assert _owners(wasf) == {ids["yes"]}
    several = all("Username" in user for user in users)
    assert [ids["yes"] in note for note in result.json["notes"]] == [True] * several


def test_o5_an_assignment_rule_does_not_take_the_lead(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    sam = org.add_user(LastName="Seller", Email=EMAIL)
    org.set(assignment_owner=org.add_user(LastName="Greedy", Email="greedy@example.com"))
    _sync(wasf, chats, "--owner", EMAIL)
    assert _owners(wasf) == {sam}


@pytest.mark.parametrize("status", ["Open - Not Contacted", "Closed - Not Converted"])
def test_o5_an_existing_lead_keeps_its_owner(
    status: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    robin = org.add_user(LastName="Other", Email="other@example.com")
    sam = org.add_user(LastName="Seller", Email=EMAIL)
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE, OwnerId=robin, Status=status)
    org.set(assignment_owner=sam)
    _sync(wasf, chats, "--owner", EMAIL)
    [task] = wasf.rows("Task")
    assert (wasf.row(lead)["OwnerId"], task["OwnerId"]) == (robin, sam)


def test_o6_both_come_from_the_settings_where_no_flag_is_given(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    sam = org.add_user(LastName="Seller", Email=EMAIL)
    wasf.run("config", "set", "owner", EMAIL)
    wasf.run("config", "set", "whatsapp_accounts", "Shop=robin@example.com")
    _sync(wasf, chats)
    assert _owners(wasf) == {sam}


def test_o6_the_only_whatsapp_account_of_the_settings_counts_by_itself(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    sam = org.add_user(LastName="Seller", Email=EMAIL)
    wasf.run("config", "set", "whatsapp_accounts", f"Shop={EMAIL}")
    _sync(wasf, chats)
    assert _owners(wasf) == {sam}
