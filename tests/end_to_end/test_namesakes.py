"""People of one name, seen through the whole program (rules M11, M13).

The org compares new Leads as Salesforce's standard rule does: names, and parts of the number.
"""

from math import ceil
from typing import Any

import pytest

from tests.end_to_end.program import START, Chats, Wasf, spoken
from tests.servers.salesforce import LocalOrg

MARIA, MARIA_PHONE = "Maria Silva", "+12125550199"
NAMED = {"FirstName": "Maria", "LastName": "Silva"}
STRANGERS_PHONE = "+1 212 555 0101"
NIA, NIA_PHONE = "Nia Novak", "+447700900170"
STANDARD = "Standard_Lead_Duplicate_Rule"
ARABIC_DIGITS = {ord("0") + n: 0x0660 + n for n in range(10)}
CLOSED = "Closed - Not Converted"


@pytest.fixture
def org(org_without_rules: LocalOrg) -> LocalOrg:
    """Only the rules that a test adds are active."""
    return org_without_rules


def sync_maria(wasf: Wasf, chats: Chats, *texts: str, code: int = 0) -> Any:
    path = chats.ada(*(texts or ("note 0", "note 1", "note 2")), title=MARIA)
    return wasf.sync(path, "--phone", MARIA_PHONE, code=code)


# Who is in the org, and by which matching rule a new Lead is refused.
STRANGERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "M11 a Lead, all but the last four digits are equal": (
        "Lead", {"Company": "Acme", "Phone": STRANGERS_PHONE}, "standard",
    ),
    "M11 a Contact, all but the last four digits are equal": (
        "Contact", {"Phone": STRANGERS_PHONE}, "standard",
    ),
    "M11 a Lead of the same company": (
        "Lead", {"Company": "[not provided]", "Phone": "+1 555 0100"}, "name and company",
    ),
    "M11 a Contact of the same name": ("Contact", {"MobilePhone": "+1 404 555 0100"}, "name"),
    "M11 a closed Lead": ("Lead", {"Phone": STRANGERS_PHONE, "Status": CLOSED}, "standard"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "fields", "matching"), STRANGERS.values(), ids=STRANGERS)
def test_m11_a_strangers_record_is_left_alone_where_the_rule_allows_a_new_lead(
    kind: str, fields: dict[str, Any], matching: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    stranger = org.add(kind, **NAMED, **fields)
    org.add_duplicate_rule(name="Our_rule", matching=matching)
    before = wasf.row(stranger)

    result = sync_maria(wasf, chats)

    [new] = wasf.rows("Lead", Phone=MARIA_PHONE)
    assert (new["Name"], new["OwnerId"]) == (MARIA, org.user_id)
    assert sorted(wasf.texts(new["Id"])) == ["note 0", "note 1", "note 2"]
    assert wasf.row(stranger) == before
    assert result.json["leads"] == {"created": 1, "reopened": 0}
    [note] = result.json["notes"]
    assert all(word in note for word in (MARIA, "Our_rule", f"{org.base_url}/", stranger))

    org.forget_requests()
    again = sync_maria(wasf, chats, "note 0", "note 1", "note 2")
    assert (again.messages["already_logged"], wasf.writes()) == (3, [])
    assert len(org.requests) <= 2


@pytest.mark.parametrize(("kind", "fields", "matching"), STRANGERS.values(), ids=STRANGERS)
def test_m11_the_chat_waits_where_the_rule_blocks(
    kind: str, fields: dict[str, Any], matching: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    stranger = org.add(kind, **NAMED, **fields)
    org.add_duplicate_rule(name="Our_rule", matching=matching, action="block")
    before = wasf.row(stranger)

    chat = sync_maria(wasf, chats).chat(MARIA)

    assert (chat["state"], chat["waiting"]) == ("waiting", 3)
    assert "the duplicate rule Our_rule" in chat["reason"]
    assert f"{org.base_url}/lightning/r/{kind}/{stranger}/view" in chat["reason"]
    assert wasf.rows("Task") == []
    assert wasf.row(stranger) == before
    [waiting] = wasf.run("status", "--json").json["waiting"]
    assert (waiting["reason"], waiting["hint"]) == (chat["reason"], chat["hint"])

    command = chat["hint"].partition("wasf ")[2].partition(";")[0]
    assert command == f"link {chat['id']} {stranger}"
    assert wasf.run(*command.split()).code == 0
    assert wasf.sync().messages["logged"] == 3
    assert len(wasf.texts(stranger)) == 3


@pytest.mark.parametrize("action", ["alert", "block"])
@pytest.mark.parametrize("kind", ["Lead", "Contact"])
def test_m11_the_named_record_that_has_the_number_is_used(
    kind: str, action: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    """Its number is typed in digits by which no query finds it."""
    org.add_lead(**NAMED, Phone=STRANGERS_PHONE)
    hers = org.add(kind, **NAMED, MobilePhone=MARIA_PHONE.translate(ARABIC_DIGITS))
    org.add_duplicate_rule(matching="name", action=action)
    result = sync_maria(wasf, chats)
    assert result.json["leads"]["created"] == 0
    assert result.chat(MARIA)["record"]["id"] == hers
    assert len(wasf.texts(hers)) == len(wasf.texts()) == 3
    sync_maria(wasf, chats, "note 0", "note 1", "note 2", "note 3")
    assert len(wasf.texts(hers)) == 4


@pytest.mark.parametrize("action", ["alert", "block"])
def test_m11_a_record_that_the_user_may_not_see(
    action: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    hidden = org.add_lead(**NAMED, Phone=MARIA_PHONE)
    org.add_duplicate_rule(action=action, enforces_sharing=False)
    org.set(private_records=[hidden])
    chat = sync_maria(wasf, chats).chat(MARIA)
    assert (chat["state"], len(wasf.rows("Lead"))) == ("waiting", 1)
    assert STANDARD in chat["reason"]
    assert "cannot see" in chat["reason"]
    org.set(private_records=[])
    assert wasf.sync().messages["logged"] == 3
    assert len(wasf.texts(hidden)) == 3


def test_m11_two_rules_the_second_of_which_blocks(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_lead(**NAMED, Phone=STRANGERS_PHONE)
    org.add_duplicate_rule()
    org.add_duplicate_rule(name="No_namesakes", matching="name", action="block")
    chat = sync_maria(wasf, chats).chat(MARIA)
    assert (chat["state"], len(wasf.rows("Lead"))) == ("waiting", 1)
    assert "No_namesakes" in chat["reason"]


def test_m11_two_customers_of_one_name_have_a_lead_each(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_duplicate_rule()
    sync_maria(wasf, chats)
    (chats.folder / f"WhatsApp Chat with {MARIA}.txt").unlink()
    path = chats.of(f"{MARIA} ", spoken(f"{MARIA} ", "another Maria"))
    result = wasf.sync(path, "--phone", "+12125550101")
    assert result.json["leads"]["created"] == 1
    leads = {lead["Phone"]: lead["Id"] for lead in wasf.rows("Lead")}
    assert len(wasf.texts(leads[MARIA_PHONE])) == 3
    assert wasf.texts(leads["+12125550101"]) == ["another Maria"]


def test_m11_30_namesakes_are_within_the_budget(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    names = [f"Maria Silva {chr(97 + n // 6)}{chr(97 + n % 6)}" for n in range(30)]
    book = chats.folder / "book.csv"
    rows = [f"{name},+1 212 555 01{n:02}" for n, name in enumerate(names)]
    book.write_text("\n".join(["Name,Phone 1 - Value", *rows]))
    for name in names:
        first, _, last = name.rpartition(" ")
        org.add_lead(FirstName=first, LastName=last, Phone="+1 212 555 0199")
        chats.of(name, spoken(name, f"from {name}", start=START))
    org.add_duplicate_rule()
    result = wasf.sync(chats.folder, "--contacts", book)
    assert result.json["leads"]["created"] == 30
    assert result.json["api_calls"] == org.api_calls <= ceil(30 / 200) + ceil(30 / 20) + 8
    org.forget_requests()
    wasf.sync(chats.folder, "--contacts", book)
    assert len(org.requests) <= 2


def sync_nia(wasf: Wasf, chats: Chats, *texts: str, phone: str = NIA_PHONE) -> Any:
    return wasf.sync(chats.ada(*(texts or ("hello", "hi")), title=NIA), "--phone", phone)


KINDS = ["Lead", "Contact"]


@pytest.mark.parametrize("kind", KINDS)
def test_m13_the_one_record_of_that_name_without_a_number_is_asked_about(
    kind: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_duplicate_rule()
    nia = org.add(kind, FirstName="Nia", LastName="Novak")
    chat = sync_nia(wasf, chats).chat(NIA)
    assert (chat["state"], chat["waiting"], wasf.rows("Task")) == ("waiting", 2, [])
    assert len(wasf.rows("Lead")) == (kind == "Lead")
    assert f"the {kind} {NIA} has this name and no number" in chat["reason"]
    assert f"{org.base_url}/lightning/r/{kind}/{nia}/view" in chat["reason"]

    org.forget_requests()
    wasf.sync()
    assert (len(org.requests), wasf.writes()) == (2, [])

    command = chat["hint"].partition("wasf ")[2].partition(";")[0]
    assert wasf.run(*command.split()).code == 0
    wasf.sync()
    assert sorted(wasf.texts(nia)) == ["hello", "hi"]
    assert (wasf.row(nia)["Phone"], wasf.row(nia)["MobilePhone"]) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_m13_use_takes_it_and_leaves_its_phone_empty(
    kind: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(same_name="use")
    nia = org.add(kind, FirstName="nia", LastName="NOVAK")
    result = sync_nia(wasf, chats)
    assert result.json["leads"]["created"] == 0
    assert sorted(wasf.texts(nia)) == ["hello", "hi"]
    assert (wasf.row(nia)["Phone"], wasf.row(nia)["MobilePhone"]) == (None, None)
    wasf.set(same_name="wait")
    sync_nia(wasf, chats, "hello", "hi", "again")
    assert len(wasf.texts(nia)) == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("matching", ["standard", "name"])
def test_m13_lead_makes_one_and_says_so(
    kind: str, matching: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    """Also where a rule refuses it at first: M11 and M13 together."""
    wasf.set(same_name="lead")
    nia = org.add(kind, FirstName="Nia", LastName="Novak")
    org.add_duplicate_rule(matching=matching)
    result = sync_nia(wasf, chats)
    [new] = wasf.rows("Lead", Phone=NIA_PHONE)
    assert (len(wasf.texts(new["Id"])), wasf.texts(nia)) == (2, [])
    [note] = result.json["notes"]
    assert f"{NIA}: a new Lead, although" in note
    assert nia in note


OTHERS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "M13 a Lead with another number": [("Lead", {"Phone": "+44 7700 900171"})],
    "M13 a Contact with another number at home": [("Contact", {"HomePhone": "020 7946 0001"})],
    "M13 two Leads without a number": [("Lead", {}), ("Lead", {})],
    "M13 a Contact and a Lead without a number": [("Contact", {}), ("Lead", {})],
    "M13 a closed Lead without a number": [("Lead", {"Status": CLOSED})],
}


@pytest.mark.parametrize("setting", ["wait", "lead", "use"])
@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_m13_others_of_that_name_are_no_answer(
    others: list[tuple[str, dict[str, Any]]], setting: str,
    wasf: Wasf, org: LocalOrg, chats: Chats,
) -> None:  # fmt: skip
    wasf.set(same_name=setting)
    org.add_duplicate_rule(matching="name")
    before = {
        record: wasf.row(record)
        for record in [
            org.add(kind, FirstName="Nia", LastName="Novak", **fields) for kind, fields in others
        ]
    }
    result = sync_nia(wasf, chats)
    assert result.json["leads"] == {"created": 1, "reopened": 0}
    [new] = wasf.rows("Lead", Phone=NIA_PHONE)
    assert len(wasf.texts(new["Id"])) == len(wasf.texts()) == 2
    assert {record: wasf.row(record) for record in before} == before


def test_m13_a_namesake_beside_the_record_that_has_the_number(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(FirstName="Nia", LastName="Novak")
    hers = org.add_lead(LastName="N.", Phone="+44 7700 900170")
    sync_nia(wasf, chats)
    assert len(wasf.texts(hers)) == len(wasf.texts()) == 2


@pytest.mark.parametrize("setting", ["wait", "use"])
def test_m13_two_numbers_never_share_the_record(
    setting: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(same_name=setting)
    nia = org.add_contact(FirstName="Nia", LastName="Novak")
    sync_nia(wasf, chats)
    (chats.folder / f"WhatsApp Chat with {NIA}.txt").unlink()
    other = chats.of("NIA NOVAK", spoken("NIA NOVAK", "another Nia"))
    wasf.sync(other, "--phone", "+447700900171")
    assert "another Nia" not in wasf.texts(nia)


def test_m13_a_dry_run_says_the_same(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_lead(FirstName="Nia", LastName="Novak")
    path = chats.ada("hello", title=NIA)
    dry = wasf.sync(path, "--phone", NIA_PHONE, "--dry-run").chat(NIA)
    real = wasf.sync(path, "--phone", NIA_PHONE).chat(NIA)
    assert (dry["reason"], dry["hint"]) == (real["reason"], real["hint"])
