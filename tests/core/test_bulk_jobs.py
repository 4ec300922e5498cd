"""What is next for a bulk job, by what the ledger knows and what Salesforce says."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from wasf.core.bulk_jobs import (
    BulkJob,
    JobFile,
    JobState,
    JobStatus,
    JobStep,
    NextStep,
    is_sent_alone,
    next_step,
    pauses,
    result_files,
)
from wasf.core.records import RecordId
from wasf.core.refusals import RecordRefusal

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ID = RecordId("7505e0000000001AAA")
OPEN, COMPLETE = JobStatus(JobState.OPEN), JobStatus(JobState.COMPLETE, 9, 2)


def job(step: JobStep, job_id: str = ID, age: timedelta = timedelta(0)) -> BulkJob:
    return BulkJob(1, RecordId(job_id), step, "Key__c", 9, NOW - age)


def said(state: JobState, processed: int = 0) -> JobStatus:
    return JobStatus(state, processed)


PLANNED, CREATED, UPLOADED = (job(step) for step in JobStep)
NEXT = {
    "no id was kept: nothing was uploaded": (job(JobStep.PLANNED, ""), None, "NOT_SENT"),
    "created and not closed": (CREATED, OPEN, "ABORT"),
    "uploaded and not closed": (UPLOADED, OPEN, "CLOSE"),
    "somebody else closed it": (CREATED, said(JobState.UPLOADED), "WAIT"),
    "it waits for its turn": (UPLOADED, said(JobState.UPLOADED), "WAIT"),
    "it is at work": (UPLOADED, said(JobState.AT_WORK, 3), "WAIT"),
    "it is complete": (UPLOADED, COMPLETE, "READ"),
    "it is complete, and refused all": (UPLOADED, JobStatus(JobState.COMPLETE, 9, 9), "READ"),
    "it is complete, and saw nothing": (UPLOADED, said(JobState.COMPLETE), "READ"),
    "it failed in the middle": (UPLOADED, said(JobState.FAILED, 3), "READ"),
    "it failed at once": (UPLOADED, said(JobState.FAILED), "NOT_SENT"),
    "it was aborted in the middle": (UPLOADED, said(JobState.ABORTED, 3), "READ"),
    "it was aborted at once": (CREATED, said(JobState.ABORTED), "NOT_SENT"),
    "it is gone": (UPLOADED, None, "LOOK_UP"),
    "it is gone, and was never closed": (CREATED, None, "LOOK_UP"),
    "it is another user's": (UPLOADED, said(JobState.HIDDEN), "WAIT"),
    "it is another user's, and older than results are kept": (
        job(JobStep.UPLOADED, age=timedelta(days=7, seconds=1)),
        said(JobState.HIDDEN),
        "LOOK_UP",
    ),
}


@pytest.mark.parametrize(("known", "status", "step"), NEXT.values(), ids=NEXT)
def test_what_is_next(known, status, step):
    assert next_step(known, status, NOW) is NextStep[step]


LOGGED, REFUSED, REST = JobFile.LOGGED, JobFile.REFUSED, JobFile.NOT_PROCESSED
FILES = {
    "all written": (JobStatus(JobState.COMPLETE, 9), [LOGGED]),
    "some refused": (COMPLETE, [LOGGED, REFUSED]),
    "all refused": (JobStatus(JobState.COMPLETE, 9, 9), [REFUSED]),
    "nothing seen": (JobStatus(JobState.COMPLETE), []),
    "failed in the middle": (JobStatus(JobState.FAILED, 3, 1), [LOGGED, REFUSED, REST]),
    "aborted in the middle": (JobStatus(JobState.ABORTED, 3), [LOGGED, REST]),
}


@pytest.mark.parametrize(("status", "files"), FILES.values(), ids=FILES)
def test_only_files_with_something_in_them_are_read(status, files):
    assert list(result_files(status)) == files


CODES = {
    "UNABLE_TO_LOCK_ROW": True,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": True,
    "CANNOT_EXECUTE_FLOW_TRIGGER": True,
    "LIMIT_EXCEEDED": True,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": True,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": False,
    "REQUIRED_FIELD_MISSING": False,
    "STORAGE_LIMIT_EXCEEDED": False,
    "STRING_TOO_LONG": False,
    "DUPLICATE_VALUE": False,
}


@pytest.mark.parametrize(("code", "again"), CODES.items())
def test_what_may_pass_in_a_smaller_call(code, again):
    assert is_sent_alone(RecordRefusal(code)) is again


def test_pauses_grow_to_half_a_minute():
    assert list(islice(pauses(), 7)) == [2, 4, 8, 16, 30, 30, 30]


def test_a_job_has_a_name_before_it_has_an_id():
    assert (UPLOADED.name, job(JobStep.PLANNED, "").name) == (f"bulk job {ID}", "a bulk job")


def test_ends_are_over():
    over = [state for state in JobState if state.is_over]
    assert over == [JobState.COMPLETE, JobState.FAILED, JobState.ABORTED]
