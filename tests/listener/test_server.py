"""Where the listener listens: a port that is its own."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.ports import free_port
from wasf.core.runs import Schedule
from wasf.errors import AnotherRun, ExitCode, Unreachable, WrongUsage
from wasf.interfaces import InboxCounts
from wasf.listener.app import ListenerMetrics
from wasf.listener.server import CheckStop, SyncOutcome, Worker, bound_socket, port_option


def test_a_port_that_is_taken_is_named() -> None:
    port = free_port()
    with bound_socket("127.0.0.1", port) as first:
        first.listen()
        with pytest.raises(WrongUsage, match=f"127.0.0.1, port {port}") as caught:
            bound_socket("127.0.0.1", port)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_port_is_free_again_at_once(platform: str) -> None:
    assert port_option(platform) == socket.SO_REUSEADDR


def test_windows_lets_nobody_else_take_the_port() -> None:
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", -5)
    assert port_option("win32") == exclusive


DONE = SyncOutcome(1, InboxCounts())


class Eager(Schedule):
    """Tries again at once what went wrong."""

    def failed(self, now: float, *, polled: bool) -> Schedule:
        return replace(self, again=now)

    def postponed(self, now: float) -> Schedule:
        return replace(self, again=now)


class Work:
    """Syncs as it is told: each step is called in the worker's thread."""

    def __init__(self, *steps: Callable[[], SyncOutcome]) -> None:
        self.steps = list(steps)
        self.polls: list[bool] = []
        self.told: list[SyncOutcome] = []
        self.tell: Callable[[SyncOutcome], None] = self.told.append
        self.ended = threading.Event()
        self.metrics = ListenerMetrics()
        self.worker = Worker(
            self.sync, Eager(900), self.metrics, lambda outcome: self.tell(outcome)
        )

    def sync(self, polled: bool, _: CheckStop) -> SyncOutcome:
        self.polls.append(polled)
        step = self.steps.pop(0)
        if not self.steps:
            self.ended.set()
        return step()

    def run(self) -> None:
        self.worker.start()
        assert self.ended.wait(10)
        self.worker.stop()


def failing(error: Exception) -> Callable[[], SyncOutcome]:
    def step() -> SyncOutcome:
        raise error

    return step


def test_what_comes_during_a_sync_is_one_more_sync() -> None:
    def while_more_comes() -> SyncOutcome:
        for _ in range(100):
            work.worker.arrived()
        return DONE

    work = Work(while_more_comes, lambda: DONE)
    work.run()
    assert work.polls == [True, False]
    assert "wasf_messages_logged_total 2.0" in work.metrics.text().decode()


def test_what_comes_while_it_rests_is_a_sync_soon() -> None:
    rested = threading.Event()
    work = Work(lambda: DONE, lambda: DONE)
    work.tell = lambda _: rested.set()
    work.worker.start()
    assert rested.wait(10)
    work.worker.arrived()
    assert work.ended.wait(10)
    work.worker.stop()


def test_what_the_inbox_still_holds_is_another_sync() -> None:
    work = Work(lambda: SyncOutcome(500, InboxCounts(waiting=7)), lambda: DONE)
    work.run()
    assert work.polls == [True, False]


def test_neither_trouble_nor_a_bug_ends_it() -> None:
    trouble = Unreachable("Salesforce did not answer.")
    work = Work(failing(trouble), failing(AnotherRun("x")), failing(ZeroDivisionError("secret")),
                lambda: SyncOutcome(0, InboxCounts(), trouble), lambda: DONE)  # fmt: skip
    work.run()
    errors = [one.error.message for one in work.told if one.error]
    assert errors == [trouble.message, "this is a bug: ZeroDivisionError", trouble.message]
    assert work.told[-1] is DONE
    text = work.metrics.text().decode()
    assert 'wasf_syncs_total{ended="failed"} 3.0' in text
    assert 'wasf_syncs_total{ended="another run"} 1.0' in text


def test_a_sync_is_ended_between_two_records() -> None:
    begun = threading.Event()

    def long() -> SyncOutcome:
        begun.set()
        work.worker._ending.wait(10)
        work.worker.check()
        raise AssertionError

    work = Work(long)
    work.worker.start()
    assert begun.wait(10)
    work.worker.stop()
    assert not work.worker._thread.is_alive()
    assert work.told == []
