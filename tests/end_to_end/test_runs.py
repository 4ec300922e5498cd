"""W8: runs are remembered, those that could not sign in and those that were killed included."""

import json
import os
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.program import ADA_PHONE, PRIVATE, Chats, Record, Wasf
from tests.servers.salesforce import LocalOrg

FIRST, SECOND = "+44 7700 900701", "+44 7700 900702"


def test_w8_runs_are_listed_newest_first_with_what_is_undone(wasf: Wasf, chats: Chats) -> None:
    ids = []
    for title in (FIRST, SECOND):
        ids.append(wasf.sync(chats.ada("one", "two", title=title)).json["run"])
    assert wasf.run("undo", ids[0], "--yes").code == 0
    told = wasf.run("runs", "--json").json
    assert told["schema"] == 2
    assert [run["run"] for run in told["runs"]] == ids[::-1]
    second, first = told["runs"]
    assert (second["logged"], second["tasks"], second["leads"], second["tasks_undone"]) == (
        2, 2, 1, 0,
    )  # fmt: skip
    assert (first["logged"], first["tasks_undone"]) == (2, 2)
    assert {run["command"] for run in told["runs"]} == {"sync"}
    assert {(run["exit_code"], run["error"]) for run in told["runs"]} == {(0, None)}
    assert all(run["started"] <= run["ended"] for run in told["runs"])
    assert all(one in wasf.run("runs").out for one in ids)
    assert len(wasf.run("runs", "--last", "1", "--json").json["runs"]) == 1
    assert [run["run"] for run in wasf.run("status", "--json").json["runs"]] == ids[::-1]
    assert ids[1] in wasf.run("status").out


def test_w8_a_run_that_cannot_sign_in_is_there(wasf: Wasf, chats: Chats) -> None:
    path = chats.ada("one", title=FIRST)
    token = wasf.environment.pop("WASF_ACCESS_TOKEN")
    for _ in range(3):
        assert wasf.run("sync", path).code == 4
    runs = wasf.run("runs", "--json").json["runs"]
    assert [(run["exit_code"], run["org"], run["logged"]) for run in runs] == [(4, None, 0)] * 3
    assert runs[0]["error"]["exit_code"] == 4
    assert runs[0]["error"]["message"]
    wasf.environment["WASF_ACCESS_TOKEN"] = token
    failure = wasf.run("status", "--json").json["last_failure"]
    assert (failure["run"], failure["times"]) == (runs[0]["run"], 3)
    assert failure["since"] == runs[-1]["started"]
    assert "fails since" in wasf.run("status").out
    wasf.sync(path)
    assert wasf.run("status", "--json").json["last_failure"] is None
    assert len(wasf.run("runs", "--json").json["runs"]) == 4


def test_w8_a_run_that_was_killed_is_there(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    texts = [f"text {number}" for number in range(2_000)]
    path = chats.ada(*texts, title=FIRST)
    org.fail("hang-before", path="composite/sobjects$", skip=1, times=0, seconds=60)
    process = wasf.start("sync", path)
    for _ in range(1_000):
        if [one for one in org.requests if one.path.endswith("composite/sobjects")][1:]:
            break
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
    process.kill()
    process.communicate()
    org.heal()
    [run] = wasf.run("runs", "--json").json["runs"]
    assert (run["ended"], run["exit_code"], run["running"]) == (None, None, False)
    assert run["leads"] == 1
    assert run["tasks"] <= 1  # with a unique key the Lead comes with its first Task
    assert "killed" in wasf.run("runs").out
    assert wasf.run("status", "--json").json["last_failure"]["run"] == run["run"]


def test_w8_nothing_of_a_file_or_a_person_is_kept(wasf: Wasf, chats: Chats) -> None:
    missing = chats.folder / "WhatsApp Chat with Ada Example.txt"
    assert wasf.run("sync", missing).code == 66
    missing.write_text("Dear Sam,\nno chat.\n" * 5)
    assert wasf.run("sync", missing).code == 65
    assert wasf.run("sync", "--phone", ADA_PHONE).code == 2
    assert wasf.run("sync", missing, "--account", "Ada Example").code == 2
    kept = (wasf.home / "runs.jsonl").read_text()
    assert "Ada" not in kept
    assert ADA_PHONE not in kept
    codes = [run["error"]["exit_code"] for run in wasf.run("runs", "--json").json["runs"]]
    assert codes == [2, 2, 65, 66]


def test_w4_a_dry_run_is_not_recorded(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one", title=FIRST), "--dry-run")
    assert wasf.run("runs", "--json").json["runs"] == []
    assert not (wasf.home / "runs.jsonl").exists()


def test_w8_runs_of_before_there_was_a_log_are_listed(wasf: Wasf, chats: Chats) -> None:
    run = wasf.sync(chats.ada("one", "two", title=FIRST)).json["run"]
    (wasf.home / "runs.jsonl").unlink()
    [known] = wasf.run("runs", "--json").json["runs"]
    assert (known["run"], known["logged"], known["tasks"], known["leads"]) == (run, 2, 2, 1)
    assert (known["ended"] is None, known["exit_code"]) == (False, None)


@pytest.mark.skipif(os.name == "nt", reason="bash completes")
def completed(wasf: Wasf, *words: str) -> list[str]:
    asked = {
        "_WASF_COMPLETE": "complete_bash",
        "COMP_WORDS": shlex.join(["wasf", *words]),
        "COMP_CWORD": str(len(words)),
    }
    result = subprocess.run(
        [sys.executable, "-m", "wasf"], env=os.environ | wasf.environment | asked,
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [line for line in result.stdout.splitlines() if line]


def test_w8_the_shell_completes_the_ids_of_runs_and_chats(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one", title=FIRST))
    run = wasf.sync(chats.ada("one", title=SECOND)).json["run"]
    runs = completed(wasf, "undo", "20")
    assert (runs[0], len(runs)) == (run, 2)
    assert completed(wasf, "link", "+4477009007") == ["+447700900701", "+447700900702"]
    assert completed(wasf, "undo", "--chat", "+447700900702") == ["+447700900702"]


def test_the_shell_completes_settings_and_their_values(wasf: Wasf) -> None:
    assert completed(wasf, "config", "set", "lead.a") == ["lead.auto_create"]
    assert completed(wasf, "config", "set", "lead.auto_create", "t") == ["true"]
    assert completed(wasf, "config", "set", "same_name", "") == ["wait", "lead", "use"]
    assert completed(wasf, "config", "set", "timezone", "Europe/Berl") == ["Europe/Berlin"]
    assert completed(wasf, "sync", "--timezone", "Asia/Tok") == ["Asia/Tokyo"]
    assert completed(wasf, "status", "--org", "x") == []


# --- The log of what runs do -------------------------------------------------------------------


def log_lines(wasf: Wasf) -> list[Record]:
    return [json.loads(line) for line in (wasf.home / "wasf.log").read_text().splitlines()]


def test_w8_the_log_says_what_a_run_did_and_nothing_of_a_file_or_a_person(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.environment["WASF_LOG"] = "debug"
    letter = chats.folder / "Letter to Ada.txt"
    letter.write_text(f"Dear Ada, {ADA_PHONE}\n")
    run = wasf.sync(chats.ada(PRIVATE, title=ADA_PHONE), letter, code=65).json["run"]
    found = log_lines(wasf)
    events = [line["event"] for line in found if line["event"] != "request"]
    assert events == ["run began", "imported", "planned", "delivered", "failed", "run ended"]
    assert {line["run"] for line in found} == {run}
    ended = found[-1]
    assert (ended["exit_code"], ended["logged"], ended["tasks"]) == (65, 1, 1)
    assert {"POST", "GET"} <= {line.get("method") for line in found}
    text = (wasf.home / "wasf.log").read_text()
    for hidden in (PRIVATE, "Ada", "Example", ADA_PHONE[1:], ADA_PHONE[3:], "Letter", org.base_url):
        assert hidden not in text
    assert (wasf.home / "wasf.log").stat().st_mode & 0o777 == 0o600


def test_w8_status_says_where_the_log_of_a_failing_run_is(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one"))
    assert "wasf.log" not in wasf.run("status").out
    assert wasf.run("config", "path", "--log").out == f"{wasf.home / 'wasf.log'}\n"
    wasf.org.expire_tokens()
    wasf.sync(chats.ada("one", "two"), code=4)
    shown = wasf.run("status").out
    assert "wasf sync failed at" in shown
    assert "exit code 4: " in shown
    assert f"What the runs did is in {wasf.home / 'wasf.log'}" in shown
    [failed] = [line for line in log_lines(wasf) if line["event"] == "failed"]
    assert (failed["error"], failed["exit_code"]) == ("NotConnected", 4)


def test_w4_w8_a_dry_run_logs_nothing_but_shows_what_it_does(wasf: Wasf, chats: Chats) -> None:
    said = wasf.run("sync", chats.ada("one"), "--dry-run", "-v")
    assert said.code == 0
    assert "imported chats=1 queued=1" in said.err
    assert "request method=" in said.err
    assert not (wasf.home / "wasf.log").exists()
    assert "request" not in wasf.run("sync", chats.ada("one"), "--dry-run").err


def test_78_a_wrong_level_of_the_log(wasf: Wasf, chats: Chats) -> None:
    wasf.environment["WASF_LOG"] = "loud"
    assert wasf.run("sync", chats.ada("one")).code == 78


def test_w8_cron_mails_no_names_numbers_and_paths(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    letter = chats.folder / "Letter to Ada.txt"
    letter.write_text("Dear Ada,\n" * 3)
    org.add_validation_rule("Task", "Description", "Not Ada Example", "two")
    path = chats.ada("one", "two", title="+44 7700 900480")
    mailed = wasf.run("sync", path, letter, "--quiet")
    assert (mailed.code, mailed.out) == (3, "")
    assert "1 chat: FIELD_CUSTOM_VALIDATION_EXCEPTION" in mailed.err
    assert "a file is no exported chat" in mailed.err
    assert "1 message logged, 1 waiting." in mailed.err
    for hidden in ("Ada", "7700", "Letter", str(chats.folder)):
        assert hidden not in mailed.err
