"""W8: which run is the last failure, and since when; and when the listener syncs next."""

from datetime import UTC, datetime, timedelta

import pytest

from wasf.core.runs import RecordedRun, Schedule, last_failure, next_gap

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


# --- Schedule ------------------------------------------------------------------------------------


def test_everything_is_read_at_the_start_and_then_as_often_as_said() -> None:
    schedule = Schedule(900)
    assert (schedule.wait(0, has_news=False), schedule.wants_poll(0)) == (0, True)
    schedule = schedule.succeeded(10, polled=True)
    assert (schedule.wait(10, has_news=False), schedule.wants_poll(10)) == (900, False)
    assert schedule.wants_poll(910)


def test_news_wait_for_nothing_and_put_nothing_off() -> None:
    schedule = Schedule(900, longest_gap=60).succeeded(0, polled=True)
    schedule = schedule.paused(has_news=False)
    assert schedule.wait(5, has_news=True) == 0
    schedule = schedule.succeeded(6, polled=False)
    assert schedule.wait(6, has_news=False) == 894


def test_many_at_once_share_a_sync() -> None:
    schedule = Schedule(900).succeeded(0, polled=True)
    assert schedule.pause(0) == schedule.wait(0, has_news=True) == 0.5
    assert schedule.pause(0.6) == schedule.wait(0.6, has_news=True) == 0


@pytest.mark.parametrize(
    ("gap", "longest", "has_news", "then"),
    [
        pytest.param(0.5, 5.0, True, 1.0, id="load doubles it"),
        pytest.param(4.0, 5.0, True, 5.0, id="up to the longest"),
        pytest.param(5.0, 5.0, True, 5.0, id="and stays there"),
        pytest.param(5.0, 5.0, False, 2.5, id="quiet halves it"),
        pytest.param(0.5, 5.0, False, 0.5, id="down to the shortest"),
        pytest.param(0.5, 0.0, True, 0.5, id="a setting of nothing is the shortest"),
        pytest.param(5.0, 2.0, True, 2.0, id="a setting that became shorter"),
    ],
)
def test_a_gap_follows_the_load(gap: float, longest: float, has_news: bool, then: float) -> None:
    assert next_gap(gap, longest, has_news=has_news) == then


def test_under_load_gaps_grow_and_shrink_again_when_it_is_quiet() -> None:
    schedule, now, gaps = Schedule(900, longest_gap=5), 0.0, []
    for has_news in (True, True, True, True, True, False, False, False, False):
        schedule = schedule.succeeded(now, polled=False)
        gaps.append(schedule.pause(now))
        schedule = schedule.paused(has_news=has_news)
        now += gaps[-1]
    assert gaps == [0.5, 1, 2, 4, 5, 5, 2.5, 1.25, 0.625]


def test_a_pause_that_ends_twice_counts_once() -> None:
    schedule = Schedule(900, longest_gap=5).succeeded(0, polled=False)
    once = schedule.paused(has_news=True)
    assert once.paused(has_news=True) == once


def test_a_failure_is_tried_again_later_each_time_also_with_news() -> None:
    schedule, now, pauses = Schedule(900), 0.0, []
    for _ in range(9):
        schedule = schedule.failed(now, polled=False)
        pause = schedule.wait(now, has_news=True)
        assert schedule.pause(now) == pause
        pauses.append(pause)
        now += pause
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    schedule = schedule.succeeded(now, polled=False).failed(now, polled=False)
    assert schedule.wait(now, has_news=True) == 5


def test_the_pause_after_a_failure_says_nothing_of_the_load() -> None:
    schedule = Schedule(900, longest_gap=5).succeeded(0, polled=False).failed(1, polled=False)
    assert schedule.paused(has_news=True) == schedule


def test_what_failed_is_tried_again_without_news_and_without_a_poll() -> None:
    schedule = Schedule(900).failed(0, polled=True)
    assert schedule.wait(0, has_news=False) == 5
    assert not schedule.wants_poll(5)
    schedule = schedule.succeeded(6, polled=False)
    assert schedule.wait(6, has_news=False) == 894


def test_after_another_run_it_is_its_turn_soon() -> None:
    schedule = Schedule(900).postponed(0)
    assert schedule.wait(0, has_news=False) == 1
    assert schedule.wants_poll(1)


def test_what_other_machines_took_is_looked_for() -> None:
    schedule = Schedule(900, look=5).succeeded(0, polled=True)
    assert schedule.wait(0, has_news=False) == 5
