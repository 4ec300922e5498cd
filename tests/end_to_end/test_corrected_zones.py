"""I6: the time zone is corrected after a chat was logged; seen through the whole program."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
import tzlocal

from tests.end_to_end.program import SAM, Chats, Result, Wasf
from tests.exports_builder import Said

TITLE = "+44 7700 900610"
FIRST = datetime(2026, 11, 13, 9, 31)
TALK = [
    Said(FIRST + timedelta(minutes=31 * n), SAM if n % 3 == 1 else TITLE, f"line {n}")
    for n in range(34)
]
OLD, ALL = TALK[:30], TALK
BERLIN, UTC = "+01:00", "+00:00"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-20T12:00:00+00:00"):
        yield


@pytest.fixture
def clock_of_utc() -> Iterator[None]:
    """This machine's zone is UTC, by that name: tzlocal keeps the first zone that it found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        tzlocal.reload_localzone()
        yield
    tzlocal.reload_localzone()


@pytest.fixture
def utc(clock_of_utc: None, wasf: Wasf, chats: Chats) -> Wasf:
    """30 messages that were logged by the clock of this machine, which is UTC."""
    del wasf.environment["WASF_TIMEZONE"]
    wasf.environment["TZ"] = "UTC"
    assert wasf.sync(chats.of(TITLE, OLD)).messages["logged"] == 30
    wasf.set(timezone="Europe/Berlin")
    return wasf


def moments(wasf: Wasf) -> list[str]:
    """When each message was sent by its Task, in the order of the chat's lines."""
    found = {}
    for task in wasf.rows("Task"):
        head, _, text = task["Description"].partition("\n")
        assert task["ActivityDate"] == head[:10]
        found[text] = " ".join(head.split(" ")[:3])
    return [found[line.text] for line in TALK if line.text in found]


def shown(said: list[Said], offset: str) -> list[str]:
    return [f"{line.at:%Y-%m-%d %H:%M} {offset}" for line in said]


def counts(result: Result) -> tuple[int, int]:
    return result.messages["logged"], result.messages["already_logged"]


RIGHT = [*shown(OLD, UTC), *shown(ALL[30:], BERLIN)]


@pytest.mark.parametrize("shift", [[], ["--time-shift", "0h"]], ids=["plain", "0h"])
def test_i6_new_messages_get_the_corrected_zone_and_known_ones_are_known(
    shift: list[str], utc: Wasf, chats: Chats
) -> None:
    path = chats.of(TITLE, ALL)
    dry = utc.sync(path, *shift, "--dry-run")
    result = utc.sync(path, *shift)
    assert counts(dry) == counts(result) == (4, 30)
    assert moments(utc) == RIGHT
    assert utc.rows("Task")[-1]["ActivityDate"] == "2026-11-14"
    for one in (dry, result):
        [note] = one.json["notes"]
        assert "30 messages logged in the time zone UTC keep those times" in note
        assert "--again" in note
    again = utc.sync(path)
    assert (counts(again), again.json["notes"]) == ((0, 34), [])


def test_i6_undo_and_again_always_work(utc: Wasf, chats: Chats) -> None:
    path = chats.of(TITLE, ALL)
    utc.sync(path)
    assert utc.run("undo", "--yes").code == 0
    plain = utc.sync(path)
    assert (counts(plain), plain.messages["skipped"]) == ((0, 30), 4)
    assert counts(utc.sync(path, "--again")) == (4, 30)
    assert moments(utc) == RIGHT
    assert counts(utc.sync(path)) == (0, 34)


def test_i6_after_an_undo_of_everything_all_times_are_right(utc: Wasf, chats: Chats) -> None:
    path = chats.of(TITLE, ALL)
    first, second = first_run(utc), utc.sync(path).json["run"]
    for run in (second, first):
        assert utc.run("undo", run, "--yes").code == 0
    assert utc.rows("Task") == []
    plain = utc.sync(path)
    assert (counts(plain), plain.messages["skipped"]) == ((0, 0), 34)
    assert counts(utc.sync(path, "--again")) == (34, 0)
    assert moments(utc) == shown(ALL, BERLIN)
    assert counts(utc.sync(path)) == (0, 34)
    assert counts(utc.sync(chats.of(TITLE, OLD))) == (0, 30)


def first_run(wasf: Wasf) -> str:
    """The run that an undo without a name would take back now."""
    return str(wasf.run("undo", "--json").json["run"])


def test_i6_an_undo_of_the_first_run_alone(utc: Wasf, chats: Chats) -> None:
    path = chats.of(TITLE, ALL)
    first = first_run(utc)
    utc.sync(path)
    assert utc.run("undo", first, "--yes").code == 0
    assert counts(utc.sync(path, "--again")) == (30, 4)
    assert moments(utc) == shown(ALL, BERLIN)
    assert counts(utc.sync(path)) == (0, 34)


@pytest.mark.parametrize("hours", [-5, 2, 3])
@pytest.mark.parametrize("is_corrected", [False, True])
def test_i6_another_phones_clock_is_still_found_out(
    is_corrected: bool, hours: int, wasf: Wasf, chats: Chats, request: pytest.FixtureRequest
) -> None:
    if is_corrected:
        utc = request.getfixturevalue("utc")
        utc.sync(chats.of(TITLE, ALL[:32]))
        before, known = RIGHT[:32], 32
    else:
        wasf.sync(chats.of(TITLE, OLD))
        before, known = shown(OLD, BERLIN), 30
    abroad = [replace(line, at=line.at + timedelta(hours=hours)) for line in ALL]
    result = wasf.sync(chats.of(TITLE, abroad))
    assert counts(result) == (34 - known, known)
    assert any("another clock" in note for note in result.json["notes"])
    assert moments(wasf) == [*before, *shown(ALL[known:], BERLIN)]
    assert counts(wasf.sync(chats.of(TITLE, ALL))) == (0, 34)


def test_i6_what_earlier_exports_hid_gets_the_right_time(utc: Wasf, chats: Chats) -> None:
    """A line between known ones, and one in the last minute of the earlier export."""
    hidden = Said(OLD[10].at, TITLE, "hidden before")
    last = Said(OLD[29].at, TITLE, "in the last minute")
    said = [*OLD[:11], hidden, *OLD[11:], last, *ALL[30:]]
    path = chats.of(TITLE, said)
    assert counts(utc.sync(path)) == (6, 30)
    heads = [row["Description"] for row in utc.rows("Task")]
    for line in (hidden, last):
        assert any(
            head.startswith(f"{line.at:%Y-%m-%d %H:%M} {BERLIN}") and head.endswith(line.text)
            for head in heads
        )
    assert counts(utc.sync(path)) == (0, 36)
    assert counts(utc.sync(chats.of(TITLE, [*ALL, Said(ALL[-1].at, TITLE, "more")]))) == (1, 34)
    assert counts(utc.sync(chats.of(TITLE, said))) == (0, 36)


def test_i6_equal_texts_an_hour_apart_are_not_taken_for_each_other(utc: Wasf, chats: Chats) -> None:
    """In the new zone each has in UTC the time that the one an hour before had in the old one."""
    said = [Said(FIRST + timedelta(hours=n), TITLE, "good morning") for n in range(20)]
    other = "+44 7700 900611"
    lines = [replace(line, author=other) for line in said]
    utc.environment.pop("WASF_TIMEZONE")
    assert counts(utc.sync(chats.of(other, lines[:12]))) == (12, 0)
    for zone in ("Europe/Berlin", "America/New_York", "Asia/Kolkata"):
        utc.set(timezone=zone)
        assert utc.sync(chats.of(other, lines[:12])).messages["logged"] == 0
    assert counts(utc.sync(chats.of(other, lines))) == (8, 12)
    assert counts(utc.sync(chats.of(other, lines))) == (0, 20)


def test_i6_the_zone_is_corrected_twice(utc: Wasf, chats: Chats) -> None:
    utc.sync(chats.of(TITLE, ALL[:32]))
    utc.set(timezone="Europe/Athens")
    assert counts(utc.sync(chats.of(TITLE, ALL))) == (2, 32)
    assert moments(utc) == [*RIGHT[:32], *shown(ALL[32:], "+02:00")]
    utc.set(timezone="Europe/Berlin")
    assert counts(utc.sync(chats.of(TITLE, ALL))) == (0, 34)


def test_i6_this_machines_zone_does_not_win_over_what_was_learned(utc: Wasf, chats: Chats) -> None:
    """A flag that was given once counts until another one is given."""
    utc.sync(chats.of(TITLE, ALL[:32]))
    del utc.environment["WASF_TIMEZONE"]
    result = utc.sync(chats.of(TITLE, ALL))
    assert counts(result) == (2, 32)
    utc.set(timezone="Europe/Berlin")
    assert counts(utc.sync(chats.of(TITLE, ALL))) == (0, 34)


def test_i6_an_edited_message_of_the_old_zone_is_known_again(utc: Wasf, chats: Chats) -> None:
    said = list(ALL)
    said[5] = replace(said[5], text="other words <This message was edited>")
    result = utc.sync(chats.of(TITLE, said))
    assert counts(result) == (4, 30)
    assert result.chat(TITLE)["changed"] == 1


def test_i6_another_chat_of_that_name_is_still_left_alone(utc: Wasf, chats: Chats) -> None:
    other = [replace(line, text=f"other {n}") for n, line in enumerate(ALL)]
    assert utc.sync(chats.of(TITLE, other), code=5).messages["skipped"] == 34
    assert len(utc.rows("Task")) == 30
