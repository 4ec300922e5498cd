"""Who owns what is written, seen through the whole program (rules O)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.end_to_end.program import ADA_PHONE, START, Chats, Result, Wasf
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


# --- Tasks of others that the connected user does not see --------------------------------------


@pytest.fixture
def private(wasf: Wasf, org: LocalOrg, chats: Chats) -> Path:
    """An org that shows nobody the Tasks of others; Ada's chat is Sam's."""
    org.add_user(LastName="Seller", Email=EMAIL)
    org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    org.set(private_tasks=True)
    return chats.ada("one", "two", "three")


def _later(wasf: Wasf, hours: int, *arguments: object) -> Result:
    with time_machine.travel(START + timedelta(hours=hours), tick=False):
        return wasf.run(*arguments)


@pytest.mark.parametrize("unique", [True, False], ids=["key field", "fallback"])
@pytest.mark.parametrize("lost", ["close-after", "reset-before"])
def test_w3_what_may_be_there_unseen_is_never_there_twice(
    wasf: Wasf, org: LocalOrg, private: Path, unique: bool, lost: str
) -> None:
    if unique:
        org.add_key_field()
    org.fail(lost, path="composite/sobjects$")
    _later(wasf, 0, "sync", private, "--phone", ADA_PHONE, "--owner", EMAIL)
    was_there = org.count("Task")
    synced = [_later(wasf, hours, "sync", "--json") for hours in (1, 2, 3)]
    if unique:
        assert (org.count("Task"), synced[-1].json["messages"]["waiting"]) == (3, 0)
        return
    assert (org.count("Task"), synced[-1].json["messages"]["waiting"]) == (was_there, 3)
    [waits] = _later(wasf, 4, "status", "--json").json["waiting"]
    assert "belong to another user and are not visible to you" in waits["reason"]
    assert "View All Data" in waits["hint"]
    org.set(private_tasks=False)
    rights = org.add(
        "PermissionSet", Name="All", Label="All", PermissionsViewAllData=lost == "reset-before"
    )
    org.add("PermissionSetAssignment", PermissionSetId=rights, AssigneeId=org.user_id)
    assert _later(wasf, 5, "sync", "--json").json["messages"]["waiting"] == 0
    assert org.count("Task") == 3


def test_x3_what_is_not_visible_is_named_and_stays_known(
    wasf: Wasf, org: LocalOrg, private: Path
) -> None:
    wasf.sync(private, "--phone", ADA_PHONE, "--owner", EMAIL)
    ids = {row["Id"] for row in wasf.rows("Task")}
    verified = wasf.run("verify", "--json")
    assert (verified.code, verified.json["found"]["missing"]["count"]) == (0, 0)
    assert set(verified.json["found"]["not_visible"]["examples"]) == ids
    undone = wasf.run("undo", "--yes", "--json")
    assert (undone.code, undone.json["tasks_deleted"], undone.json["tasks_gone"]) == (3, 0, 0)
    assert {one["id"] for one in undone.json["left_alone"]} == ids
    assert "gone" not in wasf.run("undo", "--yes").out
    check = wasf.run("doctor", "--json").check("sharing")
    assert (check["status"], "no Task of another user" in check["result"]) == ("warning", True)
    org.set(private_tasks=False)
    assert wasf.run("doctor", "--json").check("sharing")["status"] == "ok"
    assert wasf.run("undo", "--yes", "--json").json["tasks_deleted"] == 3
