"""Triggers that throw, flows, locks, full storage and limits of the org of tests."""

import threading

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

WRAPPER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


@pytest.fixture
def contact(org: LocalOrg) -> str:
    return org.add_contact(LastName="Example")


def insert(api: Api, who: str, *texts: str, **fields: str) -> list[dict]:
    """The results of one call that inserts a Task for each text."""
    records = [
        {"attributes": {"type": "Task"}, "WhoId": who, "Description": text, **fields}
        for text in texts
    ]
    return api.post("composite/sobjects", {"allOrNone": False, "records": records}).json()


def codes(results: list[dict]) -> list[str]:
    return [row["errors"][0]["statusCode"] if row["errors"] else "" for row in results]


def test_a_trigger_that_takes_two_records(org: LocalOrg, api: Api, contact: str) -> None:
    org.add_trigger(most_rows=2)
    results = insert(api, contact, "a", "b", "c")
    assert codes(results) == [WRAPPER] * 3
    assert results[0]["errors"][0]["message"] == (
        "TaskRollup: execution of AfterInsert\n\ncaused by: System.LimitException: "
        "Too many SOQL queries: 101\n\n(System Code)"
    )
    assert org.count("Task") == 0
    assert codes(insert(api, contact, "a", "b")) == ["", ""]


@pytest.mark.parametrize(
    ("is_flow", "code", "words"),
    [
        (False, WRAPPER, "Trigger.TaskTrigger: line 12, column 1"),
        (True, "CANNOT_EXECUTE_FLOW_TRIGGER", "the “TaskTrigger” process failed"),
    ],
    ids=["trigger", "flow"],
)
def test_a_poison_record(
    org: LocalOrg, api: Api, contact: str, is_flow: bool, code: str, words: str
) -> None:
    org.add_trigger(name="TaskTrigger", poison="note 7", is_flow=is_flow)
    results = insert(api, contact, "fine", "note 7", "fine too")
    assert codes(results) == [code] * 3
    assert words in results[0]["errors"][0]["message"]
    assert codes(insert(api, contact, "fine", "fine too")) == ["", ""]


def test_a_lock_goes_away(org: LocalOrg, api: Api, contact: str) -> None:
    other = org.add_contact(LastName="Other")
    org.lock(contact)
    assert codes(insert(api, contact, "a")) == ["UNABLE_TO_LOCK_ROW"]
    assert codes(insert(api, contact, "a")) == [""]
    org.lock(other, in_trigger=True)
    (result,) = insert(api, other, "a")
    assert result["errors"][0]["statusCode"] == WRAPPER
    assert "UNABLE_TO_LOCK_ROW" in result["errors"][0]["message"]


def test_full_storage(org: LocalOrg, api: Api, contact: str) -> None:
    org.fill_storage(2)
    assert codes(insert(api, contact, "a", "b", "c")) == ["", "", "STORAGE_LIMIT_EXCEEDED"]
    assert api.get("limits").json()["DataStorageMB"] == {"Max": 5, "Remaining": 0}
    org.delete(org.rows("Task")[0]["Id"])
    assert codes(insert(api, contact, "c")) == [""]


def test_what_describe_does_not_say(org: LocalOrg, api: Api, contact: str) -> None:
    org.add_field("Task", "Channel__c")
    org.set(required_by_trigger=["Task.Channel__c"])
    (result,) = insert(api, contact, "a")
    assert result["errors"] == [{
        "statusCode": "REQUIRED_FIELD_MISSING", "fields": ["Channel__c"],
        "message": "Required fields are missing: [Channel__c]",
    }]  # fmt: skip
    assert codes(insert(api, contact, "a", Channel__c="x")) == [""]


def test_a_picklist_that_is_restricted(org: LocalOrg, api: Api) -> None:
    org.change_field("Lead", "LeadSource", restricted=True, values=["Web", "Other"])
    lead = {"LastName": "Example", "Company": "Example Ltd"}
    problem = api.refused("Lead", **lead, LeadSource="WhatsApp")
    assert problem["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    api.create("Lead", **lead, LeadSource="Web")


def test_an_owner_without_access(org: LocalOrg, api: Api, contact: str) -> None:
    other = org.add_user(LastName="Yo", Email="yo@example.com")
    org.set(no_access=[other])
    refused = ["INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"]
    assert codes(insert(api, contact, "a", OwnerId=other)) == refused
    assert codes(insert(api, contact, "a")) == [""]


def test_a_flow_touches_tasks_afterwards(org: LocalOrg, api: Api, contact: str) -> None:
    robot = org.add_user(LastName="Flow", Email="f@example.com", UserType="AutomatedProcess")
    org.add_task_flow(user=robot, changes={"Priority": "High"})
    insert(api, contact, "a")
    (row,) = org.rows("Task")
    assert (row["Priority"], row["LastModifiedById"]) == ("High", robot)
    assert row["CreatedDate"] < row["LastModifiedDate"] == row["SystemModstamp"]


def test_too_many_requests_at_once(org: LocalOrg, api: Api, contact: str) -> None:
    org.fail("api-limit", path="composite", message="ConcurrentPerOrgLongTxn Limit exceeded.")
    (problem,) = insert(api, contact, "a")
    assert problem["message"] == "ConcurrentPerOrgLongTxn Limit exceeded."


def test_two_calls_at_once_for_a_record_are_counted(org: LocalOrg, api: Api, contact: str) -> None:
    insert(api, contact, "a")
    insert(api, contact, "b")
    assert org.overlaps == 0
    org.latency(300)
    calls = [threading.Thread(target=insert, args=(api, contact, "c")) for _ in range(2)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert org.overlaps == 1
