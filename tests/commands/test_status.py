"""`wasf status`: what the ledger knows, without asking Salesforce."""

import json
from datetime import UTC

import pytest

from tests.commands.stage import Stage
from tests.fakes import Loss
from tests.fakes_sources import written
from wasf.commands.status import read_status, status_as_json, status_lines
from wasf.interfaces import ApiUsage, InboxCounts
from wasf.sources.files import FileSource
from wasf.sources.timelines import TimelinesSource
from wasf.sources.webhooks.source import InboxSource

URL = "https://example.my.salesforce.com"


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def status(stage: Stage):
    return read_status(stage.ledger, URL, "sam@example.com")


def test_of_a_new_ledger(stage):
    found = status(stage)
    assert (found.instance_url, found.username) == (URL, "sam@example.com")
    assert (found.last_run, found.synced, found.usage, found.usage_at) == (None, (), None, None)
    assert (found.chats, found.logged, found.waiting, found.in_doubt) == (0, 0, (), 0)
    value = status_as_json(found)
    assert (value["last_sync"], value["api"], value["waiting"]) == (None, None, [])


def test_w2_what_waits_is_listed_with_its_reason_and_what_settles_it(stage):
    stage.ada()
    report = stage.sync(
        written("one", "two"),
        written("three", title="Cleo Muster", phone=None),
    )
    found = status(stage)
    [waits] = found.waiting
    assert (waits.title, waits.messages) == ("Cleo Muster", 1)
    assert (waits.reason, waits.hint) == (report.chats[1].reason, report.chats[1].hint)
    assert (found.chats, found.logged) == (2, 2)
    assert found.last_run.id == report.run
    assert found.synced == (("export", stage.now),)


def test_what_was_read_and_never_tried_says_so(stage):
    steps = iter(range(20))
    while not stage.waiting():
        stage.crash(next(steps), written("one"))
    [waits] = status(stage).waiting
    assert (waits.reason, waits.hint) == ("not tried yet", "wasf sync")


def test_what_is_in_doubt_is_counted(stage):
    stage.ada()
    stage.org.fail_batch(1, Loss.LOST_AFTER)
    stage.sync(written("one", "two"))
    assert status(stage).in_doubt == 2


def test_the_calls_of_the_org_are_remembered(stage):
    stage.ledger.facts.save_api_usage(ApiUsage(12, 15_000), stage.now)
    found = status(stage)
    assert (found.usage, found.usage_at) == ((12, 15_000), stage.now)


def test_the_json_of_a_status(stage):
    stage.ada()
    stage.sync(written("one"), written("two", title="Cleo Muster", phone=None))
    stage.ledger.facts.save_api_usage(ApiUsage(12, 15_000), stage.now)
    value = json.loads(json.dumps(status_as_json(status(stage))))
    now = "2026-03-03T09:00:00+00:00"
    [waits] = value.pop("waiting")
    assert (waits["chat"], waits["messages"]) == ("Cleo Muster", 1)
    assert waits["reason"]
    assert waits["remedy"]
    assert value == {
        "schema": 1,
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
        "key": {"field": "WhatsApp_Message_Key__c", "unique": True},
        "api": {"used": 12, "limit": 15_000, "at": now},
        "timelines": None,
        "disconnected": [],
        "webhooks": None,
    }


def test_what_waits_in_the_inbox_is_told(stage):
    counts = InboxCounts(3, {"call:whispered": 2, "no JSON": 1})
    found = read_status(stage.ledger, URL, "", counts)
    lines = [line for line in status_lines(found, UTC) if line.startswith("Webhooks")]
    assert lines == [
        "Webhooks that wait for wasf listen: 3.",
        "Webhooks that are kept and were not understood: 2 of call:whispered, 1 of no JSON.",
    ]
    assert status_as_json(found)["webhooks"] == {
        "waiting": 3,
        "not_understood": {"call:whispered": 2, "no JSON": 1},
    }
    empty = status_lines(read_status(stage.ledger, URL, "", InboxCounts()), UTC)
    assert not [line for line in empty if "Webhooks" in line]


def test_every_source_that_is_synced_is_shown(stage):
    kinds = {FileSource((), None).kind, TimelinesSource.kind, InboxSource.kind}  # type: ignore[arg-type]
    for kind in kinds:
        stage.ledger.facts.save_last_synced(kind, stage.now)
    assert status(stage).synced == tuple((kind, stage.now) for kind in sorted(kinds))
