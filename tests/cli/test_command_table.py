"""Commands are loaded when they are called, and the table says of each what the command says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples import one_in
from wasf.cli.command_table import COMMANDS, MEANT, CommandEntry
from wasf.cli.main import main
from wasf.errors import ExitCode

MODULES = {entry.module for entry in COMMANDS}


def _loaded_by(arguments: list[str], home: Path) -> set[str]:
    """The modules that a process has loaded after it ran `wasf` with these arguments."""
    code = (
        "import json, sys; from wasf.cli.main import main; code = main(sys.argv[1:]);"
        "print(json.dumps([code, *sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "WASF_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = json.loads(done.stderr.splitlines()[-1])
    assert code in (ExitCode.DONE, ExitCode.USAGE), done.stderr
    return set(modules)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], [], ["-h"], ["--version"], ["-V"], ["sink"], ["login"], ["--vrsion"]],
    ids=" ".join,
)
def test_no_command_is_loaded_without_a_call(arguments: list[str], tmp_path: Path) -> None:
    loaded = _loaded_by(arguments, tmp_path)

    assert "wasf.cli.main" in loaded
    assert MODULES.isdisjoint(loaded)
    assert {"wasf.app", "wasf.commands", "wasf.core", "wasf.console"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    "arguments", [["config"], ["orgs"], ["connect", "--help"], ["listen", "--help"]], ids=" ".join
)
def test_a_command_that_reads_no_number_does_not_load_their_library(
    arguments: list[str], tmp_path: Path
) -> None:
    assert "phonenumbers" not in _loaded_by(arguments, tmp_path)


@pytest.mark.parametrize("entry", one_in(8, COMMANDS, lambda entry: entry.name))
def test_its_own_help_loads_one_command(entry: CommandEntry, tmp_path: Path) -> None:
    loaded = _loaded_by([entry.name, "--help"], tmp_path)

    assert entry.module in loaded


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_table_repeats_the_first_line_of_the_docstring(entry: CommandEntry) -> None:
    assert (entry.load().help or "").splitlines()[0] == entry.help


def test_no_name_stands_twice() -> None:
    assert len({entry.name for entry in COMMANDS}) == len(COMMANDS)


def test_a_mistyped_command_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["disconect"]) == ExitCode.USAGE
    assert "Did you mean 'disconnect', 'connect'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("login", "wasf connect"), ("list", "wasf status"), ("version", "wasf --version")],
)
def test_what_other_programs_call_a_command_is_told(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed, "--json"]) == ExitCode.USAGE
    assert f"Did you mean '{meant}'?" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_every_other_word_leads_to_a_command_and_is_none() -> None:
    names = {entry.name for entry in COMMANDS}

    assert set(MEANT.values()) <= {*names, "--version"}
    assert names.isdisjoint(MEANT)


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        (["--json", "status"], "wasf status --json"),
        (["--org", "work", "sync", "chat.txt"], "wasf sync --org"),
    ],
    ids=str,
)
def test_an_option_before_the_command_is_told_its_place(
    typed: list[str], right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == ExitCode.USAGE
    shown = capsys.readouterr().err
    assert right in " ".join(shown.replace("│", " ").split())


def test_without_arguments_it_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.USAGE
    shown = capsys.readouterr()
    for entry in COMMANDS:
        assert f" {entry.name} " in shown.out + shown.err


@pytest.mark.parametrize("name", ["config", "sync"])
def test_short_help_works_below_the_top(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "-h"]) == ExitCode.DONE
    assert f"wasf {name}" in capsys.readouterr().out
