"""Bulk jobs over the strict local org: what goes into a file, what comes back, what goes wrong."""

import csv
import io
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.salesforce.contract import UNIQUE, all_outcomes, closed_and_over, new_job
from tests.salesforce.worlds import QUICK, adapter, make_task, timeouts_with
from tests.samples import one_in
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import UserId
from wasf.core.bulk_jobs import JobFile, JobState, JobStatus
from wasf.core.policy import Reserve
from wasf.core.records import RecordId, Task
from wasf.core.refusals import RecordRefusal
from wasf.errors import (
    ApiLimitReached,
    LedgerUnreachable,
    NotConnected,
    Unreachable,
    WasfError,
)
from wasf.interfaces import NOT_SEEN, RowFit, TaskLogged, TaskRefused
from wasf.salesforce.api import PackedBody, RequestFailed
from wasf.salesforce.api.formats import storable
from wasf.salesforce.bulk_jobs import CsvRows, _error, _outcome, _rows_of


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        org.set(bulk_waits=False)
        yield org


@pytest.fixture
def ada(local) -> RecordId:
    return RecordId(local.add_contact(LastName="Example"))


class World:
    """What the helpers of the contract take."""

    def __init__(self, org) -> None:
        self.org = org


@pytest.fixture
def world(local):
    return World(adapter(local))


def task(local, ada, number=1, **changes) -> Task:
    return replace(make_task(number, ada, UserId(local.user_id)), **changes)


# --- What goes into a file ---------------------------------------------------------------------

TEXTS = {
    "line ends": ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
    "other line ends": ("one\x85two\u2028three\vfour\ffive", "one\x85two\u2028three␋four␌five"),
    "quotes": ("\"quoted\", and 'single'", None),
    "commas and semicolons": ("a,b;c\td|e", None),
    "a formula": ("=HYPERLINK(1)", None),
    "other formulas": ("+1-2@SUM", None),
    "NUL": ("before\0after", "before␀after"),
    "half characters": ("\ud83d", "�"),
    "every script": ("नमस्ते مرحبا 🙂 é", None),
    "no value within a text": ("see #N/A there", None),
    "a backslash": ("C:\\new\\", None),
    "a long text": ("x" * 32_000, None),
}


@pytest.mark.parametrize(("text", "stored"), TEXTS.values(), ids=TEXTS)
def test_texts_arrive_as_they_are(local, world, ada, text, stored):
    one = task(local, ada, subject="x", description=text)
    other = task(local, ada, 2, description="after it")
    status = closed_and_over(world, new_job(world, [one, other]))
    assert status == JobStatus(JobState.COMPLETE, 2, 0)
    assert [row["Description"] for row in local.rows("Task")] == [stored or text, "after it"]


UNFIT = {
    "what means no value": {"subject": "#N/A"},
    "a longer field than a job takes": {"fields": (("Long__c", "x" * 32_001),)},
    "a longer record than a job takes": {
        "fields": tuple((f"Long{number}__c", "x" * 31_000) for number in range(13))
    },
}


@pytest.mark.parametrize("changes", UNFIT.values(), ids=UNFIT)
def test_what_a_table_cannot_carry(local, world, ada, changes):
    rows = world.org.jobs.rows(UNIQUE)
    assert rows.add([task(local, ada), task(local, ada, 2, **changes)]) is RowFit.UNFIT
    assert rows.add([task(local, ada, 3)]) is RowFit.TAKEN
    job = world.org.jobs.create()
    assert rows.upload(job) is None
    assert [one["rows"] for one in local.jobs] == [1], "parts of a message stay together"


def test_values_of_further_fields(local, world, ada):
    for name, kind in (("Yes__c", "boolean"), ("Size__c", "double"), ("At__c", "datetime")):
        local.add_field("Task", name, kind)
    given = (("Yes__c", True), ("Size__c", 1.5), ("At__c", "2026-01-05T09:00:00Z"))
    closed_and_over(world, new_job(world, [task(local, ada, fields=given)]))
    [row] = local.rows("Task")
    assert [row[name] for name, _ in given] == [True, 1.5, "2026-01-05T09:00:00.000+0000"]


def test_a_further_column_begins_a_further_job(local, world, ada):
    """Which fields Tasks have is only known from them: no column is sent that nobody may fill."""
    rows = world.org.jobs.rows(UNIQUE)
    related = RecordId(local.add("Account", Name="Acme"))
    plain, other = task(local, ada), task(local, ada, 2, what_id=related)
    assert [rows.add([plain]), rows.add([other])] == [RowFit.TAKEN, RowFit.FULL]
    following = rows.following()
    assert [following.add([one]) for one in (other, plain)] == [RowFit.TAKEN] * 2
    for each, count in ((rows, 1), (following, 2)):
        job = world.org.jobs.create()
        assert each.upload(job) is None
        header, *lines = csv.reader(io.StringIO(str(local.jobs[-1]["content"]), newline=""))
        assert ("WhatId" in header) == (count == 2)
        assert len(lines) == count


def test_a_file_ends_before_it_is_too_large(local, world, ada):
    rows = world.org.jobs.rows(UNIQUE)
    count = 0
    while rows.add([task(local, ada, count, description="x" * 32_000)]) is RowFit.TAKEN:
        count += 1
    assert 40_000_000 < count * 32_000 < 100_000_000 / 4 * 3


def test_a_large_body_is_kept_packed():
    body = PackedBody()
    for number in range(2_000):
        body.add(f"{number} {'text ' * 50}\n".encode())
    whole = b"".join(body)
    assert (len(body), b"".join(body)) == (len(whole), whole)
    assert whole.startswith(b"0 text")
    with pytest.raises(ValueError, match="read already"):
        body.add(b"more")


# --- What comes back ---------------------------------------------------------------------------


def test_the_reason_of_a_row_is_the_admins_without_the_chats_words(local, world, ada):
    local.add_validation_rule("Task", "Subject", "Ask Kim: nobody logs secret things", "secret")
    one = task(local, ada, subject="a secret things list")
    job = new_job(world, [one])
    closed_and_over(world, job)
    told = all_outcomes(world, job, JobFile.REFUSED)[one.key]
    assert isinstance(told, TaskRefused)
    assert told.refusal.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert told.refusal.words.startswith("Ask Kim: nobody logs")


def test_a_missing_field_is_named(local, world, ada):
    local.set(required_by_trigger=["Task.Type"])
    one = task(local, ada)
    job = new_job(world, [one])
    closed_and_over(world, job)
    told = all_outcomes(world, job, JobFile.REFUSED)[one.key]
    assert (told.refusal.code, told.refusal.fields) == ("REQUIRED_FIELD_MISSING", ("Type",))


def test_a_key_on_a_task_that_nobody_shows_counts_as_logged(local, world, ada):
    one = task(local, ada)
    [[there]] = world.org.log_tasks([[one]], UNIQUE)
    local.set(private_records=[there.task_id])
    job = new_job(world, [one])
    closed_and_over(world, job)
    assert all_outcomes(world, job, JobFile.REFUSED) == {one.key: TaskLogged(one.key, NOT_SEEN)}


def test_many_results_come_in_pages(local, world, ada):
    tasks = [task(local, ada, number) for number in range(1_450)]
    job = new_job(world, tasks)
    closed_and_over(world, job)
    pages = list(world.org.jobs.outcomes(job, JobFile.LOGGED, UNIQUE))
    assert [len(page) for page in pages] == [1_000, 450]
    assert {one.key for page in pages for one in page} == {one.key for one in tasks}


ERRORS = {
    "plain": ("CODE_A:text:--", ("CODE_A", (), "text")),
    "with fields": ("CODE_A:text: with: colons:A__c, B --", ("CODE_A", ("A__c", "B"), "text: wi")),
    "with fields, close together": ("CODE_A:text:A__c --", ("CODE_A", ("A__c",), "text")),
    "without an end": ("CODE_A:text", ("CODE_A", (), "text")),
    "several lines": ("CODE_A:first\nsecond:--", ("CODE_A", (), "first second")),
    "no code": ("Something broke", ("UNKNOWN", (), "Something broke")),
    "nothing": ("", ("UNKNOWN", (), "")),
}


@pytest.mark.parametrize(("error", "known"), ERRORS.values(), ids=ERRORS)
def test_errors_of_rows(error, known):
    row = {UNIQUE.name: "K" * 26, "sf__Id": "", "sf__Error": error}
    told = _outcome(row, JobFile.REFUSED, UNIQUE)
    assert isinstance(told, TaskRefused)
    assert (told.key, told.refusal.code, told.refusal.fields) == ("k" * 26, *known[:2])
    assert told.refusal.words.startswith(known[2])


def test_a_table_has_one_kind_of_line_end():
    body = PackedBody()
    for piece in ("a,b\n1\u2028", "one\x85,2\n3,", '"4\n5"\n'):
        body.add(piece.encode())
    rows = [{"a": "1\u2028one\x85", "b": "2"}, {"a": "3", "b": "4\n5"}]
    assert list(_rows_of(body)) == rows


def test_a_cell_of_131_072_characters_and_more_is_read():
    body = PackedBody()
    body.add(b'a,b\n"' + b"x\n" * 100_000 + b'",2\n')
    assert list(_rows_of(body)) == [{"a": "x\n" * 100_000, "b": "2"}]


DAMAGED = {
    "a cell is missing": b"a,b\n1\n",
    "no UTF-8": b"a\n\xff\n",
    "a quote is open": b'a\n"1\n',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_table_is_not_used(content):
    body = PackedBody()
    body.add(content)
    with pytest.raises(RequestFailed, match="damaged"):
        list(_rows_of(body))


# --- What goes wrong ---------------------------------------------------------------------------


def test_results_that_are_lost_say_nothing(local, world, ada):
    job = new_job(world, [task(local, ada)])
    closed_and_over(world, job)
    local.forget_job(job, job_stays=True)
    assert all_outcomes(world, job, JobFile.LOGGED) == {}
    local.forget_job(job)
    assert world.org.jobs.status(job) is None


def test_results_without_content_say_nothing(local, world, ada):
    job = new_job(world, [task(local, ada)])
    closed_and_over(world, job)
    local.set(bulk_no_content=True)
    assert all_outcomes(world, job, *JobFile) == {}, "so they are looked up"


def test_a_job_is_gone_after_seven_days(local, world, ada):
    job = new_job(world, [task(local, ada)])
    local.set(clock_shift_seconds=7 * 86_400 + 1)
    assert world.org.jobs.status(job) is None


def test_a_job_of_another_user_is_hidden(local, world, ada):
    job = new_job(world, [task(local, ada)])
    local.fail("server-error", path="jobs/ingest", status=403)
    assert world.org.jobs.status(job).state is JobState.HIDDEN
    closed_and_over(world, job)
    local.fail("server-error", path="successfulResults", status=403)
    assert all_outcomes(world, job, JobFile.LOGGED) == {}, "so they are looked up"


def test_why_a_job_failed_is_told(local, world, ada):
    local.fail_jobs(0, "InvalidBatch : InvalidBatch : Field name not found : Nix__c")
    job = new_job(world, [task(local, ada)])
    status = closed_and_over(world, job)
    assert (status.state, status.processed) == (JobState.FAILED, 0)
    assert status.words == "InvalidBatch : InvalidBatch : Field name not found : Nix__c"


def test_an_upload_that_is_too_large_for_the_org_is_refused(local, world, ada):
    rows = world.org.jobs.rows(UNIQUE)
    rows.add([task(local, ada)])
    job = world.org.jobs.create()
    local.fail("server-error", path="batches$", status=413)
    assert isinstance(rows.upload(job), RecordRefusal)


REQUESTS = {
    "create": ("POST", "jobs/ingest$"),
    "upload": ("PUT", "batches$"),
    "close": ("PATCH", "ingest/"),
    "status": ("GET", "ingest/[^/]+$"),
    "results": ("GET", "Results$"),
}
FAULTS = {
    "signed out": ("unauthorized", {"times": 0}, NotConnected),
    "no call left": ("api-limit", {}, ApiLimitReached),
    "reset after it was executed": ("reset-after", {"times": 0}, Unreachable),
    "no answer": ("hang-after", {"seconds": 1, "times": 0}, Unreachable),
    "a login page": ("html", {"times": 0}, Unreachable),
    "a bad gateway": ("gateway-after", {"times": 0}, Unreachable),
    "maintenance": ("maintenance", {"times": 0}, Unreachable),
}


def whole_job(world: World, one: Task) -> None:
    """All requests of a job, in their order."""
    job = new_job(world, [one])
    closed_and_over(world, job)
    all_outcomes(world, job, JobFile.LOGGED)


@pytest.mark.parametrize(("kind", "options", "error"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("request_name", one_in(2, REQUESTS))
def test_a_request_without_an_answer_raises(local, ada, request_name, kind, options, error):
    """Nothing is sent twice that may have been executed."""
    org = adapter(local, timeouts=timeouts_with(kind))
    method, path = REQUESTS[request_name]
    local.fail(kind, method=method, path=path, **options)
    with pytest.raises(error):
        whole_job(World(org), task(local, ada))
    if method != "GET" and kind not in ("unauthorized", "maintenance", "api-limit"):
        assert [one.method for one in local.requests].count(method) == 1


CUT = {
    "truncated": "truncated",
    "cut within a piece": "chunked-cut",
    "reset in the middle": "reset-mid-answer",
    "another charset": "wrong-charset",
}


@pytest.mark.parametrize("kind", CUT.values(), ids=CUT)
def test_results_that_are_cut_off_are_read_again_or_not_used(local, world, ada, kind):
    tasks = [task(local, ada, number) for number in range(30)]
    job = new_job(world, tasks)
    closed_and_over(world, job)
    local.fail(kind, path="successfulResults")
    assert len(all_outcomes(world, job, JobFile.LOGGED)) == 30
    local.fail(kind, path="successfulResults", times=0)
    with pytest.raises(WasfError):
        all_outcomes(world, job, JobFile.LOGGED)


def test_the_reserve_of_calls_holds_for_jobs(local, ada):
    org = adapter(local, reserve=Reserve(calls=14_990), retry=QUICK)
    local.use_api_calls(8)
    org.facts(())
    org.jobs.create()
    with pytest.raises(ApiLimitReached):
        org.jobs.create()


@pytest.mark.parametrize("request_name", ["create", "upload", "close"])
def test_a_run_that_has_lost_its_lock_writes_nothing_more(local, ada, request_name):
    lost = LedgerUnreachable("The session was ended.")
    before = [None] * list(REQUESTS).index(request_name)

    def vouch() -> None:
        if not before:
            raise lost
        before.pop()

    with pytest.raises(LedgerUnreachable):
        whole_job(World(adapter(local, before_write=vouch)), task(local, ada))
    method, _ = REQUESTS[request_name]
    assert method not in {one.method for one in local.requests}


def test_a_body_can_be_sent_again(local, ada):
    org = adapter(local)
    rows = org.jobs.rows(UNIQUE)
    rows.add([task(local, ada)])
    job = org.jobs.create()
    local.fail("too-many-requests", path="batches$", method="PUT")
    with pytest.raises(Unreachable):
        rows.upload(job)
    assert rows.upload(job) is None, "the same body once more"


# --- Any text ----------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_texts_come_back_from_a_table(texts):
    rows = CsvRows(None, UNIQUE)
    tasks = [
        replace(make_task(number, RecordId("003"), UserId("005")), subject=text or "x")
        for number, text in enumerate(texts)
    ]
    fits = [rows.add([one]) for one in tasks]
    found = list(_rows_of(rows._body)) if RowFit.TAKEN in fits else []
    sent = [one for one, fit in zip(tasks, fits, strict=True) if fit is RowFit.TAKEN]
    assert [row[UNIQUE.name] for row in found] == [one.key for one in sent]
    expected = [storable(one.subject).replace("\r\n", "\n").replace("\r", "\n") for one in sent]
    assert [row["Subject"] for row in found] == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_are_refused(content):
    body = PackedBody()
    body.add(content)
    with suppress(RequestFailed):
        for row in _rows_of(body):
            _error(row)
