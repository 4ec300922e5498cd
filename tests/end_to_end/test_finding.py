"""Which record a chat ends up on, seen through the whole program (rules M)."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf, spoken
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

OLD, NEW = "2025-01-01T10:00:00.000+0000", "2026-02-01T10:00:00.000+0000"
CLOSED = "Closed - Not Converted"
CONVERTED = "Closed - Converted"


def _contact(name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "Contact", {"LastName": name, "Phone": ADA_PHONE, "LastModifiedDate": OLD, **fields}


def _lead(name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "Lead", {"LastName": name, "Phone": ADA_PHONE, "LastModifiedDate": OLD, **fields}


# Who is in the org, and who gets the messages. OwnerId "sam" is the chat's owner.
CHOICES = {
    "M2 a Contact before an open Lead that is newer": (
        [_lead("no", LastModifiedDate=NEW), _contact("yes")],
    ),
    "M2 an open Lead before a closed one that is newer": (
        [_lead("no", Status=CLOSED, LastModifiedDate=NEW), _lead("yes")],
    ),
    "M2 a Contact before a closed Lead of the chat's owner": (
        [_lead("no", Status=CLOSED, OwnerId="sam"), _contact("yes")],
    ),
    "M3 the Contact of the chat's owner before a newer one": (
        [_contact("no", LastModifiedDate=NEW), _contact("yes", OwnerId="sam")],
    ),
    "M3 the most recent of the owner's Contacts": (
        [_contact("no", OwnerId="sam"), _contact("yes", OwnerId="sam", LastModifiedDate=NEW)],
    ),
    "M3 the most recent of all where the owner has none": (
        [_contact("yes", LastModifiedDate=NEW), _contact("no")],
    ),
    "M3 the lowest id where all else is equal": ([_contact("yes"), _contact("no")],),
    "M4 the open Lead of the chat's owner before a newer one": (
        [_lead("no", LastModifiedDate=NEW), _lead("yes", OwnerId="sam")],
    ),
    "M4 the most recent open Lead where the owner has none": (
        [_lead("no"), _lead("yes", LastModifiedDate=NEW)],
    ),
    "M5 the closed Lead of the chat's owner before a newer one": (
        [_lead("no", Status=CLOSED, LastModifiedDate=NEW),
         _lead("yes", Status=CLOSED, OwnerId="sam")],
    ),
    "M8 not a Contact whose fax has the number": (
        [_contact("no", Phone=None, Fax=ADA_PHONE), _lead("yes")],
    ),
    "M8 not a Contact whose assistant has the number": (
        [_contact("no", Phone=None, AssistantPhone=ADA_PHONE), _lead("yes")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("people", [people for (people,) in CHOICES.values()], ids=CHOICES)
def test_which_of_several(
    people: list[tuple[str, dict[str, Any]]], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    sam = org.add_user(LastName="Seller", Email="sam@example.com")
    for kind, fields in people:
        owner = {"OwnerId": sam} if fields.get("OwnerId") == "sam" else {}
        org.add(kind, **{**fields, **owner})

    report = wasf.sync(
        chats.ada("Hello"), "--phone", ADA_PHONE, "--owner", "sam@example.com"
    ).chat()

    [task] = wasf.rows("Task")
    assert wasf.row(task["WhoId"])["LastName"] == "yes"
    assert report["record"]["id"] == task["WhoId"]
    assert report["record"]["url"].startswith(org.base_url)
    assert len(wasf.rows("Lead")) + len(wasf.rows("Contact")) == len(people)


def test_m1_a_number_and_a_name_are_who_the_chat_belongs_to(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("Hello"), "--phone", "0044 (7700) 900-123")
    lead = wasf.the_lead()
    assert (lead["Name"], lead["Phone"]) == (ADA, ADA_PHONE)


@pytest.mark.parametrize(
    ("setting", "status"),
    [("", "Open - Not Contacted"), ("Working - Contacted", "Working - Contacted")],
    ids=["M5 to the org's default", "M5 to the status that the setting names"],
)
def test_m5_a_closed_lead_is_reopened(
    setting: str, status: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE, Status=CLOSED)
    wasf.set(lead_reopen_status=setting)
    result = wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    assert wasf.row(lead)["Status"] == status
    assert result.json["leads"] == {"created": 0, "reopened": 1}
    assert wasf.texts(lead) == ["Hello"]


def test_m6_which_statuses_are_closed_is_a_setting(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE, Status="Working - Contacted")
    wasf.set(lead_closed_statuses="Working - Contacted")
    result = wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    assert result.json["leads"]["reopened"] == 1
    assert wasf.row(lead)["Status"] == "Open - Not Contacted"


def test_m7_a_converted_lead_stands_for_its_contact(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE)
    contact = org.convert_lead(lead)
    org.edit(contact, Phone=None)
    before = wasf.row(lead)
    wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    assert wasf.texts(contact) == ["Hello"]
    assert wasf.row(lead) == before


def test_m7_a_converted_lead_without_its_contact_counts_as_not_found(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    old = org.add_lead(LastName="Example", Phone=ADA_PHONE)
    org.delete(org.convert_lead(old))
    before = wasf.row(old)
    result = wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    assert result.json["leads"] == {"created": 1, "reopened": 0}
    assert wasf.row(old) == before
    [task] = wasf.rows("Task")
    assert task["WhoId"] != old


# The chat's number, how it is typed in Salesforce, in which field.
SPELLINGS = {
    "M8 with the country code": ("+491713920012", "+49 171 3920012", "Phone"),
    "M8 with zeros and brackets": ("+491713920012", "0049 (171) 392-0012", "MobilePhone"),
    "M8 as at home": ("+491713920012", "0171 392 00 12", "HomePhone"),
    "M8 in the field for others": ("+491713920012", "0171/3920012", "OtherPhone"),
    "M8 Brazil without the ninth digit": ("+5511965550100", "+55 11 6555-0100", "Phone"),
    "M8 Argentina without the 9": ("+5491155550100", "+54 11 5555-0100", "Phone"),
    "M8 Mexico without the 1": ("+5215555550100", "+52 55 5555 0100", "Phone"),
}


@pytest.mark.parametrize(("number", "typed", "field"), SPELLINGS.values(), ids=SPELLINGS)
def test_m8_numbers_match_by_what_they_mean(
    number: str, typed: str, field: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    contact = org.add_contact(LastName="Example", **{field: typed})
    wasf.sync(chats.ada("Hello"), "--phone", number)
    assert wasf.texts(contact) == ["Hello"]
    assert wasf.rows("Lead") == []


def _title_is_the_number(folder: Path) -> tuple[str, list[str]]:
    return "+44 7700 900123", []


def _vcard(folder: Path) -> tuple[str, list[str]]:
    book = folder / "book.vcf"
    book.write_text(
        f"BEGIN:VCARD\nVERSION:3.0\nN:Example;Ada;;;\nFN:{ADA}\nTEL:{ADA_PHONE}\nEND:VCARD\n"
    )
    return ADA, ["--contacts", str(book)]


def _csv(folder: Path) -> tuple[str, list[str]]:
    book = folder / "book.csv"
    book.write_text(f"Name,Phone 1 - Value\n{ADA},{ADA_PHONE}\n")
    return ADA, ["--contacts", str(book)]


@pytest.mark.parametrize(
    "known_from",
    [_title_is_the_number, _vcard, _csv],
    ids=["M9 from the file's name", "M9 from a vCard", "M9 from a CSV"],
)
def test_m9_where_the_number_comes_from(
    known_from: Any, wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    contact = org.add_contact(LastName="Somebody", Phone=ADA_PHONE)
    title, options = known_from(tmp_path)
    wasf.sync(chats.ada("Hello", title=title), *options)
    assert wasf.texts(contact) == ["Hello"]


def test_m9_the_number_from_the_files_text(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    contact = org.add_contact(LastName="Somebody", Phone=ADA_PHONE)
    lines = [Said(START, "+44 7700 900123", "Hello"), Said(START, SAM, "Hi")]
    path = chats.of("x", lines).rename(chats.folder / "export.txt")
    wasf.sync(path)
    assert sorted(wasf.texts(contact)) == ["Hello", "Hi"]


@pytest.mark.parametrize(
    ("namesakes", "state"),
    [(1, "logged"), (0, "waiting"), (2, "waiting")],
    ids=["M9 the only one of that name", "M9 nobody of that name", "M9 two of that name"],
)
def test_m9_a_name_alone_has_to_be_somebodys_only(
    namesakes: int, state: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    for _ in range(namesakes):
        org.add_contact(FirstName="ada", LastName="EXAMPLE")
    chat = wasf.sync(chats.ada("Hello")).chat()
    assert chat["state"] == state
    assert len(wasf.rows("Task")) == (state == "logged")
    assert wasf.rows("Lead") == []
    if state == "waiting":
        assert "--phone" in chat["hint"]


# --- M10: what a chat was matched to is remembered ---------------------------------------------


@pytest.fixture
def matched(wasf: Wasf, org: LocalOrg, chats: Chats) -> str:
    """A Lead that a chat was matched to."""
    lead = org.add_lead(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    assert wasf.texts(lead) == ["one"]
    org.forget_requests()
    return lead


def test_m10_the_remembered_record_is_used_without_a_search(
    matched: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)  # a search would find it first
    org.edit(matched, Phone=None)
    wasf.sync(chats.ada("one", "two"))
    assert wasf.texts(matched) == ["one", "two"]
    assert len(org.requests) == 3  # the org's facts, the record, the Task


def test_m10_a_deleted_record_is_searched_for_again(
    matched: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.delete(matched)
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    wasf.sync(chats.ada("one", "two"))
    assert wasf.texts(contact) == ["two"]
    assert wasf.rows("Lead") == []


def test_m10_a_merged_record_is_followed(
    matched: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    master = org.add_lead(LastName="Master")
    org.merge(master, matched)
    wasf.sync(chats.ada("one", "two"))
    assert wasf.texts(master) == ["one", "two"]


def test_m10_a_converted_lead_is_followed_to_its_contact(
    matched: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    contact = org.convert_lead(matched, org.add_contact(LastName="Elsewhere"))
    wasf.sync(chats.ada("one", "two"))
    assert wasf.texts(contact) == ["one", "two"]
    assert wasf.row(matched)["Status"] == CONVERTED


def test_m10_a_later_match_by_name_is_remembered_too(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    contact = org.add_contact(FirstName="Ada", LastName="Example")
    wasf.sync(chats.ada("one"))
    org.edit(contact, LastName="Married")
    wasf.sync(chats.of(ADA, spoken(ADA, "one", "two")))
    assert wasf.texts(contact) == ["one", "two"]
