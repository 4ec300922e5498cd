"""New Leads and the link to the chat, seen through the whole program (rules L)."""

import time_machine

from tests.end_to_end.program import ADA, ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LINK_FIELD, LocalOrg

LINK = "https://wa.me/447700900123"
LATER = "2026-03-02T18:00:00+01:00"
A_DAY_LATER = "2026-03-03T18:00:00+01:00"


def test_l1_a_chat_whose_person_is_nowhere_gets_a_lead(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    result = wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    lead = wasf.the_lead()
    wanted = {
        "FirstName": "Ada",
        "LastName": "Example",
        "Company": "[not provided]",
        "Phone": ADA_PHONE,
        "LeadSource": "WhatsApp",
        "OwnerId": org.user_id,
        "Status": "Open - Not Contacted",
    }
    assert {name: lead[name] for name in wanted} == wanted
    assert wasf.texts(lead["Id"]) == ["Hello"]
    assert result.json["leads"] == {"created": 1, "reopened": 0}


def test_l1_without_a_name_the_number_stands_for_it(wasf: Wasf, chats: Chats) -> None:
    wasf.set(lead_company="Walk-in")
    wasf.sync(chats.ada("Hello", title="+44 7700 900123"))
    lead = wasf.the_lead()
    assert (lead["FirstName"], lead["LastName"], lead["Company"]) == (None, ADA_PHONE, "Walk-in")


def test_l2_off_everything_waits_until_somebody_creates_the_lead(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.run("config", "set", "lead.auto_create", "off")
    with time_machine.travel(LATER):
        waiting = wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
        assert waiting.messages["waiting"] == 3
        assert wasf.rows("Lead") == wasf.rows("Task") == []
    (chats.folder / f"WhatsApp Chat with {ADA}.txt").unlink()
    lead = org.add_lead(LastName="Example", Phone="+44 (0) 7700 900123")
    with time_machine.travel(A_DAY_LATER):
        logged = wasf.sync("--since", "today")
    assert logged.messages == {
        "read": 3, "logged": 3, "already_logged": 0, "waiting": 0, "skipped": 0,
    }  # fmt: skip
    assert sorted(wasf.texts(lead)) == ["one", "three", "two"]


def test_l3_the_link_goes_on_a_line_of_its_own_and_only_once(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE, Description="Likes\nred bikes.")
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    once = wasf.row(lead)["Description"]
    assert once.startswith("Likes\nred bikes.\n")
    assert once.endswith(LINK)
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    assert wasf.row(lead)["Description"] == once


def test_l3_an_empty_description_begins_with_it(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE)
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    [line] = wasf.row(lead)["Description"].split("\n")
    assert line.endswith(LINK)


def test_l3_a_new_lead_has_the_link_from_the_start(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    wasf.sync(chats.ada("one", "two"))
    assert wasf.the_lead()["Description"].count(LINK) == 1


def test_l3_or_into_a_field_of_its_own_that_nobody_filled(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(lead_link_field=org.add_link_field())
    empty = org.add_lead(LastName="Example", Phone=ADA_PHONE, Description="Mine.")
    filled = org.add_lead(LastName="B", Phone="+447700900456", **{LINK_FIELD: "https://a.example"})
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    wasf.sync(chats.ada("one", title="+44 7700 900456"))
    wasf.sync(chats.ada("one", title="+44 7700 900789"))
    assert wasf.row(empty)[LINK_FIELD] == LINK
    assert wasf.row(empty)["Description"] == "Mine."
    assert wasf.row(filled)[LINK_FIELD] == "https://a.example"
    [new] = wasf.rows("Lead", Phone="+447700900789")
    assert (new[LINK_FIELD], new["Description"]) == ("https://wa.me/447700900789", None)


def test_l4_two_chats_with_one_unknown_number_make_one_lead(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    chats.ada("by name")
    chats.ada("by number", title="+44 7700 900123")
    book = chats.folder / "book.csv"
    book.write_text(f"Name,Phone 1 - Value\n{ADA},{ADA_PHONE}\n")
    result = wasf.sync(chats.folder, "--contacts", book)
    lead = wasf.the_lead()
    assert lead["Name"] == ADA
    assert sorted(wasf.texts(lead["Id"])) == ["by name", "by number"]
    assert result.json["leads"]["created"] == 1


IN_ARABIC_DIGITS = ADA_PHONE.translate({ord("0") + n: 0x0660 + n for n in range(10)})
"""The same number; a query for its digits does not find it."""


def test_l4_a_duplicate_rule_names_the_record_to_use(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_duplicate_rule(matching="phone", action="block")
    existing = org.add_contact(LastName="Example", Phone=IN_ARABIC_DIGITS)
    result = wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    assert wasf.rows("Lead") == []
    assert wasf.texts(existing) == ["Hello"]
    assert result.chat()["record"]["id"] == existing


def test_l4_what_the_rule_names_is_remembered(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_duplicate_rule(matching="phone", action="block")
    existing = org.add_contact(LastName="Example", Phone=IN_ARABIC_DIGITS)
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    wasf.sync(chats.ada("one", "two"))
    assert sorted(wasf.texts(existing)) == ["one", "two"]


def test_m11_a_number_without_its_country_is_another_one(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    """In the default region it is a number of that country."""
    org.add_duplicate_rule(matching="phone", action="block")
    existing = org.add_contact(LastName="Example", Phone="7700 900 123")
    chat = wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE).chat()
    assert (chat["state"], wasf.rows("Lead"), wasf.rows("Task")) == ("waiting", [], [])
    assert f"wasf link {chat['id']} {existing}" in chat["hint"]
