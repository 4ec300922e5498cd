"""Bulk jobs of the local org: as strict as Salesforce's documentation, and as its users met it."""

import csv
import io

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

KEY = "WhatsApp_Message_Key__c"
JOB = {"object": "Task", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
CSV = {"Content-Type": "text/csv; charset=UTF-8"}


@pytest.fixture(autouse=True)
def key(org: LocalOrg) -> None:
    org.add_key_field()


def begin(api: Api, **more: str) -> str:
    answer = api.post("jobs/ingest", {**JOB, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "Open"
    return answer.json()["id"]


def upload(api: Api, job: str, content: str | bytes) -> int:
    given = content.encode() if isinstance(content, str) else content
    return api.call("PUT", f"jobs/ingest/{job}/batches", given, headers=CSV).status_code


def set_state(api: Api, job: str, state: str = "UploadComplete") -> int:
    return api.patch(f"jobs/ingest/{job}", {"state": state}).status_code


def done(api: Api, job: str, most: int = 20) -> dict[str, object]:
    for _ in range(most):
        told = api.get(f"jobs/ingest/{job}").json()
        if told["state"] in ("JobComplete", "Failed", "Aborted"):
            return told
    raise AssertionError(told)


def run(api: Api, content: str | bytes, **more: str) -> tuple[str, dict[str, object]]:
    job = begin(api, **more)
    assert upload(api, job, content) == 201
    assert set_state(api, job) == 200
    return job, done(api, job)


def file(api: Api, job: str, name: str) -> list[list[str]]:
    answer = api.get(f"jobs/ingest/{job}/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def test_each_row_has_its_own_outcome(org: LocalOrg, api: Api) -> None:
    api.create("Task", Subject="there", Status="Completed", **{KEY: "a"})
    content = f'{KEY},Subject,Description\na,x,\nb,"two\nlines, ""quoted""",=1+1\nc,,#N/A\n'
    job, told = run(api, content)

    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (3, 1)
    head, *good = file(api, job, "successfulResults")
    assert head == ["sf__Id", "sf__Created", KEY, "Subject", "Description"]
    assert sorted(row[1:] for row in good) == [
        ["true", "b", 'two\nlines, "quoted"', "=1+1"],
        ["true", "c", "", "#N/A"],
    ]
    [_, bad] = file(api, job, "failedResults")
    assert bad[0] == ""
    assert bad[1].startswith(f"DUPLICATE_VALUE:duplicate value found: {KEY} duplicates value on")
    assert bad[1].endswith(":--")
    assert file(api, job, "unprocessedrecords") == [head[2:]]
    [stored] = [row for row in org.rows("Task") if row[KEY] == "b"]
    assert (stored["Subject"], stored["Description"]) == ('two\nlines, "quoted"', "=1+1")


def test_a_job_goes_through_its_states(api: Api) -> None:
    job = begin(api)
    assert api.get(f"jobs/ingest/{job}").json()["state"] == "Open"
    assert set_state(api, job) == 400, "nothing was uploaded"
    assert api.get(f"jobs/ingest/{job}/successfulResults").status_code == 400
    assert upload(api, job, f"{KEY}\na\n") == 201
    assert set_state(api, job) == 200
    assert set_state(api, job) == 400, "a second time"
    assert api.get(f"jobs/ingest/{job}").json()["state"] == "InProgress"
    assert done(api, job)["state"] == "JobComplete"
    assert set_state(api, job, "Aborted") == 400
    assert api.call("DELETE", f"jobs/ingest/{job}").status_code == 204
    assert api.get(f"jobs/ingest/{job}").status_code == 404


def test_a_second_content_fails_the_job(org: LocalOrg, api: Api) -> None:
    job = begin(api)
    assert [upload(api, job, f"{KEY}\na\n") for _ in range(2)] == [201, 400]
    assert "Found multiple contents" in done(api, job)["errorMessage"]
    assert org.count("Task") == 0


def test_an_aborted_job_keeps_what_was_saved(org: LocalOrg, api: Api) -> None:
    org.set(bulk_chunks=1)
    job = begin(api)
    upload(api, job, f"{KEY}\n" + "".join(f"k{n}\n" for n in range(450)))
    set_state(api, job)
    for _ in range(2):
        api.get(f"jobs/ingest/{job}")
    assert set_state(api, job, "Aborted") == 200

    assert org.count("Task") == 200 == len(file(api, job, "successfulResults")) - 1
    assert len(file(api, job, "unprocessedrecords")) - 1 == 250


WHOLE = {
    "an unknown column": (f"{KEY},Nix\na,b\n", "InvalidBatch : InvalidBatch : Field name not fou"),
    "a column in another case": (f"{KEY},subject\na,b\n", "Field name not found : subject"),
    "a column that is not the user's to fill": (f"{KEY},IsClosed\na,true\n", "not found : IsClo"),
    "a byte order mark": (f"\ufeff{KEY}\na\n", "Field name not found"),
    "CR LF": (f"{KEY},Subject\r\na,b\r\n", "ClientInputError : LineEnding is invalid"),
    "CR LF in a text": (f'{KEY},Subject\na,"b\r\nc"\n', "ClientInputError : LineEnding is invalid"),
    "a cell too many": (f"{KEY},Subject\na,b,c\n", "a row has 3 of 2 fields"),
    "another charset": ("Subject\nß\n".encode("latin-1"), "not in UTF-8"),
    "another delimiter": (f"{KEY};Subject\na;b\n", "Field name not found"),
    "NUL": (f"{KEY}\na\0\n", "NUL"),
    "nothing": ("\n", "no columns"),
}


@pytest.mark.parametrize(("content", "words"), WHOLE.values(), ids=WHOLE)
def test_what_fails_the_whole_job(
    org: LocalOrg, api: Api, content: str | bytes, words: str
) -> None:
    job, told = run(api, content)

    assert told["state"] == "Failed"
    assert words in str(told["errorMessage"])
    assert org.count("Task") == 0
    assert api.get(f"jobs/ingest/{job}/successfulResults").status_code == 200


ROWS = {
    "a date": ("ActivityDate", "yesterday", "JSON_PARSER_ERROR:"),
    "a picklist's value is free": ("Status", "Completed", ""),
    "a reference": ("WhoId", "nobody", "MALFORMED_ID:"),
    "a text that is too long": ("Subject", "x" * 256, "STRING_TOO_LONG:"),
    "a field that is too long for a job": ("Description", "x" * 32_001, "STRING_TOO_LONG:"),
    "a yes or no": ("IsReminderSet", "perhaps", "INVALID_TYPE_ON_FIELD_IN_RECORD:"),
}


@pytest.mark.parametrize(("name", "value", "error"), ROWS.values(), ids=ROWS)
def test_what_fails_a_row_alone(api: Api, name: str, value: str, error: str) -> None:
    if name == "IsReminderSet":
        api.org.add_field("Task", name, "boolean")
    job, told = run(api, f"{KEY},{name}\na,{value}\nb,\n")

    assert told["numberRecordsFailed"] == bool(error)
    assert [row[1][: len(error)] for row in file(api, job, "failedResults")[1:]] == (
        [error] if error else []
    )


def test_rules_and_triggers_see_chunks_of_200(org: LocalOrg, api: Api) -> None:
    org.add_validation_rule("Task", "Subject", "Not here", "^bad$")
    org.add_trigger(poison="poison")
    rows = [
        (f"k{n}", "bad" if n == 3 else "good", "poison" if n == 250 else "") for n in range(450)
    ]
    job, told = run(api, f"{KEY},Subject,Description\n" + "".join(f"{','.join(r)}\n" for r in rows))

    assert told["numberRecordsFailed"] == 201
    codes = [row[1].partition(":")[0] for row in file(api, job, "failedResults")[1:]]
    assert codes.count("FIELD_CUSTOM_VALIDATION_EXCEPTION") == 1
    assert codes.count("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY") == 200
    assert org.count("Task") == 249


def test_results_come_in_an_order_of_their_own(api: Api) -> None:
    job, _ = run(api, f"{KEY}\n" + "".join(f"k{n}\n" for n in range(9)))

    keys = [row[2] for row in file(api, job, "successfulResults")[1:]]
    assert keys != sorted(keys) == [f"k{n}" for n in range(9)]


def test_rows_over_the_allocation_are_in_no_file(org: LocalOrg, api: Api) -> None:
    org.set(bulk_rows=3)
    job, told = run(api, f"{KEY}\n" + "".join(f"k{n}\n" for n in range(9)))

    assert (told["state"], told["numberRecordsProcessed"]) == ("JobComplete", 3)
    files = ("successfulResults", "failedResults", "unprocessedrecords")
    assert [len(file(api, job, name)) - 1 for name in files] == [3, 0, 0]


def test_a_job_that_the_platform_gives_up(org: LocalOrg, api: Api) -> None:
    org.fail_jobs(200, "InternalServerError : too many retries")
    job, told = run(api, f"{KEY}\n" + "".join(f"k{n}\n" for n in range(450)))

    assert told["state"] == "Failed"
    files = ("successfulResults", "failedResults", "unprocessedrecords")
    assert [len(file(api, job, name)) - 1 for name in files] == [200, 0, 250]


def test_results_and_jobs_can_be_lost(org: LocalOrg, api: Api) -> None:
    job, _ = run(api, f"{KEY}\na\n")
    org.forget_job(job, job_stays=True)
    assert api.get(f"jobs/ingest/{job}").json()["state"] == "JobComplete"
    assert api.get(f"jobs/ingest/{job}/successfulResults").status_code == 404
    org.set(clock_shift_seconds=7 * 86_400 + 1)
    assert api.get(f"jobs/ingest/{job}").status_code == 404


def test_a_job_of_yesterday_takes_no_content(org: LocalOrg, api: Api) -> None:
    job = begin(api)
    org.set(clock_shift_seconds=86_401)
    assert upload(api, job, f"{KEY}\na\n") == 400


REFUSED = {
    "a field that is not asked for": ({"priority": 1}, "JSON_PARSER_ERROR"),
    "an operation": ({"operation": "merge"}, "INVALIDJOB"),
    "an external id for an insert": ({"externalIdFieldName": KEY}, "INVALIDJOB"),
    "an object": ({"object": "Nix"}, "INVALIDENTITY"),
    "JSON as content": ({"contentType": "JSON"}, "INVALIDJOB"),
    "a line end": ({"lineEnding": "CR"}, "INVALIDJOB"),
    "a delimiter": ({"columnDelimiter": ","}, "INVALIDJOB"),
}


@pytest.mark.parametrize(("more", "code"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_job(api: Api, more: dict[str, object], code: str) -> None:
    answer = api.post("jobs/ingest", {**JOB, **more})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_content_is_csv(api: Api) -> None:
    job = begin(api)
    for kind in ("application/json", "text/plain", "text/csv; charset=latin-1"):
        answer = api.call("PUT", f"jobs/ingest/{job}/batches", "x", headers={"Content-Type": kind})
        assert answer.status_code == 415
    assert api.call("POST", "query", "x", headers=CSV).status_code == 415


def test_every_request_is_a_call_of_the_day(org: LocalOrg, api: Api) -> None:
    before = org.api_calls
    job, _ = run(api, f"{KEY}\na\n")
    file(api, job, "successfulResults")
    assert org.api_calls == before + 6


def test_a_job_that_goes_on_by_itself(org: LocalOrg, api: Api) -> None:
    org.set(bulk_chunks=0)
    job = begin(api)
    upload(api, job, f"{KEY}\n" + "".join(f"k{n}\n" for n in range(450)))
    set_state(api, job)
    assert done(api, job, 1_000)["numberRecordsProcessed"] == 450
