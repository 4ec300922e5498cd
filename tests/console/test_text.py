"""Results in lines for people. What a command prints as a whole is in the golden files."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wasf.commands.status import read_status
from wasf.commands.verify import TaskResult
from wasf.console.console import _CHECK_STYLES, _SIGN_IN_KINDS
from wasf.console.text import status_text
from wasf.console.text_corrections import _RESULTS
from wasf.core.auth import SignInKind
from wasf.core.bulk_jobs import BulkJob, JobState, JobStatus, JobStep
from wasf.core.checks import CheckStatus
from wasf.core.records import RecordId
from wasf.core.runs import RecordedRun
from wasf.errors import ExitCode
from wasf.interfaces import InboxCounts

URL = "https://example.my.salesforce.com"


def test_what_waits_in_the_inbox_is_told(stage):
    counts = InboxCounts(3, {"call:whispered": 2, "no JSON": 1})
    found = read_status(stage.ledger, URL, "", stage.policy, counts)
    lines = [line for line in status_text(found, UTC) if line.startswith("Webhooks")]
    assert lines == [
        "Webhooks that wait for wasf listen: 3.",
        (
            "Webhooks that are kept and were not understood: 2 of call:whispered, 1 of no JSON."
            " See wasf inbox."
        ),
    ]
    empty = status_text(read_status(stage.ledger, URL, "", InboxCounts()), UTC)
    assert not [line for line in empty if "Webhooks" in line]


JOB = RecordId("7505e0000000001AAA")
JOBS = {
    "planned": ("", None, "A bulk job of 1 Task was about to be made."),
    "not asked for": (JOB, None, f"Bulk job {JOB}: 1 Task, not asked for yet."),
    "at work": (
        JOB,
        JobStatus(JobState.AT_WORK, 1, 1),
        f"Bulk job {JOB}: 1 of 1 Task processed, 1 of them refused (InProgress).",
    ),
    "hidden": (
        JOB,
        JobStatus(JobState.HIDDEN),
        f"Bulk job {JOB}: 1 Task, of another user; you may not read it.",
    ),
}


@pytest.mark.parametrize(("job_id", "status", "words"), JOBS.values(), ids=JOBS)
def test_bulk_jobs_that_are_not_over_are_told(stage, job_id, status, words):
    job = BulkJob(1, job_id, JobStep.CREATED, "Key__c", 1, stage.now)
    if status is not None:
        job = job._replace(asked_at=stage.now, status=status)
    found = replace(read_status(stage.ledger, URL, "", stage.policy), jobs=(job,))
    assert f"{words} The next sync goes on with it." in status_text(found, UTC)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        (ExitCode.TRY_LATER, f"Connected to {URL}."),
        (ExitCode.NOT_CONNECTED, f"wasf sync was not connected to {URL} when it last ran."),
    ],
)
def test_w8_a_sign_in_that_a_run_found_ended_is_not_called_connected(stage, code, first):
    at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    runs = [RecordedRun("20260302T100000Z-1", "sync", at, at, code, "It failed.")]
    found = read_status(stage.ledger, URL, "", stage.policy, runs=runs)
    assert status_text(found, UTC)[0] == first


def test_every_result_of_verify_has_its_words():
    assert set(_RESULTS) == set(TaskResult)


def test_every_status_of_a_check_and_every_kind_of_sign_in_is_shown():
    assert set(_CHECK_STYLES) == set(CheckStatus)
    assert set(_SIGN_IN_KINDS) == set(SignInKind)
