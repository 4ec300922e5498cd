"""Signals end a run between two records; a second one ends it at once."""

import os
import signal

import pytest

from wasf.cli.signals import StopRequests
from wasf.errors import ExitCode, Stopped, Terminated

ALL = ["SIGINT", "SIGTERM", "SIGHUP"]


@pytest.fixture
def stop():
    names = [getattr(signal, name) for name in ALL if hasattr(signal, name)]
    before = {name: signal.getsignal(name) for name in names}
    requests = StopRequests()
    requests.install()
    yield requests
    for name, handler in before.items():
        signal.signal(name, handler)


def send(name: str) -> None:
    signal.raise_signal(getattr(signal, name))


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("SIGINT", Stopped, ExitCode.INTERRUPTED),
        ("SIGTERM", Terminated, ExitCode.TERMINATED),
        ("SIGHUP", Terminated, ExitCode.TERMINATED),
    ],
)
def test_a_signal_ends_the_program_with_its_code(stop, name, error, code):
    with pytest.raises(Stopped) as caught:
        send(name)
    assert type(caught.value) is error
    assert caught.value.exit_code is code
    assert "saved" in caught.value.hint


def test_a_signal_is_held_back_until_somebody_checks(stop):
    with stop.held_back():
        stop.check()
        send("SIGTERM")
        with pytest.raises(Terminated):
            stop.check()
        with pytest.raises(Terminated):
            stop.check()


@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM"])
def test_a_second_signal_ends_it_at_once(stop, second):
    with stop.held_back():
        send("SIGINT")
        with pytest.raises(Stopped):
            send(second)


def test_afterwards_a_signal_counts_at_once_again(stop):
    with stop.held_back():
        pass
    with pytest.raises(Stopped):
        send("SIGINT")


def test_holding_back_ends_also_after_an_error(stop):
    with pytest.raises(ValueError, match="oops"), stop.held_back():
        raise ValueError("oops")
    with pytest.raises(Stopped):
        send("SIGINT")
