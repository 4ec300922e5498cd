"""Commands about chats of which a bulk job of an earlier run holds Tasks."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.fakes_jobs import MemoryJob
from tests.fakes_sources import written
from wasf.commands.privacy import forget
from wasf.commands.review import NamedChat, decide
from wasf.commands.sync import JobAtWork, cancel_jobs_of_chats
from wasf.commands.undo import undo, undo_chat
from wasf.commands.verify import TaskResult, verify
from wasf.console import forget_text, link_text, undo_text
from wasf.core.bulk_jobs import KEPT, JobState
from wasf.core.chats import Phone
from wasf.core.records import Approval, RecordId
from wasf.errors import ExitCode, NotConnected, Unreachable
from wasf.interfaces import Org
from wasf.store.ledger import Ledger

FIRST = 200
TEXTS = [f"text {number}" for number in range(FIRST + 20)]
KILL_STEP = 7
"""Each of so many steps is the last one of a command; 1 takes them all."""

HERS = [f"hers {number}" for number in range(10)]

BREAK = Unreachable("The connection broke.")
UPLOADED, AT_WORK, COMPLETE = JobState.UPLOADED, JobState.AT_WORK, JobState.COMPLETE
STATES = [(UPLOADED, 0), (AT_WORK, 0), (AT_WORK, 12), (COMPLETE, 30)]
"""A job that waits, one at work, one that has written some rows, and one that is over."""


@dataclass
class Backfill:
    """A backfill of two people: its job holds 20 Tasks of Ada's chat, then 10 of Ben's."""

    stage: Stage
    ada: RecordId = field(init=False)
    ben: RecordId = field(init=False)

    def __post_init__(self) -> None:
        self.ada = self.stage.ada().id
        self.ben = self.stage.org.add_contact("Ben Beispiel", BEN).id

    def run(self, state: JobState, processed: int = 0) -> MemoryJob:
        """Leave the job in a state; it does not go on until it is told to."""
        jobs = self.stage.org.jobs
        jobs.pace = 0
        if state is UPLOADED:
            jobs.on_look.extend([lambda job: None] * 1_000)
        chats = written(*TEXTS), written(*HERS, title="Ben Beispiel", phone=BEN)
        self.stage.sync(*chats, bulk_from=FIRST + 1)
        jobs.process(jobs.last, processed)
        return jobs.last

    def go_on(self) -> None:
        """Let Salesforce process each job whole as soon as somebody asks for it."""
        self.stage.org.jobs.on_look.clear()
        self.stage.org.jobs.pace = 1_000_000

    def end(self) -> None:
        """Let Salesforce write all that it still can."""
        self.go_on()
        for job in self.stage.org.jobs.jobs.values():
            if not job.state.is_over and job.tasks is not None:
                self.stage.org.jobs.process(job, len(job.tasks))

    def sync(self) -> None:
        """The sync of an hour later."""
        self.stage.now += timedelta(hours=1)
        self.stage.sync()

    def on(self, record: RecordId) -> list[str]:
        """What stands on a record, in order."""
        return sorted(text.strip() for text in self.stage.texts(record))

    def results(self) -> dict[TaskResult, int]:
        """What `wasf verify` finds."""
        found = verify(self.stage.context()).counts
        return {one.result: one.tasks for one in found if one.tasks}


@pytest.fixture
def backfill(tmp_path):
    stage = Stage(tmp_path)
    yield Backfill(stage)
    stage.close()


# --- Forget ------------------------------------------------------------------------------------


def is_nowhere(stage: Stage, phone: Phone = ADA) -> bool:
    """Whether a person is not known here, and nothing of the person is on its way."""
    known = [one.chat for one in stage.ledger.chats()]
    jobs = stage.ledger.jobs
    is_known = phone in [one.phone for one in known]
    return not is_known and jobs.held() == jobs.of_chats(one.id for one in known)


@pytest.mark.parametrize(("state", "processed"), STATES)
def test_nothing_of_a_forgotten_person_is_written_afterwards(backfill, state, processed):
    stage, job = backfill.stage, backfill.run(state, processed)
    if state is not UPLOADED:
        backfill.go_on()
    done = stage.forget(ADA)
    assert (done.chats, done.waiting + done.logged) == (1, len(TEXTS))
    assert done.waiting == (20 if state is UPLOADED else 0)
    assert job.state is (JobState.ABORTED if state is UPLOADED else COMPLETE)
    assert is_nowhere(stage)
    told = backfill.on(backfill.ada)
    assert len(told) == done.logged, "what is there is told"
    backfill.end()
    backfill.sync()
    assert backfill.on(backfill.ada) == told
    assert backfill.on(backfill.ben) == sorted(HERS), "the other's are logged, once"
    assert not stage.ledger.jobs.open()


def test_nothing_is_removed_while_salesforce_is_at_work(backfill):
    stage, job = backfill.stage, backfill.run(AT_WORK)
    with pytest.raises(JobAtWork) as raised:
        stage.forget(ADA)
    assert raised.value.exit_code is ExitCode.TRY_LATER
    [known] = stage.ledger.jobs.open()
    assert f"{known.name}: Salesforce has processed 0 of 30 Tasks" in raised.value.message
    assert raised.value.hint == "in some minutes: the same command once more"
    assert job.state is AT_WORK
    assert stage.waiting() == {"Ada Example": 20, "Ben Beispiel": 10}
    backfill.go_on()
    assert stage.forget(ADA).logged == len(TEXTS)
    assert is_nowhere(stage)


def test_the_job_of_another_user_is_left_to_that_user(backfill):
    backfill.run(AT_WORK)
    backfill.stage.org.jobs.on_look.append(lambda job: setattr(job, "state", JobState.HIDDEN))
    with pytest.raises(JobAtWork) as raised:
        backfill.stage.forget(ADA)
    assert "another user" in raised.value.message
    assert "Manage Data Integrations" in raised.value.hint


def test_a_job_without_the_person_is_not_touched(backfill):
    other = Phone("+447700900199")
    backfill.stage.sync(written("one", title="Cleo", phone=other))
    job = backfill.run(UPLOADED)
    backfill.stage.org.calls.clear()
    assert backfill.stage.forget(other).chats == 1
    assert job.state is UPLOADED
    assert not {"status", "abort"} & {*backfill.stage.org.calls}


@pytest.mark.parametrize("error", [BREAK, NotConnected("Salesforce no longer accepts it.")])
def test_a_job_that_cannot_be_asked_for_is_waited_for_as_long_as_it_is_kept(backfill, error):
    stage = backfill.stage
    backfill.run(AT_WORK)
    stage.org.jobs.fail("status", error)
    with pytest.raises(type(error)) as raised:
        stage.forget(ADA)
    assert "nothing was removed yet" in raised.value.hint
    assert stage.waiting()["Ada Example"] == 20
    stage.now += KEPT + timedelta(minutes=1)
    stage.org.jobs.fail("status", error)
    assert stage.forget(ADA).chats == 1
    assert is_nowhere(stage)


def test_a_dry_run_of_forget_says_what_a_job_holds(backfill):
    job = backfill.run(UPLOADED)
    with Ledger.scratch(backfill.stage.path) as scratch:
        context = backfill.stage.context(ledger=scratch, dry_run=True)
        done = forget(ADA, context)
    assert (done.in_jobs, job.state) == (20, UPLOADED)
    [line] = [one for one in forget_text(done) if "bulk job" in one]
    assert line.startswith("20 Tasks of this person in a bulk job")


@pytest.mark.gate
@pytest.mark.parametrize(("state", "processed"), [(UPLOADED, 0), (AT_WORK, 12)])
@pytest.mark.parametrize("between", ["nothing", "sync"])
def test_a_forget_that_is_killed_at_any_step_is_completed(
    tmp_path: Path, state: JobState, processed: int, between: str
):
    kills = 0
    for steps in count(0, KILL_STEP):
        stage = Stage(tmp_path / str(steps))
        backfill = Backfill(stage)
        backfill.run(state, processed)
        if state is not UPLOADED:
            backfill.go_on()
        try:
            if not stage.crash_forget(steps, ADA):
                break
            kills += 1
            backfill.go_on()
            if between == "sync":
                backfill.sync()
            stage.forget(ADA)
            assert is_nowhere(stage), steps
            told = backfill.on(backfill.ada)
            assert len({*told}) == len(told)
            backfill.end()
            backfill.sync()
            assert backfill.on(backfill.ada) == told
            assert backfill.on(backfill.ben) == sorted(HERS)
        finally:
            stage.close()
    assert kills >= 1


# --- Skip --------------------------------------------------------------------------------------


def skip_her(stage: Stage):
    cancel = partial(cancel_jobs_of_chats, context=stage.context(), whose="these chats")
    return decide(Approval.SKIPPED, [NamedChat(ADA)], [], stage.ledger, "DE", cancel)


@pytest.mark.parametrize(("state", "processed"), STATES)
def test_x2_nothing_of_a_skipped_chat_is_written_afterwards(backfill, state, processed):
    stage, job = backfill.stage, backfill.run(state, processed)
    if state is not UPLOADED:
        backfill.go_on()
    [done] = skip_her(stage).chats
    assert done.messages == (20 if state is UPLOADED else 0)
    assert done.logged == len(TEXTS) - done.messages
    assert job.state is (JobState.ABORTED if state is UPLOADED else COMPLETE)
    told = backfill.on(backfill.ada)
    backfill.end()
    backfill.sync()
    assert backfill.on(backfill.ada) == told
    assert backfill.on(backfill.ben) == sorted(HERS), "the other's are logged, once"
    assert (stage.waiting(), stage.ledger.jobs.open()) == ({}, [])


def test_x2_nothing_is_decided_while_salesforce_is_at_work(backfill):
    stage = backfill.stage
    backfill.run(AT_WORK)
    with pytest.raises(JobAtWork):
        skip_her(stage)
    assert Approval.SKIPPED not in [one.approval for one in stage.ledger.chats()]
    assert stage.waiting() == {"Ada Example": 20, "Ben Beispiel": 10}


def test_x2_a_job_without_the_chat_is_not_touched(backfill):
    other = Phone("+447700900199")
    backfill.stage.sync(written("one", title="Cleo", phone=other))
    job = backfill.run(UPLOADED)
    decide(Approval.SKIPPED, [NamedChat(other)], [], backfill.stage.ledger, "DE", pytest.fail)
    assert job.state is UPLOADED


def test_x2_a_yes_leaves_jobs_alone(backfill):
    job = backfill.run(UPLOADED)
    decide(Approval.ALLOWED, [NamedChat(ADA)], [], backfill.stage.ledger, "DE", pytest.fail)
    assert job.state is UPLOADED


# --- Link --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "processed"), STATES)
@pytest.mark.parametrize("at_once", [True, False], ids=["ends now", "ends later"])
def test_x1_what_a_job_holds_comes_to_the_record_that_the_chat_is_linked_to(
    backfill, state, processed, at_once
):
    stage = backfill.stage
    backfill.run(state, processed)
    right = stage.org.add_contact("Right").id
    if at_once and state is not UPLOADED:
        backfill.go_on()
    done = stage.link(ADA, right)
    assert done.exit_code is ExitCode.DONE
    is_late = state is AT_WORK and not at_once
    assert done.elsewhere.in_jobs == (20 if is_late else 0)
    assert any("takes its results moves them" in one for one in link_text(done)) == is_late
    backfill.end()
    backfill.sync()
    backfill.sync()
    assert backfill.on(right) == sorted(TEXTS)
    assert backfill.on(backfill.ada) == []
    assert backfill.on(backfill.ben) == sorted(HERS)
    assert stage.ledger.moves.chats_being_moved() == []
    assert backfill.results() == {TaskResult.SAME: len(TEXTS + HERS)}


def test_x1_a_lead_that_a_job_writes_on_is_left_when_its_tasks_are_moved(tmp_path):
    stage = Stage(tmp_path)
    stage.org.jobs.pace = 0
    stage.sync(written(*TEXTS), bulk_from=FIRST + 1)
    [lead] = stage.org.created_leads
    right = stage.org.add_contact("Right").id
    stage.link(ADA, right)
    assert lead in stage.org.leads, "Tasks are still to come there"
    stage.org.jobs.pace = 1_000
    stage.now += timedelta(hours=1)
    report = stage.sync()
    assert sorted(text.strip() for text in stage.texts(right)) == sorted(TEXTS)
    assert lead not in stage.org.leads
    assert any("19 Tasks of bulk job" in note for note in report.notes)
    stage.close()


def test_x1_without_a_move_they_stay_where_the_job_puts_them(backfill):
    stage = backfill.stage
    backfill.run(AT_WORK)
    right = stage.org.add_contact("Right").id
    done = stage.link(ADA, right, move=False)
    assert "20 Tasks of this chat in a bulk job, on the way there." in link_text(done)
    backfill.end()
    backfill.sync()
    assert (backfill.on(right), len(backfill.on(backfill.ada))) == ([], len(TEXTS))


def test_x1_without_a_move_an_earlier_one_that_waits_for_the_job_goes_on_no_more(backfill):
    stage = backfill.stage
    backfill.run(AT_WORK)
    second, third = (stage.org.add_contact(name).id for name in ("Second", "Third"))
    stage.link(ADA, second)
    stage.link(ADA, third, move=False)
    backfill.end()
    backfill.sync()
    assert (len(backfill.on(second)), len(backfill.on(backfill.ada))) == (FIRST, 20)
    assert backfill.on(third) == []
    assert stage.ledger.moves.chats_being_moved() == []


def test_x1_a_chat_that_was_unlinked_meanwhile_is_not_moved(backfill):
    from_record, right = backfill.ada, backfill.stage.org.add_contact("Right").id
    backfill.run(AT_WORK)
    backfill.stage.link(ADA, right)
    [known] = [one for one in backfill.stage.ledger.chats() if one.chat.phone == ADA]
    backfill.stage.ledger.unlink(known.chat.id)
    backfill.end()
    backfill.sync()
    assert len(backfill.on(from_record)) == 20
    assert not backfill.stage.ledger.jobs.open()


@pytest.mark.gate
@pytest.mark.parametrize("what", ["link", "sync"])
def test_x1_a_move_of_what_a_job_holds_is_killed_at_any_step(tmp_path: Path, what: str):
    kills = 0
    for steps in count(0, KILL_STEP):
        stage = Stage(tmp_path / str(steps))
        backfill = Backfill(stage)
        backfill.run(AT_WORK, 12)
        right = stage.org.add_contact("Right").id
        try:
            if what == "sync":
                stage.link(ADA, right)
                backfill.end()
                stage.now += timedelta(hours=1)
            crashed = stage.crash_link(steps, ADA, right) if what == "link" else stage.crash(steps)
            backfill.end()
            backfill.sync()
            if what == "link":
                stage.link(ADA, right)
            assert backfill.on(right) == sorted(TEXTS), steps
            assert backfill.on(backfill.ada) == []
            assert backfill.results() == {TaskResult.SAME: len(TEXTS + HERS)}
            if not crashed:
                break
            kills += 1
        finally:
            stage.close()
    assert kills >= 1


# --- Undo --------------------------------------------------------------------------------------


def undo_it(stage: Stage, what: str, ledger: Ledger | None = None, org: Org | None = None):
    """Undo the run, by its id or as the last one, or Ada's chat."""
    context = stage.context(org, ledger)
    if what == "chat":
        return undo_chat(ADA, "", context)
    return undo(stage.ledger.runs()[0] if what == "run" else "", context)


UNDONE = ["last", "run", "chat"]


@pytest.mark.parametrize("what", UNDONE)
@pytest.mark.parametrize(("state", "processed"), STATES)
def test_w5_an_undo_takes_back_what_the_job_of_the_run_wrote(backfill, what, state, processed):
    stage, job = backfill.stage, backfill.run(state, processed)
    if state is not UPLOADED:
        backfill.go_on()
    report = undo_it(stage, what)
    assert job.state.is_over
    assert backfill.on(backfill.ada) == []
    assert len(backfill.on(backfill.ben)) == (10 if what == "chat" and state is not UPLOADED else 0)
    assert report.exit_code is ExitCode.DONE
    assert (report.in_jobs, report.in_doubt) == (0, 0)
    assert report.put_back == (30 if state is UPLOADED else 0)
    assert any("of its bulk job not written" in line for line in undo_text(report)) == bool(
        report.put_back
    )
    backfill.end()
    assert backfill.on(backfill.ada) == [], "nothing comes afterwards"


@pytest.mark.parametrize("what", UNDONE)
def test_w5_nothing_is_undone_while_salesforce_is_at_work(backfill, what):
    stage = backfill.stage
    backfill.run(AT_WORK)
    with pytest.raises(JobAtWork):
        undo_it(stage, what)
    assert len(stage.texts()) == FIRST
    backfill.go_on()
    undo_it(stage, what)
    assert backfill.on(backfill.ada) == []


@pytest.mark.parametrize("what", ["last", "run"])
def test_w5_what_a_later_run_learned_of_a_job_belongs_to_the_run_that_made_it(backfill, what):
    stage = backfill.stage
    backfill.run(AT_WORK)
    backfill.end()
    backfill.sync()
    assert len(stage.ledger.runs()) == 2
    assert undo_it(stage, what).tasks == len(TEXTS + HERS)
    assert stage.texts() == []


def test_w5_the_job_of_another_run_is_left_alone(backfill):
    stage = backfill.stage
    stage.sync(written("one", title="Cleo", phone=Phone("+447700900199")))
    stage.now += timedelta(hours=1)
    job = backfill.run(UPLOADED)
    report = undo_it(stage, "run")
    assert (report.tasks, report.in_doubt, job.state) == (1, 0, UPLOADED)


def test_w5_a_dry_run_of_an_undo_says_what_a_job_holds(backfill):
    job = backfill.run(UPLOADED)
    with Ledger.scratch(backfill.stage.path) as scratch:
        context = backfill.stage.context(ledger=scratch, dry_run=True)
        report = undo("", context)
    assert (report.in_jobs, job.state, report.is_empty) == (30, UPLOADED, False)
    assert "30 Tasks in a bulk job: it is cancelled first, or its result is awaited." in undo_text(
        report
    )


@pytest.mark.gate
@pytest.mark.parametrize("what", UNDONE)
def test_w5_an_undo_that_is_killed_while_it_takes_a_job_back_goes_on(tmp_path: Path, what: str):
    kills = 0
    for steps in count(0, KILL_STEP):
        stage = Stage(tmp_path / str(steps))
        backfill = Backfill(stage)
        backfill.run(UPLOADED)
        org, ledger = stage.brittle()
        try:
            crashed = stage.crashes(steps, partial(undo_it, stage, what, ledger, org))
            undo_it(stage, what)
            assert backfill.on(backfill.ada) == [], steps
            backfill.end()
            assert backfill.on(backfill.ada) == []
            if not crashed:
                break
            kills += 1
        finally:
            stage.close()
    assert kills >= 1
