"""What can be typed: options and what they mean, and what a wrong one is told."""

import json
import os
import signal

import pytest

from wasf import __version__
from wasf.cli.main import StopRequests, main
from wasf.errors import ExitCode, Stopped, Terminated

OPTIONS = """
    --since --dry-run -n --json --quiet -q --flush --phone --contacts --me --account --owner
    --timezone --date-order
"""


@pytest.fixture(autouse=True)
def clean_process(monkeypatch, tmp_path):
    """A home of its own, no connection; signals and umask are put back."""
    for name in [name for name in os.environ if name.startswith("WASF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WASF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    signals = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if os.name != "nt" else [])]
    before = {name: signal.getsignal(name) for name in signals}
    umask = os.umask(0o022)
    yield
    os.umask(umask)
    for name, handler in before.items():
        signal.signal(name, handler)


def test_sync_names_all_its_options(capsys):
    assert main(["sync", "--help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    for option in OPTIONS.split():
        assert option in shown


def test_all_commands_are_there(capsys):
    assert main(["--help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    for command in ("sync", "config", "status", "test-lead", "demo", "help"):
        assert command in shown


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version(option, capsys):
    assert main([option]) == ExitCode.DONE
    assert capsys.readouterr().out == f"wasf {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["sink"],
        ["sync", "--dryrun"],
        ["sync", "--since"],
        ["config", "get"],
        ["demo", "--port", "many"],
        ["help", "exit-code"],
        ["sync", "--phone", "+447700900123"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_on_standard_error(arguments, capsys):
    assert main(arguments) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err


@pytest.mark.parametrize("since", ["tomorrow", "2999-01-01", "soon", "1.2.2026"])
def test_a_wrong_since_names_what_can_be_written(since, capsys, tmp_path):
    (tmp_path / "chat.txt").write_text("01/02/2026, 10:00 - Ada: Hello\n")
    assert main(["sync", str(tmp_path / "chat.txt"), "--since", since]) == ExitCode.USAGE
    assert "yesterday" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["sync"], ["status"], ["test-lead"]], ids=" ".join)
def test_without_a_connection_it_says_how_to_connect(arguments, capsys):
    assert main(arguments) == ExitCode.NOT_CONNECTED
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "wasf connect" in shown.err


def test_an_error_is_json_where_json_was_asked_for(capsys):
    assert main(["sync", "--json"]) == ExitCode.NOT_CONNECTED
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["exit_code"] == 4
    assert "not connected" in shown.err


def test_the_topic_of_exit_codes(capsys):
    assert main(["help", "exit-codes"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    for code in ExitCode:
        assert str(int(code)) in shown


def test_config_keeps_what_was_set(capsys):
    assert main(["config", "set", "lead.company", "ACME"]) == ExitCode.DONE
    assert main(["config", "get", "lead.company"]) == ExitCode.DONE
    assert capsys.readouterr().out.endswith("ACME\n")
    assert main(["config", "unset", "lead.company"]) == ExitCode.DONE
    capsys.readouterr()
    assert main(["config", "get", "lead.company"]) == ExitCode.DONE
    assert capsys.readouterr().out == "[not provided]\n"


def test_a_setting_that_is_none_names_the_nearest(capsys):
    assert main(["config", "set", "lead.compny", "ACME"]) == ExitCode.BAD_SETTINGS
    assert "lead.company" in capsys.readouterr().err


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
    assert b"Finishing the current request." in os.read(master, 1_000)


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
