"""Signals end a run between two records; a second one ends it at once."""

import os
import signal

import pytest

from wasf.cli.signals import StopRequests
from wasf.errors import ExitCode, Stopped, Terminated

ALL = ["SIGINT", "SIGTERM", "SIGHUP"]


@pytest.fixture
def before():
    names = [getattr(signal, name) for name in ALL if hasattr(signal, name)]
    handlers = {name: signal.getsignal(name) for name in names}
    yield handlers
    for name, handler in handlers.items():
        signal.signal(name, handler)


@pytest.fixture
def stop(before):
    requests = StopRequests()
    requests.install()
    return requests


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
    assert caught.value.hint == "", "nothing was under way that could have been saved"


@pytest.mark.skipif(os.name == "nt", reason="no terminals of this kind there")
def test_ctrl_c_is_answered_at_once_on_a_terminal(stop):
    master, terminal = os.openpty()
    before = os.dup(2)
    os.dup2(terminal, 2)
    try:
        with stop.held_back():
            send("SIGINT")
    finally:
        os.dup2(before, 2)
    assert b"Finishing the call at work." in os.read(master, 1_000)


def test_a_signal_is_held_back_until_somebody_checks(stop):
    with stop.held_back():
        stop.check()
        send("SIGTERM")
        with pytest.raises(Terminated) as caught:
            stop.check()
        assert "saved" in caught.value.hint
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


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_a_run_under_nohup_outlives_its_terminal(before):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    StopRequests().install()
    send("SIGHUP")
    with pytest.raises(Terminated):
        send("SIGTERM")
