"""Real processes: stopped in the middle, killed, their output closed."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.program import ADA_PHONE, PRIVATE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

MESSAGES = 2_400
TEXTS = [f"{PRIVATE} {number}" for number in range(MESSAGES)]


@pytest.fixture
def long_chat(org: LocalOrg, chats: Chats) -> Path:
    """A chat of a dozen requests to an org that takes its time."""
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    org.add_key_field()
    org.latency(250)
    return chats.ada(*TEXTS, title="+44 7700 900123")


def _wait_until_some_are_logged(process: subprocess.Popen[bytes], org: LocalOrg) -> None:
    for _ in range(1_000):
        if org.count("Task"):
            return
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail("the run ended before it logged anything")


def _assert_the_next_sync_completes_it(wasf: Wasf, org: LocalOrg, path: Path) -> None:
    before = org.count("Task")
    assert 0 < before < MESSAGES
    org.latency(0)
    path.unlink()
    wasf.sync()
    assert sorted(wasf.texts()) == sorted(TEXTS)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["130 Ctrl-C", "143 told to end"],
)
def test_stopped_between_records_with_everything_saved(
    number: signal.Signals, code: int, long_chat: Path, wasf: Wasf, org: LocalOrg
) -> None:
    process = wasf.start("sync", long_chat, "--json")
    _wait_until_some_are_logged(process, org)
    process.send_signal(number)
    result = wasf.finish(process)
    assert result.code == result.json["exit_code"] == code
    assert result.err.startswith("wasf: stopped.")
    assert result.messages["logged"] == result.json["tasks_created"] == org.count("Task")
    assert result.messages["read"] == MESSAGES
    _assert_the_next_sync_completes_it(wasf, org, long_chat)


def test_killed_in_the_middle_nothing_is_lost_or_doubled(
    long_chat: Path, wasf: Wasf, org: LocalOrg
) -> None:
    process = wasf.start("sync", long_chat, "--json")
    _wait_until_some_are_logged(process, org)
    assert wasf.run("sync").code == 75  # the lock is held by it
    process.kill()
    process.communicate()
    _assert_the_next_sync_completes_it(wasf, org, long_chat)


def test_a_reader_that_goes_away_is_no_bug(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    path = chats.ada(PRIVATE, title="+44 7700 900123")
    process = wasf.start("sync", path, "--json", stdout=ours)
    os.close(ours)
    _, err = process.communicate(timeout=60)
    assert b"bug" not in err
    assert b"Traceback" not in err
    assert len(wasf.texts()) == 1
