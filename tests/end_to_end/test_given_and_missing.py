"""W6: what is missing, held back or no chat is named, and stops nothing else."""

from io import BytesIO, TextIOWrapper
from pathlib import Path
from shlex import quote, split
from zipfile import ZipFile

import pytest

from tests.end_to_end.program import ADA, SAM, START, Chats, Result, Wasf, spoken
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

NUMBER = "+44 7700 900703"


@pytest.fixture
def inbox(chats: Chats) -> Path:
    """A folder with one good chat of two messages."""
    chats.ada("Which lids?", "All of them", title=NUMBER)
    return chats.folder


def origins(result: Result) -> list[str]:
    return [problem["origin"] for problem in result.json["problems"]]


@pytest.mark.usefixtures("two_minutes_later")
@pytest.mark.parametrize("order", [["in", "share"], ["share", "in"]], ids=" ".join)
def test_w6_one_missing_source_stops_no_other(
    order: list[str], wasf: Wasf, inbox: Path, tmp_path: Path
) -> None:
    places = {"in": inbox, "share": tmp_path / "share"}
    wasf.set(sources=",".join(str(places[name]) for name in order))
    result = wasf.sync(code=66)
    assert (result.messages["logged"], origins(result)) == (2, ["share"])
    assert len(wasf.rows("Lead")) == 1
    told = wasf.run("sync")
    assert f"There is no {places['share']}" in told.err


@pytest.mark.usefixtures("two_minutes_later")
def test_w6_a_missing_source_is_named_with_its_setting_and_the_way_out(
    wasf: Wasf, inbox: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share, old"
    assert wasf.run("config", "set", "sources", inbox, share).code == 0
    said = wasf.run("sync")
    assert said.code == 66
    assert f"There is no {share}" in said.err
    way_out = f"wasf config set sources {quote(str(inbox))}"
    assert f"The setting sources names it. To leave it out: {way_out}" in said.err
    assert wasf.run(*split(way_out)[1:]).code == 0
    assert wasf.run("sync").code == 0


def test_w6_a_folder_of_the_settings_may_be_empty_and_one_that_is_given_may_not(
    wasf: Wasf, tmp_path: Path
) -> None:
    """As cron runs from the first day on, and the first export comes on the third."""
    (folder := tmp_path / "whatsapp").mkdir()
    assert wasf.run("config", "set", "sources", folder).code == 0
    by_setting, quiet, given = (
        wasf.run("sync"),
        wasf.run("sync", "--quiet"),
        wasf.run("sync", folder),
    )
    assert (by_setting.code, given.code) == (0, 65)
    for told in (by_setting.err, given.err):
        assert f"There is no exported chat in {folder}" in told
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("file", "The setting contacts names it. To leave it out: wasf config unset contacts"),
        ("environment", "WASF_CONTACTS in the environment names it."),
        ("flag", "Give a vCard file (.vcf) or a CSV export"),
    ],
)
def test_w6_a_missing_address_book_is_named_with_what_names_it(
    by: str, told: str, wasf: Wasf, inbox: Path, tmp_path: Path
) -> None:
    book, flags = tmp_path / "old.vcf", []
    if by == "file":
        wasf.run("config", "set", "contacts", book)
    elif by == "environment":
        wasf.set(contacts=str(book))
    else:
        flags = ["--contacts", book]
    said = wasf.run("sync", inbox, *flags)
    assert (said.code, len(wasf.rows("Task"))) == (66, 2)
    assert told in said.err


def test_c_a_dash_is_standard_input(
    wasf: Wasf, chats: Chats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = chats.ada("Which lids?", "All of them", title=NUMBER)
    with ZipFile(tmp_path / "chat.zip", "w") as packed:
        packed.write(path, "_chat.txt")

    def piped(content: bytes, *options: object, code: int = 0) -> Result:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
        return wasf.sync("-", *options, code=code)

    zipped = (tmp_path / "chat.zip").read_bytes()
    for content in (path.read_bytes(), zipped):
        assert piped(content, "--dry-run").messages["logged"] == 2
    assert piped(path.read_bytes()).messages["logged"] == 2
    assert piped(zipped).messages["already_logged"] == 2
    assert wasf.sync(path).messages["already_logged"] == 2
    assert origins(piped(b"Dear Sam,\n" * 5, code=65)) == ["standard input/_chat.txt"]
    assert len(wasf.rows("Task")) == 2


def test_c_a_dash_waits_for_nobody_to_type(wasf: Wasf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert "nothing is sent to it" in wasf.run("sync", "-").err


def test_w2_what_waits_is_tried_though_nothing_can_be_read(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    assert wasf.sync(chats.ada("one", "two")).messages["waiting"] == 2
    org.add_contact(FirstName="Ada", LastName="Example")
    assert wasf.sync(tmp_path / "gone.txt", code=66).messages["logged"] == 2


def test_w6_the_worst_decides_the_code(wasf: Wasf, inbox: Path, tmp_path: Path) -> None:
    (letter := tmp_path / "letter.txt").write_text("Dear Sam,\n" * 5)
    for order in ([letter, tmp_path / "gone", inbox], [inbox, tmp_path / "gone", letter]):
        result = wasf.sync(*order, code=66)
        assert sorted(origins(result)) == ["gone", "letter.txt"]
    assert len(wasf.rows("Task")) == 2


def test_w6_a_missing_address_book_stops_only_chats_that_need_it(
    wasf: Wasf, org: LocalOrg, chats: Chats, inbox: Path, tmp_path: Path
) -> None:
    org.add_contact(FirstName="Ada", LastName="Example", Phone="+447700900123")
    chats.ada("one")
    wasf.set(contacts=str(tmp_path / "old.vcf"))
    result = wasf.sync(inbox, code=66)
    assert (result.messages["logged"], result.messages["waiting"]) == (2, 1)
    assert origins(result) == ["old.vcf"]
    assert "address book" in result.chat(ADA)["reason"]
    without = wasf.sync(code=66)
    assert (without.messages["waiting"], origins(without)) == (1, ["old.vcf"])
    del wasf.environment["WASF_CONTACTS"]
    assert wasf.sync().messages["logged"] == 1


def test_w6_a_linked_chat_needs_no_address_book(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    contact = org.add_contact(FirstName="Ada", LastName="Example")
    wasf.sync(chats.ada("one"))
    wasf.set(contacts=str(tmp_path / "old.vcf"))
    result = wasf.sync(chats.ada("one", "two"), code=66)
    assert (result.messages["logged"], wasf.texts(contact)) == (1, ["one", "two"])


@pytest.mark.parametrize("name", ["dangling.txt", "loop.txt"])
def test_w6_a_link_that_leads_nowhere_is_named_and_left(name: str, wasf: Wasf, inbox: Path) -> None:
    (inbox / name).symlink_to(inbox / ("loop.txt" if name == "loop.txt" else "gone"))
    result = wasf.sync(inbox)
    assert (result.messages["logged"], origins(result)) == (2, [name])
    assert wasf.run("sync", inbox, "--quiet").err == ""


def test_w6_a_document_in_a_folder_is_no_failure_but_a_chat_that_cannot_be_read_is(
    wasf: Wasf, inbox: Path
) -> None:
    (inbox / "letter.txt").write_text("Dear Sam,\n" * 5)
    assert origins(wasf.sync(inbox)) == ["letter.txt"]
    wasf.sync(inbox / "letter.txt", code=65)
    (inbox / "WhatsApp Chat with Ben.txt").write_text("Dear Sam,\n" * 5)
    assert len(origins(wasf.sync(inbox, code=65))) == 2


def test_c_subfolders_are_read(wasf: Wasf, chats: Chats, inbox: Path) -> None:
    (inbox / "ada").mkdir()
    Chats(inbox / "ada").ada("Hello", "Hi", title="+44 7700 900702")
    (inbox / "ada" / "again").symlink_to(inbox)
    result = wasf.sync(inbox)
    assert (result.messages["logged"], len(wasf.rows("Lead"))) == (4, 2)


# --- M9, W2: what waits is asked again with what is known today ---------------------------------

LENA = "Lena Sample"
CARD = f"BEGIN:VCARD\nVERSION:3.0\nFN:{LENA}\nTEL;TYPE=CELL:+44 7700 900802\nEND:VCARD\n"


def talk(title: str) -> list[Said]:
    return [*spoken(title, "Hello, which lids?"), Said(START, SAM, "All of them")]


@pytest.fixture
def waiting(wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path) -> dict[str, str]:
    """Two chats that wait, for a country and for a number; the records that they belong to."""
    wasf.set(default_region="")
    records = {
        "region": org.add_contact(LastName="Region", Phone="+447700900801"),
        "book": org.add_contact(LastName="Book", Phone="+447700900802"),
    }
    (tmp_path / "lena.vcf").write_text(CARD)
    files = [chats.of(title, talk(title)) for title in ("07700 900801", LENA)]
    assert wasf.sync(*files, "--me", SAM).messages["waiting"] == 4
    return records


def test_m9_w2_what_waits_uses_what_was_set_later(
    wasf: Wasf, chats: Chats, waiting: dict[str, str], tmp_path: Path
) -> None:
    wasf.set(default_region="GB", contacts=str(tmp_path / "lena.vcf"))
    result = wasf.sync()
    assert (result.messages["logged"], result.messages["waiting"]) == (4, 0)
    assert {name: len(wasf.texts(record)) for name, record in waiting.items()} == {
        "region": 2, "book": 2,
    }  # fmt: skip
    assert wasf.run("status", "--json").json["waiting"] == []
    again = wasf.sync(chats.folder, "--me", SAM)
    assert (again.messages["logged"], again.messages["already_logged"]) == (0, 4)
    assert len(wasf.rows("Task")) == 4


def test_m9_w2_an_address_book_without_a_file(
    wasf: Wasf, waiting: dict[str, str], tmp_path: Path
) -> None:
    result = wasf.sync("--contacts", tmp_path / "lena.vcf")
    assert (result.messages["logged"], result.messages["waiting"]) == (2, 2)
    assert len(wasf.texts(waiting["book"])) == 2


def test_w4_a_dry_run_asks_again_and_keeps_nothing(
    wasf: Wasf, waiting: dict[str, str], tmp_path: Path
) -> None:
    book = ["--contacts", tmp_path / "lena.vcf"]
    kept = wasf.kept()
    assert wasf.sync(*book, "--dry-run").messages["logged"] == 2
    assert wasf.kept() == kept
    assert wasf.sync().messages["waiting"] == 4


def test_m9_two_numbers_for_a_name_are_told_and_not_guessed(
    wasf: Wasf, waiting: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "two.vcf").write_text(CARD + CARD.replace("900802", "900803"))
    result = wasf.sync("--contacts", tmp_path / "two.vcf")
    assert result.messages["waiting"] == 4
    assert result.chat(LENA)["reason"] == "the address book has 2 numbers for this name"


def test_who_was_forgotten_is_not_let_in_by_an_address_book(
    wasf: Wasf, waiting: dict[str, str], tmp_path: Path
) -> None:
    assert wasf.run("forget", "+447700900802", "--yes").code == 0
    result = wasf.sync("--contacts", tmp_path / "lena.vcf")
    assert (result.messages["logged"], result.chat(LENA)["skipped"]) == (0, 2)
    assert wasf.rows("Task") == []
    assert wasf.sync("--contacts", tmp_path / "lena.vcf").messages["read"] == 2
