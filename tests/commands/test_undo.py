"""`wasf undo`: safe to do twice, to be cut off anywhere, and to be followed by anything."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.commands.world import ADA, BEN, QUARANTINE, Stage
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss
from tests.fakes_sources import written
from wasf.commands.link import UnknownChat
from wasf.commands.verify import TaskResult, verify
from wasf.core.records import RecordId
from wasf.errors import ExitCode, TryLater, Unreachable, WrongUsage

OFF = Unreachable("Salesforce did not answer.")


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["key field", "fallback"])
def key_field(request):
    return request.param


def later(stage: Stage) -> None:
    """So long that nothing is on its way any more."""
    stage.org.land()
    stage.now += QUARANTINE + timedelta(minutes=1)


def test_w5_an_undo_that_is_cut_off_anywhere_can_be_finished(stage):
    """At every step: what is undone stays undone, and a second undo takes back the same run."""
    ben = written("three", "four", title="Ben Beispiel", phone=BEN)
    stage.ada()
    first = stage.sync(written("one", "two")).run
    steps = 0
    while True:
        stage.now += timedelta(minutes=1)
        run = stage.sync(ben, again=True).run
        assert sorted(stage.texts()) == ["four", "one", "three", "two"]
        if not stage.crash_undo(steps):
            break
        again = stage.undo()
        assert again.run == run
        assert stage.texts() == ["one", "two"]
        assert stage.sync(ben).messages.skipped == 2
        stage.now += timedelta(minutes=1)
        steps += 1
    assert steps > 8
    assert stage.undo(first).tasks == 2
    assert stage.texts() == []
    assert stage.org.leads == {}


def test_w5_undoing_twice_does_nothing_more(stage):
    stage.ada()
    stage.sync(written("one"))
    assert stage.undo().tasks == 1
    again = stage.undo()
    assert (again.tasks, again.is_empty, again.exit_code) == (0, True, ExitCode.DONE)


def test_w5_tasks_that_belong_together_stay_together(stage):
    stage.ada()
    stage.sync(written("x" * 70_000, "short"))
    part = next(id_ for id_, task in stage.org.tasks.items() if "part 2" in task.subject)
    stage.org.edit_task(part, subject="Mine")
    report = stage.undo()
    assert (report.tasks, report.messages) == (1, 1)
    assert len(report.left) == len(stage.org.tasks) == 3
    assert {left.id: left.reason.partition("since")[2] for left in report.left} == {
        one: " (Subject)" if one == part else "" for one in stage.org.tasks
    }


def test_w5_a_refused_deletion_leaves_its_unit_logged(stage):
    stage.ada()
    stage.sync(written("one", "two"))
    task_id, task = next(iter(stage.org.tasks.items()))
    stage.org.refuse_task(task.key, "INSUFFICIENT_ACCESS_OR_READONLY")
    report = stage.undo()
    assert (report.tasks, report.refused, report.exit_code) == (1, 1, ExitCode.REFUSED)
    assert [left.id for left in report.left] == [task_id]
    assert stage.sync(written("one", "two")).messages.already_logged == 1
    stage.org.allow_all()
    assert stage.undo().tasks == 1


def test_w5_a_lead_with_later_messages_stays(stage):
    first = stage.sync(written("one")).run
    stage.sync(written("one", "two"))
    report = stage.undo(first)
    assert (report.tasks, report.leads) == (1, 0)
    assert [left.kind for left in report.left] == ["Lead"]
    assert stage.texts() == ["two"]


def test_w5_a_chat_whose_lead_was_taken_back_finds_another_record(stage):
    stage.sync(written("one"))
    stage.undo()
    contact = stage.ada()
    stage.sync(written("one", "two"))
    assert stage.texts(contact.id) == ["two"]


def test_w5_an_outcome_that_nobody_knew_is_looked_up_first(stage):
    stage.ada()
    stage.org.fail_batch(1, Loss.LOST_AFTER)
    stage.sync(written("one", "two"))
    assert stage.undo().tasks == 2
    assert stage.texts() == []
    later(stage)
    assert stage.sync(written("one", "two")).messages.skipped == 2


def test_w5_what_may_still_arrive_is_said(stage):
    stage.ada()
    stage.org.fail_batch(1, Loss.LATE)
    stage.sync(written("one"))
    with pytest.raises(TryLater, match="nobody knows"):
        stage.undo()
    stage.sync(written("two", title="Ben Beispiel", phone=BEN))
    in_doubt = 0 if stage.org.key_field.is_unique else 1  # a unique key was sent again at once
    report = stage.undo()
    assert (report.tasks, report.in_doubt) == (2 - in_doubt, in_doubt)
    later(stage)
    stage.sync()
    assert stage.undo().tasks == in_doubt
    report = verify(stage.context())
    if in_doubt:
        assert stage.texts() == []
    else:  # the first request arrived after all, behind the second one and the undo
        assert stage.texts() == ["one"]
        assert [one.result for one in report.counts if one.tasks] == [TaskResult.BACK]
        assert report.exit_code is ExitCode.DIFFERENT


@pytest.mark.parametrize("loss", [Loss.LOST_BEFORE, Loss.LOST_AFTER, Loss.LATE])
def test_w5_a_lost_answer_after_again_is_not_taken_for_the_task_in_the_bin(stage, loss):
    """The bin still holds a Task with the key; the new one counts, not that."""
    stage.ada()
    stage.sync(written("one"))
    stage.undo()
    stage.org.fail_batch(stage.org.next_batch, loss)
    stage.sync(written("one"), again=True)
    later(stage)
    stage.sync()
    later(stage)
    stage.sync()
    assert stage.texts() == ["one"]
    assert not stage.ledger.intents()


def test_w5_an_org_that_does_not_answer_is_asked_again(stage):
    stage.ada()
    stage.sync(written("one"))
    stage.org.fail_reads(OFF)
    with pytest.raises(Unreachable):
        stage.undo()
    assert stage.undo().tasks == 1


def test_there_has_to_be_a_run(stage):
    with pytest.raises(WrongUsage):
        stage.undo()
    stage.sync()
    with pytest.raises(WrongUsage, match="no such run"):
        stage.undo("1999")
    with pytest.raises(WrongUsage):
        stage.undo("")


def test_a_task_that_somebody_deleted_counts_as_gone(stage):
    stage.ada()
    stage.sync(written("one", "two"))
    stage.org.delete(next(iter(stage.org.tasks)))
    report = stage.undo()
    assert (report.tasks, report.tasks_gone, report.messages) == (1, 1, 2)
    assert replace(report, tasks=0, tasks_gone=0).is_empty


def test_w5_an_undo_without_a_run_goes_on_with_the_one_that_was_cut_off(stage):
    stage.ada()
    first = stage.sync(written("one")).run
    stage.sync(written("two", title="Ben Beispiel", phone=BEN))
    assert stage.crash_undo(3, first)
    assert stage.undo().run == first
    assert stage.texts() == ["two"]
    assert stage.undo().run != first


# --- What the org's own flows changed ----------------------------------------------------------

ELSE = RecordId("003Mm0000000999AAA")


@pytest.mark.parametrize(
    ("by", "changes", "reason"),
    [
        ("", {}, ""),
        ("AutomatedProcess", {}, ""),
        ("Standard", {}, "somebody changed it since"),
        ("", {"subject": "Mine"}, "somebody changed it since (Subject)"),
        ("", {"description": "Mine"}, "somebody changed it since (Description)"),
        ("", {"owner_id": "005else"}, "somebody changed it since (OwnerId)"),
        ("", {"who_id": ELSE}, "somebody changed it since (WhoId)"),
        ("", {"status": "Deferred"}, "somebody changed it since (Status)"),
        ("", {"activity_date": date(2001, 1, 1)}, "somebody changed it since (ActivityDate)"),
        ("AutomatedProcess", {"status": "Deferred"}, "somebody changed it since (Status)"),
        (
            "Standard",
            {"subject": "Mine", "status": "Deferred"},
            "somebody changed it since (Subject, Status)",
        ),
        ("", {"what_id": ELSE}, ""),
    ],
)
def test_w5_a_flow_is_no_person_as_long_as_the_content_is_what_was_written(
    stage, by, changes, reason
):
    stage.ada()
    stage.sync(written("one", "two"))
    [changed, _] = stage.org.tasks
    user = stage.org.add_user("else@example.com", user_type=by).id if by else None
    stage.org.touch_task(changed, user, **changes)
    report = stage.undo()
    assert report.tasks == (1 if reason else 2)
    assert [(left.id, left.reason) for left in report.left] == [(changed, reason)] * bool(reason)


@pytest.mark.parametrize("by", ["", "AutomatedProcess"])
def test_w5_without_the_content_that_was_written_any_later_change_may_be_a_persons(stage, by):
    """An earlier wasf kept nothing of the content, and a move changes it."""
    stage.ada()
    stage.sync(written("one", "two"))
    [first, _] = stage.org.tasks
    stage.ledger._db.run("UPDATE logged SET written = NULL")
    user = stage.org.add_user("else@example.com", user_type=by).id if by else None
    stage.org.touch_task(first, user)
    report = stage.undo()
    assert (report.tasks, [left.id for left in report.left]) == (1, [first])
    assert report.left[0].reason == "somebody changed it since"


def test_w5_all_that_a_flow_changed_costs_one_query_for_users(stage):
    stage.ada()
    stage.sync(written(*map(str, range(30))))
    robots = [stage.org.add_user(f"{n}@example.com", user_type="AutomatedProcess") for n in (1, 2)]
    for place, task in enumerate(stage.org.tasks):
        stage.org.touch_task(task, robots[place % 2].id)
    stage.org.calls.clear()
    assert stage.undo().tasks == 30
    assert stage.org.calls == ["read_tasks", "task_contents", "automated_users", "delete_tasks"]


# --- One chat ----------------------------------------------------------------------------------

HERS = written("hers", "hers too", title="Ben Beispiel", phone=BEN)


def test_w5_one_chat_is_taken_back_and_no_other(stage):
    run = stage.sync(written("one", "two", phone=ADA), HERS).run
    report = stage.undo_chat(ADA)
    assert (report.tasks, report.messages, report.leads, report.left) == (2, 2, 1, ())
    assert sorted(stage.texts()) == ["hers", "hers too"]
    assert len(stage.org.leads) == 1
    assert stage.sync(written("one", "two", phone=ADA), HERS).messages.skipped == 2
    assert stage.sync(written("one", "two", phone=ADA), HERS, again=True).messages.logged == 2
    assert stage.undo(run).tasks == 2, "the other chat's, which are still the run's"


def test_w5_one_chat_of_all_runs_or_of_one(stage):
    stage.ada()
    first = stage.sync(written("one"), HERS).run
    stage.now += timedelta(minutes=1)
    second = stage.sync(written("one", "two"), HERS).run
    stage.now += timedelta(minutes=1)
    stage.sync(written("one", "two", "x" * 40_000), HERS)
    report = stage.undo_chat("Ada", second)
    assert (report.run, report.tasks) == (second, 1)
    assert len(stage.texts()) == 5
    report = stage.undo_chat("Ada")
    assert (report.run, report.tasks, report.messages) == (None, 3, 2)
    assert stage.texts() == ["hers", "hers too"]
    assert stage.undo_chat("Ada").is_empty
    assert stage.undo(first).tasks == 2


def test_w5_the_undo_of_a_chat_is_cut_off_anywhere_and_can_be_finished(tmp_path):
    steps = 0
    while True:
        stage = Stage(tmp_path / str(steps))
        stage.sync(written("one", "x" * 40_000, phone=ADA), HERS)
        crashed = stage.crash_undo_chat(steps, ADA)
        stage.undo_chat(ADA)
        assert stage.texts() == ["hers", "hers too"]
        assert len(stage.org.leads) == 1
        assert stage.sync(written("one", "x" * 40_000, phone=ADA)).messages.skipped == 2
        stage.close()
        if not crashed:
            break
        steps += 1
    assert steps > 4


def test_w5_a_lead_that_another_chat_belongs_to_stays(stage):
    accounts = [
        written(text, phone=ADA, whatsapp_account=account)
        for text, account in (("one", "Sales"), ("two", "Service"))
    ]
    stage.sync(*accounts)
    first, second = (known.chat.id for known in stage.ledger.chats())
    report = stage.undo_chat(first)
    assert (report.tasks, report.leads, [one.kind for one in report.left]) == (1, 0, ["Lead"])
    stage.ledger.unlink(first)
    assert stage.undo_chat(second).leads == 1


def test_w5_an_unknown_chat_is_as_a_file_that_is_missing(stage):
    stage.sync(HERS)
    with pytest.raises(UnknownChat) as unknown:
        stage.undo_chat("nobody")
    assert unknown.value.exit_code is ExitCode.NO_INPUT
    with pytest.raises(WrongUsage, match="no such run"):
        stage.undo_chat("Ben", "1999")


# --- Tasks that may be there unseen ------------------------------------------------------------


@pytest.fixture
def private(stage: Stage) -> Stage:
    """An org whose connected user sees his own Tasks only; Ada's chat belongs to Yo."""
    stage.org.add_user("yo@example.com")
    stage.org.hides_tasks = True
    stage.ada()
    return stage


def of_yo(*texts: str):
    return written(*texts, owner_email="yo@example.com")


def counts(report) -> dict[TaskResult, int]:
    return {one.result: one.tasks for one in report.counts if one.tasks}


def test_x3_what_is_not_visible_is_neither_lost_nor_undone(private):
    private.sync(of_yo("one", "two"))
    report = verify(private.context())
    assert (counts(report), report.exit_code) == ({TaskResult.NOT_VISIBLE: 2}, ExitCode.DONE)
    undone = private.undo()
    assert (undone.tasks, undone.tasks_gone, undone.messages) == (0, 0, 0)
    assert (undone.refused, undone.exit_code) == (2, ExitCode.REFUSED)
    assert {one.reason for one in undone.left} == {
        "another user owns it, and it is not visible to the connected user"
    }
    private.org.hides_tasks = False
    assert private.undo().tasks == 2


def test_x3_a_task_of_ones_own_that_is_nowhere_is_missing(stage):
    stage.ada()
    stage.sync(written("one", "two"))
    stage.org.tasks.popitem()
    report = verify(stage.context())
    assert counts(report) == {TaskResult.SAME: 1, TaskResult.MISSING: 1}
    assert report.exit_code is ExitCode.DIFFERENT
    assert (stage.undo().tasks_gone, stage.org.tasks) == (1, {})


@pytest.mark.parametrize("loss", [Loss.LOST_AFTER, Loss.LOST_BEFORE])
def test_w3_what_may_be_there_unseen_is_not_sent_again(private, loss):
    """Without a unique key it waits; with one a second Task with the key is refused."""
    private.org.fail_batch(1, loss)
    private.sync(of_yo("one", "two"))
    was_there = len(private.org.tasks)
    for _ in range(3):
        later(private)
        report = private.sync()
    if private.org.key_field.is_unique:
        assert (len(private.org.tasks), private.waiting()) == (2, {})
        return
    assert (len(private.org.tasks), report.messages.waiting) == (was_there, 2)
    [chat] = report.chats
    assert "belong to another user and are not visible" in chat.reason
    assert "View All Data" in chat.hint
    private.org.hides_tasks = False
    private.sync()
    assert (len(private.org.tasks), private.waiting()) == (2, {})


def test_w3_what_would_be_ones_own_is_sent_again_as_ever(stage):
    stage.org.hides_tasks = True
    stage.ada()
    stage.org.fail_batch(1, Loss.LOST_BEFORE)
    stage.sync(written("one", "two"))
    later(stage)
    stage.sync()
    assert (len(stage.org.tasks), stage.waiting()) == (2, {})
