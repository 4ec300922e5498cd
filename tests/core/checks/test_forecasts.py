"""What doctor says of the days to come, and of bulk jobs."""

from datetime import UTC, datetime, timedelta

import pytest

from wasf.core.bulk_jobs import BulkJob, JobState, JobStatus, JobStep
from wasf.core.checks import (
    CheckStatus,
    DataStorage,
    History,
    LedgerSize,
    check_jobs,
    forecast_calls,
    forecast_ledger,
    forecast_storage,
)
from wasf.core.records import RecordId
from wasf.core.runs import LoggedRate, RecordedRun, calls_made

OK, WARNING = CheckStatus.OK, CheckStatus.WARNING
NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
GB = 1024  # MB
MB = 1_000_000

MONTH = LoggedRate(days=30, messages=3_000_000, tasks=3_000_000, chat_days=300_000)
"""A thousand people who write a hundred messages a day each, in ten chats."""


@pytest.mark.parametrize(
    ("left", "growth", "status", "words"),
    [
        (30 * GB, MONTH, OK, "about 160 days at this rate"),
        (30 * GB, MONTH, OK, "makes it about 1,600 days: wasf config set frequency 24h"),
        (10 * GB, MONTH, WARNING, "about 52 days at this rate"),
        (10 * GB, MONTH, WARNING, "100,000 Tasks a day"),
        (10 * GB, LoggedRate(3, 300_000, 300_000, 30_000), WARNING, "about 52 days"),
        (10 * GB, LoggedRate(30, 300, 30, 30), OK, "more than ten years"),
        (10 * GB, LoggedRate(30, 9_000_000, 300_000, 1_000), OK, "about more than ten years"),
        (1, LoggedRate(30, 90_000, 3_000, 3_000), WARNING, "full in about 5 days"),
    ],
)
def test_when_the_storage_is_full(left: int, growth: LoggedRate, status: CheckStatus, words: str):
    check = forecast_storage(DataStorage(left, 100 * GB), growth)
    assert check is not None
    assert check.status is status
    assert words in f"{check.result} {check.fix}"
    is_daily = growth.tasks == growth.chat_days
    assert ("frequency 24h" in f"{check.result} {check.fix}") == (
        not is_daily and "ten years." not in check.result
    )


@pytest.mark.parametrize(
    ("storage", "growth"),
    [
        (None, MONTH),
        (DataStorage(0, 10), MONTH),
        (DataStorage(10, 10), None),
        (DataStorage(10, 10), MONTH._replace(days=0.9)),
        (DataStorage(10, 10), MONTH._replace(tasks=0)),
    ],
    ids=["not seen", "full already", "nothing logged", "no day yet", "no Task"],
)
def test_nothing_is_foretold_where_nothing_is_known(
    storage: DataStorage | None, growth: LoggedRate | None
):
    assert forecast_storage(storage, growth) is None


def runs(*calls: tuple[float, int]) -> list[RecordedRun]:
    """Runs of so many days ago with so many calls."""
    return [
        RecordedRun(f"{days}", "sync", NOW - timedelta(days=days), api_calls=made)
        for days, made in calls
    ]


@pytest.mark.parametrize(
    ("made", "status", "words"),
    [
        (runs((0.5, 300), (9.5, 100), (10, 200)), OK, "about 60 calls a day, 300 on its busiest"),
        (runs((0.5, 300), (9.5, 100), (10, 200)), OK, "busiest day: 0% of the 90,000"),
        (runs((0.1, 20_000), (0.2, 25_000), (10, 5)), WARNING, "45,000 on its busiest day: 50%"),
        (runs((45, 90_000), (10, 100)), OK, "10 calls a day, 100 on"),
    ],
    ids=["the mean of ten days", "little", "half of it", "what is long ago"],
)
def test_how_many_calls_a_machine_makes(made, status: CheckStatus, words: str):
    check = forecast_calls(History(NOW, calls=calls_made(made, NOW)), 100_000, 10_000)
    assert check is not None
    assert (check.status, bool(check.fix)) == (status, status is WARNING)
    assert words in check.result


@pytest.mark.parametrize(
    ("made", "limit"),
    [
        ([], 100_000),
        (runs((0.9, 300)), 100_000),
        (runs((10, 0)), 100_000),
        (runs((10, 300)), 10_000),
        (runs((10, 300)), 0),
    ],
    ids=["no run", "no day yet", "calls are not known", "nothing is left for wasf", "no limit"],
)
def test_no_calls_are_foretold_where_they_are_not_known(made, limit: int):
    assert forecast_calls(History(NOW, calls=calls_made(made, NOW)), limit, 10_000) is None


def test_of_a_shared_ledger_the_calls_of_all_machines_count():
    made = calls_made(runs((0.5, 300), (10, 300)), NOW)
    check = forecast_calls(History(NOW, calls=made, is_shared=True), 100_000, 10_000)
    assert check is not None
    assert "The machines of this ledger make about 60 calls a day, 300 on their" in check.result


@pytest.mark.parametrize(
    ("size", "status", "words"),
    [
        (LedgerSize(145 * MB, 1_000_000, None), OK, "140 MB for"),
        (LedgerSize(145 * MB, 1_000_000, None), OK, "about 5,300 MB more in a year"),
        (LedgerSize(55 * MB, 1_000_000, 600 * MB), OK, "55 MB for 1,000,000 messages"),
        (LedgerSize(55 * MB, 1_000_000, 400 * MB), WARNING, "full in about 73 days"),
    ],
)
def test_how_the_ledger_grows(size: LedgerSize, status: CheckStatus, words: str):
    check = forecast_ledger(size, MONTH)
    assert check is not None
    assert check.status is status
    assert words in check.result


@pytest.mark.parametrize(
    ("size", "growth"),
    [(None, MONTH), (LedgerSize(0, 0, None), MONTH), (LedgerSize(1, 1, None), None)],
)
def test_a_ledger_that_is_not_known_does_not_grow(size, growth):
    assert forecast_ledger(size, growth) is None


# --- Bulk jobs ---------------------------------------------------------------------------------

JOB = BulkJob(
    1,
    RecordId("750000000000001AAA"),
    JobStep.UPLOADED,
    "Key__c",
    1_000,
    NOW - timedelta(minutes=20),
    NOW,
    JobStatus(JobState.AT_WORK, 120),
)


@pytest.mark.parametrize(
    ("job", "status", "words"),
    [
        (JOB, OK, "Bulk job 750000000000001AAA of 1,000 Tasks, begun within the last hour"),
        (JOB, OK, "Salesforce has processed 120 (InProgress)"),
        (JOB._replace(status=JobStatus(JobState.UPLOADED)), OK, "processed 0 (UploadComplete)"),
        (JOB._replace(begun_at=NOW - timedelta(hours=25)), WARNING, "abort it there"),
        (JOB._replace(begun_at=NOW - timedelta(hours=25)), WARNING, "begun 25 hours ago"),
        (JOB._replace(begun_at=NOW - timedelta(days=8)), WARNING, "begun 8 days ago"),
        (JOB._replace(begun_at=NOW - timedelta(days=8)), WARNING, "looks its Tasks up"),
        (JOB._replace(status=JobStatus(JobState.AT_WORK, 120, 7)), WARNING, "refused 7 of them"),
        (JOB._replace(status=JobStatus(JobState.AT_WORK, 120, 7)), WARNING, "why Tasks were"),
        (JOB._replace(status=JobStatus(JobState.COMPLETE, 1_000)), WARNING, "takes its results"),
        (JOB._replace(status=JobStatus(JobState.OPEN)), WARNING, "puts back what was not sent"),
        (JOB._replace(id=RecordId("")), WARNING, "A bulk job of 1,000 Tasks"),
        (JOB._replace(id=RecordId("")), WARNING, "nothing of it was sent yet"),
        (JOB._replace(status=JobStatus(JobState.HIDDEN)), WARNING, "Manage Data Integrations"),
    ],
)
def test_how_a_bulk_job_stands(job: BulkJob, status: CheckStatus, words: str):
    [check] = check_jobs([job], NOW)
    assert (check.name, check.status) == ("bulk jobs", status)
    assert words in f"{check.result} {check.fix}"


def test_without_jobs_nothing_is_said_of_them():
    assert list(check_jobs([], NOW)) == []
