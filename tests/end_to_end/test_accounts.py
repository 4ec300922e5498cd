"""M12: Accounts, their numbers and addresses. A Person Account is its Contact."""

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

TITLE = "+44 7700 900141"
PHONE = "+447700900141"


def _address(org: LocalOrg, account: str) -> str:
    return f"{org.base_url}/lightning/r/Account/{account}/view"


def _contact(org: LocalOrg, account: str) -> str:
    [contact] = org.rows("Contact", AccountId=account)
    return str(contact["Id"])


@pytest.mark.parametrize("named", ["its address", "its id", "its short id"])
def test_m12_a_person_account_is_its_contact(
    named: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    account = org.add_person_account(FirstName="Nia", LastName="Novak")
    wasf.set(lead_auto_create="off")
    wasf.sync(chats.ada("one", title=TITLE))
    names = {"its id": account, "its short id": account[:15]}
    told = wasf.run("link", PHONE, names.get(named, _address(org, account)), "--json")
    assert told.code == 0, told.err
    record = told.json["record"]
    contact = _contact(org, account)
    assert (record["type"], record["id"], record["name"]) == ("Contact", contact, "Nia Novak")
    wasf.sync()
    assert wasf.texts(contact) == ["one"]


def test_m12_the_tasks_move_to_the_contact_of_a_person_account(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.ada("one", "two", title=TITLE))
    account = org.add_person_account(LastName="Novak")
    told = wasf.run("link", PHONE, _address(org, account), "--move", "--json")
    assert (told.code, told.json["moved"], told.json["leads_deleted"]) == (0, 2, 1)
    assert len(wasf.texts(_contact(org, account))) == 2


@pytest.mark.parametrize("field", ["Phone", "PersonMobilePhone", "PersonOtherPhone"])
def test_m8_a_person_is_found_by_each_number(
    field: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    account = org.add_person_account(LastName="Novak", **{field: "+44 (0) 7700 900141"})
    wasf.sync(chats.ada("one", title=TITLE))
    assert wasf.rows("Lead") == []
    assert wasf.texts(_contact(org, account)) == ["one"]


def test_m12_a_business_is_no_person_and_its_contacts_are_named(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    account = org.add("Account", Name="Acme", Phone=PHONE)
    carl = org.add_contact(FirstName="Carl", LastName="Acme", AccountId=account)
    dora = org.add_contact(LastName="Dora", AccountId=account)
    org.add_contact(LastName="Stranger", Phone=ADA_PHONE)
    wasf.set(lead_auto_create="off")
    wasf.sync(chats.ada("one", title=TITLE))
    told = wasf.run("link", PHONE, _address(org, account))
    assert told.code == 2
    assert "Acme is a business Account" in told.err
    for part in (f"Carl Acme ({carl})", f"Dora ({dora})"):
        assert part in told.err
    assert "Stranger" not in told.err
    assert wasf.rows("Task") == []


def test_m12_a_business_without_contacts_says_so(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    account = org.add("Account", Name="Acme")
    org.add_person_account(LastName="Novak")
    wasf.sync(chats.ada("one", title=TITLE))
    told = wasf.run("link", PHONE, account)
    assert told.code == 2
    assert "Acme has no Contact" in told.err


@pytest.mark.parametrize("case", ["gone", "hidden object"])
def test_m12_an_account_that_is_not_there(
    case: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    account = org.add("Account", Name="Acme")
    wasf.sync(chats.ada("one", title=TITLE))
    if case == "gone":
        org.delete(account)
    else:
        org.set(hidden_sobjects=["Account"])
    told = wasf.run("link", PHONE, account)
    assert told.code == 2
    assert "there is no such Account, or the connected user may not see it" in told.err
