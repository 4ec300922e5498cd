"""Tasks of open windows grow: nothing lost, nothing twice, nothing of a person's overwritten."""

from datetime import timedelta

import pytest

from tests.commands.world import Stage
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss, MemoryOrg
from tests.fakes_sources import START, says, written
from tests.samples import one_in
from wasf.commands.verify import verify
from wasf.core.chats import Attachment
from wasf.core.keys import content_of
from wasf.core.policy import Attachments, Groups, GroupWrite, Language
from wasf.errors import ExitCode

DAILY = {"frequency": timedelta(days=1), "group_write": GroupWrite.OPEN}
SECOND = timedelta(seconds=1)


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["unique", "standard"])
def stage(request, tmp_path):
    stage = Stage(tmp_path, MemoryOrg(key_field=request.param))
    stage.now = START + timedelta(minutes=30)
    stage.org.now = START
    yield stage
    stage.close()


def the_task(stage):
    [task] = stage.org.tasks.values()
    return task


def shown(stage):
    """The texts in all Tasks, without their heads."""
    lines = "\n".join(task.description for task in stage.org.tasks.values()).splitlines()
    return [line.strip(" \N{NO-BREAK SPACE}") for line in lines if " · " not in line and line]


def one_then(stage, *texts, **policy):
    """Log one message, then a newer export with these texts, too."""
    stage.ada()
    stage.sync(written("one"), **DAILY)
    return stage.sync(written("one", *texts), **DAILY | policy)


# --- Growing -----------------------------------------------------------------------------------


def test_t3a_a_window_is_written_with_its_first_message_and_grows(stage):
    stage.ada()
    report = stage.sync(written("one"), **DAILY)
    assert (report.messages.logged, report.tasks_created) == (1, 1)
    assert the_task(stage).subject == "WhatsApp 10:00 from Ada Example: one"
    report = stage.sync(written("one", "two", "three"), **DAILY)
    assert (report.messages.logged, report.tasks_created) == (2, 0)
    assert the_task(stage).subject == "WhatsApp chat with Ada Example (3 messages, 10:00–10:02)"
    assert shown(stage) == ["one", "two", "three"]
    assert stage.waiting() == {}


def test_t3a_a_grown_task_is_as_one_that_was_written_at_once(stage, tmp_path):
    other = Stage(tmp_path / "other", MemoryOrg(key_field=stage.org.key_field))
    other.ada()
    texts = ["one", "two\nlines", "three", "four"]
    other.sync(written(*texts), frequency=timedelta(days=1), flush=True)
    stage.ada()
    for count in range(1, 5):
        stage.sync(written(*texts[:count]), **DAILY)
    ours, theirs = the_task(stage), the_task(other)
    other.close()
    assert (ours.key, content_of(ours)[:2]) == (theirs.key, content_of(theirs)[:2])


def test_t3a_every_window_has_a_task_of_its_own(stage):
    stage.ada()
    hourly = DAILY | {"frequency": timedelta(hours=1)}
    said = [says("one", 1), says("two", 2), says("three", 61), says("four", 62)]
    for count in range(1, 5):
        stage.sync(written(*said[:count]), **hourly)
    assert [task.description.count(" · ") for task in stage.org.tasks.values()] == [2, 2]


def test_t3a_a_message_that_comes_late_is_appended(stage):
    stage.ada()
    stage.sync(written(says("two", 2)), **DAILY)
    stage.sync(written(says("one", 1), says("two", 2)), **DAILY)
    stage.sync(written(says("one", 1), says("two", 2), says("three", 3)), **DAILY)
    assert shown(stage) == ["two", "one", "three"]
    assert the_task(stage).subject.endswith("(3 messages, 10:01–10:03)")


def test_t3a_t10_the_first_text_can_forge_no_message(stage):
    stage.ada()
    forged = "Hi\n\n2026-03-02 10:05:00 +01:00 · Sam\nYou get it for nothing"
    stage.sync(written(forged), **DAILY)
    stage.sync(written(forged, "two"), **DAILY)
    heads = [line for line in the_task(stage).description.splitlines() if line.startswith("20")]
    assert len(heads) == 2


def test_t3a_a_template_of_the_subject_counts_anew(stage):
    template = {"task_subject": "{name}: {count} at {time}"}
    stage.ada()
    stage.sync(written("one"), **DAILY | template)
    stage.sync(written("one", "two"), **DAILY | template)
    assert the_task(stage).subject == "Ada Example: 2 at 10:00"


def test_t3a_a_template_that_needs_the_first_text_stays(stage):
    template = {"task_subject": "{count}: {text}"}
    stage.ada()
    stage.sync(written("one"), **DAILY | template)
    stage.sync(written("one", "two"), **DAILY | template)
    assert the_task(stage).subject == "1: one"
    assert shown(stage) == ["one", "two"]


def test_t3a_t11_it_grows_in_the_language_of_today(stage):
    one_then(stage, "two", task_language=Language.GERMAN)
    stage.sync(written("one", "two", "three"), **DAILY)
    assert len(stage.org.tasks) == 1


def test_t3a_files_of_later_messages_are_uploaded_to_it(stage):
    stage.ada()
    file = Attachment("2.jpg", archive="chat.zip", member="2.jpg")
    stage.files["2.jpg"] = b"picture"
    files = DAILY | {"attachments": Attachments.FILES}
    stage.sync(written("one"), **files)
    report = stage.sync(written("one", says("two", 1, attachment=file)), **files)
    assert report.files_uploaded == 1
    assert [one.upload.task_id for one in stage.org.files] == list(stage.org.tasks)


def test_t3a_real_time_and_closed_windows_do_not_grow(stage):
    stage.ada()
    stage.sync(written("one"), group_write=GroupWrite.OPEN)
    stage.sync(written("one", "two"), group_write=GroupWrite.OPEN)
    assert len(stage.org.tasks) == 2
    report = stage.sync(written("one", "two", "three"), frequency=timedelta(days=1))
    assert report.messages.waiting == 1


def test_t3a_groups_wait_for_the_end_of_a_window(stage):
    stage.ada()
    group = written("one", title="Project", phone=None, is_group=True)
    report = stage.sync(group, groups=Groups.PARTICIPANTS, **DAILY)
    assert stage.org.tasks == {}
    assert report.messages.waiting + report.messages.skipped == 1


def test_t3a_an_ordinary_sync_reads_no_tasks(stage):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    assert {"read_tasks", "task_contents", "grow_tasks"}.isdisjoint(stage.org.calls)


def test_t3a_a_task_of_this_very_moment_waits(stage):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    [written_at] = stage.org.written.values()
    stage.now = written_at + SECOND
    report = stage.sync(written("one", "two"), **DAILY)
    assert report.messages.waiting == 1
    assert len(stage.org.tasks) == 1
    stage.now = written_at + 2 * SECOND
    assert stage.sync(**DAILY).messages.logged == 1
    assert shown(stage) == ["one", "two"]


# --- What people did ---------------------------------------------------------------------------


def edited(stage, **changes):
    stage.org.touch_task(next(iter(stage.org.tasks)), stage.org.add_user("kim@example.com").id)
    stage.org.tasks |= {
        one: stage.org.tasks[one].__class__(**{**vars_of(stage.org.tasks[one]), **changes})
        for one in list(stage.org.tasks)[:1]
    }


def vars_of(task):
    return {name: getattr(task, name) for name in task.__slots__}


@pytest.mark.parametrize("grown", [False, True], ids=["new", "grown"])
@pytest.mark.parametrize(
    "changes",
    [{}, {"subject": "Call back"}, {"description": "Note"}, {"status": "Not Started"}],
    ids=str,
)
def test_t3a_what_somebody_touched_stays_and_a_further_task_is_made(stage, grown, changes):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    texts = ["one", "two"] if grown else ["one"]
    stage.sync(written(*texts), **DAILY)
    edited(stage, **changes)
    before = the_task(stage)
    stage.sync(written(*texts, "more"), **DAILY)
    stage.sync(written(*texts, "more", "last"), **DAILY)
    first, further = stage.org.tasks.values()
    assert first == before
    assert further.description.count(" · ") == 2


def test_t3a_an_edit_by_the_connected_user_within_the_minute_is_seen(stage):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    [task_id] = stage.org.tasks
    stage.org.edit_task(task_id, subject="Mine")
    stage.org.touched.clear()
    stage.sync(written("one", "two"), **DAILY)
    assert [task.subject[:4] for task in stage.org.tasks.values()] == ["Mine", "What"]


def test_t3a_a_deleted_task_gets_a_further_one(stage):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    stage.org.delete(next(iter(stage.org.tasks)))
    stage.sync(written("one", "two"), **DAILY)
    assert shown(stage) == ["two"]


def test_t3a_an_edit_between_the_look_and_the_write_wins(stage):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    look = stage.org.task_contents

    def and_somebody_edits(*asked):
        contents = look(*asked)
        edited(stage, description="Note of a person")
        return contents

    stage.org.task_contents = and_somebody_edits
    report = stage.sync(written("one", "two"), **DAILY)
    assert shown(stage) == ["Note of a person", "two"]
    assert report.messages.logged == 1


def test_t3a_a_full_task_gets_a_further_one(stage):
    stage.ada()
    long = "x" * 20_000
    stage.sync(written("one"), **DAILY)
    stage.sync(written("one", long), **DAILY)
    stage.sync(written("one", long, long), **DAILY)
    stage.sync(written("one", long, long, "four"), **DAILY)
    assert [task.description.count(" · ") for task in stage.org.tasks.values()] == [2, 2]


def test_t3a_no_part_of_a_long_text_grows(stage):
    stage.ada()
    long = "x" * 70_000
    stage.sync(written(long), **DAILY)
    parts = len(stage.org.tasks)
    stage.sync(written(long, "two"), **DAILY)
    assert len(stage.org.tasks) == parts + 1


def test_t3a_a_refusal_makes_a_further_task_and_is_told(stage):
    stage.ada()
    stage.sync(written("one"), **DAILY)
    stage.org.refuses_growth = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    report = stage.sync(written("one", "two"), **DAILY)
    assert shown(stage) == ["one", "two"]
    assert len(stage.org.tasks) == 2
    assert report.messages.logged == 1
    assert any("a further Task is written instead" in note for note in report.notes)


# --- Lost answers, kills -----------------------------------------------------------------------

QUARANTINE_OVER = timedelta(hours=1)


def begun(stage):
    """One message is logged, and more are in a newer export."""
    stage.ada()
    stage.sync(written("one"), **DAILY)


def end_well(stage):
    """Cron comes by, in the end when nothing is on its way any more."""
    for _ in range(3):
        stage.org.land()
        stage.now += QUARANTINE_OVER
        stage.sync(written("one", "two", "three"), **DAILY)
    assert sorted(shown(stage)) == ["one", "three", "two"]
    assert stage.waiting() == {}
    assert stage.ledger.intents() == []
    checked = verify(stage.context())
    assert checked.exit_code is ExitCode.DONE, checked


@pytest.mark.parametrize("edits", [False, True], ids=["alone", "somebody edits"])
@pytest.mark.parametrize("again", [None, *Loss], ids=str)
@pytest.mark.parametrize("loss", one_in(2, Loss, str))
def test_t3a_answers_are_lost(stage, loss, again, edits):
    begun(stage)
    stage.org.fail_batch(stage.org.next_batch, loss)
    if again:
        stage.org.fail_batch(stage.org.next_batch + 1, again)
    stage.sync(written("one", "two"), **DAILY)
    if edits:
        edited(stage, subject="A person's")
    stage.now += timedelta(minutes=1)
    stage.sync(written("one", "two", "three"), **DAILY)
    stage.now += timedelta(minutes=1)
    stage.sync(written("one", "two", "three"), **DAILY)
    end_well(stage)
    if edits:
        assert next(iter(stage.org.tasks.values())).subject == "A person's"
    else:
        assert len(stage.org.tasks) == 1


@pytest.mark.parametrize("edits", [False, True], ids=["alone", "somebody edits"])
def test_t3a_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path, edits):
    for steps in range(200):
        stage = Stage(tmp_path / str(steps), MemoryOrg())
        stage.now = START + timedelta(minutes=30)
        stage.org.now = START
        begun(stage)
        was_killed = stage.crash(steps, written("one", "two", "three"), **DAILY)
        if edits:
            edited(stage, status="Not Started")
        if steps % 2:
            stage.org.land()
        end_well(stage)
        if edits:
            assert next(iter(stage.org.tasks.values())).status == "Not Started"
        elif was_killed:
            assert len(stage.org.tasks) == 1
        stage.close()
        if not was_killed:
            break
    assert steps > 20


def test_t3a_a_second_kill_meets_the_recovery(tmp_path):
    kills = 0
    for first in range(8, 60, 5):
        for second in range(0, 60, 3):
            stage = Stage(tmp_path / f"{first}-{second}", MemoryOrg())
            stage.now = START + timedelta(minutes=30)
            stage.org.now = START
            begun(stage)
            is_first = stage.crash(first, written("one", "two", "three"), **DAILY)
            is_second = is_first and stage.crash(second, **DAILY)
            kills += is_second
            end_well(stage)
            stage.close()
            if not is_second:
                break
        if not is_first:
            break
    assert kills > 20


def test_t3a_a_request_that_arrives_during_the_recovery_is_found(stage):
    begun(stage)
    stage.org.fail_batch(stage.org.next_batch, Loss.LATE)
    stage.sync(written("one", "two"), **DAILY)
    look_up = stage.org.find_tasks

    def and_it_arrives(*asked):
        found = look_up(*asked)
        stage.org.land()
        return found

    stage.org.find_tasks = and_it_arrives
    report = stage.sync(written("one", "two"), **DAILY)
    assert (shown(stage), report.messages.waiting) == (["one", "two"], 0)
    assert len(stage.org.tasks) == 1


def test_t3a_no_task_grows_while_its_first_request_may_still_arrive(stage):
    stage.ada()
    stage.org.fail_batch(stage.org.next_batch, Loss.LATE)
    stage.sync(written("one"), **DAILY)
    stage.sync(written("one", "two"), **DAILY)
    stage.now += timedelta(minutes=1)
    stage.sync(written("one", "two", "three"), **DAILY)
    end_well(stage)


def test_t3a_tasks_grow_again_once_the_first_request_cannot_arrive(tmp_path):
    stage = Stage(tmp_path, MemoryOrg(UNIQUE_KEY))
    stage.now, stage.org.now = START + timedelta(minutes=30), START
    stage.ada()
    stage.org.fail_batch(stage.org.next_batch, Loss.LATE)
    stage.sync(written("one"), **DAILY)
    stage.sync(written("one"), **DAILY)
    stage.org.land()
    stage.now += QUARANTINE_OVER
    stage.sync(written("one", "two"), **DAILY)
    assert (shown(stage), len(stage.org.tasks)) == (["one", "two"], 1)
    stage.close()


def test_t3a_while_nobody_knows_the_messages_wait(stage):
    begun(stage)
    stage.org.fail_batch(stage.org.next_batch, Loss.LATE)
    report = stage.sync(written("one", "two"), **DAILY)
    assert (report.exit_code, report.messages.waiting) == (ExitCode.TRY_LATER, 1)


# --- What other commands do with it ------------------------------------------------------------


def test_t3a_w5_undo_takes_back_the_task_with_all_of_its_messages(stage):
    begun(stage)
    stage.sync(written("one", "two"), **DAILY)
    undone = stage.undo()
    assert (undone.tasks, list(undone.left)) == (1, [])
    assert stage.org.tasks == {}
    report = stage.sync(written("one", "two"), again=True, **DAILY)
    assert report.messages.logged == 2
    assert shown(stage) == ["one", "two"]


def test_t3a_w5_undo_of_the_earlier_run_takes_nothing_of_it(stage):
    begun(stage)
    [first] = stage.ledger.runs()
    stage.sync(written("one", "two"), **DAILY)
    stage.undo(first)
    assert len(stage.org.tasks) == 1


def test_t3a_w5_undo_leaves_what_somebody_touched(stage):
    begun(stage)
    stage.sync(written("one", "two"), **DAILY)
    edited(stage, subject="A person's")
    undone = stage.undo()
    assert (undone.tasks, len(undone.left)) == (0, 1)


def test_t3a_x1_a_task_that_wasf_moved_goes_on_growing(stage):
    begun(stage)
    ben = stage.org.add_contact("Ben Beispiel")
    stage.link("Ada Example", ben.id)
    stage.sync(written("one", "two"), **DAILY)
    assert the_task(stage).who_id == ben.id
    assert shown(stage) == ["one", "two"]


def test_t3a_a_task_that_a_person_moved_stays(stage):
    begun(stage)
    ben = stage.org.add_contact("Ben Beispiel")
    edited(stage, who_id=ben.id)
    stage.sync(written("one", "two"), **DAILY)
    assert [task.description.count(" · ") for task in stage.org.tasks.values()] == [1, 1]


def test_t3a_x3_verify_knows_a_growth_of_which_nobody_heard(stage):
    begun(stage)
    stage.org.fail_batch(stage.org.next_batch, Loss.LOST_AFTER)
    stage.sync(written("one", "two"), **DAILY)
    assert verify(stage.context()).exit_code is ExitCode.DONE


def test_t3a_w4_a_dry_run_appends_nothing(stage):
    begun(stage)
    before = the_task(stage)
    report = stage.dry_run(written("one", "two"), **DAILY)
    assert report.messages.logged == 1
    assert the_task(stage) == before


def test_t3a_a_forgotten_persons_task_grows_no_more(stage):
    begun(stage)
    stage.org.fail_batch(stage.org.next_batch, Loss.LOST_BEFORE)
    stage.sync(written("one", "two"), **DAILY)
    [known] = stage.ledger.chats()
    stage.ledger.forget(known.chat.phone, [known.chat])
    stage.sync(written("one", "two"), **DAILY)
    assert shown(stage) == ["one"]
    assert stage.ledger.intents() == []
