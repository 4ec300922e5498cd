"""`wasf test-lead`: one Lead, one message, found again whatever happens in between."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.commands.world import Stage
from tests.fakes import Loss
from wasf.commands.doctor import TrialFailed, TrialLead, delete_trial_lead, make_trial_lead
from wasf.errors import ExitCode, Unreachable, WasfError

OFF = Unreachable("Salesforce did not answer.")


def make(stage: Stage, **policy) -> TrialLead:
    return make_trial_lead(stage.context(policy=replace(stage.policy, **policy)))


@pytest.mark.parametrize("frequency", [None, timedelta(hours=1)], ids=["real-time", "hourly"])
def test_it_makes_a_lead_with_one_message_on_it(stage, frequency):
    trial = make(stage, frequency=frequency)
    lead = stage.org.leads[trial.id]
    assert (lead.name, lead.phones) == ("Wasf Test-Lead", ("+12025550143",))
    assert trial.is_new
    assert trial.id in trial.url
    [text] = stage.texts(trial.id)
    assert "👋" in text


def test_a_second_time_it_finds_the_first_one(stage):
    first, second = make(stage), make(stage)
    assert second == replace(first, is_new=False)
    assert len(stage.org.leads) == len(stage.org.tasks) == 1


def test_a_lead_that_somebody_deleted_is_made_again(stage):
    stage.org.delete(make(stage).id)
    stage.now += timedelta(minutes=1)
    assert make(stage).is_new
    assert len(stage.org.leads) == 1


def test_delete_removes_it_with_its_message_and_forgets_it(stage):
    make(stage)
    assert delete_trial_lead(stage.context())
    assert (stage.org.leads, stage.org.tasks) == ({}, {})
    assert not delete_trial_lead(stage.context())
    stage.now += timedelta(minutes=1)
    assert make(stage).is_new


def test_delete_says_that_somebody_was_faster(stage):
    stage.org.delete(make(stage).id)
    assert not delete_trial_lead(stage.context())


def test_what_is_left_of_a_half_made_one_can_be_deleted(stage):
    stage.org.refuse_next_tasks(1, "INSUFFICIENT_ACCESS_OR_READONLY")
    with pytest.raises(TrialFailed, match="INSUFFICIENT_ACCESS_OR_READONLY") as caught:
        make(stage)
    assert "--delete" in caught.value.hint
    assert delete_trial_lead(stage.context())
    assert stage.org.leads == {}


def test_a_refused_lead_says_why(stage):
    stage.org.refuse_lead("Test-Lead", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    with pytest.raises(TrialFailed, match="FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        make(stage)


def test_a_lead_in_doubt_says_that_nobody_knows(stage):
    stage.org.fail_leads(Loss.LOST_AFTER, OFF)
    with pytest.raises(TrialFailed, match="nobody knows"):
        make(stage)


@pytest.mark.parametrize("what", ["lead", "task"])
def test_what_was_not_sent_fails_for_its_own_reason(stage, what):
    """Not connected, no permission, try later: each with its own exit code."""
    if what == "lead":
        stage.org.fail_leads(Loss.NOT_SENT, OFF)
    else:
        stage.org.fail_batch(1, Loss.NOT_SENT, OFF)
    with pytest.raises(WasfError) as caught:
        make(stage)
    assert caught.value.exit_code is ExitCode.TRY_LATER
