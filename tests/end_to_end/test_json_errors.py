"""Every command with `--json` prints one object on failure too: the error, in schema 2."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.program import Chats, Result, Wasf
from wasf.cli.command_table import COMMANDS
from wasf.cli.main import _show_bug


def _commands() -> Iterator[tuple[str, ...]]:
    """Every command that has `--json`, with the names of its arguments that must be given."""
    for entry in COMMANDS:
        command = entry.load()
        inner = getattr(command, "commands", {})
        for name, one in [("", command), *inner.items()]:
            options = {option for parameter in one.params for option in parameter.opts}
            if "--json" in options:
                yield tuple(filter(None, (entry.name, name)))


TABLE = list(_commands())


def _with_arguments(words: tuple[str, ...]) -> list[str]:
    return [*words, *{("undo",): [], ("sync",): ["nothing.txt"]}.get(words, [])]


def _error_of(result: Result) -> dict[str, object]:
    lines = json.loads(result.out)
    assert lines["schema"] == 2
    error = lines["error"]
    assert set(error) == {"exit_code", "message", "hint"}
    assert error["exit_code"] == result.code != 0
    assert error["message"]
    assert result.err.startswith("wasf: ") or "Usage:" in result.err
    return error


def test_there_are_many_commands_with_json() -> None:
    assert len(TABLE) > 20
    assert ("sync",) in TABLE
    assert ("inbox", "drop") in TABLE


@pytest.mark.parametrize("words", TABLE, ids=" ".join)
def test_wrong_usage_is_one_object(wasf: Wasf, words: tuple[str, ...]) -> None:
    error = _error_of(wasf.run(*words, "--json", "--no-such-option"))
    assert error["exit_code"] == 2
    assert "--no-such-option" in str(error["message"])


@pytest.mark.parametrize("words", TABLE, ids=" ".join)
def test_what_stops_a_command_is_one_object(
    wasf: Wasf, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The folder of wasf is a file: nothing can be read or kept there."""
    home = tmp_path / "a-file"
    home.write_text("x")
    wasf.environment["WASF_HOME"] = str(home)
    for name in ("WASF_ACCESS_TOKEN", "WASF_INSTANCE_URL"):
        del wasf.environment[name]
    result = wasf.run(*_with_arguments(words), "--json")
    if result.code == 0:
        assert isinstance(json.loads(result.out), dict)
        assert words in {("orgs",), ("doctor",), ("runs",), ("status",), ("config",)}
    elif "checks" not in json.loads(result.out):
        _error_of(result)


def test_a_bug_is_one_object_without_any_value(capsys: pytest.CaptureFixture[str]) -> None:
    _show_bug(ValueError("a word for Sam only"), as_json=True)
    told = capsys.readouterr()
    error = _error_of(Result(1, told.out, told.err))
    assert error["message"] == "this is a bug: ValueError"
    assert "Sam" not in told.out + told.err


def test_without_json_nothing_is_printed(wasf: Wasf) -> None:
    assert wasf.run("undo", "1999").out == ""


def test_a_result_stays_the_one_object_where_a_yes_is_missing(wasf: Wasf) -> None:
    result = wasf.run("purge", "--all", "--json")
    assert (result.code, json.loads(result.out)["dry_run"]) == (2, True)
    assert "--yes" in result.err


def test_several_candidates_stand_beside_the_error(wasf: Wasf, chats: Chats) -> None:
    for title in ("+44 7700 900151", "+44 7700 900152"):
        chats.ada("one", title=title)
    wasf.sync(chats.folder)
    result = wasf.run("unlink", "+44 7700 9001", "--json")
    error = _error_of(result)
    assert error["exit_code"] == result.code
    assert len(json.loads(result.out)["chats"]) == 2
