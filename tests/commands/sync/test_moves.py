"""X1: a move can be cut off anywhere; the same command goes on, and nothing is lost or twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, QUARANTINE, Stage
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss
from tests.fakes_sources import written
from wasf.commands.verify import TaskResult, verify
from wasf.core.records import RecordId
from wasf.errors import ExitCode, Unreachable

CHAT = written("one", "x" * 40_000, "two", title="Ada Example", phone=ADA)
HERS = written("hers", title="Ben Beispiel", phone=BEN)


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["key field", "fallback"])
def key_field(request):
    return request.param


def later(stage: Stage) -> None:
    """So long that nothing is on its way any more."""
    stage.org.land()
    stage.now += QUARANTINE + timedelta(minutes=1)


def on(stage: Stage, record: RecordId) -> int:
    return len(stage.texts(record))


def on_a_lead_of_wasfs(stage: Stage) -> RecordId:
    stage.sync(CHAT, HERS)
    return stage.org.created_leads[0]


def on_a_lead_of_somebodys(stage: Stage) -> RecordId:
    wrong = stage.org.add_lead("Wrong", ADA, description="Met at the fair")
    stage.sync(CHAT, HERS)
    assert "https://wa.me/" in stage.org.leads[wrong.id].description
    return wrong.id


@pytest.mark.parametrize("begin", [on_a_lead_of_wasfs, on_a_lead_of_somebodys])
@pytest.mark.parametrize("between", ["nothing", "sync"])
def test_x1_a_move_that_is_cut_off_anywhere_goes_on(
    tmp_path, begin: Callable[[Stage], RecordId], between: str
):
    steps = 0
    while True:
        stage = Stage(tmp_path / str(steps))
        wrong = begin(stage)
        right = stage.org.add_contact("Right").id
        crashed = stage.crash_link(steps, ADA, right)
        if between == "sync":
            stage.sync(CHAT, HERS)
        told = stage.link(ADA, right)
        assert on(stage, right) == 4
        assert len(stage.texts()) == 5
        assert told.exit_code is ExitCode.DONE
        assert not told.done.left
        if begin is on_a_lead_of_wasfs:
            assert wrong not in stage.org.leads
        else:
            assert stage.org.leads[wrong].description == "Met at the fair"
        assert [(one.result, one.tasks) for one in verify(stage.context()).counts if one.tasks] == [
            (TaskResult.SAME, 5)
        ]
        assert stage.sync(CHAT, HERS).messages.logged == 0
        assert stage.ledger.moves.begun_moves(told.chat.id) == []
        assert stage.undo().tasks == 5
        stage.close()
        if not crashed:
            break
        steps += 1
    assert steps > 8


@pytest.mark.parametrize(
    "second",
    [3, 8, *(pytest.param(one, marks=pytest.mark.gate) for one in (1, 5))],
)
def test_x1_and_the_command_that_goes_on_is_cut_off_too(tmp_path, second: int):
    steps = 0
    while True:
        stage = Stage(tmp_path / str(steps))
        on_a_lead_of_wasfs(stage)
        right = stage.org.add_contact("Right").id
        crashed = stage.crash_link(steps, ADA, right)
        stage.crash_link(second, ADA, right)
        stage.link(ADA, right)
        assert (on(stage, right), len(stage.texts())) == (4, 5)
        assert len(stage.org.leads) == 1
        stage.close()
        if not crashed:
            break
        steps += 1


def test_x1_what_somebody_changes_after_a_move_that_was_cut_off_stays(stage):
    wrong = on_a_lead_of_somebodys(stage)
    right, third = stage.org.add_contact("Right").id, stage.org.add_contact("Third").id
    assert stage.crash_link(9, ADA, right)
    moved = [task_id for task_id, task in stage.org.tasks.items() if task.who_id == right]
    assert moved, "the crash came too early for this test"
    stage.org.edit_task(moved[0], subject="Mine")
    stage.link(ADA, right)
    told = stage.link(ADA, third)
    assert [left.id for left in told.done.left if left.kind == "Task"] == [moved[0]]
    assert (on(stage, right), on(stage, third), on(stage, wrong)) == (1, 3, 0)


def test_x1_a_task_whose_sending_was_cut_off_goes_to_the_new_record(stage):
    wrong = stage.org.add_lead("Wrong", ADA)
    stage.org.fail_batch(1, Loss.LOST_BEFORE)
    stage.sync(CHAT)
    right = stage.org.add_contact("Right").id
    assert stage.link(ADA, right).elsewhere.in_doubt == 4
    later(stage)
    stage.sync()
    assert (on(stage, wrong.id), on(stage, right)) == (0, 4)


def test_x1_a_task_that_arrives_late_on_the_old_record_is_moved_by_the_same_command(stage):
    wrong = stage.org.add_lead("Wrong", ADA)
    stage.org.fail_batch(1, Loss.LATE)
    stage.sync(CHAT)
    right = stage.org.add_contact("Right").id
    stage.link(ADA, right)
    later(stage)
    stage.sync()
    stage.link(ADA, right)
    assert (on(stage, wrong.id), on(stage, right)) == (0, 4)


def test_x1_what_is_refused_stays_and_its_record_is_not_left(stage):
    wrong = on_a_lead_of_wasfs(stage)
    right = stage.org.add_contact("Right").id
    key = next(task.key for task in stage.org.tasks.values() if task.who_id == wrong)
    stage.org.refuse_task(key, "INSUFFICIENT_ACCESS_OR_READONLY")
    told = stage.link(ADA, right)
    assert (told.exit_code, told.done.moved, told.done.leads_deleted) == (ExitCode.REFUSED, 3, 0)
    stage.org.allow_all()
    told = stage.link(ADA, right)
    assert (told.exit_code, told.done.moved, told.done.leads_deleted) == (ExitCode.DONE, 1, 1)


@pytest.mark.parametrize("loss", [Loss.LOST_BEFORE, Loss.LOST_AFTER])
def test_x1_a_lost_answer_about_the_link_is_looked_at_again(stage, loss):
    wrong = on_a_lead_of_somebodys(stage)
    right = stage.org.add_contact("Right").id
    stage.org.fail_leads(loss, Unreachable("no answer"))
    stage.link(ADA, right)
    assert stage.org.leads[wrong].description == "Met at the fair"


def test_x1_an_org_that_does_not_answer_changes_nothing_for_good(stage):
    on_a_lead_of_wasfs(stage)
    right = stage.org.add_contact("Right").id
    stage.org.fail_reads(Unreachable("no answer"))
    with pytest.raises(Unreachable):
        stage.link(ADA, right)
    assert stage.link(ADA, right).done.moved == 4


def test_x1_a_chat_with_the_same_link_keeps_it(stage):
    """Two chats of one number, as of two accounts: the Lead is still the other one's."""
    wrong = stage.org.add_lead("Wrong", ADA)
    stage.sync(
        written("one", title="Ada", phone=ADA, whatsapp_account="Sales"),
        written("two", title="Ada", phone=ADA, whatsapp_account="Service"),
    )
    first, _ = (known.chat.id for known in stage.ledger.chats())
    right = stage.org.add_contact("Right").id
    told = stage.link(first, right)
    assert (told.done.moved, told.done.links_removed) == (1, 0)
    assert "https://wa.me/" in stage.org.leads[wrong.id].description
