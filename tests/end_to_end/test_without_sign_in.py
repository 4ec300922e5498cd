"""W4: without a sign-in a dry run reads the files, says what is in them and what it cannot know."""

from pathlib import Path

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf
from tests.exports_builder import Said

NUMBER, TITLE = "+447700900701", "+44 7700 900701"


@pytest.fixture
def alone(wasf: Wasf) -> Wasf:
    """The program without a sign-in."""
    for name in ("WASF_ACCESS_TOKEN", "WASF_INSTANCE_URL"):
        del wasf.environment[name]
    return wasf


def test_w4_it_says_what_a_file_holds(alone: Wasf, chats: Chats) -> None:
    said = [Said(START, TITLE, "Hello"), Said(START, SAM, "All of them")]
    kept = alone.kept()
    told = alone.sync(chats.of(TITLE, said), "--dry-run", code=4)
    assert told.messages == {
        "read": 2, "logged": 0, "already_logged": 0, "waiting": 2, "skipped": 0,
    }  # fmt: skip
    [chat] = told.json["chats"]
    assert (chat["chat"], chat["number"], chat["record"]) == (TITLE, NUMBER, None)
    assert "not connected" in chat["reason"]
    assert (told.json["error"]["exit_code"], told.json["api_calls"]) == (4, 0)
    assert any("Without a sign-in" in note for note in told.json["notes"])
    assert alone.kept() == kept


def test_w4_a_person_sees_it_too(alone: Wasf, chats: Chats) -> None:
    told = alone.run("sync", chats.ada("one", "two", title=TITLE), "--dry-run")
    assert told.code == 4
    assert TITLE in told.out
    assert "2 messages read, 2 waiting" in told.out
    assert "not connected" in told.err
    assert "wasf connect" in told.err


def test_w4_the_address_book_is_asked(alone: Wasf, chats: Chats, tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text(f"name,phone\n{ADA},{ADA_PHONE}\n")
    told = alone.sync(chats.ada("one"), "--contacts", book, "--dry-run", code=4)
    assert told.chat()["number"] == ADA_PHONE


def test_w4_what_is_no_chat_is_said(alone: Wasf, tmp_path: Path, chats: Chats) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("milk\neggs\n")
    told = alone.sync(notes, "--dry-run", code=65)
    assert [one["origin"] for one in told.json["problems"]] == ["notes.txt"]
    both = alone.sync(notes, chats.ada("one", title=TITLE), "--dry-run", code=4)
    assert (len(both.json["problems"]), both.messages["read"]) == (1, 1)
    assert alone.run("sync", notes, "--dry-run").code == 65
    assert alone.run("sync", tmp_path / "gone.txt", "--dry-run").code == 66


@pytest.mark.parametrize("frequency", ["real-time", "24h"])
def test_w4_a_window_that_is_open_hides_nothing(alone: Wasf, chats: Chats, frequency: str) -> None:
    alone.set(frequency=frequency)
    assert alone.sync(chats.ada("one", title=TITLE), "--dry-run", code=4).messages["waiting"] == 1


def test_w4_groups_are_said_to_be_groups(alone: Wasf, chats: Chats) -> None:
    said = [Said(START, ADA, "one"), Said(START, "Ben", "two"), Said(START, SAM, "three")]
    told = alone.run("sync", chats.of("The team", said), "--me", SAM, "--dry-run", "--json")
    assert told.json["chats"][0]["reason"] == "a group chat"
    assert any("Without a sign-in" in note for note in told.json["notes"])


def test_without_a_file_or_a_dry_run_it_ends_as_before(alone: Wasf, chats: Chats) -> None:
    path = chats.ada("one", title=TITLE)
    for words in (["sync", "--dry-run"], ["sync", path], ["undo", "--dry-run"]):
        told = alone.run(*words, "--json")
        assert (told.code, told.out.count(TITLE)) == (4, 0)
