"""`report.task`: one open Task for a chat that waits too long, never two, closed when answered."""

from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss, MemoryOrg
from tests.fakes_sources import START, says, written
from tests.samples import one_in
from wasf.commands.status import read_status
from wasf.commands.verify import verify
from wasf.core.policy import Language
from wasf.core.refusals import RecordRefusal
from wasf.errors import ExitCode

DAY = timedelta(hours=24)
ON = {"report_task": DAY}
QUARANTINE_OVER = timedelta(hours=1)
PAIR_STEP = 5
"""Each of so many steps is the first, and the second, of two kills; 1 takes all."""


def a_stage(path, key_field=UNIQUE_KEY):
    stage = Stage(path, MemoryOrg(key_field=key_field))
    stage.now = START + timedelta(minutes=30)
    return stage


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["unique", "standard"])
def stage(request, tmp_path):
    stage = a_stage(tmp_path, request.param)
    yield stage
    stage.close()


def asking(stage):
    """The Tasks that ask for an answer: record, subject, status."""
    tasks = stage.org.tasks.values()
    return [
        (one.who_id, one.subject, one.status) for one in tasks if one.subject.startswith("Answer")
    ]


def ours(number):
    return says("ours", number, author="Sam", outgoing=True)


def later(stage, *found, hours=25, **choices):
    stage.now += timedelta(hours=hours)
    return stage.sync(*found, **ON, **choices)


def test_a_chat_that_waits_longer_gets_one_open_task_for_its_owner(stage):
    ada, sam = stage.ada(), stage.org.add_user("sam@example.com")
    stage.sync(written("one", "two", owner_email="sam@example.com"), **ON)
    assert asking(stage) == []
    report = later(stage)
    assert asking(stage) == [(ada.id, "Answer Ada Example", "Not Started")]
    assert list(stage.org.tasks.values())[-1].owner_id == sam.id
    assert report.notes == ("report.task opens 1 Task for chats that wait for an answer",)
    stage.org.calls.clear()
    later(stage, hours=1)
    assert (len(asking(stage)), stage.org.calls) == (1, [])


def test_it_is_closed_when_the_chat_is_answered_and_a_new_question_gets_its_own(stage):
    ada = stage.ada()
    stage.sync(written("one"), **ON)
    later(stage)
    said = ["one", ours(24 * 60)]
    report = later(stage, written(*said), hours=1)
    assert asking(stage) == [(ada.id, "Answer Ada Example", "Completed")]
    assert report.notes == ("report.task closes 1 Task for chats that wait for an answer",)
    later(stage, written(*said, says("again", 30 * 60)), hours=8)
    assert len(asking(stage)) == 1
    later(stage, hours=30)
    assert [status for *_, status in asking(stage)] == ["Completed", "Not Started"]


def test_without_the_setting_nothing_is_asked_and_nothing_kept(stage):
    stage.ada()
    stage.sync(written("one"))
    stage.now += 3 * DAY
    stage.sync()  # asks once a day whether the sign-in holds
    stage.org.calls.clear()
    stage.sync()
    assert (asking(stage), stage.org.calls) == ([], [])
    assert stage.ledger.answers.questions(stage.now, stage.now) == []


def test_a_first_sync_with_the_setting_finds_who_waits(stage):
    stage.ada()
    stage.sync(written("one"))
    later(stage)
    assert len(asking(stage)) == 1


def test_a_question_that_was_answered_in_between_closes_the_task_of_the_first(stage):
    stage.ada()
    stage.sync(written("one"), **ON)
    later(stage)
    said = [ours(26 * 60), says("again", 27 * 60)]
    later(stage, written("one", *said), hours=4)
    assert [status for *_, status in asking(stage)] == ["Completed"]


@pytest.mark.parametrize("gone", [False, True], ids=["closed", "deleted"])
def test_what_a_person_closed_or_deleted_is_not_opened_again(stage, gone):
    stage.ada()
    stage.sync(written("one"), **ON)
    later(stage)
    *_, task_id = stage.org.tasks
    stage.org.delete(task_id) if gone else stage.org.edit_task(task_id, status="Completed")
    later(stage, written("one", says("more", 60)))
    assert len(asking(stage)) == (0 if gone else 1)
    stage.org.calls.clear()
    later(stage, written("one", says("more", 60), ours(120)))
    assert "set_task_status" not in stage.org.calls
    assert stage.ledger.answers.open_tasks() == []


def test_w4_a_dry_run_says_it_and_writes_nothing(stage):
    stage.ada()
    stage.sync(written("one"), **ON)
    stage.now += 2 * DAY
    report = stage.dry_run(**ON)
    assert "report.task opens 1 Task for chats that wait for an answer" in report.notes
    assert asking(stage) == []


def test_chats_that_a_person_skipped_or_without_a_record_get_none(stage):
    stage.sync(written("one", phone=None, title="Nobody"), **ON, create_leads=False)
    later(stage, create_leads=False)
    stage.org.calls.clear()
    later(stage, create_leads=False)
    assert (asking(stage), "log_tasks" in stage.org.calls) == ([], False)


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "closed"])
def test_w5_an_undo_of_the_question_deletes_its_task_and_the_lead_too(stage, is_closed):
    stage.sync(written("one"), **ON)
    [run] = stage.ledger.runs()
    later(stage)
    if is_closed:
        later(stage, written("one", ours(60)))
    done = stage.undo(run)
    assert (asking(stage), done.tasks) == ([], 2)
    assert len(stage.org.leads) == is_closed  # the answer is on it
    assert stage.ledger.answers.open_tasks() == []
    assert verify(stage.context()).exit_code is ExitCode.DONE


def test_w5_an_undo_leaves_a_task_that_somebody_else_changed(stage):
    stage.ada()
    stage.sync(written("one"), **ON)
    [run] = stage.ledger.runs()
    later(stage)
    *_, task_id = stage.org.tasks
    stage.org.edit_task(task_id, description="I call her")
    done = stage.undo(run)
    assert [(one.kind, one.id, one.reason) for one in done.left] == [
        ("Task", task_id, "somebody changed it since")
    ]
    later(stage)
    assert [status for *_, status in asking(stage)] == ["Completed"]


def test_a_refused_one_rests_for_a_day_and_status_tells_it(stage):
    stage.ada()
    stage.sync(written("one"), **ON)
    stage.org.refuse_next_tasks(1, "REQUIRED_FIELD_MISSING")
    report = later(stage)
    assert report.notes == (
        "Salesforce refused a Task that asks for an answer: REQUIRED_FIELD_MISSING",
    )
    told = [(True, RecordRefusal("REQUIRED_FIELD_MISSING"), 1)]
    assert stage.ledger.answers.refusals() == told
    assert refused_tasks(stage) == tuple(told)
    stage.org.calls.clear()
    later(stage, hours=23)
    assert (asking(stage), stage.org.calls) == ([], [])
    later(stage, hours=2)
    assert len(asking(stage)) == 1
    assert refused_tasks(stage) == ()


def test_a_refused_closing_rests_for_a_day_and_status_tells_it(stage):
    stage.ada()
    stage.sync(written("one"), **ON)
    later(stage)
    stage.org.refuses_status = "INSUFFICIENT_ACCESS_OR_READONLY"
    report = later(stage, written("one", ours(60)), hours=1)
    [note] = report.notes
    assert note.endswith("to close a Task that asks for an answer: INSUFFICIENT_ACCESS_OR_READONLY")
    assert [(opens, tasks) for opens, _, tasks in refused_tasks(stage)] == [(False, 1)]
    stage.org.refuses_status = ""
    stage.org.calls.clear()
    later(stage, hours=23)
    assert stage.org.calls == []
    later(stage, hours=2)
    assert [status for *_, status in asking(stage)] == ["Completed"]
    assert refused_tasks(stage) == ()


def refused_tasks(stage):
    policy = stage.context().policy
    return read_status(stage.ledger, "https://x", "me", policy).refused_answer_tasks


def test_t11_it_names_the_record_in_the_language_of_the_setting(stage):
    stage.org.add_contact("Ada Example", ADA)
    stage.sync(written("one", title="+49 171 3920011", phone=ADA), **ON)
    later(stage, task_language=Language.GERMAN)
    assert [subject for subject in subjects(stage) if "antworten" in subject] == [
        "Ada Example antworten"
    ]
    *_, task = stage.org.tasks.values()
    assert task.description.startswith("WhatsApp: keine Antwort seit 20")


def subjects(stage):
    return [one.subject for one in stage.org.tasks.values()]


def test_x1_an_open_task_goes_along_to_another_record(stage):
    stage.ada()
    ben = stage.org.add_contact("Ben Beispiel")
    stage.sync(written("one"), **ON)
    later(stage)
    stage.link("Ada Example", ben.id)
    assert [who for who, *_ in asking(stage)] == [ben.id]


def test_x3_verify_knows_it(stage):
    stage.ada()
    stage.sync(written("one"), **ON)
    later(stage)
    checked = verify(stage.context())
    assert checked.exit_code is ExitCode.DONE, checked


def test_a_forgotten_persons_task_is_closed_and_then_known_by_its_key_only(stage):
    stage.ada()
    stage.sync(written("one", phone=ADA), **ON)
    later(stage)
    [known] = stage.ledger.chats()
    stage.ledger.forget(ADA, [known.chat])
    assert verify(stage.context()).exit_code is ExitCode.DONE
    later(stage)
    assert [status for *_, status in asking(stage)] == ["Completed"]
    assert stage.ledger.answers.open_tasks() == []
    assert verify(stage.context()).exit_code is ExitCode.DONE
    stage.org.calls.clear()
    later(stage, hours=1)
    assert stage.org.calls == []


def test_chats_that_turn_out_to_be_one_keep_one_open_task(stage):
    stage.org.add_contact("Ada Example", ADA)
    stage.sync(written("one", title="Ada Example", phone=None), **ON)
    stage.sync(written(says("two", 5), title="+49 171 3920012", phone=BEN), **ON)
    later(stage)
    first, second = (known.chat.id for known in stage.ledger.chats())
    stage.ledger.joins.join(second, first, START.tzinfo)
    later(stage)
    statuses = sorted(status for *_, status in asking(stage))
    assert statuses == ["Completed", "Not Started"]


# --- Lost answers, late commits, kills ---------------------------------------------------------


def end_well(stage, *, is_answered):
    for _ in range(3):
        stage.org.land()
        stage.now += QUARANTINE_OVER
        stage.sync(**ON)
    [(_, _, status)] = asking(stage)
    assert status == ("Completed" if is_answered else "Not Started")
    assert stage.ledger.intents() == []
    checked = verify(stage.context())
    assert checked.exit_code is ExitCode.DONE, checked
    stage.org.calls.clear()
    stage.sync(**ON)
    assert stage.org.calls == []


@pytest.mark.parametrize("again", [None, *Loss], ids=str)
@pytest.mark.parametrize("loss", Loss)
def test_answers_to_the_opening_are_lost(stage, loss, again):
    stage.ada()
    stage.sync(written("one"), **ON)
    stage.org.fail_batch(stage.org.next_batch, loss)
    if again:
        stage.org.fail_batch(stage.org.next_batch + 1, again)
    later(stage)
    later(stage, hours=0.02)
    end_well(stage, is_answered=False)


@pytest.mark.parametrize("loss", Loss)
def test_the_question_is_answered_while_nobody_knows_whether_the_task_is_there(stage, loss):
    stage.ada()
    stage.sync(written("one"), **ON)
    stage.org.fail_batch(stage.org.next_batch, loss)
    later(stage)
    later(stage, written("one", ours(60)), hours=0.02)
    stage.org.land()
    for _ in range(3):
        later(stage, hours=1)
    assert {status for *_, status in asking(stage)} <= {"Completed"}
    assert len(asking(stage)) <= 1


@pytest.mark.parametrize("loss", [Loss.NOT_SENT, Loss.LOST_BEFORE, Loss.LOST_AFTER])
def test_answers_to_the_closing_are_lost(stage, loss):
    stage.ada()
    stage.sync(written("one"), **ON)
    later(stage)
    stage.sync(written("one", ours(60)))  # logged without the setting
    stage.org.fail_batch(stage.org.next_batch, loss)
    later(stage, hours=1)
    end_well(stage, is_answered=True)


@pytest.mark.parametrize("key_field", one_in(2, [UNIQUE_KEY, FALLBACK_KEY], lambda key: key.name))
@pytest.mark.parametrize("is_answered", [False, True], ids=["opens", "closes"])
def test_a_kill_at_any_step_leaves_one_task(tmp_path, is_answered, key_field):
    for steps in range(200):
        stage = a_stage(tmp_path / str(steps), key_field)
        stage.ada()
        stage.sync(written("one"), **ON)
        stage.now += timedelta(hours=25)
        if is_answered:
            stage.sync(**ON)
            was_killed = stage.crash(steps, written("one", ours(60)), **ON)
            stage.org.land()
            stage.now += QUARANTINE_OVER
            stage.sync(written("one", ours(60)), **ON)
        else:
            was_killed = stage.crash(steps, **ON)
        if steps % 2:
            stage.org.land()
        end_well(stage, is_answered=is_answered)
        stage.close()
        if not was_killed:
            break
    assert steps > 8


@pytest.mark.gate
def test_a_second_kill_meets_the_recovery(tmp_path):
    kills = 0
    for first in range(0, 60, PAIR_STEP):
        for second in range(0, 60, PAIR_STEP):
            stage = a_stage(tmp_path / f"{first}-{second}", FALLBACK_KEY)
            stage.ada()
            stage.sync(written("one"), **ON)
            stage.now += timedelta(hours=25)
            is_first = stage.crash(first, **ON)
            is_second = is_first and stage.crash(second, **ON)
            kills += is_second
            end_well(stage, is_answered=False)
            stage.close()
            if not is_second:
                break
        if not is_first:
            break
    assert kills > 60 // PAIR_STEP
