"""W1: the report adds up, for people and for programs, and its exit code tells the worst."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.commands.sync.importer import ImportProblem
from wasf.commands.sync.report import (
    ChatReport,
    ChatState,
    Record,
    SyncReport,
    Tally,
    error_as_json,
    report_as_json,
)
from wasf.core.chats import ChatId, NotUnderstood
from wasf.core.records import RecordId, RecordType
from wasf.errors import ExitCode, MissingFile, TryLater, UnreadableFile
from wasf.store.ledger import RunId

RUN = RunId("20260303T090000Z-1")
numbers = st.integers(0, 10_000)
tallies = st.builds(Tally, numbers, numbers, numbers, numbers)


def a_report(*chats: ChatReport, **facts) -> SyncReport:
    return SyncReport(**{"run": RUN, "dry_run": False, "chats": chats} | facts)


@given(some=st.lists(tallies, max_size=5))
def test_w1_the_figures_add_up(some):
    report = a_report(*(ChatReport("Ada", tally) for tally in some))
    value = report_as_json(report)
    figures = value["messages"]
    read = figures.pop("read")
    assert sum(figures.values()) == read == sum(chat["messages"] for chat in value["chats"])
    for name, count in figures.items():
        assert sum(chat[name] for chat in value["chats"]) == count


@pytest.mark.parametrize(
    ("tally", "state"),
    [
        (Tally(logged=3), ChatState.LOGGED),
        (Tally(already_logged=3), ChatState.LOGGED),
        (Tally(logged=3, waiting=1, skipped=1), ChatState.WAITING),
        (Tally(skipped=2), ChatState.SKIPPED),
        (Tally(skipped=2, already_logged=1), ChatState.LOGGED),
        (Tally(skipped=2, logged=1), ChatState.LOGGED),
        (Tally(), ChatState.LOGGED),
    ],
)
def test_the_state_of_a_chat_is_what_still_needs_somebody(tally, state):
    assert ChatReport("Ada", tally).state is state


CUT = ImportProblem("cut.txt", UnreadableFile("cut.txt is cut.", "export it again"))
GONE = ImportProblem("gone.txt", MissingFile("gone.txt is not there."))


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
    assert report_as_json(report)["exit_code"] == int(code)


def test_the_json_of_a_run():
    record = Record(RecordType.LEAD, RecordId("00Q1"), "https://example.com/00Q1", "Ada Example")
    ada = ChatReport(
        "Ada",
        Tally(logged=2, waiting=1),
        ChatId("ada"),
        record,
        "refused",
        "mend it",
        2,
        (NotUnderstood(3, 4, "no date"),),
        2,
        5,
        ("+1h",),
    )
    group = ChatReport("Bikes", Tally(skipped=4), reason="a group chat")
    report = a_report(
        ada,
        group,
        problems=(CUT,),
        tasks_created=2,
        leads_created=1,
        leads_reopened=3,
        files_uploaded=4,
        api_calls=7,
        notes=("note",),
        error=TryLater("busy", "later"),
    )
    value = json.loads(json.dumps(report_as_json(report)))
    assert value == {
        "schema": 1,
        "run": RUN,
        "dry_run": False,
        "exit_code": 75,
        "messages": {"read": 7, "logged": 2, "already_logged": 0, "waiting": 1, "skipped": 4},
        "tasks_created": 2,
        "leads": {"created": 1, "reopened": 3},
        "files_uploaded": 4,
        "api_calls": 7,
        "chats": [
            {
                "chat": "Ada",
                "id": "ada",
                "record": {
                    "type": "Lead",
                    "id": "00Q1",
                    "url": "https://example.com/00Q1",
                    "name": "Ada Example",
                },
                "state": "waiting",
                "reason": "refused",
                "remedy": "mend it",
                "messages": 3,
                "logged": 2,
                "already_logged": 0,
                "waiting": 1,
                "skipped": 0,
                "tasks": 2,
                "changed": 5,
                "time_shifts": ["+1h"],
                "lines_not_understood": [{"first": 3, "last": 4, "reason": "no date"}],
            },
            {
                "chat": "Bikes",
                "id": None,
                "record": None,
                "state": "skipped",
                "reason": "a group chat",
                "remedy": None,
                "messages": 4,
                "logged": 0,
                "already_logged": 0,
                "waiting": 0,
                "skipped": 4,
                "tasks": 0,
                "changed": 0,
                "time_shifts": [],
                "lines_not_understood": [],
            },
        ],
        "problems": [
            {"origin": "cut.txt", "sentence": "cut.txt is cut.", "hint": "export it again"}
        ],
        "notes": ["note"],
        "error": {"exit_code": 75, "sentence": "busy", "hint": "later"},
    }


def test_the_json_of_an_error():
    assert error_as_json(CUT.error) == {
        "exit_code": 65,
        "sentence": "cut.txt is cut.",
        "hint": "export it again",
    }
