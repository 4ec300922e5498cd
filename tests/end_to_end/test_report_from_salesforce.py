"""`wasf report --from-salesforce`: what a second machine logged into the same org counts, too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.end_to_end.program import ADA, ADA_PHONE, START, Chats, Record, Wasf, assert_told
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg
from wasf.salesforce import MESSAGE_FIELDS

SAM = "Sam Seller"
BEN = "+44 7700 900480"
EVENING = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
FIELDS = ", ".join(f"{name}={text}" for name, text in MESSAGE_FIELDS.items())


@pytest.fixture
def wasf(wasf: Wasf, org: LocalOrg) -> Wasf:
    """This machine, in an org with the fields that tell of a message."""
    org.add_user(LastName="Seller", Email="sam@example.com")
    org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    assert wasf.run("doctor", "--install-fields", "--yes").code == 0
    wasf.set(me=SAM, owner="sam@example.com")
    return wasf


@pytest.fixture
def other(wasf: Wasf, org: LocalOrg, tmp_path: Path) -> Wasf:
    """Another machine with the same settings and a ledger of its own."""
    machine = Wasf(org, tmp_path / "other")
    machine.set(me=SAM, owner="sam@example.com", task_fields=FIELDS)
    return machine


def talk(chats: Chats, title: str, *lines: tuple[int, str]) -> Path:
    """The export of a chat: minutes after ten, and who wrote then."""
    said = [Said(START + timedelta(minutes=at), who, f"at {at}") for at, who in lines]
    return chats.of(title, said)


def group(told: Record) -> Record:
    [found] = told["groups"]
    return found


def test_what_another_machine_logged_counts(wasf: Wasf, other: Wasf, chats: Chats) -> None:
    wasf.sync(talk(chats, ADA, (0, ADA), (20, SAM)))
    other.sync(talk(chats, BEN, (30, BEN), (35, SAM), (40, BEN)))

    alone = wasf.run("report", "--json").json
    both = wasf.run("report", "--from-salesforce", "--json").json

    assert (alone["from_salesforce"], group(alone)["messages_in"]) == (None, 1)
    assert both["from_salesforce"] == {
        "tasks": 3, "several": 0, "messages_untold": 0, "without_fields": 0,
    }  # fmt: skip
    found = group(both)
    assert (found["group"], found["chats"]) == ("sam@example.com", 2)
    assert (found["messages_in"], found["messages_out"]) == (3, 2)
    assert found["answers"] == {"count": 2, "median_s": 750, "p90_s": 1200, "within_sla": None}
    [waits] = both["waiting"]
    assert (waits["name"], waits["since"]) == (BEN, "2026-03-02T10:40:00+01:00")
    assert "/lightning/r/Lead/00Q" in waits["record"]


def test_all_forms_have_it(wasf: Wasf, other: Wasf, chats: Chats, tmp_path: Path) -> None:
    other.sync(talk(chats, BEN, (30, BEN), (35, SAM)))
    table, page = tmp_path / "report.csv", tmp_path / "report.html"
    shown = wasf.run("report", "--by", "chat", "--from-salesforce", "--csv", table, "--html", page)
    told = "Of other machines: 2 Tasks in Salesforce, counted above."
    assert told in shown.out
    assert told in page.read_text("utf-8")
    assert BEN in page.read_text("utf-8")
    assert f"{BEN},1,1,1,0,1,300,300,,1,300,300," in table.read_text("utf-8").replace("'+", "+")


def test_what_both_machines_know_counts_once(wasf: Wasf, other: Wasf, chats: Chats) -> None:
    path = talk(chats, ADA, (0, ADA), (20, SAM), (30, ADA))
    wasf.sync(path)
    other.sync(path)
    other.sync(talk(chats, ADA, (0, ADA), (20, SAM), (30, ADA), (50, SAM)))

    told = wasf.run("report", "--from-salesforce", "--json").json

    found = group(told)
    assert (found["chats"], found["messages_in"], found["messages_out"]) == (1, 2, 2)
    assert (found["first_answers"]["count"], found["answers"]["count"]) == (1, 2)
    assert told["from_salesforce"]["tasks"] == 1
    assert told["waiting"] == [], "the other machine knows the answer"


def test_an_undone_task_that_another_machine_logged_again_counts_once(
    wasf: Wasf, other: Wasf, chats: Chats
) -> None:
    path = talk(chats, ADA, (0, ADA))
    wasf.sync(path)
    wasf.run("undo", "--yes")
    other.sync(path)
    assert group(wasf.run("report", "--from-salesforce", "--json").json)["messages_in"] == 1


def test_only_the_period_is_read(wasf: Wasf, other: Wasf, org: LocalOrg, chats: Chats) -> None:
    other.sync(talk(chats, BEN, (0, BEN), (5, SAM), (60, BEN), (70, SAM), (80, BEN)))
    period = ("--since", "2026-03-02 11:00", "--until", "2026-03-02 11:15")

    told = wasf.run("report", *period, "--from-salesforce", "--json").json

    found = group(told)
    assert (found["messages_in"], found["messages_out"], found["answers"]["count"]) == (1, 1, 1)
    assert told["from_salesforce"]["tasks"] == 2
    assert found["first_answers"]["count"] == 0, "nothing is known of the time before"
    assert [one["since"][11:16] for one in told["waiting"]] == ["11:20"], "as of now"
    asked = [seen.path for seen in org.requests if "WhatsApp_Sent_At__c" in seen.path]
    assert all("2026-03-02T10:00:00Z" in one.replace("%3A", ":") for one in asked[-1:])


def test_tasks_of_several_messages_tell_their_first_one_only(
    wasf: Wasf, other: Wasf, chats: Chats
) -> None:
    other.set(frequency="24h")
    other.sync(talk(chats, BEN, (0, BEN), (5, SAM), (9, BEN)))
    wasf.sync(talk(chats, ADA, (0, ADA), (20, SAM)))

    told = wasf.run("report", "--from-salesforce", "--json").json

    found = group(told)
    assert told["from_salesforce"] == {
        "tasks": 1, "several": 1, "messages_untold": 2, "without_fields": 0,
    }  # fmt: skip
    assert (found["chats"], found["messages_in"], found["messages_out"]) == (2, 2, 1)
    assert found["answers"]["count"] == 1
    assert told["waiting"] == [], "whether Ben waits is not known"
    shown = wasf.run("report", "--from-salesforce").out
    assert "1 Task of several messages: only the first counts, 2 messages left out." in shown


def test_a_growing_task_counts_as_its_first_message_however_it_grew(
    wasf: Wasf, other: Wasf, chats: Chats
) -> None:
    other.set(frequency="24h", group_write="open", task_language="ar")
    lines = [(0, BEN), (5, SAM), (9, BEN)]
    with time_machine.travel(EVENING, tick=False) as clock:
        for count in (1, 2, 3):
            clock.shift(60)
            other.sync(talk(chats, BEN, *lines[:count]))
            told = wasf.run("report", "--from-salesforce", "--json").json
            assert len(wasf.rows("Task")) == 1
            assert told["from_salesforce"]["several"] == (count > 1)
            assert told["from_salesforce"]["messages_untold"] == count - 1
            assert (group(told)["messages_in"], len(told["waiting"])) == (1, int(count == 1))


def test_tasks_without_the_fields_are_named(wasf: Wasf, other: Wasf, chats: Chats) -> None:
    other.set(task_fields="")
    other.sync(talk(chats, BEN, (0, BEN), (5, SAM)))

    for period in ((), ("--since", "2026-03-02")):
        told = wasf.run("report", "--from-salesforce", *period, "--json").json
        assert told["groups"] == []
        assert told["from_salesforce"]["without_fields"] == 2
    later = wasf.run("report", "--from-salesforce", "--since", "2026-03-03", "--json").json
    assert later["from_salesforce"]["without_fields"] == 0


def test_fields_of_the_teams_own_are_read(wasf: Wasf, other: Wasf, chats: Chats) -> None:
    wasf.set(task_fields="WhatsApp_Sent_At__c={sent_at}, Subject__c={direction}")
    other.sync(talk(chats, BEN, (0, BEN)))
    told = wasf.run("report", "--from-salesforce", "--json").json
    assert told["from_salesforce"]["tasks"] == 1, "what the setting lacks has its usual name"


def test_an_org_without_the_fields_says_what_is_missing(
    org: LocalOrg, home: Path, chats: Chats
) -> None:
    machine = Wasf(org, home)
    result = machine.run("report", "--from-salesforce")
    assert result.code == 78
    assert_told(result, "when a message was written", "who wrote it", "--install-fields")


def test_without_the_option_salesforce_is_asked_nothing(wasf: Wasf, org: LocalOrg) -> None:
    assert wasf.run("report").code == 0, "the first time it asks which org this is"
    before = len(org.requests)
    assert wasf.run("report").code == 0
    assert len(org.requests) == before


def test_it_is_read_in_pages(wasf: Wasf, other: Wasf, org: LocalOrg, chats: Chats) -> None:
    lines = [(n, (BEN, SAM)[n % 2]) for n in range(30)]
    other.sync(talk(chats, BEN, *lines))
    org.set(page_size=8)
    told = wasf.run("report", "--from-salesforce", "--json").json
    assert told["from_salesforce"]["tasks"] == 30
    assert len([seen for seen in org.requests if "/queryAll/" in seen.path]) == 3
