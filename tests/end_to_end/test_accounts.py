"""M12: Accounts, their numbers and addresses. A Person Account is its Contact."""

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Result, Wasf
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
    assert told.code == 0
    assert "logged on no person, only related to this Account" in told.out
    for part in (f"Carl Acme ({carl})", f"Dora ({dora})"):
        assert part in told.out
    assert "Stranger" not in told.out
    assert wasf.rows("Task") == []


def test_m12_a_business_without_contacts_says_so(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    account = org.add("Account", Name="Acme")
    org.add_person_account(LastName="Novak")
    wasf.sync(chats.ada("one", title=TITLE))
    told = wasf.run("link", PHONE, account, "--no-move")
    assert told.code == 0
    assert "Acme has no Contact that you see" in told.out


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


# --- A number that stands on a business Account only -------------------------------------------


def _acme(org: LocalOrg, typed: str = "(07700) 900 141", contacts: int = 1) -> str:
    """A business Account with the number; its Contacts have none."""
    account = org.add("Account", Name="Acme", Phone=typed)
    for number in range(contacts):
        org.add_contact(FirstName="Carl", LastName=f"No {number}", AccountId=account)
    return account


def _sync(wasf: Wasf, chats: Chats, *texts: str) -> Result:
    wasf.set(default_region="GB")
    return wasf.sync(chats.ada(*(texts or ("one", "two")), title=TITLE))


def test_m12_by_default_a_lead_and_the_report_says_what_puts_it_right(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    account = _acme(org)
    result = _sync(wasf, chats)
    assert result.json["leads"]["created"] == 1
    [note] = result.json["notes"]
    contact = _contact(org, account)
    chat = result.chat(TITLE)["id"]
    assert note == (
        f"{TITLE}: a new Lead, although the Account Acme has this number: {_address(org, account)};"
        f" if it is Carl No 0, the Contact of Acme: wasf link {chat} {contact} --move"
    )
    moved = wasf.run(*note.partition(": wasf ")[2].split(), "--json")
    assert (moved.code, moved.json["moved"], moved.json["leads_deleted"]) == (0, 2, 1)
    assert sorted(wasf.texts(contact)) == ["one", "two"]
    assert wasf.rows("Lead") == []
    assert _sync(wasf, chats).json["notes"] == []


@pytest.mark.parametrize("contacts", [0, 3, 7])
def test_m12_the_contacts_are_named(contacts: int, wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    _acme(org, contacts=contacts)
    [note] = _sync(wasf, chats).json["notes"]
    if not contacts:
        assert "Acme has no Contact that you see: create it" in note
        return
    assert note.count("(003") == min(contacts, 5)
    assert ("and 2 more" in note) is (contacts == 7)
    assert "CONTACT --move" in note


def test_m12_wait_makes_no_lead_and_names_the_command(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(accounts="wait")
    account = _acme(org)
    result = _sync(wasf, chats)
    chat, contact = result.chat(TITLE), _contact(org, account)
    assert (chat["state"], chat["waiting"]) == ("waiting", 2)
    assert wasf.rows("Lead") == wasf.rows("Task") == []
    assert chat["reason"] == f"only the Account Acme has its number: {_address(org, account)}"
    assert f"Carl No 0, the Contact of Acme: wasf link {chat['id']} {contact};" in chat["hint"]
    [waiting] = wasf.run("status", "--json").json["waiting"]
    assert (waiting["reason"], waiting["hint"]) == (chat["reason"], chat["hint"])
    assert wasf.run("link", chat["id"], contact).code == 0
    assert wasf.sync().messages["logged"] == 2
    assert len(wasf.texts(contact)) == 2


@pytest.mark.parametrize("new_leads", ["on", "off"])
def test_m12_log_puts_the_tasks_on_the_account_alone(
    new_leads: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(accounts="log", lead_auto_create=new_leads)
    account = _acme(org)
    result = _sync(wasf, chats)
    record = result.chat(TITLE)["record"]
    assert (record["type"], record["id"], record["name"]) == ("Account", account, "Acme")
    assert record["url"] == _address(org, account)
    assert wasf.rows("Lead") == []
    assert {(row["WhoId"], row["WhatId"]) for row in wasf.rows("Task")} == {(None, account)}
    assert _sync(wasf, chats).messages["already_logged"] == 2
    verified = wasf.run("verify", "--json")
    assert (verified.code, verified.json["found"]["same"]["count"]) == (0, 2)
    contact = org.add_contact(LastName="Late", MobilePhone=PHONE)
    _sync(wasf, chats, "one", "two", "three")
    assert wasf.texts(contact) == ["three"]
    [late] = wasf.rows("Task", WhoId=contact)
    assert late["WhatId"] is None  # nobody chose the Account
    told = wasf.run("link", PHONE, contact, "--move", "--json")
    assert (told.code, told.json["moved"]) == (0, 2)
    assert len(wasf.texts(contact)) == 3
    undone = wasf.run("undo", "--chat", PHONE, "--yes", "--json").json
    assert undone["tasks_deleted"] == 3


def test_m12_log_takes_the_account_of_the_chats_owner_else_the_latest(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(accounts="log", default_region="GB", owner="sam@example.com")
    sam = org.add_user(LastName="Sam", Email="sam@example.com")
    old, new = "2025-01-01T10:00:00.000+0000", "2026-02-01T10:00:00.000+0000"
    org.add("Account", Name="no", Phone=PHONE, LastModifiedDate=old)
    org.add("Account", Name="newer", Phone=PHONE, LastModifiedDate=new)
    result = _sync(wasf, chats, "one")
    assert result.chat(TITLE)["record"]["name"] == "newer"
    org.add("Account", Name="Sam's", Phone=PHONE, LastModifiedDate=old, OwnerId=sam)
    result = _sync(wasf, chats, "one", "two")
    assert result.chat(TITLE)["record"]["name"] == "Sam's"


def test_m12_without_the_right_to_relate_log_waits(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.set(accounts="log")
    org.set(hidden_fields=["Task.WhatId"])
    _acme(org)
    assert _sync(wasf, chats).chat(TITLE)["state"] == "waiting"
    assert wasf.rows("Task") == wasf.rows("Lead") == []


@pytest.mark.parametrize("kind", ["Contact", "Lead"])
@pytest.mark.parametrize("setting", ["lead", "wait", "log"])
def test_m12_a_contact_or_lead_with_the_number_decides_first(
    setting: str, kind: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(accounts=setting)
    _acme(org)
    person = org.add(kind, LastName="Carl", MobilePhone=PHONE)
    result = _sync(wasf, chats)
    assert result.json["leads"]["created"] == 0
    assert result.json["notes"] == []
    assert len(wasf.texts(person)) == len(wasf.texts()) == 2


@pytest.mark.parametrize("setting", ["lead", "wait", "log"])
@pytest.mark.parametrize(
    "account",
    [
        {"Phone": "+44 7700 900142"},
        {"Phone": "+1 (770) 090-0141"},
        {"Fax": PHONE},
        {"AccountNumber": PHONE},
    ],
    ids=["another number", "the same last digits", "a fax", "no phone"],
)
def test_m12_other_accounts_are_no_answer(
    account: dict[str, str], setting: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    if "Fax" in account:
        org.add_field("Account", "Fax", "phone")
    wasf.set(accounts=setting)
    org.add("Account", Name="Else", **account)
    result = _sync(wasf, chats)
    assert (result.json["leads"]["created"], result.json["notes"]) == (1, [])


@pytest.mark.parametrize("setting", ["lead", "wait", "log"])
def test_m12_a_dry_run_shows_the_same(
    setting: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(accounts=setting, default_region="GB")
    _acme(org)
    path = chats.ada("one", title=TITLE)
    dry, real = (wasf.sync(path, *more).json for more in (["--dry-run"], []))
    assert dry["notes"] == real["notes"]
    for name in ("state", "reason", "hint"):
        assert dry["chats"][0][name] == real["chats"][0][name]
    assert dry["leads"] == real["leads"]


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_sobjects": ["Account"]},
        {"hidden_fields": ["Account.Phone"]},
        {"encrypted": ["Account.Phone"]},
    ],
    ids=["no right to read", "a hidden field", "encrypted"],
)
def test_m12_accounts_that_cannot_be_searched_are_no_obstacle(
    settings: dict[str, list[str]], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(**settings)
    _acme(org)
    result = _sync(wasf, chats)
    assert (result.json["leads"]["created"], result.json["notes"]) == (1, [])


@pytest.mark.parametrize(
    "settings", [{"slow_like": ["Account"]}, {"deterministic": ["Account.Phone"]}]
)
def test_m12_where_digits_cannot_be_searched_the_usual_spellings_are(
    settings: dict[str, list[str]], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(**settings)
    _acme(org, PHONE)
    [note] = _sync(wasf, chats).json["notes"]
    assert "the Account Acme has this number" in note


def test_m12_a_person_account_is_no_business(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    """Its Contact is hidden here, so that its number stands on the Account only."""
    account = org.add_person_account(LastName="Novak", Phone=PHONE)
    org.set(private_records=[_contact(org, account)])
    result = _sync(wasf, chats)
    assert (result.json["leads"]["created"], result.json["notes"]) == (1, [])


def test_m12_accounts_cost_one_call_for_new_numbers_and_two_if_one_has_them(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    def calls() -> int:
        org.forget_requests()
        wasf.sync(chats.folder)
        return len([one for one in org.requests if "composite" in one.path])

    for number in range(40):
        chats.ada("hi", title=f"+44 7700 900{number:03}")
    new = calls()
    assert calls() <= 2
    _acme(org)
    chats.ada("one", title=TITLE)
    assert calls() <= new + 1
    assert calls() <= 2


@pytest.mark.parametrize(
    "hidden", [{"hidden_sobjects": ["Account"]}, {"hidden_fields": ["Account.Phone"]}]
)
@pytest.mark.parametrize("setting", ["wait", "log"])
def test_m12_doctor_says_that_accounts_cannot_be_searched(
    setting: str, hidden: dict[str, list[str]], wasf: Wasf, org: LocalOrg
) -> None:
    def result() -> list[str]:
        checks = wasf.run("doctor", "--json").json["checks"]
        return [one["status"] for one in checks if one["check"] == "Account"]

    assert result() == []
    wasf.set(accounts=setting)
    assert result() == ["ok"]
    org.set(**hidden)
    assert result() == ["failed"]
