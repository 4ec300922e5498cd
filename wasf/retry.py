"""How long to wait, how often to try again and how fast to go on: for both APIs and the keyring.

A policy holds numbers only: what may be repeated is known where the error is understood. Nothing
heavy is imported here, so that settings and options can hold these values.
"""

import random
import time
from collections.abc import Callable
from itertools import count
from typing import Final, TypeVar

from wasf.values import dataclass

_Result = TypeVar("_Result")
_UNLIMITED: Final = float("inf")
_STEP: Final = 0.2  # seconds; a longer sleep cannot be interrupted on Windows


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a connection, and for a response; its body gets the same time again."""

    connect: float
    read: float


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Try at most `attempts` times in all, with pauses that double.

    The first pause is `first_pause` seconds, none is longer than `longest_pause`. `jitter` is the
    share by which chance makes a pause shorter or longer, so that several clients do not come back
    at the same moment. `sleep` may raise to end the waiting.
    """

    attempts: int = 4
    first_pause: float = 0.5
    longest_pause: float = _UNLIMITED
    jitter: float = 0.5
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def call(
        self,
        work: Callable[[], _Result],
        may_repeat: Callable[[Exception], bool],
        asked_pause: Callable[[Exception], float | None] = lambda _: None,
    ) -> _Result:
        """Return what `work` returns; repeat it after errors that allow it.

        `asked_pause` gives the seconds that the other side asked to wait, None if it did not.
        Raise the last error.
        """
        for attempt in count(1):
            try:
                return work()
            except Exception as error:
                if attempt >= self.attempts or not may_repeat(error):
                    raise
                pause = asked_pause(error)
            if pause is None:
                self.wait(attempt)
            else:
                self.sleep(pause)
        raise AssertionError  # the loop ends by itself

    def wait(self, attempt: int) -> None:
        """Wait after this attempt (the first is 1) before the next one."""
        pause = min(self.first_pause * 2 ** (attempt - 1), self.longest_pause)
        self.sleep(pause * (1 - self.jitter + 2 * self.jitter * self.chance()))


def sleep_in_steps(check_stop: Callable[[], None], seconds: float) -> None:
    """Sleep so many seconds. `check_stop` is called several times a second and may raise."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check_stop()
        time.sleep(min(left, _STEP))


class RateLimiter:
    """Lets at most `per_second` requests begin in a second. For one thread.

    `sleep` waits so many seconds and may raise to end the waiting; `clock` is monotonic.
    """

    def __init__(
        self,
        per_second: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_second = per_second
        self.sleep = sleep
        self._clock = clock
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next request may begin."""
        now = self._clock()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second
