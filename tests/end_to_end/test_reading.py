"""What a person can say about files, and what is said about files that are half understood."""

from pathlib import Path

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf
from tests.exports_builder import ANDROID_GB, IOS_DE, Said, write_android, write_ios
from tests.servers.salesforce import LocalOrg


def test_lines_that_are_not_understood_are_told_with_their_numbers(
    wasf: Wasf, chats: Chats
) -> None:
    path = chats.ada("one", "two", title="+44 7700 900123")
    path.write_text("cut off here\nand here\n" + path.read_text())
    result = wasf.run("sync", path)
    assert result.code == 0
    assert "2 lines not understood" in result.err
    assert "lines 1–2" in result.err
    assert "cut off" not in result.out + result.err
    [lines] = wasf.sync(path).chat("+44 7700 900123")["lines_not_understood"]
    assert (lines["first"], lines["last"]) == (1, 2)
    assert wasf.texts() == ["one", "two"]


def test_whose_side_is_ours_can_be_said(wasf: Wasf, chats: Chats) -> None:
    said = [Said(START, ADA, "Hello"), Said(START, SAM, "Hi")]
    path = chats.of("x", said).rename(chats.folder / "export.txt")
    unclear = wasf.run("sync", path, "--phone", ADA_PHONE)
    assert unclear.code == 65
    assert f'--me "{SAM}"' in unclear.err
    wasf.sync(path, "--phone", ADA_PHONE, "--me", SAM)
    subjects = [task["Subject"].split()[2] for task in wasf.rows("Task")]
    assert subjects == ["from", "to"]


@pytest.mark.parametrize(("order", "day"), [("dmy", "2026-03-02"), ("mdy", "2026-02-03")])
def test_the_order_of_dates_can_be_said(order: str, day: str, wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE, "--date-order", order)
    assert [task["ActivityDate"] for task in wasf.rows("Task")] == [day]


def test_the_same_chat_from_two_phones_is_logged_once(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    authors = {0: ADA, 1: SAM}
    said = [
        Said(START.replace(second=5 * n), authors[n % 2], f"text {n % 3}\nof two lines")
        for n in range(12)
    ]
    first = wasf.sync(write_ios(chats.folder, ADA, said, IOS_DE), "--phone", ADA_PHONE)
    org.forget_requests()
    second = wasf.sync(write_android(tmp_path, ADA, said, ANDROID_GB))
    assert (first.messages["logged"], second.messages["already_logged"]) == (12, 12)
    assert wasf.writes() == []


def test_two_people_of_one_name_are_kept_apart_by_their_numbers(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    one = org.add_contact(LastName="One", Phone=ADA_PHONE)
    other = org.add_contact(LastName="Other", Phone="+447700900456")
    wasf.sync(chats.ada("from one"), "--phone", ADA_PHONE)
    wasf.sync(chats.ada("from the other"), "--phone", "+447700900456")
    unclear = wasf.sync(chats.ada("from whom?")).chat()
    assert (wasf.texts(one), wasf.texts(other)) == (["from one"], ["from the other"])
    assert (unclear["state"], "--phone" in unclear["hint"]) == ("skipped", True)
