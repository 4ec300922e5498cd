"""M8, M9: what an address book says of a person, and what of it cannot be read."""

from pathlib import Path

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

CYRILLIC = "Ада Пример"


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:2.1", *lines, "END:VCARD", ""])


def test_m8_an_account_number_finds_nobody_and_makes_no_lead(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    ada = org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    book = tmp_path / "customers.csv"
    book.write_text("First Name,Last Name,Mobile Phone,Account Number\nAda,Example,,2079460999\n")
    wasf.set(default_region="GB")
    assert wasf.sync(chats.ada("one", "two"), "--contacts", book).messages["logged"] == 2
    assert wasf.rows("Lead") == []
    assert wasf.texts(ada) == ["one", "two"]


def test_m8_a_fax_beside_a_mobile_leaves_no_doubt(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    ada = org.add_contact(LastName="Other", Phone=ADA_PHONE)
    book = tmp_path / "fax.vcf"
    numbers = (f"TEL;CELL:{ADA_PHONE}", "TEL;FAX;WORK:+442079460107")
    book.write_text(card(f"FN:{ADA}", *numbers))
    told = wasf.sync(chats.ada("one"), "--contacts", book)
    assert (wasf.texts(ada), told.json["problems"]) == (["one"], [])


@pytest.mark.parametrize(
    ("name", "lines", "charset"),
    [
        (ADA, ("N:Example;Ada;;;", f"FN:{ADA}", f"TEL;X-Mobile (work):{ADA_PHONE}"), "utf-8"),
        (CYRILLIC, (f"FN;CHARSET=windows-1251:{CYRILLIC}", f"TEL:{ADA_PHONE}"), "windows-1251"),
    ],
    ids=["a label with a blank", "a character set"],
)
def test_m9_a_card_is_read_whatever_else_stands_in_it(
    name: str, lines: tuple[str, ...], charset: str,
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path,
) -> None:  # fmt: skip
    contact = org.add_contact(LastName="Other", Phone=ADA_PHONE)
    book = tmp_path / "book.vcf"
    book.write_bytes(card(*lines).encode(charset))
    assert wasf.sync(chats.ada("one", title=name), "--contacts", book).code == 0
    assert wasf.texts(contact) == ["one"]


def test_m9_what_cannot_be_read_is_named_with_its_line(
    wasf: Wasf, chats: Chats, tmp_path: Path
) -> None:
    book = tmp_path / "book.vcf"
    book.write_bytes(card(f"TEL:{ADA_PHONE}", "FN;CHARSET=shift_jis:x").encode() + b"TEL:1\n")
    book.write_bytes(book.read_bytes().replace(b":x\r", b":\xff\r"))
    told = wasf.sync(chats.ada("one"), "--contacts", book)
    [problem] = told.json["problems"]
    assert problem["origin"] == "book.vcf"
    assert "2 lines" in problem["message"]
    assert "line 4: " in problem["message"]
    assert "line 6: " in problem["message"]
    assert told.code == 0
    assert ADA_PHONE not in told.out
    again = wasf.sync("--contacts", book)
    assert [one["origin"] for one in again.json["problems"]] == ["book.vcf"]
