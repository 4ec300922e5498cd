"""W8: the log of runs outlives kills, power cuts and several processes."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wasf.core.runs import RecordedRun
from wasf.errors import StoreUnusable
from wasf.store import runs as run_log
from wasf.store.runs import RunLog

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "runs.jsonl"


def test_w8_a_run_is_known_from_its_beginning(path: Path) -> None:
    log = RunLog(path)
    assert log.runs() == []
    first = log.begin("sync", NOON)
    assert first == "20260309T120000Z-1"
    [begun] = log.runs()
    assert (begun.ended_at, begun.is_running, begun.command) == (None, True, "sync")
    ended = replace(
        begun, ended_at=NOON + timedelta(seconds=3), exit_code=4, message="No sign-in.",
        hint="wasf connect", org_id="00D", logged=3, tasks=2, leads=1, api_calls=5,
        is_running=False,
    )  # fmt: skip
    log.end(ended)
    second = log.begin("listen", NOON)
    assert second == "20260309T120000Z-2"
    assert RunLog(path).runs()[1] == ended
    assert [run.id for run in RunLog(path).runs()] == [second, first]


def test_w8_a_run_whose_process_is_gone_was_killed(path: Path) -> None:
    words = "import os, sys; from pathlib import Path; from datetime import datetime, UTC;"
    words += "from wasf.store.runs import RunLog;"
    words += "RunLog(Path(sys.argv[1])).begin('sync', datetime.now(UTC)); os._exit(9)"
    subprocess.run([sys.executable, "-c", words, str(path)], check=False)
    [run] = RunLog(path).runs()
    assert run.was_killed


@pytest.mark.parametrize("torn", ["", "{", '{"begun": "x', "[]\n", "\x00\x00\n", "7\n"])
def test_w8_a_line_that_a_power_cut_left_is_passed_over(path: Path, torn: str) -> None:
    log = RunLog(path)
    first = log.begin("sync", NOON)
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    second = log.begin("sync", NOON)
    assert [run.id for run in log.runs()] == [second, first]


def test_w8_several_processes_get_ids_of_their_own(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: RunLog(path).begin("sync", NOON), range(40)))
    assert len(set(ids)) == 40
    assert len(RunLog(path).runs()) == 40


def test_w8_the_file_does_not_grow_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "_MOST_BYTES", 10_000)
    monkeypatch.setattr(run_log, "_KEPT", 20)
    log = RunLog(path)
    for number in range(300):
        at = NOON + timedelta(minutes=number)
        log.end(RecordedRun(log.begin("sync", at), "sync", at, at, 0))
    assert path.stat().st_size < 20_000
    newest = [run.started_at for run in log.runs()][:20]
    assert newest == [NOON + timedelta(minutes=number) for number in range(299, 279, -1)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_w8_only_its_owner_can_read_it(path: Path) -> None:
    RunLog(path).begin("sync", NOON)
    assert path.stat().st_mode & 0o077 == 0
    assert all(isinstance(json.loads(line), dict) for line in path.read_text().splitlines())


def test_w8_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").mkdir()
    with pytest.raises(StoreUnusable):
        RunLog(tmp_path / "runs.jsonl").begin("sync", NOON)
