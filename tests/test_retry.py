"""Pauses between attempts, and the pace of requests."""

import pytest

from wasf.retry import RateLimiter, RetryPolicy


def policy(pauses: list[float], **options: float) -> RetryPolicy:
    chosen = {"attempts": 4, "jitter": 0.0, **options}
    return RetryPolicy(**chosen, sleep=pauses.append)  # type: ignore[arg-type]


class Work:
    """Fails so many times, then returns how often it was called."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise OSError(self.calls)
        return self.calls


def test_work_that_succeeds_is_done_once() -> None:
    pauses: list[float] = []
    assert policy(pauses).call(Work(0), lambda _: True) == 1
    assert pauses == []


def test_pauses_double_up_to_the_longest() -> None:
    pauses: list[float] = []
    patient = policy(pauses, attempts=6, first_pause=1.0, longest_pause=5.0)
    assert patient.call(Work(5), lambda _: True) == 6
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_the_last_error_is_raised_after_the_last_attempt() -> None:
    pauses: list[float] = []
    work = Work(9)
    with pytest.raises(OSError, match="4"):
        policy(pauses).call(work, lambda _: True)
    assert (work.calls, len(pauses)) == (4, 3)


def test_an_error_that_may_not_be_repeated_is_raised_at_once() -> None:
    pauses: list[float] = []
    work = Work(9)
    with pytest.raises(OSError, match="1"):
        policy(pauses).call(work, lambda _: False)
    assert (work.calls, pauses) == (1, [])


def test_the_pause_that_was_asked_for_comes_first() -> None:
    pauses: list[float] = []
    asked = iter([7.0, None])
    policy(pauses, first_pause=1.0).call(Work(2), lambda _: True, lambda _: next(asked))
    assert pauses == [7.0, 2.0]


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)])
def test_chance_spreads_a_pause_by_the_jitter(chance: float, pause: float) -> None:
    pauses: list[float] = []
    RetryPolicy(first_pause=1.0, jitter=0.5, sleep=pauses.append, chance=lambda: chance).wait(1)
    assert pauses == [pause]


def test_requests_are_kept_apart() -> None:
    pauses: list[float] = []
    now = [100.0]
    limiter = RateLimiter(4, sleep=pauses.append, clock=lambda: now[0])
    limiter.wait()
    limiter.wait()
    now[0] += 60.0
    limiter.wait()
    assert pauses == [0.25]
