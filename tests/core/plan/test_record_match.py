"""Which record a chat belongs to (M2 to M7, M10; M9 by name), and who owns it (O1 to O4, O6)."""

from dataclasses import replace

import pytest

from tests.core.builders import (
    CLOSED,
    CLOSED_BY_LABEL,
    COLLEAGUE,
    CONVERTED,
    OPEN,
    OWNER,
    PHONE,
    RULES,
    WORKING,
    a_contact,
    a_directory,
    a_lead,
)
from wasf.core.auth import UserId
from wasf.core.chats import SourceChat
from wasf.core.plan.record_match import (
    Ambiguous,
    ClosedLead,
    MatchedContact,
    MatchedLead,
    Nobody,
    choose_owner,
    find_record,
    is_closed,
    with_account_owner,
)
from wasf.core.records import LeadStatus, Link, RecordId, RecordType, User

ELSEWHERE = "+49 171 3920099"


def found(*people, phone=PHONE, name="", **directory):
    return find_record(phone, name, OWNER, a_directory(*people, **directory))


@pytest.mark.parametrize(
    ("people", "match"),
    [
        pytest.param([], Nobody(), id="M2: nobody"),
        pytest.param([a_contact(1)], MatchedContact(a_contact(1)), id="M2: a Contact"),
        pytest.param([a_lead(1)], MatchedLead(a_lead(1)), id="M2: an open Lead"),
        pytest.param(
            [a_lead(1, status=CLOSED)], ClosedLead(a_lead(1, status=CLOSED)), id="M2: a closed Lead"
        ),
        pytest.param(
            [a_lead(1, owner=OWNER, changed=9), a_contact(1)],
            MatchedContact(a_contact(1)),
            id="M2: a Contact before the owner's newer Lead",
        ),
        pytest.param(
            [a_lead(1, owner=OWNER, changed=9, status=CLOSED), a_lead(2)],
            MatchedLead(a_lead(2)),
            id="M2: an open Lead before the owner's newer closed one",
        ),
        pytest.param(
            [a_contact(1, ELSEWHERE), a_lead(1, ELSEWHERE)], Nobody(), id="M2: other people"
        ),
    ],
)
def test_the_first_step_that_finds_anything_decides(people, match):
    assert found(*people) == match
    assert found(*reversed(people)) == match


CHOICES = [
    pytest.param(
        [{"owner": COLLEAGUE, "changed": 9}, {"owner": OWNER}], 2, id="the owner's before newer"
    ),
    pytest.param(
        [{"owner": OWNER, "changed": 3}, {"owner": OWNER, "changed": 4}, {"changed": 9}],
        2,
        id="newest of the owner's",
    ),
    pytest.param([{"changed": 3}, {"changed": 5}, {"changed": 4}], 2, id="newest of all"),
    pytest.param([{}, {}], 1, id="a tie: the lowest id"),
    pytest.param(
        [{"changed": 9}, {"owner": OWNER}, {"owner": OWNER}], 2, id="the owner's tie: lowest id"
    ),
]


@pytest.mark.parametrize(("several", "chosen"), CHOICES)
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(a_contact, MatchedContact, id="M3: Contacts"),
        pytest.param(a_lead, MatchedLead, id="M4: open Leads"),
        pytest.param(
            lambda number, **more: a_lead(number, status=CLOSED, **more),
            ClosedLead,
            id="M5: closed Leads",
        ),
    ],
)
def test_one_of_several(make, kind, several, chosen):
    people = [make(number, **more) for number, more in enumerate(several, start=1)]
    assert found(*people) == kind(people[chosen - 1])
    assert found(*reversed(people)) == kind(people[chosen - 1])


UNSET = None


@pytest.mark.parametrize(
    ("status", "setting", "closed"),
    [
        pytest.param(OPEN, UNSET, False, id="M6: unset, open"),
        pytest.param(CLOSED, UNSET, True, id="M6: unset, API name starts with Closed"),
        pytest.param(CLOSED_BY_LABEL, UNSET, True, id="M6: unset, label starts with Closed"),
        pytest.param(CONVERTED, UNSET, True, id="M6: unset, a status of converted Leads"),
        pytest.param(
            LeadStatus("Enclosed", ""), UNSET, False, id="M6: unset, closed inside a word"
        ),
        pytest.param(LeadStatus("Closed (old)", ""), UNSET, True, id="M6: unset, no longer listed"),
        pytest.param(WORKING, {"working"}, True, id="M6: set, API name in any case"),
        pytest.param(WORKING, {"IN TOUCH"}, True, id="M6: set, label in any case"),
        pytest.param(CLOSED, {"Working"}, False, id="M6: set, then only those"),
        pytest.param(CONVERTED, {"Working"}, False, id="M6: set, nor those of converted Leads"),
        pytest.param(CLOSED, set(), False, id="M6: set to none"),
    ],
)
def test_closed(status, setting, closed):
    names = None if setting is None else tuple(setting)
    directory = a_directory(policy=replace(RULES, closed_statuses=names))
    assert is_closed(a_lead(1, status=status), directory) is closed


CONTACT = a_contact(7, ELSEWHERE)
LOSER = RecordId("003000000000066AAA")


@pytest.mark.parametrize(
    ("people", "match"),
    [
        pytest.param(
            [a_lead(1, became=CONTACT.id), CONTACT],
            MatchedContact(CONTACT),
            id="M7: a converted Lead stands for its Contact, whatever its number",
        ),
        pytest.param(
            [a_lead(1, became=CONTACT.id), CONTACT, a_lead(2, owner=OWNER)],
            MatchedContact(CONTACT),
            id="M7: it counts at the Contacts step",
        ),
        pytest.param(
            [a_lead(1, became=CONTACT.id), CONTACT, a_contact(3, changed=9)],
            MatchedContact(a_contact(3, changed=9)),
            id="M7: among Contacts M3 decides",
        ),
        pytest.param([a_lead(1, became=CONTACT.id)], Nobody(), id="M7: its Contact is gone"),
        pytest.param(
            [a_lead(1, is_converted=True)], Nobody(), id="M7: converted without any Contact"
        ),
        pytest.param(
            [a_lead(1, became=CONTACT.id), a_lead(2, status=CLOSED)],
            ClosedLead(a_lead(2, status=CLOSED)),
            id="M7: its Contact is gone, a closed Lead is there",
        ),
        pytest.param(
            [a_lead(1, became=LOSER), CONTACT],
            MatchedContact(CONTACT),
            id="M7: its Contact was merged",
        ),
    ],
)
def test_converted_leads(people, match):
    assert found(*people, merged={LOSER: CONTACT.id}) == match


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        pytest.param(["0171 3920012"], True, id="M8: national"),
        pytest.param(["0049 (171) 392-0012"], True, id="M8: with 00"),
        pytest.param(["", "+49 171 3920012 (privat)"], True, id="M8: the second field, a note"),
        pytest.param(["030 1234567 / 0171 3920012"], True, id="M8: the second number of a field"),
        pytest.param(["171 392001"], False, id="M8: a part of the number"),
        pytest.param(["+1 171 392 0012"], False, id="M8: the same digits in another country"),
        pytest.param(["n.a."], False, id="M8: no number"),
    ],
)
def test_numbers_as_typed(fields, is_found):
    contact = a_contact(1, *fields)
    assert found(contact) == (MatchedContact(contact) if is_found else Nobody())


@pytest.mark.parametrize(
    ("chat", "field"),
    [
        pytest.param("+551185550100", "+55 11 98555-0100", id="M8: Brazil, the org has the 9"),
        pytest.param("+5511985550100", "+55 11 8555-0100", id="M8: Brazil, the chat has the 9"),
        pytest.param("+5491155500100", "+54 11 5550-0100", id="M8: Argentina"),
        pytest.param("+5215555550100", "+52 55 5555 0100", id="M8: Mexico"),
    ],
)
def test_double_spellings(chat, field):
    contact = a_contact(1, field)
    assert found(contact, phone=chat) == MatchedContact(contact)


@pytest.mark.parametrize(
    ("name", "people", "match"),
    [
        pytest.param("Ada Example", [a_contact(1)], MatchedContact(a_contact(1)), id="M9: one"),
        pytest.param("ADA  example", [a_lead(1)], MatchedLead(a_lead(1)), id="M9: case and blanks"),
        pytest.param(
            "Ada Exa\u0301mple",
            [a_contact(1, name="Ada Exámple")],
            MatchedContact(a_contact(1, name="Ada Exámple")),
            id="M9: composed and decomposed",
        ),
        pytest.param(
            "Ada Example",
            [a_lead(1, status=CLOSED)],
            ClosedLead(a_lead(1, status=CLOSED)),
            id="M9: the only one is closed",
        ),
        pytest.param(
            "Ada Example",
            [a_contact(1), a_contact(2)],
            Ambiguous((a_contact(1), a_contact(2))),
            id="M9: two",
        ),
        pytest.param(
            "Ada Example",
            [a_contact(1), a_lead(1)],
            Ambiguous((a_contact(1), a_lead(1))),
            id="M9: a Contact and a Lead",
        ),
        pytest.param(
            "Ada Example",
            [a_contact(1, owner=OWNER), a_contact(2)],
            Ambiguous((a_contact(1, owner=OWNER), a_contact(2))),
            id="M9: nor does the owner decide",
        ),
        pytest.param(
            "Ada Example",
            [a_contact(1), a_lead(1, became=a_contact(1).id)],
            MatchedContact(a_contact(1)),
            id="M9: a Contact and the Lead it was are one",
        ),
        pytest.param(
            "Ada Example", [a_lead(1, became=CONTACT.id)], Nobody(), id="M9: converted and gone"
        ),
        pytest.param("Ada", [a_contact(1)], Nobody(), id="M9: only the first name"),
        pytest.param("", [a_contact(1, name="")], Nobody(), id="M9: no name"),
    ],
)
def test_by_name_without_a_number(name, people, match):
    assert found(*people, phone=None, name=name) == match


def test_a_name_does_not_count_where_there_is_a_number():
    assert found(a_contact(1, ELSEWHERE), name="Ada Example") == Nobody()


def linked(person, *, by_hand=False):
    is_contact = person.id.startswith("003")
    record_type = RecordType.CONTACT if is_contact else RecordType.LEAD
    return Link(record_type, person.id, by_hand)


GONE = a_contact(66)
NEWER = a_contact(2, owner=OWNER, changed=9)
CLOSED_LEAD = a_lead(1, ELSEWHERE, status=CLOSED)


@pytest.mark.parametrize(
    ("link", "people", "match"),
    [
        pytest.param(
            linked(a_contact(1)),
            [a_contact(1), NEWER],
            MatchedContact(a_contact(1), is_remembered=True),
            id="M10: it is there, nobody searches",
        ),
        pytest.param(
            linked(CONTACT, by_hand=True),
            [CONTACT, NEWER],
            MatchedContact(CONTACT, is_remembered=True),
            id="M10: by hand, though the number is another's",
        ),
        pytest.param(
            linked(a_lead(1)),
            [a_lead(1), NEWER],
            MatchedLead(a_lead(1), is_remembered=True),
            id="M10: a Lead, though there is a Contact",
        ),
        pytest.param(
            linked(CLOSED_LEAD),
            [CLOSED_LEAD],
            ClosedLead(CLOSED_LEAD, is_remembered=True),
            id="M10: a Lead that was closed since",
        ),
        pytest.param(
            linked(GONE),
            [CONTACT, NEWER],
            MatchedContact(CONTACT, is_remembered=True),
            id="M10: merged, the one that lives on",
        ),
        pytest.param(linked(a_contact(3)), [NEWER], MatchedContact(NEWER), id="M10: deleted"),
        pytest.param(linked(a_contact(3)), [], Nobody(), id="M10: deleted, nobody else"),
        pytest.param(
            linked(a_contact(3), by_hand=True),
            [NEWER],
            MatchedContact(NEWER),
            id="M10: by hand and deleted",
        ),
        pytest.param(
            linked(a_lead(1)),
            [a_lead(1, became=CONTACT.id), CONTACT, NEWER],
            MatchedContact(CONTACT, is_remembered=True),
            id="M10: converted, its Contact",
        ),
        pytest.param(
            linked(a_lead(1)),
            [a_lead(1, became=RecordId("003000000000099AAA")), NEWER],
            MatchedContact(NEWER),
            id="M10: converted, its Contact is gone",
        ),
        pytest.param(
            linked(a_lead(1)),
            [a_lead(1, became=GONE.id), CONTACT],
            MatchedContact(CONTACT, is_remembered=True),
            id="M10: converted, its Contact was merged",
        ),
        pytest.param(
            linked(a_contact(77)), [NEWER], MatchedContact(NEWER), id="M10: merged in a circle"
        ),
    ],
)
def test_a_remembered_record(link, people, match):
    circle = {a_contact(77).id: a_contact(78).id, a_contact(78).id: a_contact(77).id}
    directory = a_directory(*people, merged={GONE.id: CONTACT.id} | circle)
    assert find_record(PHONE, "Ada Example", OWNER, directory, link) == match


# --- Owners --------------------------------------------------------------------------------------

CONNECTED = UserId("005000000000009AAA")


def a_user(number, email="ada@example.com", username="", is_active=True, user_type="Standard"):
    user_id = UserId(f"005{number:012}AAA")
    return User(user_id, email, username or f"user{number}@example.org", is_active, user_type)


ADA = a_user(1)
BOB = a_user(2, "bob@example.com")


@pytest.mark.parametrize(
    ("owner", "account", "users", "chosen"),
    [
        pytest.param("ada@example.com", "", [BOB, ADA], ADA, id="O1: responsible for the chat"),
        pytest.param("ada@example.com", "bob@example.com", [BOB, ADA], ADA, id="O1: before O2"),
        pytest.param("ADA@Example.COM ", "", [ADA], ADA, id="O1: case and blanks do not matter"),
        pytest.param(
            "ada@example.com", "", [a_user(1, "Ada@example.com")], ADA, id="O1: case in the org"
        ),
        pytest.param("", "bob@example.com", [ADA, BOB], BOB, id="O2: owner of the account"),
        pytest.param("  ", "bob@example.com", [ADA, BOB], BOB, id="O2: a blank is nobody"),
        pytest.param("eve@example.com", "", [ADA, BOB], None, id="O3: no such user"),
        pytest.param(
            "eve@example.com", "bob@example.com", [ADA, BOB], None, id="O3: not O2's instead"
        ),
        pytest.param("", "", [ADA, BOB], None, id="O3: nobody named"),
        pytest.param("", "", [a_user(1, "")], None, id="O3: a user without an e-mail"),
        pytest.param(
            "ada@example.com", "", [a_user(1, is_active=False)], None, id="O4: an inactive user"
        ),
        pytest.param(
            "ada@example.com", "", [a_user(1, user_type="PowerPartner")], None, id="O4: a partner"
        ),
        pytest.param(
            "ada@example.com",
            "",
            [a_user(1), a_user(3, is_active=False, username="ada@example.com")],
            ADA,
            id="O4: the inactive one does not count among several",
        ),
    ],
)
def test_owner(owner, account, users, chosen):
    found = choose_owner(owner, account, users, CONNECTED)
    assert found.user_id == (chosen.id if chosen else CONNECTED)
    assert found.note == ""


@pytest.mark.parametrize(
    ("users", "chosen"),
    [
        pytest.param([a_user(5), a_user(4)], a_user(4), id="O4: the lowest id"),
        pytest.param(
            [a_user(4), a_user(5, username="Ada@Example.com")],
            a_user(5),
            id="O4: the username equals the e-mail",
        ),
    ],
)
def test_several_users_with_one_email(users, chosen):
    found = choose_owner("ada@example.com", "", users, CONNECTED)
    assert found.user_id == chosen.id
    assert "2 users" in found.note
    assert "example" not in found.note


OWNERS = {"shop": "by-name@example.com", "+44 20 7946 0001": "by-number@example.com"}
ACCOUNTS = {
    "the name at the source": (("+442079460009", "shop", ""), "by-name@example.com"),
    "the number, however typed": (("+442079460001", "", ""), "by-number@example.com"),
    "the source itself": (("+442079460001", "shop", "said@example.com"), "said@example.com"),
    "nobody": (("+442079460002", "else", ""), ""),
    "no account": (("", "", ""), ""),
}


@pytest.mark.parametrize("told", ACCOUNTS)
def test_o2_the_owner_of_an_account_is_told_by_the_source_or_else_by_settings(told: str) -> None:
    (account, name, said), expected = ACCOUNTS[told]
    chat = SourceChat(
        source="acme", title="Ada", origin="Acme",
        whatsapp_account=account, account_name=name, account_email=said,
    )  # fmt: skip
    assert with_account_owner(chat, OWNERS).account_email == expected
