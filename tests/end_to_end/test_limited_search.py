"""Numbers in orgs that limit their search: encryption, slow queries, own fields (M8)."""

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

CONTACT_PHONES = [f"Contact.{name}" for name in ("Phone", "MobilePhone", "HomePhone", "OtherPhone")]
LEAD_PHONES = ["Lead.Phone", "Lead.MobilePhone"]


@pytest.fixture(autouse=True)
def region(wasf: Wasf) -> None:
    """Numbers without a country are British."""
    wasf.set(default_region="GB")


ENCRYPTION = {
    "a field that nobody has the number in": {"encrypted": ["Contact.OtherPhone"]},
    "the number's field, by equality": {"deterministic": ["Contact.MobilePhone"]},
    "the number's field, not at all": {"encrypted": ["Contact.MobilePhone"]},
    "all fields of Contacts, by equality": {"deterministic": CONTACT_PHONES},
    "all fields of both, not at all": {"encrypted": CONTACT_PHONES + LEAD_PHONES},
    "names": {"encrypted": ["Lead.Name", "Contact.Name"]},
}


@pytest.mark.parametrize("settings", ENCRYPTION.values(), ids=ENCRYPTION)
@pytest.mark.parametrize("typed", [ADA_PHONE, "+44 7700 900123", "07700900123"])
def test_a_person_is_found_although_fields_are_encrypted(
    typed: str, settings: dict[str, list[str]], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(**settings)
    contact = org.add_contact(FirstName="Ada", LastName="Example", MobilePhone=typed)
    wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    assert wasf.texts(contact) == ["one", "two", "three"]
    assert wasf.rows("Lead") == []


def test_the_report_names_fields_that_were_left_out(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(encrypted=["Contact.OtherPhone"])
    org.add_contact(LastName="Example", MobilePhone=ADA_PHONE)
    assert "Contact.OtherPhone" in wasf.run("sync", chats.ada("one"), "--phone", ADA_PHONE).err


def test_without_a_field_that_can_be_searched_no_lead_is_made(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(encrypted=CONTACT_PHONES)
    result = wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    assert result.messages["waiting"] == 1
    assert result.chat()["reason"] == "no phone field of Contacts can be searched"
    assert wasf.rows("Lead") == []


def test_a_lead_is_made_where_a_field_of_many_is_left_out(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(encrypted=["Contact.OtherPhone"], deterministic=["Lead.MobilePhone"])
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    assert wasf.texts(wasf.the_lead()["Id"]) == ["one"]


def test_a_name_decides_only_where_all_names_can_be_searched(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(encrypted=["Lead.Name"])
    org.add_contact(FirstName="Ada", LastName="Example", MobilePhone="+44 7700 900555")
    result = wasf.sync(chats.ada("one"))
    assert result.messages["waiting"] == 1
    assert "names of Leads cannot be searched" in result.chat()["reason"]
    org.set(encrypted=[])
    assert wasf.sync().messages["logged"] == 1


@pytest.mark.parametrize("typed", [ADA_PHONE, "(07700) 900123"], ids=["usual", "in the index"])
def test_a_search_that_takes_too_long_falls_back_to_spellings_and_the_index(
    typed: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(slow_like=["Contact"])
    contact = org.add_contact(LastName="Example", MobilePhone=typed)
    wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    assert wasf.texts(contact) == ["one", "two", "three"]


def test_the_usual_spellings_need_no_index(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.set(slow_like=["Contact"], index_lags=True)
    contact = org.add_contact(LastName="Example", MobilePhone=ADA_PHONE)
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    assert wasf.texts(contact) == ["one"]


def test_a_search_that_did_not_end_makes_no_lead(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.set(slow_like=["Contact"])
    lead = org.add_lead(LastName="Else", Phone="+44 7700 900555")
    chats.ada("hers", title="+44 7700 900123")
    result = wasf.sync(chats.folder)
    assert "took Salesforce too long" in result.chat("+44 7700 900123")["reason"]
    assert result.json["leads"]["created"] == 0
    chats.ada("others", title="+44 7700 900555")
    result = wasf.sync(chats.folder)
    assert wasf.texts(lead) == ["others"]
    assert result.messages["waiting"] == 1


def test_with_the_usual_spellings_only_a_new_number_gets_its_lead(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(slow_like=["Contact", "Lead"])
    wasf.set(phone_search="usual")
    contact = org.add_contact(LastName="Example", OtherPhone="07700 900555")
    chats.ada("known", title="+44 7700 900555")
    chats.ada("new", title="+44 7700 900123")
    wasf.sync(chats.folder)
    assert wasf.texts(contact) == ["known"]
    assert wasf.texts(wasf.the_lead()["Id"]) == ["new"]
    assert all("LIKE" not in request.path for request in org.requests)


def test_a_field_of_the_orgs_own_is_searched_like_the_others(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_field("Contact", "WhatsApp__c", "phone", length=40)
    contact = org.add_contact(FirstName="Ada", LastName="Example", WhatsApp__c="+44 7700-900123")
    assert wasf.run("config", "set", "phone_fields", "Contact.WhatsApp__c").code == 0
    wasf.sync(chats.ada("one", "two", title="+44 7700 900123"))
    assert wasf.texts(contact) == ["one", "two"]
    assert wasf.rows("Lead") == []


WRONG_FIELDS = {
    "unknown": ("Contact.Whatsapp", "Contact.WhatsApp__c"),
    "of another object": ("Lead.WhatsApp__c", "Lead.WhatsApp__c"),
    "no text": ("Contact.CreatedDate", "holds no text"),
    "not to be searched": ("Contact.Description", "cannot be searched"),
}


@pytest.mark.parametrize(("name", "told"), WRONG_FIELDS.values(), ids=WRONG_FIELDS)
def test_a_field_that_does_not_serve_ends_78(
    name: str, told: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_field("Contact", "WhatsApp__c", "phone", length=40)
    wasf.set(phone_fields=name)
    result = wasf.run("sync", chats.ada("one"), "--phone", ADA_PHONE)
    assert result.code == 78
    assert told in result.err
    assert wasf.writes() == []


def test_a_name_without_its_object_is_no_field_for_numbers(wasf: Wasf) -> None:
    result = wasf.run("config", "set", "phone_fields", "WhatsApp__c")
    assert result.code == 78
    assert "Contact.WhatsApp__c" in result.err
    assert ADA not in result.err
