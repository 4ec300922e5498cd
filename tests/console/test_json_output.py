"""The JSON of commands: schema 2, word for word, and figures that add up (W1)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes_sources import written
from wasf.commands.status import read_status
from wasf.commands.sync.report import ChatReport, MessageCounts, Record, SyncReport
from wasf.console import error_json, status_json, sync_json
from wasf.core.chats import ChatId, NotUnderstood, Phone
from wasf.core.records import RecordId, RecordType
from wasf.errors import TryLater, UnreadableFile
from wasf.interfaces import ApiUsage, InboxCounts, Unreadable
from wasf.sources import CHAT_APIS, known_providers
from wasf.store.ledger import RunId

RUN = RunId("20260303T090000Z-1")
URL = "https://example.my.salesforce.com"
CUT = Unreadable("cut.txt", UnreadableFile("cut.txt is cut.", "export it again"))
numbers = st.integers(0, 10_000)
tallies = st.builds(MessageCounts, numbers, numbers, numbers, numbers)


def a_report(*chats: ChatReport, **facts) -> SyncReport:
    return SyncReport(**{"run": RUN, "dry_run": False, "chats": chats} | facts)


@given(some=st.lists(tallies, max_size=5))
def test_w1_the_figures_add_up(some):
    report = a_report(*(ChatReport("Ada", counts) for counts in some))
    value = sync_json(report)
    figures = value["messages"]
    read = figures.pop("read")
    assert sum(figures.values()) == read == sum(chat["messages"] for chat in value["chats"])
    for name, count in figures.items():
        assert sum(chat[name] for chat in value["chats"]) == count


def test_the_json_of_a_run():
    record = Record(RecordType.LEAD, RecordId("00Q1"), "https://example.com/00Q1", "Ada Example")
    ada = ChatReport(
        "Ada",
        MessageCounts(logged=2, waiting=1),
        ChatId("ada"),
        record,
        "refused",
        "fix it",
        2,
        (NotUnderstood(3, 4, "no date"),),
        2,
        5,
        ("+1h",),
        3,
        number=Phone("+491713920012"),
    )
    group = ChatReport("Bikes", MessageCounts(skipped=4), reason="a group chat", notices=4)
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
    value = json.loads(json.dumps(sync_json(report)))
    assert value == {
        "schema": 2,
        "run": RUN,
        "dry_run": False,
        "exit_code": 75,
        "messages": {"read": 7, "logged": 2, "already_logged": 0, "waiting": 1, "skipped": 4},
        "notices": 7,
        "tasks_created": 2,
        "leads": {"created": 1, "reopened": 3},
        "files_uploaded": 4,
        "api_calls": 7,
        "chats": [
            {
                "chat": "Ada",
                "number": None,
                "id": "ada",
                "record": {
                    "type": "Lead",
                    "id": "00Q1",
                    "url": "https://example.com/00Q1",
                    "name": "Ada Example",
                },
                "state": "waiting",
                "reason": "refused",
                "hint": "fix it",
                "messages": 3,
                "logged": 2,
                "already_logged": 0,
                "waiting": 1,
                "skipped": 0,
                "tasks": 2,
                "changed": 5,
                "time_shifts": ["+1h"],
                "refusal": None,
                "notices": 3,
                "lines_not_understood": [{"first": 3, "last": 4, "reason": "no date"}],
            },
            {
                "chat": "Bikes",
                "number": None,
                "id": None,
                "record": None,
                "state": "skipped",
                "reason": "a group chat",
                "hint": None,
                "messages": 4,
                "logged": 0,
                "already_logged": 0,
                "waiting": 0,
                "skipped": 4,
                "tasks": 0,
                "changed": 0,
                "time_shifts": [],
                "refusal": None,
                "notices": 4,
                "lines_not_understood": [],
            },
        ],
        "problems": [
            {"origin": "cut.txt", "message": "cut.txt is cut.", "hint": "export it again"}
        ],
        "notes": ["note"],
        "error": {"exit_code": 75, "message": "busy", "hint": "later"},
    }


@pytest.mark.parametrize(("dry_run", "shown"), [(True, "+447700900123"), (False, None)])
def test_the_number_of_a_chat_is_in_no_log_of_cron(dry_run, shown):
    chat = ChatReport("Ada", MessageCounts(), number=Phone("+447700900123"))
    assert sync_json(a_report(chat, dry_run=dry_run))["chats"][0]["number"] == shown


def test_the_json_of_an_error():
    assert error_json(CUT.error) == {
        "schema": 2,
        "error": {"exit_code": 65, "message": "cut.txt is cut.", "hint": "export it again"},
    }


def test_the_json_of_a_status(stage):
    stage.ada()
    stage.sync(written("one"), written("two", title="Cleo Muster", phone=None))
    stage.ledger.facts.save_api_usage(ApiUsage(12, 15_000), stage.now)
    found = read_status(
        stage.ledger,
        URL,
        "sam@example.com",
        stage.policy,
        apis=[one.facts for one in known_providers() if one.api],
    )
    value = json.loads(json.dumps(status_json(found)))
    now = "2026-03-03T09:00:00+00:00"
    [waits] = value.pop("waiting")
    assert (waits["chat"], waits["messages"]) == ("Cleo Muster", 1)
    assert waits["reason"]
    assert waits["hint"]
    assert value == {
        "schema": 2,
        "connected": {"instance_url": URL, "username": "sam@example.com"},
        "last_sync": {
            "run": "20260303T090000Z-1",
            "started": now,
            "finished": now,
            "logged": 1,
        },
        "sources": {"export": now},
        "chats": 2,
        "messages": {"logged": 1, "waiting": 1, "in_doubt": 0},
        "files_waiting": 0,
        "approval": {"waiting": 0, "skipped": 0, "skip_rules": 0},
        "key": {"field": "WhatsApp_Message_Key__c", "unique": True},
        "api": {"used": 12, "limit": 15_000, "at": now},
        **dict.fromkeys(CHAT_APIS),
        "disconnected": [],
        "reports": [],
        "webhooks": None,
        "runs": [],
        "last_failure": None,
        "batch_limit": None,
        "stopped": None,
        "refused_answer_tasks": [],
        "jobs": [],
    }


def test_the_json_of_what_waits_in_the_inbox(stage):
    counts = InboxCounts(3, {"call:whispered": 2, "no JSON": 1})
    assert status_json(read_status(stage.ledger, URL, "", stage.policy, counts))["webhooks"] == {
        "waiting": 3,
        "not_understood": {"call:whispered": 2, "no JSON": 1},
    }
