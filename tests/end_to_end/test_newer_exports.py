"""Exporting a chat again, whatever happened to it in between, seen through the whole program."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf, assert_told
from tests.exports_builder import (
    ANDROID_GB,
    IOS_US,
    Said,
    render,
    write_ios,
    write_txt,
)

MISFIT = 5
LATER = "2026-04-20T12:00:00+02:00"
WORDS = "the offer came today and we like it very much but one thing is still open"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(LATER):
        yield


def a_talk(count: int = 24, gap: timedelta = timedelta(minutes=7)) -> list[Said]:
    """Both sides say something, every text another."""
    words = WORDS.split()
    return [
        Said(START + gap * n, SAM if n % 3 == 1 else ADA, f"{words[n % len(words)]} {n}")
        for n in range(count)
    ]


def moved(said: list[Said], **by: float) -> list[Said]:
    """As a phone with another clock shows it."""
    return [replace(line, at=line.at + timedelta(**by)) for line in said]


@pytest.fixture
def talk(wasf: Wasf, chats: Chats) -> list[Said]:
    """A chat whose first 20 lines are logged."""
    said = a_talk()
    assert wasf.sync(chats.of(ADA, said[:20]), "--phone", ADA_PHONE).messages["logged"] == 20
    return said


def test_w3_the_same_export_again_writes_nothing(wasf: Wasf, chats: Chats, talk) -> None:
    before, tasks = wasf.kept(), wasf.rows("Task")
    result = wasf.sync(chats.of(ADA, talk[:20]))
    assert (result.messages["already_logged"], result.messages["logged"]) == (20, 0)
    assert wasf.rows("Task") == tasks
    assert wasf.kept().keys() == before.keys()


def test_w3_edited_and_deleted_lines_are_known_again(wasf: Wasf, chats: Chats, talk) -> None:
    talk[5] = replace(talk[5], text="and I changed my mind <This message was edited>")
    talk[8] = replace(talk[8], text="This message was deleted")
    result = wasf.sync(chats.of(ADA, talk))
    assert (result.messages["logged"], result.chat()["changed"]) == (4, 2)
    assert result.messages["already_logged"] == 20
    assert any("2 messages were changed" in note for note in result.json["notes"])
    assert len(wasf.rows("Task")) == 24
    again = wasf.sync(chats.of(ADA, talk))
    assert (again.messages["logged"], again.messages["already_logged"]) == (0, 24)


@pytest.mark.parametrize("words", ["Viesti on muokattu", "הודעה ערוכה", "edited"])
@pytest.mark.parametrize("text", ["", "another text"])
def test_w3_an_edit_in_a_language_that_wasf_does_not_know_is_known_by_its_form(
    wasf: Wasf, chats: Chats, talk, words: str, text: str
) -> None:
    talk[5] = replace(talk[5], text=f"{text or talk[5].text} <{words}>")
    result = wasf.sync(chats.of(ADA, talk))
    assert (result.messages["logged"], result.chat()["changed"]) == (4, 1)
    assert len(wasf.rows("Task")) == 24


def test_w3_a_text_with_angle_brackets_beside_a_message_that_is_still_there_is_new(
    wasf: Wasf, chats: Chats, talk
) -> None:
    said = [*talk, replace(talk[23], text=f"{talk[23].text} <see the photo>")]
    assert wasf.sync(chats.of(ADA, talk)).messages["logged"] == 4
    result = wasf.sync(chats.of(ADA, said))
    assert (result.messages["logged"], result.chat()["changed"]) == (1, 0)


def test_w3_a_copy_of_the_file_is_the_same_chat(wasf: Wasf, chats: Chats, talk) -> None:
    for copied in ("", " - Copy", " - Kopie (2)", " copy 2"):
        path = write_txt(
            chats.folder, f"WhatsApp Chat with {ADA}{copied}", render(talk[:20], ANDROID_GB)
        )
        result = wasf.sync(path, "--me", SAM)
        assert (result.messages["already_logged"], result.messages["logged"]) == (20, 0)
        assert result.chat()["chat"] == ADA


def test_w3_exports_that_overlap_in_one_file_are_logged_once(wasf: Wasf, chats: Chats) -> None:
    said = a_talk()
    result = wasf.sync(chats.of(ADA, [*said[:16], *said[8:]]), "--phone", ADA_PHONE)
    assert (result.messages["read"], result.messages["logged"]) == (32, 24)
    assert (result.messages["skipped"], result.chat()["reason"]) == (8, "twice in the file")
    assert len(wasf.rows("Task")) == 24


def test_w3_an_edit_of_what_still_waits_is_no_second_message(wasf: Wasf, chats: Chats) -> None:
    said = a_talk()
    wasf.set(lead_auto_create="off")
    assert wasf.sync(chats.of(ADA, said), "--phone", ADA_PHONE).messages["waiting"] == 24
    said[5] = replace(said[5], text="and I changed my mind <This message was edited>")
    result = wasf.sync(chats.of(ADA, said))
    assert (result.messages["waiting"], result.chat()["changed"]) == (24, 1)


@pytest.mark.parametrize("number", [ADA_PHONE, None], ids=["number said", "number not said"])
def test_w3_a_renamed_contact_is_the_same_person(
    wasf: Wasf, chats: Chats, talk, number: str | None
) -> None:
    new_name = "Ada E. 🌷"
    said = [replace(line, author=new_name) if line.author == ADA else line for line in talk]
    result = wasf.sync(chats.of(new_name, said), *(["--phone", number] if number else []))
    assert (result.messages["logged"], result.messages["already_logged"]) == (4, 20)
    assert {task["WhoId"] for task in wasf.rows("Task")} == {wasf.the_lead()["Id"]}
    assert wasf.sync(chats.of(ADA, talk)).messages["already_logged"] == 24


def test_a_number_that_was_saved_as_a_contact_is_the_same_chat(wasf: Wasf, chats: Chats) -> None:
    said = a_talk()
    before = [replace(line, author=ADA_PHONE) if line.author == ADA else line for line in said]
    wasf.sync(chats.of(ADA_PHONE, before))
    assert wasf.sync(chats.of(ADA, said)).messages["already_logged"] == 24


def test_what_was_sent_to_many_at_once_does_not_make_them_one(wasf: Wasf, chats: Chats) -> None:
    for title in (ADA, "Ben"):
        said = [replace(line, author=SAM) for line in a_talk()]
        said.append(Said(said[-1].at, title, "thank you"))
        assert wasf.sync(chats.of(title, said), "--me", SAM).chat(title)["waiting"] == 25


def test_one_who_got_the_same_words_is_another(wasf: Wasf, chats: Chats, talk) -> None:
    """A few lines are equal, most are not."""
    said = [
        replace(line, author="Ben" if line.author == ADA else SAM, text=f"{line.text} for Ben")
        for line in talk
    ]
    said[:4] = [replace(line, text=line.text.removesuffix(" for Ben")) for line in said[:4]]
    export = chats.of("Ben", said)
    wasf.sync(export, "--phone", ADA_PHONE, code=MISFIT)
    assert wasf.sync(export, "--phone", "+447700900456").messages["logged"] == 24


@pytest.mark.parametrize("hours", [-9, -1, 1, 5.5], ids="{:+}h".format)
def test_w3_another_clock_is_found_out(wasf: Wasf, chats: Chats, talk, hours: float) -> None:
    result = wasf.sync(chats.of(ADA, moved(talk, hours=hours)))
    assert (result.messages["logged"], result.messages["already_logged"]) == (4, 20)
    assert len(result.chat()["time_shifts"]) == 1
    assert any("another clock" in note for note in result.json["notes"])
    first_line = f"{talk[20].at:%Y-%m-%d %H:%M} +01:00"
    assert wasf.rows("Task")[20]["Description"].startswith(first_line)
    assert wasf.sync(chats.of(ADA, talk)).messages["logged"] == 0


def test_w3_a_phone_whose_clock_changed_on_another_day(wasf: Wasf, chats: Chats) -> None:
    """A phone in New York: five hours behind, four from 8 to 28 March."""
    said = a_talk(90, gap=timedelta(hours=13))
    wasf.sync(chats.of(ADA, said[:80]), "--phone", ADA_PHONE)
    summer = datetime(2026, 3, 8, 7), datetime(2026, 3, 29, 2)
    abroad = [
        replace(line, at=line.at - timedelta(hours=5 if not summer[0] <= utc < summer[1] else 4))
        for line in said
        for utc in [line.at - timedelta(hours=1 if line.at < datetime(2026, 3, 29, 2) else 2)]
    ]
    result = wasf.sync(chats.of(ADA, abroad))
    assert result.messages["already_logged"] == 80
    assert sorted(result.chat()["time_shifts"]) == ["+4h", "+5h"]


def test_w3_a_start_that_whatsapp_cut_off(wasf: Wasf, chats: Chats, talk) -> None:
    result = wasf.sync(chats.of(ADA, talk[13:]))
    assert (result.messages["logged"], result.messages["already_logged"]) == (4, 7)


def test_w3_an_iphone_and_an_android_phone(wasf: Wasf, chats: Chats, talk, tmp_path: Path) -> None:
    exact = [replace(line, at=line.at + timedelta(seconds=17)) for line in talk]
    result = wasf.sync(write_ios(tmp_path, ADA, exact), "--me", SAM)
    assert (result.messages["logged"], result.messages["already_logged"]) == (4, 20)


def test_another_chat_of_that_name_is_left_alone(wasf: Wasf, chats: Chats, talk) -> None:
    tasks = wasf.rows("Task")
    other = [Said(START + timedelta(minutes=11 * n), ADA, f"hello {n}") for n in range(30)]
    path = chats.of(ADA, other)
    result = wasf.sync(path, code=MISFIT)
    assert wasf.rows("Task") == tasks
    assert (result.messages["skipped"], result.json["exit_code"]) == (30, MISFIT)
    [problem] = result.json["problems"]
    assert problem["message"].startswith("None of its messages is known")
    for way in ("--phone", "--time-shift", "--accept"):
        assert way in problem["hint"]
    shown = wasf.run("sync", path)
    assert shown.code == MISFIT
    assert "hello" not in shown.out + shown.err
    assert wasf.sync(path, "--phone", "+447700900124").messages["logged"] == 30
    assert wasf.sync(chats.of(ADA, talk), "--phone", ADA_PHONE).messages["logged"] == 4


def test_the_difference_is_shown_in_numbers_and_minutes(wasf: Wasf, chats: Chats, talk) -> None:
    for n in range(4, 14):
        talk[n] = replace(talk[n], text=f"other words {n}")
    result = wasf.sync(chats.of(ADA, talk), "--dry-run", code=MISFIT)
    [problem] = result.json["problems"]
    assert "10 of its 18 messages" in problem["message"]
    assert "2026-03-02 10:28, 2026-03-02 10:35, 2026-03-02 10:42" in problem["message"]
    assert "words" not in problem["message"]


def test_one_misfit_does_not_hold_up_the_others(wasf: Wasf, chats: Chats, talk) -> None:
    chats.of(ADA, [Said(START, ADA, "somebody else")])
    chats.ada("hello", title="+44 7700 900125")
    result = wasf.sync(chats.folder, code=MISFIT)
    assert (result.messages["logged"], result.messages["skipped"]) == (1, 1)


def test_a_person_can_say_that_it_is_the_chat(wasf: Wasf, chats: Chats, talk) -> None:
    later = [Said(START + timedelta(days=30, minutes=n), ADA, f"hello {n}") for n in range(5)]
    path = chats.of(ADA, later)
    wasf.sync(path, code=MISFIT)
    assert wasf.sync(path, "--accept").messages["logged"] == 5
    assert wasf.sync(path).messages["already_logged"] == 5
    assert wasf.sync(chats.of(ADA, talk)).messages["logged"] == 4


@pytest.mark.parametrize("shift", ["+1h", "60m", "1h0m"])
def test_a_person_can_say_what_the_clock_was(wasf: Wasf, chats: Chats, shift: str) -> None:
    """Three lines are too few to find it out."""
    said = a_talk(3)
    wasf.sync(chats.of(ADA, said[:2]), "--phone", ADA_PHONE)
    path = chats.of(ADA, moved(said, hours=-1))
    wasf.sync(path, code=MISFIT)
    result = wasf.sync(path, "--time-shift", shift)
    assert (result.messages["logged"], result.messages["already_logged"]) == (1, 2)


def test_nothing_is_moved_where_a_person_says_so(wasf: Wasf, chats: Chats, talk) -> None:
    path = chats.of(ADA, moved(talk, hours=1))
    wasf.sync(path, "--time-shift", "0h", code=MISFIT)
    result = wasf.sync(path, "--time-shift", "0h", "--accept")
    assert result.messages["logged"] == 24


@pytest.mark.parametrize("shift", ["", "1", "h", "+", "27h", "1d", "+-1h", "1h 5", "１h"])
def test_what_is_no_shift_is_refused(wasf: Wasf, chats: Chats, shift: str) -> None:
    result = wasf.run("sync", chats.ada("one"), "--time-shift", shift)
    assert result.code == 2
    assert_told(result, "shift", "+1h")


@pytest.mark.parametrize("option", [["--accept"], ["--time-shift", "-90m"]], ids=str)
def test_ways_on_need_a_file(wasf: Wasf, option: list[str]) -> None:
    result = wasf.run("sync", *option)
    assert result.code == 2
    assert_told(result, "no file")


def test_since_covers_what_it_took_and_no_more(wasf: Wasf, chats: Chats) -> None:
    said = a_talk()
    path = chats.of(ADA, said)
    wasf.sync(path, "--phone", ADA_PHONE, "--since", f"{said[12].at:%Y-%m-%dT%H:%M}")
    assert len(wasf.rows("Task")) == 12
    assert wasf.sync(path).messages["logged"] == 12


def test_p11_dates_read_the_other_way_round_are_no_new_messages(
    wasf: Wasf, chats: Chats, tmp_path: Path
) -> None:
    """No day is above twelve: only the setting says which number is the month."""
    said = [replace(line, at=line.at.replace(day=1 + n % 9)) for n, line in enumerate(a_talk())]
    said.sort(key=lambda line: line.at)
    path = write_txt(tmp_path, ADA, render(said, ANDROID_GB))
    wasf.sync(path, "--phone", ADA_PHONE, "--date-order", "dmy", "--me", SAM)
    tasks = wasf.rows("Task")
    american = write_txt(tmp_path, ADA, render(said, IOS_US))
    assert wasf.sync(american, "--date-order", "mdy", "--me", SAM).messages["logged"] == 0
    path = write_txt(tmp_path, ADA, render(said, ANDROID_GB))
    result = wasf.sync(path, "--date-order", "mdy", "--me", SAM, code=MISFIT)
    assert "at another time" in result.json["problems"][0]["message"]
    assert wasf.rows("Task") == tasks
