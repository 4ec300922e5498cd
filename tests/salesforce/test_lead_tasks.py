"""Leads made together with their first Tasks: all or nothing, and in no more calls."""

from dataclasses import replace

import pytest

from tests.salesforce.test_leads import many_leads
from tests.salesforce.worlds import ADA, BEN, adapter, make_lead, make_task, timeouts_with
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import UserId
from wasf.core.records import RecordId
from wasf.core.refusals import RecordRefusal
from wasf.errors import LedgerUnreachable
from wasf.interfaces import (
    KeyField,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadTaken,
    LeadWritten,
    TaskLogged,
)

KEY = KeyField("WhatsApp_Message_Key__c", is_unique=True)
NOBODY = None
COMPOSITE = "/composite$"


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        yield org


@pytest.fixture
def me(local):
    return UserId(local.user_id)


def tasks_for(count, owner, first=0):
    """A Task for each of so many Leads."""
    return [(make_task(first + number, NOBODY, owner),) for number in range(count)]


def stands(local):
    """The Subject of each Task and the LastName of the Lead that it stands on."""
    names = {row["Id"]: row["LastName"] for row in local.rows("Lead")}
    return {row["Subject"]: names.get(row["WhoId"]) for row in local.rows("Task")}


def test_450_leads_with_a_task_each_take_three_calls(local, me):
    org = adapter(local)
    org.facts(())
    outcomes = org.create_leads_with_tasks(many_leads(450, me), tasks_for(450, me), KEY)
    assert org.api_calls == 1 + 3
    assert {type(one) for one in outcomes} == {LeadWritten}
    assert {len(one.tasks) for one in outcomes} == {1}
    assert stands(local) == {
        f"WhatsApp from Ada Example {number}": f"Example {number}" for number in range(450)
    }


def test_the_parts_of_a_long_text_stand_on_one_lead(local, me):
    tasks = [tuple(make_task(number, NOBODY, me) for number in range(3)), *tasks_for(1, me, 3)]
    outcomes = adapter(local).create_leads_with_tasks(many_leads(2, me), tasks, KEY)
    assert [len(one.tasks) for one in outcomes] == [3, 1]
    assert list(stands(local).values()) == 3 * ["Example 0"] + ["Example 1"]


def test_calls_hold_200_tasks(local, me):
    org = adapter(local)
    org.facts(())
    tasks = [
        tuple(make_task(3 * lead + part, NOBODY, me) for part in range(3)) for lead in range(70)
    ]
    org.create_leads_with_tasks(many_leads(70, me), tasks, KEY)
    assert (org.api_calls, local.count("Task")) == (1 + 2, 210)


def test_l4_a_request_that_comes_a_second_time_writes_nothing(local, me):
    new, tasks = many_leads(3, me), tasks_for(3, me)
    first = adapter(local).create_leads_with_tasks(new, tasks, KEY)
    again = adapter(local).create_leads_with_tasks(new, tasks, KEY)
    assert again == [LeadTaken(one.tasks) for one in first]
    assert (local.count("Lead"), local.count("Task")) == (3, 3)


def test_l4_the_others_of_its_call_are_written(local, me):
    adapter(local).create_leads_with_tasks(many_leads(1, me), tasks_for(1, me), KEY)
    org = adapter(local)
    org.facts(())
    outcomes = org.create_leads_with_tasks(many_leads(5, me), tasks_for(5, me), KEY)
    assert [type(one) for one in outcomes] == [LeadTaken, *4 * [LeadWritten]]
    assert (local.count("Lead"), local.count("Task"), org.api_calls) == (5, 5, 1 + 2)


def test_o5_no_assignment_rule_takes_such_a_lead_away(local, me):
    other = local.add_user(LastName="Else", Email="else@example.com")
    local.set(assignment_owner=other)
    adapter(local).create_leads_with_tasks(many_leads(1, me), tasks_for(1, me), KEY)
    assert [row["OwnerId"] for row in local.rows("Lead")] == [me]


def test_a_refused_lead_is_told_as_without_tasks_and_holds_nobody_up(local, me):
    local.add_validation_rule("Lead", "LastName", "Not him.", "^Example 1$")
    outcomes = adapter(local).create_leads_with_tasks(many_leads(3, me), tasks_for(3, me), KEY)
    assert outcomes[1] == RecordRefusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", (), "Not him.")
    assert [type(one) for one in outcomes] == [LeadWritten, RecordRefusal, LeadWritten]
    assert (local.count("Lead"), local.count("Task")) == (2, 2)


def test_m11_a_duplicate_is_named_and_made_all_the_same_with_its_task(local, me):
    local.add_contact(LastName="Example", MobilePhone=ADA)
    local.add_duplicate_rule(matching="phone", action="alert")
    new = [make_lead("Example", ADA, me), make_lead("Else", BEN, me)]
    outcomes = adapter(local).create_leads_with_tasks(new, tasks_for(2, me), KEY)
    assert [type(one) for one in outcomes] == [LeadDuplicate, LeadWritten]
    allowed = [replace(new[0], allow_duplicates=True)]
    [made] = adapter(local).create_leads_with_tasks(allowed, tasks_for(1, me), KEY)
    assert (type(made), len(made.tasks), local.count("Lead")) == (LeadWritten, 1, 2)


REFUSED = {
    "a rule refuses the Task": ("Task", "Subject", "Example 1$", [1, 0, 1]),
    "every Task": ("Task", "Subject", "Example", [0, 0, 0]),
}


@pytest.mark.parametrize(("sobject", "field", "pattern", "tasks"), REFUSED.values(), ids=REFUSED)
def test_a_lead_whose_task_is_refused_is_made_without(local, me, sobject, field, pattern, tasks):
    local.add_validation_rule(sobject, field, "Not so.", pattern)
    outcomes = adapter(local).create_leads_with_tasks(many_leads(3, me), tasks_for(3, me), KEY)
    assert [len(one.tasks) for one in outcomes] == tasks
    assert (local.count("Lead"), local.count("Task")) == (3, sum(tasks))


def test_a_trigger_that_takes_fewer_rows_keeps_no_lead_away(local, me):
    local.add_trigger(most_rows=2)
    outcomes = adapter(local).create_leads_with_tasks(many_leads(5, me), tasks_for(5, me), KEY)
    assert {type(one) for one in outcomes} == {LeadWritten}
    assert local.count("Lead") == 5


def test_a_text_that_looks_like_a_reference_stands_as_it_was_written(local, me):
    text = "@{part0[0].id} and @{part1[0].id}"
    tasks = [(replace(make_task(0, NOBODY, me), description=text),), *tasks_for(1, me, 1)]
    outcomes = adapter(local).create_leads_with_tasks(many_leads(2, me), tasks, KEY)
    assert [len(one.tasks) for one in outcomes] == [0, 1]
    assert (local.count("Lead"), local.count("Task")) == (2, 1)


@pytest.mark.parametrize(
    ("fault", "outcome", "leads"),
    [
        ("close-after", LeadInDoubt, 2),
        ("truncated", LeadInDoubt, 2),
    ],
)
def test_an_answer_that_is_lost_leaves_both_in_doubt(local, me, fault, outcome, leads):
    org = adapter(local, timeouts=timeouts_with(fault))
    org.facts(())
    local.fail(fault, path=COMPOSITE)
    outcomes = org.create_leads_with_tasks(many_leads(2, me), tasks_for(2, me), KEY)
    assert {type(one) for one in outcomes} == {outcome}
    assert (local.count("Lead"), local.count("Task")) == (leads, leads)


def test_nothing_is_sent_once_the_lock_is_lost(local, me):
    def vouch():
        raise LedgerUnreachable("The lock is lost.", "")

    org = adapter(local, before_write=vouch)
    outcomes = org.create_leads_with_tasks(many_leads(2, me), [(), *tasks_for(1, me)], KEY)
    assert {type(one) for one in outcomes} == {LeadNotSent}
    assert local.count("Lead") == 0


def test_the_tasks_are_named_by_their_keys(local, me):
    [[task]] = tasks_for(1, me)
    [made] = adapter(local).create_leads_with_tasks(many_leads(1, me), [(task,)], KEY)
    [row] = local.rows("Task")
    assert made.tasks == (TaskLogged(task.key, RecordId(row["Id"])),)
    assert row["WhoId"] == made.id
