"""W8: which run is the last failure, since when, and how many times."""

from datetime import UTC, datetime, timedelta

import pytest

from wasf.core.runs import RecordedRun, last_failure

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def runs(*ends: str) -> list[RecordedRun]:
    """Runs given oldest first: ok, killed, running, stopped, or an exit code; "listen 4"."""
    found = []
    for number, words in enumerate(ends):
        command, _, end = words.rpartition(" ")
        at = NOON + timedelta(minutes=number)
        codes = {"ok": 0, "stopped": 130}
        code = codes.get(end, int(end) if end.isdecimal() else None)
        ended = None if code is None else at + timedelta(seconds=5)
        running = end == "running"
        found.append(
            RecordedRun(str(number), command or "sync", at, ended, code, is_running=running)
        )
    return found[::-1]


@pytest.mark.parametrize(
    ("ends", "failed", "since", "times"),
    [
        (["4"], "0", 0, 1),
        (["ok", "4", "75", "4"], "3", 1, 3),
        (["killed"], "0", 0, 1),
        (["4", "ok", "killed", "4"], "3", 2, 2),
        (["4", "stopped", "4"], "2", 0, 2),
        (["4", "running"], "0", 0, 1),
        (["listen 4", "ok"], "0", 0, 1),
        (["listen 4", "4", "listen ok"], "1", 1, 1),
    ],
)
def test_w8_the_last_failure(ends, failed, since, times):
    failure = last_failure(runs(*ends))
    assert failure is not None
    assert (failure.run.id, failure.times) == (failed, times)
    assert failure.since == NOON + timedelta(minutes=since)


@pytest.mark.parametrize(
    "ends", [[], ["ok"], ["4", "ok"], ["killed", "ok"], ["running"], ["stopped"], ["ok", "running"]]
)
def test_w8_nothing_fails(ends):
    assert last_failure(runs(*ends)) is None
