"""`wasf status`: what the ledger knows, without asking Salesforce."""

from tests.commands.world import Stage
from tests.fakes import Loss
from tests.fakes_sources import written
from wasf.commands.status import read_status
from wasf.console import status_json
from wasf.interfaces import ApiUsage
from wasf.sources import known_providers
from wasf.sources.files import FileSource
from wasf.sources.inbox import InboxSource
from wasf.sources.timelines.api import TimelinesSource

URL = "https://example.my.salesforce.com"


def status(stage: Stage):
    return read_status(
        stage.ledger,
        URL,
        "sam@example.com",
        stage.policy,
        apis=[one.facts for one in known_providers() if one.api],
    )


def test_of_a_new_ledger(stage):
    found = status(stage)
    assert (found.instance_url, found.username) == (URL, "sam@example.com")
    assert (found.last_run, found.synced, found.usage) == (None, (), None)
    assert (found.chats, found.logged, found.waiting, found.in_doubt) == (0, 0, (), 0)
    value = status_json(found)
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
    assert found.usage == (ApiUsage(12, 15_000), stage.now)


def test_every_source_that_is_synced_is_shown(stage) -> None:
    kinds = {FileSource((), None).kind, TimelinesSource.kind, InboxSource.kind}  # type: ignore[arg-type]
    for kind in kinds:
        stage.ledger.facts.save_last_synced(kind, stage.now)

    assert {kind for kind, _ in status(stage).synced} == kinds
