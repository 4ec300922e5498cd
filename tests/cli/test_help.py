"""`wasf help`: the list of topics, a topic, a command's help, and what the shell completes."""

import re
import shutil
import subprocess

import pytest

from wasf.cli.command_table import COMMANDS
from wasf.cli.help import topic_text, topics
from wasf.cli.main import main
from wasf.errors import ExitCode


def test_without_a_word_every_topic_is_listed_with_its_heading(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    for name, heading in topics().items():
        assert f"  {name} " in shown
        assert heading in shown


@pytest.mark.parametrize("name", ["connect", "exit-codes", "app"])
def test_a_topic_is_shown_as_it_is_where_no_terminal_is(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["help", name]) == ExitCode.DONE
    assert capsys.readouterr().out == topic_text(name)


@pytest.mark.parametrize(
    ("words", "usage"),
    [(["sync"], "wasf sync [OPTIONS]"), (["config", "set"], "wasf config set [OPTIONS]")],
    ids=str,
)
def test_of_a_command_its_help_is_shown(
    words: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["help", *words]) == ExitCode.DONE
    shown = capsys.readouterr().out
    assert usage in shown
    assert main([*words, "--help"]) == ExitCode.DONE
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("words", "near"),
    [("conect", "connect"), ("stauts", "status"), ("config st", "set"), ("sync now", "wasf help")],
)
def test_an_unknown_word_is_told_the_nearest(
    words: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["help", *words.split()]) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert near in shown.err
    assert shown.out == ""


def test_the_shell_completes_topics_and_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_WASF_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "wasf help s")
    monkeypatch.setenv("COMP_CWORD", "2")
    main([])

    shown = capsys.readouterr().out.split()
    assert {"settings", "servers", "status", "sync", "skip"} <= set(shown)
    assert all(name.startswith("s") for name in shown)


# --- Manual pages ------------------------------------------------------------------------------

PAGES = ["", *(entry.name for entry in COMMANDS), "config set", "inbox drop"]


@pytest.mark.parametrize("words", PAGES)
def test_every_command_has_a_manual_page(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "--man", *words.split()]) == ExitCode.DONE
    page = capsys.readouterr().out
    name = "-".join(["wasf", *words.split()]).replace("-", "\\-")
    assert page.startswith(f".TH {name.upper()} 1 ")
    for head in (".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS"):
        assert head in page
    assert main([*words.split(), "--help"]) == ExitCode.DONE
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    assert {one for one in options if one.replace("-", "\\-") not in page} == set()
    if words:
        assert f"wasf {words}".replace("-", "\\-") in page.partition(".SH EXAMPLES")[2]


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_manual_pages_are_read_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    pages = []
    for words in PAGES:
        main(["help", "--man", *words.split()])
        pages.append(capsys.readouterr().out)
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-z"], input="\n".join(pages), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_manual_page_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "--man", "snyc"]) == ExitCode.USAGE
    assert "sync" in capsys.readouterr().err
