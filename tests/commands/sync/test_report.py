"""The state of a chat and the exit code of a run: each tells the worst."""

import pytest

from wasf.commands.sync.report import (
    ChatReport,
    ChatState,
    MessageCounts,
    SyncReport,
)
from wasf.console import sync_json
from wasf.errors import ExitCode, MissingFile, TryLater, UnreadableFile
from wasf.interfaces import Unreadable
from wasf.store.ledger import RunId

RUN = RunId("20260303T090000Z-1")


def a_report(*chats: ChatReport, **facts) -> SyncReport:
    return SyncReport(**{"run": RUN, "dry_run": False, "chats": chats} | facts)


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        (MessageCounts(logged=3), ChatState.LOGGED),
        (MessageCounts(already_logged=3), ChatState.LOGGED),
        (MessageCounts(logged=3, waiting=1, skipped=1), ChatState.WAITING),
        (MessageCounts(skipped=2), ChatState.SKIPPED),
        (MessageCounts(skipped=2, already_logged=1), ChatState.LOGGED),
        (MessageCounts(skipped=2, logged=1), ChatState.LOGGED),
        (MessageCounts(), ChatState.LOGGED),
    ],
)
def test_the_state_of_a_chat_is_what_still_needs_somebody(counts, state):
    assert ChatReport("Ada", counts).state is state


CUT = Unreadable("cut.txt", UnreadableFile("cut.txt is cut.", "export it again"))
GONE = Unreadable("gone.txt", MissingFile("gone.txt is not there."))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({}, ExitCode.DONE, id="done"),
        pytest.param({"problems": (CUT,)}, ExitCode.BAD_DATA, id="no export"),
        pytest.param({"problems": (GONE, CUT)}, ExitCode.NO_INPUT, id="the first problem"),
        pytest.param({"refused": 1, "problems": (CUT,)}, ExitCode.REFUSED, id="refused first"),
        pytest.param(
            {"error": TryLater("busy"), "refused": 1, "problems": (CUT,)},
            ExitCode.TRY_LATER,
            id="what ended the run before all",
        ),
    ],
)
def test_the_exit_code_tells_the_worst(facts, code):
    report = a_report(**facts)
    assert report.exit_code is code
    assert sync_json(report)["exit_code"] == int(code)
