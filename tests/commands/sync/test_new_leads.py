"""A new Lead is made once, however late a request for it arrives (L4)."""

from datetime import timedelta

import pytest

from tests.commands.world import Stage, only_chat
from tests.fakes import FALLBACK_KEY, Loss, MemoryOrg
from tests.fakes_sources import says, written
from wasf.core.policy import GroupWrite
from wasf.errors import Unreachable

OFF = Unreachable("Salesforce did not answer.", "try again later")
LATER = timedelta(minutes=31)
HOURLY = {"frequency": timedelta(hours=1), "flush": True}
GROWS = {"group_write": GroupWrite.OPEN}


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def shown(stage):
    """The texts in all Tasks, without their heads."""
    lines = "\n".join(task.description for task in stage.org.tasks.values()).splitlines()
    return sorted(line.strip() for line in lines if " · " not in line and line)


LATE = {
    "real time": ({}, ["one"], ["one", "two"]),
    "a window": (HOURLY, ["one", "two"], ["one", "two"]),
    "a window that more came into": (HOURLY, ["one", "three"], ["one", "two", "three"]),
    "a window that grows": (HOURLY | GROWS, ["one"], ["one", "two"]),
}


@pytest.mark.parametrize(("policy", "first", "then"), LATE.values(), ids=LATE)
def test_l4_a_request_that_arrives_after_the_next_run_did_its_work_writes_nothing(
    stage, policy, first, then
):
    minutes = {"one": 0, "two": 1, "three": 2}
    stage.org.fail_leads(Loss.LATE, OFF)
    stage.sync(written(*(says(text, minutes[text]) for text in first)), **policy)
    stage.now += LATER
    stage.sync(written(*(says(text, minutes[text]) for text in then)), **policy)
    before = (len(stage.org.leads), len(stage.org.tasks))
    stage.org.land()
    assert (len(stage.org.leads), len(stage.org.tasks)) == before
    assert before[0] == 1
    stage.sync(**policy)
    assert (shown(stage), stage.waiting()) == (sorted(then), {})


def test_l4_without_a_unique_key_only_the_time_tells(tmp_path):
    stage = Stage(tmp_path, MemoryOrg(FALLBACK_KEY))
    stage.sync(written("one"))
    assert "create_leads" in stage.org.calls
    assert "create_leads_with_tasks" not in stage.org.calls
    stage.close()


def test_l4_two_chats_of_one_number_make_one_lead_with_the_task_of_either(stage):
    chats = [
        written("one", whatsapp_account="Sales"),
        written("two", title="Ada privat", whatsapp_account="Support"),
    ]
    stage.org.fail_leads(Loss.LATE, OFF)
    stage.sync(*chats)
    stage.now += LATER
    stage.sync(*reversed(chats))
    stage.org.land()
    assert (len(stage.org.leads), shown(stage)) == (1, ["one", "two"])


def test_l4_a_lead_that_another_machine_made_meanwhile_is_not_made_again(stage, tmp_path):
    """The search does not find it, as somebody gave it another name and took its number away."""
    stage.sync(written("one"))
    [lead] = stage.org.created_leads
    stage.org.edit_lead(lead, name="Somebody Else", phones=())
    other = Stage(tmp_path / "other", stage.org)
    other.now = stage.now
    report = other.sync(written("one", "two"))
    assert list(stage.org.leads) == [lead]
    assert (only_chat(report).counts.logged, report.leads_created) == (2, 0)
    assert stage.texts(lead) == ["one", "two"]
    other.close()


def test_l4_where_its_task_cannot_be_seen_the_others_are_logged_all_the_same(stage, tmp_path):
    stage.sync(written("one"))
    [lead] = stage.org.created_leads
    stage.org.edit_lead(lead, name="Somebody Else", phones=())
    stage.org.hides_tasks = True
    stage.org.user_id = stage.org.add_user("other@example.com").id
    other = Stage(tmp_path / "other", stage.org)
    other.now = stage.now
    report = other.sync(written("one", "two"))
    assert (only_chat(report).counts.logged, report.leads_created) == (2, 1)
    assert (shown(stage), len(stage.org.leads)) == (["one", "two"], 2)
    other.close()


def test_a_lead_whose_first_task_is_refused_is_made_and_takes_the_others(stage):
    stage.org.refuse_next_tasks(1, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    report = stage.sync(written("one", "two"))
    assert (report.leads_created, len(stage.org.leads)) == (1, 1)
    assert (shown(stage), stage.waiting()) == (["two"], {"Ada Example": 1})


def test_undo_takes_back_the_task_that_came_with_its_lead(stage):
    stage.sync(written("one", "two"))
    done = stage.undo()
    assert (done.tasks, done.leads) == (2, 1)
    assert (stage.org.tasks, stage.org.leads) == ({}, {})


def test_a_person_who_moves_that_task_is_noticed(stage):
    stage.sync(written("one"))
    [task] = stage.org.tasks
    elsewhere = stage.org.add_contact("Else").id
    stage.org.edit_task(task, who_id=elsewhere)
    done = stage.undo()
    assert [one.reason for one in done.left] == ["somebody changed it since (WhoId)"]
