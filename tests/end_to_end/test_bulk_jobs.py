"""Backfills in bulk jobs over the whole program, with one machine and with two."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine

from tests.end_to_end.program import Chats, Wasf, eventually
from tests.servers.postgres import Cluster, end_session
from tests.servers.salesforce import LocalOrg

PHONE = "+44 7700 900123"
TEXTS = [f"text {number}" for number in range(208)]


@pytest.fixture(autouse=True)
def _org(org: LocalOrg, wasf: Wasf) -> None:
    org.add_key_field()
    org.set(bulk_waits=False)
    org.add_contact(LastName="Example", Phone=PHONE)
    wasf.set(bulk_from="201")


@pytest.fixture
def export(chats: Chats) -> Path:
    return chats.ada(*TEXTS, title=PHONE)


def of_jobs(org: LocalOrg) -> list[str]:
    """The requests of jobs: method and last part of the path."""
    return [
        f"{one.method} {one.path.rpartition('/')[2][:3]}"
        for one in org.requests
        if "/jobs/" in one.path
    ]


def test_a_backfill_goes_in_a_job(wasf: Wasf, org: LocalOrg, export: Path) -> None:
    report = wasf.sync(export)
    assert report.messages["logged"] == len(TEXTS) == report.json["tasks_created"]
    assert of_jobs(org) == ["POST ing", "PUT bat", "PATCH 750", "GET 750", "GET suc"]
    assert wasf.sync(export).messages["already_logged"] == len(TEXTS)
    assert wasf.run("verify").code == 0
    assert wasf.run("undo", "--yes", "--json").json["tasks_deleted"] == len(TEXTS)


def test_rules_and_triggers_within_a_job(wasf: Wasf, org: LocalOrg, export: Path) -> None:
    """A first call meets neither; of the job one row is refused, and the rest passes later."""
    org.add_validation_rule("Task", "Subject", "Ask Kim first", "text 204")
    org.add_trigger(poison="text 206")
    report = wasf.sync(export, code=3)
    assert report.messages["logged"] == len(TEXTS) - 2
    [chat] = report.json["chats"]
    assert "NullPointerException" in chat["reason"], "the trigger failed all, until it was halved"
    assert wasf.run("verify").code == 0


def test_a_job_that_is_at_work_is_shown_and_its_results_are_taken_later(
    wasf: Wasf, org: LocalOrg, export: Path
) -> None:
    org.set(bulk_waits=True, bulk_chunks=1)
    org.fail("unauthorized", path="jobs/ingest/750[^/]*$", method="GET", times=0)
    assert wasf.sync(export, code=4).messages["logged"] == 200
    [job] = wasf.run("status", "--json").json["jobs"]
    assert (job["tasks"], job["processed"], job["asked"]) == (8, 0, None)
    assert f"Bulk job {job['id']}: 8 Tasks" in wasf.run("status").out
    org.heal()
    [check] = _checks(wasf, "bulk jobs")
    assert check["result"].startswith(f"Bulk job {job['id']} of 8 Tasks, begun within")
    org.set(bulk_waits=False, bulk_chunks=100)
    assert wasf.sync().json["tasks_created"] == 8
    assert wasf.run("status", "--json").json["jobs"] == []
    assert wasf.run("verify").code == 0


QUEUED, AT_WORK = pytest.param(True, id="queued"), pytest.param(False, id="at work")


def _leave_a_job(wasf: Wasf, org: LocalOrg, export: Path, *, queued: bool) -> None:
    """End a sync while its job is open; Salesforce goes on with it at the next look."""
    org.set(bulk_queued=queued)
    org.fail("unauthorized", path="jobs/ingest/750[^/]*$", method="GET", times=0)
    assert wasf.sync(export, code=4).messages["logged"] == 200
    org.heal()


def _is_done(wasf: Wasf, org: LocalOrg) -> bool:
    """Whether no job is left, and the ledger and the org agree after one more sync."""
    org.set(bulk_queued=False)
    wasf.sync()
    jobs = wasf.run("status", "--json").json["jobs"]
    return jobs == [] and wasf.run("verify").code == 0


@pytest.mark.parametrize("queued", [QUEUED, AT_WORK])
def test_a_person_is_forgotten_of_whom_a_job_holds_tasks(
    wasf: Wasf, org: LocalOrg, export: Path, queued: bool
) -> None:
    _leave_a_job(wasf, org, export, queued=queued)
    dry = wasf.run("forget", PHONE, "--dry-run")
    assert "8 Tasks of this person in a bulk job" in dry.out
    done = wasf.run("forget", PHONE, "--yes", "--json").json
    assert (done["chats"], done["in_doubt"]) == (1, 0)
    assert (done["waiting"], done["logged_in_salesforce"]) == ((8, 200) if queued else (0, 208))
    assert len(wasf.texts()) == done["logged_in_salesforce"]
    assert _is_done(wasf, org)
    assert len(wasf.texts()) == done["logged_in_salesforce"], "nothing comes afterwards"


@pytest.mark.parametrize("queued", [QUEUED, AT_WORK])
def test_a_chat_is_skipped_of_which_a_job_holds_tasks(
    wasf: Wasf, org: LocalOrg, export: Path, queued: bool
) -> None:
    _leave_a_job(wasf, org, export, queued=queued)
    assert wasf.run("skip", PHONE).code == 0
    there = 200 if queued else 208
    assert len(wasf.texts()) == there
    assert _is_done(wasf, org)
    assert len(wasf.texts()) == there, "nothing comes afterwards"


def test_no_chat_is_skipped_while_salesforce_cannot_be_asked_for_its_job(
    wasf: Wasf, org: LocalOrg, export: Path
) -> None:
    _leave_a_job(wasf, org, export, queued=True)
    org.fail("maintenance", times=0)
    done = wasf.run("skip", PHONE)
    assert done.code == 75
    assert "a bulk job holds messages of these chats" in done.err
    org.heal()
    assert wasf.run("status", "--json").json["waiting"], "nothing was decided"


@pytest.mark.parametrize("queued", [QUEUED, AT_WORK])
def test_a_chat_is_moved_of_which_a_job_holds_tasks(
    wasf: Wasf, org: LocalOrg, export: Path, queued: bool
) -> None:
    right = org.add_contact(LastName="Right")
    _leave_a_job(wasf, org, export, queued=queued)
    moved = wasf.run("link", PHONE, right, "--move", "--json").json["moved"]
    assert moved == (200 if queued else 208)
    assert _is_done(wasf, org)
    assert {row["WhoId"] for row in org.rows("Task")} == {right}
    assert sorted(wasf.texts()) == sorted(TEXTS)


@pytest.mark.parametrize("queued", [QUEUED, AT_WORK])
def test_a_run_is_undone_whose_job_is_open(
    wasf: Wasf, org: LocalOrg, export: Path, queued: bool
) -> None:
    _leave_a_job(wasf, org, export, queued=queued)
    assert wasf.run("undo", "--yes", "--json").json["tasks_deleted"] == (200 if queued else 208)
    assert wasf.texts() == []
    assert _is_done(wasf, org)


def _checks(wasf: Wasf, *names: str) -> list[dict[str, str]]:
    """What doctor finds of these."""
    found = wasf.run("doctor", "--json").json["checks"]
    return [one for one in found if one["check"] in names]


def test_doctor_foretells_by_what_was_logged_in_the_last_days(wasf: Wasf, chats: Chats) -> None:
    names = ("storage forecast", "ledger forecast", "bulk jobs")
    assert _checks(wasf, *names) == [], "nothing was logged yet"
    since = datetime.now(UTC) - timedelta(days=4)
    wasf.sync(chats.ada(*TEXTS, title=PHONE, start=since))
    storage, ledger = _checks(wasf, *names)
    assert storage["result"].endswith(" Tasks a day: enough for more than ten years.")
    assert "for 208 messages; about" in ledger["result"]


def test_without_the_key_field_there_are_calls(wasf: Wasf, org: LocalOrg, export: Path) -> None:
    org.set(hidden_fields=["Task.WhatsApp_Message_Key__c"])
    report = wasf.sync(export)
    assert of_jobs(org) == []
    assert any("--install-key-field" in note for note in report.json["notes"])
    assert report.messages["logged"] == len(TEXTS)


def test_windows_and_files_and_long_texts_go_in_jobs_too(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(bulk_from="205", frequency="15m")
    texts = [*TEXTS, "x" * 40_000, *TEXTS]
    export = chats.ada(*texts, title=PHONE)
    report = wasf.sync(export)
    assert report.messages["logged"] == len(texts)
    assert of_jobs(org) == [], "so few windows"
    wasf.run("undo", "--yes")
    wasf.set(bulk_from="205", frequency="real-time")
    assert wasf.sync(export, "--again").messages["logged"] == len(texts)
    assert "PUT bat" in of_jobs(org)
    assert wasf.run("verify").code == 0


@pytest.fixture
def machines(org: LocalOrg, home: Path, postgres: Cluster) -> list[Wasf]:
    """Two machines that share a ledger."""
    with psycopg.connect(postgres.address, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS jobs WITH (FORCE)")
        server.execute("CREATE DATABASE jobs")
    made = [Wasf(org, home / name) for name in ("one", "other")]
    for each in made:
        each.set(ledger=postgres.address.replace("/postgres", "/jobs"), bulk_from="201")
    return made


@pytest.mark.postgres
def test_another_machine_takes_the_results(
    machines: list[Wasf], org: LocalOrg, export: Path
) -> None:
    one, other = machines
    org.fail("unauthorized", path="Results$", times=0)
    one.sync(export, code=4)
    org.heal()
    assert other.run("status", "--json").json["jobs"][0]["state"] == "JobComplete"
    dry = other.sync(export, "--dry-run")
    assert (dry.messages["waiting"], dry.json["tasks_created"]) == (8, 0)
    assert "in bulk job 750" in dry.json["chats"][0]["reason"]
    assert other.sync().json["tasks_created"] == 0, "it was asked for a moment ago"
    with psycopg.connect(other.environment["WASF_LEDGER"], autocommit=True) as server:
        server.execute(f'UPDATE "wasf_{org.org_id}".bulk_job SET asked_at = 0')
    assert other.sync().json["tasks_created"] == 8
    assert one.run("status", "--json").json["jobs"] == []
    assert sorted(one.texts()) == sorted(TEXTS)


STEPS = {
    "the first call": ("POST", "composite/sobjects"),
    "create": ("POST", "jobs/ingest"),
    "upload": ("PUT", "batches"),
    "close": ("PATCH", "jobs/ingest/"),
    "status": ("GET", "jobs/ingest/"),
    "results": ("GET", "successfulResults"),
}


@pytest.mark.gate
@pytest.mark.postgres
@pytest.mark.parametrize(("method", "path"), STEPS.values(), ids=STEPS)
def test_a_machine_that_wakes_again_writes_nothing_more(
    machines: list[Wasf], org: LocalOrg, export: Path, method: str, path: str
) -> None:
    """It was stopped while a request was answered; meanwhile another one did the work."""
    one, other = machines
    org.fail("hang-after", method=method, path=path, seconds=2)
    process = one.start("sync", export, "--json")
    eventually(lambda: any(r.method == method and path in r.path for r in org.requests))
    process.send_signal(signal.SIGSTOP)
    end_session(one.environment["WASF_LEDGER"], process.pid)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        eventually(lambda: other.run("sync", export, "--json").code == 0)
        assert other.run("status", "--json").json["waiting"] == []
    assert len(other.texts()) == len(TEXTS)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    assert process.returncode == 75
    assert sorted(one.texts()) == sorted(TEXTS)
    assert one.run("verify").code == 0
