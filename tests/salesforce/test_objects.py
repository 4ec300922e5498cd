"""Declarations of objects: bodies, fields of queries, and the records that rows become."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.salesforce.worlds import ADA, make_lead, make_task
from wasf.core.auth import UserId
from wasf.core.records import LeadChange, RecordId
from wasf.salesforce.api import RequestFailed
from wasf.salesforce.objects import (
    CONTACT,
    LEAD,
    LEAD_CHANGE_FIELDS,
    LEAD_STATUS,
    NEW_LEAD_FIELDS,
    STORED_LEAD,
    STORED_TASK,
    TASK_FIELDS,
    TASK_STATUS,
    USER,
    ReadObject,
    record_body,
    written_names,
)

LEAD_ID = RecordId("00Q5e0000000001EAA")
OWNER = UserId("0055e0000000001AAA")
ROW = {
    "Id": LEAD_ID,
    "Name": "Ada Example",
    "OwnerId": OWNER,
    "LastModifiedDate": "2026-01-05T10:00:00.000+0000",
    "Status": "Open",
}


def test_a_task_has_all_its_fields() -> None:
    at = datetime(2026, 1, 5, 11, 0, 7, 999, tzinfo=timezone(timedelta(hours=1)))
    task = replace(make_task(1, LEAD_ID, OWNER), what_id=LEAD_ID, created_at=at)
    body = record_body(TASK_FIELDS, task, Key__c="k")
    assert list(body) == [*written_names(TASK_FIELDS), "Key__c"]
    assert body["CreatedDate"] == "2026-01-05T10:00:07.000Z"


def test_a_task_that_is_related_to_nothing_names_nothing() -> None:
    """Nor does it name a CreatedDate if it is that of its writing."""
    body = record_body(TASK_FIELDS, make_task(1, LEAD_ID, OWNER))
    assert {*written_names(TASK_FIELDS)} - body.keys() == {"WhatId", "CreatedDate"}


def test_a_new_lead_has_the_fields_that_have_content() -> None:
    lead = make_lead("Example", ADA, OWNER)
    assert set(record_body(NEW_LEAD_FIELDS, lead)) == {*written_names(NEW_LEAD_FIELDS)} - {
        "FirstName"
    }
    whole = record_body(NEW_LEAD_FIELDS, replace(lead, first_name="Ada"))
    assert list(whole) == list(written_names(NEW_LEAD_FIELDS))


def test_a_change_has_the_fields_that_change() -> None:
    change = LeadChange(LEAD_ID, datetime(2026, 1, 5, tzinfo=UTC), description="")
    assert record_body(LEAD_CHANGE_FIELDS, change, Link__c=None) == {"Description": ""}


def test_a_row_becomes_a_record_with_what_the_user_may_see() -> None:
    lead = LEAD.parse(ROW, link="x")
    assert (lead.name, lead.phones, lead.description, lead.link) == ("Ada Example", (), "", "x")
    seen = LEAD.parse({**ROW, "MobilePhone": ADA, "Description": "See"})
    assert (seen.phones, seen.description) == ((ADA,), "See")


def test_a_row_without_what_is_always_read_is_not_understood() -> None:
    with pytest.raises(RequestFailed):
        LEAD.parse({name: value for name, value in ROW.items() if name != "OwnerId"})


@pytest.mark.parametrize(
    "declared", [CONTACT, LEAD, USER, LEAD_STATUS, TASK_STATUS], ids=lambda one: one.name
)
def test_every_attribute_of_a_record_is_declared(declared: ReadObject[object]) -> None:
    attributes = {one.name for one in fields(declared.record)}  # type: ignore[arg-type]
    names = {*declared.fields, *declared.optional, *(["phones"] if declared.phones else [])}
    assert attributes - names == ({"link"} if declared is LEAD else set())


@pytest.mark.parametrize("declared", [STORED_TASK, STORED_LEAD], ids=lambda one: one.name)
def test_what_is_read_back_says_whether_somebody_changed_it(
    declared: ReadObject[object],
) -> None:
    assert {"CreatedDate", "LastModifiedById"} <= set(declared.names)
