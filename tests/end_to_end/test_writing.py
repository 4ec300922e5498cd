"""Orgs in which an admin's configuration gets in the way of writing (W7, T9, F5)."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.end_to_end.program import ADA_PHONE, PRIVATE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

INSERTS = "composite/sobjects$"


@pytest.fixture
def ada(org: LocalOrg) -> str:
    """The Contact."""
    return org.add_contact(LastName="Example", Phone=ADA_PHONE)


def inserts(org: LocalOrg) -> int:
    """How many calls of inserts there were since this was asked last."""
    count = sum(
        seen.method == "POST" and bool(re.search(INSERTS, seen.path)) for seen in org.requests
    )
    org.forget_requests()
    return count


def numbered(count: int) -> list[str]:
    return [f"note {number}" for number in range(count)]


def assert_in_order(wasf: Wasf, ada: str) -> None:
    """Ids grow in the order of the messages, and none is there twice."""
    rows = sorted(wasf.rows("Task", WhoId=ada), key=lambda row: row["Id"])
    numbers = [int(row["Description"].rpartition(" ")[2]) for row in rows]
    assert all(one < two for one, two in pairwise(numbers))


@pytest.mark.parametrize("is_flow", [False, True], ids=["trigger", "flow"])
def test_a_trigger_that_takes_twenty_at_once(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str, is_flow: bool
) -> None:
    org.add_trigger(most_rows=20, is_flow=is_flow)
    result = wasf.sync(chats.ada(*numbered(60)), "--phone", ADA_PHONE)
    assert result.messages["logged"] == len(wasf.rows("Task", WhoId=ada)) == 60
    assert inserts(org) <= 12
    assert_in_order(wasf, ada)

    [note] = result.json["notes"]
    assert "15 Tasks at once" in note
    assert "15 Tasks at once" in wasf.run("status").out
    assert "TaskRollup" in wasf.run("status").out
    more = chats.ada(*numbered(90))
    assert wasf.sync(more).messages["logged"] == 30
    assert inserts(org) == 2, "what was learned is not used at the next sync"
    assert_in_order(wasf, ada)


def test_the_size_of_calls_grows_again(wasf: Wasf, org: LocalOrg, chats: Chats, ada: str) -> None:
    org.add_trigger(most_rows=20)
    wasf.sync(chats.ada(*numbered(60)), "--phone", ADA_PHONE)
    org.set(triggers=[])
    wasf.sync(chats.ada(*numbered(4_500)))  # with eight calls under way it grows more slowly
    inserts(org)
    wasf.sync(chats.ada(*numbered(4_700)))
    assert inserts(org) == 1
    assert "Tasks at once" not in wasf.run("status").out
    assert_in_order(wasf, ada)


def test_a_poison_message_touches_no_other(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    org.add_trigger(name="TaskTrigger", poison="note 77")
    result = wasf.sync(chats.ada(*numbered(150)), "--phone", ADA_PHONE, code=3)
    assert (result.messages["logged"], result.messages["waiting"]) == (149, 1)
    assert inserts(org) <= 20
    assert_in_order(wasf, ada)
    chat = result.chat()
    for words in ("TaskTrigger", "line 12"):
        assert words in chat["reason"]
    assert "trigger" in chat["hint"]
    assert "note 77" not in chat["reason"]
    assert "line 12" in wasf.run("status").out

    assert wasf.sync(code=3).messages["waiting"] == 1
    assert inserts(org) == 1
    org.set(triggers=[])
    assert wasf.sync().messages["logged"] == 1
    assert len(set(wasf.texts(ada))) == len(wasf.texts(ada)) == 150


def test_a_trigger_that_refuses_everything_costs_few_calls(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    for number in range(40):
        org.add_contact(LastName=f"No {number}", Phone=f"+447700900{number:03}")
        chats.ada(*numbered(20), title=f"+44 7700 900{number:03}")
    org.add_trigger(poison=".")
    result = wasf.sync(chats.folder, code=3)
    assert result.messages["waiting"] == 800
    assert inserts(org) <= 50
    reasons = {chat["reason"] for chat in result.json["chats"]}
    assert all("TaskRollup" in reason for reason in reasons)
    assert wasf.sync(code=3).messages["waiting"] == 800
    assert inserts(org) == 1
    org.set(triggers=[])
    assert wasf.sync().messages["logged"] == 800


def test_one_record_whose_tasks_are_all_refused(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    """Its account breaks a rule, say; other records' Tasks in the same calls are logged."""
    other = org.add_contact(LastName="Other", Phone="+447700900124")
    org.add_trigger(poison="poison")
    poisoned = [f"poison {number}" for number in range(900)]
    chats.ada(*poisoned, title="+44 7700 900124")
    chats.ada(*numbered(50), title="+44 7700 900123")
    result = wasf.sync(chats.folder, code=3)
    assert result.messages["logged"] == len(wasf.rows("Task", WhoId=ada)) == 50
    assert wasf.rows("Task", WhoId=other) == []
    assert inserts(org) <= 45


def test_a_full_storage_stops_the_run(wasf: Wasf, org: LocalOrg, chats: Chats, ada: str) -> None:
    org.fill_storage(10)
    path = chats.ada(*numbered(1_000))
    result = wasf.sync(path, "--phone", ADA_PHONE, code=3)
    assert (result.messages["logged"], result.messages["waiting"]) == (10, 990)
    assert inserts(org) <= 2
    chat = result.chat()
    assert "storage limit exceeded" in chat["reason"]
    assert "storage is full" in chat["hint"]
    assert "storage limit exceeded" in wasf.run("status").out
    for _ in range(2):
        assert wasf.sync(code=3).messages["waiting"] == 990
        assert inserts(org) == 1
    org.fill_storage(5_000)
    assert wasf.sync().messages["logged"] == 990
    assert len(wasf.rows("Task", WhoId=ada)) == 1_000
    assert_in_order(wasf, ada)


def test_a_required_field_is_named_and_tried_once(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    org.require_field("Task", "Channel__c")
    chats.ada(*numbered(900), title="+44 7700 900123")
    result = wasf.sync(chats.folder, code=3)
    assert inserts(org) == 1
    assert result.messages["waiting"] == 900
    chat = result.chat("+44 7700 900123")
    assert "Required fields are missing: [Channel__c]" in chat["reason"]
    for words in ("Channel__c", "wasf doctor", "task.fields"):
        assert words in chat["hint"]
    assert wasf.sync(code=3).messages["waiting"] == 900
    assert inserts(org) == 1


def test_the_words_of_a_rule_on_leads(wasf: Wasf, org: LocalOrg, chat: Path) -> None:
    rule = "Every Lead needs an e-mail address (rule LD-07)."
    org.add_validation_rule("Lead", "Email", rule, None)
    result = wasf.sync(chat, code=3)
    said = result.chat("+44 7700 900123")
    assert rule in said["reason"]
    assert "create the Lead by hand" in said["hint"]
    assert "(rule LD-07)..\n" not in wasf.run("sync").out
    assert "LD-07" in wasf.run("status").out


def test_words_of_the_chat_are_left_out(wasf: Wasf, org: LocalOrg, chats: Chats, ada: str) -> None:
    rule = f"Not {PRIVATE}.\x1b[2J\n\nAsk Bob"
    org.add_validation_rule("Task", "Description", rule, PRIVATE)
    result = wasf.sync(chats.ada(PRIVATE), "--phone", ADA_PHONE, code=3)
    assert "…" in result.chat()["reason"]
    assert "Ask Bob" in result.chat()["reason"]
    assert PRIVATE not in result.chat()["reason"]


@pytest.mark.parametrize("in_trigger", [False, True], ids=["row", "trigger"])
def test_a_lock_goes_away(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str, in_trigger: bool
) -> None:
    other = org.add_contact(LastName="Other", Phone="+447700900124")
    org.lock(ada, 2, in_trigger=in_trigger)
    chats.ada(*numbered(30), title="+44 7700 900123")
    chats.ada(*numbered(30), title="+44 7700 900124")
    assert wasf.sync(chats.folder).messages["logged"] == 60
    assert inserts(org) == 3
    assert_in_order(wasf, ada)
    assert_in_order(wasf, other)
    assert "Tasks at once" not in wasf.run("status").out


@pytest.mark.parametrize(
    "words",
    [
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        "ConcurrentPerOrgLongTxn Limit exceeded.",
    ],
    ids=["requests", "long transactions"],
)
def test_too_many_at_once_is_not_the_days_limit(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str, words: str
) -> None:
    org.fail("api-limit", path=INSERTS, message=words)
    assert wasf.sync(chats.ada(*numbered(3)), "--phone", ADA_PHONE).messages["logged"] == 3
    assert len(wasf.rows("Task", WhoId=ada)) == 3


def test_too_many_at_once_for_long(wasf: Wasf, org: LocalOrg, chats: Chats, ada: str) -> None:
    org.fail("api-limit", path=INSERTS, times=0, message="ConcurrentRequests Limit exceeded.")
    result = wasf.run("sync", chats.ada(*numbered(3)), "--phone", ADA_PHONE)
    assert result.code == 75
    assert "at once" in result.err
    assert "hours" not in result.err
    org.heal()
    assert wasf.sync().messages["logged"] == 3


def test_usage_09_tasks_of_a_day_are_in_order_though_a_call_is_slow(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    org.latency(20)
    assert wasf.sync(chats.ada(*numbered(450), title="+44 7700 900123")).messages["logged"] == 450
    assert_in_order(wasf, ada)


def test_one_record_one_call_at_a_time(wasf: Wasf, org: LocalOrg, chats: Chats, ada: str) -> None:
    other = org.add_contact(LastName="Other", Phone="+447700900124")
    org.latency(20)
    org.add_trigger(most_rows=90)
    chats.ada(*numbered(1_000), title="+44 7700 900123")
    chats.ada(*numbered(700), title="+44 7700 900124")
    assert wasf.sync(chats.folder).messages["logged"] == 1_700
    assert org.overlaps == 0
    assert_in_order(wasf, ada)
    assert_in_order(wasf, other)


def test_a_lost_answer_while_calls_are_halved(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    org.add_key_field()
    org.add_trigger(most_rows=20)
    org.fail("reset-after", path=INSERTS, skip=3)
    first = wasf.run("sync", chats.ada(*numbered(200)), "--phone", ADA_PHONE)
    assert first.code == 75
    wasf.sync()
    assert len(set(wasf.texts(ada))) == len(wasf.texts(ada)) == 200


def test_a_batch_size_of_ones_own(wasf: Wasf, org: LocalOrg, chats: Chats, ada: str) -> None:
    wasf.set(batch_size="25")
    assert wasf.sync(chats.ada(*numbered(100)), "--phone", ADA_PHONE).messages["logged"] == 100
    assert inserts(org) == 4


def test_one_bad_lead_of_many(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    for number in range(30):
        chats.ada("hi", title=f"+44 7700 900{number:03}")
    org.add_trigger(name="LeadTrigger", sobject="Lead", poison="900017", poison_field="Phone")
    result = wasf.sync(chats.folder, code=3)
    assert result.json["leads"]["created"] == 29
    assert "LeadTrigger" in result.chat("+44 7700 900017")["reason"]
    org.set(triggers=[])
    assert wasf.sync().json["leads"]["created"] == 1
    assert len(wasf.rows("Lead")) == len(wasf.rows("Task")) == 30


def test_an_owner_who_may_not_own_tasks_there(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    owner = org.add_user(LastName="Yo", Email="yo@example.com")
    org.set(no_access=[owner])
    path = chats.ada(*numbered(3))
    result = wasf.sync(path, "--phone", ADA_PHONE, "--owner", "yo@example.com")
    assert {row["OwnerId"] for row in wasf.rows("Task", WhoId=ada)} == {org.user_id}
    assert result.messages["logged"] == 3
    [note] = result.json["notes"]
    assert "yo@example.com" in note

    org.set(no_access=[owner, org.user_id])
    more = wasf.sync(chats.ada(*numbered(5)), "--owner", "yo@example.com", code=3)
    assert more.messages["waiting"] == 2
    assert "shares the record" in more.chat()["hint"]


def test_a_task_that_is_there_and_cannot_be_seen(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    """Its key is refused as a duplicate; the id of its record is not told."""
    org.add_key_field()
    org.fail("reset-after", path=INSERTS)
    path = chats.ada(*numbered(3))
    assert wasf.run("sync", path, "--phone", ADA_PHONE).code == 75
    tasks = [row["Id"] for row in wasf.rows("Task")]
    org.set(private_records=tasks)
    words = "duplicate value found: WhatsApp_Message_Key__c duplicates value on record with id: "
    org.fail(
        "row-errors", path=INSERTS, times=0, rows=[0, 1, 2], code="DUPLICATE_VALUE",
        message=f"{words}<unknown>",
    )  # fmt: skip
    wasf.sync()
    assert [row["Id"] for row in wasf.rows("Task")] == tasks
    assert wasf.run("status", "--json").json["messages"]["logged"] == 3
    assert wasf.run("verify").code == 0


def test_a_large_dry_run_says_what_it_costs(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    path = chats.ada(*numbered(1_500))
    [note] = wasf.sync(path, "--phone", ADA_PHONE, "--dry-run").json["notes"]
    for words in ("1,500 Tasks", "3 MB", "8 API calls", "frequency 24h"):
        assert words in note
    wasf.set(frequency="24h")
    assert wasf.sync(path, "--phone", ADA_PHONE, "--dry-run").json["notes"] == []
