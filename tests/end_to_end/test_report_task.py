"""`report.task`: a Task for who waits, in an org whose rules hold."""

import pytest

from tests.end_to_end.program import ADA_PHONE, START, Chats, Record, Wasf
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

SAM = "Sam Seller"


@pytest.fixture
def waits(wasf: Wasf, org: LocalOrg) -> Wasf:
    """A Contact whose chat waits for longer than the setting says."""
    org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    wasf.set(report_task="24h", me=SAM, timezone="Europe/Berlin")
    return wasf


def says(chats: Chats, *who: str) -> object:
    said = [Said(START.replace(minute=at), one, f"at {at}") for at, one in enumerate(who)]
    return chats.of(ADA_PHONE, said)


def asking(wasf: Wasf) -> list[Record]:
    return [one for one in wasf.rows("Task") if str(one["Subject"]).startswith("Answer")]


def test_it_is_opened_once_and_closed_when_the_chat_is_answered(
    waits: Wasf, org: LocalOrg, chats: Chats
) -> None:
    result = waits.sync(says(chats, ADA_PHONE, ADA_PHONE))
    [task] = asking(waits)
    shown = (task["Subject"], task["Status"], task["IsClosed"])
    assert shown == ("Answer Ada Example", "Not Started", False)
    assert "report.task opens 1 Task for chats that wait for an answer" in result.json["notes"]
    before = len(org.requests)
    waits.sync(says(chats, ADA_PHONE, ADA_PHONE))
    assert len(org.requests) == before
    assert waits.run("verify").code == 0
    waits.sync(says(chats, ADA_PHONE, ADA_PHONE, SAM))
    [task] = asking(waits)
    assert (task["Status"], task["IsClosed"]) == ("Completed", True)
    assert waits.run("verify").code == 0


def test_an_answer_that_is_lost_makes_no_second_one(
    waits: Wasf, org: LocalOrg, chats: Chats
) -> None:
    waits.set(report_task="")
    waits.sync(says(chats, ADA_PHONE))
    waits.set(report_task="24h")
    org.fail("close-after", path="composite/sobjects$")
    waits.run("sync", "--json")
    org.heal()
    waits.run("sync", "--json")
    assert len(asking(waits)) == 1


def test_without_the_setting_there_is_none(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.sync(says(chats, ADA_PHONE))
    assert asking(wasf) == []


def test_f1_t11_it_has_the_constants_of_task_fields_and_words_of_the_setting(
    waits: Wasf, chats: Chats
) -> None:
    waits.set(task_fields="CallDisposition=Waits, CallType={direction}", task_language="hi")
    waits.sync(says(chats, ADA_PHONE))
    [task] = [one for one in waits.rows("Task") if one["Status"] == "Not Started"]
    assert (task["Subject"], task["CallDisposition"], task["CallType"]) == (
        "Ada Example को उत्तर दें",
        "Waits",
        None,
    )


def test_what_the_org_refuses_rests_and_status_tells_it(
    waits: Wasf, org: LocalOrg, chats: Chats
) -> None:
    waits.set(report_task="")
    waits.sync(says(chats, ADA_PHONE))
    waits.set(report_task="24h")
    org.require_field("Task", "Why__c")
    assert waits.sync(says(chats, ADA_PHONE)).code == 0
    before = len(org.requests)
    waits.sync(says(chats, ADA_PHONE))
    assert len(org.requests) == before
    told = waits.run("status", "--json").json["refused_answer_tasks"]
    assert [(one["deed"], one["tasks"], one["code"]) for one in told] == [
        ("open", 1, "REQUIRED_FIELD_MISSING")
    ]
    assert "to open 1 Task of report.task" in waits.run("status").out


def test_a_forgotten_persons_task_is_closed_by_the_next_sync(
    waits: Wasf, org: LocalOrg, chats: Chats
) -> None:
    waits.sync(says(chats, ADA_PHONE))
    assert waits.run("forget", ADA_PHONE, "--yes").code == 0
    waits.run("sync", "--json")
    assert [one["Status"] for one in asking(waits)] == ["Completed"]
    assert waits.run("verify").code == 0


def test_undo_of_a_run_takes_its_task_and_its_lead_back(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(report_task="24h", me=SAM, timezone="Europe/Berlin")
    wasf.sync(says(chats, ADA_PHONE))
    assert (len(asking(wasf)), len(wasf.rows("Lead"))) == (1, 1)
    assert wasf.run("undo", "--yes").code == 0
    assert [wasf.rows(one) for one in ("Task", "Lead")] == [[], []]
    wasf.run("sync", "--json")
    assert wasf.rows("Task") == []
