"""The log: what each line has, what it never has, and that it stops nothing (W8)."""

import json
import logging
from pathlib import Path

import pytest

from wasf import log
from wasf.errors import BadSetting, Unreachable
from wasf.log import Fact, Level

RUN = "20260302T090000Z-1"


def lines(path: Path) -> list[dict[str, Fact]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_when_which_run_what_and_how_much(tmp_path: Path) -> None:
    with log.writing(tmp_path / "wasf.log", Level.INFO, RUN):
        log.event("imported", chats=2, again=False)
        log.event("request", Level.DEBUG, ms=3)
    [line] = lines(tmp_path / "wasf.log")
    assert str(line.pop("at")).endswith("+00:00")
    assert line == {
        "level": "info", "run": RUN, "event": "imported", "chats": 2, "again": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("services/data/#/composite", True),
        ("UNABLE_TO_LOCK_ROW", True),
        ("3.11.7", True),
        ("Ada Example", False),
        ("+447700900123", False),
        ("447700900123", False),
        ("Müller", False),
        ("WhatsApp Chat with Ada.txt", False),
        ("x" * 121, False),
    ],
)
def test_a_text_that_is_no_word_of_the_program_is_masked(
    text: str, kept: bool, tmp_path: Path
) -> None:
    with log.writing(tmp_path / "wasf.log", Level.INFO, RUN):
        log.event("x", fact=text)
    assert lines(tmp_path / "wasf.log")[0]["fact"] == (text if kept else "…")


def test_of_an_error_its_kind_and_places_are_logged_not_its_text(tmp_path: Path) -> None:
    with log.writing(tmp_path / "wasf.log", Level.WARNING, RUN):
        log.failure(Unreachable("No answer for Ada"))
        log.failure(ValueError("of Ada"))
    assert [(line["error"], line["exit_code"]) for line in lines(tmp_path / "wasf.log")] == [
        ("Unreachable", 75), ("ValueError", 1),
    ]  # fmt: skip
    assert "Ada" not in (tmp_path / "wasf.log").read_text()


def test_of_a_path_only_known_words_are_logged(tmp_path: Path) -> None:
    address = "https://ada.my.salesforce.com/services/data/v62.0/sobjects/Task/00T1?q=Ada"
    with log.writing(tmp_path / "wasf.log", Level.INFO, RUN):
        log.request("GET", address, 503, 0.12)
        log.request("GET", "http://localhost/api/default/chats/447700900123@c.us", None, 1)
        log.request("GET", address, 200, 0.12)
    assert [(line["path"], line["status"]) for line in lines(tmp_path / "wasf.log")] == [
        ("services/data/#/sobjects/Task/#", 503), ("api/#/chats/#", None),
    ]  # fmt: skip


def test_the_file_is_turned_over_and_three_older_ones_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_LARGEST", 300)
    with log.writing(tmp_path / "wasf.log", Level.INFO, RUN):
        for number in range(40):
            log.event("imported", chats=number)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["wasf.log", "wasf.log.1", "wasf.log.2", "wasf.log.3"]
    assert lines(tmp_path / "wasf.log")[-1]["chats"] == 39


def test_a_log_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (tmp_path, tmp_path / "missing" / "wasf.log", Path("/dev/full")):
        with log.writing(place, Level.INFO, RUN):
            log.event("imported")
            log.event("delivered")
    assert capsys.readouterr().err == ""


def test_nothing_is_logged_before_and_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = logging.getLogger("wasf").handlers.copy()
    with log.showing(), log.writing(tmp_path / "wasf.log", Level.WARNING, RUN):
        log.event("request", Level.DEBUG, method="GET", ms=3)
    log.event("request", Level.WARNING)
    assert logging.getLogger("wasf").handlers == before
    assert "request method=GET ms=3" in capsys.readouterr().err
    assert not (tmp_path / "wasf.log").exists()


@pytest.mark.parametrize(
    ("text", "level"), [("", Level.INFO), ("DEBUG", Level.DEBUG), (" warning ", Level.WARNING)]
)
def test_the_environment_chooses_the_level(text: str, level: Level) -> None:
    assert log.chosen_level({"WASF_LOG": text}) is level


def test_a_wrong_level_is_refused() -> None:
    with pytest.raises(BadSetting, match='WASF_LOG cannot be "loud"'):
        log.chosen_level({"WASF_LOG": "loud"})
