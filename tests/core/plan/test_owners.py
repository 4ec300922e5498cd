"""O1 to O4 and O6: who owns what is written."""

import pytest

from wasf.core.auth import UserId
from wasf.core.chats import SourceChat
from wasf.core.plan.record_match import choose_owner, with_account_owner
from wasf.core.records import User

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
