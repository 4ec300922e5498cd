"""A backfill in bulk jobs: every message once, whatever becomes of the jobs."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest

from tests.commands.world import Stage
from tests.fakes import FALLBACK_KEY
from tests.fakes_jobs import MemoryJob
from tests.fakes_sources import written
from wasf.commands.status import read_status
from wasf.console import status_json
from wasf.core.bulk_jobs import JobState, JobStatus
from wasf.core.refusals import RecordRefusal
from wasf.errors import NotConnected, Unreachable
from wasf.interfaces import NoProgress

FIRST = 200
TEXTS = [f"text {number}" for number in range(FIRST + 30)]
BREAK = Unreachable("The connection broke.")


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.ada()
    yield stage
    stage.close()


def backfill(stage: Stage, **choices):
    return stage.sync(written(*TEXTS), bulk_from=FIRST + 1, **choices)


def requests(stage: Stage) -> list[str]:
    """What was asked of jobs, in order."""
    names = ("create", "upload", "close", "status", "outcomes", "abort", "log_tasks", "find_tasks")
    return [name for name in stage.org.calls if name in names]


def all_once(stage: Stage) -> bool:
    """Whether each text is on one Task, and nothing is left over."""
    said = Counter(text.strip() for text in stage.texts())
    is_done = not (stage.waiting() or stage.ledger.intents() or stage.ledger.jobs.open())
    return is_done and said == Counter(TEXTS)


def finish(stage: Stage) -> bool:
    """Sync every hour until nothing waits; return whether all is there once."""
    for _ in range(5):
        stage.now += timedelta(hours=1)
        if not stage.sync().messages.waiting:
            break
    return all_once(stage)


def test_a_first_call_and_then_a_job(stage):
    report = backfill(stage)
    assert report.messages.logged == len(TEXTS) == report.tasks_created
    assert requests(stage) == (
        ["log_tasks", "create", "upload", "close", "status", "status", "outcomes"]
    )
    assert all_once(stage)
    assert len(stage.org.jobs.last.tasks) == 30


class Steps(NoProgress):
    """Notes the steps of a run, and how far each of them came."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int | None] | int] = []

    def step(self, what: str, total: int | None = None) -> None:
        self.told.append((what, total))

    def done(self, count: int) -> None:
        self.told.append(count)


def test_progress_is_told_while_salesforce_is_at_work(stage):
    stage.org.jobs.pace = 12
    steps, pauses = Steps(), []
    backfill(stage, progress=steps, pause=pauses.append)
    assert steps.told == [("In a bulk job", 30), 12, 12, 6]
    assert pauses == [2, 4, 8]
    assert all_once(stage)


UNUSED = {
    "there are few": ({"bulk_from": len(TEXTS) + 1}, None),
    "a person wants no jobs": ({"bulk_from": None}, None),
    "a person chose smaller calls": ({"bulk_from": 201, "batch_size": 100}, None),
    "the key is not unique": ({"bulk_from": 201}, FALLBACK_KEY),
}


@pytest.mark.parametrize(("choices", "key_field"), UNUSED.values(), ids=UNUSED)
def test_no_job_is_made_where(stage, choices, key_field):
    stage.org.key_field = key_field or stage.org.key_field
    report = stage.sync(written(*TEXTS), **choices)
    assert "create" not in requests(stage)
    assert all_once(stage)
    assert any("unique key field" in note for note in report.notes) == bool(key_field)


def test_a_dry_run_makes_no_job_and_says_what_they_cost(stage):
    stage.sync(written("one"))
    more = written(*(f"text {number}" for number in range(1_100)))
    report = stage.dry_run(more, bulk_from=500)
    assert not stage.org.jobs.jobs
    [note] = [one for one in report.notes if "API calls" in one]
    assert note.endswith(
        "bulk jobs with about 20 API calls; for one Task a day of each chat:"
        " wasf config set frequency 24h"
    )


def test_the_rows_of_a_job_are_sorted_by_record(stage):
    phones = [f"+4477009001{number}" for number in range(10, 18)]
    for phone in reversed(phones):
        stage.org.add_contact(f"Person {phone}", phone)
    chats = [written(*TEXTS[:50], title=phone, phone=phone) for phone in phones]
    report = stage.sync(*chats, bulk_from=201)
    whos = [task.who_id for task in stage.org.jobs.last.tasks]
    assert whos == sorted(whos)
    assert len(set(whos)) == 4
    assert report.messages.logged == 400


def test_several_jobs_go_one_after_the_other(stage):
    stage.org.jobs.most = 12
    report = backfill(stage)
    assert [len(job.tasks) for job in stage.org.jobs.jobs.values()] == [12, 12, 6]
    made = [name for name in requests(stage) if name in ("create", "outcomes")]
    assert made == ["create", "outcomes"] * 3
    assert report.messages.logged == len(TEXTS)
    assert all_once(stage)


def test_a_job_that_is_full_after_whole_pages_of_intents(stage):
    stage.org.jobs.most = 1_000
    report = stage.sync(written(*(f"text {number}" for number in range(1_205))), bulk_from=201)
    assert [len(job.tasks) for job in stage.org.jobs.jobs.values()] == [1_000, 5]
    assert report.messages.logged == 1_205


def test_what_no_table_can_carry_goes_in_calls(stage):
    stage.org.jobs.unfit = lambda task: "text 210" in task.description
    backfill(stage)
    assert len(stage.org.jobs.last.tasks) == 29
    assert requests(stage).count("log_tasks") == 2
    assert all_once(stage)


# --- What becomes of rows ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["UNABLE_TO_LOCK_ROW", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
     "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"],
)  # fmt: skip
def test_what_may_pass_in_a_smaller_call_is_sent_again_at_once(stage, code):
    stage.org.refuse_next_tasks_at([FIRST + 3, FIRST + 4], code)
    report = backfill(stage)
    assert requests(stage).count("log_tasks") == 2
    assert (report.messages.logged, report.refused) == (len(TEXTS), 0)
    assert all_once(stage)


def test_a_refused_row_waits_with_its_reason_and_is_not_sent_twice_in_a_run(stage):
    stage.org.refuse_next_tasks_at([FIRST + 3], "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    report = backfill(stage)
    assert (report.messages.logged, report.messages.waiting, report.refused) == (229, 1, 1)
    [chat] = report.chats
    assert chat.reason.startswith("Salesforce refused the Task: FIELD_CUSTOM_VALIDATION")
    stage.sync()
    assert all_once(stage)


def test_a_full_storage_ends_the_backfill(stage):
    stage.org.jobs.most = 10
    stage.org.refuse_next_tasks_at([FIRST + 4], "STORAGE_LIMIT_EXCEEDED")
    report = backfill(stage)
    assert len(stage.org.jobs.jobs) == 1
    assert report.messages.waiting == 21
    assert "STORAGE_LIMIT_EXCEEDED" in report.chats[0].reason


# --- What becomes of jobs ----------------------------------------------------------------------


def test_a_job_that_is_refused_goes_in_calls(stage):
    stage.org.jobs.refused["create"] = RecordRefusal("API_DISABLED_FOR_ORG", words="No Bulk API")
    report = backfill(stage)
    assert all_once(stage)
    assert any("API_DISABLED_FOR_ORG" in note for note in report.notes)


def test_an_upload_that_is_refused_is_aborted_and_goes_in_calls(stage):
    stage.org.jobs.refused["upload"] = RecordRefusal("HTTP_413")
    backfill(stage)
    assert stage.org.jobs.last.state is JobState.ABORTED
    assert all_once(stage)


def test_a_job_that_cannot_be_closed_is_aborted_and_goes_in_calls(stage):
    stage.org.jobs.refused["close"] = RecordRefusal("INVALIDJOBSTATE")
    report = backfill(stage)
    assert stage.org.jobs.last.state is JobState.ABORTED
    assert report.messages.logged == len(TEXTS)
    assert all_once(stage)


def ending(stage: Stage, state: JobState, rows: int, words: str = ""):
    """What Salesforce does: it processes some rows, and ends the job."""

    def end(job: MemoryJob) -> None:
        stage.org.jobs.process(job, rows)
        job.state, job.words = state, words

    return end


def test_what_a_failed_job_left_goes_in_calls(stage):
    stage.org.jobs.on_look.append(ending(stage, JobState.FAILED, 10, "InvalidBatch"))
    report = backfill(stage)
    assert all_once(stage)
    [note] = [one for one in report.notes if "gave up" in one]
    assert "InvalidBatch" in note
    assert "10 of 30 Tasks" in note


@pytest.mark.parametrize("rows", [0, 10])
def test_a_job_that_somebody_aborted_is_not_sent_another_way_in_this_run(stage, rows):
    stage.org.jobs.on_look.append(ending(stage, JobState.ABORTED, rows))
    report = backfill(stage)
    assert report.messages.waiting == 30 - rows
    assert report.chats[0].reason == "somebody aborted its bulk job in Salesforce"
    assert requests(stage).count("log_tasks") == 1
    stage.org.jobs.pace = 1_000
    stage.sync()
    assert all_once(stage)


@pytest.mark.parametrize("rows", [0, 10, 30])
def test_the_tasks_of_a_job_that_is_gone_are_looked_up(stage, rows):
    def vanish(job: MemoryJob) -> None:
        stage.org.jobs.process(job, rows)
        stage.org.jobs.jobs.clear()

    stage.org.jobs.on_look.append(vanish)
    report = backfill(stage)
    assert all_once(stage)
    assert "find_tasks" in requests(stage)
    assert any("has no bulk job" in note for note in report.notes)


def test_lost_results_are_looked_up(stage):
    def lose(job: MemoryJob) -> None:
        ending(stage, JobState.COMPLETE, 20)(job)
        job.lost = True

    stage.org.jobs.on_look.append(lose)
    backfill(stage)
    assert "find_tasks" in requests(stage)
    assert all_once(stage)


def test_a_job_that_does_not_go_on_is_left_to_the_next_sync(stage):
    stage.org.jobs.pace = 0
    report = backfill(stage)
    assert report.messages.waiting == 30
    reason = report.chats[0].reason
    assert reason.startswith("in bulk job 750")
    assert reason.endswith("Salesforce has processed 0 of 30 Tasks")
    [job] = stage.ledger.jobs.open()
    assert (job.tasks, job.status.state) == (30, JobState.AT_WORK)
    assert len(requests(stage)) < 40

    told = status_json(read_status(stage.ledger, "", "", stage.policy))["jobs"]
    assert [(one["id"], one["state"], one["tasks"]) for one in told] == [(job.id, "InProgress", 30)]
    stage.org.calls.clear()
    stage.sync()
    assert requests(stage) == [], "it was asked for a moment ago"
    stage.org.jobs.pace = 1_000
    stage.now += timedelta(hours=1)
    stage.sync()
    assert requests(stage) == ["status", "outcomes"]
    assert all_once(stage)


def test_the_job_of_another_user_is_waited_for_and_then_looked_up(stage):
    stage.org.jobs.pace = 0
    backfill(stage)
    stage.org.jobs.on_look.append(lambda job: setattr(job, "state", JobState.HIDDEN))
    stage.now += timedelta(days=1)
    report = stage.sync()
    assert "another user" in report.chats[0].reason
    jobs = stage.org.jobs
    jobs.pace = 1_000
    mine, before = jobs.status, dict(jobs.jobs)
    jobs.status = lambda job: JobStatus(JobState.HIDDEN) if job in before else mine(job)
    more = [f"more {number}" for number in range(FIRST + 30)]
    assert stage.sync(written(*TEXTS, *more), bulk_from=FIRST + 1).messages.logged == len(more)
    assert len(jobs.jobs) == 2, "a job of one's own does not wait for it"
    jobs.status = mine
    stage.now += timedelta(days=7)
    stage.sync()
    assert not stage.waiting()
    assert Counter(text.strip() for text in stage.texts()) == Counter([*TEXTS, *more])


def test_new_messages_are_logged_while_a_job_is_at_work(stage):
    stage.org.jobs.pace = 0
    backfill(stage)
    stage.sync(written(*TEXTS, "and now this"), bulk_from=FIRST + 1)
    assert [text for text in stage.texts() if "and now" in text]
    assert len(stage.org.jobs.jobs) == 1


# --- Errors, and ends of the run ---------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before it was executed", "after"])
@pytest.mark.parametrize("name", ["create", "upload", "close", "status", "outcomes"])
def test_an_error_ends_the_run_and_the_next_one_goes_on(stage, name, after):
    stage.org.jobs.fail(name, BREAK, after=after)
    report = backfill(stage)
    assert report.error is BREAK
    assert finish(stage)
    jobs = stage.org.jobs.jobs.values()
    assert all(job.state.is_over for job in jobs) or name == "create", "none is left open"


def test_a_user_who_was_locked_out_leaves_the_job_to_the_next_sync(stage):
    gone = NotConnected("Salesforce no longer accepts the sign-in.")
    stage.org.jobs.fail("status", gone)
    assert backfill(stage).error is gone
    assert finish(stage)


def test_a_run_that_is_asked_to_end_leaves_the_job_at_work(stage):
    def stop():
        if stage.org.jobs.jobs and stage.org.jobs.last.state is JobState.AT_WORK:
            raise BREAK

    backfill(stage, check_stop=stop)
    assert stage.org.jobs.last.state is JobState.AT_WORK
    assert len(stage.ledger.jobs.open()) == 1
    assert finish(stage)


KILL_STEP = 3
"""Each of so many steps is the last one of a run; 1 takes them all."""


@pytest.mark.gate
def test_killed_between_any_two_steps_of_a_job(tmp_path):
    """The next run logs everything once, however far the job was, and if its results are lost."""
    kills = 0
    for step in count(1, KILL_STEP):
        stage = Stage(tmp_path / str(step))
        stage.ada()
        stage.org.jobs.most = 20
        try:
            if not stage.crash(step, written(*TEXTS), bulk_from=FIRST + 1):
                break
            kills += bool(stage.ledger.jobs.open())
            if step % 2 and stage.org.jobs.jobs:
                stage.org.jobs.last.lost = True
            stage.sync(written(*TEXTS), bulk_from=FIRST + 1)
            assert finish(stage), step
        finally:
            stage.close()
    assert kills >= 40 // KILL_STEP
