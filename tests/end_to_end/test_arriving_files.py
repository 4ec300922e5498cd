"""I4 through the program: files that change or are still being copied when a sync finds them."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.end_to_end.program import (
    SAM,
    START,
    Chats,
    Record,
    Wasf,
    assert_all_logged_once,
    check_report,
)
from tests.exports_builder import Said
from wasf.app import App
from wasf.cli.main import StopRequests
from wasf.cli.sync import SyncRequest, run_sync

TITLE = "+44 7700 900123"
WHOLE = [
    Said(START + timedelta(minutes=n), SAM if n % 2 else TITLE, f"offer {n} is 1,0{n:02} euros")
    for n in range(30)
]
CUT = len(" is 1,029 euros\n")


def sync(wasf: Wasf, meanwhile: Callable[[], object] = lambda: None, code: int = 0) -> Record:
    """`wasf sync --json` without a path; two seconds of sleep take no time."""

    def sleep(seconds: float) -> None:
        assert seconds == 2
        meanwhile()

    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out):
        app = App(wasf.environment, StopRequests(), sleep)
        assert run_sync(app, SyncRequest(), json=True, quiet=False) == code
    out.seek(0)
    report = json.loads(out.read())
    check_report(report)
    return report


def told(report: Record) -> list[str]:
    return [problem["message"] for problem in report["problems"]]


@pytest.fixture
def half(wasf: Wasf, chats: Chats) -> Path:
    """A chat in `sources` whose last message has not been copied to its end."""
    wasf.set(sources=str(chats.folder), me=SAM)
    path = chats.of(TITLE, WHOLE)
    path.write_bytes(path.read_bytes()[:-CUT])
    return path


def test_i4_a_half_copied_message_waits_for_the_next_sync(
    wasf: Wasf, chats: Chats, half: Path
) -> None:
    first = sync(wasf)
    assert first["messages"]["logged"] == 29
    assert ["ends within a line" in message for message in told(first)] == [True]
    chats.of(TITLE, WHOLE)
    assert sync(wasf)["messages"]["logged"] == 1
    assert_all_logged_once(wasf, 30)
    assert "offer 29 is 1,029 euros" in wasf.texts()


def test_i4_a_last_line_without_an_end_is_read_after_a_minute(wasf: Wasf, half: Path) -> None:
    sync(wasf)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        later = wasf.sync()
    assert (later.messages["logged"], later.json["problems"]) == (1, [])


def test_i4_what_is_still_being_copied_rests(wasf: Wasf, chats: Chats, half: Path) -> None:
    first = sync(wasf, lambda: chats.of(TITLE, WHOLE))
    assert (first["messages"]["read"], wasf.rows("Task")) == (0, [])
    assert ["rests until the next sync" in message for message in told(first)] == [True]
    assert sync(wasf)["messages"]["logged"] == 30
